// One generation of workers takes over from another: the part of Gateway that raises, relieves and ends them.
#include <algorithm>

#include "control/gateway.h"

namespace gatehouse::control {

using telemetry::Level;
using telemetry::LogLine;

Generation& Gateway::of(uint32_t worker) const {
  for (const auto& each : generations_)
    if (std::find(each->workers().begin(), each->workers().end(), worker) != each->workers().end() && !each->threads().empty())
      return *each;
  GH_ASSERT(false);
}

Crew Gateway::crew() const {
  Crew crew{places_.taken(), places_.working(), static_cast<uint32_t>(serving_->workers().size()), generations_.size(), {}};
  for (const auto& each : generations_) {
    crew.writers.push_back(each->writer());
    // Also of one whose threads have ended: until its records are closed nobody can go on where they end.
    crew.taken.insert(crew.taken.end(), each->workers().begin(), each->workers().end());
  }
  std::sort(crew.taken.begin(), crew.taken.end());
  return crew;
}

// The new workers stand ready, with nothing to accept on yet: what fails here changes nothing.
Result<Done, std::string> Gateway::raise(const Raising& raising) {
  if (stage_ != Stage::serving) return Failure<std::string>{"the gateway is shutting down"};
  GenerationStart start;
  start.places = &places_;
  start.cpus = parts_.cpus;
  start.control_ring = parts_.ring->descriptor();
  start.ring_off = raising.ring_off;
  start.snapshot = raising.snapshot;
  start.ledger = ledger_;
  generations_.push_back(std::make_unique<Generation>(++last_number_, raising.numbers, raising.writer));
  Generation& fresh = *generations_.back();
  for (const auto& each : raising.beside) {   // those that have ended meanwhile
    const auto same = [&each](const auto& one) { return one->writer() == each; };
    if (std::none_of(generations_.begin(), generations_.end(), same)) fresh.writer()->forget(each->process());
  }
  auto started = fresh.start(start);
  for (const auto& each : raising.listeners)
    if (started) started = each->listen();
  if (!started) abandon(raising);
  return started;
}

// They end as fast as they can, and may use their first snapshot until then.
void Gateway::abandon(const Raising& raising) {
  Generation& fresh = *generations_.back();
  GH_ASSERT(fresh.writer() == raising.writer && &fresh != serving_);
  fresh.let_go = static_cast<uint32_t>(fresh.workers().size());   // nobody accepted yet
  stop(fresh);
}

// From here on the old workers finish what they have; the new ones take what comes, on the sockets that there are, once
// the old ones let go of them: of two who wait at one socket the kernel wakes one, and a wait that is being cancelled
// takes that with it.
void Gateway::relieve(const config::Snapshot& fresh) {
  Generation& old = *serving_;
  serving_ = generations_.back().get();
  serving_->published();
  steps_.push_back({doors_.listeners, nullptr});
  old.stage = Generation::Stage::retiring;
  old.deadline = now() + publisher_.config().deadlines.drain;
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::retire;
  old.tell(message);
  log_.line(wall(), Level::info, "generation_started", [&](LogLine& line) {
    line.number("generation", serving_->number()).number("workers", serving_->workers().size());
    line.number("version", fresh.version).text("io_uring", serving_->threads()[0]->features());
  });
  for (const std::string& note : serving_->writer()->notes())
    log_.line(wall(), Level::info, "records", [&](LogLine& line) { line.text("note", note); });
}

void Gateway::stop(Generation& generation) {
  generation.stage = Generation::Stage::stopping;
  generation.deadline = kNever;
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::stop;
  generation.tell(message);
}

void Gateway::take_over() {
  for (const Step& step : std::exchange(steps_, {})) {
    for (Leaving& leaving : leaving_)
      if (leaving.with == step.with) leaving.workers = static_cast<uint32_t>(serving_->workers().size());
    serving_->accept(step.listeners, step.with);
  }
}

// At the end of the process the last ones are left to close_records().
void Gateway::step_generations() {
  if (stage_ == Stage::draining) {
    const bool drained = std::all_of(generations_.begin(), generations_.end(),
                                     [](const auto& each) { return each->drained >= each->threads().size(); });
    if (drained || now() >= deadline_) stop_workers();
  }
  if (stage_ != Stage::serving) return;
  const auto accepts = [this](const auto& each) { return each.get() != serving_ && each->accepts(); };
  if (!steps_.empty() && std::none_of(generations_.begin(), generations_.end(), accepts)) take_over();
  for (size_t i = 0; i < generations_.size(); ++i) {
    Generation& each = *generations_[i];
    const bool done = each.drained == each.threads().size();
    if (each.stage == Generation::Stage::retiring && (done || now() >= each.deadline)) {
      log_.line(wall(), done ? Level::info : Level::warning, "generation_stopping", [&](LogLine& line) {
        line.number("generation", each.number()).boolean("drained", done);
      });
      stop(each);
    }
    if (each.stage == Generation::Stage::stopping && each.ended()) reap(each);
  }
}

// Its threads have ended: what they said last was heard in this turn. Then the disk may take its time.
void Gateway::reap(Generation& generation) {
  hear_workers();
  generation.leave(places_);
  for (const uint32_t worker : generation.workers()) {
    publisher_.left(worker);
    std::vector<ExchangeId> held;
    for (const approve::Held* one : board_.waiting())
      if (one->asker.worker == worker) held.push_back(one->card.exchange);
    for (const ExchangeId& one : held) board_.cancelled(one);
  }
  generation.stats = generation.writer()->stats();
  generation.stage = Generation::Stage::closing;
  generation.deadline = kNever;
  closings_.post([&generation] { generation.close_records(); }, [this, &generation] { closed(generation); });
}

void Gateway::closed(Generation& generation) {
  const record::WriterStats stats = generation.writer()->stats();
  log_.line(wall(), generation.complete ? Level::info : Level::error, "generation_ended", [&](LogLine& line) {
    line.number("generation", generation.number()).boolean("records_complete", generation.complete);
    if (!generation.complete) line.text("error", stats.last_error);
  });
  gather_heads();   // its last ones
  record::add(closed_records_, stats);
  closed_records_.heads.error.clear();
  closed_records_.lag_bytes = 0;
  closed_records_.healthy = true;   // what is wrong with the disk, those that write there say
  // What could not be written stays in its rings, for the next start; so do the notes, and nobody gets these numbers.
  for (const uint32_t worker : generation.workers()) places_.at(worker).lost = !generation.complete;
  if (generation.complete)
    for (const auto& each : generations_)
      if (each.get() != &generation) each->writer()->forget(generation.writer()->process());
  std::erase_if(generations_, [&](const auto& each) { return each.get() == &generation; });
}

}  // namespace gatehouse::control
