#include "record/writer.h"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "crypto/digest.h"
#include "record/erased.h"
#include "record/lane.h"
#include "record/whereabouts.h"

namespace gatehouse::record {
namespace {

using Clock = std::chrono::steady_clock;
constexpr uint64_t kBytesMin = 64 * 1024;            // of a ring and of a segment
constexpr uint64_t kWorkerLocks = 1 << 20;           // that a worker's own ring takes, at most
constexpr uint64_t kKeySetsMax = 16;                 // made ahead, for each ring
constexpr uint32_t kStopAttempts = 8;                // rounds that may fail after stop() before it gives up
constexpr auto kAfterFailure = std::chrono::milliseconds(250);
constexpr auto kLook = std::chrono::milliseconds(5);  // how often a long interval is cut short by a full ring
constexpr auto kWhileMaking = std::chrono::milliseconds(1);  // a segment is being made

WallNs wall_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<WallNs>(now.tv_sec) * kNsPerSecond + static_cast<WallNs>(now.tv_nsec);
}

/// new_process makes an id that sorts behind `latest`, also when the clock went back.
ExchangeId new_process(const ExchangeId& latest, WallNs now) {
  uint64_t latest_ms = 0;
  for (size_t i = 0; i < 6; ++i) latest_ms = latest_ms << 8 | latest.bytes[i];
  ExchangeIdSource source(crypto::random_u64());
  return source.next(std::max(now, (latest_ms + 1) * kNsPerMs));
}

/// key_sets is how many are kept ready: for all segments that a ring can run ahead of a disk that stalls, and one more.
uint32_t key_sets(const WriterOptions& options) {
  return static_cast<uint32_t>(std::min<uint64_t>(options.ring_bytes / segment_data(options.segment_bytes) + 2, kKeySetsMax));
}

bool on_tmpfs(const Descriptor& folder) {
  struct statfs info {};
  return ::fstatfs(folder.get(), &info) == 0 && (info.f_type == TMPFS_MAGIC || info.f_type == HUGETLBFS_MAGIC);
}

/// Said is what heads say, or may come to say, of a folder's tombstones: one word of all writers of this process that write there.
struct Said {
  std::mutex mutex;                    // guards what follows
  std::optional<HeadRing> attested;    // the last tombstone that a head says
  std::optional<HeadRing> owed;        // one whose head failed: it is tried again, and may come at any time
  std::shared_ptr<TombstoneChain> believed = std::make_shared<TombstoneChain>();   // under the retention lock alone
};

}  // namespace

struct Writer::State {
  WriterOptions options;
  Descriptor folder, rings;
  std::shared_ptr<const Descriptor> folder_lock, rings_lock;   // shared with those beside
  ExchangeId process;
  std::vector<std::unique_ptr<Lane>> lanes;
  std::vector<std::unique_ptr<Sealer>> sealers;   // of each lane; none when records are not sealed
  std::unique_ptr<SpareMaker> spares, small_spares;   // the latter for decisions
  std::vector<std::string> notes;
  std::unique_ptr<HeadWriter> heads;   // with a key
  std::shared_ptr<Said> said;          // shared with those beside that write to the same folder
  uint64_t spare = 0;               // of locked memory: for the workers' io_uring, and what those beside have

  mutable std::mutex mutex;         // guards what follows, up to the thread
  std::condition_variable changed;
  Urge urge{changed};
  Clock::time_point good = Clock::now();   // the last round that went well, or had nothing to do
  WriterStats stats;
  bool stopping = false;
  bool ready = false;               // every lane has made its first record durable
  bool given_up = false;            // stop() found the disk refusing
  std::thread thread;

  enum class Round : uint8_t { idle, more, waiting, failed };

  Result<Done, std::string> prepare(const Beside& beside);
  Result<Done, std::string> lock(const Beside& beside);
  Result<Done, std::string> numbers_free(const Beside& beside) const;
  Whereabouts whereabouts() const;
  Result<Done, std::string> note(const Whereabouts& where) const;
  void forget(const ExchangeId& noted) const;
  Result<Done, std::string> make_rings(const Recovered& recovered);
  Result<Done, std::string> begin_heads(Recovered& recovered);
  void offer_heads();
  Result<Done, std::string> await_first_commit();
  void say_guarantees();
  void say_io(const std::string& unregistered);
  void work();
  Sealer* sealer(uint32_t nth) const { return nth < sealers.size() ? sealers[nth].get() : nullptr; }
  Round round(Disk& disk);
  Round round_of(Disk& disk, size_t first, size_t last);
  bool pressed() const;
  void prepare_keys();
  void fail(Lane& lane, const std::string& error, bool for_good);
  Result<Done, std::string> end_epochs();
};

Result<Done, std::string> Writer::State::prepare(const Beside& beside) {
  options.ring_bytes = round_up(std::max(options.ring_bytes, kBytesMin), kPage);
  options.segment_bytes = round_up(std::max(options.segment_bytes, kBytesMin), kPage);
  if (options.ring_dir.empty()) options.ring_dir = options.dir + "/rings";
  auto made = make_folder(options.dir);
  if (!made) return Failure{made.error()};
  folder = std::move(*made);
  auto made_rings = make_folder(options.ring_dir);
  if (!made_rings) return Failure{made_rings.error()};
  rings = std::move(*made_rings);
  if (auto done = lock(beside); !done) return done;
  if (auto done = numbers_free(beside); !done) return done;

  Scope scope;
  scope.ring_bytes = std::max(scope.ring_bytes, options.ring_bytes);   // the earlier process may have had others
  scope.digests = options.heads_key != nullptr;
  spare = options.rings * kWorkerLocks;
  for (const auto& each : beside) {
    scope.not_these.insert(each->process());
    for (const auto& lane : each->state_->lanes) spare += lane->ring().memory().memory().size() + kWorkerLocks;
  }
  if (auto done = recover_noted(folder, rings, wall_clock(), &scope, &notes); !done) return done;
  auto recovered = recover(folder, rings, wall_clock(), scope);
  if (!recovered) return Failure{recovered.error()};
  notes.insert(notes.end(), recovered->notes.begin(), recovered->notes.end());
  for (const ExchangeId& each : scope.beside) forget(each);
  for (const auto& each : beside) recovered->latest = std::max(recovered->latest, each->process());
  if (auto done = begin_heads(*recovered); !done) return done;
  if (auto done = make_rings(*recovered); !done) return done;
  for (const auto& each : beside)
    if (auto done = note(each->state_->whereabouts()); !done) return done;
  return note(whereabouts());
}

Result<Done, std::string> Writer::State::note(const Whereabouts& where) const {
  if (auto done = note_whereabouts(folder, where); !done) return done;
  return note_whereabouts(rings, where);
}

void Writer::State::forget(const ExchangeId& noted) const {
  forget_whereabouts(folder, noted);
  forget_whereabouts(rings, noted);
}

/// numbers_free: a worker's epoch goes on where the one before it ended, which has to have ended.
Result<Done, std::string> Writer::State::numbers_free(const Beside& beside) const {
  for (const auto& each : beside)
    for (const auto& lane : each->state_->lanes) {
      const uint32_t taken = lane->ring().memory().epoch().worker % kDecisionWorkers;
      for (uint32_t nth = 0; nth < options.rings; ++nth)
        if ((options.workers.empty() ? nth : options.workers.at(nth)) == taken)
          return Failure{"the records of worker " + std::to_string(taken) + " are not closed yet"};
    }
  return Done{};
}

Result<Done, std::string> Writer::State::lock(const Beside& beside) {
  for (const auto& each : beside) {
    if (same_folder(folder, each->state_->folder)) folder_lock = each->state_->folder_lock, said = each->state_->said;
    if (same_folder(rings, each->state_->rings)) rings_lock = each->state_->rings_lock;
  }
  if (said == nullptr) said = std::make_shared<Said>();
  if (folder_lock == nullptr) {
    auto taken = lock_folder(folder, options.dir);
    if (!taken) return Failure{taken.error()};
    folder_lock = std::make_shared<const Descriptor>(std::move(*taken));
  }
  if (rings_lock == nullptr) {
    auto taken = lock_folder(rings, options.ring_dir, "rings.lock");
    if (!taken) return Failure{taken.error()};
    rings_lock = std::make_shared<const Descriptor>(std::move(*taken));
  }
  return Done{};
}

Whereabouts Writer::State::whereabouts() const {
  const auto absolute = [](const std::string& path) { return std::filesystem::absolute(path).lexically_normal().string(); };
  return {process, absolute(options.dir), absolute(options.ring_dir)};
}

Result<Done, std::string> Writer::State::make_rings(const Recovered& recovered) {
  const WallNs now = wall_clock();
  for (uint32_t nth = 0; nth < options.rings * (options.decisions ? 2 : 1); ++nth) {
    const bool small = nth >= options.rings;   // all of them behind all others
    const uint32_t one = nth % options.rings;
    const uint32_t worker = (options.workers.empty() ? one : options.workers.at(one)) + (small ? kDecisionWorkers : 0);
    RingStart start;
    start.worker = worker;
    start.process = process;
    if (const auto last = recovered.last.find(worker); last != recovered.last.end()) {
      start.previous_process = last->second.process;
      start.previous_chain = last->second.chain;
    }
    start.segment_bytes = small ? kDecisionSegmentBytes : options.segment_bytes;
    start.boot_id = boot_id();
    start.pid = static_cast<uint32_t>(::getpid());
    start.pid_start = process_start(::getpid());
    start.created = now;
    auto ring = RingFile::create(rings, start, small ? kDecisionRingBytes : options.ring_bytes);
    if (!ring) return Failure{ring.error()};
    Sections sections;
    sections.bytes(Tag::process, view_of(std::span<const uint8_t>(process.bytes)));
    if (!start.previous_process.is_nil())
      sections.bytes(Tag::previous_process, view_of(std::span<const uint8_t>(start.previous_process.bytes)));
    sections.bytes(Tag::version, options.version);
    if (options.sealing.on())
      sealers.push_back(std::make_unique<Sealer>(ring->memory().epoch(), options.sealing, key_sets(options)));
    const Append begun = RingLog::open(ring->memory().memory(), sealer(nth))->append(Kind::start, {}, 0, now, sections);
    GH_ASSERT(begun == Append::ok);
    lanes.push_back(std::make_unique<Lane>(std::move(*ring), start.previous_process, nth));
    if (options.strict && heads != nullptr) lanes.back()->digest_from_now();
  }
  return Done{};
}

/// begin_heads names the process and signs where the epochs before ended: what recovery wrote has no other signature. Before there is
/// anything of this process: as long as there is not, a start that was killed is done anew, and digests what it found anew.
Result<Done, std::string> Writer::State::begin_heads(Recovered& recovered) {
  const ReadWatch watch;
  process = new_process(std::max(recovered.latest, latest_heads(folder)), wall_clock());
  if (auto done = watch.well(options.dir); !done) return done;
  if (options.heads_key == nullptr) return Done{};
  HeadOptions wanted{options.dir, process, options.heads_key, options.head_interval, options.strict, options.witnessed};
  std::vector<HeadRing> ended;
  for (auto& [worker, last] : recovered.last)   // what is no worker's was signed when it was made, or is not to be believed
    if (worker != kTombstones && last.segment_bytes != 0)   // 0: erased whole, as a tombstone says that a head says
      ended.push_back({{last.process, worker}, last.segment_bytes, last.offset, last.sequence, last.chain, true,
                       std::move(last.digests)});
  auto begun = HeadWriter::start(wanted, std::move(ended), wall_clock());
  if (!begun) return Failure{begun.error()};
  heads = std::move(*begun);
  return Done{};
}

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

void Writer::State::say_guarantees() {
  const auto interval = options.commit_interval / kNsPerUs;
  notes.push_back("records: a process crash loses nothing; a power loss at most the last " +
                  std::to_string(interval) + " us and what a commit takes");
  if (!on_tmpfs(rings))
    notes.push_back("records: rings in " + options.ring_dir +
                    " lie on a disk: appends may wait for it; set records.ring_dir to a folder on a tmpfs");
}

void Writer::State::say_io(const std::string& unregistered) {
  if (unregistered.empty()) notes.push_back("records: registered buffers are in use");
  else notes.push_back("records: writes are not registered: " + unregistered);
}

Result<Done, std::string> Writer::State::await_first_commit() {
  std::unique_lock hold(mutex);
  changed.wait(hold, [this] { return ready || !stats.last_error.empty(); });
  if (!ready) return Failure{stats.last_error};
  const bool direct = lanes.front()->segment().direct;
  notes.push_back(direct ? "records: direct I/O is in use"
                         : "records: the file system of " + options.dir + " refuses direct I/O: writes are buffered");
  return Done{};
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
  Round outcome = Round::idle;
  if (lanes.size() > options.rings) outcome = round_of(disk, options.rings, lanes.size());
  outcome = std::max(outcome, round_of(disk, 0, options.rings));
  const std::lock_guard hold(mutex);
  stats.urged += urged;
  stats.healthy = outcome != Round::failed;
  if (outcome != Round::failed) good = Clock::now();
  return outcome;
}

Writer::State::Round Writer::State::round_of(Disk& disk, size_t first, size_t last) {
  const auto began = Clock::now();
  std::vector<Lane*> active(lanes.size(), nullptr);
  uint64_t bytes = 0, stalls = 0;
  bool any = false, failed = false, waiting = false;
  for (size_t i = first; i < last; ++i) {
    Lane& lane = *lanes[i];
    std::string error;
    stalls += lane.nearly_full();
    if (lane.behind() && !lane.in_place(folder, rings, &error)) {
      fail(lane, error, true);
      failed = true;
    } else if (lane.begin(folder, i < options.rings ? *spares : *small_spares, disk, &error)) {
      active[i] = &lane;
      any = true;
      bytes += lane.planned_bytes();
    } else if (!error.empty()) {
      fail(lane, error, false);
      failed = true;
    } else {
      waiting = waiting || lane.behind();
    }
  }
  const auto drop = [&](const std::vector<Disk::Failed>& list, const char* what) {
    for (const auto& [owner, error] : list) {
      failed = true;
      if (active[owner] != nullptr) fail(*active[owner], failure(what, active[owner]->segment().name, error), false);
      active[owner] = nullptr;
    }
  };
  if (any) drop(disk.run(), "write segment");
  for (size_t i = 0; i < active.size(); ++i)
    if (active[i] != nullptr) disk.sync(active[i]->segment().file.get(), static_cast<uint32_t>(i));
  if (any) drop(disk.run(), "sync segment");
  for (Lane* lane : active) {
    if (lane == nullptr) continue;
    std::string error;
    if (!lane->in_place(folder, rings, &error)) {
      fail(*lane, error, true);
      failed = true;
      continue;
    }
    lane->settle();
    lane->ring().memory().set_state(kRingOpen);
  }
  const std::lock_guard hold(mutex);
  stats.stalls += stalls;
  if (failed) return Round::failed;
  if (!any) return waiting ? Round::waiting : Round::idle;
  ++stats.commits;
  stats.written_bytes += bytes;
  const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
  stats.commit_last = static_cast<MonotonicNs>(took);
  stats.commit_worst = std::max(stats.commit_worst, static_cast<MonotonicNs>(took));
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
    const bool behind = std::any_of(lanes.begin(), lanes.end(), [](const auto& lane) { return lane->behind(); });
    std::unique_lock hold(mutex);
    const bool all_begun = std::all_of(lanes.begin(), lanes.end(), [](const auto& lane) { return lane->segment().file.valid(); });
    if (!ready && all_begun && outcome != Round::failed) ready = true;
    changed.notify_all();
    if (stopping) {
      if (!behind) return;
      given_up = outcome == Round::failed && ++failures_after_stop >= kStopAttempts;
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
    EpochTail tail(folder, lane->ring().memory().epoch(), lane->previous_process(),
                   lane->ring().memory().header().segment_bytes,
                   lane->position());
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

Result<std::unique_ptr<Writer>, std::string> Writer::start(const WriterOptions& options, const Beside& beside) {
  auto state = std::make_unique<State>();
  state->options = options;
  const auto unnote = [&beside](const State& made) {
    for (const auto& each : beside) {   // it may share a folder, and is noted there itself
      if (!same_folder(made.folder, each->state_->folder)) forget_whereabouts(made.folder, each->process());
      if (!same_folder(made.rings, each->state_->rings)) forget_whereabouts(made.rings, each->process());
    }
    made.forget(made.process);
  };
  if (auto done = state->prepare(beside); !done) {
    for (const auto& lane : state->lanes) lane->ring().remove(state->rings);
    if (state->rings_lock != nullptr && state->folder_lock != nullptr) unnote(*state);
    return Failure{done.error()};
  }
  State& s = *state;
  s.spares = std::make_unique<SpareMaker>(s.folder, s.process, "records", s.options.segment_bytes, true, s.options.rings);
  if (s.options.decisions)
    s.small_spares = std::make_unique<SpareMaker>(s.folder, s.process, "decisions", kDecisionSegmentBytes, true, s.options.rings);
  s.say_guarantees();
  s.thread = std::thread([&s] { s.work(); });
  std::unique_ptr<Writer> writer(new Writer(std::move(state)));
  if (auto done = s.await_first_commit(); !done) {
    {
      const std::lock_guard hold(s.mutex);
      s.stopping = true;
    }
    s.changed.notify_all();
    s.thread.join();
    for (const auto& lane : s.lanes) lane->ring().remove(s.rings);  // nothing but start records
    unnote(s);
    return Failure{done.error()};
  }
  return writer;
}

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
    const uint64_t lag = memory.head() - committed;
    stats.lag_bytes += lag;
    stats.occupied = std::max(stats.occupied, lag * 1000 / memory.capacity());
  }
  if (stats.lag_bytes != 0)
    stats.silent = static_cast<MonotonicNs>(std::chrono::nanoseconds(Clock::now() - state_->good).count());
  return stats;
}

}  // namespace gatehouse::record
