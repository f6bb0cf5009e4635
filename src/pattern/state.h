// What a compiled set is made of. Included by pattern/*.cc only.
#pragma once

#include <hs.h>

#include <optional>
#include <vector>

#include "pattern/confirm.h"
#include "pattern/database.h"
#include "pattern/expression.h"

namespace gatehouse::pattern {

struct Database::State {
  /// Entry is a pattern; the library reports its index.
  struct Entry {
    uint32_t id;
    Rung rung;
    std::optional<Confirmation> confirmation;  // of an approximate one, unless the caller confirms
  };

  hs_database_t* compiled = nullptr;
  std::vector<Entry> entries;
  bool confirms = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { hs_free_database(compiled); }

  /// Adds what PCRE2 needs; the error is a text for people.
  static Result<Entry, std::string> entry_of(const Pattern& pattern, Rung rung, bool confirmed);
};

}  // namespace gatehouse::pattern
