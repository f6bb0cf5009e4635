// What job threads make of assertions, as the world says; and what must hold of the tokens that come of it.
#include <cstdlib>
#include <cstring>

#include "base/reason.h"
#include "world.h"

namespace gatehouse::sim {

namespace {

constexpr const char* kAssertionMark = "assertion-";
constexpr const char* kTokenMark = "token-for-";

}  // namespace

Exchanged* World::make_assertion(size_t bytes, bool good) {
  auto made = std::make_unique<Exchanged>();
  made->assertion = kAssertionMark + std::to_string(assertions_.size()) + "-" + std::string(bytes, 'A');
  made->good = good;
  assertions_.push_back(std::move(made));
  return assertions_.back().get();
}

void World::give_tokens(config::Snapshot& snapshot) const {
  snapshot.token_exchange.path = kTokenPath;
  snapshot.token_exchange.keys_path = "/oauth/jwks";
  snapshot.saml = std::make_shared<identity::SamlIssuers>();
  auto gateway = std::make_shared<identity::GatewayIssuer>();
  gateway->url = "https://gateway.example";
  gateway->audience = "gatehouse";
  gateway->keys = std::make_shared<identity::GatewayKeys>(identity::GatewayKeys{fixed_.keys, "{\"keys\":[]}"});
  snapshot.issuers.gateway = std::move(gateway);
}

// At any time after it was asked; each once, whether its client waits or not.
void World::prove_later(uint32_t index, const std::shared_ptr<proxy::Proving>& proving) {
  const size_t mark = std::strlen(kAssertionMark);
  const size_t number = std::strtoull(proving->text.c_str() + std::min(mark, proving->text.size()), nullptr, 10);
  if (number >= assertions_.size() || assertions_[number]->assertion != proving->text || proving->gateway == nullptr)
    return fail("an assertion that nobody sent goes to job threads");
  Exchanged* const one = assertions_[number].get();
  if (++one->proofs > 1) fail("assertion %zu is proved twice", number);
  MonotonicNs delay = tokens_random_.below(tokens_random_.one_of<uint64_t>({10, 5000}) * kNsPerUs);
  if (tokens_random_.chance(1, 20)) {
    delay = deadlines_.progress + tokens_random_.below(kNsPerSecond);
    faults().count(Fault::token_late);
  }
  kernel_.after(delay, [this, index, number, one, proving] {
    if (stations_[index]->fiber->ended()) return;
    proving->reason = one->good ? Reason::none : Reason::saml_signature;
    if (one->good) {
      auto caller = std::make_shared<identity::Identity>();
      caller->proof = identity::Proof::saml;
      caller->issuer = "test";
      caller->subject = "job";
      caller->expires = stations_[index]->ring->wall_now() + 7200 * kNsPerSecond;
      proving->identity = std::move(caller);
      one->token = kTokenMark + std::to_string(number);
      proving->token.text = crypto::Secret(one->token);
      proving->given = stations_[index]->ring->wall_now();
      proving->token.expires = proving->given + 600 * kNsPerSecond;
    }
    proxy::ToWorker message;
    message.kind = proxy::ToWorker::Kind::proved;
    message.proving = proving;
    tell(index, std::move(message));
  });
}

void World::check_token_refusal(const Exchanged& one, const Message& message) {
  const size_t at = message.body.find("\"code\":");
  const uint64_t code = at == std::string::npos ? 0 : strtoull(message.body.c_str() + at + 7, nullptr, 10);
  Reason reason = Reason::none;
  if (code == 0 || !reason_from_code(static_cast<uint16_t>(code), &reason)) return fail("a token is refused without a reason");
  faults().count(Fault::token_refused);
  if (reason == Reason::saml_signature && !one.good) return;
  if (reason == Reason::token_size && one.assertion.size() > proxy::kAssertionTextMax) return;
  if (reason == Reason::token_failures || reason == Reason::saml_busy) return;   // of one address; of one worker
  if (reason == Reason::token_revoked && ever_revoked_) return;
  if (reason == Reason::token_expired && any({Fault::clock_jump})) return;
  const bool late = any({Fault::token_late}) && (reason == Reason::deadline_body || reason == Reason::saml_busy);
  if (!late && !explained(code)) fail("a token is refused with %d, reason %llu, for no reason", message.status(),
                                      static_cast<unsigned long long>(code));
}

// Neither stands anywhere in what is recorded.
void World::check_tokens() {
  for (const auto& station : stations_) {
    const ByteView ring(station->ring_memory.data(), station->ring_memory.size());
    for (const char* mark : {kAssertionMark, kTokenMark})
      if (ring.find(mark) != ByteView::npos) fail("'%s' stands in the records", mark);
  }
  for (const auto& one : assertions_)
    if (one->proofs > 0 && !one->answered && one->good) faults().count(Fault::token_unseen);
}

}  // namespace gatehouse::sim
