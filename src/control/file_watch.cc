#include "control/file_watch.h"

#include <sys/stat.h>

#include "config/files.h"

namespace gatehouse::control {

namespace {

constexpr size_t kFileBytesMax = 8 * 1024 * 1024;

int64_t ns_of(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

}  // namespace

FileWatch::Stamp FileWatch::stamp_of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return {};
  return {true, info.st_dev, info.st_ino, info.st_size, ns_of(info.st_mtim), ns_of(info.st_ctim)};
}

crypto::Sha256 FileWatch::digest_of(const std::string& path) {
  auto content = config::read_file(path, {kFileBytesMax, config::Access::any});
  if (!content) return {};
  const crypto::Sha256 digest = crypto::sha256(*content);
  config::wipe(*content);  // it may be a secret
  return digest;
}

void FileWatch::watch(std::vector<std::string> files) {
  files_.clear();
  for (std::string& path : files) {
    // Stamp before content: a change in between is seen next time.
    const Stamp stamp = stamp_of(path);
    const crypto::Sha256 digest = digest_of(path);
    files_.push_back({std::move(path), stamp, digest});
  }
}

std::vector<std::string> FileWatch::changed() {
  std::vector<std::string> list;
  for (Watched& file : files_) {
    const Stamp stamp = stamp_of(file.path);
    if (stamp == file.stamp) continue;
    file.stamp = stamp;
    const crypto::Sha256 digest = digest_of(file.path);
    if (digest == file.digest) continue;
    file.digest = digest;
    list.push_back(file.path);
  }
  return list;
}

}  // namespace gatehouse::control
