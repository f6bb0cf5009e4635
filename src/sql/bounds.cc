// The look in front of the parser: what makes its stack or time grow is counted, per place.
#include <array>

#include "sql/scan.h"
#include "sql/words.h"

namespace gatehouse::sql {
namespace {

bool is_utf8(ByteView text) {
  const auto* p = u8(text.data());
  for (size_t i = 0; i < text.size();) {
    const uint8_t c = p[i];
    const size_t more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : (c & 0xF0) == 0xE0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 9;
    if (more > 3 || i + more >= text.size() || c == 0) return false;
    for (size_t k = 1; k <= more; ++k)
      if ((p[i + k] & 0xC0) != 0x80) return false;
    if ((c == 0xE0 && p[i + 1] < 0xA0) || (c == 0xED && p[i + 1] >= 0xA0) || (c == 0xF0 && p[i + 1] < 0x90) ||
        (c == 0xF4 && p[i + 1] >= 0x90)) return false;
    i += more + 1;
  }
  return true;
}

constexpr ByteView kChainWords[] = {"NOT", "IS", "ISNULL", "NOTNULL", "COLLATE", "AT", "LIKE", "ILIKE", "SIMILAR", "IN",
                                    "BETWEEN", "OVERLAPS", "OPERATOR", "ESCAPE"};
constexpr ByteView kQueryWords[] = {"JOIN", "UNION", "EXCEPT", "INTERSECT", "SELECT", "WITH", "EXPLAIN", "PREPARE"};
constexpr ByteView kFreshWords[] = {"AND", "OR", "WHEN", "THEN", "ELSE", "WHERE", "ON", "FROM", "HAVING",
                                    "LIMIT", "SELECT"};   // reserved words only: a column may have the name of another

/// Shapes tells most words that are none of the above by their first letter and length.
class Shapes {
 public:
  constexpr Shapes() {
    add("CASE"), add("END");
    for (const ByteView word : kChainWords) add(word);
    for (const ByteView word : kQueryWords) add(word);
    for (const ByteView word : kFreshWords) add(word);
  }
  constexpr bool fits(ByteView word) const {
    return word.size() < 32 && (lengths_[word.front() & 31] >> word.size() & 1) != 0;
  }

 private:
  constexpr void add(ByteView word) { lengths_[word.front() & 31] |= 1u << word.size(); }
  uint32_t lengths_[32] = {};
};
constexpr Shapes kShapes;

/// RunOn finds DELETE FROM behind what may be the end of a value, and statements of one word there, which are names to PostgreSQL.
class RunOn {
 public:
  void take(const Token& token, ByteView raw, Scan* found) {
    if (alone_ && (token.kind == Kind::semicolon || is_word(raw, "WITH"))) judge(found);
    const bool named = last_ == Kind::dot || (last_ == Kind::word && among_words(last_raw_, kNames));
    alone_ = token.kind == Kind::word && !named && among_words(raw, kAlone);
    if (alone_) before_ = last_, before_raw_ = last_raw_;
    if (deletes_ && token.kind == Kind::word && is_word(raw, "FROM")) judge(found);
    // Snowflake's statements in a chain: SELECT 1 ->> TRUNCATE docs, where PostgreSQL reads a field's name.
    found->runs_on |= last_ == Kind::operation && last_raw_ == "->>" && token.kind == Kind::word && among_words(raw, kChained);
    deletes_ = token.kind == Kind::word && raw.size() == 6 && last_ != Kind::dot && is_word(raw, "DELETE");
    if (deletes_) before_ = last_, before_raw_ = last_raw_;
    last_ = token.kind;
    last_raw_ = raw;
  }
  void end(Scan* found) const {
    if (alone_) judge(found);
  }

 private:
  static constexpr ByteView kAlone[] = {"SHUTDOWN", "RECONFIGURE", "REVERT", "CHECKPOINT"};
  static constexpr ByteView kChained[] = {"DELETE", "TRUNCATE", "EXECUTE", "CALL", "UPDATE", "MERGE", "INSERT", "DROP", "ALTER",
                                          "COPY", "REMOVE", "RM", "UNDROP"};
  // What a name follows.
  static constexpr ByteView kNames[] = {"WHERE", "NOT", "AND", "HAVING", "FROM", "JOIN", "INTO", "TABLE", "UPDATE", "ONLY", "USING",
                                        "IS", "LIKE", "LISTEN", "NOTIFY", "UNLISTEN", "SHOW", "CLOSE", "DEALLOCATE", "SAVEPOINT",
                                        "RELEASE", "TO"};
  // Words that a DELETE may follow, or AS.
  static constexpr ByteView kBefore[] = {
      "AS", "EXPLAIN", "ANALYZE", "ANALYSE", "VERBOSE", "ALSO", "INSTEAD", "DO", "ATOMIC", "BEGIN", "THEN", "ELSE", "LOOP", "PIPE",
      "EXTENDED", "FORMATTED", "MATERIALIZED", "SELECT", "BY", "ON", "OR", "AFTER", "BEFORE",
      "OF", "GRANT", "REVOKE", "ALL", "DISTINCT"};

  void judge(Scan* found) const {
    constexpr Kind kValues[] = {Kind::number, Kind::string, Kind::quoted, Kind::parameter, Kind::placeholder,
                                Kind::bracket_close, Kind::backtick};
    for (const Kind value : kValues) found->runs_on |= before_ == value;
    found->runs_on |= (before_ == Kind::word && !among_words(before_raw_, kBefore)) || before_raw_ == "*";
    found->runs_on_after_close |= before_ == Kind::close;
  }

  Kind before_ = Kind::end, last_ = Kind::end;
  ByteView before_raw_, last_raw_;
  bool deletes_ = false, alone_ = false;
};

/// Places is the stack of what is open. chain: operators in the expression under way there; query: joins and unions there.
class Places {
 public:
  explicit Places(const Limits& limits) : limits_(limits) { statement(); }

  bool open(bool is_case) {
    if (level_ + 1 >= kLevels || level_ >= limits_.nesting) return false;
    ++level_;
    places_[level_] = {0, 0, is_case};
    return deeper();
  }
  void close(bool is_case) {
    if (level_ == 0 || places_[level_].is_case != is_case) return;
    sum_ -= 1 + places_[level_].chain + places_[level_].query;
    --level_;
  }
  bool link() { return ++places_[level_].chain <= limits_.chain && deeper(); }
  bool query() { return ++places_[level_].query <= limits_.chain && deeper(); }
  void fresh() {
    sum_ -= places_[level_].chain;
    places_[level_].chain = 0;
  }
  void statement() {
    level_ = 0;
    sum_ = 0;
    places_[0] = {};
  }
  uint32_t deepest() const { return deepest_; }

 private:
  static constexpr size_t kLevels = 1024;
  struct Place {
    uint32_t chain, query;
    bool is_case;
  };

  bool deeper() {
    ++sum_;
    deepest_ = sum_ > deepest_ ? sum_ : deepest_;
    return sum_ <= limits_.depth;
  }

  const Limits& limits_;
  uint32_t level_ = 0, sum_ = 0, deepest_ = 0;
  std::array<Place, kLevels> places_;   // up to level_; the others have nothing yet
};

bool word_fits(ByteView word, Places& places) {
  if (!kShapes.fits(word)) return true;
  if (is_word(word, "CASE")) return places.open(true);
  if (is_word(word, "END")) places.close(true);
  if (among_words(word, kFreshWords)) places.fresh();
  if (among_words(word, kQueryWords)) return places.query();
  return !among_words(word, kChainWords) || places.link();
}

}  // namespace

Scan scan(ByteView text, const Limits& limits) {
  Scan found;
  found.too_complex = text.size() > limits.bytes;
  if (found.too_complex) return found;
  found.broken = found.unreadable = !is_utf8(text);
  Lexer lexer(text);
  Places places(limits);
  RunOn run_on;
  Kind before = Kind::end;
  for (Token token = lexer.next(); token.kind != Kind::end; token = lexer.next()) {
    bool fits = ++found.tokens <= limits.tokens;
    switch (token.kind) {
      case Kind::open: case Kind::bracket_open: fits &= places.open(false); break;
      case Kind::close: case Kind::bracket_close: places.close(false); break;
      case Kind::comma: places.fresh(); break;
      case Kind::semicolon: places.statement(); break;
      case Kind::word:   // after a dot every word is a name
        if (before != Kind::dot) fits &= word_fits(text.substr(token.begin, token.length), places);
        break;
      case Kind::operation: case Kind::cast: fits &= places.link(); break;
      case Kind::placeholder: case Kind::path:   // `?` is an operator to PostgreSQL
        found.foreign = true;
        fits &= places.link();
        break;
      case Kind::backtick: found.foreign = found.backtick = true; break;
      case Kind::markup: found.foreign = found.markup = true; break;
      case Kind::broken: found.broken = true; break;
      case Kind::number: found.foreign |= is_new_number(text.substr(token.begin, token.length)); break;
      case Kind::end: case Kind::quoted: case Kind::string: case Kind::dollar_string: case Kind::dot:
      case Kind::colon: case Kind::parameter: break;
    }
    before = token.kind;
    run_on.take(token, text.substr(token.begin, token.length), &found);
    if (!fits) {
      found.too_complex = true;
      break;
    }
  }
  found.ambiguous = lexer.ambiguous();
  found.odd_space = lexer.odd_space();
  found.tight = lexer.tight();
  run_on.end(&found);
  found.foreign |= found.odd_space;
  found.depth = places.deepest();
  return found;
}

}  // namespace gatehouse::sql
