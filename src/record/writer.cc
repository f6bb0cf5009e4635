#include "record/writer.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "record/tail.h"
#include "record/writer_state.h"

namespace gatehouse::record {
namespace {

using Clock = std::chrono::steady_clock;
constexpr uint32_t kStopAttempts = 8;                // rounds that may fail after stop() before it gives up
constexpr auto kAfterFailure = std::chrono::milliseconds(250);
constexpr auto kLook = std::chrono::milliseconds(5);  // how often a long interval is cut short by a full ring
constexpr auto kWhileMaking = std::chrono::milliseconds(1);  // a segment is being made
constexpr auto kIdleLook = std::chrono::seconds(1);   // how often files are looked at to which nothing is written

}  // namespace

WallNs wall_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<WallNs>(now.tv_sec) * kNsPerSecond + static_cast<WallNs>(now.tv_nsec);
}

/// new_process makes an id that sorts behind `latest`, also when the clock went back.

/// offer_heads: the writer thread, between two rounds.
void Writer::State::offer_heads() {
  if (heads == nullptr) return;
  size_t digests = 0;
  for (const auto& lane : lanes) digests += lane->digests();
  const auto now = static_cast<MonotonicNs>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count());
  if (!heads->due(now, digests)) return;
  std::vector<HeadRing> places;
  for (const auto& lane : lanes) places.push_back(lane->head());
  {
    const std::lock_guard hold(said->mutex);
    if (said->attested) places.push_back(*said->attested);
  }
  heads->offer(std::move(places), wall_clock(), now);
}

/// prepare_keys has the next segment's keys ready for every ring.
void Writer::State::prepare_keys() {
  for (const auto& sealer : sealers) sealer->prepare();
}

/// pressed says that a ring fills faster than the commit interval empties it, or that a worker took the keys that were ready.
bool Writer::State::pressed() const {
  if (std::any_of(sealers.begin(), sealers.end(), [](const auto& sealer) { return sealer->wants_keys(); })) return true;
  return std::any_of(lanes.begin(), lanes.end(), [](const auto& lane) {
    return lane->lag() > lane->ring().memory().capacity() / 4;
  });
}

/// fail notes a failure. Nothing is lost by it: the bytes stay in the ring, the next round tries again.
void Writer::State::fail(Lane& lane, const std::string& error, bool for_good) {
  const std::lock_guard hold(mutex);
  if (for_good || options.on_full == OnFull::fail_closed) lane.ring().memory().set_state(kRingFailed);
  ++stats.failures;
  stats.healthy = false;
  stats.last_error = error;
}

/// round: decisions first, so that they do not wait for what is large.
Writer::State::Round Writer::State::round(Disk& disk) {
  const bool urged = urge.take();
  const bool look = Clock::now() >= looked + kIdleLook;
  if (look) looked = Clock::now();
  Round outcome = Round::idle;
  if (lanes.size() > options.rings) outcome = round_of(disk, options.rings, lanes.size(), look);
  outcome = std::max(outcome, round_of(disk, 0, options.rings, look));
  const std::lock_guard hold(mutex);
  stats.urged += urged;
  stats.healthy = outcome != Round::failed;
  if (outcome != Round::failed) good = Clock::now();
  return outcome;
}

/// ring_in_place and segment_in_place: a file of a folder that was moved is not there, either: the next start looks where the name
/// leads. What such a ring holds goes to its segment all the same.
bool Writer::State::ring_in_place(Lane& lane, const Moved& moved, std::string* error) {
  const bool there = lane.ring_in_place(rings, error);
  if (!moved.rings.empty()) *error = moved.rings;
  return there && moved.rings.empty();
}

bool Writer::State::segment_in_place(Lane& lane, const Moved& moved, std::string* error) {
  if (moved.folder.empty()) return lane.segment_in_place(folder, error);
  *error = moved.folder;
  return false;
}

/// round_of: look at files also where nothing is to be written. Nothing is called in place, nor a refusal taken back, unseen.
Writer::State::Round Writer::State::round_of(Disk& disk, size_t first, size_t last, bool look) {
  const auto began = Clock::now();
  std::vector<Lane*> active(lanes.size(), nullptr);
  Moved moved = look_at_folders();   // once for all lanes
  uint64_t bytes = 0, stalls = 0;
  bool any = false, failed = false, waiting = false;
  for (size_t i = first; i < last; ++i) {
    Lane& lane = *lanes[i];
    std::string error;
    stalls += lane.nearly_full();
    const bool seen = look || lane.behind() || lane.refuses();
    const bool ring_there = !seen || ring_in_place(lane, moved, &error);
    if (!ring_there) {
      fail(lane, error, true);
      failed = true;
      error.clear();
    }
    if (lane.broken()) continue;
    if (seen && !segment_in_place(lane, moved, &error)) {
      fail(lane, error, true);
      failed = true;
    } else if (lane.begin(folder, i < options.rings ? *spares : *small_spares, disk, &error)) {
      active[i] = &lane;
      any = true;
      bytes += lane.planned_bytes();
    } else if (!error.empty()) {
      fail(lane, error, lane.broken());
      failed = true;
    } else {
      if (lane.refuses() && !lane.behind() && ring_there) lane.ring().memory().set_state(kRingOpen);
      waiting = waiting || lane.behind();
    }
  }
  const auto drop = [&](const std::vector<Disk::Failed>& list, const char* what) {
    for (const auto& [owner, error] : list) {
      failed = true;
      if (Lane* const lane = std::exchange(active[owner], nullptr)) {
        std::string why = failure(what, lane->segment().name, error);
        const bool ring_there = ring_in_place(*lane, moved, &why);   // else it may be what could not be read
        fail(*lane, why, !ring_there);
      }
    }
  };
  if (any) drop(disk.run(), "write segment");
  for (size_t i = 0; i < active.size(); ++i)
    if (active[i] != nullptr) disk.sync(active[i]->segment().file.get(), static_cast<uint32_t>(i));
  if (any) drop(disk.run(), "sync segment");
  if (any) moved = look_at_folders();
  for (Lane* lane : active) {
    if (lane == nullptr) continue;
    std::string error;
    lane->ring_in_place(rings, &error);   // also before: what is settled was read from it, and reading may fill its holes
    const bool durable = !lane->ring_cut() && segment_in_place(*lane, moved, &error) && lane->settle();
    if (!ring_in_place(*lane, moved, &error) || !durable) {
      fail(*lane, error, true);
      failed = true;
      continue;
    }
    lane->ring().memory().set_state(kRingOpen);
  }
  const std::lock_guard hold(mutex);
  stats.stalls += stalls;
  if (failed) return Round::failed;
  if (!any) return waiting ? Round::waiting : Round::idle;
  ++stats.commits;
  stats.written_bytes += bytes;
  stats.commit_last = static_cast<MonotonicNs>(std::chrono::nanoseconds(Clock::now() - began).count());
  stats.commit_worst = std::max(stats.commit_worst, stats.commit_last);
  return pressed() ? Round::more : Round::idle;
}

void Writer::State::work() {
  block_file_size_signal();
  auto disk = Disk::open();  // by this thread: it alone may submit
  if (!disk) {
    const std::lock_guard hold(mutex);
    stats.last_error = disk.error();
    changed.notify_all();
    return;
  }
  std::vector<ByteSpan> memory;
  for (const auto& lane : lanes) memory.push_back(lane->ring().memory().memory());
  say_io((*disk)->register_memory(memory, spare));

  uint32_t failures_after_stop = 0;
  for (;;) {
    prepare_keys();
    const auto began = Clock::now();
    const Round outcome = round(**disk);
    offer_heads();
    std::unique_lock hold(mutex);
    const bool all_begun = std::all_of(lanes.begin(), lanes.end(), [](const auto& lane) { return lane->segment().file.valid(); });
    if (!ready && all_begun && outcome != Round::failed) ready = true;
    changed.notify_all();
    if (stopping) {
      // Asked only now: what was appended before stop() is seen, also what came while the round was ending.
      if (std::none_of(lanes.begin(), lanes.end(), [](const auto& lane) { return lane->behind(); })) return;
      const bool hopeless = std::all_of(lanes.begin(), lanes.end(),
                                        [](const auto& lane) { return !lane->behind() || lane->broken(); });
      given_up = outcome == Round::failed && (hopeless || ++failures_after_stop >= kStopAttempts);
      if (given_up) return;
    }
    if (outcome == Round::more) continue;
    const MonotonicNs interval = options.commit_interval;
    auto until = began + std::chrono::nanoseconds(interval);
    if (outcome == Round::failed) until = Clock::now() + kAfterFailure;
    if (outcome == Round::waiting || (stopping && outcome == Round::idle)) until = Clock::now() + kWhileMaking;
    const bool was_stopping = stopping;
    while (Clock::now() < until) {
      const auto look = std::min(until, Clock::now() + kLook);
      const auto told = [&] {
        return (stopping && !was_stopping) || options.commit_interval != interval ||
               (outcome != Round::failed && urge.wanted());
      };
      if (changed.wait_until(hold, look, told)) break;
      if (outcome != Round::failed && pressed()) break;
    }
  }
}

/// end_epochs writes the end records once everything is in segments; then the rings have no use.
Result<Done, std::string> Writer::State::end_epochs() {
  std::vector<HeadRing> ends;
  for (const auto& lane : lanes) {
    lane->let_go();
    EpochTail tail(folder, lane->epoch(), lane->previous_process(), lane->segment_bytes(), lane->position());
    tail.know(lane->open_exchanges());
    tail.digest_into(lane->strict());
    const WallNs now = wall_clock();
    if (auto done = tail.close_exchanges(now); !done) return done;
    if (auto done = tail.append(Kind::end, {}, now, Sections()); !done) return done;
    if (auto done = tail.finish(); !done) return done;
    HeadRing ended = lane->head();
    ended.offset = tail.position().offset;
    ended.sequence = tail.position().sequence;
    ended.chain = tail.position().chain;
    ended.ended = true;
    ends.push_back(std::move(ended));
  }
  if (const int error = sync_folder(folder); error != 0) return Failure{failure("sync folder", options.dir, error)};
  for (const auto& lane : lanes) lane->ring().remove(rings);
  forget(process);
  sync_folder(rings);
  return heads != nullptr ? heads->finish(std::move(ends), wall_clock()) : Done{};
}

Writer::Writer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Writer::~Writer() { stop(); }

void Writer::forget(const ExchangeId& process) { state_->forget(process); }

void Writer::retune(MonotonicNs commit_interval, OnFull on_full) {
  const std::lock_guard hold(state_->mutex);
  state_->options.commit_interval = commit_interval;
  state_->options.on_full = on_full;
  state_->changed.notify_all();
}

bool Writer::stop() {
  State& s = *state_;
  if (!s.thread.joinable()) return s.stats.healthy && !s.given_up;
  {
    const std::lock_guard hold(s.mutex);
    s.stopping = true;
  }
  s.changed.notify_all();
  s.thread.join();
  s.spares.reset();
  s.small_spares.reset();
  const std::lock_guard hold(s.mutex);
  if (s.given_up) return false;
  if (auto done = s.end_epochs(); !done) {
    s.stats.healthy = false;
    s.stats.last_error = done.error();
    s.given_up = true;
    return false;
  }
  return true;
}

ByteSpan Writer::ring(uint32_t nth) { return state_->lanes.at(nth)->ring().memory().memory(); }
Sealer* Writer::sealer(uint32_t nth) { return state_->sealer(nth); }
ByteSpan Writer::decisions(uint32_t nth) {
  return state_->options.decisions ? ring(state_->options.rings + nth) : ByteSpan{};
}
Sealer* Writer::decision_sealer(uint32_t nth) {
  return state_->options.decisions ? state_->sealer(state_->options.rings + nth) : nullptr;
}
Urge& Writer::urge() { return state_->urge; }
const ExchangeId& Writer::process() const { return state_->process; }
Result<Done, std::string> Writer::sign(HeadRing ended) {
  return state_->heads != nullptr ? state_->heads->sign(std::move(ended), wall_clock()) : Done{};
}
Result<Done, std::string> Writer::attest(const HeadRing& ring) {
  State& s = *state_;
  if (s.heads == nullptr) return Done{};
  Said& said = *s.said;
  {
    const std::lock_guard hold(said.mutex);
    said.owed = ring;
  }
  if (auto done = sign(ring); !done) return done;
  const std::lock_guard hold(said.mutex);
  said.owed.reset();
  said.attested = ring;
  said.attested->digests.clear();   // one head has them
  return Done{};
}
Result<Done, std::string> Writer::attest_owed() {
  std::unique_lock hold(state_->said->mutex);
  const std::optional<HeadRing> owed = state_->said->owed;
  hold.unlock();
  return owed ? attest(*owed) : Done{};
}
std::shared_ptr<TombstoneChain> Writer::believed() { return state_->said->believed; }

std::optional<HeadKey> Writer::heads_key() const {
  if (state_->heads == nullptr) return std::nullopt;
  return key_part(state_->options.heads_key->public_key());
}

std::vector<std::string> Writer::take_heads(size_t most) {
  return state_->heads != nullptr ? state_->heads->take(most) : std::vector<std::string>{};
}
const std::vector<std::string>& Writer::notes() const { return state_->notes; }

void add(WriterStats& all, const WriterStats& one) {
  all.lag_bytes += one.lag_bytes;
  all.commits += one.commits;
  all.written_bytes += one.written_bytes;
  all.stalls += one.stalls;
  all.failures += one.failures;
  all.commit_worst = std::max(all.commit_worst, one.commit_worst);
  all.commit_last = std::max(all.commit_last, one.commit_last);
  all.urged += one.urged;
  all.occupied = std::max(all.occupied, one.occupied);
  all.silent = std::max(all.silent, one.silent);
  all.healthy = all.healthy && one.healthy;
  all.heads.on = all.heads.on || one.heads.on;
  all.heads.written += one.heads.written;
  all.heads.last = std::max(all.heads.last, one.heads.last);
  all.heads.failures += one.heads.failures;
  all.heads.waiting += one.heads.waiting;
  all.heads.dropped += one.heads.dropped;
  if (!one.heads.error.empty()) all.heads.error = one.heads.error;
  if (!one.last_error.empty()) all.last_error = one.last_error;
}

WriterStats Writer::stats() const {
  const std::lock_guard hold(state_->mutex);
  WriterStats stats = state_->stats;
  if (state_->heads != nullptr) stats.heads = state_->heads->stats();
  for (const auto& lane : state_->lanes) {
    const RingMemory memory = lane->ring().memory();
    const uint64_t committed = memory.committed();  // read first: the head can only be beyond it
    const uint64_t lag = std::min(memory.head() - committed, memory.capacity());   // a ring that was cut may say anything
    stats.lag_bytes += lag;
    stats.occupied = std::max(stats.occupied, lag * 1000 / memory.capacity());
  }
  if (stats.lag_bytes != 0)
    stats.silent = static_cast<MonotonicNs>(std::chrono::nanoseconds(Clock::now() - state_->good).count());
  return stats;
}

}  // namespace gatehouse::record
