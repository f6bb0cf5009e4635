#include "worker/worker.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "config/note.h"

namespace gatehouse::worker {
namespace {

constexpr size_t kCompletionsMax = 512;              // of one turn
constexpr MonotonicNs kCommitLook = 100 * kNsPerUs;  // how often, while answers wait for records to be durable: at first,
constexpr MonotonicNs kCommitLookMax = 10 * kNsPerMs;   // and at last, when the disk stands still
constexpr MonotonicNs kSettleTime = 2 * kNsPerSecond;   // less than whoever stops it waits
constexpr MonotonicNs kCommitLookPart = 16;             // between them: after this part of the time that nothing moved
constexpr MonotonicNs kSweep = kNsPerSecond;         // idle origin links are looked at this often

// Everything that a connection was made with: one made under other trust must not be used under this one.
std::string pool_key(const config::Origin& origin, const Address& address) {
  const std::string verified = origin.tls ? "tls\n" + origin.server_name + '\n' + origin.trust_version : "plain";
  std::string users;
  if (address.is_unix())
    for (const uint32_t user : origin.users) users += '\n' + std::to_string(user);
  return origin.name + '\n' + format_address(address) + '\n' + verified + '\n' + origin.credential_version + users;
}

}  // namespace

Worker::Worker(const WorkerParts& parts)
    : parts_(parts), ring_(*parts.ring), wheel_(ring_.now()),
      links_(ring_, wheel_, 0),
      station_(ring_, wheel_, links_, *parts.log, *parts.metrics, *parts.outbox, *parts.log_lines, parts.index,
               parts.seed),
      sessions_(0) {
  station_.inspect_here = parts.inspect_here;
  station_.decisions = parts.decisions;
  station_.urge = parts.urge;
  if (parts.ledger != nullptr) station_.ledger = parts.ledger;
  tokens_before_[0] = parts.metrics->token_hits.get();
  tokens_before_[1] = parts.metrics->token_misses.get();
  starved_before_ = parts.metrics->receive_starved.get();
  publish(parts.snapshot);
  move_to(parts_.listeners);
}

Worker::~Worker() {
  GH_ASSERT(sessions_.live() == 0 && links_.live() == 0);
}

bool Worker::turn(MonotonicNs until) {
  std::array<uring::Completion, kCompletionsMax> completions;
  MonotonicNs wake = std::min(wheel_.next(), accept_again_);
  if (!station_.commit_waiters.empty()) wake = std::min(wake, commit_look());
  if (stopping_ && station_.recorder.owed() != 0) wake = std::min(wake, ring_.now() + kCommitLookMax);
  if (!touched_.empty()) until = 0;
  const size_t count = ring_.wait(completions, wake < until ? wake : until);
  station_.metrics.turns.add();
  for (size_t i = 0; i < count; ++i) take(completions[i]);
  messages();
  for (const auto& [listener, descriptor] : for_want_of_room_) begin_session(listener, descriptor);   // by the limits of now
  for_want_of_room_.clear();
  timers();
  committed();
  step_touched();
  links_.unpark();
  if (accept_again_ != kNever && (ring_.now() >= accept_again_ || !gone_.empty())) arm_accepts();
  for (SlotId id : gone_) sessions_.destroy(id);
  gone_.clear();
  links_.reclaim();
  let_go_of_old();
  if (retiring_ && !let_go_told_ && !accepts()) {
    proxy::ToControl message;
    message.kind = proxy::ToControl::Kind::let_go;
    let_go_told_ = station_.tell(std::move(message));
  }
  if (retiring_ && !station_.draining && sessions_.live() == 0 && !accepts()) {
    start_drain();
    for (auto& pool : pools_) pool->sweep(links_, ring_.now(), true);
  }
  if (station_.draining && empty() && !drained_told_) {
    proxy::ToControl message;
    message.kind = proxy::ToControl::Kind::drained;
    drained_told_ = station_.tell(std::move(message));
  }
  if (station_.told && parts_.control_ring >= 0) ring_.ring_doorbell(parts_.control_ring, parts_.index);
  station_.told = false;
  gauges();
  return !stopping_ || !empty() || accepts() || settles();
}

bool Worker::accepts() const {
  return std::any_of(accepting_.begin(), accepting_.end(), [](const Accepting& each) { return each.armed; });
}

// A body that is with a job thread comes back first: its memory is of this worker. An assertion, too: whoever has this worker's
// number next must not hear of it.
bool Worker::empty() const {
  return sessions_.live() == 0 && links_.live() == 0 && station_.away == 0 && station_.provings == 0;
}

void Worker::take(const uring::Completion& completion) {
  switch (completion.token.op) {
    case uring::Op::accept: accepted(completion); return;
    case uring::Op::doorbell: return;   // messages are looked at in every turn
    case uring::Op::watch: return;
    case uring::Op::cancel:
      if (!completion.token.owner.valid() || completion.token.owner.generation == 0) return;  // of an accept
      break;
    case uring::Op::recv:
    case uring::Op::send:
    case uring::Op::connect:
    case uring::Op::close: break;
  }
#if defined(GH_DEFECT) && GH_DEFECT == 1
  if (completion.token.op == uring::Op::send) return static_cast<void>(links_.complete(completion));
#endif
  touch(links_.complete(completion));
}

void Worker::accepted(const uring::Completion& completion) {
  Accepting& accepting = accepting_[completion.token.owner.slot];
  if (completion.result >= 0 && crowded()) for_want_of_room_.push_back({accepting.listener, completion.result});
  else if (completion.result >= 0) begin_session(accepting.listener, completion.result);
  if (completion.more) return;
  accepting.armed = false;
  if (accepting.left) return;
  if (uring::is_shortage(completion.result)) {
    accept_again_ = ring_.now() + kAcceptPause;
    station_.metrics.accept_pauses.add();
  } else {
    arm_accepts();
  }
}

void Worker::arm_accepts() {
  accept_again_ = kNever;
  if (station_.draining || retiring_ || stopping_) return;
  for (uint32_t i = 0; i < accepting_.size(); ++i) {
    if (accepting_[i].armed || accepting_[i].left) continue;
    ring_.accept(accepting_[i].descriptor, {{i, 1}, uring::Op::accept});
    accepting_[i].armed = true;
  }
}

// Whoever waits in the queue of an old socket is still accepted: that goes on until its owner shuts it down.
void Worker::move_to(const proxy::Descriptors& listeners) {
  for (Accepting& each : accepting_) {
    const auto& these = listeners[each.listener];
    each.left = each.left || std::find(these.begin(), these.end(), each.descriptor) == these.end();
  }
  for (uint32_t listener = 0; listener < listeners.size(); ++listener) {
    for (const int descriptor : listeners[listener]) {
      const auto same = [&](const Accepting& each) {
        return !each.left && each.listener == listener && each.descriptor == descriptor;
      };
      if (std::any_of(accepting_.begin(), accepting_.end(), same)) continue;
      const auto is_free = [](const Accepting& each) { return each.left && !each.armed; };
      auto place = std::find_if(accepting_.begin(), accepting_.end(), is_free);
      if (place == accepting_.end()) place = accepting_.insert(place, Accepting{});
      *place = {listener, descriptor, false, false};
    }
  }
  arm_accepts();
}

// Links outlive their sessions: clients that never send their FIN must not take the origins' places.
bool Worker::crowded() const {
  return links_.full() || links_.live(net::Side::client) >= clients_max_ || sessions_.full();
}

void Worker::begin_session(uint32_t listener, int descriptor) {
  if (station_.draining) return turn_away(listener, descriptor, Reason::gateway_draining);
  if (crowded()) return turn_away(listener, descriptor, Reason::limit_connections);
  const config::Snapshot& snapshot = *station_.current->snapshot;
  const bool local = snapshot.listeners[listener].address.is_unix();
  const std::optional<uint32_t> user = local ? ring_.user_of(descriptor) : std::nullopt;
  if (!snapshot.listeners[listener].lets_in(user))
    return turn_away(listener, descriptor, Reason::client_user);
  Address address;
  const auto socket = ring_.adopt(descriptor, &address);
  if (!socket) {
    station_.metrics.sessions_refused.add();
    return;
  }
  SlotId link_id;
  net::Link* link = links_.make(net::Side::client, &link_id);
  GH_ASSERT(link != nullptr);   // asked for above
  link->address = address;
  const bool proxied = snapshot.listeners[listener].proxies(address);
  link->start_accepted(*socket, proxied ? nullptr : snapshot.worker_tls[parts_.index].listeners[listener].get(), user);
  SlotId id;
  proxy::Session* session = sessions_.make(&id, station_, listener, *link, proxied);
  GH_ASSERT(session != nullptr);
  link->owner = id;
  if (retiring_) session->retire();
  touch(id);
}

void Worker::touch(SlotId id) {
  if (!id.valid()) return;
  proxy::Session* session = sessions_.find(id);
  if (session == nullptr || session->touched) return;
  session->touched = true;
  touched_.push_back(id);
}

void Worker::step_touched() {
  stepping_.swap(touched_);
  for (SlotId id : stepping_) {
    proxy::Session* session = sessions_.find(id);
    session->touched = false;
    session->step();
    if (session->gone()) gone_.push_back(id);
    else if (session->wants_another_turn()) touch(id);
  }
  stepping_.clear();
}

void Worker::timers() {
  const MonotonicNs now = ring_.now();
  wheel_.advance(now, [this, now](TimerNode& node) {
    if (node.kind == net::kTimerLink) {
      if (net::Link* link = links_.find(node.owner); link != nullptr) link->expired();
      return;
    }
    if (proxy::Session* session = sessions_.find(node.owner); session != nullptr) {
      session->expired(now);
      touch(node.owner);
    }
  });
  if (now < next_sweep_ && !station_.draining) return;
  next_sweep_ = now + kSweep;
  for (auto& pool : pools_) pool->sweep(links_, now, station_.draining);
}

void Worker::messages() {
  proxy::ToWorker message;
  while (parts_.inbox->pop(message)) {
    switch (message.kind) {
      case proxy::ToWorker::Kind::none: break;
      case proxy::ToWorker::Kind::publish:
        publish(message.snapshot);
        if (message.listeners.empty()) break;
        move_to(message.listeners);
        moved_ = message.snapshot;
        break;
      case proxy::ToWorker::Kind::answer:
        if (proxy::Session* session = sessions_.find(message.session); session != nullptr && !session->gone()) {
          session->answered(message);
          touch(message.session);
        }
        break;
      case proxy::ToWorker::Kind::show: show(message); break;
      case proxy::ToWorker::Kind::keys: keys_asked(message); break;
      case proxy::ToWorker::Kind::inspected: inspected(*message.inspection); break;
      case proxy::ToWorker::Kind::proved: proved(*message.proving); break;
      case proxy::ToWorker::Kind::ledger: ledger_changed(std::move(message.ledger)); break;
      case proxy::ToWorker::Kind::accept:
        move_to(message.listeners);
        if (message.snapshot != nullptr) moved_ = message.snapshot;
        break;
      case proxy::ToWorker::Kind::retire: retire(); break;
      case proxy::ToWorker::Kind::drain: start_drain(); break;
      case proxy::ToWorker::Kind::stop: stop_all(); break;
    }
  }
}

void Worker::inspected(proxy::Inspection& inspection) {
  --station_.away;
  proxy::Session* session = sessions_.find(inspection.session);
  if (session == nullptr || session->gone() || !session->inspected(inspection))
    return proxy::Body::drop_away(station_.bodies, std::move(inspection.body));   // nobody waits for it any more
  touch(inspection.session);
}

// A session that has left does not miss it: what was proved dies here, and with it a token that nobody has.
void Worker::proved(proxy::Proving& proving) {
  GH_ASSERT(station_.provings > 0);
  --station_.provings;
  if (identity::costs_signature(proving.reason) || proving.reason == Reason::token_issuer) {
    const uint32_t burst = station_.current->snapshot->limits.failed_tokens / proxy::kProvingCost;
    station_.token_failures.failed(proving.sender, burst, station_.now());
  }
  proxy::Session* session = sessions_.find(proving.session);
  if (session == nullptr || session->gone()) return;
  session->proved(proving);
  touch(proving.session);
}

// All in one turn: after it nobody whom the ledger shuts out has a byte under way here.
void Worker::ledger_changed(identity::LedgerRef ledger) {
  station_.ledger = std::move(ledger);
#if !defined(GH_DEFECT) || GH_DEFECT != 16
  sessions_.for_each([this](proxy::Session& session) {
    if (!session.gone() && session.ledger_changed()) touch(session.id());
  });
#endif
}

/// commit_look is when to look again: a disk that stands still for seconds is not asked ten thousand times in each of them.
MonotonicNs Worker::commit_look() const {
  const MonotonicNs now = ring_.now();
  return now + std::clamp((now - commit_moved_) / kCommitLookPart, kCommitLook, kCommitLookMax);
}

/// committed tells those who wait for the disk that it went on; who still has to wait comes back.
void Worker::committed() {
  record_snapshots();
  if (station_.commit_waiters.empty()) {
    commit_moved_ = ring_.now();
    return;
  }
  const uint64_t now = parts_.log->committed() + (parts_.decisions != nullptr ? parts_.decisions->committed() : 0);
  const bool broken = parts_.log->broken() || (parts_.decisions != nullptr && parts_.decisions->broken());
  if (now == committed_ && !broken) return;
  committed_ = now;
  commit_moved_ = ring_.now();
  std::vector<SlotId> waiters;
  waiters.swap(station_.commit_waiters);
  for (const SlotId id : waiters)
    if (proxy::Session* session = sessions_.find(id); session != nullptr && !session->gone()) {
      session->committed();
      touch(id);
    }
}

/// record_snapshots writes what came into force, once there is room. A log that is broken takes none, and no exchange either.
void Worker::record_snapshots() {
  while (!unrecorded_.empty()) {
    record::Sections sections;
    config::add_note(*unrecorded_.front(), sections);
    if (parts_.log->append(record::Kind::snapshot, {}, 0, station_.wall_now(), sections) == record::Append::full) return;
    unrecorded_.erase(unrecorded_.begin());
  }
  station_.recorder.settle(station_.wall_now());
}

/// settles: records are still owed, and the disk has some time yet to make room for them. What is owed then is lost.
bool Worker::settles() {
  proxy::Recorder& recorder = station_.recorder;
  for (size_t before = SIZE_MAX; recorder.owed() != 0 && recorder.owed() != before;) {
    before = recorder.owed();
    recorder.settle(station_.wall_now());
  }
  return recorder.owed() != 0 && !parts_.log->broken() && ring_.now() < settle_until_;
}

// Without room for the answer whoever asked waits in vain, and asks again.
void Worker::show(const proxy::ToWorker& asked) {
  proxy::ToControl shown;
  shown.kind = proxy::ToControl::Kind::shown;
  shown.exchange = asked.exchange;
  shown.asker = asked.asker;
  if (const proxy::Session* session = sessions_.find(asked.session); session != nullptr && !session->gone())
    session->show(asked, shown);
  static_cast<void>(station_.tell(std::move(shown)));
}

// Those who wait for an issuer's keys, or the one that is meant, look again.
void Worker::keys_asked(const proxy::ToWorker& message) {
  std::erase_if(station_.key_waiters, [&](const proxy::KeyWaiter& waiter) {
    if (waiter.issuer != message.issuer || (message.session.valid() && !(waiter.session == message.session))) return false;
    if (proxy::Session* session = sessions_.find(waiter.session); session != nullptr && !session->gone()) {
      session->keys_asked();
      touch(waiter.session);
    }
    return true;
  });
}

// ---- snapshots -----------------------------------------------------------------------------------

net::OriginPool* Worker::pool_for(const config::Origin& origin, const Address& address, const Limits& limits) {
  const std::string key = pool_key(origin, address);
  for (auto& pool : pools_) {
    if (pool->key() != key) continue;
    pool->set_capacity(limits.origin_idle);
    return pool.get();
  }
  pools_.push_back(std::make_unique<net::OriginPool>(key, limits.origin_idle));
  return pools_.back().get();
}

void Worker::publish(const config::Snapshot* snapshot) {
  auto pinned = std::make_unique<proxy::Pinned>();
  pinned->snapshot = snapshot;
  for (const config::Origin& origin : snapshot->origins) {
    net::OriginWays& ways = pinned->ways.emplace_back();
    ways.add(pool_for(origin, origin.address, snapshot->limits), origin.address);
    for (const Address& other : origin.other_addresses)
      ways.add(pool_for(origin, other, snapshot->limits), other);
  }
  if (snapshot->guards != nullptr) GH_ASSERT(station_.inspector.prepare(*snapshot->guards));
  if (snapshot->masks != nullptr)
    GH_ASSERT(station_.masker.prepare(*snapshot->masks) && station_.value_check.prepare(*snapshot->masks));
  station_.bodies.set_limit(snapshot->limits.body_memory);
  station_.masking.set_limit(snapshot->limits.mask_streams);
  station_.coded.set_limit(snapshot->limits.mask_streams);
  bound_connections(std::min(snapshot->limits.connections, parts_.connections_max));
  station_.current = pinned.get();
  station_.log_exchanges = snapshot->log_exchanges;
  ring_.set_gather(snapshot->gather);
  station_.metrics.snapshot_version.set(snapshot->version);
  snapshots_.push_back(std::move(pinned));
  unrecorded_.push_back(snapshot);
  record_snapshots();
}

// Each connection may have one to an origin. Fewer than there are: none is ended, none is taken until enough have left.
void Worker::bound_connections(uint32_t connections) {
  sessions_.set_capacity(connections);
  links_.set_capacity(connections * 2 + kSpareLinks);
  clients_max_ = connections + kSpareLinks / 2;
}

// Each that nobody uses, whatever still uses an older one: else one slow request would keep all that came after it.
void Worker::let_go_of_old() {
  if (moved_ != nullptr) {
    proxy::ToControl message;
    message.kind = proxy::ToControl::Kind::moved;
    message.snapshot = moved_;
    if (!station_.tell(std::move(message))) return;   // next turn
    moved_ = nullptr;
  }
  for (size_t i = 0; i + 1 < snapshots_.size();) {   // the last is in force
    if (snapshots_[i]->exchanges != 0) {
      ++i;
      continue;
    }
    if (std::find(unrecorded_.begin(), unrecorded_.end(), snapshots_[i]->snapshot) != unrecorded_.end()) return;
    proxy::ToControl message;
    message.kind = proxy::ToControl::Kind::released;
    message.snapshot = snapshots_[i]->snapshot;
    if (!station_.tell(std::move(message))) return;   // next turn
    snapshots_.erase(snapshots_.begin() + static_cast<ptrdiff_t>(i));
    drop_unused_pools();
  }
}

// A pool that no snapshot uses gets no more requests: its idle connections end now.
void Worker::drop_unused_pools() {
  const auto used = [this](const std::unique_ptr<net::OriginPool>& pool) {
    for (const auto& pinned : snapshots_)
      for (const net::OriginWays& ways : pinned->ways)
        if (ways.uses(pool.get())) return true;
    return false;
  };
  std::erase_if(pools_, [&](const std::unique_ptr<net::OriginPool>& pool) {
    if (used(pool)) return false;
    pool->sweep(links_, ring_.now(), true);
    return true;
  });
}

// ---- the end -------------------------------------------------------------------------------------

void Worker::cancel_accepts() {
  for (uint32_t i = 0; i < accepting_.size(); ++i)
    if (accepting_[i].armed) ring_.cancel({{i, 1}, uring::Op::accept}, {{i, 0}, uring::Op::cancel});
}

// What was accepted before the kernel stops accepting here is served: nobody else knows of it.
void Worker::retire() {
  if (retiring_ || station_.draining) return;
  retiring_ = true;
  cancel_accepts();
  sessions_.for_each([this](proxy::Session& session) {
    session.retire();
    touch(session.id());
  });
}

void Worker::start_drain() {
  if (station_.draining) return;
  station_.draining = true;
  if (!retiring_) cancel_accepts();
  sessions_.for_each([this](proxy::Session& session) {
    session.drain();
    touch(session.id());
  });
}

void Worker::stop_all() {
  start_drain();
  if (!stopping_) settle_until_ = ring_.now() + kSettleTime;
  stopping_ = true;
  sessions_.for_each([this](proxy::Session& session) {
    if (session.gone()) return;
    session.stop();
    gone_.push_back(session.id());
    if (session.touched) std::erase(touched_, session.id());
  });
  for (auto& pool : pools_) pool->sweep(links_, ring_.now(), true);
  links_.abort_all();
}

void Worker::gauges() {
  auto& metrics = station_.metrics;
  metrics.sessions_now.set(sessions_.live());
  metrics.exchanges_held_now.set(station_.held);
  metrics.receive_buffers_free.set(ring_.free_buffers());
  metrics.receive_starved.set(starved_before_ + links_.starved());
  metrics.mask_streams_now.set(station_.masking.lent());
  metrics.body_bytes_now.set(station_.bodies.lent());
  metrics.token_hits.set(tokens_before_[0] + station_.tokens.hits() + station_.remembered);
  metrics.token_misses.set(tokens_before_[1] + station_.tokens.misses());
}

}  // namespace gatehouse::worker
