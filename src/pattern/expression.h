// How Hyperscan can take an expression. Included by pattern/*.cc and tests.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "pattern/database.h"

namespace gatehouse::pattern {

/// Rung is a way to compile an expression, best first: exactly or approximately, as UTF-8 or as bytes.
enum class Rung : uint8_t { text, text_approximate, bytes, bytes_approximate };

inline bool approximate(Rung rung) { return rung == Rung::text_approximate || rung == Rung::bytes_approximate; }
inline bool utf8(Rung rung) { return rung == Rung::text || rung == Rung::text_approximate; }

/// The library's flags for a pattern on a rung.
unsigned flags_of(const Pattern& pattern, Rung rung);

/// The rung to begin with.
inline Rung highest(const Pattern& pattern) { return pattern.bytes ? Rung::bytes : Rung::text; }

/// first_rung finds the best rung from `from` on that the library's parser takes; `thorough` compiles the expression
/// alone, which takes milliseconds. nullopt: none, and `wrong` says why for people.
std::optional<Rung> first_rung(const Pattern& pattern, Rung from, bool thorough, std::string* wrong);

}  // namespace gatehouse::pattern
