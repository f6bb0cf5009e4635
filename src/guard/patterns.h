// The patterns of guards: their own and those of shipped sets, compiled. Included by guard/*.cc and its tests only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "guard/guard.h"
#include "pattern/database.h"

namespace gatehouse::guard {

/// PatternRule is one pattern: whose it is. Ids of patterns are indexes into Patterns::rules.
struct PatternRule {
  uint32_t guard;
  uint32_t entry;          // of the guard's patterns, or of its sets when `name` is there
  bool skeletons = false;  // asked of skeletons alone, caselessly
  bool secret = false;     // what it finds is not shown
  std::string name = {};   // "secrets/aws-access-key"; empty: the configuration's own
};

/// Group is the patterns of some guards, compiled.
struct Group {
  /// Everything, for one string at a time: what it says is the verdict.
  pattern::Database exact;
  /// Patterns that can be asked of many texts joined by newlines. It may report a match that reaches
  /// over a join, but never misses one that lies in one text: ^, $, \b and \B see a newline where
  /// they would see the text's border, and patterns that would not (\A, \z, (?-m)) are left out. Its matches
  /// are candidates: `exact` confirms them. Empty where `exact` is the same.
  pattern::Database candidates;
  /// The patterns left out of `joined`; asked of each string by itself.
  pattern::Database whole;
  bool same = false;       // nothing was left out, and nothing is approximate

  const pattern::Database& joined() const { return same ? exact : candidates; }
};

struct Patterns {
  std::vector<PatternRule> rules;
  std::vector<pattern::Pattern> texts;   // the same index
  std::vector<size_t> firsts;            // by guard: its first; they stand together
  Group all;
  std::vector<Group> each;               // empty when there is only one guard

  /// compile fills all; the error says which guard and which of its entries.
  std::optional<Set::CompileError> compile(const std::vector<GuardRule>& from, const Stored* stored);

 private:
  std::optional<Set::CompileError> list(const std::vector<GuardRule>& from);
  std::span<const pattern::Pattern> of(size_t guard) const;
};

}  // namespace gatehouse::guard
