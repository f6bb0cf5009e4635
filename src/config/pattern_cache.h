// Compiled patterns of guards in files, from one start to the next: a folder that is ours alone, files that are replaced
// whole. What is broken, foreign or of another processor is ignored (pattern/stored.h) and replaced.
#pragma once

#include <string>

#include "config/diagnostic.h"
#include "guard/guard.h"
#include "record/folder.h"

namespace gatehouse::config {

/// kCacheBytesMax bounds one file; kCacheFilesMax how many are kept, the newest.
inline constexpr uint64_t kCacheBytesMax = 256 * 1024 * 1024;
inline constexpr size_t kCacheFilesMax = 8;

/// PatternCache is open while guards are compiled, on the thread that compiles. A folder that cannot be used is a warning,
/// and nothing is kept.
class PatternCache {
 public:
  /// An empty `folder`: none. Without `use` (check) it is only looked at, and what is wrong with it said; else it is made when it
  /// is missing (0700).
  PatternCache(const Text& folder, bool use, Report& report);
  PatternCache(const PatternCache&) = delete;

  /// stored is what Set::compile takes; null without a folder. Lives as long as this.
  const guard::Stored* stored() const { return folder_.valid() ? &stored_ : nullptr; }

 private:
  std::string load(const std::string& name) const;
  void save(const std::string& name, ByteView bytes) const;
  bool write(const std::string& draft, ByteView bytes) const;
  void prune() const;

  record::Descriptor folder_;
  guard::Stored stored_;
};

}  // namespace gatehouse::config
