// API keys and revocations: from the admin socket to the store and to every worker.
#include <unistd.h>

#include "control/gateway.h"
#include "control/known_issuers.h"

namespace gatehouse::control {
namespace {

using telemetry::Level;
using telemetry::LogLine;

constexpr MonotonicNs kLedgerSweep = 60 * kNsPerSecond;   // between two looks for revocations that are over

}  // namespace

// Who is shut out is shut out before the disk is asked, and before any token that waits to be written; the answer comes when it
// is written.
Answer Gateway::serve_ledger(const Request& request, const std::string& by) {
  auto wish = read_wish(request, by, known_issuers(publisher_.current()), ::geteuid());
  if (!wish) return wish.error();
  const auto shared = std::make_shared<LedgerWish>(std::move(*wish));
  const auto answer = std::make_shared<Answer>();
  // One for each job: what the first came to is taken here while the second is running.
  const auto enforced = std::make_shared<identity::LedgerRef>(), kept = std::make_shared<identity::LedgerRef>();
  const auto& book = parts_.book;
  stored_.post([book, shared, enforced, at = wall()] {
    book->enforce(*shared, at);
    *enforced = book->ledger();
  }, [this, enforced] { take_ledger(*enforced); }, Urgency::first);
  stored_.post([book, shared, kept, answer, at = wall()] {
    *answer = book->keep(*shared, at);
    *kept = book->ledger();
  }, [this, kept, shared, answer, asker = request.asker] {
    take_ledger(*kept);
    say_ledger(*shared, *answer);
    front_.answer(asker, std::move(*answer));
  }, Urgency::soon);
  Answer later;
  later.later = true;
  return later;
}

void Gateway::take_ledger(const identity::LedgerRef& fresh) {
  if (fresh->epoch == ledger_->epoch) return;
  ledger_ = fresh;
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::ledger;
  message.ledger = fresh;
  tell_all(message);
}

// What people changed is in the log, with who it was: never a key, and of many revocations how many.
void Gateway::say_ledger(const LedgerWish& wish, const Answer& answer) {
  static constexpr ByteView kEvents[] = {"", "revocations_added", "revocations_removed", "", "api_key_created", "api_key_expires",
                                         "api_key_revoked"};
  const ByteView event = kEvents[static_cast<size_t>(wish.kind)];
  if (event.empty()) return;
  const Level level = answer.status == 200 ? Level::info : answer.status == 500 ? Level::error : Level::warning;
  log_.line(wall(), level, event, [&](LogLine& line) {
    line.text("by", wish.by).number("status", static_cast<uint64_t>(answer.status));
    if (!wish.key.id.empty()) line.text("id", wish.key.id);
    if (!wish.key.name.empty()) line.text("name", wish.key.name);
    if (wish.revocations.empty()) return;
    const identity::Revocation& first = wish.revocations.front();
    line.number("count", wish.revocations.size()).text("what", identity::revoked_name(first.what));
    line.text("issuer", first.issuer).text("value", first.value);
  });
}

/// keep has the store say what is in force: whoever starts next compares with it, whatever ends this process.
void Gateway::keep(const config::Snapshot& snapshot, const config::Inventory& inventory) {
  const auto kept = std::make_shared<KeptConfiguration>();
  *kept = {serving_->writer()->process(), snapshot.version, snapshot.policy_hash, inventory};
  const auto why = std::make_shared<std::string>();
  ++keeping_;
  stored_.post([last = parts_.last, kept, why, key = snapshot.heads_key] {
    if (auto done = last->keep(*kept, key.get()); !done) *why = done.error();
  }, [this, why] {
    --keeping_;
    if (!why->empty()) log_.line(wall(), Level::error, "state_not_kept", [&](LogLine& line) { line.text("error", *why); });
  });
}

/// move_state: what is done before uses the store where it was, what comes later where it is then.
void Gateway::move_state(std::unique_ptr<store::Store> vacant, const Publisher::Moved& moved) {
  if (stage_ != Stage::serving) return moved("the gateway is shutting down");
  struct Move {
    std::unique_ptr<store::Store> vacant;
    std::string why_not, left;   // left: why the old file still holds what it held
  };
  const auto move = std::make_shared<Move>();
  move->vacant = std::move(vacant);
  ++keeping_;
  stored_.post([store = parts_.store, move] {
    auto done = store->move_to(std::move(move->vacant));
    (done ? move->left : move->why_not) = done ? *done : done.error();
  }, [this, move, moved] {
    --keeping_;
    if (!move->left.empty())
      log_.line(wall(), Level::error, "state_left_behind", [&](LogLine& line) { line.text("error", move->left); });
    moved(move->why_not);
  }, Urgency::soon);
}

void Gateway::sweep_ledger() {
  if (now() < next_ledger_sweep_) return;
  next_ledger_sweep_ = now() + kLedgerSweep;
  // What is dropped is gone for good: a clock that jumps ahead is followed no faster than time goes.
  const WallNs last = swept_wall_ == 0 ? wall() : swept_wall_ + (now() - swept_) + kLedgerSweep;
  swept_wall_ = std::min(wall(), last);
  swept_ = now();
  const auto why = std::make_shared<std::string>();
  const auto ledger = std::make_shared<identity::LedgerRef>();
  stored_.post([book = parts_.book, ledger, why, at = swept_wall_] {
    if (auto dropped = book->drop_ended(at); !dropped) *why = dropped.error();
    *ledger = book->ledger();
  }, [this, ledger, why] {
    take_ledger(*ledger);
    if (!why->empty()) log_.line(wall(), Level::error, "state_not_kept", [&](LogLine& line) { line.text("error", *why); });
  });
}

}  // namespace gatehouse::control
