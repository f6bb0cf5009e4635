// The ledger on disk and in memory: what is in the store, and what workers are given of it.
#pragma once

#include <string>
#include <vector>

#include "control/http_server.h"
#include "control/ledger_wish.h"
#include "identity/ledger.h"
#include "store/store.h"

namespace gatehouse::control {

/// LedgerBook keeps API keys and revocations. A wish is done in two steps, so that a slow disk keeps nobody in: enforce()
/// changes memory when the wish shuts somebody out, keep() writes and answers. What could not be written stays in force, its asker
/// is told, and the next keep() writes it, too.
///
/// Every row carries a digest of itself, and each table the count and sum of these: bits that flip, and rows that are
/// gone or came from elsewhere, are found at the start. Used on one thread at a time: the store's.
class LedgerBook {
 public:
  explicit LedgerBook(store::Store& store) : store_(store) {}

  /// open makes the tables and reads all of them; an error is why nobody may be served.
  Result<Done, std::string> open();

  /// enforce returns true when the ledger became another one.
  bool enforce(LedgerWish& wish, WallNs now);
  /// keep: `wish` is what enforce() was given.
  Answer keep(LedgerWish& wish, WallNs now);

  /// drop_ended takes out revocations whose end is past, and keys that ended a month ago; an error of the store.
  Result<Done, std::string> drop_ended(WallNs now);

  identity::LedgerRef ledger() const { return ledger_; }

 private:
  /// Seal is what the rows of a table add up to.
  struct Seal {
    const char* name;
    int64_t rows = 0, sum = 0;
  };
  using Outcome = Result<Done, std::string>;

  Outcome read_revocations();
  Outcome read_keys();
  Outcome check_seal(const Seal& found);
  Outcome write_seal(const Seal& seal);
  Outcome put(const identity::Revocation& entry, Seal& seal);
  Result<bool, std::string> take_out(const identity::Revocation& entry, Seal& seal);
  Outcome put(const identity::ApiKey& key, Seal& seal);
  Outcome keep_owed();
  Outcome drop_keys(WallNs now, Seal& seal);
  void renew(std::shared_ptr<const identity::RevocationSet> revocations, std::shared_ptr<const identity::ApiKeySet> keys);
  bool shut_out(LedgerWish& wish, WallNs now);

  Answer list_revocations(const LedgerWish& wish);
  Answer list_keys(WallNs now) const;
  Answer added(const LedgerWish& wish);
  Answer removed(const LedgerWish& wish);
  Answer created(LedgerWish& wish, WallNs now);
  Answer changed(const LedgerWish& wish, WallNs now);

  store::Store& store_;
  identity::LedgerRef ledger_ = identity::Ledger::none();
  uint64_t seed_ = 0;
  Seal revocations_{"revocations"}, keys_{"api_keys"};
  std::vector<identity::Revocation> owed_;   // in force, not written yet
  std::vector<identity::ApiKey> owed_keys_;
};

}  // namespace gatehouse::control
