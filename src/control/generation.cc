#include "control/generation.h"

#include <algorithm>
#include <system_error>

#include "telemetry/exposition.h"

namespace gatehouse::control {

Place& Places::at(uint32_t number) {
  while (places_.size() <= number) {
    places_.push_back(std::make_unique<Place>());
    places_.back()->log_lines = &log_.add();
    telemetry::vacate(places_.back()->metrics);
    metrics_.push_back(&places_.back()->metrics);
  }
  return *places_[number];
}

WorkerThread* Places::worker(uint32_t number) const {
  return number < places_.size() ? places_[number]->worker : nullptr;
}

std::vector<uint32_t> Places::taken() const {
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; i < places_.size(); ++i)
    if (places_[i]->worker != nullptr || places_[i]->lost) numbers.push_back(i);
  return numbers;
}

std::vector<uint32_t> Places::working() const {
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; i < places_.size(); ++i)
    if (places_[i]->worker != nullptr) numbers.push_back(i);
  return numbers;
}

std::vector<uint32_t> free_numbers(const std::vector<uint32_t>& taken, uint32_t count) {
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; numbers.size() < count; ++i)
    if (!std::binary_search(taken.begin(), taken.end(), i)) numbers.push_back(i);
  return numbers;
}

bool commits_now(const config::Config& config) {
  return std::any_of(config.rules.begin(), config.rules.end(), [](const policy::Rule& rule) { return rule.commit_now; });
}

record::WriterOptions writer_options(const config::Config& config, const config::Snapshot& snapshot,
                                     std::vector<uint32_t> numbers) {
  record::WriterOptions options;
  options.dir = config.records.dir;
  options.ring_dir = config.records.ring_dir;
  options.ring_bytes = config.records.ring_size;
  options.segment_bytes = config.records.segment_size;
  options.commit_interval = config.records.commit_interval;
  options.on_full = config.records.on_full;
  options.rings = static_cast<uint32_t>(numbers.size());
  options.workers = std::move(numbers);
  options.decisions = commits_now(config);
  options.version = GATEHOUSE_VERSION;
  options.sealing = snapshot.sealing;
  options.heads_key = snapshot.heads_key;
  options.head_interval = config.records.head_interval;
  options.strict = config.records.strict;
  options.witnessed = !config.records.witness.value.empty();
  return options;
}

Result<std::unique_ptr<record::Writer>, std::string> start_writer(const record::WriterOptions& options,
                                                                  const record::Beside& beside) {
  try {
    return record::Writer::start(options, beside);
  } catch (const std::system_error& error) {
    return Failure<std::string>{"no thread can be had to write them: " + error.code().message()};
  }
}

Result<Done, std::string> Generation::start(const GenerationStart& start) {
  first_ = start.snapshot;
  std::string error;   // of the first that fails; all that run are waited for
  for (uint32_t nth = 0; nth < workers_.size() && error.empty(); ++nth) {
    Place& place = start.places->at(workers_[nth]);
    WorkerStart one;
    one.index = workers_[nth];
    one.cpu = workers_.size() <= start.cpus.size() ? start.cpus[nth] : -1;
    one.records = writer_->ring(nth);
    one.sealer = writer_->sealer(nth);
    one.decisions = writer_->decisions(nth);
    one.decision_sealer = writer_->decision_sealer(nth);
    one.urge = &writer_->urge();
    one.metrics = &place.metrics;
    one.log_lines = place.log_lines;
    one.control_ring = start.control_ring;
    one.ring_off = start.ring_off;
    one.snapshot = start.snapshot.get();
    one.ledger = start.ledger;
    try {
      threads_.push_back(WorkerThread::start(std::move(one)));
    } catch (const std::system_error& failure) {
      error = "no thread can be had for a worker: " + failure.code().message();
      continue;
    }
    place.worker = threads_.back().get();
    place.since = 0;
  }
  for (const auto& thread : threads_)
    if (auto ready = thread->await(); !ready && error.empty()) error = ready.error();
  if (!error.empty()) return Failure{std::move(error)};
  return Done{};
}

void Generation::accept(const Listeners& listeners, const config::Snapshot* with) {
  for (uint32_t nth = 0; nth < threads_.size(); ++nth) {
    proxy::ToWorker message;
    message.kind = proxy::ToWorker::Kind::accept;
    message.snapshot = with;
    message.listeners = of_worker(listeners, nth, static_cast<uint32_t>(threads_.size()));
    threads_[nth]->tell(std::move(message));
  }
}

void Generation::tell(const proxy::ToWorker& message) {
  for (const auto& thread : threads_) thread->tell(message);
}

bool Generation::ended() const {
  return std::all_of(threads_.begin(), threads_.end(), [](const auto& thread) { return thread->ended(); });
}

void Generation::leave(Places& places) {
  for (const auto& thread : threads_) {
    thread->join();
    Place& place = places.at(thread->number());
    place.worker = nullptr;
    telemetry::vacate(place.metrics);
  }
  threads_.clear();
  first_ = nullptr;
}

}  // namespace gatehouse::control
