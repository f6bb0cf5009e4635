#include "record/heads.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "record/spare.h"

namespace gatehouse::record {
namespace {

constexpr auto kAfterFailure = std::chrono::milliseconds(250);
constexpr size_t kDigestsMax = 400 * 1024;        // of one head: 25 GiB of records without one; far below kHeadBytesMax
constexpr size_t kWaitingMax = 4096;              // heads for the witness
constexpr size_t kWaitingBytesMax = 64 << 20;
constexpr int kFinishAttempts = 4;
constexpr uint64_t kReadAhead = 256 * 1024;

/// merge takes newer positions in; digests follow those that are there.
void merge(std::vector<HeadRing>* all, std::vector<HeadRing> newer) {
  size_t digests = 0;
  for (const HeadRing& one : *all) digests += one.digests.size();
  for (HeadRing& one : newer) {
    if (digests + one.digests.size() > kDigestsMax) one.digests.clear();   // a hole, which verify finds
    digests += one.digests.size();
    const auto same = std::find_if(all->begin(), all->end(), [&](const HeadRing& each) { return each.epoch == one.epoch; });
    if (same == all->end()) {
      all->push_back(std::move(one));
      continue;
    }
    std::vector<HeadDigest> before = std::move(same->digests);
    const uint64_t end = before.empty() ? 0 : before.back().offset + before.back().bytes;   // what is said twice stands there once
    const auto fresh =
        std::find_if(one.digests.begin(), one.digests.end(), [end](const HeadDigest& each) { return each.offset >= end; });
    before.insert(before.end(), fresh, one.digests.end());
    *same = std::move(one);
    same->digests = std::move(before);
  }
}

bool same_places(const std::vector<HeadRing>& a, const std::vector<HeadRing>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const HeadRing& one, const HeadRing& other) {
    return one.epoch == other.epoch && one.sequence == other.sequence && one.ended == other.ended;
  });
}

Result<Descriptor, std::string> open_heads(const Descriptor& records) {
  return open_folder("/proc/self/fd/" + std::to_string(records.get()) + "/" + kHeadsFolder);
}

/// last_signed finds the last head of a file that is its process's own and bears its key's signature: of `key`, if given. The
/// last whole one is looked at first; where it is forged each has to speak for itself.
HeadName last_signed(const Descriptor& folder, const std::string& name, const std::optional<HeadKey>& key) {
  const auto own = [&](const Head& head) { return (!key || head.key == *key) && heads_name(head.name.process) == name; };
  Head last;
  std::string bytes;
  read_head_file(folder, name, [&](const Head& head, ByteView seen, uint64_t) {
    if (own(head)) last = head, bytes = seen;
  });
  if (bytes.empty() || head_signed(bytes, last.key)) return last.name;
  last = Head();
  read_head_file(folder, name, [&](const Head& head, ByteView seen, uint64_t) {
    if (own(head) && head_signed(seen, head.key)) last = head;
  });
  return last.name;
}

/// newest finds the last head that `key` signed in the processes before `process`; where it signed none, for it is new, the last
/// that any key signed.
HeadName newest(const Descriptor& folder, const ExchangeId& process, const HeadKey& key) {
  std::vector<std::string> names = list_folder(folder, kHeadsSuffix);
  std::reverse(names.begin(), names.end());   // by process, which is by time
  for (const std::optional<HeadKey>& wanted : {std::optional(key), std::optional<HeadKey>()})
    for (const std::string& name : names)
      if (const HeadName last = last_signed(folder, name, wanted); !last.process.is_nil() && last.process < process) return last;
  return {};
}

}  // namespace

struct HeadWriter::State {
  HeadOptions options;
  Descriptor folder, file;
  uint64_t at = 0;                    // end of the file's whole heads; the thread's, and before it runs the caller's
  HeadName last;

  std::vector<HeadRing> offered;      // the offering thread's: of the last offer
  std::atomic<MonotonicNs> next{0};   // when the next offer is due
  MonotonicNs next_idle = 0;

  mutable std::mutex mutex;           // guards what follows, up to the thread
  std::condition_variable changed;
  std::vector<HeadRing> pending;
  WallNs pending_wall = 0;
  bool has_pending = false, ending = false;
  uint64_t asked = 0, tried = 0;      // by sign(): how many, and up to which one a head was tried
  HeadStats stats;
  std::deque<std::string> waiting;
  size_t waiting_bytes = 0;
  std::thread thread;

  Result<Done, std::string> open(std::vector<HeadRing> recovered, WallNs wall);
  Result<Done, std::string> write(const std::vector<HeadRing>& rings, WallNs wall, bool final);
  void written(std::string bytes, WallNs wall);
  void work();
};

Result<Done, std::string> HeadWriter::State::open(std::vector<HeadRing> recovered, WallNs wall) {
  const std::string path = options.dir + "/" + kHeadsFolder;
  auto made = make_folder(path);
  if (!made) return Failure{made.error()};
  folder = std::move(*made);
  const ReadWatch watch;
  last = newest(folder, options.process, key_part(options.key->public_key()));
  if (auto done = watch.well(path); !done) return done;
  const std::string name = heads_name(options.process);
  file = Descriptor(::openat(folder.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return Failure{failure("make heads", name, errno)};
  std::vector<HeadRing> bounded;
  merge(&bounded, std::move(recovered));
  if (auto done = write(bounded, wall, false); !done) return done;
  if (const int error = sync_folder(folder); error != 0) return Failure{failure("sync folder", path, error)};
  return Done{};
}

/// write signs and appends one head. After a failure the same place is written again.
Result<Done, std::string> HeadWriter::State::write(const std::vector<HeadRing>& rings, WallNs wall, bool final) {
  Head head;
  const bool first = last.process != options.process;
  head.name = {options.process, first ? 0 : last.number + 1, {}};
  head.before = last;
  head.wall = wall;
  head.interval = options.interval;
  head.final = final;
  head.strict = options.strict;
  head.rings = rings;
  std::string bytes = sign_head(head, *options.key);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || !leads_to(folder, heads_name(options.process), info) ||
      static_cast<uint64_t>(info.st_size) < at)
    return Failure{"heads " + heads_name(options.process) + " were removed or cut while they were written"};
  int error = write_at(file, at, bytes);
  if (error == 0 && ::fdatasync(file.get()) != 0) error = errno;
  if (error != 0) return Failure{failure("write heads", heads_name(options.process), error)};
  at += bytes.size();
  last = head.name;
  written(std::move(bytes), wall);
  return Done{};
}

void HeadWriter::State::written(std::string bytes, WallNs wall) {
  const std::lock_guard hold(mutex);
  ++stats.written;
  stats.last = wall;
  stats.error.clear();
  if (!options.witnessed) return;
  waiting_bytes += bytes.size();
  waiting.push_back(std::move(bytes));
  while (waiting.size() > kWaitingMax || (waiting_bytes > kWaitingBytesMax && waiting.size() > 1)) {
    waiting_bytes -= waiting.front().size();
    waiting.pop_front();
    ++stats.dropped;
  }
}

void HeadWriter::State::work() {
  block_file_size_signal();
  std::vector<HeadRing> rings;
  std::unique_lock hold(mutex);
  for (bool again = false;;) {
    changed.wait(hold, [&] { return ending || has_pending || again; });
    if (ending) return merge(&rings, std::move(pending)), pending.swap(rings);
    if (has_pending) merge(&rings, std::exchange(pending, {}));
    has_pending = false;
    const WallNs wall = pending_wall;
    const uint64_t with = asked;
    hold.unlock();
    const auto done = write(rings, wall, false);
    hold.lock();
    again = !done;
    tried = with;
    stats.error = done ? "" : done.error();
    changed.notify_all();
    if (done) {
      rings.clear();
      continue;
    }
    ++stats.failures;
    changed.wait_for(hold, kAfterFailure, [this] { return ending; });
  }
}

HeadWriter::HeadWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

HeadWriter::~HeadWriter() {
  State& s = *state_;
  if (!s.thread.joinable()) return;
  {
    const std::lock_guard hold(s.mutex);
    s.ending = true;
  }
  s.changed.notify_all();
  s.thread.join();
}

Result<std::unique_ptr<HeadWriter>, std::string> HeadWriter::start(const HeadOptions& options, std::vector<HeadRing> recovered,
                                                                   WallNs wall) {
  auto state = std::make_unique<State>();
  state->options = options;
  state->stats.on = true;
  if (auto done = state->open(std::move(recovered), wall); !done) return Failure{done.error()};
  State& s = *state;
  s.thread = std::thread([&s] { s.work(); });
  return std::unique_ptr<HeadWriter>(new HeadWriter(std::move(state)));
}

bool HeadWriter::due(MonotonicNs now, size_t digests) const {
  return now >= state_->next.load(std::memory_order_relaxed) || digests >= kHeadDigestsMany;
}

void HeadWriter::offer(std::vector<HeadRing> rings, WallNs wall, MonotonicNs now) {
  State& s = *state_;
  s.next.store(now + s.options.interval, std::memory_order_relaxed);
  if (same_places(s.offered, rings) && now < s.next_idle) return;
  s.next_idle = now + kHeadAtLeast;
  s.offered = rings;
  for (HeadRing& each : s.offered) each.digests.clear();
  {
    const std::lock_guard hold(s.mutex);
    merge(&s.pending, std::move(rings));
    s.pending_wall = wall;
    s.has_pending = true;
  }
  s.changed.notify_all();
}

Result<Done, std::string> HeadWriter::sign(HeadRing ended, WallNs wall) {
  State& s = *state_;
  std::unique_lock hold(s.mutex);
  if (s.ending) return Failure<std::string>{"heads have ended"};
  std::vector<HeadRing> one;
  one.push_back(std::move(ended));
  merge(&s.pending, std::move(one));
  s.pending_wall = wall;
  s.has_pending = true;
  const uint64_t mine = ++s.asked;
  s.changed.notify_all();
  s.changed.wait(hold, [&] { return s.ending || s.tried >= mine; });
  if (s.tried < mine) return Failure<std::string>{"heads have ended"};
  if (!s.stats.error.empty()) return Failure{s.stats.error};
  return Done{};
}

Result<Done, std::string> HeadWriter::finish(std::vector<HeadRing> rings, WallNs wall) {
  State& s = *state_;
  {
    const std::lock_guard hold(s.mutex);
    s.ending = true;
  }
  s.changed.notify_all();
  s.thread.join();
  merge(&s.pending, std::move(rings));
  for (int attempt = 1;; ++attempt) {
    auto done = s.write(s.pending, wall, true);
    if (done || attempt == kFinishAttempts) return done;
    const std::lock_guard hold(s.mutex);
    ++s.stats.failures;
    s.stats.error = done.error();
  }
}

std::vector<std::string> HeadWriter::take(size_t most) {
  State& s = *state_;
  const std::lock_guard hold(s.mutex);
  std::vector<std::string> taken;
  size_t bytes = 0;
  while (!s.waiting.empty() && (taken.empty() || bytes + s.waiting.front().size() <= most)) {
    bytes += s.waiting.front().size();
    s.waiting_bytes -= s.waiting.front().size();
    taken.push_back(std::move(s.waiting.front()));
    s.waiting.pop_front();
  }
  return taken;
}

HeadStats HeadWriter::stats() const {
  const std::lock_guard hold(state_->mutex);
  HeadStats stats = state_->stats;
  stats.waiting = state_->waiting.size();
  return stats;
}

/// HeadReading walks a file through a window that holds the current head whole.
class HeadReading {
 public:
  HeadReading(const Descriptor& file, const std::function<void(const Head&, ByteView, uint64_t)>& see) : file_(file), see_(see) {}

  HeadsRead run() {
    struct stat info {};
    if (::fstat(file_.get(), &info) != 0) return note_refusal(errno), read_;
    read_.opened = true;
    read_.bytes = static_cast<uint64_t>(info.st_size);
    while (at_ < read_.bytes) {
      Head head;
      size_t used = 0;
      ByteView seen = rest();
      HeadParse parsed = parse_head(seen, &head, &used);
      for (ByteView more; parsed == HeadParse::cut; seen = more, parsed = parse_head(seen, &head, &used))
        if (more = fill(wanted(seen)); more.size() <= seen.size()) break;
      if (parsed == HeadParse::whole) {
        see_(head, seen.substr(0, used), at_);
        at_ += used;
      } else if (!skip(parsed == HeadParse::cut)) {
        break;
      }
    }
    return read_;
  }

 private:
  /// rest is what the window holds from at_ on; fill makes it `least` bytes, if the file has so many.
  ByteView rest() const {
    const bool inside = at_ >= window_at_ && at_ < window_at_ + size_;
    return inside ? ByteView(window_.data() + (at_ - window_at_), size_ - (at_ - window_at_)) : ByteView();
  }
  ByteView fill(uint64_t least) {
    least = std::min(least, read_.bytes - at_);
    if (rest().size() < least) {
      window_.resize(std::max<uint64_t>({window_.size(), least, kReadAhead}));
      window_at_ = at_;
      size_ = read_at(file_, at_, ByteSpan(window_));
    }
    return rest();
  }

  /// wanted is how many bytes are looked at next: as many again as fit so far, up to what the head says that it has.
  static uint64_t wanted(ByteView seen) {
    gatehouse_head first;
    if (seen.size() < sizeof first) return kReadAhead;
    std::memcpy(&first, seen.data(), sizeof first);
    return std::min<uint64_t>({first.total_bytes, kHeadBytesMax, std::max<uint64_t>(2 * seen.size(), kReadAhead)});
  }

  /// skip moves to the next bytes that may begin a head; false when there are none. A cut head at the end is no damage.
  bool skip(bool cut) {
    const uint64_t from = at_++;
    const uint64_t magic = GATEHOUSE_HEAD_MAGIC;
    const ByteView mark(reinterpret_cast<const char*>(&magic), sizeof magic);
    while (at_ < read_.bytes) {
      const ByteView seen = fill(mark.size());
      if (seen.size() < mark.size()) break;
      const size_t hit = seen.find(mark);
      at_ += hit != ByteView::npos ? hit : seen.size() - mark.size() + 1;
      if (hit == ByteView::npos) continue;
      note(from);
      return true;
    }
    at_ = read_.bytes;
    if (cut) read_.torn = read_.bytes - from;
    else note(from);
    return false;
  }

  void note(uint64_t from) {
    if (read_.damaged.size() < kHeadGapsMax) read_.damaged.push_back({from, at_ - from});
  }

  const Descriptor& file_;
  const std::function<void(const Head&, ByteView, uint64_t)>& see_;
  HeadsRead read_;
  std::vector<char> window_;
  uint64_t window_at_ = 0, size_ = 0;
  uint64_t at_ = 0;      // where the next head should begin
};

HeadsRead read_heads(const Descriptor& file, const std::function<void(const Head&, ByteView, uint64_t)>& see) {
  return HeadReading(file, see).run();
}

HeadsRead read_head_file(const Descriptor& folder, const std::string& name,
                         const std::function<void(const Head&, ByteView, uint64_t)>& see) {
  uint64_t bytes = 0;
  const Descriptor file = open_regular(folder, name, false, &bytes);
  return file.valid() ? read_heads(file, see) : HeadsRead{};
}

ExchangeId latest_heads(const Descriptor& records) {
  const auto folder = open_heads(records);
  if (!folder) return {};
  ExchangeId latest;
  for (const std::string& name : list_folder(*folder, kHeadsSuffix))   // sorted, by process
    if (const auto process = parse_exchange_id(ByteView(name).substr(0, kExchangeIdText))) latest = *process;
  return latest;
}

Digested digested_to(const Descriptor& records, const ExchangeId& first) {
  Digested digested;
  const auto folder = open_heads(records);
  if (!folder) return digested;
  for (const std::string& name : list_folder(*folder, kHeadsSuffix)) {
    if (name < heads_name(first)) continue;
    read_head_file(*folder, name, [&digested](const Head& head, ByteView, uint64_t) {
      if (head.strict) digested.strict.insert(head.name.process);
      for (const HeadRing& ring : head.rings) {
        uint64_t& said = digested.said[ring.epoch];
        said = std::max(said, ring.offset);
        if (ring.digests.empty()) continue;
        uint64_t& end = digested.ends[ring.epoch];
        end = std::max(end, ring.digests.back().offset + ring.digests.back().bytes);
      }
    });
  }
  return digested;
}

std::string heads_name(const ExchangeId& process) {
  return ring_name({process, 0}).substr(0, kExchangeIdText) + kHeadsSuffix;
}

}  // namespace gatehouse::record
