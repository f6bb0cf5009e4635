// The text of a statement: what it would do. PostgreSQL's own parser answers (libpg_query 15 and 17, one table of
// verdicts); a linear scan of our own stands in front of it, and behind it when a text is of another dialect.
//
// How to use a verdict: allow only what is `complete` and whose effect and flags a rule allows. A text that is not
// complete may do more than is said. All names and times are bounded by Limits.
//
// What the bounds cost, measured with libpg_query 15-4.0 at 2,000 tokens: without the bound on chains `NOT NOT ...`
// takes 260 KiB of stack, nested sub-selects 200 KiB, `1+1+...` 136 KiB, and 2 ms at most; ten times as many tokens
// 1.3 MiB and 14 ms. With the bounds the deepest shape (nested sub-selects) takes 84 KiB and 0.6 ms; stack_test.cc holds
// every shape to 128 KiB, at 1x and 10x. A DELETE of 37 bytes costs 3.5 us, an IN list of 2 KiB 0.12 ms, of 8 KiB 0.5 ms.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::sql {

/// Effect is the worst that a text would do, in rising order. unknown is worst: nothing is known about it.
enum class Effect : uint8_t { read, write, schema, privilege, unknown };

/// Flags are facts that rules ask for, as bits of Verdict::flags.
enum Flag : uint32_t {
  kUnbounded = 1u << 0,        // DELETE, UPDATE, MERGE of all rows: no condition or a constant one; TRUNCATE
  kTruncate = 1u << 1,
  kDrop = 1u << 2,             // also ALTER TABLE ... DROP, CREATE OR REPLACE TABLE
  kGrant = 1u << 3,            // GRANT, REVOKE, roles, owners, policies
  kProgram = 1u << 4,          // COPY ... PROGRAM
  kFile = 1u << 5,             // files or stages of the server: COPY TO/FROM 'file', COPY INTO
  kOpaque = 1u << 6,           // runs text or code that is not seen here: DO, CALL, EXECUTE, query_to_xml
  kSeveral = 1u << 7,          // more than one statement
  kCteWrite = 1u << 8,         // WITH x AS (DELETE ...)
  kMerge = 1u << 9,
  kListedFunction = 1u << 10,  // calls a function of the list in functions.cc
  kSession = 1u << 11,         // SET, RESET, DISCARD, set_config
  kCreatesTable = 1u << 12,    // SELECT INTO, CREATE TABLE AS
  kExplainAnalyze = 1u << 13,  // EXPLAIN that executes
  kPrepare = 1u << 14,
  kLock = 1u << 15,            // LOCK, FOR UPDATE, advisory locks
  kMaintenance = 1u << 16,     // VACUUM, ANALYZE, REINDEX, CLUSTER, REFRESH, CHECKPOINT
  kNotify = 1u << 17,
  kTransaction = 1u << 18,
  kRewritten = 1u << 19,       // parsed after `?`, `:name`, `%s` became parameters, backticks double quotes, and so on
  kAmbiguous = 1u << 20,       // dialects read it differently (see scan.h): never complete
  kNotParsed = 1u << 21,       // another dialect or no SQL: judged by its tokens, never complete
  kTooComplex = 1u << 22,      // beyond Limits: effect unknown
  kSlow = 1u << 23,            // longer than Limits::slow_bytes (see Classifier::slow)
  kDelete = 1u << 24,          // takes rows away, chosen or all: DELETE, also in a WITH or MERGE
  kTakes = 1u << 27,           // takes away what no other flag tells: a name, a type, triggers by ALTER; whatever DO holds
  kQuoted = 1u << 26,          // rows are chosen by "x" alone, a text to MySQL, Spark and BigQuery: all rows there
  kUnproven = 1u << 28,        // DELETE, UPDATE, MERGE by a condition that cannot be shown to choose (condition.h)
  kOfValues = 1u << 25,        // judged by its values, too (a < 10 OR a > 5): texts of the same shape have verdicts of their own
};

struct Limits {
  uint32_t bytes = 16 * 1024;
  uint32_t tokens = 2000;
  uint32_t nesting = 200;       // open parentheses, brackets and CASEs
  uint32_t chain = 200;         // operators in one expression (1+1+..., NOT NOT ...), and joins and unions in one query
  uint32_t depth = 400;         // nesting and all chains that are open at one place together
  uint32_t slow_bytes = 2048;   // longer ones may take 50 us to 2 ms: give them to a job thread
  uint32_t names = 256;         // relations and functions that are listed; more: not complete
  uint32_t cache_entries = 512; // verdicts that a Classifier keeps
  uint32_t cache_bytes = 1024 * 1024;  // of the texts they belong to
};

/// Relation is a table, view or the like that is named. `cte` tells that some WITH of the text has the same name, or a schema,
/// a trigger or the like that is dropped, so that it may be no table: rules that protect a table do not trust it.
struct Relation {
  std::string schema;  // empty when not written; "database.schema" when both are
  std::string name;    // as PostgreSQL folds it: lower case unless quoted
  bool written = false;
  bool cte = false;
};

/// Statement is one of the text: its effect and flags, and where it stands.
struct Statement {
  Effect effect = Effect::read;
  uint32_t flags = 0;
  uint32_t offset = 0;
  uint32_t length = 0;
};

/// Verdict is about a whole text: the worst effect and the flags of all its statements. An empty text is a complete read.
struct Verdict {
  Effect effect = Effect::read;
  bool complete = true;
  uint32_t flags = 0;
  std::vector<Statement> statements;
  std::vector<Relation> relations;
  std::vector<std::string> functions;  // called, with schema when written

  bool has(uint32_t any_of) const { return (flags & any_of) != 0; }
  /// destructive: takes data, rights or control away and would do so here and now.
  bool destructive() const {
    return has(kUnbounded | kUnproven | kDrop | kProgram | kGrant | kListedFunction | kTakes) || effect == Effect::privilege;
  }
};

/// classify judges a text without keeping anything. Never throws; bounded time, memory and stack.
/// Any thread with 256 KiB of stack; libpg_query keeps memory of its own per thread, freed when the thread ends.
Verdict classify(ByteView text, const Limits& limits = {});

/// looks_like tells whether a text could be a whole destructive statement: linear, without memory. False is certain for
/// what PostgreSQL would read; true says nothing. Prose passes after its first word.
bool looks_like(ByteView text);

/// Classifier keeps verdicts, the last used ones, by text: equal texts only, or those that differ in values of which no verdict
/// speaks (shape.h), so no collision can lend a verdict. One thread.
class Classifier {
 public:
  explicit Classifier(const Limits& limits = {});
  ~Classifier();
  Classifier(const Classifier&) = delete;

  /// slow tells, before anything is parsed, that classify(text) may take long here: the text is longer than
  /// slow_bytes, within the limits, and its verdict is not kept.
  bool slow(ByteView text) const;

  /// classify returns a verdict that lives until the next call. A kept one costs no allocation.
  const Verdict& classify(ByteView text);

  /// keep files a verdict that classify(text, limits) gave on another thread.
  const Verdict& keep(ByteView text, Verdict verdict);

  /// Arbitrary strings: is this text as a whole a destructive statement? `unread` is one that begins as a statement
  /// and is beyond the limits.
  enum class Hit : uint8_t { no, yes, unread };
  Hit destructive(ByteView text);

 private:
  struct Kept;
  std::unique_ptr<Kept> kept_;
  Limits limits_;
};

const char* name_of(Effect effect);

}  // namespace gatehouse::sql
