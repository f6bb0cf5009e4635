// Base64 as strings of documents hold it: read leniently, and written again in the way it was.
#pragma once

#include "base/bytes.h"
#include "base/room.h"

namespace gatehouse::mask {

/// kBase64Min is the shortest text that is looked at: base64 of eleven bytes, such as 123-45-6789.
inline constexpr size_t kBase64Min = 16;

/// Base64Form is how a text was written.
struct Base64Form {
  bool url = false;            // '-' and '_' for '+' and '/'
  bool padded = true;          // with '=', where the length asks for it
  bool crlf = false;           // between lines
  bool last_end = false;       // the last line has an end, too
  uint32_t line_chars = 0;     // of each line but the last; 0: one line
  bool exact = false;          // write_base64 of the same bytes gives the same text
};

/// is_base64_character: of one of the two alphabets, or '='. Pure.
bool is_base64_character(char c);

/// may_be_base64 says whether a text holds nothing but characters of the two alphabets (RFC 4648 sections 4 and 5), white space
/// and '=' at its end, and at least kBase64Min of them. Looks at few bytes of most others. Pure.
bool may_be_base64(ByteView text);

/// read_base64 replaces what is in *bytes by what a lenient reader makes of such a text (both alphabets, white space passed
/// over, padding or none, loose bits dropped); kSimdPadding zero bytes behind, beyond size(). False for no base64.
bool read_base64(ByteView text, Base64Form* form, Room<char>* bytes);

/// write_base64 appends.
void write_base64(ByteView bytes, const Base64Form& form, Room<char>* out);

}  // namespace gatehouse::mask
