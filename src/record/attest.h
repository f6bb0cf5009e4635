// Tombstones under signed heads: of the gateway that runs, or of a process of their own.
#pragma once

#include "record/heads.h"
#include "record/retention.h"

namespace gatehouse::record {

class Writer;

/// has_heads says whether heads were ever signed in a folder of records.
bool has_heads(const Descriptor& folder);

/// look_at_last looks whether the last tombstone is under a head that `key` signed, where it signed heads before that was made (of
/// what earlier keys signed nothing is known: it is gone on from). No key: under one that its own key signed. A tombstone that is
/// under none, and whose segments are all there, was never signed nor acted on: it is removed. Else it may be forged, and an error
/// says so: the next tombstone would sign it by its chain. A key that signed before an earlier tombstone and was changed back to
/// therefore believes none that was made meanwhile: an earlier key is not to be taken again. `believed` (may be null) is one that
/// need not be looked at again: no file of heads is read then; it is set to the last one.
Result<Done, std::string> look_at_last(const Descriptor& folder, const std::optional<HeadKey>& key,
                                       TombstoneChain* believed = nullptr);

/// head_ring is what a head says of a tombstone's epoch.
HeadRing head_ring(const TombstoneEnd& end);

/// attest_alone signs with `key` in a file of heads of the tombstone's process id: where no gateway writes.
Attest attest_alone(std::string dir, std::shared_ptr<const crypto::PrivateKey> key);

/// attest_with has the writer sign a head for it at once. Not on the writer's thread. The writer is kept alive.
Attest attest_with(std::shared_ptr<Writer> writer);

/// is_named says whether any head of the folder, signed or not, names the tombstone's epoch.
bool is_named(const Descriptor& folder, const TombstoneEnd& end);

}  // namespace gatehouse::record
