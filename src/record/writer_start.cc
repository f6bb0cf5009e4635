// How a writer begins: folders, locks, what an earlier process left, rings, the first head, and its thread.
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/assert.h"
#include "record/writer_state.h"

namespace gatehouse::record {
namespace {

constexpr uint64_t kBytesMin = 64 * 1024;            // of a ring and of a segment
constexpr uint64_t kWorkerLocks = 1 << 20;           // that a worker's own ring takes, at most
constexpr uint64_t kKeySetsMax = 16;                 // made ahead, for each ring

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

}  // namespace

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
      const uint32_t taken = lane->epoch().worker % kDecisionWorkers;
      for (uint32_t nth = 0; nth < options.rings; ++nth)
        if ((options.workers.empty() ? nth : options.workers.at(nth)) == taken)
          return Failure{"the records of worker " + std::to_string(taken) + " are not closed yet"};
    }
  return Done{};
}

Result<Done, std::string> Writer::State::lock(const Beside& beside) {
  HeldFolders held;
  for (const auto& each : beside) {
    held.insert(held.end(), {&each->state_->folder, &each->state_->rings});
    if (same_folder(folder, each->state_->folder)) folder_lock = each->state_->folder_lock, said = each->state_->said;
    if (same_folder(rings, each->state_->rings)) rings_lock = each->state_->rings_lock;
  }
  if (said == nullptr) said = std::make_shared<Said>();
  if (folder_lock == nullptr) {
    auto taken = lock_writing(folder, options.dir, kRecordsLock, held);
    if (!taken) return Failure{taken.error()};
    folder_lock = std::make_shared<const WriteLock>(std::move(*taken));
  }
  held.push_back(&folder);
  if (rings_lock == nullptr) {
    auto taken = lock_writing(rings, options.ring_dir, kRingsLock, held);
    if (!taken) return Failure{taken.error()};
    rings_lock = std::make_shared<const WriteLock>(std::move(*taken));
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
    if (begun != Append::ok) {
      ring->remove(rings);
      return Failure{"ring " + ring->name() + " was removed or cut while it was in use"};
    }
    lanes.push_back(std::make_unique<Lane>(std::move(*ring), start.previous_process, nth));
    if (options.strict && heads != nullptr) lanes.back()->digest_from_now();
  }
  return Done{};
}

/// begin_heads names the process and signs where the epochs before ended: what recovery wrote has no other signature. Before there
/// is anything of this process: as long as there is not, a start that was killed is done anew, and digests what it found anew.
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

}  // namespace gatehouse::record
