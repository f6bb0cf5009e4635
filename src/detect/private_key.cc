// Private keys in text: PEM (RFC 7468, RFC 1421), OpenSSH, SSH2 (RFC 4716), OpenPGP (RFC 9580, section 6), whole or cut off.
#include "base/ascii.h"
#include "detect/secrets.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kLineMin = 16;   // base64 in one piece that is no word of a sentence
constexpr size_t kBetweenMax = 32;  // line ends, indentation and quotes between two lines
constexpr size_t kLabelMax = 40;

bool is_label(char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == ' '; }
bool is_base64(char c) { return is_digit(c) || is_ascii_letter(c) || c == '+' || c == '/' || c == '='; }

/// What stands between the lines, also of a key quoted in a program or in a letter.
bool is_between(char c) {
  return is_space(c) || c == '\\' || c == '"' || c == '\'' || c == ',' || c == '>' || c == '|' || c == '#' || c == '*';
}

/// Body takes what follows the first line of a key, byte by byte: lines of base64, of which one may be shorter than kLineMin
/// when a long one or the last line follows, then the last line. What it knows can be told from the kLeftBytes before.
class Body {
 public:
  enum class Step : uint8_t { goes_on, ends_behind, ends_before };

  /// cut: the first byte may stand inside a line, of which the end says nothing of its length.
  explicit Body(bool cut = false) : cut_(cut) {}

  Step take(char c) {
    const char last = last_;
    last_ = c;
    if (closing_ != Closing::none) return take_closing(c);
    if (last == '\\' && (c == 'n' || c == 'r' || c == 't')) return take_between();
    if (c == '-') {
      end_token();
      closing_ = Closing::open;
      dashes_ = 1;
      return Step::goes_on;
    }
    if (is_between(c) || (c == '+' && length_ == 0)) return take_between();  // "…" + "…"
    if (!is_base64(c)) return Step::ends_before;
    between_ = 0;
    if (length_ == 0 && short_ && c != '=') return Step::ends_before;  // a second short one: a sentence
    check_ = length_ == 0 ? c == '=' : check_;
    if (++length_ >= kLineMin) {
      data_ = true;
      short_ = false;
    }
    return Step::goes_on;
  }

  bool data() const { return data_; }
  void forget() { *this = Body(); }

 private:
  enum class Closing : uint8_t { none, open, word, label, close };

  void end_token() {
    if (length_ != 0 && length_ < kLineMin && !check_ && !cut_) short_ = true;  // "=aB3d" is OpenPGP's checksum
    length_ = 0;
    cut_ = false;
  }

  Step take_between() {
    end_token();
    return ++between_ > kBetweenMax ? Step::ends_before : Step::goes_on;
  }

  /// "-----END RSA PRIVATE KEY-----"
  Step take_closing(char c) {
    switch (closing_) {
      case Closing::open:
        if (c == '-' && dashes_ < 5) {
          ++dashes_;
          return Step::goes_on;
        }
        if (dashes_ < 4) return Step::ends_before;
        if (dashes_ == 4 && c == ' ') return Step::goes_on;
        closing_ = Closing::word;
        matched_ = 0;
        [[fallthrough]];
      case Closing::word:
        if (c != "END "[matched_]) return Step::ends_before;
        if (++matched_ == 4) {
          closing_ = Closing::label;
          matched_ = 0;
        }
        return Step::goes_on;
      case Closing::label:
        if (is_label(c)) return ++matched_ > kLabelMax ? Step::ends_before : Step::goes_on;
        if (c != '-') return Step::ends_before;
        closing_ = Closing::close;
        matched_ = 1;
        return Step::goes_on;
      case Closing::close:
        if (c != '-') return Step::ends_before;
        return ++matched_ == dashes_ ? Step::ends_behind : Step::goes_on;
      case Closing::none: break;
    }
    return Step::ends_before;
  }

  char last_ = 0;
  Closing closing_ = Closing::none;
  bool cut_;
  bool data_ = false;    // a line of kLineMin was there
  bool short_ = false;   // the last one was shorter
  bool check_ = false;   // the present one begins with '='
  size_t length_ = 0;    // of the present one
  size_t between_ = 0, dashes_ = 0, matched_ = 0;
};

/// Where the body ends that goes on at text[from]; *whole tells that its last line was there.
size_t body_end(ByteView text, size_t from, Body* body, bool* whole) {
  *whole = false;
  for (size_t at = from; at < text.size(); ++at) {
    const Body::Step step = body->take(text[at]);
    if (step == Body::Step::ends_before) return at;
    if (step != Body::Step::ends_behind) continue;
    *whole = true;
    return at + 1;
  }
  return text.size();
}

constexpr size_t kDashes = 5;   // of a line; a border between texts may lose some, or show some twice

/// Behind the first line "-----BEGIN … PRIVATE KEY …-----" of which the dash before BEGIN is text[dash]; 0: it is none;
/// text.size(): cut off.
size_t first_line(ByteView text, size_t dash) {
  const size_t label = dash + (starts_at(text, dash, "- ") ? 7 : 6);   // "- BEGIN" of SSH2
  if (!starts_at(text, label - 5, "BEGIN")) return 0;
  size_t end = label;
  while (end < text.size() && end - label <= kLabelMax && is_label(text[end])) ++end;
  const ByteView name = text.substr(label, end - label);
  if (end - label > kLabelMax) return 0;
  size_t close = end;
  while (close < text.size() && close - end < kDashes && text[close] == '-') ++close;
  if (close == text.size() && close - end < kDashes) return close;
  const size_t word = name.find("PRIVATE");   // a border may have lost the blank before it, and behind it
  return close > end && word != ByteView::npos && name.find("KEY", word) != ByteView::npos ? close : 0;
}

/// Behind the header fields of RFC 1421 and OpenPGP: "DEK-Info: …", "Comment: …".
size_t behind_headers(ByteView text, size_t at) {
  for (size_t line = at;;) {
    while (line < text.size() && (is_between(text[line]) || escaped_at(text, line))) ++line;
    size_t end = line;
    while (end < text.size() && (is_word(text[end]) || text[end] == '-') && end - line <= kLabelMax) ++end;
    if (end == text.size() || end == line || text[end] != ':') return end == text.size() ? end : at;
    while (end < text.size() && text[end] != '\n' && !(text[end] == 'n' && escaped_at(text, end))) ++end;
    at = line = end;
    if (end == text.size()) return end;
  }
}

/// Behind what is left of a first line that was cut, "ATE KEY-----", when lines of a key follow; `at` when it is none.
size_t behind_cut_line(ByteView text, size_t at) {
  size_t end = at, dashes = 0;
  for (; end < text.size() && end - at <= kLabelMax && (is_label(text[end]) || text[end] == '-'); ++end)
    dashes = text[end] == '-' ? dashes + 1 : 0;
  const ByteView line = text.substr(at, end - at);
  if (dashes == 0 || line.find("END") != ByteView::npos) return at;
  size_t data = end;
  while (data < text.size() && data - end < kBetweenMax && (is_between(text[data]) || escaped_at(text, data))) ++data;
  size_t last = data;
  while (last < text.size() && last - data < kLineMin && is_base64(text[last])) ++last;
  return data > end && last - data == kLineMin ? end : at;
}

Rest key_goes_on(ByteView text, size_t from) {
  const size_t line = from == 0 || text[from - 1] == '\n' ? behind_cut_line(text, from) : from;
  const bool cut = line == from;
  Body body(cut);
  for (size_t at = from > kLeftBytes ? from - kLeftBytes : 0; cut && at < from; ++at)
    if (body.take(text[at]) != Body::Step::goes_on) body.forget();
  if (!body.data()) body = Body(true);   // what stands before is none of its lines
  bool whole;
  const size_t end = body_end(text, line, &body, &whole);
  return {end, whole || end < text.size()};
}

/// A part of a value of these characters and of any length.
bool goes_on_with(Detector detector, char c) {
  if (detector == Detector::jwt || detector == Detector::gcp_key) return is_base64url(c) || c == '.';
  if (detector == Detector::aws_key) return is_base64(c);
  return !is_space(c) && c != '"' && c != '\'' && c != '<' && c != '>' && c != ',' && c != ';' && c != '`';
}

/// Judges a key whose lines begin at text[begin], a value from `at` on; its finder was called at `called`.
size_t judge_key(Sight& sight, size_t at, size_t begin, size_t called) {
  const ByteView text = sight.text;
  const bool hold = sight.open && text.size() - at < kLongMin;
  const size_t limit = at + kLongMin < text.size() ? at + kLongMin : text.size();
  Body body;
  bool whole;
  size_t end = body_end(text.substr(0, limit), begin, &body, &whole);
  const bool data = body.data();
  if (!whole && end == limit && limit < text.size()) end = body_end(text, limit, &body, &whole);
  if (!whole && end == text.size() && hold) {
    sight.hold(at);
    return called + 1;
  }
  if (!data) return called + 1;
  const bool open_end = sight.open && !whole && end == text.size();
  if (!whole && end - at < kLongMin) {
    const auto trim = [&] {
      while (end > at && (is_between(text[end - 1]) || text[end - 1] == '-' || escaped_at(text, end - 1))) --end;
    };
    trim();
    if (constexpr ByteView kNext = "Private"; at == begin && text.substr(at, end - at).ends_with(kNext)) {   // "Private-MAC: "
      end -= kNext.size();
      trim();
    }
  }
  sight.add(at, end, Detector::private_key, Evidence::structure, open_end);
  return end;
}

}  // namespace

Rest goes_on(Detector detector, ByteView text, size_t from) {
  if (detector == Detector::private_key) return key_goes_on(text, from);
  size_t at = from;
  while (at < text.size() && goes_on_with(detector, text[at])) ++at;
  return {at, at < text.size()};
}

size_t find_private_key(Sight& sight, size_t dash) {
  const ByteView text = sight.text;
  const size_t first = first_line(text, dash);
  if (first == 0) return dash + 1;
  size_t at = dash;
  while (at > 0 && dash - at + 1 < kDashes && text[at - 1] == '-') --at;
  const bool hold = sight.open && text.size() - at < kLongMin;
  const size_t limit = at + kLongMin < text.size() ? at + kLongMin : text.size();
  const size_t begin = first < limit ? behind_headers(text.substr(0, limit), first) : limit;
  if (begin == limit) {
    if (hold) sight.hold(at);
    return dash + 1;
  }
  return judge_key(sight, at, begin, dash);
}

/// PuTTY-User-Key-File-3: … Private-Lines: 14, lines of base64, Private-MAC: …
size_t find_putty_key(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  constexpr size_t kName = 14, kNumberMax = 6;   // "Private-Lines:"
  size_t begin = at + kName;
  while (begin < text.size() && begin - at < kName + kNumberMax && (text[begin] == ' ' || is_digit(text[begin]))) ++begin;
  const size_t number = begin;
  while (begin < text.size() && begin - number < kBetweenMax && (is_between(text[begin]) || escaped_at(text, begin))) ++begin;
  return begin == number || begin == text.size() ? at + 1 : judge_key(sight, begin, begin, at);
}

}  // namespace gatehouse::detect
