#include "issuer/form.h"

#include <algorithm>

#include "codec/base64url.h"
#include "http/message.h"

namespace gatehouse::issuer {

namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(ByteView text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace

std::optional<std::map<std::string, std::string>> read_form(ByteView body) {
  std::map<std::string, std::string> fields;
  while (!body.empty()) {
    ByteView pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    if (pair.empty()) continue;
    size_t equals = std::min(pair.find('='), pair.size());
    auto name = decode(pair.substr(0, equals));
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || !fields.emplace(*name, *value).second) return std::nullopt;
  }
  return fields;
}

std::optional<std::pair<std::string, std::string>> read_basic(ByteView authorization) {
  constexpr ByteView scheme = "Basic ";
  if (!http::equals_ignore_case(authorization.substr(0, scheme.size()), scheme)) return std::nullopt;
  std::string text(authorization.substr(scheme.size()));
  text.erase(std::min(text.find('='), text.size()));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  auto decoded = codec::decode_base64url(text);
  if (!decoded) return std::nullopt;
  size_t colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  auto id = decode(ByteView(*decoded).substr(0, colon));
  auto secret = decode(ByteView(*decoded).substr(colon + 1));
  if (!id || !secret) return std::nullopt;
  return std::pair{*id, *secret};
}

}  // namespace gatehouse::issuer
