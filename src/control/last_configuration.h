// The configuration that ran last, kept in the store: so that the next start can say what it changes, and what of that weakens
// records or guards.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/exchange_id.h"
#include "base/result.h"
#include "config/difference.h"
#include "config/snapshot.h"
#include "crypto/sign.h"
#include "store/store.h"

namespace gatehouse::control {

/// KeptConfiguration is one that was put in force: all that it says, and where the records say that it was.
struct KeptConfiguration {
  ExchangeId process;                    // of the writer of the records
  uint64_t version = 0;                  // of the snapshot
  std::array<uint8_t, 32> policy_hash{};
  config::Inventory inventory;
};

/// LastConfiguration keeps exactly one. The store's thread.
class LastConfiguration {
 public:
  explicit LastConfiguration(store::Store& store) : store_(store) {}

  /// open makes the tables.
  Result<Done, std::string> open();

  /// keep replaces what is kept, whole or not at all; signed where there is a key (the one that signs heads).
  Result<Done, std::string> keep(const KeptConfiguration& one, const crypto::PrivateKey* key);

  /// Read is what is there. `doubt` says why it may not be what was kept; the rest is to be compared with all the same.
  struct Read {
    std::optional<KeptConfiguration> kept;
    std::string doubt;
  };
  Result<Read, std::string> read(const crypto::PrivateKey* key);

 private:
  store::Store& store_;
};

/// note_start is the note of a process's first snapshot: compared with what the process before ran, as far as that is known. Where
/// it is not known, or records and store do not say the same of it, that is an alert of its own: who changes or removes what is
/// kept gets no fewer. Only a folder in which nothing was recorded, with a store that knows of nothing, is said to be new.
/// `dir` is the folder of the records, recovered; `own` whose records begin.
config::SnapshotNote note_start(const LastConfiguration::Read& last, const std::string& dir, const ExchangeId& own,
                                const config::Inventory& fresh, const config::Snapshot& snapshot);

}  // namespace gatehouse::control
