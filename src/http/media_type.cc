#include "http/media_type.h"

#include <algorithm>

#include "http/byte_class.h"
#include "http/message.h"

namespace gatehouse::http {
namespace {

constexpr ByteView kCharset = "charset";

ByteView without_blanks_before(ByteView text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

/// take_token cuts the text before the first of `ends` off; empty when that is no token.
ByteView take_token(ByteView& text, ByteView ends) {
  const ByteView token = text.substr(0, text.find_first_of(ends));
  if (!is_token(token)) return {};
  text.remove_prefix(token.size());
  return token;
}

}  // namespace

ParameterWalk::Step ParameterWalk::broken() {
  rest_ = {};
  broken_ = true;
  return Step::broken;
}

bool ParameterWalk::take_quoted(Parameter* parameter) {
  parameter->escaped = false;
  for (size_t i = 1; i < rest_.size(); ++i) {
    if (rest_[i] == '"') {
      parameter->value = rest_.substr(1, i - 1);
      rest_.remove_prefix(i + 1);
      return true;
    }
    if (rest_[i] == '\\') {
      parameter->escaped = true;
      if (++i == rest_.size()) return false;
    }
    if ((rest_[i] < ' ' && rest_[i] != '\t') || rest_[i] == 0x7f || static_cast<uint8_t>(rest_[i]) > 0x7f) return false;
  }
  return false;
}

ParameterWalk::Step ParameterWalk::next(Parameter* parameter) {
  if (broken_) return Step::broken;
  for (;;) {
    rest_ = without_blanks_before(rest_);
    if (rest_.empty()) return Step::end;
    if (rest_.front() != ';') return broken();
    rest_ = without_blanks_before(rest_.substr(1));
    if (!rest_.empty() && rest_.front() != ';') break;   // ";;" and a last ";" are allowed and say nothing
  }
  parameter->name = take_token(rest_, "=");
  if (parameter->name.empty() || rest_.empty()) return broken();
  rest_.remove_prefix(1);
  if (!rest_.empty() && rest_.front() == '"') return take_quoted(parameter) ? Step::parameter : broken();
  parameter->escaped = false;
  parameter->value = take_token(rest_, "; \t");
  return parameter->value.empty() ? broken() : Step::parameter;
}

std::optional<MediaType> parse_media_type(ByteView value) {
  value = trim_blanks(value);
  MediaType said{trim_blanks(value.substr(0, value.find(';'))), {}};
  const size_t slash = said.type.find('/');
  if (slash == ByteView::npos || !is_token(said.type.substr(0, slash)) || !is_token(said.type.substr(slash + 1)))
    return std::nullopt;
  ParameterWalk walk(value.substr(said.type.size()));
  ParameterWalk::Parameter parameter;
  for (;;) {
    switch (walk.next(&parameter)) {
      case ParameterWalk::Step::end: return said;
      case ParameterWalk::Step::broken: return std::nullopt;
      case ParameterWalk::Step::parameter: break;
    }
    if (!equals_ignore_case(parameter.name.substr(0, kCharset.size()), kCharset)) continue;
    if (parameter.name.size() != kCharset.size() || parameter.escaped || !said.charset.empty() || parameter.value.empty())
      return std::nullopt;
    said.charset = parameter.value;
  }
}

std::optional<ByteView> boundary_of(ByteView content_type) {
  constexpr ByteView kName = "boundary";
  const size_t semicolon = content_type.find(';');
  if (semicolon == ByteView::npos) return ByteView{};
  ParameterWalk walk(content_type.substr(semicolon));
  ParameterWalk::Parameter parameter;
  std::optional<ByteView> found;
  for (;;) {
    switch (walk.next(&parameter)) {
      case ParameterWalk::Step::broken: return std::nullopt;
      case ParameterWalk::Step::end: return found.value_or(ByteView{});
      case ParameterWalk::Step::parameter: break;
    }
    if (!equals_ignore_case(parameter.name.substr(0, kName.size()), kName)) continue;
    if (found || parameter.escaped || parameter.name.size() != kName.size()) return std::nullopt;
    found = parameter.value;
  }
}

ByteView media_type(ByteView content_type) { return trim_blanks(content_type.substr(0, content_type.find(';'))); }

bool is_json_type(ByteView type) {
  constexpr ByteView kSuffix = "+json";
  if (equals_ignore_case(type, "application/json")) return true;
  const size_t slash = type.find('/');
  if (slash == ByteView::npos || !is_token(type.substr(0, slash))) return false;
  const ByteView subtype = type.substr(slash + 1);
  return is_token(subtype) && subtype.size() > kSuffix.size() &&
         equals_ignore_case(subtype.substr(subtype.size() - kSuffix.size()), kSuffix);
}

bool is_json_in_utf8(ByteView value) {
  const std::optional<MediaType> said = parse_media_type(value);
  return said && is_json_type(said->type) && (said->charset.empty() || equals_ignore_case(said->charset, "utf-8"));
}

}  // namespace gatehouse::http
