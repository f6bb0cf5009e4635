// Secrets that stand behind a name without quotes: in queries, connection strings and lines. Included by erase/*.cc only.
#pragma once

#include "base/ascii.h"
#include "base/byte_set.h"
#include "detect/ends.h"
#include "erase/erase.h"

namespace gatehouse::erase {

inline constexpr size_t kSlashesMax = 64;   // before a quote: six strings within each other

/// hex_value of a hex digit; -1 of all else.
inline int hex_value(char c) { return is_digit(c) ? c - '0' : is_hex_letter(c) ? lower(c) - 'a' + 10 : -1; }

/// Named is what a name promises: a password may be a number.
enum class Named : uint8_t { none, key, password };

/// named_secret reads a name as names_secret does.
Named named_secret(const ErasePlan* plan, ByteView name);

/// kNameEnds is what the names end with that erasing knows, but for a configuration's; kMemberEnds those and what may say what
/// another member is, kFieldEnds those and names_signature's.
extern const detect::Ends kNameEnds, kMemberEnds, kFieldEnds;

/// names_signature: a parameter of this name signs the query that it stands in, or a form.
bool names_signature(ByteView name);

/// names_credentials: a field of a head that says a scheme and credentials; names_cookie: one of cookies.
bool names_credentials(ByteView name);
bool names_cookie(ByteView name);

/// kAssignedBytes are those of a name without quotes.
inline constexpr ByteSet kAssignedBytes = ByteSet("_-.").with_alphanumeric();
inline bool is_gap(char c) { return c == ' ' || c == '\t'; }
inline bool is_blank(char c) { return is_gap(c) || c == '\n' || c == '\r'; }

/// plain takes the escapes of a name off, at whatever depth of strings it stands: only ASCII matters here.
std::string plain(ByteView name);

/// kTailBytes are kept of what came before a piece, for names and what they stand behind; kBlanksMax of them between a name and its
/// colon.
inline constexpr size_t kBlanksMax = 64;
inline constexpr size_t kTailBytes = kErasedNameMax + kBlanksMax + kSlashesMax + 2;

inline constexpr size_t kMarksMax = 32;
/// Marks are some of what ends names: ':', '=' and '>', and the ends of escapes for '=' (%3D, \u003d: a 'd' behind a '3').
struct Marks {
  size_t begin = 0, end = 0;   // in these bytes there are no others; kMarksMax at most
  uint32_t bits = 0;           // which of them; zero: there is none up to the text's end
};

/// next_marks are the first ones from text[from] on; `before` stands before text.
Marks next_marks(ByteView text, size_t from, char before);

}  // namespace gatehouse::erase
