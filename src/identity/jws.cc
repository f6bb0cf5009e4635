#include "identity/jws.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "codec/base64url.h"
#include "identity/key_set_state.h"
#include "identity/plain_text.h"

namespace gatehouse::identity {

namespace {

/// Parts of a compact JWS (RFC 7515 section 7.1): header.payload.signature. views into the token.
struct Parts {
  ByteView header, payload, signature;
  ByteView signed_bytes;  // header.payload
};

std::optional<Parts> split(ByteView token) {
  const size_t first = token.find('.');
  if (first == ByteView::npos) return std::nullopt;
  const size_t second = token.find('.', first + 1);
  if (second == ByteView::npos || token.find('.', second + 1) != ByteView::npos) return std::nullopt;
  const Parts parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                    token.substr(second + 1), token.substr(0, second)};
  if (parts.header.empty()) return std::nullopt;
  return parts;
}

/// is_token_type accepts JWT and at+jwt (RFC 9068 section 4), also written as a whole media type. A type
/// that says something else is a token for something else (RFC 8725 section 3.11).
bool is_token_type(ByteView type) {
  const auto equals = [](ByteView a, ByteView lower) {
    return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
      return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + ('a' - 'A')) : x) == y;
    });
  };
  constexpr ByteView kPrefix = "application/";
  if (type.size() > kPrefix.size() && equals(type.substr(0, kPrefix.size()), kPrefix))
    type.remove_prefix(kPrefix.size());
  return equals(type, "jwt") || equals(type, "at+jwt");
}

std::optional<Algorithm> algorithm_of(ByteView name) {
  if (name == "RS256") return Algorithm::rs256;
  if (name == "ES256") return Algorithm::es256;
  if (name == "EdDSA") return Algorithm::eddsa;
  return std::nullopt;  // none, HS256 and the rest
}

Reason read_header(const Fields& fields, Jws* out) {
  // No extension is understood, so whatever crit lists is unknown; b64 (RFC 7797) changes what is signed.
  if (fields.has("crit") || fields.has("b64")) return Reason::token_critical;
  if (fields.has("enc") || fields.has("zip")) return Reason::token_malformed;  // JWE
  std::optional<ByteView> name, type;
  if (!fields.text("alg", &name) || !name) return Reason::token_malformed;
  const auto algorithm = algorithm_of(*name);
  if (!algorithm) return Reason::token_algorithm;
  out->algorithm = *algorithm;
  if (!fields.text("typ", &type) || (type && !is_token_type(*type))) return Reason::token_malformed;
  if (!fields.text("kid", &out->key_id)) return Reason::token_malformed;
  if (out->key_id &&
      (out->key_id->empty() || out->key_id->size() > kKeyIdBytesMax || !is_plain_text(*out->key_id)))
    return Reason::token_malformed;
  return Reason::none;
}

}  // namespace

std::optional<StrictJson> read_json(ByteView part) {
  std::string bytes(codec::base64url_decoded_bytes(part.size()) + kSimdPadding, ' ');
  const auto size = codec::decode_base64url(part, bytes);
  if (!size) return std::nullopt;
  return StrictJson::parse(ByteView(bytes).substr(0, *size));
}

Result<Jws, Reason> read_jws(ByteView token) {
  if (token.empty()) return Failure{Reason::token_missing};
  if (token.size() > kTokenBytesMax) return Failure{Reason::token_size};
  const auto parts = split(token);
  if (!parts) return Failure{Reason::token_malformed};
  auto header = read_json(parts->header);
  if (!header) return Failure{Reason::token_malformed};
  Jws jws{parts->payload, parts->signature, parts->signed_bytes, {}, {}, *std::move(header)};
  if (const Reason reason = read_header(jws.header.root(), &jws); reason != Reason::none)
    return Failure{reason};
  return jws;
}

Result<const KeySet::State::Key*, Reason> check_jws(const Jws& jws, const KeySet& keys) {
  const auto* key = keys.state().find(jws.key_id, jws.algorithm);
  if (key == nullptr) return Failure{Reason::token_key};
  std::array<char, crypto::kRsaBitsMax / 8> signature;
  if (codec::base64url_decoded_bytes(jws.signature.size()) > signature.size())
    return Failure{Reason::token_signature};
  const auto size = codec::decode_base64url(jws.signature, signature);
  if (!size) return Failure{Reason::token_malformed};
  if (!key->key.verify(jws.signed_bytes, {signature.data(), *size})) return Failure{Reason::token_signature};
  return key;
}

}  // namespace gatehouse::identity
