#include "record/source.h"

#include <algorithm>
#include <cstring>

namespace gatehouse::record {
namespace {

constexpr uint64_t kWindow = 256 * 1024;  // read ahead; larger only for a larger record

}  // namespace

std::optional<SegmentEntry> read_segment_entry(const Descriptor& folder, const std::string& name) {
  SegmentEntry entry;
  entry.name = name;
  const Descriptor file = open_regular(folder, name, false, &entry.bytes);
  if (!file.valid() || entry.bytes > kSegmentBytesMax) return std::nullopt;
  char page[kPage] = {};
  const bool whole = read_at(file, 0, page) == kPage;
  std::memcpy(&entry.header, page, sizeof entry.header);
  entry.header_good = whole && segment_fits(entry.header);
  if (entry.header_good) return entry;
  Epoch epoch;
  uint32_t index = 0;
  if (!parse_segment_name(name, &epoch, &index)) return std::nullopt;
  const uint64_t whole_bytes = std::max(round_up(entry.bytes, kPage), kSegmentBytesMin);
  entry.header = {};
  put_id(epoch.process, entry.header.process);
  entry.header.worker = epoch.worker;
  entry.header.index = index;
  entry.header.segment_bytes = whole_bytes;
  entry.header.base = index * segment_data(whole_bytes);
  return entry;
}

std::optional<SegmentEntry> find_segment(const Descriptor& folder, const Epoch& epoch, uint32_t index) {
  const std::string any = segment_name(epoch, index, 0);
  const std::string suffix = any.substr(any.find('-'));
  for (const std::string& name : list_folder(folder, suffix))
    if (auto entry = read_segment_entry(folder, name)) return entry;
  return std::nullopt;
}

bool SegmentSource::open(const Descriptor& folder, const SegmentEntry& entry) {
  uint64_t bytes = 0;
  file_ = open_regular(folder, entry.name, false, &bytes);
  name_ = entry.name;
  window_size_ = 0;
  return file_.valid();
}

ByteView SegmentSource::read(uint64_t at, uint64_t count, uint64_t stable) {
  if (at < window_at_ || at + count > window_at_ + window_size_) {
    if (window_.size() < std::max(count, kWindow)) window_.resize(std::max(count, kWindow));
    window_at_ = at;
    window_size_ = read_at(file_, at, ByteSpan(window_));
  }
  const uint64_t skip = at - window_at_;
  const ByteView view(window_.data() + skip, std::min(count, window_size_ - skip));
  // Later bytes may change: they are handed out once and not kept.
  if (window_at_ + window_size_ > stable) window_size_ = stable > window_at_ ? stable - window_at_ : 0;
  return view;
}

uint64_t SegmentSource::zero_until(uint64_t from, uint64_t to) {
  static constexpr char kZeros[16 * 1024] = {};
  char chunk[sizeof kZeros];
  while (from < to) {
    const size_t got = read_at(file_, from, ByteSpan(chunk, std::min<uint64_t>(sizeof chunk, to - from)));
    if (got == 0) return to;
    if (std::memcmp(chunk, kZeros, got) != 0)
      return from + static_cast<uint64_t>(std::find_if(chunk, chunk + got, [](char c) { return c != 0; }) - chunk);
    from += got;
  }
  return to;
}

std::unique_ptr<RingSource> RingSource::open(const Descriptor& folder, const std::string& name, std::string* why) {
  auto ring = std::make_unique<RingSource>();
  uint64_t bytes = 0;
  ring->name_ = name;
  ring->file_ = open_regular(folder, name, false, &bytes);
  if (!ring->file_.valid()) {
    *why = "cannot be opened";
    return nullptr;
  }
  char page[kPage] = {};
  if (read_at(ring->file_, 0, page) != kPage) {
    *why = "ring header is cut short";
    return nullptr;
  }
  std::memcpy(&ring->header_, page, sizeof ring->header_);
  if (!ring_fits(ring->header_, bytes)) {
    *why = "ring header is damaged";
    return nullptr;
  }
  if (!ring->refresh()) {
    *why = "ring head and commit mark contradict each other";
    return nullptr;
  }
  return ring;
}

bool RingSource::refresh() {
  constexpr uint64_t kFrom = offsetof(RingHeader, head);
  constexpr uint64_t kCommitted = offsetof(RingHeader, committed) - kFrom;
  for (int attempt = 0; attempt < 8; ++attempt) {  // the writers do not wait for us
    char first[kCommitted + 8], second[kCommitted + 8];
    if (read_at(file_, kFrom, first) != sizeof first || read_at(file_, kFrom, second) != sizeof second) return false;
    uint64_t head, committed, committed_again;
    std::memcpy(&committed, first + kCommitted, 8);
    std::memcpy(&head, second, 8);
    std::memcpy(&committed_again, second + kCommitted, 8);
    if (committed != committed_again) continue;  // it did not move while the head between was read
    if (committed > head || head - committed > header_.capacity || head > UINT64_MAX / 2) return false;
    head_ = head;
    committed_ = committed;
    return true;
  }
  return true;  // too busy to catch: the last marks are old, never wrong
}

bool RingSource::read(uint64_t offset, ByteSpan out) {
  if (offset < committed_ || out.size() > head_ - offset) return false;
  const uint64_t at = offset % header_.capacity;
  const uint64_t first = std::min<uint64_t>(out.size(), header_.capacity - at);
  return read_at(file_, kPage + at, out.first(first)) == first &&
         read_at(file_, kPage, out.subspan(first)) == out.size() - first;
}

}  // namespace gatehouse::record
