#include "record/lane.h"

#include <algorithm>
#include <optional>

namespace gatehouse::record {
namespace {

constexpr uint64_t kRunBytes = 1 << 20;  // one write: larger ones gain nothing (engine notes), smaller ones cost
constexpr uint64_t kFetchBytes = 2048;   // asked for behind a header: most records are smaller, and of a body nothing is looked at

/// fetch asks for what lies in a ring from `from` up to `until`, or its memory's end: headers left the caches, and each says only
/// where the next one stands.
void fetch(const RingMemory& memory, uint64_t from, uint64_t until) {
  if (from >= until) return;
  const uint64_t begin = from % memory.capacity(), end = std::min(begin + (until - from), memory.capacity());
  for (uint64_t at = begin; at < end; at += 64) __builtin_prefetch(memory.data() + at);
}

}  // namespace

Lane::Lane(RingFile ring, const ExchangeId& previous_process, uint32_t number)
    : ring_(std::move(ring)), epoch_(ring_.memory().epoch()), previous_(previous_process), number_(number),
      segment_data_(segment_data(ring_.memory().header().segment_bytes)),
      walk_{0, 0, chain_of(ring_.memory().header().chain)}, settled_(walk_), first_page_(page_buffer(kPage)),
      last_page_(page_buffer(kPage)) {}

/// walk follows the records up to `until` (a record's end, or a border): notes links and exchanges, and
/// sets data_end_. False when the ring holds something that is no record: memory was overwritten.
bool Lane::walk(uint64_t until, std::string* error) {
  const RingMemory memory = ring_.memory();
  const uint64_t border = (done_ / segment_data_ + 1) * segment_data_;
  uint64_t fetched = walk_.offset;
  while (walk_.offset < until) {
    data_end_ = walk_.offset;
    const uint64_t ahead = std::min(until, walk_.offset + kFetchBytes);
    fetch(memory, std::max(fetched, walk_.offset), ahead);
    fetched = ahead;
    if (border - walk_.offset < kHeaderBytes) {
      walk_.offset = border;
      return true;
    }
    RecordHeader header;
    memory.copy_out(walk_.offset, {reinterpret_cast<char*>(&header), sizeof header});
    if (!header_fits(header, until - walk_.offset) || header.sequence != walk_.sequence) {
      *error = "ring " + ring_.name() + " is damaged at " + std::to_string(walk_.offset % memory.capacity());
      damaged_ = true;
      return false;
    }
    open_.see(header, walk_.offset);
    walk_.sequence = header.sequence + 1;
    walk_.chain = chain_of(header.chain);
    walk_.offset += header.total_bytes;
    data_end_ = record_end_ = walk_.offset;
    if (header.kind == GATEHOUSE_RECORD_PAD) {
      data_end_ = std::min(round_up(walk_.offset, kPage), border);  // zeros follow it in the ring
      walk_.offset = border;
    }
  }
  return true;
}

bool Lane::enter_segment(const Descriptor& folder, SpareMaker& spares, std::string* error) {
  const uint64_t index = done_ / segment_data_;
  if (has_segment_ && segment_index_ == index) return true;
  SegmentFile draft;
  if (!spares.take(&draft, error)) return false;
  RecordHeader first;
  ring_.memory().copy_out(done_, {reinterpret_cast<char*>(&first), sizeof first});
  SegmentHeader header{};
  put_id(epoch_.process, header.process);
  put_id(previous_, header.previous_process);
  header.worker = epoch_.worker;
  header.index = static_cast<uint32_t>(index);
  header.base = done_;
  header.created_ns = first.wall_ns;
  header.sequence = walk_.sequence;
  header.open_from = open_.oldest(done_);
  std::memcpy(header.chain, walk_.chain.data(), walk_.chain.size());
  if (auto begun = begin_segment(folder, draft, header); !begun) {
    *error = begun.error();
    return false;
  }
  segment_ = std::move(draft);
  segment_index_ = index;
  has_segment_ = true;
  return true;
}

bool Lane::begin(const Descriptor& folder, SpareMaker& spares, Disk& disk, std::string* error) {
  const uint64_t head = ring_.memory().head();
  if (head == done_) return false;
  const RingMemory memory = ring_.memory();
  if (head < done_ || head - done_ > memory.capacity() || !ring_fits(memory.header(), memory.memory().size())) {
    *error = "ring " + ring_.name() + " is damaged";
    damaged_ = true;
    return false;
  }
  if (walk_.offset == done_ && !enter_segment(folder, spares, error)) return false;
  const uint64_t border = (done_ / segment_data_ + 1) * segment_data_;
  if (walk_.offset != border && !walk(std::min(head, border), error)) return false;
  queue_writes(disk);
  return true;
}

void Lane::queue_writes(Disk& disk) {
  const RingMemory memory = ring_.memory();
  const int fd = segment_.file.get();
  const auto place = [&](uint64_t offset) { return kPage + offset % segment_data_; };
  const auto buffer = static_cast<int>(number_);
  uint64_t at = done_;
  const auto copy_page = [&](char* page) {  // from `at` to the page's or the data's end; zeros behind
    const uint64_t skip = at % kPage;
    const uint64_t count = std::min(kPage - skip, data_end_ - at);
    memory.copy_out(at, ByteSpan(page + skip, count));
    std::memset(page + skip + count, 0, kPage - skip - count);
    disk.write(fd, {page, kPage}, place(at - skip), number_);
    at += count;
  };
  if (at % kPage != 0) copy_page(first_page_.get());
  while (data_end_ - at >= kPage) {
    const uint64_t in_ring = at % memory.capacity();
    const uint64_t run = std::min({round_down(data_end_ - at, kPage), memory.capacity() - in_ring, kRunBytes});
    disk.write(fd, {memory.data() + in_ring, run}, place(at), number_, buffer);
    at += run;
  }
  if (at < data_end_) copy_page(last_page_.get());
}

bool Lane::segment_in_place(const Descriptor& folder, std::string* error) {
  *error = cut_;
  if (error->empty() && has_segment_) *error = segment_.trouble(folder, &cut_);
  return error->empty();
}

bool Lane::ring_in_place(const Descriptor& rings, std::string* error) {
  if (ring_.lost() || !ring_.linked(rings, &ring_cut_)) *error = "ring " + ring_.name() + " was removed or cut while it was in use";
  else if (damaged_) *error = "ring " + ring_.name() + " was written over by others";
  else return true;
  return false;
}

bool Lane::settle() {
  std::optional<Digests::Mark> before;
  if (digests_) before = digests_->mark();
  if (digests_) digest(done_);
  if (broken()) {   // looked at last: it was set before anybody read what the file has no more
    if (digests_) digests_->back_to(*before);
    return false;
  }
  // The next round's first page is this round's last one, unless both are the same.
  if (data_end_ % kPage != 0 && round_down(data_end_, kPage) >= round_up(done_, kPage))
    std::swap(first_page_, last_page_);
  done_ = walk_.offset;
  settled_ = walk_;
  ring_.memory().publish_committed(done_);
  return true;
}

/// digest takes in the records of this round, while the worker cannot write over them.
void Lane::digest(uint64_t from) {
  const RingMemory memory = ring_.memory();
  while (from < record_end_) {
    const uint64_t in_ring = from % memory.capacity();
    const uint64_t run = std::min(record_end_ - from, memory.capacity() - in_ring);
    digests_->add(from, {memory.data() + in_ring, run});
    from += run;
  }
}

HeadRing Lane::head() {
  HeadRing head{epoch_, segment_bytes(), settled_.offset, settled_.sequence, settled_.chain, false, {}};
  if (digests_) head.digests = digests_->take();
  return head;
}

}  // namespace gatehouse::record
