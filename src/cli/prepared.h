// A configuration from end to end, for commands that run the gateway's own functions without a gateway.
#pragma once

#include <string>

#include "config/compile.h"

namespace gatehouse::cli {

/// prepare_or_complain reads and compiles a configuration into *prepared; returns an ExitCode. What is wrong goes to stderr.
int prepare_or_complain(const std::string& path, const config::RuntimeInputs& inputs, config::Prepared* prepared);

}  // namespace gatehouse::cli
