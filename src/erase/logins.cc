// Passwords behind a user's name: scheme://user:password@host, curl -u user:password.
#include <algorithm>

#include "base/ascii.h"
#include "erase/words.h"

namespace gatehouse::erase {
namespace {

constexpr size_t kUserMax = 48, kUrlMax = 256;       // in a URL: a user's name; his password and the host
constexpr ByteView kUrlPassword = "url password", kLogin = "curl user";   // what they are called
constexpr size_t kCommandMax = 128;                  // of a command before its option
constexpr size_t kGapsMax = 8;
static_assert(kUserMax + 2 * kSlashesMax + 4 <= kTailBytes);
static_assert(kUserMax + kSlashesMax + kGapsMax + kCommandMax + 10 <= kTailBytes);

bool in_url(char c) { return (c < 0 || c > ' ') && !one_of(c, "\"'<>`\\?#"); }

constexpr ByteSet user_bytes() {
  char bytes[256] = {};
  size_t size = 0;
  for (int c = 0; c < 256; ++c)
    if (c > ' ' && !one_of(static_cast<char>(c), "\"'<>`\\?#:/@[")) bytes[size++] = static_cast<char>(c);
  return ByteSet({bytes, size});
}
constexpr ByteSet kUserBytes = user_bytes();   // of a user's name in a URL

}  // namespace

/// may_be_user is a quick look for behind_user.
bool Eraser::may_be_user(ByteView piece, size_t colon) const {
  if (colon <= kUserMax) return true;
  size_t begin = colon;
  while (begin > colon - kUserMax && kUserBytes.has(piece[begin - 1])) --begin;
  if (piece[begin - 1] == '/' || begin < 16) return true;
  const char* before = piece.data() + begin - 1;
  if (*before == '\'' || *before == '"')
    while (*--before == '\\' && before > piece.data() + 8) {}
  if (!is_gap(*before) && *before != '=') return false;
  return (lower(before[-1]) == 'u' && before[-2] == '-') || (before[-1] == 'r' && before[-2] == 'e' && before[-3] == 's') ||
         (before[1] == '-' && lower(before[2]) == 'u');
}

/// behind_user: whether this colon stands behind scheme://user; its slashes may be escaped, there need be no user.
bool Eraser::behind_user(size_t colon) const {
  size_t back = 1;
  while (back <= kUserMax && kUserBytes.has(at(colon, back))) ++back;
  for (int slash = 0; slash < 2; ++slash) {
    if (at(colon, back++) != '/') return false;
    for (size_t most = back + kSlashesMax; back < most && at(colon, back) == '\\';) ++back;
  }
  const char scheme = at(colon, back + 1);
  return at(colon, back) == ':' && (is_ascii_letter(scheme) || is_digit(scheme));
}

bool Eraser::begins_url(size_t colon) {
  if (!behind_user(colon)) return false;
  state_ = State::url;
  name_ = kUrlPassword;
  url_ = {};
  begun_ = false;
  return true;
}

/// begins_login: whether this colon stands behind a user's name that is an option's of curl: -u user, --user 'user.
bool Eraser::begins_login(size_t colon) {
  size_t back = 1;
  while (back <= kUserMax && kUserBytes.has(at(colon, back))) ++back;
  if (back == 1) return false;
  word_ = {};
  if (const char quote = at(colon, back); quote == '\'' || quote == '"') {
    word_.quote = quote;
    while (at(colon, back + 1 + word_.slashes) == '\\' && word_.slashes < kSlashesMax) ++word_.slashes;
    back += 1 + word_.slashes;
  }
  // -uuser
  const bool joined = word_.quote == '\0' && back > 3 && at(colon, back - 1) == '-' && lower(at(colon, back - 2)) == 'u';
  const size_t first = back;
  while (!joined && back - first < kGapsMax && (is_gap(at(colon, back)) || (back == first && at(colon, back) == '='))) ++back;
  if (!joined) {
    constexpr ByteView kLong = "--user", kProxy = "--proxy-user";
    const auto is = [&](ByteView option) {
      size_t fits = 0;
      while (fits < option.size() && at(colon, back + fits) == option[option.size() - 1 - fits]) ++fits;
      return fits == option.size() ? fits : 0;
    };
    const size_t size = std::max({is(kLong), is(kProxy), is("-u"), is("-U")});
    if (back == first || size == 0) return false;
    back += size;
  }
  if (!is_gap(at(colon, back))) return false;
  constexpr ByteView kCommand = "lruc";   // of a line, or of a string in one
  size_t fits = 0;
  for (const size_t most = back + kCommandMax; back < most && fits < kCommand.size() && at(colon, back) != '\n'; ++back)
    fits = at(colon, back) == kCommand[fits] ? fits + 1 : at(colon, back) == kCommand[0] ? 1 : 0;
  if (fits < kCommand.size() || is_word(at(colon, back))) return false;
  word_.apart = Apart::word;
  word_.begun = word_.quote != '\0';   // in the quotes before the name
  name_ = kLogin;
  numbers_ = true;
  line_.clear();
  state_ = State::word;
  slashes_ = 0;
  begun_ = false;
  return true;
}

/// url stands behind scheme://user: and goes to the last '@' before the path; a password may hold a bare '/', a port does not. No
/// name that is meant ends in what it passes over: that has no quotes.
size_t Eraser::url(ByteView piece, size_t from) {
  size_t end = from, sign = from;
  for (; end < piece.size() && url_.size < kUrlMax && in_url(piece[end]); ++end, ++url_.size) {
    if (piece[end] == '/' && (url_.port || url_.sign)) break;
    url_.port = url_.port && is_digit(piece[end]);
    if (piece[end] == '@') url_.sign = true, sign = end;
  }
  const bool goes_on = end == piece.size() && url_.size < kUrlMax && !last_;   // the '@' may be in the next piece
  found(from, goes_on ? end : sign, false);
  if (!goes_on) state_ = State::seek;
  return end;
}

}  // namespace gatehouse::erase
