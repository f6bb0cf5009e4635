// One round of one part of bench/records; its figures as one JSON line. Usage: records_rounds PART NAME=VALUE...
//   append bytes= sealed=0|1 count=       CPU time of an append into a ring in memory, beside memcpy of the same bytes there
//   worker dir= rate= seconds= sealed=    time of each append at a fixed rate beside a writer on a disk, and of a memcpy as often
//   writer dir= total= segment= ring= sealed=   bytes a second that a worker's appends reach the disk with
//   raw dir= total= segment= round= filled=     the same files in blocks of 1 MiB: `round` bytes in flight, then fdatasync
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "record/disk.h"
#include "record/log.h"
#include "record/ring_memory.h"
#include "record/segment.h"
#include "record/writer.h"

namespace gatehouse::record {
namespace {

constexpr uint64_t kPiece = 24 * 1024;
constexpr uint64_t kBlock = 1 << 20;   // as the writer's (lane.cc)

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "records_rounds: %s\n", what.c_str());
  std::exit(1);
}

/// Options are the NAME=VALUE words.
struct Options {
  std::map<std::string, std::string> all;
  const std::string& text(const char* name) const {
    const auto found = all.find(name);
    if (found == all.end()) fail(std::string(name) + "= is missing");
    return found->second;
  }
  uint64_t number(const char* name) const { return std::strtoull(text(name).c_str(), nullptr, 10); }
};

uint64_t clock_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<uint64_t>(now.tv_nsec);
}
uint64_t wall() { return clock_ns(CLOCK_MONOTONIC); }

double process_cpu_seconds() { return static_cast<double>(clock_ns(CLOCK_PROCESS_CPUTIME_ID)) / 1e9; }

/// written_to_disk is what this process had written by file systems so far; 0 where the kernel does not count it.
uint64_t written_to_disk() {
  std::ifstream io("/proc/self/io");
  std::string name;
  uint64_t value = 0;
  while (io >> name >> value)
    if (name == "write_bytes:") return value;
  return 0;
}

Sealing two_recipients() {
  return {{public_half(make_key(KeyUse::auditor, "a")), public_half(make_key(KeyUse::operations, "o"))}, Sealed::content};
}

/// Memory is as a ring's on a tmpfs: shared, and touched.
class Memory {
 public:
  explicit Memory(size_t bytes)
      : bytes_(bytes), at_(static_cast<char*>(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    if (at_ == MAP_FAILED) fail("no memory");
    std::memset(at_, 1, bytes);
  }
  ~Memory() { ::munmap(at_, bytes_); }
  Memory(const Memory&) = delete;
  ByteSpan span() const { return {at_, bytes_}; }

 private:
  size_t bytes_;
  char* at_;
};

/// Copier copies bytes into memory round and round, as an append does.
class Copier {
 public:
  explicit Copier(size_t bytes) : memory_(bytes) {}
  void copy(ByteView bytes) {
    if (at_ + bytes.size() > memory_.span().size()) at_ = 0;
    std::memcpy(memory_.span().data() + at_, bytes.data(), bytes.size());
    asm volatile("" ::: "memory");
    at_ += bytes.size();
  }

 private:
  Memory memory_;
  size_t at_ = 0;
};

/// Piece is what a client gets, as a record.
struct Piece {
  std::string body;
  Sections sections;
  explicit Piece(size_t bytes) : body(bytes, 'x') {
    for (size_t i = 0; i < bytes; ++i) body[i] = static_cast<char>(i * 131 + i / 257);
    sections.number(Tag::direction, 2);
    sections.number(Tag::offset, 0);
    sections.bytes(Tag::body, body);
  }
};

/// append_part empties the ring and makes keys off the clock, as the writer thread would.
void append_part(const Options& options) {
  const uint64_t bytes = options.number("bytes"), count = options.number("count");
  const bool sealed = options.number("sealed") != 0;
  constexpr size_t kRing = kPage + (16 << 20);
  const Memory ring(kRing);
  create_ring(ring.span(), 0, ExchangeId{});
  const auto sealer = sealed ? std::make_unique<Sealer>(Epoch{}, two_recipients()) : nullptr;
  const auto log = RingLog::open(ring.span(), sealer.get());
  const RingMemory memory(ring.span());
  const Piece piece(bytes);
  Copier copier(16 << 20);
  uint64_t append_ns = 0, copy_ns = 0, done = 0;
  const uint64_t batch = std::max<uint64_t>(1, (4 << 20) / (bytes + 1024));
  while (done < count) {
    memory.publish_committed(memory.head());
    if (sealed) sealer->prepare();
    uint64_t began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    uint64_t ok = 0;
    for (uint64_t i = 0; i < batch; ++i) ok += log->append(Kind::piece, {}, 0, 1, piece.sections) == Append::ok;
    append_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - began;
    if (ok + 1 < batch) fail("an append found no room");   // one may wait for keys
    done += ok;
    began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t i = 0; i < ok; ++i) copier.copy(piece.body);
    copy_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - began;
  }
  std::printf("{\"append_us\": %.4f, \"memcpy_us\": %.4f}\n", static_cast<double>(append_ns) / 1e3 / static_cast<double>(done),
              static_cast<double>(copy_ns) / 1e3 / static_cast<double>(done));
}

/// Folders are those of a writer on the disk under test, and of its rings; they go at the end.
struct Folders {
  std::string dir, rings = "/dev/shm/gatehouse-records-XXXXXX";
  explicit Folders(const std::string& under) : dir(under + "/gatehouse-records-XXXXXX") {
    if (::mkdtemp(dir.data()) == nullptr || ::mkdtemp(rings.data()) == nullptr) fail("cannot make a folder in " + under);
  }
  ~Folders() {
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
    std::filesystem::remove_all(rings, ignored);
  }
  Folders(const Folders&) = delete;
};

std::unique_ptr<Writer> start_writer(const Folders& folders, const Options& options) {
  WriterOptions wanted;
  wanted.dir = folders.dir;
  wanted.ring_dir = folders.rings;
  if (options.all.count("ring") != 0) wanted.ring_bytes = options.number("ring");
  if (options.all.count("segment") != 0) wanted.segment_bytes = options.number("segment");
  if (options.number("sealed") != 0) wanted.sealing = two_recipients();
  auto writer = Writer::start(wanted);
  if (!writer) fail(writer.error());
  return std::move(*writer);
}

/// append_or_wait is what a worker does that has nothing else to do; returns how often there was no room.
uint64_t append_or_wait(RingLog& log, const Piece& piece) {
  for (uint64_t waits = 0;; ++waits) {
    const Append result = log.append(Kind::piece, {}, 0, 1, piece.sections);
    if (result == Append::ok) return waits;
    if (result == Append::failed) fail("the log failed");
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

/// print_times prints quantiles in us; sorts.
void print_times(const char* name, std::vector<uint64_t>& ns) {
  std::sort(ns.begin(), ns.end());
  const auto at = [&](double part) {
    return static_cast<double>(ns[static_cast<size_t>(part * static_cast<double>(ns.size() - 1))]) / 1e3;
  };
  std::printf("\"%s\": {\"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, \"worst_us\": %.2f, \"count\": %zu}", name,
              at(0.5), at(0.99), at(0.999), at(1), ns.size());
}

void worker_part(const Options& options) {
  const Folders folders(options.text("dir"));
  auto writer = start_writer(folders, options);
  const auto log = RingLog::open(writer->ring(0), writer->sealer(0));
  const Piece piece(kPiece);
  Copier copier(16 << 20);
  const uint64_t every = kPiece * kNsPerSecond / options.number("rate");
  const uint64_t count = options.number("seconds") * kNsPerSecond / every;
  std::vector<uint64_t> appends, copies;
  appends.reserve(count);
  copies.reserve(count);
  uint64_t full = 0;
  const uint64_t began = wall();
  for (uint64_t i = 0; i < count; ++i) {
    // Whoever fell behind goes on at once, as a worker with a backlog does; else it waits for the next one's time, awake.
    while (wall() < began + i * every) std::this_thread::yield();
    const uint64_t before = wall();
    full += append_or_wait(*log, piece);
    const uint64_t between = wall();
    copier.copy(piece.body);
    copies.push_back(wall() - between);
    appends.push_back(between - before);
  }
  const double seconds = static_cast<double>(wall() - began) / 1e9;
  const bool all = writer->stop();
  const WriterStats stats = writer->stats();
  if (!all) fail(stats.last_error);
  std::printf("{");
  print_times("append", appends);
  std::printf(", ");
  print_times("memcpy", copies);
  std::printf(", \"no_room\": %lu, \"mb_per_second\": %.1f, \"commits\": %lu, \"commit_worst_ms\": %.2f}\n", full,
              static_cast<double>(count * kPiece) / 1e6 / seconds, stats.commits, static_cast<double>(stats.commit_worst) / 1e6);
}

void writer_part(const Options& options) {
  const Folders folders(options.text("dir"));
  auto writer = start_writer(folders, options);
  const auto log = RingLog::open(writer->ring(0), writer->sealer(0));
  const Piece piece(kPiece);
  const uint64_t total = options.number("total");
  std::this_thread::sleep_for(std::chrono::milliseconds(500));   // the spare segment is made: as in a gateway that runs
  const uint64_t disk_before = written_to_disk();
  const double cpu_before = process_cpu_seconds();
  const uint64_t began = wall();
  while (log->head() < total) static_cast<void>(append_or_wait(*log, piece));
  const uint64_t head = log->head();
  while (log->committed() < head) std::this_thread::sleep_for(std::chrono::microseconds(100));
  const double seconds = static_cast<double>(wall() - began) / 1e9;
  const double cpu = process_cpu_seconds() - cpu_before;
  const double disk = static_cast<double>(written_to_disk() - disk_before);
  const WriterStats stats = writer->stats();
  if (!writer->stop()) fail(writer->stats().last_error);
  const auto bytes = static_cast<double>(head);
  std::printf("{\"bytes_per_second\": %.0f, \"bytes\": %lu, \"commits\": %lu, \"bytes_per_commit\": %.0f, "
              "\"disk_over_records\": %.3f, \"cpu_ns_per_kib\": %.1f}\n",
              bytes / seconds, head, stats.commits, bytes / static_cast<double>(stats.commits), disk / bytes,
              cpu * 1e9 / (bytes / 1024));
}

/// raw_file is one file of the raw disk's: made, written in rounds, each durable before the next begins.
void raw_file(Disk& disk, const std::string& path, uint64_t bytes, uint64_t round, bool filled, ByteSpan memory, uint64_t* busy) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_DIRECT | O_CLOEXEC, 0600);
  if (fd < 0) fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 || ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)) != 0) fail("cannot make " + path);
  const auto write_all = [&] {
    for (uint64_t at = 0; at < bytes;) {
      const uint64_t until = std::min(bytes, at + round);
      for (; at < until; at += kBlock) {
        const uint64_t size = std::min(kBlock, until - at);
        disk.write(fd, ByteView(memory.data() + at % memory.size(), size), at, 0, 0);
      }
      if (!disk.run().empty()) fail("cannot write " + path);
      disk.sync(fd, 0);
      if (!disk.run().empty()) fail("cannot sync " + path);
    }
  };
  if (filled) write_all();   // off the clock: what it costs to write blocks that were written before
  const uint64_t began = wall();
  write_all();
  *busy += wall() - began;
  ::close(fd);
}

void raw_part(const Options& options) {
  const Folders folders(options.text("dir"));
  const uint64_t total = options.number("total"), segment = options.number("segment");
  const uint64_t round = std::max(kBlock, options.number("round") / kBlock * kBlock);
  auto disk = Disk::open();
  if (!disk) fail(disk.error());
  const Memory memory(16 << 20);
  const ByteSpan parts[] = {memory.span()};
  static_cast<void>((*disk)->register_memory(parts, 0));
  uint64_t busy = 0, written = 0;
  for (uint64_t i = 0; written < total; ++i, written += segment)
    raw_file(**disk, folders.dir + "/" + std::to_string(i), segment, round, options.number("filled") != 0, memory.span(), &busy);
  const double seconds = static_cast<double>(busy) / 1e9;
  std::printf("{\"bytes_per_second\": %.0f, \"bytes\": %lu}\n", static_cast<double>(written) / seconds, written);
}

}  // namespace
}  // namespace gatehouse::record

int main(int count, char** words) {
  using namespace gatehouse::record;
  Options options;
  for (int i = 2; i < count; ++i) {
    const std::string word = words[i];
    const size_t at = word.find('=');
    if (at == std::string::npos) fail("no NAME=VALUE: " + word);
    options.all[word.substr(0, at)] = word.substr(at + 1);
  }
  const std::string part = count > 1 ? words[1] : "";
  if (part == "append") append_part(options);
  else if (part == "worker") worker_part(options);
  else if (part == "writer") writer_part(options);
  else if (part == "raw") raw_part(options);
  else fail("usage: records_rounds append|worker|writer|raw NAME=VALUE...; bench/records calls it");
}
