#include "identity/ledger.h"

#include <algorithm>
#include <span>

namespace gatehouse::identity {
namespace {

/// own_key is the key of an identity that an API key proved; null: it is not kept any more.
const ApiKey* own_key(const ApiKeySet& keys, const Identity& identity) {
  const ApiKey* key = keys.find(identity.key_id);
  return key != nullptr && key->digest == identity.key_digest ? key : nullptr;
}

}  // namespace

Reason Ledger::standing(const Identity& identity, WallNs now) const {
  if (identity.proof == Proof::api_key) {
    const ApiKey* key = own_key(*api_keys, identity);
    if (key == nullptr) return Reason::key_unknown;
    if (const Reason reason = identity::standing(*key, now); reason != Reason::none) return reason;
  }
  if (identity.expires <= now) return Reason::token_expired;
  return revocations->revokes(identity, now) ? Reason::token_revoked : Reason::none;
}

WallNs Ledger::ends(const Identity& identity) const {
  if (identity.proof != Proof::api_key) return identity.expires;
  const ApiKey* key = own_key(*api_keys, identity);
  if (key == nullptr) return 0;
  return key->expires == 0 ? identity.expires : std::min(identity.expires, key->expires);
}

LedgerRef Ledger::none() {
  auto ledger = std::make_shared<Ledger>();
  ledger->revocations = std::make_shared<RevocationSet>(std::span<const Revocation>(), 0);
  ledger->api_keys = std::make_shared<ApiKeySet>();
  return ledger;
}

}  // namespace gatehouse::identity
