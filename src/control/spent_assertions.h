// Which SAML assertions were exchanged: each once, over restarts and whatever the clock does (RFC 7522 section 3).
#pragma once

#include <array>
#include <string>

#include "base/bytes.h"
#include "base/reason.h"
#include "base/result.h"
#include "base/time.h"
#include "store/store.h"

namespace gatehouse::control {

/// SpentAssertions remembers an assertion until nobody would believe it any more. The end of what was forgotten is remembered, too:
/// when the clock goes back, what may have been forgotten counts as used. The store's thread.
class SpentAssertions {
 public:
  static constexpr uint64_t kMax = 1'000'000;   // that live at once, 100 bytes each; more are refused

  explicit SpentAssertions(store::Store& store, uint64_t most = kMax) : store_(store), most_(most) {}

  Result<Done, std::string> open();

  /// spend notes that the assertion was used; on the disk when it returns. `until`: when it is dead. Reason::none, saml_replayed, or
  /// saml_busy when there are too many. An error of the store is one: then it may have been noted or not, and is not to be used.
  Result<Reason, std::string> spend(ByteView issuer, ByteView id, WallNs until, WallNs now);

  uint64_t size() const { return size_; }

 private:
  Result<Done, std::string> forget(WallNs now);

  store::Store& store_;
  const uint64_t most_;
  uint64_t size_ = 0;
  WallNs forgotten_ = 0;      // the latest end of those that were forgotten
  WallNs forget_again_ = 0;   // looked for at most once a second
};

}  // namespace gatehouse::control
