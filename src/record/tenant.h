// A key per tenant: what a tenant's exchanges are sealed with beside the segment's keys, so that whoever destroys the tenant's
// secret has erased them, in every copy, for auditors too. Pure.
#pragma once

#include <memory>

#include "record/keys.h"
#include "record/tier.h"

namespace gatehouse::record {

inline constexpr size_t kTenantsMax = 256;   // of one configuration

/// TenantKey is a tenant's secret as exchanges use it: shared by all who do, wiped when the last one lets go. Immutable.
struct TenantKey : std::enable_shared_from_this<TenantKey> {
  std::string name;
  crypto::Secret secret;    // kKeyBytes
  KeyBytes digest{};        // tenant_digest: which secret it is
};

/// make_tenant_key takes a secret of KeyUse::tenant.
std::shared_ptr<const TenantKey> make_tenant_key(KeySecret key);

/// tenant_digest names a secret where it must not stand: SHA-256 of the ASCII text "gatehouse tenant 1" and its 32 bytes. From
/// 32 random bytes it tells nothing of them.
KeyBytes tenant_digest(const crypto::Secret& secret);

/// tenant_segment_key is the AES-256 key of one tenant, segment and tier: HKDF-SHA-256 (RFC 5869) of the segment's key of that
/// tier, salt: the secret, info: the ASCII text "gatehouse records 2 tenant operations", or "... auditor". The caller wipes it.
/// Nonces: the segment's rule holds for it. Each record is sealed once per tier, under the segment's key or under one that is
/// derived from it, with a sequence that no other record of the epoch has; and no other segment has the key it comes from.
KeyBytes tenant_segment_key(ByteView segment_key, const crypto::Secret& secret, Tier tier);

}  // namespace gatehouse::record
