#include "record/write_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "record/whereabouts.h"

namespace gatehouse::record {

Result<WriteLock, std::string> lock_writing(const Descriptor& folder, const std::string& path, const char* name,
                                            const HeldFolders& held) {
  WriteLock lock;
  bool taken = true;
  // A process is another one to itself: a second lock of one folder would be refused for the first.
  if (std::none_of(held.begin(), held.end(), [&](const Descriptor* each) { return same_folder(folder, *each); })) {
    lock.folder = Descriptor(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock.folder.valid()) return Failure{failure("open folder", path, errno)};
    taken = ::flock(lock.folder.get(), LOCK_EX | LOCK_NB) == 0;
    if (!taken && errno != EWOULDBLOCK) return Failure{failure("lock folder", path, errno)};
  }
  auto file = lock_folder(folder, path, name);   // who has it says so there
  if (!file) return Failure{file.error()};
  if (!taken)
    return Failure{"folder " + path + " is in use by another process, whose lock file was removed: "
                   "exactly one gateway may write it"};
  lock.file = std::move(*file);
  return lock;
}

std::string path_trouble(const std::string& path, const Descriptor& folder) {
  struct stat held {}, named {};
  if (::fstat(folder.get(), &held) != 0 || ::fstatat(AT_FDCWD, path.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) return failure("examine folder", path, errno);
  } else if (held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
    return {};
  }
  return "folder " + path + " was moved or removed while it was in use";
}

}  // namespace gatehouse::record
