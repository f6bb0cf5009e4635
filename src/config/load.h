// Configuration text -> validated values, with everything that is wrong said in one go.
#pragma once

#include <string>

#include "base/result.h"
#include "config/config.h"
#include "config/diagnostic.h"
#include "config/tree.h"

namespace gatehouse::config {

/// Loaded is one configuration read. `config` may be used only when ok(); `tree` is what the text says,
/// for printing. Files that the text names are read by compile(), not here.
struct Loaded {
  Config config;
  Table tree;
  Diagnostics diagnostics;  // warnings too
  bool parsed = false;      // the text is TOML: all that can be checked was

  bool ok() const { return count(diagnostics, Severity::error) == 0; }
};

/// load_file reads a file of at most 1 MiB; relative paths in it are relative to its folder.
Loaded load_file(const std::string& path);

/// load_text reads text; `name` stands in diagnostics.
Loaded load_text(std::string text, const std::string& name, const std::string& base_dir);

/// read_configuration reads the file's text; the error is ready to be shown. folder_of is what relative
/// paths in it are relative to.
Result<std::string, Diagnostics> read_configuration(const std::string& path);
std::string folder_of(const std::string& path);

/// load_into is the step that the two share with prepare(); complaints stay in the report.
Loaded load_into(const std::string& base_dir, Report& report);

}  // namespace gatehouse::config
