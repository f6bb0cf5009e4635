// The words of a statement, without a parser: PostgreSQL's lexical rules (manual, section 4.1) and what other dialects
// have besides. Linear, no memory.
#pragma once

#include "sql/statement.h"

namespace gatehouse::sql {

enum class Kind : uint8_t {
  end, word, quoted, backtick, string, dollar_string, number, operation, open, close, bracket_open, bracket_close, comma,
  semicolon, dot, colon, cast, parameter, placeholder, path, markup, broken
};

/// Token is a piece of the text. placeholder: `?`, `:name`, `%s`, `%(name)s`. path: `:name` right after a word, as Snowflake
/// reads JSON. markup: `{{x}}`. broken: a string or comment without end.
struct Token {
  Kind kind = Kind::end;
  uint32_t begin = 0;
  uint32_t length = 0;
};

/// Lexer gives the tokens in order; comments and white space are left out, and so are the characters that print nothing
/// (NBSP, BOM, zero width), which other dialects take as white space.
class Lexer {
 public:
  explicit Lexer(ByteView text, bool hash_comments = false) : text_(text), hash_comments_(hash_comments) {}

  Token next();

  /// Dialects disagree about where a string or comment ends: nested comments, MySQL's /*! */, a backslash before a quote,
  /// `--x` hiding a semicolon, `#`, `//`, q'[...]', a $tag$ string with a semicolon, E'\'' with one or a comment behind.
  bool ambiguous() const { return ambiguous_; }
  /// tight is where the first comment of the form `--x` begins to speak, which MySQL reads on as two signs; kNowhere: there
  /// is none.
  static constexpr size_t kNowhere = SIZE_MAX;
  size_t tight() const { return tight_; }
  /// A character that prints nothing, or a vertical tab, stood outside strings and comments.
  bool odd_space() const { return odd_space_; }

 private:
  void skip_space();
  bool block_comment();
  void line_comment();
  Token take(Kind kind, size_t length);
  Token string(Kind kind, size_t prefix, char quote, bool backslashes);
  Token dollar();
  Token word();
  Token number();
  Token colon();
  char at(size_t index) const { return index < text_.size() ? text_[index] : '\0'; }

  ByteView text_;
  size_t at_ = 0;
  bool hash_comments_;
  bool ambiguous_ = false;
  bool odd_space_ = false;
  bool unclosed_ = false;
  size_t tight_ = kNowhere;
};

/// Scan is what the linear look in front of the parser found.
struct Scan {
  bool too_complex = false;
  bool broken = false;       // unclosed string or comment, or unreadable
  bool unreadable = false;   // NUL, bad UTF-8
  bool ambiguous = false;
  bool foreign = false;      // placeholders, backticks, paths or markup: may parse when rewritten
  bool markup = false;
  bool backtick = false;     // `x` is a name; PostgreSQL takes it for operators, and may parse that
  bool odd_space = false;    // PostgreSQL takes it for letters, or did before 16: a text that parses so has two readings
  /// DELETE FROM where a value ends: a name and FROM to PostgreSQL, the next statement to dialects without semicolons. after_close:
  /// behind a parenthesis, where PostgreSQL may read a DELETE, too.
  bool runs_on = false, runs_on_after_close = false;
  size_t tight = Lexer::kNowhere;   // of the Lexer
  uint32_t tokens = 0;
  uint32_t depth = 0;        // of the deepest place, as Limits::depth counts
};

Scan scan(ByteView text, const Limits& limits);

/// is_new_number: a number as PostgreSQL has it since 16, 0xff or 1_000.
bool is_new_number(ByteView token);

/// rewrite turns placeholders into parameters, backticks into double quotes, paths into fields, new numbers into old ones and
/// odd space into spaces, so that PostgreSQL's parser may read it. It keeps the order of all tokens. Where replaces_table() says
/// so, the words OR REPLACE and TRANSIENT after CREATE are left out: the caller knows that a table is dropped besides.
void rewrite(ByteView text, std::string* out);

/// replaces_table: CREATE OR REPLACE [TRANSIENT] TABLE stands in the text, as Snowflake and Databricks have it.
bool replaces_table(ByteView text);

/// is_word compares a token with an upper-case word, caseless.
bool is_word(ByteView token, ByteView upper);

}  // namespace gatehouse::sql
