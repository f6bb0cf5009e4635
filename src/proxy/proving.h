// A SAML assertion on its way through job threads: XML is slow and risky, and nothing of it runs on a worker.
#pragma once

#include <memory>
#include <string>

#include "base/address.h"
#include "base/exchange_id.h"
#include "base/slab.h"
#include "identity/gateway_token.h"
#include "identity/saml.h"

namespace gatehouse::proxy {

/// kProvingsMax: assertions of one worker that are on their way; more are refused at once.
inline constexpr uint32_t kProvingsMax = 64;

/// Proving owns all that it needs: the exchange may end meanwhile, and its snapshot with it. Made by a worker, worked on by job
/// threads, given back to the same worker; one owner at a time.
/// kProvingCost: a failed assertion costs as much of its sender's budget as so many failed signatures of tokens.
inline constexpr uint32_t kProvingCost = 16;

struct Proving {
  // What goes there.
  SlotId session;                 // whom to tell
  ExchangeId exchange;
  Sender sender{};                // whose budget a failure costs, whether the client still waits or not
  identity::SamlUse use = identity::SamlUse::bearer;
  std::string text;               // base64url, at most kAssertionTextMax
  std::shared_ptr<const identity::SamlIssuers> issuers;
  std::shared_ptr<const identity::GatewayIssuer> gateway;   // with use exchange

  // What comes back.
  Reason reason = Reason::gateway_internal;   // until it was proved
  identity::IdentityRef identity;             // null unless reason is none
  identity::GatewayToken token;               // with use exchange
  WallNs given = 0;                           // when it was made

  /// prove decodes and verifies; any job thread, once.
  void prove(WallNs now);
};

}  // namespace gatehouse::proxy
