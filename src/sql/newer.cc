// What the grammar of PostgreSQL 16 and 17 has beside that of 15, whose parser may be the one here.
#include "sql/newer.h"

#include <vector>

#include "sql/words.h"

namespace gatehouse::sql {
namespace {

constexpr ByteView kJsonWords[] = {"VALUE", "ARRAY", "OBJECT", "SCALAR", "WITH", "WITHOUT", "UNIQUE", "KEYS"};
// What follows a query in FROM that has no other name.
constexpr ByteView kBehindQuery[] = {"WHERE", "ON", "JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL", "GROUP", "ORDER",
                                     "LIMIT", "OFFSET", "HAVING", "RETURNING", "UNION", "EXCEPT", "INTERSECT", "WHEN", "USING",
                                     "SET", "FOR"};

/// Writer copies the tokens of a text but for what 15 does not know.
class Writer {
 public:
  Writer(ByteView text, std::string* out) : text_(text), out_(*out) {
    Lexer lexer(text);
    for (Token token = lexer.next(); token.kind != Kind::end; token = lexer.next()) tokens_.push_back(token);
  }

  bool run(Newer* found) {
    out_.clear();
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      begin_statement();
      if (!merge(found) && !grants() && !json()) keep(at_);
      if (tokens_[at_].kind == Kind::close) close();
    }
    return changed_;
  }

 private:
  ByteView raw(size_t at) const { return at < tokens_.size() ? text_.substr(tokens_[at].begin, tokens_[at].length) : ByteView(); }
  bool is(size_t at, ByteView word) const { return kind(at) == Kind::word && is_word(raw(at), word); }
  Kind kind(size_t at) const { return at < tokens_.size() ? tokens_[at].kind : Kind::end; }

  void write(ByteView text) {
    if (!out_.empty()) out_ += ' ';
    out_ += text;
  }
  void keep(size_t at) {
    const bool apart = at > 0 && tokens_[at].begin > tokens_[at - 1].begin + tokens_[at - 1].length;
    if (apart || skipped_) out_ += raw(at).starts_with('\'') ? '\n' : ' ';   // E 'x' is no E'x'
    out_ += raw(at);
    skipped_ = false;
    if (kind(at) == Kind::open) {
      const bool from = at > 0 && (is(at - 1, "FROM") || is(at - 1, "USING") || is(at - 1, "JOIN"));
      const bool query = is(at + 1, "SELECT") || is(at + 1, "VALUES") || is(at + 1, "WITH") || is(at + 1, "TABLE");
      opened_.push_back(from && query);
    }
  }
  void skip(size_t last) {
    at_ = last < tokens_.size() ? last : tokens_.size() - 1;
    changed_ = skipped_ = true;
  }

  void begin_statement() {
    if (kind(at_) == Kind::semicolon) merges_ = grants_ = false;
    if (is(at_, "MERGE") && is(at_ + 1, "INTO")) merges_ = true, depth_ = opened_.size();
    if ((is(at_, "GRANT") || is(at_, "REVOKE")) && (at_ == 0 || kind(at_ - 1) == Kind::semicolon)) grants_ = true;
  }

  bool merge(Newer* found) {
    if (!merges_) return false;
    if (is(at_, "MATCHED") && is(at_ + 1, "BY") && at_ + 2 == tokens_.size()) {   // of a front
      write("MATCHED");
      skip(at_ + 1);
      return true;
    }
    if (is(at_, "MATCHED") && is(at_ + 1, "BY") && (is(at_ + 2, "SOURCE") || is(at_ + 2, "TARGET"))) {
      const bool source = is(at_ + 2, "SOURCE");
      found->by_source |= source;
      if (source) {   // WHEN NOT MATCHED BY SOURCE THEN DELETE: as WHEN MATCHED THEN DELETE is read
        const size_t cut = out_.size() >= 3 ? out_.size() - 3 : 0;
        if (is_word(ByteView(out_).substr(cut), "NOT")) out_.resize(cut);
      }
      write("MATCHED");
      skip(at_ + 2);
      return true;
    }
    if (!is(at_, "RETURNING") || opened_.size() != depth_) return false;
    size_t last = at_;
    for (size_t depth = 0; last + 1 < tokens_.size() && kind(last + 1) != Kind::semicolon; ++last) {
      if (kind(last + 1) == Kind::close && depth == 0) break;   // WITH x AS (MERGE ... RETURNING id)
      depth += kind(last + 1) == Kind::open;
      depth -= kind(last + 1) == Kind::close;
      found->hidden |= kind(last + 1) == Kind::open;
    }
    skip(last);
    merges_ = false;
    return true;
  }

  /// GRANT a TO b WITH INHERIT TRUE, SET FALSE; REVOKE SET OPTION FOR a FROM b.
  bool grants() {
    if (!grants_) return false;
    const bool what = is(at_, "INHERIT") || is(at_, "SET") || is(at_, "ADMIN");
    if (what && at_ > 0 && is(at_ - 1, "REVOKE") && is(at_ + 1, "OPTION") && (is(at_ + 2, "FOR") || at_ + 2 == tokens_.size())) {
      skip(at_ + 2);
      return true;
    }
    if (!is(at_, "WITH") || kind(at_ + 1) != Kind::word || is(at_ + 1, "GRANT")) return false;
    size_t last = at_;
    while (last + 1 < tokens_.size() && kind(last + 1) != Kind::semicolon && !is(last + 1, "GRANTED")) {
      if (kind(last + 1) != Kind::word && kind(last + 1) != Kind::comma) return false;
      ++last;
    }
    skip(last);
    return true;
  }

  /// x IS JSON OBJECT holds for whatever is stored as such: x IS NOT NULL.
  bool json() {
    if (!is(at_, "JSON") || at_ == 0 || !(is(at_ - 1, "IS") || (is(at_ - 1, "NOT") && at_ > 1 && is(at_ - 2, "IS")))) return false;
    if (is(at_ - 1, "IS")) write("NOT NULL");
    else write("NULL");
    size_t last = at_;
    while (last + 1 < tokens_.size() && kind(last + 1) == Kind::word && among_words(raw(last + 1), kJsonWords)) ++last;
    skip(last);
    return true;
  }

  /// A query in FROM needs no name since 16.
  void close() {
    if (opened_.empty()) return;
    const bool query = opened_.back();
    opened_.pop_back();
    const Kind next = kind(at_ + 1);
    const bool word = next == Kind::word && !among_words(raw(at_ + 1), kBehindQuery);
    const bool named = word || next == Kind::quoted || next == Kind::backtick;
    if (!query || named) return;
    write("unnamed_" + std::to_string(at_));
    changed_ = skipped_ = true;
  }

  ByteView text_;
  std::string& out_;
  std::vector<Token> tokens_;
  std::vector<char> opened_;   // parentheses: whether each holds a query in FROM
  size_t at_ = 0, depth_ = 0;
  bool merges_ = false, grants_ = false, changed_ = false, skipped_ = false;
};

}  // namespace

bool write_for_older(ByteView text, std::string* out, Newer* found) { return Writer(text, out).run(found); }

}  // namespace gatehouse::sql
