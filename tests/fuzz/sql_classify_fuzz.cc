// A statement's verdict does not depend on its comments, white space, case or values of which it does not speak; what reads begins with no verb that writes;
// a look at the front of a destructive one tells no other.
#include <string>

#include "base/assert.h"
#include "sql/scan.h"
#include "sql/shape.h"
#include "sql/walk.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

ByteView raw_of(ByteView text, const sql::Token& token) { return text.substr(token.begin, token.length); }

/// disguised changes the case of words and adds a comment where only spaces stood already.
std::string disguised(ByteView text) {
  std::string out;
  sql::Lexer lexer(text);
  size_t end = 0;
  for (sql::Token token = lexer.next();; token = lexer.next()) {
    const ByteView gap = text.substr(end, token.begin - end);
    out += gap;
    if (!gap.empty() && gap.find_first_not_of(' ') == ByteView::npos) out += "/*; DROP x*/\t";
    if (token.kind == sql::Kind::end) return out;
    for (const char c : raw_of(text, token)) {
      const bool letter = token.kind == sql::Kind::word && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
      out += letter && out.size() % 3 != 0 ? static_cast<char>(c ^ 0x20) : c;
    }
    end = token.begin + token.length;
  }
}

/// begins_to_write tells by tokens alone whether a statement or a WITH begins with a verb that writes.
bool begins_to_write(ByteView text) {
  sql::Lexer lexer(text);
  bool start = true, explained = false;
  ByteView before, last;
  for (sql::Token token = lexer.next(); token.kind != sql::Kind::end; token = lexer.next()) {
    const ByteView word = raw_of(text, token);
    if (start && token.kind == sql::Kind::word) {
      explained = sql::is_word(word, "EXPLAIN");
      for (const ByteView verb : {"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "DROP", "ALTER", "CREATE", "GRANT", "REVOKE",
                                  "DO", "CALL", "VACUUM", "LOCK", "REASSIGN", "REINDEX", "CLUSTER", "LOAD"})
        if (sql::is_word(word, verb)) return true;
    }
    const bool writes = sql::is_word(word, "FROM") ? sql::is_word(last, "DELETE") : sql::is_word(word, "INTO") && sql::is_word(last, "INSERT");
    if (writes && before == "(AS" && !explained) return true;
    if (token.kind == sql::Kind::open) before = sql::is_word(last, "AS") || sql::is_word(last, "MATERIALIZED") ? "(AS" : "(";
    else if (last != "(") before = {};
    start = token.kind == sql::Kind::semicolon || (start && token.kind == sql::Kind::open);
    last = word;
  }
  return false;
}

/// A shape's verdict is the text's, unless it says that it is not (sql/shape.h).
void compare_shape(ByteView text, const sql::Verdict& one) {
  std::string shape;
  if (!sql::shape_of(text, &shape)) return;
  GH_ASSERT(shape.size() == text.size());
  const sql::Verdict other = sql::classify(shape);
  if (other.has(sql::kUnbounded | sql::kUnproven | sql::kNotParsed | sql::kAmbiguous | sql::kTooComplex | sql::kOfValues)) return;
  GH_ASSERT(one.effect == other.effect && one.flags == other.flags && one.complete == other.complete);
  GH_ASSERT(one.functions == other.functions && one.relations.size() == other.relations.size());
  GH_ASSERT(one.statements.size() == other.statements.size());
  for (size_t i = 0; i < one.relations.size(); ++i) {
    const sql::Relation &a = one.relations[i], &b = other.relations[i];
    GH_ASSERT(a.schema == b.schema && a.name == b.name && a.written == b.written && a.cte == b.cte);
  }
  for (size_t i = 0; i < one.statements.size(); ++i) {
    const sql::Statement &a = one.statements[i], &b = other.statements[i];
    GH_ASSERT(a.effect == b.effect && a.flags == b.flags && a.offset == b.offset && a.length == b.length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static sql::Classifier classifier;
  const ByteView text(reinterpret_cast<const char*>(data), size);
  const sql::Verdict one = sql::classify(text);
  GH_ASSERT(one.effect != sql::Effect::unknown || !one.complete);
  const sql::Verdict& kept = classifier.classify(text);
  GH_ASSERT(kept.effect == one.effect && kept.flags == one.flags && kept.complete == one.complete);
  compare_shape(text, one);
  if (classifier.destructive(text) == sql::Classifier::Hit::yes) GH_ASSERT(one.destructive() && sql::looks_like(text));
  if (one.has(sql::kTooComplex | sql::kAmbiguous | sql::kNotParsed)) return 0;
  static sql::Room room;
  if (one.destructive()) GH_ASSERT(sql::may_go_on(text, {}, room));
  if (one.complete && one.destructive()) GH_ASSERT(sql::looks_like(text));
  if (one.complete && one.effect == sql::Effect::read) GH_ASSERT(!begins_to_write(text));
  sql::Verdict other = sql::classify(disguised(text));
  if (other.has(sql::kTooComplex)) return 0;
  if (other.has(sql::kNotParsed)) {   // libpg_query does not look ahead over comments: U&"x" /**/ UESCAPE '!', NOT /**/ LIKE
    GH_ASSERT(!other.complete);
    return 0;
  }
  PLANT(if (other.has(sql::kUnbounded)) other.flags &= ~sql::kUnbounded);
  const uint32_t quiet = ~uint32_t{sql::kSlow};
  GH_ASSERT(one.effect == other.effect && (one.flags & quiet) == (other.flags & quiet) && one.complete == other.complete);
  GH_ASSERT(one.relations.size() == other.relations.size());
  return 0;
}
