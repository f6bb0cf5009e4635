// JSON pointers (RFC 6901) with wildcards, as steps of json::Automaton.
#pragma once

#include "json/path.h"

namespace gatehouse::json {

/// parse_pointer reads
///   ""          the whole document
///   "/ids"      the member "ids"; "/ids/0" also the first element, where "ids" is an array: a step of digits without a
///               leading zero fits a member of that name and the element of that number
///   "/docs/*/id"  `*` every member or element
///   "/**/url"   `**` any number of steps, also none; "/**" every value of the document, itself included
/// In a step "~0" stands for `~`, "~1" for `/` (RFC 6901 section 3) and "~2" for `*`, which has no other spelling inside
/// a name. "-" (section 4) is the member "-": an element behind the last does not exist. False with an error, whose column
/// counts bytes from 1, for a text that does not begin with `/`, another escape, a `*` within a name, control bytes, an
/// element number over kIndexMax, or more than kSegmentsMax steps. The bytes of a name are taken as they are.
bool parse_pointer(ByteView text, std::vector<Segment>* out, PathError* error);

}  // namespace gatehouse::json
