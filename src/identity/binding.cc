#include "identity/binding.h"

#include "codec/base64url.h"

namespace gatehouse::identity {
namespace {

constexpr ByteView kThumbprint = "x5t#S256";
constexpr size_t kThumbprintText = 43;

/// differs is 0 when both are the same; takes the same time wherever they differ.
uint8_t differs(const std::array<uint8_t, 32>& a, const std::array<uint8_t, 32>& b) {
  uint8_t any = 0;
  for (size_t i = 0; i < a.size(); ++i) any = static_cast<uint8_t>(any | (a[i] ^ b[i]));
  return any;
}

}  // namespace

Reason read_binding(const Fields& claims, std::array<uint8_t, 32>* out) {
  const auto confirmation = claims.find("cnf");
  if (!confirmation) return Reason::none;
  simdjson::dom::object object;
  if (confirmation->get(object) != simdjson::SUCCESS || object.size() == 0) return Reason::token_claims;
  std::optional<ByteView> text;
  if (!Fields(object).text(kThumbprint, &text)) return Reason::token_claims;
  if (!text || object.size() != 1) return Reason::token_binding;
  if (text->size() != kThumbprintText) return Reason::token_claims;
  const auto length = codec::decode_base64url(*text, {reinterpret_cast<char*>(out->data()), out->size()});
  return length == out->size() && differs(*out, {}) != 0 ? Reason::none : Reason::token_claims;
}

bool bound(const Identity& identity) { return differs(identity.certificate, {}) != 0; }

bool may_be_sent_by(const Identity& identity, const std::array<uint8_t, 32>* certificate) {
  if (!bound(identity)) return true;
  return certificate != nullptr && differs(identity.certificate, *certificate) == 0;
}

}  // namespace gatehouse::identity
