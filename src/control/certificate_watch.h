// Certificates that end soon: who must be told, and how often.
#pragma once

#include <map>
#include <vector>

#include "config/snapshot.h"

namespace gatehouse::control {

/// CertificateWatch says which certificates in force are to be warned of: from kSoon before their end, once a day, and
/// at once when one comes into force. Pure.
class CertificateWatch {
 public:
  static constexpr WallNs kDay = 24 * 3600 * kNsPerSecond;
  static constexpr WallNs kSoon = 14 * kDay;

  std::vector<const config::Snapshot::Certificate*> due(const config::Snapshot& snapshot, WallNs now);

 private:
  std::map<config::Snapshot::Digest, WallNs> told_;
};

}  // namespace gatehouse::control
