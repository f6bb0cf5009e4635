#include "crypto/unwrapped.h"

#include <algorithm>
#include <cstdint>

namespace gatehouse::crypto {
namespace {

enum class Kind : uint8_t { other, blank, line_end };

/// Part is what a text begins with: one blank, one line end, or bytes in which none of both begins. Of the text `looked_at` bytes
/// were asked for it.
struct Part {
  Kind kind;
  size_t size, looked_at;
};

/// Escape is how one goes on behind its lead: '\\', '%', '&' or '<'; or behind "&#" ('#') or "&#x" ('x') and zeros.
struct Escape {
  char lead;
  ByteView rest;
  Kind kind;
};
constexpr Escape kEscapes[] = {
    {'\\', "n", Kind::line_end}, {'\\', "r", Kind::line_end}, {'\\', "\n", Kind::line_end}, {'\\', "\r", Kind::line_end},
    {'\\', "u000a", Kind::line_end}, {'\\', "u000d", Kind::line_end}, {'\\', "x0a", Kind::line_end}, {'\\', "x0d", Kind::line_end},
    {'\\', "012", Kind::line_end}, {'\\', "015", Kind::line_end}, {'\\', "t", Kind::blank}, {'\\', "u0009", Kind::blank},
    {'\\', "u0020", Kind::blank}, {'%', "0a", Kind::line_end}, {'%', "0d", Kind::line_end}, {'%', "09", Kind::blank},
    {'%', "20", Kind::blank}, {'&', "newline;", Kind::line_end}, {'&', "tab;", Kind::blank}, {'#', "10;", Kind::line_end},
    {'#', "13;", Kind::line_end}, {'#', "9;", Kind::blank}, {'#', "32;", Kind::blank}, {'x', "a;", Kind::line_end},
    {'x', "d;", Kind::line_end}, {'x', "9;", Kind::blank}, {'x', "20;", Kind::blank}, {'<', "br>", Kind::line_end},
    {'<', "br/>", Kind::line_end}, {'<', "br />", Kind::line_end},
};
constexpr size_t kRestMost = 8;

/// Passes over what stands there again and again, so often at most.
size_t behind_all(ByteView text, size_t at, ByteView each, size_t most) {
  for (; most > 0 && text.substr(at).starts_with(each); --most) at += each.size();
  return at;
}

/// Lead is which rests of escapes may stand behind the bytes that a text begins with, in escapes of escapes, too.
struct Lead {
  char sign;
  size_t size;
};

Lead lead_of(ByteView text) {
  constexpr size_t kTimes = 3, kZerosMost = 7;
  if (text[0] == '\\') return {'\\', std::min(text.find_first_not_of('\\'), text.size())};
  if (text[0] == '%') return {'%', behind_all(text, 1, "25", kTimes)};
  if (text[0] != '&') return {text[0], 1};
  const size_t at = behind_all(text, 1, "amp;", kTimes);
  for (const ByteView number : {"#x", "#"})
    if (text.substr(at).starts_with(number)) return {number.back(), behind_all(text, at + number.size(), "0", kZerosMost)};
  return {'&', at};
}

Part escape_of(ByteView text) {
  const Lead lead = lead_of(text);
  const ByteView rest = text.substr(lead.size);
  const size_t looked_at = lead.size + kRestMost;
  for (const Escape& each : kEscapes) {
    if (each.lead != lead.sign) continue;
    if (rest.starts_with(each.rest)) return {each.kind, lead.size + each.rest.size(), looked_at};
    if (each.rest.starts_with(rest)) return {Kind::line_end, text.size(), looked_at};   // as far as it goes
  }
  if (lead.sign == '&' && ByteView("amp;").starts_with(rest)) return {Kind::line_end, text.size(), looked_at};
  // In a run of backslashes the last one counts: none of the others is asked.
  return {Kind::other, lead.sign == '\\' ? lead.size : 1, looked_at};
}

Part part_of(ByteView text) {
  switch (text[0]) {
    case ' ': case '\t': return {Kind::blank, 1, 1};
    case '\n': case '\r': case '\v': case '\f': return {Kind::line_end, 1, 1};
    case '\\': case '%': case '&': case '<': return escape_of(text);
    default: return {Kind::other, 1, 1};
  }
}

}  // namespace

Unwrapped::Unwrapped(ByteView text) {
  size_t begin = 0;   // of the run of blanks and line ends that ends at `at`
  bool ends_line = false;
  for (size_t at = 0; at < text.size();) {
    const Part part = part_of(text.substr(at));
    looked_at_ += part.looked_at;
    if (part.kind == Kind::other && ends_line) drop(text, begin, at);
    at += part.size;
    if (part.kind == Kind::other) begin = at;
    ends_line = part.kind != Kind::other && (ends_line || part.kind == Kind::line_end);
  }
  const bool may_end = text.size() - begin <= kLineEndMost;   // the next piece may end the line
  if (begin < text.size() && (ends_line || may_end)) drop(text, begin, text.size());
  if (is_other()) text_.append(text.substr(taken_));
}

/// What is too long for a line end is one byte that no form has: so it is, wherever pieces cut it.
void Unwrapped::drop(ByteView text, size_t begin, size_t end) {
  text_.append(text.substr(taken_, begin - taken_));
  if (end - begin > kLineEndMost) text_ += '\0';
  breaks_.push_back({text_.size(), end});
  taken_ = end;
}

size_t Unwrapped::raw(size_t at, bool end) const {
  const auto behind = [end](size_t place, const Break& each) { return end ? place <= each.at : place < each.at; };
  const auto next = std::upper_bound(breaks_.begin(), breaks_.end(), at, behind);
  return next == breaks_.begin() ? at : std::prev(next)->raw + (at - std::prev(next)->at);
}

}  // namespace gatehouse::crypto
