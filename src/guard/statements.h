// Rules on SQL statements: a verdict of sql/ -> it passes, a person is asked, or it is refused, and why.
#pragma once

#include <string>
#include <vector>

#include "guard/outcome.h"
#include "sql/statement.h"

namespace gatehouse::guard {

/// What is refused although its effect is allowed, until a rule says otherwise.
inline constexpr uint32_t kBlockedFlags = sql::kUnbounded | sql::kTruncate | sql::kDrop | sql::kGrant | sql::kProgram |
                                          sql::kFile | sql::kOpaque | sql::kSeveral | sql::kCteWrite |
                                          sql::kListedFunction | sql::kQuoted | sql::kUnproven;
/// What a person is asked about.
inline constexpr uint32_t kAskedFlags = sql::kMerge;

/// StatementRules is the answer to each kind of statement; the worst of all that fit counts. The defaults let read, insert
/// and change chosen rows; a person is asked before rows that a key names are deleted, and before a MERGE. The rest is
/// refused.
struct StatementRules {
  Outcome read = Outcome::pass;
  Outcome write = Outcome::pass;         // rows: INSERT, UPDATE of chosen rows
  Outcome remove = Outcome::approve;     // DELETE of chosen rows, and whatever else takes rows away
  Outcome schema = Outcome::block;
  Outcome privilege = Outcome::block;
  Outcome unknown = Outcome::block;      // effect unknown
  /// Not complete, but the effect is known: another dialect, judged by its tokens. What dialects read differently or what
  /// is beyond the limits has effect unknown.
  Outcome incomplete = Outcome::block;
  uint32_t blocked = kBlockedFlags;      // any of these flags: block
  uint32_t asked = kAskedFlags;          // any of these: approve
  /// Tables that may be changed: "docs", "docs_*", "public.docs", "*.docs"; names as PostgreSQL folds them, * for any
  /// text. A pattern without a dot fits names that are written without a schema; a schema of "*" fits any, and none.
  /// Empty: any table. Otherwise whatever changes something must name only tables that fit: refused are names that a WITH
  /// has too, what is no table, several changes in one text, and texts that are not complete.
  std::vector<std::string> tables;
};

/// StatementCheck is what the rules say; `words` is empty when it passes, else at most kStatementWordsMax bytes such as
/// "DELETE of all rows of docs" without control bytes.
struct StatementCheck {
  Outcome outcome = Outcome::pass;
  std::string words;
};
inline constexpr size_t kStatementWordsMax = 240;

/// judge allocates only when the statement does not pass. Linear in the verdict's names times the rules' tables.
StatementCheck judge(const sql::Verdict& verdict, const StatementRules& rules);

/// pattern_problem says what is wrong with a pattern of `tables`; nullptr: nothing.
const char* table_pattern_problem(ByteView pattern);

}  // namespace gatehouse::guard
