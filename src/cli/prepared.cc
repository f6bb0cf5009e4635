#include "cli/prepared.h"

#include <cstdio>

#include "cli/exit_code.h"

namespace gatehouse::cli {

int prepare_or_complain(const std::string& path, const config::RuntimeInputs& inputs, config::Prepared* prepared) {
  *prepared = config::prepare(path, inputs);
  if (prepared->ok()) return kExitOk;
  const config::Diagnostics& found = prepared->loaded.diagnostics;
  for (const config::Diagnostic& each : found)
    if (each.severity == config::Severity::error) std::fprintf(stderr, "%s\n", config::render(each).c_str());
  return !found.empty() && found.front().code == config::Code::unreadable ? kExitNoInput : kExitConfig;
}

}  // namespace gatehouse::cli
