#include "issuer/token.h"

#include <array>

#include "codec/base64.h"
#include "codec/base64url.h"
#include "crypto/digest.h"
#include "web/json_text.h"

namespace gatehouse::issuer {

namespace {

std::string random_id() {
  std::array<char, 16> bytes;
  crypto::random_bytes(bytes);
  return codec::encode_base64url({bytes.data(), bytes.size()});
}

std::string claims(const TokenOrder& order, uint64_t now) {
  std::string text = "{\"iss\":";
  web::append_json_string(text, order.issuer);
  for (const char* name : {"sub", "client_id", "azp"}) {
    text += std::string(",\"") + name + "\":";
    web::append_json_string(text, order.client);
  }
  text += ",\"aud\":";
  web::append_json_string(text, order.audience);
  text += ",\"groups\":[";
  for (const std::string& group : order.groups) {
    if (text.back() != '[') text += ',';
    web::append_json_string(text, group);
  }
  text += "]";
  for (const auto& [name, value] : order.claims) {
    text += ',';
    web::append_json_string(text, name);
    text += ':';
    web::append_json_string(text, value);
  }
  if (!order.bound_to.empty()) text += ",\"cnf\":{\"x5t#S256\":\"" + order.bound_to + "\"}";
  text += ",\"iat\":" + std::to_string(now) + ",\"exp\":" + std::to_string(now + order.ttl);
  return text + ",\"jti\":\"" + random_id() + "\"}";
}

}  // namespace

std::string certificate_der(ByteView pem) {
  constexpr ByteView kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";
  const size_t begin = pem.find(kBegin), end = pem.find(kEnd);
  if (begin == ByteView::npos || end == ByteView::npos || end < begin) return {};
  const ByteView text = pem.substr(begin + kBegin.size(), end - begin - kBegin.size());
  return codec::decode_base64(text, {.line_breaks = true}).value_or("");
}

std::string thumbprint(ByteView der) {
  return codec::encode_base64url(view_of(std::span<const uint8_t>(crypto::sha256(der))));
}

std::string make_token(const SigningKey& key, const TokenOrder& order, uint64_t now) {
  std::string header = "{\"alg\":\"" + std::string(algorithm(key)) + R"(","typ":"at+jwt","kid":")" + key.id + "\"}";
  std::string signed_part = codec::encode_base64url(header);
  signed_part += "." + codec::encode_base64url(claims(order, now));
  return signed_part + "." + codec::encode_base64url(key.key.sign(signed_part));
}

}  // namespace gatehouse::issuer
