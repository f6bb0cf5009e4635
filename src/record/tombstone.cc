#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "crypto/digest.h"
#include "record/digests.h"
#include "record/erased.h"
#include "record/log.h"
#include "record/ring_memory.h"
#include "record/segment.h"

namespace gatehouse::record {
namespace {

constexpr char kUnborn[] = "tombstone.unborn";   // until it has its name
constexpr size_t kEntryBytes = 1024;             // of one entry, at most
constexpr uint64_t kRingMin = 64 * 1024;

ExchangeId process_after(const ExchangeId& latest, WallNs now) {
  uint64_t latest_ms = 0;
  for (size_t i = 0; i < 6; ++i) latest_ms = latest_ms << 8 | latest.bytes[i];
  ExchangeIdSource source(crypto::random_u64());
  return source.next(std::max(now, (latest_ms + 1) * kNsPerMs));
}

/// append_all writes start, the entries, end: as a worker would into its ring.
bool append_all(RingLog& log, const RingStart& start, const std::vector<ErasedSegment>& entries, WallNs now, ByteView version) {
  const auto bytes = [](const ExchangeId& id) { return view_of(std::span<const uint8_t>(id.bytes)); };
  Sections sections;
  sections.bytes(Tag::process, bytes(start.process));
  if (!start.previous_process.is_nil()) sections.bytes(Tag::previous_process, bytes(start.previous_process));
  sections.bytes(Tag::version, version);
  bool good = log.append(Kind::start, {}, 0, now, sections) == Append::ok;
  sections.clear();
  for (const ErasedSegment& each : entries) {
    put_erased(sections, each);
    if (sections.all().size() + kErasedSections <= Sections::kMax && &each != &entries.back()) continue;
    good = good && log.append(Kind::erased, {}, 0, now, sections) == Append::ok;
    sections.clear();
  }
  return good && log.append(Kind::end, {}, 0, now, sections) == Append::ok;
}

/// put_file writes a file whole and gives it its name: nobody sees it before.
Result<Done, std::string> put_file(const Descriptor& folder, ByteView content, const std::string& name) {
  Descriptor file(::openat(folder.get(), kUnborn, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  int error = file.valid() ? write_at(file, 0, content) : errno;
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && ::renameat2(folder.get(), kUnborn, folder.get(), name.c_str(), RENAME_NOREPLACE) != 0) error = errno;
  if (error == 0) error = sync_folder(folder);
  if (error == 0) return Done{};
  ::unlinkat(folder.get(), kUnborn, 0);
  return Failure{failure("write tombstone", name, error)};
}

}  // namespace

TombstoneChain last_tombstone(const Descriptor& folder) {
  TombstoneChain last;
  std::string file;
  for (const std::string& name : list_folder(folder, kSegmentSuffix)) {
    Epoch epoch;
    uint32_t index = 0;
    if (!parse_segment_name(name, &epoch, &index) || epoch.worker != kTombstones || epoch.process < last.process) continue;
    last.process = epoch.process;
    file = name;
  }
  if (file.empty()) return last;
  if (auto entry = read_segment_entry(folder, file)) {
    Stream stream(folder, {last.process, kTombstones}, {std::move(*entry)}, nullptr);
    while (stream.next() != Stream::Step::end) {}
    last.chain = stream.chain();
  }
  return last;
}

Result<TombstoneEnd, std::string> write_tombstone(const Descriptor& folder, const std::vector<ErasedSegment>& entries, WallNs now,
                                                  ByteView version) {
  GH_ASSERT(!entries.empty());
  for (const ErasedSegment& each : entries)
    if (each.name.size() + each.why.size() + each.by.size() > kEntryBytes / 2)
      return Failure<std::string>{"a tombstone's entry for " + each.name + " is too long"};
  const ReadWatch watch;
  const TombstoneChain before = last_tombstone(folder);
  if (auto done = watch.well("tombstones"); !done) return Failure{done.error()};
  RingStart start;
  start.worker = kTombstones;
  start.process = process_after(before.process, now);
  start.previous_process = before.process;
  start.previous_chain = before.chain;
  start.created = now;
  const uint64_t capacity = round_up(std::max(kRingMin, 2 * kPage + entries.size() * kEntryBytes * 2), kPage);
  start.segment_bytes = kPage + capacity;
  const auto memory = page_buffer(kPage + capacity);
  const ByteSpan ring(memory.get(), kPage + capacity);
  create_ring(ring, start);
  if (!append_all(*RingLog::open(ring), start, entries, now, version))
    return Failure<std::string>{"a tombstone of " + std::to_string(entries.size()) + " segments is too long"};

  const RingMemory written(ring);
  SegmentHeader header{};
  put_id(start.process, header.process);
  put_id(start.previous_process, header.previous_process);
  header.worker = start.worker;
  header.created_ns = now;
  std::memcpy(header.chain, before.chain.data(), before.chain.size());
  header.segment_bytes = kPage + round_up(written.head(), kPage);
  seal_segment(header);
  std::string file(reinterpret_cast<const char*>(&header), sizeof header);
  file.append(written.data(), header.segment_bytes - kPage);
  const gatehouse_ring_tail& tail = *written.tail();
  Digests digests(segment_data(header.segment_bytes));
  digests.add(0, {written.data(), written.head()});
  const TombstoneEnd end{written.epoch(), header.segment_bytes,  written.head(),
                         tail.sequence,   chain_of(tail.chain), digests.take()};
  if (auto done = put_file(folder, file, segment_name(end.epoch, 0, now)); !done) return Failure{done.error()};
  return end;
}

}  // namespace gatehouse::record
