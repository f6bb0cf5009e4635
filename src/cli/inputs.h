// What commands read besides the configuration.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/compile.h"

namespace gatehouse::cli {

/// read_input reads a file, or standard input for "-", at most 1 GiB. The error is for people.
Result<std::string, std::string> read_input(const std::string& name);

/// take_keys gives issuers the keys that nobody fetches here ("ISSUER=FILE"), compiling *prepared anew; returns an ExitCode
/// and has complained when that is not kExitOk.
int take_keys(const std::vector<std::string>& keys, config::RuntimeInputs inputs, config::Prepared* prepared);

}  // namespace gatehouse::cli
