#include "proxy/proving.h"

#include "proxy/token_request.h"

namespace gatehouse::proxy {

void Proving::prove(WallNs now) {
  const auto assertion = decode_assertion(text);
  text = {};
  if (!assertion) {
    reason = assertion.error();
    return;
  }
  auto proved = identity::verify_saml(*issuers, *assertion, now, use);
  reason = proved.ok() ? Reason::none : proved.error();
  if (proved.ok()) identity = *std::move(proved);
}

}  // namespace gatehouse::proxy
