#include "detect/secret_value.h"

#include <algorithm>

#include "base/ascii.h"
#include "detect/secrets.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kLongWord = 24;  // longer ones are none of a language
constexpr ByteView kNothing[] = {
    "null", "none", "nil", "true", "false", "undefined", "string", "str", "text", "required", "optional", "empty", "yes",
    "no", "n/a", "na", "tbd", "redacted", "masked", "hidden", "removed", "omitted", "encrypted", "unset", "varchar", "int",
    "integer", "bytes", "object", "any", "bool", "boolean", "default", "missing", "invalid", "expired", "unknown"};
constexpr ByteView kRules[] = {"required", "nullable", "optional", "sometimes", "string"};   // of validation
constexpr ByteView kRoots[] = {
    "self", "this", "process", "os", "env", "config", "settings", "var", "vars", "local", "data", "args", "options",
    "params", "request", "req", "secrets", "vault", "values", "state", "props", "module", "system", "environment"};

template <size_t N>
bool is_one(ByteView word, const ByteView (&words)[N]) {
  for (const ByteView one : words)
    if (same_word(word, one)) return true;
  return false;
}

struct Letters {
  size_t upper = 0, lower = 0, digits = 0, signs = 0, spaces = 0;
  explicit Letters(ByteView value) {
    for (const char c : value) {
      if (is_digit(c)) ++digits;
      else if (c >= 'a' && c <= 'z') ++lower;
      else if (c >= 'A' && c <= 'Z') ++upper;
      else ++(is_space(c) ? spaces : signs);
    }
  }
};

/// A word of a language: letters, a capital only in front or everywhere.
bool is_plain_word(ByteView value, const Letters& letters) {
  if (letters.digits + letters.signs + letters.spaces != 0) return false;
  return letters.upper == 0 || letters.lower == 0 || (letters.upper == 1 && value[0] >= 'A' && value[0] <= 'Z');
}

/// os.environ["X"], getpass(), config.password: program text, not its value.
bool is_program(ByteView value) {
  if (one_of(value[0], "{(")) return true;
  size_t end = 0;
  while (end < value.size() && (is_word(value[end]) || value[end] == '.')) ++end;
  if (end == 0 || is_digit(value[0])) return false;
  if (end < value.size() && (value[end] == '(' || value[end] == '[')) return true;
  if (end == value.size() && secret_name(value) != SecretName::none && value.find_first_of("0123456789") == ByteView::npos)
    return true;
  const size_t dot = value.find('.');
  return dot < end && is_one(value.substr(0, dot), kRoots);
}

bool same_signs(ByteView value) {
  for (const char c : value)
    if (!one_of(c, "*xX.#-_? ")) return false;
  return true;
}

bool starts_as_yours(ByteView value) {
  for (const ByteView word : {"your", "my", "insert", "enter", "replace", "put", "some"})
    if (starts_at(value, 0, word, true) && value.size() > word.size() && one_of(value[word.size()], "_- "))
      return word == "your" || value.size() > 8;
  return false;
}

/// Words with joints between: Name.Namespace, MAX_RETRIES, some-thing.
bool is_wordy(ByteView value) {
  for (size_t at = 0; at <= value.size();) {
    const size_t end = std::min(value.find_first_of("_.-:", at), value.size());
    const ByteView word = value.substr(at, end - at);
    if (word.size() > kLongWord || !is_plain_word(word, Letters(word))) return false;
    at = end + 1;
  }
  return true;
}

bool looks_random(ByteView value, const Letters& letters) {
  if (letters.spaces != 0 || value[0] == '#') return false;
  if (letters.digits != 0) return letters.upper + letters.lower != 0 || value.size() >= 12;
  return !is_wordy(value);
}

/// required|min:8: what a value must be like.
bool is_rules(ByteView value) {
  const size_t bar = value.find('|');
  if (bar == ByteView::npos || !is_one(value.substr(0, bar), kRules)) return false;
  for (const char c : value)
    if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !one_of(c, "|:,_")) return false;
  return true;
}

}  // namespace

bool is_placeholder(ByteView value) {
  if (value.empty() || same_signs(value) || is_one(value, kNothing) || is_rules(value)) return true;
  const char first = value[0], last = value.back();
  if (first == '$' && value.size() > 1 && (value[1] == '{' || value[1] == '(' || is_ascii_letter(value[1]) || value[1] == '_')) {
    if (value[1] == '{' || value[1] == '(') return true;
    for (const char c : value.substr(1))
      if (!is_word(c)) return false;
    return value[1] == '_' || (value[1] >= 'A' && value[1] <= 'Z') || secret_name(value.substr(1)) != SecretName::none;
  }
  for (const ByteView begin : {"<", "[", "{{", "...", "&lt;", "&#x3C;", "&#60;", "\xe2\x80\xa2", "\xe2\x80\xa6"})
    if (value.starts_with(begin)) return true;
  if (first == '%' && last == '%' && value.size() > 2) return true;
  if (first == '{' && last == '}') return true;
  return starts_as_yours(value);
}

bool is_spoken(ByteView value) {
  bool spoken = false;
  for (const char c : value) {
    if (is_space(c)) return false;
    spoken = spoken || is_digit(c) || one_of(c, "!@#$%^&*+=?~");
  }
  return spoken && value.size() > 3;
}

/// A key in Base64 that begins like a path does.
bool is_slashed_key(ByteView value) {
  if (value.size() != 40 && !(value.size() >= 24 && value.back() == '=')) return false;
  const Letters letters(value.substr(0, value.find_last_not_of('=') + 1));
  const bool base64 = std::all_of(value.begin(), value.end(), [](char c) { return is_base64url(c) || one_of(c, "+/="); });
  return base64 && letters.digits != 0 && letters.upper != 0 && letters.lower != 0;
}

bool holds_secret(ByteView text, const Assigned& assigned, SecretName name) {
  const ByteView value = text.substr(assigned.begin, assigned.end - assigned.begin);
  if (value.size() < 3 || is_placeholder(value) || value.find("://") != ByteView::npos) return false;
  if (!assigned.quoted && is_program(value)) return false;
  if (assigned.spoken && !is_spoken(value)) return false;
  const Letters letters(value);
  if (!assigned.quoted && letters.digits == value.size() && value.size() < 4) return false;   // "pass = 100"
  if (assigned.told && !assigned.quoted && (letters.digits + letters.signs == 0 || value.size() < 5)) return false;
  if (name == SecretName::password) {
    if (letters.upper + letters.lower + letters.digits == 0) return false;
    if (assigned.quoted) return letters.spaces <= 3 || value.size() <= 40;
    return assigned.tight || !(assigned.sentence && is_plain_word(value, letters));
  }
  if (value.size() < 6 || (value[0] == '/' && !is_slashed_key(value)) || value[0] == '.') return false;
  if (looks_random(value, letters)) return value.size() >= 8 || assigned.tight || assigned.quoted;
  return name != SecretName::token && assigned.tight && letters.spaces == 0 && letters.digits == 0;
}

}  // namespace gatehouse::detect
