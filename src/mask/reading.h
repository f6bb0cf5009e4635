// In which form a body is read: what its type says, and what its first bytes look like.
#pragma once

#include <optional>

#include "mask/source.h"

namespace gatehouse::mask {

/// Typed is what a Content-Type value says.
struct Typed {
  codec::Form form = codec::Form::unknown;   // none sent, octet-stream, a type that we do not know, an unreadable value
  ByteView charset;                          // its parameter, as sent
  ByteView boundary;                         // of multipart
  bool form_data = false;                    // multipart/form-data
};

/// read_type reads a Content-Type value (also of a part). Views into it.
Typed read_type(ByteView content_type);

/// enough_for is how much of a body is enough for choose(): of event streams and NDJSON that are called so the first line that
/// is not blank, so that nothing waits; of others kSniffBytes behind white space. 0: more must come. *blank is how much white space
/// was seen before, 0 at first: it is not looked at twice.
size_t enough_for(const Typed& typed, ByteView begun, size_t* blank);

/// choose judges the first bytes of a body, in UTF-8, without byte order mark; kSimdPadding readable behind. `whole`: they are all
/// of it. Forms that have no source are returned as they are: the body cannot be masked.
///
/// It leans towards the form that sees more: what is well-formed JSON is JSON whatever its type says (escapes, keys), lines of JSON
/// are NDJSON, what looks like a table or an event stream is read as one and as text at a time (Reading::perhaps).
Reading choose(const Typed& typed, ByteView head, bool whole, json::Leniency leniency);

}  // namespace gatehouse::mask
