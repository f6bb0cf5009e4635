#include "cli/places.h"

#include <cstdio>

#include "cli/exit_code.h"
#include "config/load.h"

namespace gatehouse::cli {
namespace {

Result<config::Config, int> load(const std::string& path) {
  config::Loaded loaded = config::load_file(path);
  if (loaded.ok()) return std::move(loaded.config);
  for (const config::Diagnostic& each : loaded.diagnostics)
    if (each.severity == config::Severity::error) std::fprintf(stderr, "%s\n", config::render(each).c_str());
  const bool unreadable = loaded.diagnostics.front().code == config::Code::unreadable;
  return Failure<int>{unreadable ? kExitNoInput : kExitConfig};
}

}  // namespace

Result<RecordsPlace, int> records_place(const std::string& config_path) {
  auto config = load(config_path);
  if (!config) return Failure<int>{config.error()};
  return RecordsPlace{config->records.dir, config->records.ring_dir};
}

Result<std::string, int> admin_socket(const std::string& config_path) {
  auto config = load(config_path);
  if (!config) return Failure<int>{config.error()};
  return config->gateway.run_dir + "/admin.sock";
}

}  // namespace gatehouse::cli
