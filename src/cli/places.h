// Where a running gateway keeps its things, taken from its configuration.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/records.h"

namespace gatehouse::cli {

/// records_place and admin_socket read a configuration file; complaints go to stderr, the error is the
/// ExitCode.
Result<RecordsPlace, int> records_place(const std::string& config_path);
Result<std::string, int> admin_socket(const std::string& config_path);

}  // namespace gatehouse::cli
