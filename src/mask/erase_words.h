// Secrets that stand behind a name without quotes: in queries, connection strings and lines. Included by mask/erase*.cc only.
#pragma once

#include "base/byte_set.h"
#include "mask/ascii.h"
#include "mask/ends.h"
#include "mask/erase.h"

namespace gatehouse::mask {

inline constexpr size_t kSlashesMax = 64;   // before a quote: six strings within each other

/// hex_value of a hex digit; -1 of all else.
inline int hex_value(char c) { return is_digit(c) ? c - '0' : is_hex_letter(c) ? lower(c) - 'a' + 10 : -1; }

/// Named is what a name promises: a password may be a number.
enum class Named : uint8_t { none, key, password };

/// named_secret reads a name as names_secret does.
Named named_secret(const ErasePlan* plan, ByteView name);

/// kMoreEnds is what other names end with that erasing knows; kMemberEnds those that say what another member is; kFieldEnds those
/// of names_signature.
extern const Ends kMoreEnds, kMemberEnds, kFieldEnds;
/// may_name: whether a name that ends with these two bytes may be one that is looked at, but for a configuration's.
inline bool may_name(char last_but_one, char last) {
  return kSecretEnds.has(last_but_one, last) || kMoreEnds.has(last_but_one, last);
}
inline bool may_member(char last_but_one, char last) { return may_name(last_but_one, last) || kMemberEnds.has(last_but_one, last); }
inline bool may_field(char last_but_one, char last) { return may_name(last_but_one, last) || kFieldEnds.has(last_but_one, last); }

/// names_signature: a parameter of this name signs the query that it stands in, or a form.
bool names_signature(ByteView name);

/// names_credentials: a field of a head that says a scheme and credentials; names_cookie: one of cookies.
bool names_credentials(ByteView name);
bool names_cookie(ByteView name);

/// kAssignedBytes are those of a name without quotes.
inline constexpr ByteSet kAssignedBytes = ByteSet("_-.").with_alphanumeric();
inline bool is_gap(char c) { return c == ' ' || c == '\t'; }

/// next_mark is where the next ':', '=' or '>' stands from text[from] on, or the end of an escape for '=' (%3D, \u003d): a 'd' behind a
/// '3'; `before` stands before text. Its size when there is none.
size_t next_mark(ByteView text, size_t from, char before);

}  // namespace gatehouse::mask
