#include "fixed.h"

#include "book.h"
#include "crypto/self_signed.h"
#include "crypto/sign.h"
#include "identity/mint.h"
#include "network.h"

namespace gatehouse::sim {

namespace {

constexpr uint64_t kStart = kWorldBegins / kNsPerSecond;
constexpr uint64_t kDay = 86'400;

std::string claims(const std::string& subject, const std::string& groups, uint64_t expires) {
  return "{\"iss\":\"https://issuer.example\",\"aud\":\"gatehouse\",\"sub\":\"" + subject +
         "\",\"groups\":[\"" + groups + "\"],\"exp\":" + std::to_string(expires) +
         ",\"iat\":" + std::to_string(kStart - kDay) + "}";
}

}  // namespace

Fixed::Fixed() {
  const crypto::PrivateKey key = crypto::PrivateKey::make_ed25519();
  const crypto::PrivateKey other = crypto::PrivateKey::make_ed25519();
  keys = identity::KeySet::parse("{\"keys\":[" + identity::jwk_text(key.public_key(), "k1") + "]}").value();
  const auto set = [this](Caller caller, std::string token) {
    tokens[static_cast<size_t>(caller)] = std::move(token);
  };
  for (size_t i = 0; i < std::size(kMembers); ++i) {
    member_tokens[i] = identity::mint_jwt(key, "k1", claims(kMembers[i].in_token, R"(batch","night, root)", kStart + 30 * kDay));
    token_marks.push_back(member_tokens[i].substr(member_tokens[i].size() - 40));
  }
  set(Caller::member, member_tokens[0]);
  set(Caller::outsider, identity::mint_jwt(key, "k1", claims("guest", "visitors", kStart + 30 * kDay)));
  set(Caller::forged, identity::mint_jwt(other, "k1", claims("job", "batch", kStart + 30 * kDay)));
  set(Caller::expired, identity::mint_jwt(key, "k1", claims("job", "batch", kStart - kDay / 2)));

  guard::GuardRule sql{"sql", {"drop\\s+table"}, false};
  sql.answers = true;
  guards = guard::Set::compile({sql}).value();
  masks = mask::Plan::compile({{"authors", {"chunks[*].metadata.author", "[*].metadata.author", "metadata.author"}, {},
                                mask::Method::redact}}).value();

  crypto::CertificateOrder order;
  order.not_before = 1'600'000'000 * kNsPerSecond;
  order.not_after = 4'000'000'000 * kNsPerSecond;
  const auto certificate = [this, &order](const char* name) {
    order.names = {name};
    const auto made = crypto::make_self_signed(order);
    trust_pem += made.value().certificate_pem;
    return tls::Certificate{made.value().certificate_pem, std::string(made.value().key_pem.reveal())};
  };
  gateway_certificate = certificate("gateway.example");
  origin_certificate = certificate("origin.example");
  tickets = tls::make_ticket_keys(nullptr);
  trust = std::move(tls::ClientSettings::create(trust_pem).value());
  origin_settings = std::move(tls::ServerSettings::create({origin_certificate}, tickets).value());
  impostor_settings = std::move(tls::ServerSettings::create({gateway_certificate}, tickets).value());
}

}  // namespace gatehouse::sim
