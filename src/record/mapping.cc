#include "record/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <utility>

namespace gatehouse::record {
namespace {

std::string read_small_file(const char* path) {
  const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  char text[1024];
  if (!file.valid()) return {};
  return std::string(text, read_at(file, 0, text));
}

}  // namespace

RingFile::RingFile(Descriptor file, std::string name, ByteSpan memory, LostPages pages)
    : file_(std::move(file)), name_(std::move(name)), memory_(memory), pages_(std::move(pages)) {}

RingFile::RingFile(RingFile&& other) noexcept
    : file_(std::move(other.file_)), name_(std::move(other.name_)), memory_(std::exchange(other.memory_, {})),
      pages_(std::move(other.pages_)), counted_(other.counted_) {}

RingFile::~RingFile() {
  pages_.forget();
  if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

Result<RingFile, std::string> RingFile::create(const Descriptor& folder, const RingStart& start, uint64_t capacity) {
  const std::string name = ring_name({start.process, start.worker});
  const std::string draft = name + kRingDraftSuffix;  // gets its name when it is whole
  const uint64_t bytes = capacity + kPage;
  Descriptor file(::openat(folder.get(), draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return Failure{failure("create ring", draft, errno)};
  const auto give_up = [&](const char* what, int error) {
    ::unlinkat(folder.get(), draft.c_str(), 0);
    return Failure{failure(what, name, error)};
  };
  // Reserve now: a page that is missing later is one that somebody took.
  if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes)); error != 0)
    return give_up("reserve memory for ring", error);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) return give_up("map ring", errno);
  ::madvise(memory, bytes, MADV_HUGEPAGE);        // where the file system offers them
  ::madvise(memory, bytes, MADV_POPULATE_WRITE);  // no page faults on the first lap
  ::madvise(memory, bytes, MADV_DONTDUMP);        // bodies do not belong into core files
  const ByteSpan span(static_cast<char*>(memory), bytes);
  LostPages pages;
  const bool watched = pages.watch(span);
  RingFile ring(std::move(file), name, span, std::move(pages));
  if (!watched) return give_up("watch ring", ENOMEM);
  ring.counted_ = counts_blocks(ring.file_, bytes);
  create_ring(span, start);
  if (::renameat(folder.get(), draft.c_str(), folder.get(), name.c_str()) != 0) return give_up("name ring", errno);
  return ring;
}

bool RingFile::linked(const Descriptor& folder, bool* cut) const {
  struct stat info {};
  if (::fstat(file_.get(), &info) != 0) return false;
  if (static_cast<uint64_t>(info.st_size) < memory_.size() || (counted_ && !has_blocks(info, memory_.size()))) *cut = true;
  return !*cut && leads_to(folder, name_, info);
}

void RingFile::remove(const Descriptor& folder) { ::unlinkat(folder.get(), name_.c_str(), 0); }

std::array<uint8_t, 16> boot_id() {
  std::array<uint8_t, 16> id{};
  if (const auto parsed = parse_exchange_id(read_small_file("/proc/sys/kernel/random/boot_id").substr(0, kExchangeIdText)))
    id = parsed->bytes;
  return id;
}

uint64_t process_start(pid_t pid) {
  const std::string stat = read_small_file(("/proc/" + std::to_string(pid) + "/stat").c_str());
  size_t at = stat.rfind(')');  // the name before may hold anything
  for (int field = 2; at != std::string::npos && field < 22; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return 0;
  uint64_t ticks = 0;
  std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), ticks);
  return ticks;
}

bool ring_owner_lives(const RingHeader& header) {
  const auto boot = boot_id();
  return std::memcmp(boot.data(), header.boot_id, boot.size()) == 0 && header.pid_start != 0 &&
         process_start(static_cast<pid_t>(header.pid)) == header.pid_start;
}

}  // namespace gatehouse::record
