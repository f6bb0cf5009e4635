#include "control/known_issuers.h"

#include <algorithm>

namespace gatehouse::control {

std::vector<KnownIssuer> known_issuers(const config::Snapshot& snapshot) {
  std::vector<KnownIssuer> known = {{std::string(identity::kApiKeyIssuer), std::string(identity::kApiKeyIssuerUrl)}};
  for (const identity::Issuer& each : snapshot.issuers.issuers) known.push_back({each.name, each.url});
  if (snapshot.saml != nullptr)
    for (const identity::SamlIssuer& each : snapshot.saml->issuers) known.push_back({each.name, each.metadata->entity_id});
  for (const config::Listener& each : snapshot.listeners)
    if (each.clients != nullptr && each.clients->identity.kind != identity::CertificateName::none)
      known.push_back({each.clients->identity.name, identity::certificate_issuer(each.clients->identity.name)});
  return known;
}

void warn_of_strays(const identity::RevocationSet& revocations, const config::Snapshot& snapshot, WallNs now,
                    config::Diagnostics* out) {
  const std::vector<KnownIssuer> known = known_issuers(snapshot);
  size_t told = 0, more = 0;
  const auto warn = [out](std::string message, const char* help) {
    config::Diagnostic warning;
    warning.code = config::Code::revocations;
    warning.severity = config::Severity::warning;
    warning.message = std::move(message);
    warning.help = help;
    out->push_back(std::move(warning));
  };
  for (const auto& entry : revocations.issuers(now)) {
    const std::string& name = entry.first;
    const size_t count = entry.second;
    const bool there = std::any_of(known.begin(), known.end(), [&name](const KnownIssuer& each) { return each.name == name; });
    if (there) continue;
    if (told++ >= kStraysTold) {
      ++more;
      continue;
    }
    warn("the store has " + std::to_string(count) + (count == 1 ? " revocation" : " revocations") + " of issuer '" + name +
             "', a name that nobody in the configuration has: " + (count == 1 ? "it shuts" : "they shut") + " out nobody",
         "if it was renamed, whoever was revoked is let in again: add the entries anew under the new name (`gatehouse revocations"
         " list`), or put the old name back");
  }
  if (more > 0) warn("the store has revocations of " + std::to_string(more) + " more issuers that are not configured", "");
}

}  // namespace gatehouse::control
