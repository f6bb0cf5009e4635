#include "record/segment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

namespace gatehouse::record {
namespace {

constexpr uint64_t kZeroRun = 1 << 20;

int fill_with_zeros(SegmentFile& segment, const Haste* haste) {
  const auto zeros = page_buffer(kZeroRun);
  while (segment.zeroed < segment.bytes) {
    if (haste != nullptr && haste->stop.load(std::memory_order_relaxed)) return ECANCELED;
    if (haste != nullptr && haste->hurry.load(std::memory_order_relaxed)) break;
    const ByteView run(zeros.get(), std::min(kZeroRun, segment.bytes - segment.zeroed));
    if (const int error = write_at(segment.file, segment.zeroed, run); error != 0) return error;
    segment.zeroed += run.size();
  }
  return ::fsync(segment.file.get()) == 0 ? 0 : errno;
}

}  // namespace

void FreePages::operator()(char* pages) const { std::free(pages); }

std::unique_ptr<char, FreePages> page_buffer(size_t bytes) {
  auto* pages = static_cast<char*>(std::aligned_alloc(kPage, round_up(bytes, kPage)));
  GH_ASSERT(pages != nullptr);
  std::memset(pages, 0, round_up(bytes, kPage));
  return std::unique_ptr<char, FreePages>(pages);
}

std::string SegmentFile::trouble(const Descriptor& folder, std::string* cut) const {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return failure("examine", name, errno);
  if (static_cast<uint64_t>(info.st_size) != bytes) return *cut = "segment " + name + " was cut while it was written";
  if (counted && !has_blocks(info, bytes)) return *cut = "segment " + name + " was cut while it was written, and has grown back";
  return leads_to(folder, name, info) ? "" : "segment " + name + " was removed while it was written";
}

Result<SegmentFile, std::string> make_draft(const Descriptor& folder, const std::string& name, uint64_t bytes,
                                            bool direct, const Haste* haste) {
  SegmentFile segment;
  segment.name = name;
  segment.bytes = bytes;
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int error = 0;
  for (const int extra : {direct ? O_DIRECT : 0, 0}) {
    segment.file = Descriptor(::openat(folder.get(), name.c_str(), kFlags | extra, 0600));
    segment.direct = extra != 0;
    segment.zeroed = 0;
    error = segment.file.valid() ? hold_file(segment.file) : errno;
    if (error == 0) error = ::posix_fallocate(segment.file.get(), 0, static_cast<off_t>(bytes));
    if (error == 0) error = fill_with_zeros(segment, haste);
    if (error == 0) {
      segment.counted = counts_blocks(segment.file, bytes);
      return segment;
    }
    if (segment.file.valid()) ::unlinkat(folder.get(), name.c_str(), 0);
    if (error != EINVAL || extra == 0) break;  // EINVAL: this file system knows no direct I/O
  }
  return Failure{failure("make segment", name, error)};
}

Result<Done, std::string> begin_segment(const Descriptor& folder, SegmentFile& draft, SegmentHeader header) {
  header.segment_bytes = draft.bytes;
  seal_segment(header);
  const auto page = page_buffer(kPage);
  std::memcpy(page.get(), &header, sizeof header);
  int error = write_at(draft.file, 0, {page.get(), kPage});
  if (error == 0 && ::fdatasync(draft.file.get()) != 0) error = errno;
  const std::string name = segment_name({id_of(header.process), header.worker}, header.index, header.created_ns);
  if (error == 0 && ::renameat(folder.get(), draft.name.c_str(), folder.get(), name.c_str()) != 0) error = errno;
  if (error == 0) {
    draft.name = name;
    error = sync_folder(folder);
  }
  if (error == 0) return Done{};
  ::unlinkat(folder.get(), draft.name.c_str(), 0);
  return Failure{failure("begin segment", name, error)};
}

void OpenExchanges::see(const RecordHeader& header, uint64_t offset) {
  const ExchangeId id = id_of(header.exchange);
  if (id.is_nil()) return;
  if (header.kind == GATEHOUSE_RECORD_CLOSE) open_.erase(id);
  if (opens_exchange(header.kind)) open_.try_emplace(id, offset);
  if (open_.size() > kMax) forget_older_half();
}

void OpenExchanges::forget_older_half() {
  std::vector<uint64_t> offsets;
  offsets.reserve(open_.size());
  for (const auto& [id, offset] : open_) offsets.push_back(offset);
  const auto middle = offsets.begin() + static_cast<std::ptrdiff_t>(offsets.size() / 2);
  std::nth_element(offsets.begin(), middle, offsets.end());
  std::erase_if(open_, [&](const auto& each) { return each.second < *middle; });
}

uint64_t OpenExchanges::oldest(uint64_t otherwise) const {
  uint64_t oldest = otherwise;
  for (const auto& [id, offset] : open_) oldest = std::min(oldest, offset);
  return oldest;
}

}  // namespace gatehouse::record
