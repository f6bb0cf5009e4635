#include "cli/places.h"

#include <cstdio>

#include "cli/exit_code.h"
#include "config/load.h"

namespace gatehouse::cli {
namespace {

AdminPlace place_in(const config::Loaded& loaded) {
  AdminPlace place;
  if (loaded.parsed) place.socket = loaded.config.gateway.run_dir + "/admin.sock";
  if (loaded.ok()) return place;
  place.diagnostics = loaded.diagnostics;
  const bool unreadable = loaded.diagnostics.front().code == config::Code::unreadable;
  place.code = unreadable ? kExitNoInput : kExitConfig;
  return place;
}

Result<config::Config, int> load(const std::string& path) {
  config::Loaded loaded = config::load_file(path);
  if (loaded.ok()) return std::move(loaded.config);
  return Failure<int>{place_in(loaded).complain()};
}

}  // namespace

int AdminPlace::complain() const {
  for (const config::Diagnostic& each : diagnostics)
    if (each.severity == config::Severity::error) std::fprintf(stderr, "%s\n", config::render(each).c_str());
  return code;
}

AdminPlace admin_place(const std::string& config_path) { return place_in(config::load_file(config_path)); }

Result<RecordsPlace, int> records_place(const std::string& config_path) {
  auto config = load(config_path);
  if (!config) return Failure<int>{config.error()};
  return RecordsPlace{config->records.dir, config->records.ring_dir, nullptr, config->records.heads_key_file.value};
}

Result<std::string, int> admin_socket(const std::string& config_path) {
  auto config = load(config_path);
  if (!config) return Failure<int>{config.error()};
  return config->gateway.run_dir + "/admin.sock";
}

}  // namespace gatehouse::cli
