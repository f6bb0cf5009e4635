#include "pattern/literal.h"

#include <algorithm>

#include "pattern/token_run.h"

namespace gatehouse::pattern {
namespace {

constexpr int kDepthMax = 64;
constexpr size_t kTimesMost = 1u << 16;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool alnum(char c) { return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Required least_of(const Required& a, const Required& b) {
  return {std::min(a.literal, b.literal), std::min(a.token, b.token), std::min(a.value, b.value), false};
}
void raise(Required* best, const Required& other) {
  *best = {std::max(best->literal, other.literal), std::max(best->token, other.token), std::max(best->value, other.value), false};
}

/// Bytes are those that an item may match, one of them.
struct Bytes {
  bool tokens = false;   // nothing but tokens
  bool digits = false;   // nothing but digits
};

Bytes bytes_of(char c) { return {is_token(c), digit(c)}; }
Bytes bytes_of_escape(char escaped) {
  if (escaped == 'd') return {true, true};
  if (escaped == 'w') return {true, false};
  if (alnum(escaped) || static_cast<uint8_t>(escaped) >= 0x80) return {};
  return bytes_of(escaped);
}

/// Found is what an item, a sequence or alternatives require.
struct Found {
  Required needs = {};
  bool solid = false;   // nothing but tokens, of which
  size_t length = 0;    // at least so many
};

/// Run follows what stands side by side in a sequence.
struct Run {
  Found all{{}, true, 0};
  Required now;

  void break_literal() { now.literal = 0; }
  void break_tokens() { now.token = now.value = 0, all.solid = false; }
  void literal(size_t bytes) {
    now.literal += bytes;
    raise(&all.needs, now);
  }
  /// Tokens, at least so many; digit: the first of them is one.
  void tokens(size_t least, bool digit) {
    now.token += least;
    if (now.value != 0 || digit) now.value += least;
    all.length += least;
    raise(&all.needs, now);
  }
};

/// Reader walks an expression once; what it does not know makes everything unknown, which is 0.
class Reader {
 public:
  explicit Reader(ByteView text) : text_(text) {}

  Required all() {
    const Found all = alternatives(0);
    if (at_ != text_.size() || unknown_) return {};
    if (folds_) return {all.needs.literal, 0, 0, false};
    return {all.needs.literal, all.needs.token, all.needs.value, all.solid};
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

  /// What all alternatives have.
  Found alternatives(int depth) {
    Found least = sequence(depth);
    while (at_ < text_.size() && text_[at_] == '|') {
      ++at_;
      const Found next = sequence(depth);
      least = {least_of(least.needs, next.needs), least.solid && next.solid, std::min(least.length, next.length)};
    }
    return least;
  }

  /// Times is the quantifier behind an item.
  struct Times {
    size_t least = 1;
    bool once = true;
  };
  Times times() {
    const char c = peek();
    Times result{1, false};
    if (c == '?' || c == '*') result.least = 0, ++at_;
    else if (c == '+') ++at_;
    else if (c == '{' && digit(peek(1))) {
      result.least = 0;
      for (++at_; digit(peek()); ++at_)
        result.least = std::min(result.least * 10 + static_cast<size_t>(peek() - '0'), kTimesMost);
      skip_past("}");
    } else return {};
    if (peek() == '?' || peek() == '+') ++at_;  // lazy, possessive
    unknown_ = unknown_ || peek() == '*' || peek() == '?' || peek() == '+' || (peek() == '{' && digit(peek(1)));
    return result;
  }

  Found sequence(int depth) {
    Run run;
    while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') {
      bytes_ = {};
      const size_t length = literal();
      const Found inner = length > 0 ? Found{} : other(depth);
      if (zero_width_) continue;
      const Times quantity = times();
      unknown_ = unknown_ || (peek() == '{' && peek(1) == ',');   // a quantifier for some versions of PCRE2
      if (length > 0) {
        if (quantity.least != 0) run.literal(length);
        if (!quantity.once) run.break_literal();
      } else {
        run.break_literal();
        if (quantity.least != 0) raise(&run.all.needs, inner.needs);
      }
      if (bytes_.tokens) run.tokens(quantity.least, bytes_.digits && quantity.least != 0);
      else if (inner.solid) run.tokens(quantity.least * std::min(inner.length, kTimesMost), false);
      else run.break_tokens();
    }
    return run.all;
  }

  /// Takes a plain character and returns its bytes; 0 when there is something else.
  size_t literal() {
    zero_width_ = false;
    const char c = peek();
    if (c == '\\') {
      const char escaped = peek(1);
      if (at_ + 1 >= text_.size()) return 0;
      if (escaped == 'n' || escaped == 't' || escaped == 'r') return at_ += 2, 1;
      if (!alnum(escaped)) return bytes_ = bytes_of(escaped), at_ += 2, 1;
      if (escaped != 'x' || peek(2) == '{' || !alnum(peek(2)) || !alnum(peek(3))) return 0;
      return at_ += 4, 1;
    }
    if (ByteView(".[($^").find(c) != ByteView::npos) return 0;
    const auto lead = static_cast<uint8_t>(c);
    const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    bytes_ = bytes_of(c);
    at_ = std::min(at_ + length, text_.size());
    return length;
  }

  /// Takes an item that is no plain character.
  Found other(int depth) {
    const char c = peek();
    if (c == '(') return group(depth);
    if (c == '[') return take_class(), Found{};
    at_ += c == '\\' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    if (c != '\\') {
      zero_width_ = c == '^' || c == '$';
      return {};
    }
    const char escaped = text_[at_ - 1];
    bytes_ = bytes_of_escape(escaped);
    zero_width_ = ByteView("bBAzZ").find(escaped) != ByteView::npos;
    if (ByteView("xpPgkNoc").find(escaped) != ByteView::npos) {
      if (peek() == '{') skip_past("}");
      else if (escaped == 'p' || escaped == 'P' || escaped == 'c') ++at_;
      else unknown_ = unknown_ || escaped == 'g' || escaped == 'k' || escaped == 'o' || escaped == 'x';
    }
    unknown_ = unknown_ || escaped == 'Q';
    return {};
  }

  /// Takes a class and notes what it may match.
  void take_class() {
    ++at_;
    Bytes all{true, true};
    const auto add = [&](Bytes which) { all = {all.tokens && which.tokens, all.digits && which.digits}; };
    if (peek() == '^') add({}), ++at_;
    for (bool first = true; at_ < text_.size() && (first || text_[at_] != ']'); first = false) {
      if (take("[:")) {
        add({});
        skip_past(":]");
        continue;
      }
      const bool escape = peek() == '\\';
      const char c = peek(escape ? 1 : 0);
      at_ = std::min(at_ + (escape ? 2 : 1), text_.size());
      if (peek() != '-' || peek(1) == ']') {
        add(escape ? bytes_of_escape(c) : bytes_of(c));
        continue;
      }
      const char last = peek(1);   // a range; one that an escape ends is not looked into
      at_ = std::min(at_ + 2, text_.size());
      const bool plain = !escape && alnum(c) && alnum(last) && digit(c) == digit(last) && (c >= 'a') == (last >= 'a');
      add(plain ? Bytes{true, digit(c)} : Bytes{});
      if (last == '\\') at_ = std::min(at_ + 1, text_.size());
    }
    bytes_ = all;
    unknown_ = unknown_ || at_ >= text_.size();
    ++at_;
  }

  Found group(int depth) {
    ++at_;
    bool counts = true;
    if (peek() == '*' || depth >= kDepthMax) unknown_ = true;
    if (peek() == '?') counts = group_kind();
    if (unknown_) return at_ = text_.size(), Found{};
    if (flags_only_) return flags_only_ = false, zero_width_ = true, Found{};
    const Found inner = alternatives(depth + 1);
    unknown_ = unknown_ || peek() != ')';
    ++at_;
    bytes_ = {};
    zero_width_ = !counts;
    return counts ? inner : Found{};
  }

  /// Behind "(": "?" and what follows up to the group's own text. False: an assertion.
  bool group_kind() {
    if (take("?=") || take("?!") || take("?<=") || take("?<!")) return false;
    if (take("?>")) return true;
    if (take("?<") || take("?P<")) return skip_past(">"), true;
    ++at_;
    for (; peek() == 'i' || peek() == 's' || peek() == 'm' || peek() == '-'; ++at_) folds_ = folds_ || peek() == 'i';
    if (take(":")) return true;
    flags_only_ = take(")");
    unknown_ = unknown_ || !flags_only_;  // conditions, comments, (?x)
    return true;
  }

  ByteView text_;
  size_t at_ = 0;
  bool zero_width_ = false;  // the item that was taken last
  bool flags_only_ = false;
  bool folds_ = false;       // a part of it folds cases by itself
  bool unknown_ = false;
  Bytes bytes_;              // of the item that was taken last, when it is one byte
};

}  // namespace

Required required(ByteView expression) { return Reader(expression).all(); }

bool alike_in_bytes(ByteView expression) {
  const auto at = [&](size_t i) { return i < expression.size() ? expression[i] : '\0'; };
  const auto plain = [](char c) { return static_cast<uint8_t>(c) - 1u < 0x7f; };
  const auto escape = [&](char c) { return plain(c) && (!alnum(c) || ByteView("bdfnrstw").find(c) != ByteView::npos); };
  bool in_class = false;
  for (size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (!plain(c)) return false;
    if (c == '\\') {
      if (!escape(at(++i))) return false;
    } else if (in_class) {
      if (c == '[') return false;   // [:alpha:]
      in_class = c != ']';
    } else if (c == '[') {
      if (at(i + 1) == '^' || at(i + 1) == ']') return false;
      in_class = true;
    } else if (c == '.' ? at(i + 1) != '*' : c == '(' && (at(i + 1) == '*' || (at(i + 1) == '?' && at(i + 2) != ':'))) {
      return false;
    }
  }
  return !in_class;
}

}  // namespace gatehouse::pattern
