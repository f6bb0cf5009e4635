#include "record/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace gatehouse::record {
namespace {

int open_retrying(int folder, const char* name, int flags, mode_t mode) {
  int fd;
  do {
    fd = ::openat(folder, name, flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

/// Refused counts what ReadWatch tells.
struct Refused {
  uint64_t count = 0;
  int error = 0;
};
thread_local Refused refused;

/// is_refusal: of an open. What is no file, or not there, is so for everybody and at any time.
bool is_refusal(int error) { return error != ENOENT && error != ELOOP && error != ENXIO && error != ENOTDIR && error != EISDIR; }

std::string trouble_of(const std::string& path, const struct stat& info) {
  if (info.st_uid != ::geteuid())
    return "folder " + path + " belongs to user " + std::to_string(info.st_uid) + ", not to this process's user " +
           std::to_string(::geteuid());
  return (info.st_mode & 077) != 0 ? "folder " + path + " is open to group or others: chmod 700 it" : "";
}

std::string owner_of_lock(int fd) {
  char text[32] = {};
  const ssize_t got = ::pread(fd, text, sizeof text - 1, 0);
  std::string pid(text, got > 0 ? static_cast<size_t>(got) : 0);
  std::erase_if(pid, [](char c) { return c < '0' || c > '9'; });
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

void Descriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::string failure(const char* what, const std::string& name, int error) {
  return std::string("cannot ") + what + " " + name + ": " + std::generic_category().message(error);
}

void note_refusal(int error) {
  ++refused.count;
  refused.error = error;
}

ReadWatch::ReadWatch() : before_(refused.count) {}

int ReadWatch::error() const { return refused.count == before_ ? 0 : refused.error; }

Result<Done, std::string> ReadWatch::well(const std::string& name) const {
  if (error() == 0) return Done{};
  return Failure{failure("read", name, error()) + "; nothing is decided by what could not be read"};
}

Result<Descriptor, std::string> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Failure{failure("create folder", path, errno)};
  Descriptor folder(open_retrying(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0));
  if (!folder.valid()) return Failure{failure("open folder", path, errno)};
  struct stat info {};
  if (::fstat(folder.get(), &info) != 0) return Failure{failure("examine folder", path, errno)};
  if (std::string trouble = trouble_of(path, info); !trouble.empty()) return Failure{std::move(trouble)};
  return folder;
}

std::string trouble_with(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0)
    return S_ISDIR(info.st_mode) ? trouble_of(path, info) : failure("open folder", path, S_ISLNK(info.st_mode) ? ELOOP : ENOTDIR);
  if (errno == ENOENT && can_make_folder(path)) return {};
  return failure("create folder", path, errno);
}

bool can_make_folder(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return ::access(parent.empty() ? "." : parent.c_str(), W_OK | X_OK) == 0;
}

Result<Descriptor, std::string> open_folder(const std::string& path) {
  Descriptor folder(open_retrying(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY, 0));
  if (!folder.valid() && is_refusal(errno)) note_refusal(errno);
  if (!folder.valid()) return Failure{failure("open folder", path, errno)};
  return folder;
}

Result<Descriptor, std::string> lock_folder(const Descriptor& folder, const std::string& path,
                                            const std::string& name) {
  Descriptor lock(open_retrying(folder.get(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!lock.valid()) return Failure{failure("open", path + "/" + name, errno)};
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failure{failure("lock", path + "/" + name, errno)};
    return Failure{"folder " + path + " is in use by " + owner_of_lock(lock.get()) +
                   ": exactly one gateway may write it"};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.get(), 0) == 0) write_at(lock, 0, pid);  // for the message above only
  return lock;
}

std::vector<std::string> list_folder(const Descriptor& folder, ByteView suffix) {
  std::vector<std::string> names;
  const int copy = open_retrying(folder.get(), ".", O_RDONLY | O_DIRECTORY, 0);
  DIR* listing = copy < 0 ? nullptr : ::fdopendir(copy);
  if (listing == nullptr) {
    note_refusal(errno);
    if (copy >= 0) ::close(copy);
    return names;
  }
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(listing);
    if (entry == nullptr) break;
    if (ByteView(entry->d_name).ends_with(suffix)) names.emplace_back(entry->d_name);
  }
  if (errno != 0) note_refusal(errno);
  ::closedir(listing);
  std::sort(names.begin(), names.end());
  return names;
}

Descriptor open_regular(const Descriptor& folder, const std::string& name, bool writable, uint64_t* bytes) {
  const int access = writable ? O_RDWR : O_RDONLY;
  Descriptor file(open_retrying(folder.get(), name.c_str(), access | O_NOFOLLOW | O_NONBLOCK, 0));
  struct stat info {};
  if (!file.valid() && is_refusal(errno)) note_refusal(errno);
  if (!file.valid()) return {};
  if (::fstat(file.get(), &info) != 0) {
    note_refusal(errno);
    return {};
  }
  if (!S_ISREG(info.st_mode)) return {};
  *bytes = static_cast<uint64_t>(info.st_size);
  return file;
}

size_t read_at(const Descriptor& file, uint64_t offset, ByteSpan out) {
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(file.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) note_refusal(errno);
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

int write_at(const Descriptor& file, uint64_t offset, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    if (put == 0) return EIO;
    bytes.remove_prefix(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
  return 0;
}

int hold_file(const Descriptor& file) {
  while (::flock(file.get(), LOCK_EX) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

bool leads_to(const Descriptor& folder, const std::string& name, const struct stat& info) {
  struct stat named {};
  return ::fstatat(folder.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_ino == info.st_ino &&
         named.st_dev == info.st_dev;
}

bool has_blocks(const struct stat& info, uint64_t bytes) {
  constexpr uint64_t kUnit = 512;   // stat(2)
  return static_cast<uint64_t>(info.st_blocks) >= bytes / kUnit;
}

bool counts_blocks(const Descriptor& file, uint64_t bytes) {
  struct statfs system {};
  struct stat info {};
  if (::fstatfs(file.get(), &system) != 0 || ::fstat(file.get(), &info) != 0) return false;
  const bool exact = system.f_type == EXT4_SUPER_MAGIC || system.f_type == XFS_SUPER_MAGIC || system.f_type == TMPFS_MAGIC;
  return exact && has_blocks(info, bytes);
}

int sync_folder(const Descriptor& folder) { return ::fsync(folder.get()) == 0 ? 0 : errno; }

}  // namespace gatehouse::record
