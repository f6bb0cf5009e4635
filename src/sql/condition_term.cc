// What is a term of the row: a column, a member of it, what is reckoned from columns; and what is one of other rows.
#include <algorithm>

#include "sql/condition.h"
#include "sql/given.h"
#include "sql/terms.h"
#include "sql/truths.h"
#include "sql/words.h"

namespace gatehouse::sql {
namespace {

constexpr uint32_t kNone = Tree::kNone;

// What gives a column's value in another spelling: its first argument is the column, or the second of those that name a part of it.
constexpr ByteView kSpellings[] = {"lower", "upper", "btrim", "ltrim", "rtrim", "trim", "initcap", "date", "to_timestamp"};
constexpr ByteView kParts[] = {"date_trunc", "date_part", "extract"};
constexpr ByteView kDigests[] = {"md5", "sha224", "sha256", "sha384", "sha512", "digest", "hashtext"};
constexpr ByteView kMeasures[] = {"length", "char_length", "character_length", "octet_length", "cardinality",
                                  "jsonb_array_length", "json_array_length", "array_length", "vector_dims"};

// What hardly two rows have alike, so that who leaves out one such value leaves out next to none.
constexpr ByteView kSpread[] = {"similarity", "age", "pg_column_size", "sqrt", "size"};

// Columns that say when a row was written, by numbers that no statement knows.
constexpr ByteView kTransactions[] = {"xmin", "xmax", "cmin", "cmax"};

// What is reckoned from columns, whose ends ranges.h knows where it has some.
constexpr ByteView kReckoned[] = {"abs", "sign", "mod", "power", "sqrt", "length", "char_length", "octet_length", "strpos",
                                  "position", "similarity", "left", "right", "substr", "substring", "concat", "age", "hashtext",
                                  "array_length", "cardinality", "size", "pg_column_size", "jsonb_array_length", "date_part",
                                  "extract", "md5", "lower", "upper", "btrim", "date", "date_trunc", "decode", "nvl2", "if",
                                  "iff", "now"};

// What a column may be called that keeps a digest of whatever kind, as a word of its name.
constexpr ByteView kDigestWords[] = {"hash", "digest", "checksum", "etag", "fingerprint"};
constexpr ByteView kDigestKinds[] = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"};

/// Columns of two terms, of which none is in both.
bool are_apart(const Tree& tree, uint32_t left, uint32_t right) {
  for (uint32_t i = left; i < tree[left].end; ++i)
    for (uint32_t k = right; tree[i].key == "ColumnRef" && k < tree[right].end; ++k)
      if (tree[k].key == "ColumnRef" && folded(last_name(tree, i)) == folded(last_name(tree, k))) return false;
  return true;
}

/// What a length or a digest of one column is made of: sha256 and the column of encode(sha256(convert_to(body, 'UTF8')), 'hex').
struct Made {
  uint32_t column = kNone;   // the ColumnRef; none: it is made otherwise
  bool measure = false;
  std::string digest;
};

Made made_of(const Tree& tree, uint32_t node) {
  constexpr ByteView kAround[] = {"encode", "convert_to", "digest", "coalesce"};   // with a constant beside
  Made made;
  for (int steps = 0; node != kNone && steps < 8; ++steps) {
    node = bare(tree, node);
    const uint32_t call = tree.child(node, "FuncCall"), choice = tree.child(node, "CoalesceExpr");
    if (const uint32_t column = tree.child(node, "ColumnRef"); column != kNone) {
      if (made.measure || !made.digest.empty()) made.column = column;
      return made;
    }
    if (call == kNone && choice == kNone) return {};
    const std::string name = choice != kNone ? "coalesce" : folded(last_function(tree, call));
    const uint32_t list = tree.child(choice != kNone ? choice : call, "args"), second = member(tree, list, 1);
    const bool around = among(name, kAround), digests = among(name, kDigests), measures = among(name, kMeasures);
    const std::string text = unescaped(tree.text(tree.child(tree.child(bare(tree, second), "A_Const"), "sval"), "sval"));
    const bool beside = second != kNone && tree.child(bare(tree, second), "A_Const") != kNone && count(tree, list) == 2;
    if (around ? !beside : !(digests || measures) || count(tree, list) != 1) return {};
    if ((digests || measures) && (made.measure || !made.digest.empty())) return {};
    if (measures) made.measure = true;
    if (digests) made.digest = name == "digest" ? folded(text) : name;
    node = tree.first(list);
  }
  return {};
}

/// The words of a column's name, in lower case: content, sha256 of contentSha256.
std::vector<std::string> words_of(ByteView column) {
  std::vector<std::string> words;
  std::string word;
  for (size_t i = 0; i <= column.size(); ++i) {
    const char c = i < column.size() ? column[i] : '_';
    const bool upper = c >= 'A' && c <= 'Z';
    if (c == '_' || (upper && i > 0 && column[i - 1] >= 'a' && column[i - 1] <= 'z')) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    }
    if (c != '_') word += static_cast<char>(upper ? c | 0x20 : c);
  }
  return words;
}

/// A column keeps digests of this kind, as its name says: content_hash, md5, bodySha256, contenthash.
bool keeps_digests(ByteView column, ByteView kind) {
  bool any = false;
  for (ByteView word : words_of(column)) {
    for (const ByteView known : kDigestKinds)
      if (word.ends_with(known)) word.remove_prefix(word.size() - known.size());
    const bool same = word == kind || (word == "sha" && kind.starts_with("sha"));
    if (!same && (word == "sha" || among(word, kDigestKinds))) return false;
    any |= same || std::any_of(std::begin(kDigestWords), std::end(kDigestWords), [&](ByteView known) {
      return word == known || (known.size() > 4 || known == "hash" ? word.ends_with(known) : false);
    });
  }
  return any;
}

/// A length that what a column keeps has where it is whole, as its name says: a digest's, in bytes, in hexadecimal or base64.
bool is_whole_length(ByteView column, const Tree& tree, uint32_t length) {
  constexpr int kLengths[] = {16, 20, 24, 28, 32, 40, 44, 48, 56, 64, 88, 96, 128};
  Value value;
  if (!value_of(tree, bare(tree, length), &value) || value.rank != Value::Rank::number) return false;
  if (std::none_of(std::begin(kLengths), std::end(kLengths), [&](int each) { return value.number == each; })) return false;
  for (const std::string& word : words_of(column)) {
    if (word == "sha" || among(ByteView(word), kDigestKinds)) return true;
    if (among(ByteView(word), kDigestWords) || word.ends_with("hash")) return true;
  }
  return false;
}

/// A range of lengths that leaves much out, and is where lengths are: NOT BETWEEN 10 AND 5000.
bool is_wide_range(const Tree& tree, uint32_t ends) {
  Value low, high;
  if (!value_of(tree, bare(tree, member(tree, ends, 0)), &low)) return false;
  if (!value_of(tree, bare(tree, member(tree, ends, 1)), &high)) return false;
  if (low.rank != Value::Rank::number || high.rank != Value::Rank::number) return false;
  return low.number <= 9999 && high.number - std::max(low.number, 0.0L) >= 100;
}

/// interval '1 day', by whatever text.
bool is_interval(const Tree& tree, uint32_t node) { return last_type(tree, tree.child(node, "TypeCast")) == "interval"; }

/// What a term is, besides a remainder: a length, a distance, which hardly two rows have alike.
bool is_spread(const Tree& tree, uint32_t node) {
  bool spread = false;
  for (uint32_t i = node; i < tree[node].end; ++i) {
    if (tree[i].key == "FuncCall") {
      const std::string name = folded(last_function(tree, i));
      if (name == "mod") return false;
      spread |= among(name, kMeasures) || among(name, kSpread);
    } else if (tree[i].key == "A_Expr") {
      const std::string name = name_of(tree, i);
      if (name == "%") return false;
      spread |= name == "<->" || name == "<=>" || name == "<#>";
    }
  }
  return spread;
}

/// A column of true and false in arithmetic is 0 and 1 in another place; what lies apart by lengths of time is none.
bool may_be_shifted(const Tree& tree, uint32_t side, uint32_t other) {
  const Boolean is = boolean_of(tree, bare(tree, side));
  if (is == Boolean::no || is_interval(tree, other)) return false;
  Value value;
  const bool around = tree.child(side, "TypeCast") != kNone || operator_of(tree, tree[other].parent) == "%";
  const bool near = !around && value_of(tree, bare(tree, other), &value) && value.rank == Value::Rank::number && value.number < 10;
  return is == Boolean::sure || (near && value.number > -10);   // failed * 1 < 2
}

/// A column that a cast makes a number of may be true or false: old::int * 5 < 6.
bool has_cast_flag(const Tree& tree, uint32_t node) {
  for (uint32_t i = node; i < tree[node].end; ++i) {
    const uint32_t column = tree[i].parent;
    if (tree[i].key == "ColumnRef" && tree[column].key == "arg" && boolean_of(tree, column) != Boolean::no) return true;
  }
  return false;
}

/// A length of time or a number above 0, by which one thing is further from another one: interval '5 minutes', 7.
bool is_more(const Tree& tree, uint32_t node) {
  Value value;
  const uint32_t inner = bare(tree, node);
  if (!value_of(tree, inner, &value)) return false;
  if (value.rank == Value::Rank::number) return value.written.empty() && inner == node && value.number > 0;
  const uint32_t cast = tree.child(node, "TypeCast");
  if (value.rank != Value::Rank::text || last_type(tree, cast) != "interval" || tree.child(cast, "arg") != inner) return false;
  if (tree.child(tree.child(cast, "typeName"), "typmods") != kNone) return false;   // interval '5 minutes' year is none
  bool plain = false;
  const bool near = is_short(value.text, &plain);
  return near && plain && value.text.find_first_of("123456789") != std::string::npos;
}

}  // namespace

/// A column of the table that is written, and no other: not a name alone where other tables stand beside, not a whole row.
bool Condition::is_mine(const Tree& tree, uint32_t column) const {
  const ByteView name = last_name(tree, column);
  if (column == kNone || name.empty() || name == "tableoid") return false;
  if (!is_alone(tree, column)) return is_own(table_of(tree, column));
  if (name == alias_ || name == relation_) return false;
  return !is_joined() && std::all_of(sources_.begin(), sources_.end(), [](const Source& each) { return each.itself; });
}

/// A column, a member of it, or it in another spelling.
Condition::Term Condition::term_of(const Tree& tree, uint32_t node) {
  Term term;
  bool ignored = false;
  for (int steps = 0; node != kNone && steps < 8; ++steps) {
    node = bare(tree, node);
    const ByteView kind = kind_of(tree, node);
    const uint32_t inner = node == kNone ? kNone : tree.child(node, kind);
    if (kind == "ColumnRef") {
      if (is_mine(tree, inner)) term.column = last_name(tree, inner);
      term.printed |= is_cast_to_text(tree, node);
      term.only_equal |= among(ByteView(folded(term.column)), kTransactions);
      return term;
    }
    term.plain = false;
    const ByteView operation = kind == "A_Expr" ? operator_of(tree, inner) : ByteView();
    term.printed |= is_cast_to_text(tree, node) && !unescaped(operation).ends_with(">>");   // (meta->>'a')::text is one already
    if (kind == "A_Indirection") {
      node = tree.child(inner, "arg");
    } else if (kind == "A_Expr" && tree.text(inner, "kind") == "AEXPR_OP") {
      const std::string name = name_of(tree, inner);
      const bool member = name == "->" || name == "->>" || name == "#>" || name == "#>>";
      const uint32_t left = tree.child(inner, "lexpr"), right = tree.child(inner, "rexpr");
      const bool age = name == "-" && value_at(tree, left, &ignored) == Is::unknown;   // now() - created
      if (!age && !(member && value_at(tree, right, &ignored) != Is::nothing)) return {};
      term.age |= age;
      node = member ? left : right;
    } else if (kind == "CoalesceExpr") {
      node = tree.first(tree.child(inner, "args"));
      for (uint32_t k = tree.next(node); k != kNone; k = tree.next(k))
        if (value_at(tree, k, &ignored) != Is::known) return {};
    } else if (kind == "FuncCall") {
      const std::string name = folded(last_function(tree, inner));
      const uint32_t list = tree.child(inner, "args"), first = list == kNone ? kNone : tree.first(list);
      const bool part = among(name, kParts), digest = among(name, kDigests), measure = among(name, kMeasures);
      if (!part && !digest && !measure && !among(name, kSpellings)) return {};
      term.only_equal |= digest;
      term.lower |= name == "lower";
      term.upper |= name == "upper";
      term.other |= !digest && !measure && name != "lower" && name != "upper";
      term.measure |= measure;
      const std::string field = part ? folded(tree.text(tree.child(tree.child(first, "A_Const"), "sval"), "sval")) : "";
      term.year |= part && name != "date_trunc" && field.find("year") != std::string::npos;
      const uint32_t at = part ? member(tree, list, 1) : first;
      for (uint32_t k = first; k != kNone; k = tree.next(k))
        if (k != at && value_at(tree, k, &ignored) == Is::nothing) return {};
      node = at;
    } else {
      return {};
    }
  }
  return {};
}

/// A term that is reckoned from columns of the table, each once (similarity(a, a) is 1), by arithmetic, distances, lengths, parts
/// and choices alone. What is joined to a text is more than any text: that counts where it is asked to be `equal`.
bool Condition::is_reckoned(const Tree& tree, uint32_t node, bool equal, bool timed) const {
  constexpr ByteView kKinds[] = {"TypeCast", "TypeName", "CollateClause", "String", "Integer", "A_Const", "ParamRef", "MinMaxExpr",
                                 "CoalesceExpr", "CaseExpr", "CaseWhen", "List", "SQLValueFunction", "NullTest", "BoolExpr"};
  constexpr ByteView kOperators[] = {"+", "-", "*", "/", "%", "&", "^", "<->", "<=>", "<#>", "=", "<", ">", "<=", ">=", "NULLIF"};
  std::vector<ByteView> columns;
  if (!is_of_one_row(tree, node)) return false;
  for (uint32_t i = node; i < tree[node].end; ++i) {
    if (!tree[i].is_kind()) continue;
    const ByteView kind = tree[i].key;
    if (kind == "ColumnRef") {
      const bool again = std::find(columns.begin(), columns.end(), last_name(tree, i)) != columns.end();
      const bool key = !equal && kind_of(tree, bare(tree, node)) != "CaseExpr" && is_key(last_name(tree, i));   // id + 0 > -1
      if (again || key || columns.size() > 8 || !is_mine(tree, i)) return false;
      columns.push_back(last_name(tree, i));
    } else if (kind == "FuncCall") {
      const std::string name = folded(last_function(tree, i));
      if (!among(name, kReckoned) || (!equal && (name == "concat" || name == "md5" || name == "hashtext"))) return false;
      const uint32_t second = member(tree, tree.child(i, "args"), 1);   // 2 ^ a is above 0
      if (name == "power" && (second == kNone || tree.child(second, "A_Const") == kNone)) return false;
    } else if (kind == "A_Expr") {
      const ByteView how = tree.text(i, "kind");
      if (how != "AEXPR_NULLIF" && (how != "AEXPR_OP" || !among(name_of(tree, i), kOperators))) return false;
      const uint32_t left = tree.child(i, "lexpr"), right = tree.child(i, "rexpr");   // is_old + 1 > 0
      const bool of_two = tree.child(left, "ColumnRef") != kNone && tree.child(right, "ColumnRef") != kNone;
      if (timed && of_two && name_of(tree, i) == "-") continue;   // completed - started > interval '1 day'
      if (left != kNone && right != kNone ? may_be_shifted(tree, left, right) || may_be_shifted(tree, right, left)
                                          : boolean_of(tree, bare(tree, right)) == Boolean::sure) return false;
    } else if (const uint32_t text = tree.child(tree.child(tree.child(i, "arg"), "A_Const"), "sval");
               kind == "TypeCast" && text != kNone && last_type(tree, i) == "interval") {
      bool plain = false;
      of_values_ = true;
      if (!is_short(unescaped(tree.text(text, "sval")), &plain)) return false;
    } else if (!among(kind, kKinds)) {
      return false;
    }
  }
  return !columns.empty();
}

/// A comparison of what is reckoned with a value, where nothing else stands beside it: Rows and its ranges say what they know.
bool Condition::reckons(const Tree& tree, uint32_t expression) {
  const ByteView how = tree.text(expression, "kind");
  const std::string name = name_of(tree, expression);
  uint32_t left = tree.child(expression, "lexpr"), right = tree.child(expression, "rexpr");
  if (left == kNone || right == kNone) return false;
  if (elements_of(tree, expression) != kNone || ends_of(tree, expression) != kNone) {
    const uint32_t list = elements_of(tree, expression) != kNone ? elements_of(tree, expression) : ends_of(tree, expression);
    for (uint32_t k = tree.first(list); k != kNone; k = tree.next(k))
      if (value_at(tree, k, &of_values_) != Is::known) return false;
    const Term term = term_of(tree, left);
    const bool equal = elements_of(tree, expression) != kNone && name == "=";
    of_values_ = true;
    const bool outside = how == "AEXPR_NOT_BETWEEN", differs = name == "<>" && !outside;
    if (differs && is_spread(tree, left))
      for (uint32_t k = tree.first(list); k != kNone; k = tree.next(k))
        if (!term.measure || term.printed || !is_whole_length(term.column, tree, k)) return false;
    if (outside && is_spread(tree, left) && (!term.measure || !is_wide_range(tree, list))) return false;
    if (has_cast_flag(tree, left)) return false;
    return (term.column.empty() || (term.measure && !term.printed)) && is_reckoned(tree, left, equal, false);
  }
  constexpr ByteView kCompared[] = {"=", "<>", "<", "<=", ">", ">="};
  if (how != "AEXPR_OP" || !among(name, kCompared)) return false;
  if (value_at(tree, left, &of_values_) != Is::nothing) std::swap(left, right);
  const uint32_t bare_left = bare(tree, left);
  if (!term_of(tree, left).column.empty()) {   // one column: compared() knows
    const Term term = term_of(tree, left);
    of_values_ = true;
    if (name == "<>" && !is_whole_length(term.column, tree, right)) return false;
    return term.measure && !term.printed && value_at(tree, right, &of_values_) == Is::known;
  }
  const bool called = tree.child(bare_left, "FuncCall") != kNone || tree.child(bare_left, "A_Expr") != kNone ||
                      tree.child(bare_left, "MinMaxExpr") != kNone || tree.child(bare_left, "CoalesceExpr") != kNone ||
                      tree.child(bare_left, "CaseExpr") != kNone;
  if (name == "<>" && is_spread(tree, left)) return false;
  const bool remainder = name == "=" && operator_of(tree, tree.child(bare_left, "A_Expr")) == "%";
  if (!remainder && has_cast_flag(tree, left)) return false;
  const bool timed = is_interval(tree, right);
  return called && value_at(tree, right, &of_values_) != Is::nothing && is_reckoned(tree, bare_left, name == "=", timed);
}

/// Two columns of the table are of two rows of it, or may be: docs.a and d.a, where it is joined with itself or a query reads it.
bool Condition::are_of_two_rows(const Tree& tree, uint32_t one, uint32_t other) const {
  const ByteView first = table_of(tree, one), second = table_of(tree, other);
  return first.empty() || second.empty() ? is_joined() : first != second;
}

/// Columns of a part that are the table's are of one row of it; in a join with itself also those that its queries name.
bool Condition::is_of_one_row(const Tree& tree, uint32_t part) const {
  uint32_t first = kNone;
  const auto behind = [&](uint32_t i) { return tree[i].key == "SubLink" && !is_joined() ? tree[i].end : i + 1; };
  for (uint32_t i = part; !sources_.empty() && i < tree[part].end; i = behind(i)) {
    if (tree[i].key != "ColumnRef" || !is_mine(tree, i)) continue;
    if (first != kNone && are_of_two_rows(tree, first, i)) return false;
    first = first == kNone ? i : first;
  }
  return true;
}

/// (a, b) <> (1, $2): of columns, each once, that are no keys, and values.
bool Condition::rows_differ(const Tree& tree, uint32_t left, uint32_t right) {
  std::vector<std::string> names;
  uint32_t one = tree.first(members_of(tree, left)), other = tree.first(members_of(tree, right));
  for (; one != kNone && other != kNone; one = tree.next(one), other = tree.next(other)) {
    const Term term = term_of(tree, one);
    if (term.column.empty() || !term.plain || term.printed || is_key(term.column)) return false;
    if (value_at(tree, other, &of_values_) == Is::nothing) return false;
    names.push_back(folded(term.column));
    if (names.size() > 16 || std::count(names.begin(), names.end(), names.back()) > 1) return false;
  }
  return one == other;
}

/// What differs, where nothing else stands beside it: a <> b, hash <> md5(body), n < length(body), (a, b) IS DISTINCT FROM (1, 2).
/// No key does, which differs from all else in each row; a digest is like others only where a column is named so; whatever stands
/// beside a column on the other side (b + 1e300) may make it more than any.
bool Condition::differs(const Tree& tree, uint32_t expression) {
  const ByteView how = tree.text(expression, "kind");
  const std::string name = how == "AEXPR_DISTINCT" ? "<>" : how == "AEXPR_OP" ? name_of(tree, expression) : "";
  uint32_t left = bare(tree, tree.child(expression, "lexpr")), right = bare(tree, tree.child(expression, "rexpr"));
  if (!is_of_one_row(tree, expression)) return false;
  if (name == "<>" && kind_of(tree, left) == "RowExpr" && kind_of(tree, right) == "RowExpr") return rows_differ(tree, left, right);
  if (is_apart_by_more(tree, tree.child(expression, "lexpr"), tree.child(expression, "rexpr"), name)) return true;
  if (name != "<>" && name != "<" && name != ">") return false;
  if (tree.child(left, "ColumnRef") == kNone) std::swap(left, right);
  const uint32_t column = tree.child(left, "ColumnRef"), other = tree.child(right, "ColumnRef");
  if (column == kNone || right == kNone || !is_mine(tree, column) || is_key(last_name(tree, column))) return false;
  if (!are_apart(tree, left, right)) return false;
  if (other != kNone) return name == "<>" && is_mine(tree, other) && !is_key(last_name(tree, other));
  const Made made = made_of(tree, right);
  if (made.column == kNone || !is_mine(tree, made.column)) return false;
  return made.digest.empty() || (name == "<>" && keeps_digests(last_name(tree, column), made.digest));
}

/// indexed < updated - interval '5 minutes': two columns, of which one is less by more than nothing; a cast of either, or of what
/// lies between, may take that off.
bool Condition::is_apart_by_more(const Tree& tree, uint32_t left, uint32_t right, ByteView name) const {
  if (name != "<" && name != "<=" && name != ">" && name != ">=") return false;
  if (name[0] == '>') std::swap(left, right);
  bool more = false;
  uint32_t columns[] = {left, right};
  for (uint32_t& side : columns) {   // left + more < right - more
    const uint32_t expression = tree.child(side, "A_Expr");
    if (expression == kNone) continue;
    const ByteView sign = &side == columns ? "+" : "-";
    const bool wanted = tree.text(expression, "kind") == "AEXPR_OP" && operator_of(tree, expression) == sign;
    const uint32_t one = tree.child(expression, "lexpr"), other = tree.child(expression, "rexpr");
    if (!wanted || one == kNone || !is_more(tree, other)) return false;
    more = true;
    side = one;
  }
  if (!more || !are_apart(tree, columns[0], columns[1])) return false;
  return std::all_of(std::begin(columns), std::end(columns), [&](uint32_t side) {
    const uint32_t column = tree.child(side, "ColumnRef");
    return column != kNone && is_mine(tree, column) && !is_key(last_name(tree, column));
  });
}

/// The scalar sub-select of a column or its least or greatest value, which does not look at the row unless it may: where some row
/// is left out whatever it gives.
bool Condition::is_scalar(const Tree& tree, uint32_t side, bool may_look, ByteView term) const {
  const uint32_t link = tree.child(side, "SubLink"), select = tree.child(tree.child(link, "subselect"), "SelectStmt");
  if (link == kNone || tree.text(link, "subLinkType") != "EXPR_SUBLINK" || tree.child(select, "fromClause") == kNone) return false;
  const uint32_t given = tree.child(tree.child(tree.first(tree.child(select, "targetList")), "ResTarget"), "val");
  const uint32_t call = tree.child(given, "FuncCall");
  const ByteView name = call == kNone ? ByteView() : last_function(tree, call);
  const uint32_t argument = tree.first(tree.child(call, "args"));
  const bool extreme = (name == "max" || name == "min" || name == "avg") && tree.child(argument, "ColumnRef") != kNone;
  const uint32_t column = tree.child(given, "ColumnRef");
  if (!extreme && (column == kNone || is_outside(tree, column, select) || !gives_others(tree, select, 0, term))) return false;
  if (may_look) return extreme || !names_row(tree, select);
  return !names_row(tree, select);
}

/// What is reckoned from columns of other tables alone: p.n + 1.
bool Condition::is_of_others_alone(const Tree& tree, uint32_t side) const {
  if (tree.text(tree.child(side, "A_Expr"), "kind") != "AEXPR_OP") return false;
  bool any = false;
  for (uint32_t i = side; i < tree[side].end; ++i) {
    if (!tree[i].is_kind()) continue;
    const ByteView kind = tree[i].key;
    if (kind == "ColumnRef") {
      if (is_alone(tree, i) || is_own(table_of(tree, i)) || last_name(tree, i).empty()) return false;
      any = true;
    } else if (kind == "A_Expr" ? tree.text(i, "kind") != "AEXPR_OP"
                                : kind != "A_Const" && kind != "TypeCast" && kind != "TypeName" && kind != "String" &&
                                      kind != "Integer" && kind != "ParamRef") {
      return false;
    }
  }
  return any;
}

}  // namespace gatehouse::sql
