#include "pattern/literal.h"

#include <algorithm>

namespace gatehouse::pattern {
namespace {

constexpr int kDepthMax = 64;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool alnum(char c) { return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Reader walks an expression once; what it does not know makes everything unknown, which is 0.
class Reader {
 public:
  explicit Reader(ByteView text) : text_(text) {}

  size_t all() {
    const size_t best = alternatives(0);
    return at_ == text_.size() && !unknown_ ? best : 0;
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool take(ByteView what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  void skip_past(ByteView what) {
    const size_t found = text_.find(what, at_);
    unknown_ = unknown_ || found == ByteView::npos;
    at_ = found == ByteView::npos ? text_.size() : found + what.size();
  }

  /// What all alternatives have: the shortest of their literals.
  size_t alternatives(int depth) {
    size_t least = sequence(depth);
    while (at_ < text_.size() && text_[at_] == '|') {
      ++at_;
      least = std::min(least, sequence(depth));
    }
    return least;
  }

  enum class Times : uint8_t { once, some, perhaps };

  /// The quantifier behind an item.
  Times times() {
    const char c = peek();
    Times result = Times::once;
    if (c == '?' || c == '*') result = Times::perhaps, ++at_;
    else if (c == '+') result = Times::some, ++at_;
    else if (c == '{' && digit(peek(1))) {
      size_t least = 0;
      for (++at_; digit(peek()); ++at_) least = least == 0 && peek() == '0' ? 0 : 1;
      result = least == 0 ? Times::perhaps : Times::some;
      skip_past("}");
    } else return result;
    if (peek() == '?' || peek() == '+') ++at_;  // lazy, possessive
    return result;
  }

  size_t sequence(int depth) {
    size_t best = 0, run = 0;
    while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') {
      const size_t length = literal();
      const size_t inner = length > 0 ? 0 : other(depth);
      const Times quantity = zero_width_ ? Times::once : times();
      if (length > 0) {
        if (quantity != Times::perhaps) run += length;
        best = std::max(best, run);
        if (quantity != Times::once) run = 0;
      } else if (!zero_width_) {
        run = 0;
        if (quantity != Times::perhaps) best = std::max(best, inner);
      }
    }
    return best;
  }

  /// Takes a plain character and returns its bytes; 0 when there is something else.
  size_t literal() {
    zero_width_ = false;
    const char c = peek();
    if (c == '\\') {
      const char escaped = peek(1);
      if (at_ + 1 >= text_.size()) return 0;
      if (escaped == 'n' || escaped == 't' || escaped == 'r' || !alnum(escaped)) return at_ += 2, 1;
      if (escaped != 'x' || peek(2) == '{' || !alnum(peek(2)) || !alnum(peek(3))) return 0;
      return at_ += 4, 1;
    }
    if (ByteView(".[($^").find(c) != ByteView::npos) return 0;
    const auto lead = static_cast<uint8_t>(c);
    const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    at_ = std::min(at_ + length, text_.size());
    return length;
  }

  /// Takes an item that is no plain character; returns the literal that it must contain.
  size_t other(int depth) {
    const char c = peek();
    if (c == '(') return group(depth);
    if (c == '[') return skip_class(), 0;
    at_ += c == '\\' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    if (c != '\\') {
      zero_width_ = c == '^' || c == '$';
      return 0;
    }
    const char escaped = text_[at_ - 1];
    zero_width_ = ByteView("bBAzZ").find(escaped) != ByteView::npos;
    if (ByteView("xpPgkNoc").find(escaped) != ByteView::npos) {
      if (peek() == '{') skip_past("}");
      else if (escaped == 'p' || escaped == 'P' || escaped == 'c') ++at_;
      else unknown_ = unknown_ || escaped == 'g' || escaped == 'k' || escaped == 'o' || escaped == 'x';
    }
    unknown_ = unknown_ || escaped == 'Q';
    return 0;
  }

  void skip_class() {
    ++at_;
    if (peek() == '^') ++at_;
    if (peek() == ']') ++at_;
    while (at_ < text_.size() && text_[at_] != ']') {
      if (take("[:")) skip_past(":]");
      else at_ += text_[at_] == '\\' ? 2 : 1;
    }
    unknown_ = unknown_ || at_ >= text_.size();
    ++at_;
  }

  size_t group(int depth) {
    ++at_;
    bool counts = true;
    if (peek() == '*' || depth >= kDepthMax) unknown_ = true;
    if (peek() == '?') counts = group_kind();
    if (unknown_) return at_ = text_.size(), 0;
    if (flags_only_) return flags_only_ = false, zero_width_ = true, 0;
    const size_t inner = alternatives(depth + 1);
    unknown_ = unknown_ || peek() != ')';
    ++at_;
    zero_width_ = !counts;
    return counts ? inner : 0;
  }

  /// Behind "(": "?" and what follows up to the group's own text. False: an assertion.
  bool group_kind() {
    if (take("?=") || take("?!") || take("?<=") || take("?<!")) return false;
    if (take("?>")) return true;
    if (take("?<") || take("?P<")) return skip_past(">"), true;
    ++at_;
    while (peek() == 'i' || peek() == 's' || peek() == 'm' || peek() == '-') ++at_;
    if (take(":")) return true;
    flags_only_ = take(")");
    unknown_ = unknown_ || !flags_only_;  // conditions, comments, (?x)
    return true;
  }

  ByteView text_;
  size_t at_ = 0;
  bool zero_width_ = false;  // the item that was taken last
  bool flags_only_ = false;
  bool unknown_ = false;
};

}  // namespace

size_t required_literal(ByteView expression) { return Reader(expression).all(); }

}  // namespace gatehouse::pattern
