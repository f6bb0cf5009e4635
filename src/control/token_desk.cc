#include "control/token_desk.h"

#include <algorithm>

#include "crypto/digest.h"

namespace gatehouse::control {

Result<Done, std::string> TokenDesk::open(WallNs rotation, WallNs now) {
  if (auto opened = spent_.open(); !opened) return opened;
  return keys_.open(rotation, now);
}

std::string TokenDesk::give(proxy::Proving& proving, WallNs now) {
  const identity::Identity& proved = *proving.identity;
  proving.reason = Reason::gateway_internal;
  const TokenKeys::Signer* const signer = keys_.signer();
  if (signer == nullptr) {
    proving.reason = Reason::token_keys_unavailable;
    return {};
  }
  const auto spent = spent_.spend(proved.issuer_url, proved.token_id, std::max(proved.spent_until, proved.expires), now);
  if (!spent) return spent.error();
  proving.reason = *spent;
  if (*spent != Reason::none) return {};
  char id[16];
  crypto::random_bytes(id);
  auto made = identity::make_gateway_token(*proving.gateway, signer->key, signer->id, proved, {id, sizeof id}, now);
  proving.reason = made.ok() ? Reason::none : made.error();
  proving.given = now;
  if (made.ok()) proving.token = std::move(*made);
  return {};
}

}  // namespace gatehouse::control
