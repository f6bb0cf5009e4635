// Where proved assertions become tokens: noted as used first, then signed for.
#pragma once

#include <string>

#include "control/spent_assertions.h"
#include "control/token_keys.h"
#include "proxy/proving.h"

namespace gatehouse::control {

/// TokenDesk is what the gateway gives tokens with. The store's thread, unless it says otherwise.
class TokenDesk {
 public:
  explicit TokenDesk(store::Store& store) : keys_(store), spent_(store) {}

  /// open makes keys and memory ready; again when `rotation` is another one.
  Result<Done, std::string> open(WallNs rotation, WallNs now);

  /// give takes a proving with use exchange that was proved well: fills in its token, or the reason why there is none. The assertion
  /// is on the disk as used before the token is made: whatever dies in between, nobody gets two. Returns what went wrong in the
  /// store, for the log; empty when nothing did.
  std::string give(proxy::Proving& proving, WallNs now);

  TokenKeys& keys() { return keys_; }
  const TokenKeys& keys() const { return keys_; }

 private:
  TokenKeys keys_;
  SpentAssertions spent_;
};

}  // namespace gatehouse::control
