#include "identity/mint.h"

#include "codec/base64url.h"

namespace gatehouse::identity {

namespace {

std::string member(ByteView name, ByteView value) {
  std::string text = "\"";
  return text.append(name).append("\":\"").append(value).append("\"");
}

}  // namespace

ByteView alg_name(crypto::KeyType type) {
  switch (type) {
    case crypto::KeyType::rsa: return "RS256";
    case crypto::KeyType::p256: return "ES256";
    case crypto::KeyType::ed25519: return "EdDSA";
  }
  return {};
}

std::string jwk_text(const crypto::PublicKey& key, ByteView key_id) {
  const auto [first, second] = key.parts();
  const std::string one = codec::encode_base64url(first);
  const std::string two = codec::encode_base64url(second);
  std::string text = "{" + member("kid", key_id) + "," + member("use", "sig") + "," +
                     member("alg", alg_name(key.type())) + ",";
  switch (key.type()) {
    case crypto::KeyType::rsa:
      text += member("kty", "RSA") + "," + member("n", one) + "," + member("e", two);
      break;
    case crypto::KeyType::p256:
      text += member("kty", "EC") + "," + member("crv", "P-256") + "," + member("x", one) + "," +
              member("y", two);
      break;
    case crypto::KeyType::ed25519:
      text += member("kty", "OKP") + "," + member("crv", "Ed25519") + "," + member("x", one);
      break;
  }
  return text + "}";
}

std::string sign_jws(const crypto::PrivateKey& key, ByteView header_json, ByteView payload_json) {
  const std::string text = codec::encode_base64url(header_json) + "." + codec::encode_base64url(payload_json);
  return text + "." + codec::encode_base64url(key.sign(text));
}

std::string mint_jwt(const crypto::PrivateKey& key, ByteView key_id, ByteView claims_json) {
  const std::string header = "{" + member("alg", alg_name(key.type())) + "," + member("typ", "JWT") + "," +
                             member("kid", key_id) + "}";
  return sign_jws(key, header, claims_json);
}

}  // namespace gatehouse::identity
