#include <tuple>

#include "issuer/provider.h"

#include <time.h>

#include "issuer/form.h"
#include "issuer/token.h"
#include "web/json_text.h"

namespace gatehouse::issuer {

namespace {

/// token_error is the error answer of RFC 6749 section 5.2.
web::Answer token_error(int status, const char* code) {
  web::Answer answer = web::json_answer(status, std::string("{\"error\":\"") + code + "\"}");
  answer.fields.emplace_back("Cache-Control", "no-store");
  if (status == 401) answer.fields.emplace_back("WWW-Authenticate", "Basic realm=\"development issuer\"");
  return answer;
}

}  // namespace

web::Answer Provider::answer(const web::Call& call) {
  ByteView path = call.head.path, method = call.head.method;
  bool reads = method == "GET" || method == "HEAD";
  if (path == "/.well-known/openid-configuration" && reads) return discovery();
  if (path == "/jwks" && reads) return web::json_answer(200, before_ ? jwks({&key_, &*before_}) : jwks(key_));
  if (path == "/token" && method == "POST") return token(call);
  if (path == "/rotate" && method == "POST") return rotate();
  return web::json_answer(404, "{\"error\":\"not_found\"}");
}

web::Answer Provider::rotate() {
  SigningKey fresh = name_key(algorithm(key_) == "RS256"   ? crypto::PrivateKey::make_rsa()
                              : algorithm(key_) == "EdDSA" ? crypto::PrivateKey::make_ed25519()
                                                           : crypto::PrivateKey::make_p256());
  before_ = std::exchange(key_, std::move(fresh));
  return web::json_answer(200, "{\"kid\":\"" + key_.id + "\",\"before\":\"" + before_->id + "\"}");
}

web::Answer Provider::discovery() const {
  std::string text = "{";
  auto add = [&text](const char* name, const std::string& value) {
    text += std::string(text.size() > 1 ? "," : "") + '"' + name + "\":";
    web::append_json_string(text, value);
  };
  add("issuer", settings_.url);
  add("jwks_uri", settings_.url + "/jwks");
  add("token_endpoint", settings_.url + "/token");
  text += R"(,"grant_types_supported":["client_credentials"],"response_types_supported":["none"])"
          R"(,"subject_types_supported":["public"])"
          R"(,"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"])";
  text += ",\"id_token_signing_alg_values_supported\":[\"" + std::string(algorithm(key_)) + "\"]}";
  return web::json_answer(200, text);
}

const Client* Provider::proven(const std::string& id, ByteView secret) const {
  auto found = clients_.find(id);
  return found != clients_.end() && found->second.secret.equals(secret) ? &found->second : nullptr;
}

web::Answer Provider::token(const web::Call& call) const {
  auto form = read_form(call.body);
  if (!form) return token_error(400, "invalid_request");
  std::string id = (*form)["client_id"], secret = (*form)["client_secret"];
  if (const http::Field* field = call.head.fields.find(http::FieldId::authorization)) {
    auto basic = read_basic(field->value);
    if (!basic || !secret.empty()) return token_error(400, "invalid_request");
    std::tie(id, secret) = *basic;
  }
  const Client* client = proven(id, secret);
  if (client == nullptr) return token_error(401, "invalid_client");
  if ((*form)["grant_type"] != "client_credentials") return token_error(400, "unsupported_grant_type");

  TokenOrder order{settings_.url, id, settings_.audience, client->groups, settings_.ttl};
  std::string text = "{\"access_token\":\"" + make_token(key_, order, static_cast<uint64_t>(time(nullptr)));
  text += "\",\"token_type\":\"Bearer\",\"expires_in\":" + std::to_string(settings_.ttl) + "}";
  web::Answer answer = web::json_answer(200, text);
  answer.fields.emplace_back("Cache-Control", "no-store");
  return answer;
}

}  // namespace gatehouse::issuer
