// Callers who are revoked at any moment, and believed again later: who is shut out has no byte under way any more.
#include "base/reason.h"
#include "world.h"

namespace gatehouse::sim {

namespace {

/// member_of is who asked, when it is the one whom revocations are about.
Ask* member_of(Book& book, const std::string& head) {
  const size_t from = head.find(' ');
  const size_t to = from == std::string::npos ? from : head.find(' ', from + 1);
  Ask* ask = to == std::string::npos ? nullptr : book.find_path(head.substr(from + 1, to - from - 1));
  return ask != nullptr && ask->caller == Caller::member ? ask : nullptr;
}

}  // namespace

void World::plan_revocation() {
  const uint64_t most = revoking_.one_of<uint64_t>({2, 50, 3000});
  kernel_.after(revoking_.below(most * kNsPerMs), [this] {
    if (ending_) return;
    revoke(!revoked_);
    if (revoked_ || revoking_.chance(1, 2)) plan_revocation();   // the last word is that they are believed
  });
}

void World::revoke(bool now) {
  auto fresh = std::make_shared<identity::Ledger>(*ledger_);
  std::vector<identity::Revocation> entries(now ? std::size(kMembers) : 0);
  for (size_t i = 0; i < entries.size(); ++i) {
    entries[i].what = identity::Revoked::subject;
    entries[i].issuer = "test";
    entries[i].value = kMembers[i].subject;
  }
  fresh->epoch = ledger_->epoch + 1;
  fresh->revocations = std::make_shared<identity::RevocationSet>(entries, 1);
  ledger_ = std::move(fresh);
  revoked_ = now;
  ever_revoked_ = ever_revoked_ || now;
  trace("world", 0, now ? "revokes" : "believes", "ledger %llu", static_cast<unsigned long long>(ledger_->epoch));
  if (now) faults().count(Fault::revocation);
  for (uint32_t i = 0; i < stations_.size(); ++i) {
    if (stations_[i]->fiber->ended()) continue;
    proxy::ToWorker message;
    message.kind = proxy::ToWorker::Kind::ledger;
    message.ledger = ledger_;
    tell(i, std::move(message));
  }
}

// After each turn: whether a ledger came in it.
void World::look_for_ledger(Station& station) {
  const identity::Ledger& ledger = *station.worker->station().ledger;
  if (ledger.epoch == station.epoch) return;
  station.epoch = ledger.epoch;
  if (ledger.revocations->size() > 0) shut_out(station);
}

// What is under way then has moved its last byte.
void World::shut_out(Station& station) {
  const uint64_t before = station.scribe->entries();   // as they were when the turn began
  station.scribe->read();
  bool busy = false, body = false, held = false;
  for (const auto& [id, tale] : station.scribe->tales()) {
    const Ask* const ask = member_of(book_, tale.client_head);
    if (ask == nullptr || tale.closes > 0) continue;
    station.shut_out.emplace(id, station.scribe->entries());
  }
  // Their close may be in the records already: what this turn ended says how far it was.
  for (const auto& [id, tale] : station.scribe->tales()) {
    if (member_of(book_, tale.client_head) == nullptr || tale.reason != static_cast<uint64_t>(Reason::caller_ended)) continue;
    if (tale.close_entry <= before) continue;   // a clock did it
    station.shut_out.emplace(id, tale.close_entry);
    busy = true;
    held = held || (!tale.approval_steps.empty() && !tale.allowed);
    body = body || (tale.allowed && (!tale.to_origin.empty() || !tale.to_client.empty()));
  }
  if (busy) faults().count(Fault::revocation_busy);
  if (body) faults().count(Fault::revocation_body);
  if (held) faults().count(Fault::revocation_held);
}

void World::check_shut_out(const Station& station) {
  for (const auto& [id, entries] : station.shut_out) {
    const Tale& tale = station.scribe->tales().at(id);
    const Ask* const ask = member_of(book_, tale.client_head);
    const uint32_t number = ask == nullptr ? 0 : ask->number;
    if (tale.moved_entry > entries) fail("e%u: bytes of somebody who was revoked before", number);
    if (tale.closes == 0 || tale.reason == static_cast<uint64_t>(Reason::caller_ended)) continue;
    // Over already, in that the log had no room for its end yet; or refused, and the refusal goes out still.
    const bool late = tale.outcomes > 0 || any({Fault::writer_lags, Fault::record_full, Fault::record_failed});
    if (!late) fail("e%u: revoked while it was under way, and it ended with reason %llu", number,
                    static_cast<unsigned long long>(tale.reason));
  }
}

}  // namespace gatehouse::sim
