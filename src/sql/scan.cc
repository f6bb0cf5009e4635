#include "sql/scan.h"

#include <charconv>

#include "base/byte_set.h"

namespace gatehouse::sql {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
constexpr ByteSet kOperations("~!@#^&|+-*/%<>=\\");
bool is_operation(char c) { return kOperations.has(c); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// invisible is the length of a character at `at` that prints nothing but is no ASCII space; 0 for others.
size_t invisible(ByteView text, size_t at) {
  const auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  if (byte(0) == 0xC2) return byte(1) == 0xA0 || byte(1) == 0xAD || byte(1) == 0x85 ? 2 : 0;
  if (byte(0) == 0xEF) return byte(1) == 0xBB && byte(2) == 0xBF ? 3 : 0;
  if (byte(0) == 0xE3) return byte(1) == 0x80 && byte(2) == 0x80 ? 3 : 0;
  if (byte(0) == 0xE1) return (byte(1) == 0x9A && byte(2) == 0x80) || (byte(1) == 0xA0 && byte(2) == 0x8E) ? 3 : 0;
  if (byte(0) != 0xE2) return 0;
  if (byte(1) == 0x80 && (byte(2) <= 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAF))) return byte(2) >= 0x80 ? 3 : 0;
  return byte(1) == 0x81 && byte(2) >= 0x9F && byte(2) <= 0xAF ? 3 : 0;
}

}  // namespace

bool is_word(ByteView token, ByteView upper) {
  if (token.size() != upper.size()) return false;
  for (size_t i = 0; i < token.size(); ++i)
    if (lower(token[i]) != lower(upper[i])) return false;
  return true;
}

bool Lexer::block_comment() {
  ambiguous_ |= at(at_ + 2) == '!' || at(at_ + 2) == '+' || (at(at_ + 2) == 'M' && at(at_ + 3) == '!');
  size_t depth = 1, i = at_ + 2;
  while (i < text_.size() && depth > 0) {
    if (text_[i] == '*' && at(i + 1) == '/') {
      --depth;
      i += 2;
    } else if (text_[i] == '/' && at(i + 1) == '*') {
      ambiguous_ = true;
      ++depth;
      i += 2;
    } else {
      ++i;
    }
  }
  at_ = i;
  return depth == 0;
}

void Lexer::line_comment() {
  const size_t begin = at_;
  const bool shut = text_[at_] == '#' || is_space(at(at_ + 2)) || at_ + 2 >= text_.size();
  bool semicolon = false;
  for (; at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r'; ++at_) semicolon |= text_[at_] == ';';
  ambiguous_ |= semicolon && !shut;
  if (!shut && tight_ == kNowhere) tight_ = begin + 2;
}

void Lexer::skip_space() {
  while (at_ < text_.size()) {
    if (is_space(text_[at_])) {
      odd_space_ |= text_[at_] == '\v';
      ++at_;
    } else if (const size_t length = invisible(text_, at_); length > 0) {
      odd_space_ = true;
      at_ += length;
    } else if ((text_[at_] == '-' && at(at_ + 1) == '-') || (hash_comments_ && text_[at_] == '#')) {
      line_comment();
    } else if (text_[at_] == '/' && at(at_ + 1) == '*') {
      if (!block_comment()) {
        unclosed_ = true;
        return;
      }
    } else {
      return;
    }
  }
}

Token Lexer::take(Kind kind, size_t length) {
  const Token token{kind, static_cast<uint32_t>(at_), static_cast<uint32_t>(length)};
  at_ += length;
  return token;
}

Token Lexer::string(Kind kind, size_t prefix, char quote, bool backslashes) {
  bool escaped = false;   // a quote, by a backslash: who knows no E'' takes what follows for code
  for (size_t i = at_ + prefix + 1; i < text_.size(); ++i) {
    ambiguous_ |= escaped && (text_[i] == ';' || (text_[i] == '-' && at(i + 1) == '-') || (text_[i] == '/' && at(i + 1) == '*'));
    if (text_[i] == '\\' && backslashes) {
      escaped |= at(++i) == quote;
    } else if (text_[i] == '\\' && (at(i + 1) == quote || at(i + 1) == '\\')) {
      ambiguous_ = true;
      if (at(i + 1) == '\\') ++i;
    } else if (text_[i] == quote) {
      if (at(i + 1) != quote) return take(kind, i + 1 - at_);
      ++i;
    }
  }
  return take(Kind::broken, text_.size() - at_);
}

Token Lexer::dollar() {
  size_t tag = at_ + 1;
  if (is_digit(at(tag))) {
    while (is_digit(at(tag))) ++tag;
    return take(Kind::parameter, tag - at_);
  }
  while (is_letter(at(tag)) || is_digit(at(tag))) ++tag;
  if (at(tag) != '$') return take(Kind::operation, 1);
  const ByteView fence = text_.substr(at_, tag + 1 - at_);
  const size_t close = text_.find(fence, tag + 1);
  if (close == ByteView::npos) return take(Kind::broken, text_.size() - at_);
  ambiguous_ |= text_.substr(tag, close - tag).find(';') != ByteView::npos;
  return take(Kind::dollar_string, close + fence.size() - at_);
}

Token Lexer::word() {
  const bool national = lower(text_[at_]) == 'n';   // Oracle's q'[it's]', nq'[it's]'
  ambiguous_ |= lower(at(at_ + national)) == 'q' && at(at_ + national + 1) == '\'';
  const char first = lower(text_[at_]), second = at(at_ + 1);
  if (second == '\'' && (first == 'e' || first == 'n' || first == 'b' || first == 'x' || first == 'r'))
    return string(Kind::string, 1, '\'', first == 'e');
  if (first == 'u' && second == '&' && (at(at_ + 2) == '\'' || at(at_ + 2) == '"'))
    return string(at(at_ + 2) == '"' ? Kind::quoted : Kind::string, 2, at(at_ + 2), false);
  size_t i = at_ + 1;
  while (i < text_.size() && (is_letter(text_[i]) || is_digit(text_[i]) || text_[i] == '$') && invisible(text_, i) == 0) ++i;
  return take(Kind::word, i - at_);
}

Token Lexer::number() {
  size_t i = at_;
  bool dot = false;
  for (;; ++i) {
    if (at(i) == '.' && !dot && is_digit(at(i + 1))) dot = true;
    else if ((at(i) == '+' || at(i) == '-') && i > at_ && lower(text_[i - 1]) == 'e' && is_digit(at(i + 1))) continue;
    else if (!is_digit(at(i)) && !(is_letter(at(i)) && static_cast<unsigned char>(at(i)) < 0x80)) break;
  }
  if (at(i) == '.' && !dot) ++i;
  return take(Kind::number, i - at_);
}

Token Lexer::colon() {
  if (at(at_ + 1) == ':') return take(Kind::cast, 2);
  if (at(at_ + 1) == '=') return take(Kind::operation, 2);
  size_t i = at_ + 1;
  while (is_letter(at(i)) || is_digit(at(i))) ++i;
  if (i == at_ + 1) return take(Kind::colon, 1);
  const char before = at_ > 0 ? text_[at_ - 1] : ' ';
  const bool path = is_letter(before) || is_digit(before) || before == '"' || before == ')' || before == ']';
  return take(path ? Kind::path : Kind::placeholder, i - at_);
}

Token Lexer::next() {
  skip_space();
  if (unclosed_) {
    unclosed_ = false;
    at_ = text_.size();
    return take(Kind::broken, 0);
  }
  if (at_ >= text_.size()) return take(Kind::end, 0);
  const char c = text_[at_];
  if (is_letter(c)) return word();
  if (is_digit(c) || (c == '.' && is_digit(at(at_ + 1)))) return number();
  switch (c) {
    case '\'': return string(Kind::string, 0, '\'', false);
    case '"': return string(Kind::quoted, 0, '"', false);
    case '`': return string(Kind::backtick, 0, '`', false);
    case '$': return dollar();
    case '(': return take(Kind::open, 1);
    case ')': return take(Kind::close, 1);
    case '[': return take(Kind::bracket_open, 1);
    case ']': return take(Kind::bracket_close, 1);
    case ',': return take(Kind::comma, 1);
    case ';': return take(Kind::semicolon, 1);
    case '.': return take(Kind::dot, 1);
    case ':': return colon();
    case '?': return take(Kind::placeholder, 1);
    case '{':
      if (at(at_ + 1) == '{') {
        const size_t close = text_.find("}}", at_ + 2);
        if (close != ByteView::npos) return take(Kind::markup, close + 2 - at_);
      }
      return take(Kind::operation, 1);
    case '%':
      if (at(at_ + 1) == 's' && !is_letter(at(at_ + 2))) return take(Kind::placeholder, 2);
      if (at(at_ + 1) == '(') {
        const size_t close = text_.find(")s", at_ + 2);
        if (close != ByteView::npos && close - at_ < 64) return take(Kind::placeholder, close + 2 - at_);
      }
      break;
    default: break;
  }
  if (c == '#') ambiguous_ |= at(at_ + 1) != '>' && at(at_ + 1) != '-';
  size_t i = at_ + 1;
  if (is_operation(c)) {
    while (is_operation(at(i)) && !(at(i) == '-' && at(i + 1) == '-') && !(at(i) == '/' && at(i + 1) == '*')) ++i;
    const bool url = at_ > 0 && text_[at_ - 1] == ':';   // file:///x, which PostgreSQL does not read
    ambiguous_ |= !url && text_.substr(at_, i - at_).find("//") != ByteView::npos;   // Snowflake's comment
  }
  return take(Kind::operation, i - at_);
}

bool replaces_table(ByteView text) {
  constexpr ByteView kWords[] = {"CREATE", "OR", "REPLACE"};
  Lexer lexer(text);
  size_t met = 0;
  for (Token token = lexer.next(); token.kind != Kind::end; token = lexer.next()) {
    const ByteView raw = token.kind == Kind::word ? text.substr(token.begin, token.length) : ByteView{};
    if (met == 3 && is_word(raw, "TRANSIENT")) continue;
    if (met == 3 && is_word(raw, "TABLE")) return true;
    if (met < 3 && is_word(raw, kWords[met])) ++met;
    else met = is_word(raw, kWords[0]) ? 1 : 0;
  }
  return false;
}

bool is_new_number(ByteView token) {
  if (token.size() < 2 || !is_digit(token[0])) return false;
  const char base = lower(token[1]);
  const bool based = token[0] == '0' && (base == 'x' || base == 'o' || base == 'b');
  return based || token.find('_') != ByteView::npos;
}

namespace {

/// What fits no 64 bits, or is none after all, stays as it is.
std::string old_number(ByteView token) {
  std::string digits;
  for (const char c : token)
    if (c != '_') digits += c;
  const char base = digits.size() > 2 && digits[0] == '0' ? lower(digits[1]) : '\0';
  const int radix = base == 'x' ? 16 : base == 'o' ? 8 : base == 'b' ? 2 : 10;
  if (radix == 10) return digits;
  uint64_t value = 0;
  const auto read = std::from_chars(digits.data() + 2, digits.data() + digits.size(), value, radix);
  return read.ec == std::errc() && read.ptr == digits.data() + digits.size() ? std::to_string(value) : std::string(token);
}

}  // namespace

void rewrite(ByteView text, std::string* out) {
  out->clear();
  const bool replaces = replaces_table(text);
  bool creates = false;   // the words since CREATE are OR, REPLACE, TRANSIENT alone
  Lexer lexer(text);
  for (Token token = lexer.next(); token.kind != Kind::end; token = lexer.next()) {
    ByteView raw = text.substr(token.begin, token.length);
    if (replaces && creates && (is_word(raw, "OR") || is_word(raw, "REPLACE") || is_word(raw, "TRANSIENT"))) continue;
    creates = is_word(raw, "CREATE");
    const char before = token.begin > 0 ? text[token.begin - 1] : ' ';
    const bool apart = is_space(before) || before == '/' || static_cast<unsigned char>(before) >= 0x80 || before == '?';
    if (apart && !out->empty()) out->push_back(raw.front() == '\'' || before == '\n' ? '\n' : ' ');
    if (token.kind == Kind::placeholder || token.kind == Kind::markup) {
      *out += " $1 ";
    } else if (token.kind == Kind::number && is_new_number(raw)) {
      *out += old_number(raw);
    } else if (token.kind == Kind::path) {
      *out += '.';
      *out += raw.substr(1);
    } else if (token.kind == Kind::backtick) {
      if (raw.find('\\') == ByteView::npos) *out += "U&";   // a name for sure: "x" is a text to who knows `x` (Tree::in_quotes)
      for (const char c : raw) {
        if (c == '"') *out += '"';   // doubled, or the name would end here
        *out += c == '`' ? '"' : c;
      }
    } else {
      *out += raw;
    }
  }
}

}  // namespace gatehouse::sql
