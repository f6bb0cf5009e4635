#include "config/pattern_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "crypto/digest.h"

namespace gatehouse::config {
namespace {

constexpr ByteView kSuffix = ".patterns";
constexpr ByteView kDraftSuffix = ".draft";

pattern::Digest sha256(ByteView bytes) { return crypto::sha256(bytes); }

std::string file_of(const std::string& name) { return name + std::string(kSuffix); }

}  // namespace

PatternCache::PatternCache(const Text& folder, bool use, Report& report) {
  if (folder.value.empty()) return;
  const auto refuse = [&](const std::string& why) {
    report.warn(Code::file, folder.place, "compiled patterns cannot be kept", why).help =
        "it must be a folder of ours with mode 0700";
  };
  if (!use) {
    if (const std::string trouble = record::trouble_with(folder.value); !trouble.empty()) refuse(trouble);
    return;
  }
  auto opened = record::make_folder(folder.value);
  if (!opened) {
    refuse(opened.error());
    return;
  }
  folder_ = std::move(opened).value();
  stored_.digest = sha256;
  stored_.load = [this](const std::string& name) { return load(name); };
  stored_.save = [this](const std::string& name, ByteView bytes) { save(name, bytes); };
}

/// Nothing unless it is a plain file of ours that nobody else may write.
std::string PatternCache::load(const std::string& name) const {
  uint64_t size = 0;
  const record::Descriptor file = record::open_regular(folder_, file_of(name), false, &size);
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0 ||
      size > kCacheBytesMax)
    return {};
  std::string bytes(size, '\0');
  if (record::read_at(file, 0, ByteSpan(bytes.data(), bytes.size())) != bytes.size()) return {};
  ::futimens(file.get(), nullptr);   // used: prune() keeps it
  return bytes;
}

/// A reader sees the old file or the new one, whole. What cannot be written is not kept: the next start compiles.
void PatternCache::save(const std::string& name, ByteView bytes) const {
  if (bytes.size() > kCacheBytesMax) return;
  const std::string draft = name + std::string(kDraftSuffix);
  ::unlinkat(folder_.get(), draft.c_str(), 0);   // of a process that died
  if (!write(draft, bytes) || ::renameat(folder_.get(), draft.c_str(), folder_.get(), file_of(name).c_str()) != 0)
    ::unlinkat(folder_.get(), draft.c_str(), 0);
  prune();
}

bool PatternCache::write(const std::string& draft, ByteView bytes) const {
  const record::Descriptor file(
      ::openat(folder_.get(), draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return false;
  return record::write_at(file, 0, bytes) == 0 && ::fsync(file.get()) == 0;
}

void PatternCache::prune() const {
  std::vector<std::pair<int64_t, std::string>> files;   // by their last use
  for (std::string& name : record::list_folder(folder_, kSuffix)) {
    struct stat status {};
    if (::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
      files.emplace_back(int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec, std::move(name));
  }
  std::sort(files.begin(), files.end());
  for (size_t i = 0; i + kCacheFilesMax < files.size(); ++i) ::unlinkat(folder_.get(), files[i].second.c_str(), 0);
}

}  // namespace gatehouse::config
