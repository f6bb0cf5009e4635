// The names that revocations may have, and those that none has.
#pragma once

#include <vector>

#include "config/diagnostic.h"
#include "config/snapshot.h"
#include "control/ledger_wish.h"
#include "identity/revocations.h"

namespace gatehouse::control {

/// known_issuers are all who prove callers by a configuration, by name and URL: API keys, issuers, SAML providers, and the client
/// certificates of listeners.
std::vector<KnownIssuer> known_issuers(const config::Snapshot& snapshot);

/// warn_of_strays adds a warning for each issuer name that entries in force at `now` have and nobody in the configuration: whoever
/// renames an issuer lifts its revocations. Entries for all issuers and of certificates name none. At most kStraysTold names, and
/// how many more; linear in the entries.
inline constexpr size_t kStraysTold = 8;
void warn_of_strays(const identity::RevocationSet& revocations, const config::Snapshot& snapshot, WallNs now,
                    config::Diagnostics* out);

}  // namespace gatehouse::control
