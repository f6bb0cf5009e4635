// The head of one part of a multipart body (RFC 2046 section 5.1, RFC 7578 section 4), read in the only way that all readers share.
#pragma once

#include <span>
#include <string>

#include "base/bytes.h"
#include "base/room.h"

namespace gatehouse::codec {

inline constexpr size_t kPartHeadMax = 8 * 1024;      // bytes; real ones have some hundred
inline constexpr size_t kPartFieldsMax = 32;          // lines; real ones have three

/// MultipartError says why a multipart body is refused: all of it is what two readers could take for two things, or a bound.
enum class MultipartError : uint8_t {
  none,
  boundary,            // not 1-70 bchars, or a blank at its end
  preamble,            // something but one CRLF before the first delimiter
  epilogue,            // something but one CRLF behind the last
  bare_line_end,       // a delimiter or head line with LF or CR alone
  longer_line,         // a line that begins with a delimiter and goes on; a head's, too
  padding,             // blanks behind a delimiter, where they are not allowed, or more than kDelimiterPaddingMax
  early_delimiter,     // a delimiter right behind a head, without the CRLF that is its own
  incomplete,          // the body ends within a head or delimiter, or without the closing one
  too_many_parts,
  too_deep,            // more than two levels
  head_too_long,
  too_many_fields,
  field,               // no "name: value", or a control byte
  folded,              // a line that continues the one before
  duplicate,           // a field or parameter twice
  disposition,         // missing, not form-data, or not of the grammar
  odd_quoting,         // a backslash or control byte in quotes, or quotes that do not close
  extended_parameter,  // name*, filename*, filename*0: some read it, some do not
  nameless,            // form-data without name
};

/// PartField is one line of a head. Views into the head's raw bytes.
struct PartField {
  ByteView name;    // a token, as sent
  ByteView value;   // without blanks at its ends
};

/// PartHead is the head of one part. Its views are valid until the visitor returns.
///
/// Browsers write a quote, CR or LF in names as %22, %0D, %0A and leave '%' alone (WHATWG HTML, multipart/form-data); most
/// services take these for what they are, some for what they stand for. `name` and `filename` are as sent, `escapes` says that
/// one of them has such: unescape_form_name() gives the other reading.
/// Most readers of form-data pass over Content-Transfer-Encoding (RFC 7578 section 4.7), others decode: look at both.
struct PartHead {
  ByteView raw;                       // with the empty line
  uint64_t offset = 0;                // of raw in the body
  std::span<const PartField> fields;
  ByteView disposition;               // "form-data", "attachment" and their like; empty: none sent
  ByteView name;
  ByteView filename;
  ByteView content_type;              // whole value; empty: none sent (text/plain)
  ByteView transfer_encoding;
  ByteView content_encoding;
  uint8_t depth = 1;                  // 2 in a nested multipart
  bool has_name = false;              // an empty name is one, too
  bool has_filename = false;
  bool escapes = false;
};

/// read_part_head reads raw, which ends with the empty line, CRLF at each line's end. `form_data`: the part must say
/// Content-Disposition: form-data with a name. The fields go to `fields`, which out->fields shows.
MultipartError read_part_head(ByteView raw, bool form_data, Room<PartField>& fields, PartHead* out);

/// has_form_escapes says whether unescape_form_name would change the name.
bool has_form_escapes(ByteView name);
/// unescape_form_name puts quote, CR and LF for %22, %0D, %0A (any case).
std::string unescape_form_name(ByteView name);

}  // namespace gatehouse::codec
