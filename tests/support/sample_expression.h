// Texts that a regular expression matches, made by chance. It knows the syntax that shipped patterns are written in.
#pragma once

#include <algorithm>
#include <random>
#include <string>

#include "base/bytes.h"

namespace gatehouse::testing {

/// SampleExpression writes texts by walking an expression; where ^, $ and \b would have to hold nobody looks, so that the
/// expression matches most of its texts, not all.
class SampleExpression {
 public:
  SampleExpression(ByteView expression, std::mt19937& random) : text_(expression), random_(random) {}

  std::string make() {
    at_ = 0;
    std::string out = alternatives(true);
    if (at_ != text_.size()) out += "?";   // nothing that was understood
    return out;
  }

 private:
  size_t below(size_t count) { return random_() % count; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  /// `wanted`: else the expression is only walked.
  std::string alternatives(bool wanted) {
    // One of several, each as likely: it is chosen while they come.
    std::string chosen = sequence(wanted);
    for (size_t count = 2; peek() == '|'; ++count) {
      ++at_;
      std::string next = sequence(wanted);
      if (wanted && below(count) == 0) chosen = std::move(next);
    }
    return chosen;
  }

  std::string sequence(bool wanted) {
    std::string out;
    while (at_ < text_.size() && peek() != '|' && peek() != ')') {
      const size_t begin = at_;
      std::string once = item(wanted);
      const size_t end = at_;
      const size_t times = quantity();
      if (!wanted || times == 0) continue;
      out += once;
      for (size_t i = 1, after = at_; i < times; ++i) {
        at_ = begin;
        out += item(true);
        at_ = i + 1 == times ? after : end;
      }
    }
    return out;
  }

  std::string item(bool wanted) {
    const char c = text_[at_++];
    if (c == '(') {
      if (peek() == '?') at_ += 2;   // (?:
      std::string inner = alternatives(wanted);
      ++at_;
      return inner;
    }
    if (c == '[') return {any_of(take_class())};
    if (c == '^' || c == '$') return "";
    if (c == '.') return {any_of(printable())};
    if (c != '\\') return {c};
    const char escaped = text_[at_++];
    if (escaped == 'b') return below(3) == 0 ? " " : "";
    const std::string set = of_escape(escaped);
    return {any_of(set)};
  }

  char any_of(const std::string& set) { return set.empty() ? '?' : set[below(set.size())]; }

  static std::string range(char from, char to) {
    std::string out;
    for (int c = from; c <= to; ++c) out += static_cast<char>(c);
    return out;
  }
  static std::string printable() { return range(' ', '~'); }
  static std::string word() { return range('a', 'z') + range('A', 'Z') + range('0', '9') + "_"; }
  static std::string without(const std::string& set) {
    std::string out;
    for (const char c : printable())
      if (set.find(c) == std::string::npos) out += c;
    return out;
  }
  static std::string of_escape(char escaped) {
    switch (escaped) {
      case 'w': return word();
      case 'W': return without(word());
      case 'd': return range('0', '9');
      case 's': return " \t\n";
      case 'S': return without(" ");
      case 't': return "\t";
      case 'n': return "\n";
      case 'r': return "\r";
      case 'f': return "\f";
      case 'v': return "\v";
      default: return {escaped};
    }
  }

  std::string take_class() {
    const bool negated = peek() == '^';
    if (negated) ++at_;
    std::string set;
    for (bool first = true; first || peek() != ']'; first = false) {
      const char c = text_[at_++];
      if (c == '\\') set += of_escape(text_[at_++]);
      else if (peek() == '-' && text_[at_ + 1] != ']') set += range(c, text_[at_ + 1]), at_ += 2;
      else set += c;
    }
    ++at_;
    return negated ? without(set) : set;
  }

  size_t quantity() {
    const char c = peek();
    size_t least = 1, most = 1;
    if (c == '?') least = 0, ++at_;
    else if (c == '*') least = 0, most = 3, ++at_;
    else if (c == '+') most = 3, ++at_;
    else if (c == '{' && text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9') {
      ++at_;
      least = number();
      most = least;
      if (peek() == ',') {
        ++at_;
        most = peek() == '}' ? least + 3 : number();
      }
      ++at_;
    } else return 1;
    return least + below(std::min<size_t>(most - least, 6) + 1);
  }
  size_t number() {
    size_t value = 0;
    while (peek() >= '0' && peek() <= '9') value = value * 10 + static_cast<size_t>(text_[at_++] - '0');
    return value;
  }

  ByteView text_;
  std::mt19937& random_;
  size_t at_ = 0;
};

}  // namespace gatehouse::testing
