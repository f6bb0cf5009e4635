// What tables of one kind are called, for the keys that refer to them.
#pragma once

#include <string>
#include <vector>

#include "config/tree.h"

namespace gatehouse::config {

/// Names is what one configuration may refer to of one kind, and what it did.
class Names {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  /// The kind is "origin", "guard", ...; `by` is who refers to it, for complaints.
  Names(const char* kind, const Table& top, const char* by = "rule");

  /// find returns the index of a name, or kNone and complains.
  uint32_t find(const Text& name, Report& report);
  /// selection returns the indexes of a list as bits; only the first 64 can be had.
  uint64_t selection(const std::vector<Text>& list, Report& report);
  void use_all() { used_.assign(names_.size(), true); }
  void warn_unused(Report& report) const;

 private:
  const char* kind_;
  const char* by_;
  std::vector<Text> names_;
  std::vector<bool> used_;
  bool misnamed_ = false;  // some key names one that does not exist
};

}  // namespace gatehouse::config
