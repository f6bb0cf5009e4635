// Sets of patterns that come with the program.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.h"

namespace gatehouse::pattern {

/// ShippedPattern is one rule; all views are to static text.
struct ShippedPattern {
  ByteView name;
  ByteView text;    // Pattern::text, of ASCII; matched byte by byte; exact for Hyperscan, and has no need of the whole text
  bool caseless;
  ByteView hits;    // an example
  ByteView clean;   // what looks like it and is none
  /// An expression of which every match contains a match, cheaper in a set: with plain text that is rare, and few of them
  /// (the library looks for up to 96 plain texts two to three times as fast as for more). Empty: the pattern itself.
  ByteView anchor = {};
  uint8_t part = 0;   // of the set: which are looked for together
};

/// shipped_set: "destructive-commands" are commands that wipe what they are given to, of shells, clusters, clouds and
/// stores; statements of SQL only where they stand alone (the SQL guard reads them properly). "secrets" are credentials
/// in their vendors' formats, or assigned to a name that says so. nullopt: there is no such set.
std::optional<std::span<const ShippedPattern>> shipped_set(ByteView name);

inline constexpr ByteView kShippedSets[] = {"destructive-commands", "secrets"};

std::span<const ShippedPattern> destructive_commands();
std::span<const ShippedPattern> secrets();

}  // namespace gatehouse::pattern
