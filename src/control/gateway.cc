#include "control/gateway.h"

#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "control/admin_api.h"
#include "record/attest.h"

namespace gatehouse::control {

namespace {

using telemetry::Level;
using telemetry::LogLine;

constexpr MonotonicNs kSecond = kNsPerSecond;
constexpr MonotonicNs kRotation = 6 * 3600 * kNsPerSecond;  // ticket keys; tickets live two hours
constexpr MonotonicNs kStuck = 10 * kNsPerSecond;           // a worker that makes no turn
constexpr MonotonicNs kStopTime = 5 * kNsPerSecond;         // from stop to the last worker's end
constexpr MonotonicNs kKeepTime = 2 * kNsPerSecond;         // what the next start has to know is on its way to the disk
constexpr size_t kCompletionsMax = 256;
constexpr size_t kInspectorsMax = 4;                        // job threads for guards
constexpr size_t kProversMax = 2;                           // job threads for assertions

enum Watched : uint32_t { kSignals = 0, kJobs = 1 };

}  // namespace

Gateway::Gateway(const GatewayParts& parts, config::Loaded loaded, std::shared_ptr<config::Snapshot> snapshot,
                 const tls::TicketKeys& tickets, Doors doors, std::unique_ptr<Generation> first)
    : parts_(parts), places_(*parts.places), serving_(first.get()), log_(*parts.log), lookups_(parts.jobs_done),
      compiles_(parts.jobs_done), closings_(parts.jobs_done), stored_(parts.jobs_done),
      ledger_(parts.book->ledger()), front_(*parts.ring, parts.ring->now()),
      publisher_(parts.config_path, static_cast<uint32_t>(parts.cpus.size()), compiles_, log_,
                 {[this](const Publisher::Published& published) { publish(published); }, [this] { return fetched_keys(); },
                  [this] { return crew(); }, [this](const Raising& raising) { return raise(raising); },
                  [this](const Raising& raising) { abandon(raising); },
                  [this] { return parts_.desk->keys().published(); }, [this] { return ledger_; },
                  [this](const config::Snapshot& fresh, const config::Inventory& inventory) { keep(fresh, inventory); },
                  [this] { return parts_.store->path(); },
                  [this](std::unique_ptr<store::Store> vacant, const Publisher::Moved& moved) {
                    move_state(std::move(vacant), moved);
                  }}),
      keys_(*parts.ring, front_, lookups_, log_, [this] {
        if (stage_ == Stage::serving) publisher_.renew_keys();
      }, [this](const std::string& issuer) { keys_asked(issuer); }),
      witness_(*parts.ring, front_, lookups_, log_),
      board_(held_at_most(loaded.config, first->workers().size())), started_(parts.ring->wall_now()),
      next_rotation_(parts.ring->now() + kRotation), last_number_(first->number()), retention_(parts.jobs_done, log_) {
  generations_.push_back(std::move(first));
  routes_.rename(places_.metrics(), route_names(*snapshot));
  keys_.configure(loaded.config);
  witness_.configure(loaded.config.records.witness.value);
  publisher_.begin(std::move(loaded), std::move(snapshot), tickets, doors);
  serving_->published();
  doors_ = std::move(doors);
  serving_->accept(doors_.listeners);
  const size_t inspectors = std::clamp<size_t>(parts.cpus.size(), 1, kInspectorsMax);
  for (size_t i = 0; i < inspectors; ++i) inspectors_.push_back(std::make_unique<Inspector>(parts.jobs_done));
  const size_t provers = std::clamp<size_t>(parts.cpus.size(), 1, kProversMax);
  for (size_t i = 0; i < provers; ++i) provers_.push_back(std::make_unique<JobThread>(parts.jobs_done));
  parts.ring->watch(parts.signals, {{kSignals, 0}, uring::Op::watch});
  parts.ring->watch(parts.jobs_done, {{kJobs, 0}, uring::Op::watch});
  listen_for_health();
  listen_for_admin();
}

void Gateway::listen_for_health() {
  health_ = front_.listen(doors_.health->first(), false, [this](const Request& request, const std::string&) {
    const Standing now = standing();
    return answer_health(request, health_of(now), [&now] { return metrics_of(now); });
  });
}

void Gateway::listen_for_admin() {
  admin_ = front_.listen(doors_.admin->first(), true,
                         [this](const Request& request, const std::string& by) { return serve_admin(request, by); });
}

bool Gateway::close_records(std::string* why) {
  bool complete = true;
  for (const auto& each : generations_) {
    if (each->ended()) each->leave(places_);   // else their records are made safe as they are
    if (each->stage != Generation::Stage::closing && each->close_records()) continue;
    complete = false;
    *why = each->writer()->stats().last_error;
  }
  gather_heads();
  if (!witness_.finish())
    log_.line(wall(), Level::warning, "witness_lacks_heads",
              [this](LogLine& line) { line.number("heads", witness_.stats().waiting); });
  return complete;
}

bool Gateway::run() {
  // Records that are being closed are waited for, too.
  const auto ended = [this] {
    return std::all_of(generations_.begin(), generations_.end(), [](const auto& each) {
      return each->ended() && each->stage != Generation::Stage::closing;
    });
  };
  notifier_.ready();
  while (!ended()) {
    turn();
    if (stage_ == Stage::stopping && now() >= deadline_) break;
  }
  const bool all_ended = ended();
  closings_.stop();
  retention_.stop();
  lookups_.stop();
  compiles_.stop();
  for (const auto& each : inspectors_) each->thread.stop();
  for (const auto& each : provers_) each->stop();
  for (const MonotonicNs until = now() + kKeepTime; keeping_ > 0 && now() < until;) turn();
  stored_.stop();
  front_.stop();
  for (const MonotonicNs until = now() + kStopTime; !front_.idle() && now() < until;) turn();
  return all_ended && front_.idle();
}

void Gateway::turn() {
  std::array<uring::Completion, kCompletionsMax> completions;
  const MonotonicNs until = std::min({front_.next(), keys_.next(), witness_.next(), next_second_, deadline_});
  const size_t count = parts_.ring->wait(completions, until);
  for (const uring::Completion& completion : std::span(completions).first(count)) {
    switch (completion.token.op) {
      case uring::Op::doorbell: break;  // workers are heard in every turn
      case uring::Op::watch:
        if (!completion.token.owner.valid()) break;
        if (completion.token.owner.slot == kSignals) signalled();
        if (completion.token.owner.slot == kJobs) {
          eventfd_t value = 0;
          eventfd_read(parts_.jobs_done, &value);
          lookups_.collect();
          compiles_.collect();
          closings_.collect();
          for (const auto& each : inspectors_) each->thread.collect();
          for (const auto& each : provers_) each->collect();
          stored_.collect();
          retention_.collect();
        }
        break;
      case uring::Op::accept:
      case uring::Op::recv:
      case uring::Op::send:
      case uring::Op::connect:
      case uring::Op::cancel:
      case uring::Op::close: front_.take(completion); break;
    }
  }
  hear_workers();
  if (now() >= next_second_) second();
  keys_.poll();
  witness_.poll();
  front_.step(now());
  if (reloading_ && !publisher_.busy()) {
    reloading_ = false;
    notifier_.ready();
  }
  step_generations();
  ring_doorbells();
}

void Gateway::signalled() {
  signalfd_siginfo info{};
  while (::read(parts_.signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    switch (info.ssi_signo) {
      case SIGHUP:
        if (stage_ == Stage::serving) reload("SIGHUP", [](const Reloaded&) {});
        break;
      case SIGTERM:
      case SIGINT:
        if (stage_ == Stage::serving) {
          drain(info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
        } else if (stage_ == Stage::draining) {
          stop_workers();  // asked twice: do not wait
        }
        break;
      default: break;  // a number from the kernel
    }
  }
}

// ---- workers -------------------------------------------------------------------------------------

void Gateway::hear_workers() {
  proxy::ToControl message;
  places_.for_each([&](WorkerThread& worker) {
    while (worker.hear(message)) heard(worker.number(), message);
    worker.flush();
  });
}

void Gateway::heard(uint32_t worker, proxy::ToControl& message) {
  switch (message.kind) {
    case proxy::ToControl::Kind::none: break;
    case proxy::ToControl::Kind::ask: {
      const ExchangeId id = message.exchange;
      if (!board_.add(std::move(*message.card), {worker, message.session})) break;  // it expires where it waits
      const approve::Card& card = board_.find(id)->card;
      log_.line(wall(), Level::info, "approval_asked", [&](LogLine& line) {
        line.text("exchange_id", exchange_id_text(id)).text("rule", card.rule).text("subject", card.subject);
        line.text("method", card.method).text("path", card.path).text("origin", card.origin);
      });
      break;
    }
    case proxy::ToControl::Kind::gone: gone(message); break;
    case proxy::ToControl::Kind::released: publisher_.released(worker, message.snapshot); break;
    case proxy::ToControl::Kind::moved: moved(message.snapshot); break;
    case proxy::ToControl::Kind::inspect: inspect(worker, message.inspection); break;
    case proxy::ToControl::Kind::prove: prove(worker, message.proving); break;
    case proxy::ToControl::Kind::let_go: ++of(worker).let_go; break;
    case proxy::ToControl::Kind::drained: ++of(worker).drained; break;
    case proxy::ToControl::Kind::shown:
      front_.answer(message.asker, shown_answer(message.held, std::move(message.bytes)));
      break;
    case proxy::ToControl::Kind::keys_wanted:
      if (keys_.wanted(message.issuer, message.keys)) break;   // it hears of the end
      tell_keys(*places_.worker(worker), message.issuer, message.session);
      break;
  }
}

// Large bodies and long statements: the job threads take turns.
void Gateway::inspect(uint32_t worker, const std::shared_ptr<proxy::Inspection>& inspection) {
  Inspector& inspector = *inspectors_[next_inspector_++ % inspectors_.size()];
  inspector.thread.post([inspection, memory = inspector.memory] { inspection->run(*memory); },
                        [this, worker, inspection] {
                          proxy::ToWorker message;
                          message.kind = proxy::ToWorker::Kind::inspected;
                          message.inspection = inspection;
                          places_.worker(worker)->tell(std::move(message));   // it waits for what is away
                        });
}

void Gateway::tell_keys(WorkerThread& worker, const std::string& issuer, SlotId session) {
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::keys;
  message.session = session;
  message.issuer = issuer;
  worker.tell(std::move(message));
}

void Gateway::keys_asked(const std::string& issuer) {
  places_.for_each([&](WorkerThread& worker) { tell_keys(worker, issuer, {}); });
}

void Gateway::gone(const proxy::ToControl& message) {
  const approve::Held* held = board_.find(message.exchange);
  if (held == nullptr || held->hold.ended()) return;  // denied or expired on the board already
  const bool granted = held->hold.state() == approve::HoldState::granted;
  // Codes from 600 on come after the request was on its way to the origin: it was used, well or not.
  const bool run = message.reason == Reason::none || static_cast<uint16_t>(message.reason) >= 600;
  if (granted && run) {
    board_.consumed(message.exchange);
  } else if (!granted && message.reason == Reason::approval_expired) {
    board_.expired(message.exchange);
  } else {
    board_.cancelled(message.exchange);
  }
  log_.line(wall(), Level::info, "approval_ended", [&](LogLine& line) {
    line.text("exchange_id", exchange_id_text(message.exchange));
    line.text("state", approve::hold_state_name(board_.find(message.exchange)->hold.state()));
    line.text("reason", reason_name(message.reason));
  });
}

void Gateway::tell_all(const proxy::ToWorker& message) {
  places_.for_each([&](WorkerThread& worker) { worker.tell(message); });
}

void Gateway::ring_doorbells() {
  places_.for_each([this](WorkerThread& worker) {
    if (worker.take_told() && !worker.ended()) parts_.ring->ring_doorbell(worker.ring(), 0);
  });
}

// A worker that makes no turn though its doorbell is rung every second is stuck.
void Gateway::heartbeat() {
  bool all_turned = true;
  places_.for_each([&](WorkerThread& worker) {
    const Place& place = places_.at(worker.number());
    if (worker.ended() ? of(worker.number()).stage == Generation::Stage::serving && stage_ == Stage::serving
                       : place.metrics.turns.get() == place.told_turns)
      all_turned = false;
  });
  if (all_turned) notifier_.alive();
  places_.for_each([&](WorkerThread& worker) {
    Place& place = places_.at(worker.number());
    const uint64_t turns = place.metrics.turns.get();
    if (all_turned) place.told_turns = turns;
    if (worker.ended()) return;
    if (turns != place.turns || place.since == 0) place.turns = turns, place.since = now();
    parts_.ring->ring_doorbell(worker.ring(), 0);
  });
}

// ---- what happens every second -------------------------------------------------------------------

void Gateway::second() {
  next_second_ = now() + kSecond;
  heartbeat();
  board_.expire(wall());
  gather_heads();
  look_at_records();
  if (stage_ != Stage::serving) return;
  if (now() >= next_rotation_) {
    next_rotation_ = now() + kRotation;
    publisher_.rotate_tickets(wall());
  }
  turn_token_keys();
  sweep_ledger();
  publisher_.look(wall());
  warn_of_certificates();
  retention_.look(publisher_.config().records, now(), wall(), record::attest_with(serving_->writer()));
}

/// gather_heads takes what the writers signed to the witness.
void Gateway::gather_heads() {
  for (const auto& each : generations_)
    for (auto heads = each->writer()->take_heads(Witness::kAtOnce); !heads.empty();
         heads = each->writer()->take_heads(Witness::kAtOnce))
      witness_.add(std::move(heads));
}

/// look_at_records says once that records fail, and once that they do so no more: also of failures that are over by now.
void Gateway::look_at_records() {
  record::WriterStats all;
  for (const auto& each : generations_)
    if (each->stage != Generation::Stage::closing) record::add(all, each->writer()->stats());   // of those `closed` says it
  const bool passed = std::exchange(record_failures_, all.failures) < all.failures;   // less: a generation is gone, and its count
  const bool before = std::exchange(records_healthy_, all.healthy);
  if (before && (!all.healthy || passed))
    log_.line(wall(), Level::error, "records_failing", [&](LogLine& line) { line.text("error", all.last_error); });
  if (all.healthy && (!before || passed)) log_.line(wall(), Level::info, "records_written_again", [](LogLine&) {});
}

// ---- people --------------------------------------------------------------------------------------

Answer Gateway::serve_admin(const Request& request, const std::string& by) {
  if (is_ledger_path(request.path)) return serve_ledger(request, by);
  if (request.path == kTokenKeysPath) return token_keys_answer(request, parts_.desk->keys().published().get());
  AdminAnswer outcome = answer_admin(request, board_, by, wall());
  if (outcome.reload) {
    if (stage_ != Stage::serving) return json_error(409, "draining", "the gateway is shutting down");
    reload(by, [this, asker = request.asker](const Reloaded& reloaded) { front_.answer(asker, reload_answer(reloaded)); });
  }
  if (outcome.show) show(*outcome.show, request.asker);
  if (!outcome.verdict) return std::move(outcome.answer);
  const approve::Held& held = *board_.find(outcome.verdict->exchange);
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::answer;
  message.session = held.asker.session;
  message.exchange = outcome.verdict->exchange;
  message.granted = outcome.verdict->granted;
  message.digest = held.hold.bound();
  message.by = held.by;
  message.note = held.note;
  if (WorkerThread* worker = places_.worker(held.asker.worker); worker != nullptr) worker->tell(std::move(message));
  log_.line(wall(), Level::info, outcome.verdict->granted ? "approval_granted" : "approval_denied", [&](LogLine& line) {
    line.text("exchange_id", exchange_id_text(outcome.verdict->exchange)).text("by", held.by).text("note", held.note);
  });
  return std::move(outcome.answer);
}

// The bytes are the worker's: it answers with a piece of them.
void Gateway::show(const Show& wish, SlotId asker) {
  const approve::Held& held = *board_.find(wish.exchange);
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::show;
  message.session = held.asker.session;
  message.exchange = wish.exchange;
  message.offset = wish.offset;
  message.asker = asker;
  if (WorkerThread* worker = places_.worker(held.asker.worker); worker != nullptr) worker->tell(std::move(message));
}

Standing Gateway::standing() const {
  Standing standing;
  standing.draining = stage_ != Stage::serving;
  places_.for_each([&](const WorkerThread& worker) {
    const std::string name = "worker-" + std::to_string(worker.number());
    const MonotonicNs since = places_.at(worker.number()).since;
    if (worker.ended()) {
      if (stage_ == Stage::serving && of(worker.number()).stage == Generation::Stage::serving)
        standing.ended.push_back(name + " has ended");
    } else if (since != 0 && now() > since + kStuck) {
      standing.stuck.push_back(name + " makes no progress");
    }
  });
  standing.records = closed_records_;
  for (const auto& each : generations_)   // one that is closed is not asked: it may wait for its disk
    record::add(standing.records, each->stage == Generation::Stage::closing ? each->stats : each->writer()->stats());
  standing.witness = witness_.stats();
  standing.generations = generations_.size();
  standing.running = places_.working().size();
  standing.issuers = keys_.issuers();
  standing.publisher = &publisher_;
  standing.board = &board_;
  standing.ledger = ledger_.get();
  standing.workers = places_.metrics();
  standing.routes = &routes_;
  standing.started = started_;
  standing.log_lines_lost = log_.lost();
  standing.clock_in_doubt = retention_.in_doubt();
  return standing;
}

// ---- the end -------------------------------------------------------------------------------------

void Gateway::drain(ByteView why) {
  stage_ = Stage::draining;
  notifier_.stopping();
  deadline_ = now() + publisher_.config().deadlines.drain;
  log_.line(wall(), Level::info, "draining", [&](LogLine& line) { line.text("why", why); });
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::drain;
  tell_all(message);
}

void Gateway::stop_workers() {
  const bool clean = std::all_of(generations_.begin(), generations_.end(),
                                 [](const auto& each) { return each->drained >= each->threads().size(); });
  log_.line(wall(), clean ? Level::info : Level::warning, "stopping", [&](LogLine& line) {
    line.boolean("drained", clean);
  });
  stage_ = Stage::stopping;
  deadline_ = now() + kStopTime;
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::stop;
  tell_all(message);
}

}  // namespace gatehouse::control
