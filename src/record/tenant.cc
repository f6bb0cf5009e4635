#include "record/tenant.h"

#include "base/assert.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"

namespace gatehouse::record {

std::shared_ptr<const TenantKey> make_tenant_key(KeySecret key) {
  GH_ASSERT(key.use == KeyUse::tenant && key.bytes.reveal().size() == kKeyBytes);
  auto made = std::make_shared<TenantKey>();
  made->name = std::move(key.name);
  made->digest = tenant_digest(key.bytes);
  made->secret = std::move(key.bytes);
  return made;
}

KeyBytes tenant_digest(const crypto::Secret& secret) {
  crypto::Sha256Stream digest;
  digest.add("gatehouse tenant 1");
  digest.add(secret.reveal());
  return digest.finish();
}

KeyBytes tenant_segment_key(ByteView segment_key, const crypto::Secret& secret, Tier tier) {
  GH_ASSERT(tier != Tier::clear && segment_key.size() == kKeyBytes);
  const ByteView info = tier == Tier::auditor ? "gatehouse records 2 tenant auditor" : "gatehouse records 2 tenant operations";
  return crypto::hkdf_sha256(secret.reveal(), segment_key, info);
}

}  // namespace gatehouse::record
