#include "guard/statements.h"

#include <algorithm>

#include "base/glob.h"


namespace gatehouse::guard {
namespace {

struct Phrase {
  uint32_t flag;
  const char* words;
};
// What a flag is called, the worst first.
constexpr Phrase kPhrases[] = {
    {sql::kTooComplex, "a statement beyond the limits"}, {sql::kAmbiguous, "a statement that dialects read differently"},
    {sql::kProgram, "COPY ... PROGRAM"}, {sql::kOpaque, "code that cannot be seen (DO, CALL, EXECUTE)"},
    {sql::kGrant, "GRANT or a change of roles"}, {sql::kListedFunction, "a call of a listed function"},
    {sql::kTruncate, "TRUNCATE"}, {sql::kDrop, "DROP"}, {sql::kFile, "files or stages of the server"},
    {sql::kSeveral, "several statements"}, {sql::kCteWrite, "a change inside WITH"}, {sql::kMerge, "MERGE"},
    {sql::kCreatesTable, "a table made from a query"}, {sql::kExplainAnalyze, "EXPLAIN ANALYZE"},
    {sql::kPrepare, "PREPARE"}, {sql::kLock, "a lock"}, {sql::kMaintenance, "maintenance"},
    {sql::kSession, "a change of session settings"}, {sql::kNotify, "NOTIFY or LISTEN"},
    {sql::kTransaction, "control of transactions"}, {sql::kRewritten, "placeholders"},
    {sql::kQuoted, "rows by names in double quotes, which some services read as texts"},
    {sql::kUnproven, "by a condition that cannot be shown to choose rows"},
    {sql::kNotParsed, "a statement of another dialect"}, {sql::kSlow, "a long statement"}};

/// What the rows lose or get: "DELETE of all rows".
const char* rows_phrase(const sql::Verdict& verdict) {
  const bool all = verdict.has(sql::kUnbounded), deletes = verdict.has(sql::kDelete);
  if (all) return deletes ? "DELETE of all rows" : "UPDATE of all rows";
  return deletes ? "DELETE" : "a write";
}

const char* effect_phrase(sql::Effect effect) {
  switch (effect) {
    case sql::Effect::read: return "a read";
    case sql::Effect::write: return "a write";
    case sql::Effect::schema: return "a schema change";
    case sql::Effect::privilege: return "a change of privileges";
    case sql::Effect::unknown: return "a statement of unknown effect";
  }
  return "a statement of unknown effect";
}

bool fits(const std::string& pattern, const sql::Relation& relation) {
  const size_t dot = pattern.rfind('.');
  if (dot == std::string::npos) return relation.schema.empty() && glob_matches(pattern, relation.name);
  return glob_matches(ByteView(pattern).substr(0, dot), relation.schema) &&
         glob_matches(ByteView(pattern).substr(dot + 1), relation.name);
}

bool is_listed(const sql::Relation& relation, const std::vector<std::string>& tables) {
  if (relation.cte) return false;
  return std::any_of(tables.begin(), tables.end(), [&](const std::string& pattern) { return fits(pattern, relation); });
}

/// table_problem says why a change is not one of listed tables alone; nullptr: it is.
const char* table_problem(const sql::Verdict& verdict, const std::vector<std::string>& tables, const sql::Relation** which) {
  if (tables.empty() || (verdict.complete && verdict.effect == sql::Effect::read)) return nullptr;
  if (!verdict.complete) return "the tables are not known";
  const auto changing = std::count_if(verdict.statements.begin(), verdict.statements.end(),
                                      [](const sql::Statement& each) { return each.effect != sql::Effect::read; });
  if (changing > 1) return "several changes in one text";
  bool any = false;
  for (const sql::Relation& relation : verdict.relations) {
    if (!relation.written) continue;
    any = true;
    *which = &relation;
    if (!is_listed(relation, tables)) return "a change of a table that is not listed";
  }
  *which = nullptr;
  return any ? nullptr : "a change of what is no listed table";
}

Outcome effect_outcome(const sql::Verdict& verdict, const StatementRules& rules) {
  Outcome outcome = Outcome::block;
  switch (verdict.effect) {
    case sql::Effect::read: outcome = rules.read; break;
    case sql::Effect::write: outcome = rules.write; break;
    case sql::Effect::schema: outcome = rules.schema; break;
    case sql::Effect::privilege: outcome = rules.privilege; break;
    case sql::Effect::unknown: outcome = rules.unknown; break;
  }
  // A text of several statements has the effect of the worst: rows may be written or deleted as well.
  if (verdict.has(sql::kDelete)) outcome = worse(outcome, rules.remove);
  if (verdict.statements.size() > 1)
    for (const sql::Statement& each : verdict.statements) {
      if (each.effect == sql::Effect::write) outcome = worse(outcome, rules.write);
      if (each.effect == sql::Effect::schema) outcome = worse(outcome, rules.schema);
    }
  return outcome;
}

/// Words that end at kStatementWordsMax, on a character border.
class Words {
 public:
  void add(ByteView text) {
    for (const char c : text) out_ += static_cast<uint8_t>(c) < 0x20 || c == 0x7f ? '.' : c;
  }
  void list(ByteView text) { add(out_.empty() ? "" : ", "), add(text); }
  void name(const sql::Relation& relation) {
    if (!relation.schema.empty()) add(relation.schema), add(".");
    add(relation.name);
  }
  std::string take() {
    if (out_.size() > kStatementWordsMax) {
      size_t end = kStatementWordsMax - 3;
      while (end > 0 && (static_cast<uint8_t>(out_[end]) & 0xc0) == 0x80) --end;
      out_.resize(end);
      out_ += "...";
    }
    return std::move(out_);
  }

 private:
  std::string out_;
};

/// The relations that the words name: the written ones, at most three.
void add_relations(const sql::Verdict& verdict, Words* words) {
  size_t named = 0;
  for (const sql::Relation& relation : verdict.relations) {
    if (!relation.written) continue;
    if (named == 3) return words->add(", ...");
    words->add(named++ == 0 ? " of " : ", ");
    words->name(relation);
  }
}

/// main_phrase is the worst that a statement does, and the flag that says so.
Phrase main_phrase(const sql::Verdict& verdict) {
  if (verdict.has(sql::kTruncate)) return {sql::kTruncate, "TRUNCATE"};
  if (verdict.has(sql::kDrop)) return {sql::kDrop, "DROP"};
  if (verdict.has(sql::kMerge) && !verdict.has(sql::kUnbounded)) return {sql::kMerge, "MERGE"};
  if (verdict.effect == sql::Effect::write || verdict.has(sql::kUnbounded)) return {0, rows_phrase(verdict)};
  return {0, effect_phrase(verdict.effect)};
}

std::string say(const sql::Verdict& verdict, uint32_t flags, const char* problem, const sql::Relation* which) {
  Words words;
  const Phrase main = main_phrase(verdict);
  words.list(main.words);
  if (which == nullptr) add_relations(verdict, &words);
  for (const Phrase& phrase : kPhrases)
    if ((flags & phrase.flag & ~main.flag) != 0) words.list(phrase.words);
  if (problem != nullptr) words.list(problem);
  if (which != nullptr) words.add(": "), words.name(*which);
  return words.take();
}

}  // namespace

StatementCheck judge(const sql::Verdict& verdict, const StatementRules& rules) {
  StatementCheck check;
  const sql::Relation* which = nullptr;
  const char* const problem = table_problem(verdict, rules.tables, &which);
  check.outcome = effect_outcome(verdict, rules);
  if (!verdict.complete && verdict.effect != sql::Effect::unknown) check.outcome = worse(check.outcome, rules.incomplete);
  if (verdict.has(rules.asked)) check.outcome = worse(check.outcome, Outcome::approve);
  if (verdict.has(rules.blocked) || problem != nullptr) check.outcome = Outcome::block;
  if (check.outcome == Outcome::pass) return check;
  uint32_t flags = verdict.flags & (rules.blocked | rules.asked);
  if (!verdict.complete) flags |= verdict.flags & (sql::kNotParsed | sql::kAmbiguous | sql::kTooComplex);
  check.words = say(verdict, flags, problem, which);
  return check;
}

const char* table_pattern_problem(ByteView pattern) {
  if (pattern.empty()) return "an empty table name";
  if (pattern.size() > 255) return "a table name longer than 255 bytes";
  for (const char c : pattern)
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) return "control byte";
  if (pattern.front() == '.' || pattern.back() == '.' || pattern.find("..") != ByteView::npos)
    return "a name is missing before or after a dot";
  return nullptr;
}

}  // namespace gatehouse::guard
