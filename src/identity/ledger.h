// What the gateway's own store says of callers, as workers have it: API keys and revocations.
#pragma once

#include <memory>

#include "identity/api_key.h"
#include "identity/revocations.h"

namespace gatehouse::identity {

/// Ledger is one state of them, immutable. The control thread makes a new one at each change and gives it to every worker,
/// which looks at all its running exchanges then. `epoch` grows with each: what was verified under another one
/// (a cached token, a repeated header) is looked at again by standing(), whose answer holds for this epoch only.
struct Ledger {
  uint64_t epoch = 0;
  std::shared_ptr<const RevocationSet> revocations;   // never null
  std::shared_ptr<const ApiKeySet> api_keys;          // never null

  /// standing says whether an identity is still good: none, token_revoked, key_unknown, key_expired, or token_expired
  /// (whatever proved it). Whether its issuer is still trusted says identity::standing(IssuerSet, Identity).
  Reason standing(const Identity& identity, WallNs now) const;

  /// ends is when it ends at the latest, as far as is known now.
  WallNs ends(const Identity& identity) const;

  /// none has no key and revokes nobody.
  static std::shared_ptr<const Ledger> none();
};

using LedgerRef = std::shared_ptr<const Ledger>;

}  // namespace gatehouse::identity
