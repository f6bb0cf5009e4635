#include "store/place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace gatehouse::store {
namespace {

std::string failure(const char* what, const std::string& name, int error) {
  return std::string("cannot ") + what + " " + name + ": " + std::generic_category().message(error);
}

/// trouble_of says why something is not ours alone; empty when it is.
std::string trouble_of(const std::string& name, const struct stat& info, const char* mode) {
  if (info.st_uid != ::geteuid())
    return name + " belongs to user " + std::to_string(info.st_uid) + ", not to this process's user " + std::to_string(::geteuid());
  return (info.st_mode & 077) != 0 ? name + " is open to group or others: chmod " + mode + " it" : "";
}

/// folder_trouble and file_trouble are of what lstat found.
std::string folder_trouble(const std::string& folder, const struct stat& info) {
  return S_ISDIR(info.st_mode) ? trouble_of(folder, info, "700") : folder + " is not a folder";
}

std::string file_trouble(const std::string& path, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return path + " is not a plain file";
  if (std::string trouble = trouble_of(path, info, "600"); !trouble.empty()) return trouble;
  return info.st_size == 0 ? path + " is empty: what was in it is lost" : "";
}

}  // namespace

std::string trouble_with(const std::string& folder) {
  struct stat info {};
  if (::lstat(folder.c_str(), &info) != 0) {
    if (errno != ENOENT) return failure("examine", folder, errno);
    const std::string parent = std::filesystem::path(folder).parent_path().string();
    return ::access(parent.empty() ? "." : parent.c_str(), W_OK | X_OK) == 0 ? "" : failure("create folder", folder, errno);
  }
  if (std::string trouble = folder_trouble(folder, info); !trouble.empty()) return trouble;
  const std::string path = folder + "/" + kFileName;
  return ::lstat(path.c_str(), &info) == 0 ? file_trouble(path, info) : "";
}

bool same_place(const std::string& one, const std::string& other) {
  struct stat a {}, b {};
  return ::stat(one.c_str(), &a) == 0 && ::stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

Result<Found, std::string> take_place(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Failure{failure("create folder", folder, errno)};
  struct stat info {};
  if (::lstat(folder.c_str(), &info) != 0) return Failure{failure("examine", folder, errno)};
  if (std::string trouble = folder_trouble(folder, info); !trouble.empty()) return Failure{std::move(trouble)};
  char* real = ::realpath(folder.c_str(), nullptr);
  if (real == nullptr) return Failure{failure("find", folder, errno)};
  Found found{std::string(real) + "/" + kFileName, false};
  std::free(real);
  if (::lstat(found.path.c_str(), &info) != 0) {
    if (errno != ENOENT) return Failure{failure("examine", found.path, errno)};
    found.fresh = true;
    return found;
  }
  if (std::string trouble = file_trouble(found.path, info); !trouble.empty()) return Failure{std::move(trouble)};
  return found;
}

}  // namespace gatehouse::store
