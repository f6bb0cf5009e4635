// Tags and character references of HTML and XML, as far as they hide values from who reads bytes.
#pragma once

#include "base/bytes.h"

namespace gatehouse::mask {

/// Seen is what stands at some place of a text.
struct Seen {
  enum class Kind : uint8_t { none, incomplete, whole };
  Kind kind = Kind::none;
  size_t length = 0;     // whole: bytes of it
};

/// find_markup returns the first place from `from` on where a tag, a character reference or the mark of a data: URI (";base64,")
/// may begin: '<', '&', and ';' with a 'b' or nothing behind it; the text's size when there is none. Where has_avx512 (signs.h).
size_t find_markup(ByteView text, size_t from);

/// see_tag judges the '<' that begins `text`: a tag with a name of at most 48 bytes and one colon ("<b>", "</td>",
/// "<a href='…'>"), a declaration, a comment, or the mark that begins a comment with tags in it or a CDATA section. At most `most`
/// bytes; `last`: nothing follows the text. "<john@example.org>", "a < b" and "<https://…>" are none. *within: it may stand within
/// a word.
Seen see_tag(ByteView text, size_t most, bool last, bool* within);

/// see_reference judges the '&' that begins `text`: numeric, or one of the names for characters that values are written with.
/// Writes what it stands for to `out` (4 bytes at most) and its length to *length.
Seen see_reference(ByteView text, bool last, char* out, size_t* length);

/// see_percent is the same for "%40", and "%C3%A9", which is one character.
Seen see_percent(ByteView text, bool last, char* out, size_t* length);

}  // namespace gatehouse::mask
