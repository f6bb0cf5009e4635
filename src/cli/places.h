// Where a running gateway keeps its things, taken from its configuration.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/records.h"
#include "config/diagnostic.h"

namespace gatehouse::cli {

/// records_place and admin_socket read a configuration file; complaints go to stderr, the error is the
/// ExitCode.
Result<RecordsPlace, int> records_place(const std::string& config_path);
Result<std::string, int> admin_socket(const std::string& config_path);

/// AdminPlace is where the admin socket must be, also when the configuration is otherwise wrong.
struct AdminPlace {
  std::string socket;                // empty when it cannot be told
  int code = 0;                      // ExitCode of the configuration
  config::Diagnostics diagnostics;   // what is wrong with it
  /// complain writes the errors to stderr and returns `code`.
  int complain() const;
};
AdminPlace admin_place(const std::string& config_path);

}  // namespace gatehouse::cli
