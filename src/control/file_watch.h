// Has one of the files changed that the configuration is made of?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/digest.h"

namespace gatehouse::control {

/// FileWatch remembers how files looked. Cheap when nothing changed: one stat each. Links are followed, so
/// that a link that now leads elsewhere counts. One thread at a time.
class FileWatch {
 public:
  /// watch sets the files and remembers their present state.
  void watch(std::vector<std::string> files);

  /// changed looks again and returns the files whose content is no longer what it was (or which appeared or
  /// went); what is seen now is remembered.
  std::vector<std::string> changed();

 private:
  struct Stamp {
    bool exists = false;
    uint64_t device = 0, inode = 0;
    int64_t size = 0, modified_ns = 0, changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Watched {
    std::string path;
    Stamp stamp;
    crypto::Sha256 digest{};
  };
  static Stamp stamp_of(const std::string& path);
  static crypto::Sha256 digest_of(const std::string& path);

  std::vector<Watched> files_;
};

}  // namespace gatehouse::control
