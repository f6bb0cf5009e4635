#include "store/copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "store/place.h"

namespace gatehouse::store {
namespace {

constexpr int kTries = 1500;
constexpr timespec kPause{0, 2'000'000};   // between two

struct Descriptor {
  int number = -1;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

/// Mark is what a write of the file changes, with its journal: that has bytes while something is written.
struct Mark {
  ino_t inode = 0;
  off_t size = 0, journal = 0;
  int64_t written = 0, journalled = 0;
  bool operator==(const Mark&) const = default;
};

int64_t written_of(const struct stat& info) { return int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec; }

/// take_mark returns 0 or errno.
int take_mark(const std::string& path, Mark* mark) {
  struct stat file {}, journal {};
  if (::lstat(path.c_str(), &file) != 0) return errno;
  if (!S_ISREG(file.st_mode)) return EINVAL;
  if (::lstat((path + "-journal").c_str(), &journal) != 0 && errno != ENOENT) return errno;
  *mark = {file.st_ino, file.st_size, journal.st_size, written_of(file), written_of(journal)};
  return 0;
}

/// read_all returns 0 or errno; fewer bytes when it has become shorter.
int read_all(const std::string& path, size_t size, std::string* out) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) return errno;
  out->resize(size);
  size_t at = 0;
  while (at < size) {
    const ssize_t got = ::read(file.number, out->data() + at, size - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    at += static_cast<size_t>(got);
  }
  out->resize(at);
  return 0;
}

}  // namespace

Result<std::optional<std::string>, std::string> read_steady(const std::string& folder) {
  const std::string path = folder + "/" + kFileName;
  const auto failed = [&path](int error) {
    return Failure<std::string>{"cannot read " + path + ": " + std::generic_category().message(error)};
  };
  for (int i = 0; i < kTries; ++i) {
    Mark before, after;
    if (const int error = take_mark(path, &before); error != 0) {
      if (error == ENOENT || error == ENOTDIR) return std::optional<std::string>();
      return failed(error);
    }
    if (static_cast<uint64_t>(before.size) > kCopyMax) return Failure<std::string>{path + " is too large to be read"};
    if (before.journal == 0) {
      std::string bytes;
      if (const int error = read_all(path, static_cast<size_t>(before.size), &bytes); error != 0) return failed(error);
      if (take_mark(path, &after) == 0 && after == before && bytes.size() == static_cast<size_t>(before.size))
        return std::optional<std::string>(std::move(bytes));
    }
    ::nanosleep(&kPause, nullptr);
  }
  return Failure<std::string>{path + " is being written, or a write was cut off: the next start of the gateway takes that back"};
}

}  // namespace gatehouse::store
