// The patterns of guards: their own and those of shipped sets, compiled. Included by guard/*.cc and its tests only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "guard/guard.h"
#include "pattern/database.h"
#include "pattern/token_run.h"

namespace gatehouse::guard {

/// PatternRule is one pattern: whose it is. Ids of patterns are indexes into Patterns::rules.
struct PatternRule {
  uint32_t guard;
  uint32_t entry;          // of the guard's patterns, or of its sets when `name` is there
  bool skeletons = false;  // asked of skeletons alone, caselessly
  bool secret = false;     // what it finds is not shown
  std::string name = {};   // "secrets/aws-access-key"; empty: the configuration's own
  ByteView anchor = {};    // ShippedPattern::anchor
  uint32_t part = 0;       // which are looked for together: 0 are the configuration's own, of each set four
};

/// Part is patterns that are asked of many texts joined by newlines, in one scan.
struct Part {
  pattern::Database database;
  /// token: every match lies in such a run. value: every match has one, and is no wider than `reach`. none: anything.
  pattern::RunKind run = pattern::RunKind::none;
  size_t reach = 0;
};
inline constexpr size_t kReachMax = 160;

/// Group is the patterns of some guards, compiled.
struct Group {
  /// Everything, for one string at a time: what it says is the verdict.
  pattern::Database exact;
  /// Patterns that can be asked of joined texts, or their anchors. They may report a match that reaches
  /// over a join, but never miss one that lies in one text: ^, $, \b and \B see a newline where
  /// they would see the text's border, and patterns that would not (\A, \z, (?-m)) are left out. Their matches
  /// are candidates: `exact` confirms them. Empty where `exact` is the same.
  std::vector<Part> candidates;
  /// The patterns left out of `candidates`; asked of each string by itself.
  pattern::Database whole;

  /// What is asked of joined texts is `exact` itself.
  bool same() const { return candidates.empty() && whole.empty(); }
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
  std::string name(pattern::DigestOf digest_of) const;
};

}  // namespace gatehouse::guard
