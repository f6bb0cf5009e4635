#include "control/certificate_watch.h"

namespace gatehouse::control {

std::vector<const config::Snapshot::Certificate*> CertificateWatch::due(const config::Snapshot& snapshot, WallNs now) {
  std::vector<const config::Snapshot::Certificate*> all;
  std::map<config::Snapshot::Digest, WallNs> told;   // of those in force; others are forgotten
  for (const config::Snapshot::Certificate& one : snapshot.certificates) {
    if (one.info.not_after > now + kSoon) continue;
    const auto before = told_.find(one.digest);
    const bool again = before == told_.end() || now >= before->second + kDay;
    told.emplace(one.digest, again ? now : before->second);
    if (again) all.push_back(&one);
  }
  told_ = std::move(told);
  return all;
}

}  // namespace gatehouse::control
