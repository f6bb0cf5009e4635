// Sets of patterns that come with the program.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.h"

namespace gatehouse::pattern {

/// ShippedPattern is one rule; all views are to static text.
struct ShippedPattern {
  ByteView name;
  ByteView text;    // Pattern::text; exact for Hyperscan, and has no need of the whole text
  bool caseless;
  ByteView hits;    // an example
  ByteView clean;   // what looks like it and is none
};

/// shipped_set: "destructive-commands" are commands that wipe what they are given to, of shells, clusters, clouds and
/// stores; statements of SQL only where they stand alone (the SQL guard reads them properly). "secrets" are credentials
/// in their vendors' formats, or assigned to a name that says so. nullopt: there is no such set.
std::optional<std::span<const ShippedPattern>> shipped_set(ByteView name);

inline constexpr ByteView kShippedSets[] = {"destructive-commands", "secrets"};

std::span<const ShippedPattern> destructive_commands();
std::span<const ShippedPattern> secrets();

}  // namespace gatehouse::pattern
