// The shape of a statement: itself with other values, of which the same verdict holds. What batch jobs send differs in values
// alone, mostly. Included by sql/*.cc and its tests only.
#pragma once

#include <string>

#include "base/bytes.h"

namespace gatehouse::sql {

/// shape_of writes a text of the same length: whole numbers of up to nine digits, and the runs of ASCII letters and digits in
/// strings that have a digit, become ones. False: the text has none, or something that dialects might cut in another way
/// (backslashes, quotes but ', comments, $tags$, letters before a string, characters beyond ASCII outside strings), or FLOAT,
/// whose precision the grammar judges, or a string that begins with a year that rows are not of (ranges.h). Other years in front of
/// a string become 2011.
///
/// Why a verdict holds of both: tokens are the same in number, kind and place. No name changes, as no letter outside strings
/// does. judge_tree() looks at values in few ways only: whether two of them are equal, and different ones may become so;
/// whether a text is empty; how it is made of signs of LIKE or of regular expressions, none of which is a letter or digit, with
/// any others between; whether it is a word without digits ("role"); how many digits a number in an interval has. Where it
/// looks at more, the verdict has kOfValues.
/// Equal values can only make a condition choose nothing, which is kUnbounded: a verdict of a shape that has this flag says
/// nothing of the text, nor does one of judge_tokens(). Linear; keeps out's memory.
bool shape_of(ByteView text, std::string* out);

}  // namespace gatehouse::sql
