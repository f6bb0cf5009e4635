// The table of keys for readers: people (Markdown), editors (JSON Schema), the command line.
#pragma once

#include <string>

#include "config/load.h"
#include "config/tree.h"

namespace gatehouse::config {

/// reference_page is docs/configuration.md.
std::string reference_page();

/// json_schema is a JSON Schema (2020-12) of the configuration as data.
std::string json_schema();

/// describe_key says all about one key or table; empty when there is none.
std::string describe_key(ByteView path);

/// value_text is the value of a table's key as TOML, its default when the text has none; empty without either.
std::string value_text(const Table& table, const Key& key);

/// resolved is the tree of a good configuration with what presets and other keys decide in the place of keys that the text
/// leaves out (resolved.cc). It reads back as the same configuration.
Table resolved(const Loaded& loaded);

/// effective writes a configuration with every key, defaults written out, as TOML; a remark says what is not the text's.
std::string effective(const Table& top);

}  // namespace gatehouse::config
