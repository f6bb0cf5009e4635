// TOML text -> values with their places. The one file that knows the TOML library; its exceptions and
// types stay there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostic.h"

namespace gatehouse::config {

/// Raw is a value as it stands in the text, before anybody knows what it is for.
struct Raw {
  enum class Kind : uint8_t { boolean, integer, text, list, table, other };
  struct Entry;

  Kind kind = Kind::other;
  Place place;
  bool boolean = false;
  int64_t integer = 0;
  std::string text;  // text; for other: what it is called
  std::vector<Raw> list;
  std::vector<Entry> table;
};

struct Raw::Entry {
  std::string key;
  Place key_place;
  Raw value;
};

/// Bounds of a configuration's text.
inline constexpr size_t kTextBytesMax = 1024 * 1024;
inline constexpr size_t kLineBytesMax = 16 * 1024;
inline constexpr size_t kKeyDepthMax = 16;

/// read_toml parses the report's source; complains and returns nothing when it is not TOML.
std::optional<Raw> read_toml(Report& report);

/// toml_version is the version of the TOML library.
ByteView toml_version();

}  // namespace gatehouse::config
