// Guards and masks of a snapshot: compiled, or taken over from the one before, or from gateway.cache_dir.
#pragma once

#include "config/compile.h"
#include "config/diagnostic.h"
#include "config/snapshot.h"

namespace gatehouse::config {

/// build_guards and build_masks set the snapshot's guards and masks. Every pattern and field path that
/// is wrong is reported where it stands in the text, not only the first.
void build_guards(const Config& config, const RuntimeInputs& inputs, Snapshot& snapshot, Report& report);
void build_masks(const Config& config, const Snapshot* previous, Snapshot& snapshot, Report& report);

/// build_records sets what of exchanges the records keep, and how.
void build_records(const Config& config, const Snapshot* previous, Snapshot& snapshot, Report& report);

/// read_hash_key reads a key of hashes, kHashKeyMin bytes or more; null after a complaint.
std::shared_ptr<const crypto::Secret> read_hash_key(const Text& file, Report& report);

}  // namespace gatehouse::config
