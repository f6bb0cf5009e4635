#include "issuer/signing_key.h"

#include <fstream>
#include <iterator>

#include "codec/base64url.h"
#include "crypto/digest.h"

namespace gatehouse::issuer {

namespace {

/// members are the JWK members that RFC 7638 hashes: the required ones in alphabetical order.
std::string members(const crypto::PublicKey& key) {
  crypto::PublicKey::Parts parts = key.parts();
  std::string first = codec::encode_base64url(parts.first), second = codec::encode_base64url(parts.second);
  switch (key.type()) {
    case crypto::KeyType::p256:
      return R"("crv":"P-256","kty":"EC","x":")" + first + R"(","y":")" + second + '"';
    case crypto::KeyType::ed25519:
      return R"("crv":"Ed25519","kty":"OKP","x":")" + first + '"';
    case crypto::KeyType::rsa:
      return R"("e":")" + second + R"(","kty":"RSA","n":")" + first + '"';
  }
  return "";
}

}  // namespace

SigningKey name_key(crypto::PrivateKey key) {
  crypto::Sha256 digest = crypto::sha256("{" + members(key.public_key()) + "}");
  std::string id = codec::encode_base64url(view_of(std::span<const uint8_t>(digest)));
  return {std::move(key), std::move(id)};
}

Result<SigningKey, std::string> load_key(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Failure{path + ": cannot be read"};
  crypto::Secret pem{std::string(std::istreambuf_iterator<char>(file), {})};
  auto key = crypto::PrivateKey::from_pem(pem.reveal());
  if (!key) return Failure{path + ": " + key.error()};
  return name_key(*key);
}

ByteView algorithm(const SigningKey& key) {
  switch (key.key.type()) {
    case crypto::KeyType::p256: return "ES256";
    case crypto::KeyType::ed25519: return "EdDSA";
    case crypto::KeyType::rsa: return "RS256";
  }
  return "";
}

std::string jwks(const SigningKey& key) { return jwks({&key}); }

std::string jwks(std::initializer_list<const SigningKey*> keys) {
  std::string all;
  for (const SigningKey* key : keys)
    all += (all.empty() ? "{" : ",{") + members(key->key.public_key()) + ",\"alg\":\"" + std::string(algorithm(*key)) +
           "\",\"kid\":\"" + key->id + "\",\"use\":\"sig\"}";
  return "{\"keys\":[" + all + "]}";
}

}  // namespace gatehouse::issuer
