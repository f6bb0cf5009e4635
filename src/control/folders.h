// The folders that a gateway lives in: what `serve` refuses of them, and `check` says before.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"

namespace gatehouse::control {

/// UnfitFolder is why this process, as its user, could not serve.
struct UnfitFolder {
  std::string text;    // what serve says
  int exit_code = 0;   // with which it ends: 74, of gateway.run_dir 69
  bool there = false;  // false: it is not there and cannot be made
};

/// unfit_folder looks at gateway.state_dir, records.dir, records.ring_dir and gateway.run_dir, in the order in which serve takes
/// them, and changes nothing. `serve` and `check` both ask it; of a folder that is there both give its answer.
std::optional<UnfitFolder> unfit_folder(const config::Config& config);

}  // namespace gatehouse::control
