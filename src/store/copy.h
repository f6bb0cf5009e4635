// The store's file as it is on the disk, read beside whoever has it open.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace gatehouse::store {

/// kCopyMax: a store of a million revocations has a quarter of it.
inline constexpr size_t kCopyMax = size_t{1} << 30;

/// read_steady reads `gatehouse.db` of a folder between two writes of the process that has it: no lock is asked for, nothing is
/// written. Nothing: there is no store. Blocks, at most about three seconds while it is written again and again. An error says why
/// it cannot be read: no right to, a write that was begun and neither ended nor taken back, too large.
Result<std::optional<std::string>, std::string> read_steady(const std::string& folder);

}  // namespace gatehouse::store
