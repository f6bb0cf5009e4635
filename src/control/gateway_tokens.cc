// Assertions on their way between workers, job threads and the store; and the keys of the gateway's own tokens.
#include "control/gateway.h"
#include "control/process.h"

namespace gatehouse::control {
namespace {

using telemetry::Level;
using telemetry::LogLine;

}  // namespace

// XML first, on threads that may take turns; what was proved well and is to be exchanged goes on to the store.
void Gateway::prove(uint32_t worker, const std::shared_ptr<proxy::Proving>& proving) {
  provers_[next_prover_++ % provers_.size()]->post([proving] { proving->prove(wall_clock()); }, [this, worker, proving] {
    if (proving->use == identity::SamlUse::exchange && proving->reason == Reason::none) give(worker, proving);
    else proved(worker, proving);
  });
}

void Gateway::give(uint32_t worker, const std::shared_ptr<proxy::Proving>& proving) {
  const auto why = std::make_shared<std::string>();
  stored_.post([desk = parts_.desk, proving, why] { *why = desk->give(*proving, wall_clock()); }, [this, worker, proving, why] {
    if (!why->empty()) desk_failed(*why);
    char id[kExchangeIdText];
    format_exchange_id(proving->exchange, id);
    if (proving->reason == Reason::none)   // whether or not its caller is still there: what was given is known
      log_.line(wall(), Level::info, "token_issued", [&](LogLine& line) {
        line.text("exchange_id", {id, sizeof id}).text("token_id", proving->token.id).text("issuer", proving->identity->issuer);
        line.text("subject", proving->identity->subject).text("assertion_id", proving->identity->token_id);
      });
    proved(worker, proving);
  });
}

// It waits for what is away; only one that had to be stopped is gone.
void Gateway::proved(uint32_t worker, const std::shared_ptr<proxy::Proving>& proving) {
  WorkerThread* const thread = places_.worker(worker);
  if (thread == nullptr) return;
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::proved;
  message.proving = proving;
  thread->tell(std::move(message));
}

// Until it is done tokens are refused as those of an issuer whose keys are not known yet.
void Gateway::open_desk() {
  const config::TokenExchangeSettings& settings = publisher_.config().token_exchange;
  if (!settings.enabled()) return;
  const auto why = std::make_shared<std::string>();
  stored_.post(
      [desk = parts_.desk, rotation = settings.rotation, why] {
        if (auto opened = desk->open(rotation, wall_clock()); !opened) *why = opened.error();
      },
      [this, why] {
        if (!why->empty()) desk_failed(*why);
        if (stage_ == Stage::serving) publisher_.renew_keys();
      });
}

void Gateway::turn_token_keys() {
  if (turning_ || !publisher_.config().token_exchange.enabled() || !parts_.desk->keys().due(wall())) return;
  turning_ = true;
  const auto why = std::make_shared<std::string>();
  const auto changed = std::make_shared<bool>(false);
  stored_.post(
      [desk = parts_.desk, why, changed] {
        auto turned = desk->keys().turn(wall_clock());
        if (turned.ok()) *changed = *turned;
        else *why = turned.error();
      },
      [this, why, changed] {
        turning_ = false;
        if (!why->empty()) desk_failed(*why);
        if (!*changed) return;
        log_.line(wall(), Level::info, "token_keys", [&](LogLine& line) {
          line.number("keys", parts_.desk->keys().published()->keys->size());
        });
        if (stage_ == Stage::serving) publisher_.renew_keys();
      });
}

void Gateway::desk_failed(const std::string& why) {
  log_.line(wall(), Level::error, "token_store_failed", [&](LogLine& line) { line.text("error", why); });
}

}  // namespace gatehouse::control
