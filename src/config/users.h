// Local users as the configuration names them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "config/diagnostic.h"
#include "config/tree.h"

namespace gatehouse::config {

/// read_users reads peer_users: names of local users or their numbers, looked up now. Nothing where the key is not there.
/// Complains about whom nobody knows, and where no address of the table is a Unix socket (`local`).
std::optional<std::vector<uint32_t>> read_users(const Table& table, bool local, Report& report);

}  // namespace gatehouse::config
