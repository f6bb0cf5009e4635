// What commands that judge callers have in common: credentials as files hold them, and what the store says of them.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/compile.h"
#include "identity/gateway_token.h"
#include "identity/ledger.h"

namespace gatehouse::cli {

/// bare_token is a token as files hold it, without the end of its line and without "Bearer " before it. A view.
ByteView bare_token(ByteView text);

/// assertion_of is the XML of an assertion as files hold it: as it is, or as it stands in a header field ("SAML " before it or
/// not). Empty: it is none.
std::string assertion_of(ByteView text);

/// rules_of_certificates is what a listener (any, when `name` is empty and only one does) asks of its clients. The error is for
/// people: there is no such one, or more than one.
Result<const config::ClientRules*, std::string> rules_of_certificates(const config::Snapshot& snapshot, const std::string& name);

/// KeptLedger is what the store says of callers, read beside a gateway that runs or not. Owns all.
struct KeptLedger {
  enum class State : uint8_t { read, none, unreadable };
  State state = State::none;    // none: there is no store at gateway.state_dir
  identity::LedgerRef ledger;   // null unless it was read
  std::string why;              // it could not be
  std::shared_ptr<const identity::GatewayKeys> token_keys;   // of the gateway's own tokens; null: none was read
  std::string no_token_keys;    // why they are not known, once put_token_keys() was called
};

/// read_ledger reads the store of a configuration as `serve` does, from a copy (store/copy.h): nothing is written, nobody waits.
KeptLedger read_ledger(const config::Prepared& prepared);

/// put_token_keys gives *prepared the keys of the gateway's own tokens, where it gives any: those of `kept`, and where the store
/// cannot be read those of the running gateway; or says in kept->no_token_keys why not.
void put_token_keys(KeptLedger* kept, config::Prepared* prepared);

/// keys_of_gateway asks the running gateway for its API keys, where the store cannot be read; null and complained when it cannot
/// be asked.
std::shared_ptr<const identity::ApiKeySet> keys_of_gateway(const config::Prepared& prepared);

/// revoked_by says which of the things that an identity has is on the list at `now`: "token 5f0c...", "subject ...", joined with
/// ", "; empty when none is. `shown`: the certificate (SHA-256 of its DER) of whoever sends it; null: none.
std::string revoked_by(const identity::RevocationSet& revocations, const identity::Identity& identity,
                       const std::array<uint8_t, 32>* shown, WallNs now);

}  // namespace gatehouse::cli
