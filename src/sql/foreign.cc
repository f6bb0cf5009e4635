// Texts that PostgreSQL does not read: Snowflake, Databricks, MySQL, ES|QL, or no SQL at all. Tokens tell which verbs
// stand where a statement can begin; all doubt counts as destruction.
#include <algorithm>

#include "sql/walk.h"
#include "sql/words.h"

namespace gatehouse::sql {
namespace {

struct Verb {
  ByteView word;
  Effect effect;
  uint32_t flags;
};

constexpr Effect W = Effect::write, S = Effect::schema, P = Effect::privilege, U = Effect::unknown;
constexpr Verb kVerbs[] = {
    {"DROP", S, kDrop}, {"UNDROP", S, 0}, {"TRUNCATE", W, kTruncate | kUnbounded}, {"ALTER", S, 0},
    {"CREATE", S, 0}, {"RENAME", S, 0}, {"REFRESH", W, kMaintenance}, {"OPTIMIZE", W, kMaintenance},
    {"VACUUM", W, kMaintenance}, {"PURGE", S, kDrop}, {"DELETE", W, kUnbounded}, {"UPDATE", W, kUnbounded},
    {"INSERT", W, 0}, {"UPSERT", W, 0}, {"REPLACE", W, 0}, {"MERGE", W, kMerge}, {"GRANT", P, kGrant},
    {"REVOKE", P, kGrant}, {"DENY", P, kGrant}, {"COPY", W, kFile}, {"UNLOAD", W, kFile}, {"LOAD", W, kFile},
    {"PUT", W, kFile}, {"GET", W, kFile}, {"REMOVE", W, kFile | kDrop}, {"RM", W, kFile | kDrop}, {"RESTORE", W, 0},
    {"CLONE", S, 0}, {"EXECUTE", U, kOpaque}, {"EXEC", U, kOpaque}, {"CALL", U, kOpaque}, {"DO", U, kOpaque},
    {"PREPARE", U, kPrepare}, {"USE", U, kSession}, {"SET", U, kSession}, {"UNSET", U, kSession},
    {"LOCK", W, kLock}, {"SHUTDOWN", P, 0}, {"KILL", P, 0}, {"FLUSH", P, 0}, {"RESET", P, 0}, {"HANDLER", U, 0},
    {"IMPORT", S, 0}, {"EXPORT", W, kFile}, {"ATTACH", S, kFile}, {"DETACH", S, 0}, {"ANALYZE", W, kMaintenance},
    {"MSCK", S, 0}, {"CACHE", W, 0}, {"CLEAR", W, 0}, {"COMMENT", S, 0}, {"REASSIGN", P, kGrant},
    {"REINDEX", W, kMaintenance}};
// After these, and after ; ( ) and at the start, a statement can begin.
constexpr ByteView kOpeners[] = {"AS", "THEN", "ELSE", "BEGIN", "LOOP", "EXPLAIN", "IMMEDIATE", "EXTENDED", "FORMATTED",
                                 "ANALYZE", "PIPE", "ALSO", "INSTEAD"};
constexpr ByteView kPipes[] = {"WHERE", "LIMIT", "EVAL", "STATS", "KEEP", "SORT", "DROP", "RENAME", "DISSECT", "GROK", "MV_EXPAND",
                               "INLINESTATS", "LOOKUP", "ENRICH", "METADATA", "CHANGE_POINT", "SAMPLE", "FORK", "RERANK"};

const Verb* verb_of(ByteView word) {
  for (const Verb& verb : kVerbs)
    if (is_word(word, verb.word)) return &verb;
  return nullptr;
}

/// A condition that is surely one: some word that is no constant, nothing that is OR, no second meaning.
class Where {
 public:
  void begin() { *this = {}, seen_ = true; }
  void take(Kind kind, ByteView raw) {
    if (!seen_ || is_word(raw, "WHERE")) return;
    if (is_word(raw, "OR") || is_word(raw, "NOT") || is_word(raw, "IS") || is_word(raw, "XOR") ||
        raw == "||" || raw == "|")
      doubtful_ = true;
    const bool constant = is_word(raw, "TRUE") || is_word(raw, "FALSE") || is_word(raw, "NULL") || is_word(raw, "AND") ||
                          is_word(raw, "LIMIT") || is_word(raw, "IN") || is_word(raw, "LIKE");
    if (kind == Kind::word && !constant) {
      doubtful_ |= !name_.empty() && is_word(raw, name_);   // id = id
      name_ = raw;
    }
    value_ |= kind == Kind::number || kind == Kind::string || kind == Kind::placeholder || kind == Kind::parameter;
  }
  bool chooses() const { return seen_ && !doubtful_ && !name_.empty() && value_; }

 private:
  bool seen_ = false, doubtful_ = false, value_ = false;
  ByteView name_;
};

/// Reader goes over the tokens once.
class Reader {
 public:
  Reader(ByteView text, bool hash_comments, Verdict* out) : text_(text), lexer_(text, hash_comments), out_(*out) {}

  void run() {
    for (Token token = lexer_.next(); token.kind != Kind::end; token = after_) {
      after_ = lexer_.next();
      take(token);
    }
    close();
  }

 private:
  void take(const Token& token) {
    const ByteView raw = text_.substr(token.begin, token.length);
    if (token.kind == Kind::semicolon) {
      close();
      starts_ = true;
      fresh_ = true;
      return;
    }
    if (fresh_) {
      out_.statements.push_back({Effect::unknown, 0, token.begin, 0});
      worst_ = Effect::read;
      flags_ = 0;
      deletes_ = false;
      where_ = {};
      fresh_ = false;
    }
    out_.statements.back().length = token.begin + token.length - out_.statements.back().offset;
    if (token.kind == Kind::word) word(raw);
    where_.take(token.kind, raw);
    if (token.kind == Kind::broken || token.kind == Kind::markup) worst_ = Effect::unknown;
    starts_ = token.kind == Kind::open || token.kind == Kind::close || token.kind == Kind::colon ||
              (token.kind == Kind::word && among_words(raw, kOpeners));
  }

  void word(ByteView raw) {
    const Verb* verb = starts_ && after_.kind != Kind::open ? verb_of(raw) : nullptr;
    if (verb != nullptr) {
      const bool rows = is_word(raw, "DELETE") || is_word(raw, "UPDATE");
      deletes_ |= rows;
      if (rows) where_ = {};
      worst_ = std::max(worst_, verb->effect);
      flags_ |= !rows ? verb->flags : is_word(raw, "DELETE") ? uint32_t{kDelete} : 0;
    } else if (is_word(raw, "WHERE")) {
      where_.begin();
    } else if (is_word(raw, "DROP") || is_word(raw, "OVERWRITE") || (is_word(raw, "REPLACE") && (flags_ & kDrop) == 0)) {
      if (worst_ == S) flags_ |= kDrop;                                   // ALTER ... DROP, CREATE OR REPLACE
      if (is_word(raw, "OVERWRITE")) flags_ |= kUnbounded;
    } else if (is_word(raw, "SOURCE") && (flags_ & kMerge) != 0) {
      flags_ |= kUnbounded;                                              // WHEN NOT MATCHED BY SOURCE THEN DELETE
    }
  }

  void close() {
    if (fresh_) return;
    Statement& statement = out_.statements.back();
    if (deletes_ && (flags_ & kMerge) == 0 && !where_.chooses()) flags_ |= kUnbounded;
    statement.effect = worst_ == Effect::read ? Effect::unknown : worst_;
    statement.flags |= flags_;
    fresh_ = true;
  }

  ByteView text_;
  Lexer lexer_;
  Verdict& out_;
  Token after_;
  bool starts_ = true, fresh_ = true, deletes_ = false;
  Effect worst_ = Effect::read;
  uint32_t flags_ = 0;
  Where where_;
};

/// ES|QL: `FROM index | WHERE ... | LIMIT 10`. Its commands only read.
bool is_piped_query(ByteView text) {
  Lexer lexer(text);
  Token token = lexer.next();
  if (token.kind != Kind::word) return false;
  const ByteView first = text.substr(token.begin, token.length);
  if (!is_word(first, "FROM") && !is_word(first, "ROW")) return false;
  bool piped = false, command = false;
  for (token = lexer.next(); token.kind != Kind::end; token = lexer.next()) {
    const ByteView raw = text.substr(token.begin, token.length);
    if (token.kind == Kind::semicolon || token.kind == Kind::broken || token.kind == Kind::markup) return false;
    if (command && (token.kind != Kind::word || !among_words(raw, kPipes))) return false;
    command = raw == "|";
    piped |= command;
    if (token.kind == Kind::word && !among_words(raw, kPipes) && verb_of(raw) != nullptr) return false;
  }
  return piped && !command && !lexer.ambiguous();
}

}  // namespace

void judge_tokens(ByteView text, Verdict* out) {
  if (is_piped_query(text)) {
    out->statements.push_back({Effect::read, 0, 0, static_cast<uint32_t>(text.size())});
    return;
  }
  Reader plain(text, false, out);
  plain.run();
  bool several = out->statements.size() > 1;
  if (text.find('#') != ByteView::npos) {   // MySQL's comment: the worse reading counts
    Verdict other;
    Reader(text, true, &other).run();
    several |= other.statements.size() > 1;
    for (const Statement& each : other.statements) {
      out->effect = std::max(out->effect, each.effect);
      out->flags |= each.flags;
    }
  }
  out->complete = false;
  out->flags |= kNotParsed;
  for (const Statement& each : out->statements) {
    out->effect = std::max(out->effect, each.effect);
    out->flags |= each.flags;
  }
  if (out->statements.empty()) out->effect = Effect::unknown;
  if (several) out->flags |= kSeveral;
}

}  // namespace gatehouse::sql
