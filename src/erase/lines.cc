// Values in lines that are more than a word: fields of heads, blocks of YAML.
#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "erase/words.h"

namespace gatehouse::erase {
namespace {

constexpr ByteView kSchemes[] = {"bearer", "basic", "token", "apikey", "api-key", "digest", "negotiate", "ntlm", "hmac",
                                 "oauth", "aws", "aws4-hmac-sha256", "sharedkey", "ssws", "dpop", "jwt", "splunk", "hawk"};
constexpr size_t kSchemeMax = 24;
constexpr size_t kLongMin = 16;      // credentials in a sentence: words are shorter
constexpr uint32_t kIndentMax = 32;  // of a name before a block

bool is_scheme(ByteView word) {
  return std::any_of(std::begin(kSchemes), std::end(kSchemes), [word](ByteView one) { return same_word(word, one); });
}

}  // namespace

bool names_credentials(ByteView name) { return same_word(name, "authorization") || same_word(name, "proxy-authorization"); }

bool names_cookie(ByteView name) { return same_word(name, "cookie") || same_word(name, "set-cookie"); }

// ---- fields of heads -----------------------------------------------------------------------------

/// scheme is the first word behind "Authorization:"; without one it is the value. Where a piece ends in it nobody knows.
size_t Eraser::scheme(ByteView piece, size_t from) {
  const bool begins = line_.empty();
  size_t at = from;
  for (; at < piece.size() && kAssignedBytes.has(piece[at]); ++at)
    if (line_.size() <= kSchemeMax) line_ += piece[at];
  if (at == piece.size() && !last_) {
    found(from, at, false);
    return at;
  }
  word_.scheme = false;
  if (at < piece.size() && is_gap(piece[at]) && is_scheme(line_)) return at;
  if (word_.shape == Shape::sentence) state_ = State::seek;
  word_.begun = !begins;
  return from;
}

/// is_long: whether the word is too long for one of a sentence, as far as the piece goes.
bool Eraser::is_long(ByteView rest) const {
  if (word_.scheme || one_of(rest.front(), "${[<(%")) return false;   // a variable
  size_t end = 0;
  while (end < rest.size() && !stops(rest[end]) && !one_of(rest[end], "\\,;)]}")) ++end;
  return end >= kLongMin || (end == rest.size() && !last_);
}

/// is_cookie: whether this is name=value.
bool Eraser::is_cookie(ByteView rest) const {
  size_t end = 0;
  while (end < rest.size() && (kAssignedBytes.has(rest[end]) || one_of(rest[end], "!#$%&*+^`|~"))) ++end;
  return end == rest.size() ? !last_ : rest[end] == '=';
}

/// joined: whether this byte is a blank between words of one value.
bool Eraser::joined(size_t place) const {
  if (word_.shape != Shape::cookie && word_.shape != Shape::credentials) return false;
  const char before = at(place, 1);
  return is_gap(at(place, 0)) && (is_gap(before) || before == (word_.shape == Shape::cookie ? ';' : ','));
}

/// in_quotes: whether this byte stands in the quotes of a parameter or a cookie, or begins or ends them: name="x y". They end with
/// their line, and with the string that they stand in.
bool Eraser::in_quotes(size_t place, uint64_t before) {
  if (word_.shape != Shape::cookie && word_.shape != Shape::credentials) return false;
  const char c = at(place, 0);
  const bool ends_outer = c == word_.outer && before == word_.outer_slashes;
  if (!word_.inner) {
    if (c != '"' || ends_outer || at(place, before + 1) != '=' || (form_ == BodyForm::json && before == 0)) return false;
    word_.inner_slashes = before;
    return word_.inner = true;
  }
  const bool line_ends = c == '\n' || c == '\r' || (before != 0 && before == word_.inner_slashes && one_of(c, "nr"));
  word_.inner = !ends_outer && !line_ends && (c != '"' || before > word_.inner_slashes);
  return word_.inner || (c == '"' && before == word_.inner_slashes && !ends_outer);
}

// ---- blocks --------------------------------------------------------------------------------------

/// column: how many blanks, and dashes of lists, the line begins with in which a name stands.
uint32_t Eraser::column(size_t mark, size_t back) const {
  uint32_t count = 0;
  while (count < kIndentMax && (at(mark, back + count) == ' ' || at(mark, back + count) == '-')) ++count;
  return count;
}

bool Eraser::begins_block(char c, uint64_t slashes) {
  if ((c != '|' && c != '>') || slashes != 0) return false;
  if (!word_.colon || word_.apart != Apart::line || word_.shape != Shape::any) return false;
  block_ = {};
  return true;
}

/// block is erased line by line, what the lines begin with and their ends are not. It ends with the first line that does not begin
/// with enough blanks, and with the string that it stands in.
size_t Eraser::block(ByteView piece, size_t from) {
  using Where = Block::Where;
  size_t begin = from;   // of the text of this line
  for (size_t at = from; at < piece.size(); ++at) {
    const char c = piece[at];
    uint64_t before = 0;
    if (passes_slash(c, &before)) continue;
    const size_t own = at - std::min<uint64_t>(before, at - from);   // where it begins, if it is an escape
    const bool head = block_.where == Where::head;
    const bool line_ends = head ? c == '\n' || (c == 'n' && before != 0)
                                : c == (block_.slashes == 0 ? '\n' : 'n') && before == block_.slashes;
    if (line_ends) {
      if (head) block_.slashes = c == '\n' ? 0 : before;
      if (block_.where == Where::text) found(begin, own, false);
      block_.where = Where::indent;
      block_.blanks = 0;
      continue;
    }
    const bool blank = c == '\r' || (c == 'r' && before != 0 && (head || before == block_.slashes));
    bool over = c == '"' ? before < block_.slashes || (before == 0 && form_ == BodyForm::json) : c == '\n';
    if (head) {
      block_.comment = block_.comment || c == '#';
      if (is_digit(c) && !block_.comment) block_.indent = word_.column + static_cast<uint32_t>(c - '0');
      over = c == '"' || (!block_.comment && !blank && !one_of(c, "+-0123456789 \t"));
    } else if (block_.where == Where::indent && !over) {
      if (blank) continue;
      if (c == ' ' && before == 0) {
        ++block_.blanks;
        continue;
      }
      over = block_.indent == 0 ? block_.blanks <= word_.column : block_.blanks < block_.indent;
      if (block_.indent == 0) block_.indent = block_.blanks;
      block_.where = over ? Where::indent : Where::text;
      begin = own;
    }
    if (!over && !(blank && block_.where == Where::text)) continue;
    if (block_.where == Where::text) found(begin, own, false);
    begin = at + 1;
    if (!over) continue;
    state_ = State::seek;
    return at;
  }
  if (block_.where == Where::text) found(begin, piece.size(), false);
  if (block_.where == Where::indent) found(piece.size() - std::min<uint64_t>(slashes_, piece.size() - from), piece.size(), false);
  return piece.size();
}

}  // namespace gatehouse::erase
