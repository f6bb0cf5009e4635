#include "config/load.h"

#include <filesystem>

#include "config/files.h"
#include "config/read.h"

namespace gatehouse::config {

Loaded load_into(const std::string& base_dir, Report& report) {
  Loaded loaded;
  loaded.config.source = report.source();
  const std::optional<Raw> raw = read_toml(report);
  if (!raw) return loaded;
  loaded.parsed = true;
  loaded.tree = check_tree(*raw, report);
  loaded.config = read_config(loaded.tree, base_dir, report);
  return loaded;
}

Loaded load_text(std::string text, const std::string& name, const std::string& base_dir) {
  Report report(std::make_shared<Source>(name, std::move(text)));
  Loaded loaded = load_into(base_dir, report);
  loaded.diagnostics = report.take();
  return loaded;
}

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

Result<std::string, Diagnostics> read_configuration(const std::string& path) {
  auto text = read_file(path, {kTextBytesMax, Access::any});
  if (text) return std::move(text.value());
  Report report(std::make_shared<Source>(path, ""));
  const Code code = text.error().too_large ? Code::too_large : Code::unreadable;
  report.error(code, {}, "cannot read '" + path + "': " + text.error().text).help =
      text.error().help;
  return Failure{report.take()};
}

Loaded load_file(const std::string& path) {
  auto text = read_configuration(path);
  if (text) return load_text(std::move(text.value()), path, folder_of(path));
  Loaded loaded;
  loaded.diagnostics = text.error();
  return loaded;
}

}  // namespace gatehouse::config
