// Can a condition be shown to choose? What stands here is what counts; all else may hold for every row.
#include <algorithm>
#include <map>
#include <utility>

#include "sql/condition.h"
#include "sql/like.h"
#include "sql/terms.h"

namespace gatehouse::sql {
namespace {

constexpr uint32_t kNone = Tree::kNone;
constexpr uint32_t kAgain = 256;   // beside the uses of a column
constexpr ByteView kQueries = "(SELECT)";   // what all queries speak of, too

template <size_t N>
bool among(ByteView name, const ByteView (&list)[N]) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

// What gives a column's value in another spelling: its first argument is the column, or the second of those that name a part of it.
constexpr ByteView kSpellings[] = {"lower", "upper", "btrim", "ltrim", "rtrim", "trim", "initcap", "date", "to_timestamp"};
constexpr ByteView kParts[] = {"date_trunc", "date_part", "extract"};
constexpr ByteView kDigests[] = {"md5", "sha224", "sha256", "sha384", "sha512", "digest", "hashtext"};
constexpr ByteView kMeasures[] = {"length", "char_length", "character_length", "octet_length", "cardinality",
                                  "jsonb_array_length", "json_array_length", "array_length"};

// What makes a value of values, and tells the time.
constexpr ByteView kMakers[] = {"now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "date_trunc", "date",
                                "timezone", "to_timestamp", "to_date", "lower", "upper", "concat", "md5", "sha256", "encode",
                                "decode", "string_to_array", "regexp_split_to_array", "jsonb_build_object", "json_build_object",
                                "to_jsonb", "getdate", "curdate", "current_date", "current_timestamp", "unix_timestamp",
                                "date_sub", "date_add", "dateadd", "array"};

// What is reckoned from columns, whose ends ranges.h knows where it has some.
constexpr ByteView kReckoned[] = {"abs", "sign", "mod", "power", "sqrt", "length", "char_length", "octet_length", "strpos",
                                  "position", "similarity", "left", "right", "substr", "substring", "concat", "age", "hashtext",
                                  "array_length", "cardinality", "size", "pg_column_size", "jsonb_array_length", "date_part",
                                  "extract", "md5", "lower", "upper", "btrim", "date", "date_trunc", "decode", "nvl2", "if",
                                  "iff", "now"};

/// Units of intervals, and how many digits make a number of them longer than anybody keeps rows: a hundred years and more.
constexpr std::pair<ByteView, size_t> kUnits[] = {
    {"microsecond", 19}, {"millisecond", 16}, {"second", 11}, {"minute", 9}, {"hour", 7}, {"day", 6}, {"week", 5},
    {"month", 4},        {"year", 3},         {"decade", 2}};

/// A column that names rows: who leaves out one key, or begins at the first one, has all rows but that.
bool is_key(ByteView column) {
  const std::string name = folded(column);
  for (const ByteView end : {"id", "uuid", "guid", "pk", "key"}) {
    if (name == end || name == "ctid" || name == "rowid") return true;
    if (name.size() > end.size() && name.ends_with(end) && name[name.size() - end.size() - 1] == '_') return true;
  }
  return column.ends_with("Id");
}

/// '30 days': a number and a unit, shorter than a hundred years. `*plain` is whether it is written so, so that another number of as
/// many digits is answered alike.
bool is_short(ByteView text, bool* plain) {
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  *plain = digits > 0 && digits < text.size() && text[digits] == ' ';
  if (!*plain) return false;
  std::string unit = folded(text.substr(digits + 1));
  if (unit.ends_with('s')) unit.pop_back();
  for (const auto& [name, most] : kUnits)
    if (unit == name) return digits < most;
  *plain = false;
  return false;
}

std::string last_type(const Tree& tree, uint32_t cast) {
  ByteView last;
  const uint32_t names = tree.child(tree.child(cast, "typeName"), "names");
  for (uint32_t k = tree.first(names); k != kNone; k = tree.next(k)) last = tree.text(tree.child(k, "String"), "sval");
  return folded(last);
}

enum class Is : uint8_t { nothing, known, unknown };

/// A value that is the same for every row: a constant, or what is made of parameters, constants and the time.
Is value_at(const Tree& tree, uint32_t node, bool* of_values) {
  if (node == kNone) return Is::nothing;
  Value value;
  const uint32_t inner = bare(tree, node);
  bool interval = false;
  for (uint32_t at = node; at != inner;) {
    const uint32_t cast = tree.child(at, "TypeCast");
    interval |= last_type(tree, cast) == "interval";
    at = tree.child(cast != kNone ? cast : tree.child(at, "CollateClause"), "arg");
  }
  if (!interval && value_of(tree, inner, &value)) return Is::known;
  bool any = false;
  for (uint32_t i = node; i < tree[node].end; ++i) {
    if (!tree[i].is_kind()) continue;
    const ByteView kind = tree[i].key;
    if (kind == "ParamRef" || kind == "SQLValueFunction") any = true;
    else if (kind == "FuncCall") {
      const std::string name = folded(last_function(tree, i));
      const uint32_t first = tree.first(tree.child(i, "args"));
      const bool named = name == "make_interval" && first != kNone && tree.child(first, "NamedArgExpr") != kNone;
      if (!named && !among(name, kMakers)) return Is::nothing;
      any = true;
    } else if (kind == "A_Const") {
      if (tree.is_true(i, "isnull")) return Is::nothing;
      const uint32_t cast = tree[tree[i].parent].parent;   // {"arg": {"A_Const": ...}, "typeName": ...}
      if (cast != kNone && tree[cast].key == "TypeCast" && last_type(tree, cast) == "interval") {
        bool plain = false;
        const bool near = is_short(unescaped(tree.text(tree.child(i, "sval"), "sval")), &plain);
        *of_values |= !plain;
        if (!near) return Is::nothing;
        any = true;
        continue;
      }
      if (!value_of(tree, tree[i].parent, &value)) continue;
      if (value.is_end() || tree.text(tree.child(i, "ival"), "ival").size() > 10) return Is::nothing;
      const bool times = tree[tree[i].parent].parent != kNone && operator_of(tree, tree[tree[i].parent].parent) == "*";
      if (times && tree.text(tree.child(i, "ival"), "ival").size() > 3) return Is::nothing;   // 100000 * interval '1 day'
    } else if (kind == "NamedArgExpr") {   // make_interval(days => 30)
      const ByteView digits = tree.text(tree.child(tree.child(tree.child(i, "arg"), "A_Const"), "ival"), "ival");
      if (tree.text(i, "name") == "years" || digits.size() > 3) return Is::nothing;
    } else if (kind != "TypeCast" && kind != "TypeName" && kind != "CollateClause" && kind != "String" && kind != "A_Expr" &&
               kind != "A_ArrayExpr" && kind != "Integer" && kind != "List") {
      return Is::nothing;
    }
  }
  return any ? Is::unknown : Is::nothing;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '/' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// SIMILAR TO a pattern of one alternative that begins with a letter or digit, which is not left out.
bool is_literal_similar(const Tree& tree, uint32_t right) {
  const uint32_t call = tree.child(right, "FuncCall"), list = tree.child(call, "args");
  if (call == kNone || count(tree, list) != 1) return false;
  const std::string text = unescaped(tree.text(tree.child(tree.child(bare(tree, tree.first(list)), "A_Const"), "sval"), "sval"));
  if (text.size() < 2 || text.find_first_of("|()\\") != std::string::npos) return false;
  return is_plain(text[0]) && text[0] != '_' && ByteView("?*{+").find(text[1]) == ByteView::npos;
}

/// 'x' || 'y', each of which begins with a letter: MySQL's OR of what is false there.
bool is_joined_text(const Tree& tree, uint32_t node, bool* of_values) {
  if (tree.child(node, "A_Expr") == kNone) return false;
  for (uint32_t i = node; i < tree[node].end; ++i) {
    if (!tree[i].is_kind() || tree[i].key == "String") continue;
    if (tree[i].key == "A_Expr" && tree.text(i, "kind") == "AEXPR_OP" && operator_of(tree, i) == "||" &&
        tree.child(i, "lexpr") != kNone) continue;
    const std::string text = unescaped(tree.text(tree.child(i, "sval"), "sval"));
    const char first = text.empty() ? '\0' : text[0];
    if (tree[i].key != "A_Const" || !is_plain(first) || first == '-' || (first >= '0' && first <= '9')) return false;
  }
  *of_values = true;   // a digit or a letter
  return true;
}

/// tstzrange('2024-01-01', '2024-02-01'): from one day to another.
bool is_dated_range(const Tree& tree, uint32_t node, bool* of_values) {
  constexpr ByteView kRanges[] = {"tsrange", "tstzrange", "daterange"};
  const uint32_t call = tree.child(node, "FuncCall"), list = tree.child(call, "args");
  if (call == kNone || !among(last_function(tree, call), kRanges) || count(tree, list) < 2) return false;
  *of_values = true;
  for (uint32_t index = 0; index < 2; ++index) {
    const ByteView text = tree.text(tree.child(tree.child(bare(tree, member(tree, list, index)), "A_Const"), "sval"), "sval");
    int year = 0;
    for (size_t i = 0; i < 4 && i < text.size(); ++i) year = text[i] >= '0' && text[i] <= '9' ? 10 * year + text[i] - '0' : 0;
    const bool dated = text.size() >= 10 && text[4] == '-' && text.find_first_not_of("0123456789-:. T+Z") == ByteView::npos;
    if (!dated || year <= kFirstYear || year >= kLastYear) return false;
  }
  return true;
}

/// ARRAY['a', $1], of one value at least.
bool is_array_of_values(const Tree& tree, uint32_t node, bool* of_values) {
  const uint32_t list = tree.child(tree.child(node, "A_ArrayExpr"), "elements");
  for (uint32_t k = tree.first(list); k != kNone; k = tree.next(k))
    if (value_at(tree, k, of_values) == Is::nothing) return false;
  return list != kNone;
}

bool is_truth(const Tree& tree, uint32_t node) { return tree.child(tree.child(node, "A_Const"), "boolval") != kNone; }

/// A pattern of LIKE that begins with what stands for itself, or has three such characters in a row.
bool is_literal_like(ByteView pattern) {
  size_t run = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    run = c == '%' || c == '_' || c == '\\' ? 0 : run + 1;
    if (run == 3 || (run == 1 && i == 0)) return true;
  }
  return false;
}

/// '^(x|y)$': alternatives right behind ^, each of which is letters and digits, one of them at least; nothing else in groups.
bool is_choice(ByteView expression) {
  if (!expression.starts_with("^(")) return false;
  size_t i = 2, begin = 2;
  for (; i < expression.size() && expression[i] != ')'; ++i) {
    if (expression[i] == '|' && i > begin) begin = i + 1;
    else if (!is_plain(expression[i])) return false;
  }
  if (i >= expression.size() || i == begin) return false;
  const ByteView rest = expression.substr(i + 1);
  return rest.find_first_of("|()") == ByteView::npos && (rest.empty() || ByteView("?*{+").find(rest[0]) == ByteView::npos);
}

/// A regular expression of one alternative without groups that has a letter or digit right behind ^, or three in a row, none of
/// which may be left out.
bool is_literal_expression(ByteView expression) {
  if (expression.find_first_of("|()") != ByteView::npos || expression.starts_with("***")) return is_choice(expression);
  size_t run = 0;
  bool front = expression.starts_with('^');
  for (size_t i = front ? 1 : 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\') {
      ++i;
      run = 0, front = false;
      continue;
    }
    if (c == '[' || c == '{') {
      const size_t close = expression.find(c == '[' ? ']' : '}', i + 2);
      if (close == ByteView::npos || expression.substr(i + 1, close - i).find_first_of("[\\") != ByteView::npos) return false;
      if (expression[close - 1] == '^') return false;   // [^]abc]
      i = close;
    }
    const char behind = i + 1 < expression.size() ? expression[i + 1] : '\0';
    run = is_plain(c) && behind != '?' && behind != '*' && behind != '{' ? run + 1 : 0;
    if (run >= 3 || (run == 1 && front)) return true;
    front = false;
  }
  return false;
}

}  // namespace

/// A column of the table that is written, and no other: not a name alone where other tables stand beside, not a whole row.
bool Condition::is_mine(const Tree& tree, uint32_t column) const {
  const ByteView name = last_name(tree, column);
  if (column == kNone || name.empty() || name == "tableoid") return false;
  if (!is_alone(tree, column)) return is_own(table_of(tree, column));
  return name != alias_ && name != relation_ &&
         std::all_of(sources_.begin(), sources_.end(), [](const Source& each) { return each.itself; });
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
      return term;
    }
    term.plain = false;
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
bool Condition::is_reckoned(const Tree& tree, uint32_t node, bool equal) const {
  constexpr ByteView kKinds[] = {"TypeCast", "TypeName", "CollateClause", "String", "Integer", "A_Const", "ParamRef", "MinMaxExpr",
                                 "CoalesceExpr", "CaseExpr", "CaseWhen", "List", "SQLValueFunction", "NullTest", "BoolExpr"};
  constexpr ByteView kOperators[] = {"+", "-", "*", "/", "%", "&", "^", "<->", "<=>", "<#>", "=", "<", ">", "<=", ">=", "NULLIF"};
  std::vector<ByteView> columns;
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
    return (term.column.empty() || term.measure) && is_reckoned(tree, left, equal);
  }
  constexpr ByteView kCompared[] = {"=", "<>", "<", "<=", ">", ">="};
  if (how != "AEXPR_OP" || !among(name, kCompared)) return false;
  if (value_at(tree, left, &of_values_) != Is::nothing) std::swap(left, right);
  const uint32_t bare_left = bare(tree, left);
  if (!term_of(tree, left).column.empty()) {   // one column: compared() knows
    const Term term = term_of(tree, left);
    return term.measure && value_at(tree, right, &of_values_) == Is::known;
  }
  const bool called = tree.child(bare_left, "FuncCall") != kNone || tree.child(bare_left, "A_Expr") != kNone ||
                      tree.child(bare_left, "MinMaxExpr") != kNone || tree.child(bare_left, "CoalesceExpr") != kNone ||
                      tree.child(bare_left, "CaseExpr") != kNone;
  return called && value_at(tree, right, &of_values_) != Is::nothing && is_reckoned(tree, left, name == "=");
}

/// The scalar sub-select of a column or its least or greatest value, which does not look at the row unless it may: where some row
/// is left out whatever it gives.
bool Condition::is_scalar(const Tree& tree, uint32_t side, bool may_look) const {
  const uint32_t link = tree.child(side, "SubLink"), select = tree.child(tree.child(link, "subselect"), "SelectStmt");
  if (link == kNone || tree.text(link, "subLinkType") != "EXPR_SUBLINK" || tree.child(select, "fromClause") == kNone) return false;
  const uint32_t given = tree.child(tree.child(tree.first(tree.child(select, "targetList")), "ResTarget"), "val");
  const uint32_t call = tree.child(given, "FuncCall");
  const ByteView name = call == kNone ? ByteView() : last_function(tree, call);
  const uint32_t argument = tree.first(tree.child(call, "args"));
  const bool extreme = (name == "max" || name == "min" || name == "avg") && tree.child(argument, "ColumnRef") != kNone;
  const uint32_t column = tree.child(given, "ColumnRef");
  if (!extreme && (column == kNone || is_outside(tree, column, select))) return false;
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

/// One operator between a term and a value.
Condition::Grasp Condition::compared(const Tree& tree, uint32_t left, uint32_t right, ByteView name, bool tangled) {
  Term term = term_of(tree, left);
  std::string turned(name);
  if (term.column.empty()) {   // 5 < id
    term = term_of(tree, right);
    if (term.column.empty()) return {};
    std::swap(left, right);
    if (name == "@>" || name == "<@") turned = name == "@>" ? "<@" : "@>";
    else if (name.starts_with('<') && name != "<>") turned[0] = '>';
    else if (name.starts_with('>')) turned[0] = '<';
    else if (name != "=" && name != "<>" && name != "&&") return {};
    name = turned;
  }
  const ByteView column = term.column;
  const Is is = value_at(tree, right, &of_values_);
  const uint32_t side = bare(tree, right);
  const bool less = name == "<" || name == "<=", greater = name == ">" || name == ">=";
  if (name == "@>" || name == "&&" || name == "?" || name == "?|" || name == "?&" || name == "<@") {
    const bool listed = is_array_of_values(tree, side, &of_values_);
    const bool dated = name == "<@" && term.plain && is_dated_range(tree, side, &of_values_);
    return is == Is::nothing && !listed && !dated ? Grasp{} : Grasp{2, kOther, column};
  }
  if (name == "^@" && is != Is::nothing) return {2, kOther, column};
  if (name == "~" || name == "~*") {
    const ByteView text = tree.text(tree.child(tree.child(side, "A_Const"), "sval"), "sval");
    return !term.only_equal && is_literal_expression(unescaped(text)) ? Grasp{2, kOther, column} : Grasp{};
  }
  if (name != "=" && name != "<>" && !less && !greater) return {};
  if (name == "=" && term.plain && is_truth(tree, side)) return {1, kTruth, column};
  if (term.plain && is_truth(tree, side)) {   // deleted > false
    const bool yes = tree.is_true(tree.child(tree.child(side, "A_Const"), "boolval"), "boolval");
    return name == (yes ? "<" : ">") ? Grasp{2, kNever, column} : Grasp{};
  }
  if (is == Is::nothing) {   // another column, a sub-select
    const uint32_t other = tree.child(side, "ColumnRef");
    const bool scalar = other == kNone && is_scalar(tree, side, name == "<" || name == ">");
    const bool keyed = name == "=" && is_keyed(tree, side);
    const bool made = name == "=" && (is_joined_text(tree, side, &of_values_) || is_array_of_values(tree, side, &of_values_) ||
                                      is_of_others_alone(tree, side) || keyed);
    if (made) return {2, kEqual, column, keyed};
    if (other == kNone) return scalar ? Grasp{2, name == "=" ? kEqual : kOther, column} : Grasp{};
    const bool foreign = !is_alone(tree, other) && !is_own(table_of(tree, other));
    const bool another = folded(last_name(tree, other)) != folded(column) && !last_name(tree, other).empty();
    if (name == "=" && (foreign || another)) return {2, kEqual, column};
    const bool ordered = name == "<" || name == ">";
    return ordered && !foreign && (another || !is_alone(tree, other)) && term.plain ? Grasp{2, kOther, column} : Grasp{};
  }
  if ((term.only_equal && name != "=") || (term.age && name == "=")) return {};
  Value value;
  const bool known = is == Is::known && value_of(tree, side, &value);
  if (name == "=") return known ? Grasp{1, tangled ? kValue : kEqual, column} : Grasp{2, kEqual, column};
  if (name == "<>") {
    if (is_key(column) || term.measure) return {};
    return known ? Grasp{1, kValue, column} : Grasp{2, kDiffers, column};
  }
  if (!known) return {2, less ? kLess : kGreater, column};
  const bool number = value.rank == Value::Rank::number;
  if (term.age) {   // now() - created > '30 days'
    bool plain = false;
    const bool near = number || is_short(value.text, &plain);   // extract(epoch from now() - created) > 86400
    of_values_ |= !plain;
    return near ? Grasp{2, less ? kLess : kGreater, column} : Grasp{};
  }
  if (term.measure && (greater || !number || value.number > 9999)) return {};
  if (term.year || (is_key(column) && greater)) of_values_ = true;
  if (term.year && number && (less ? value.number >= kLastYear : value.number <= kFirstYear)) return {};
  if (is_key(column) && greater && (number ? value.number <= 1 : value.text.size() < 2)) return {};
  return {1, kValue, column};
}

/// IN, = ANY, <> ALL, BETWEEN, LIKE and the like.
Condition::Grasp Condition::listed(const Tree& tree, uint32_t expression, bool tangled) {
  const ByteView kind = tree.text(expression, "kind");
  const std::string name = name_of(tree, expression);
  const uint32_t left = tree.child(expression, "lexpr"), right = tree.child(expression, "rexpr");
  if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE") {
    const Term term = term_of(tree, left);
    if (term.column.empty() || term.only_equal || negates(name)) return {};
    const uint32_t pattern = bare(tree, pattern_of(tree, bare(tree, right)));
    const uint32_t text = tree.child(tree.child(pattern, "A_Const"), "sval");
    const bool fits = text != kNone ? is_literal_like(unescaped(tree.text(text, "sval"))) : is_joined_pattern(tree, pattern);
    return fits ? Grasp{2, kOther, term.column} : Grasp{};
  }
  if (kind == "AEXPR_SIMILAR") {
    const Term term = term_of(tree, left);
    const bool fits = !term.only_equal && name == "~" && is_literal_similar(tree, right);
    return term.column.empty() || !fits ? Grasp{} : Grasp{2, kOther, term.column};
  }
  const uint32_t query = array_query(tree, bare(tree, right));
  if (query != kNone) return kind == "AEXPR_OP_ANY" && name == "=" ? grasp_among(tree, left, query, false, false) : Grasp{};
  if (kind == "AEXPR_OP_ANY" && name == "=" && value_at(tree, left, &of_values_) != Is::nothing) {   // 'x' = ANY(tags)
    const Term term = term_of(tree, right);
    return term.column.empty() ? Grasp{} : Grasp{2, kOther, term.column};
  }
  const uint32_t row = members_of(tree, bare(tree, left));
  const uint32_t elements = elements_of(tree, expression), ends = ends_of(tree, expression);
  Term term = row == kNone ? term_of(tree, left) : term_of(tree, tree.first(row));
  if (term.column.empty() || term.age) return {};
  if (kind == "AEXPR_OP_ANY" && name == "=" && elements == kNone) {
    const bool text = tree.child(tree.child(bare(tree, right), "A_Const"), "sval") != kNone;   // '{1,2}'
    return text || value_at(tree, right, &of_values_) == Is::unknown ? Grasp{2, kEqual, term.column} : Grasp{};
  }
  if (elements == kNone && ends == kNone) return {};
  const uint32_t only = kind == "AEXPR_IN" && name == "=" && count(tree, elements) == 1 ? tree.first(elements) : kNone;
  if (only != kNone && term.plain && is_truth(tree, bare(tree, only))) return {2, kNever, term.column};   // deleted IN (true)
  const bool positive = elements != kNone ? name == "=" : kind == "AEXPR_BETWEEN";
  bool known = row == kNone;
  for (uint32_t k = tree.first(elements != kNone ? elements : ends); k != kNone; k = tree.next(k)) {
    const uint32_t members = row == kNone ? kNone : members_of(tree, bare(tree, k));
    if (row != kNone && members == kNone) return {};
    for (uint32_t m = row == kNone ? k : tree.first(members); m != kNone; m = row == kNone ? kNone : tree.next(m)) {
      const Is is = value_at(tree, m, &of_values_);
      if (is == Is::nothing) return {};
      known &= is == Is::known;
    }
  }
  if (ends != kNone && (term.only_equal || term.measure || term.year)) return {};
  if (!known) return positive ? Grasp{2, elements != kNone ? kEqual : kOther, term.column} : Grasp{};
  if (!positive && is_key(term.column)) return {};
  return {1, elements != kNone && positive && !tangled ? kEqual : kValue, term.column};
}

Condition::Grasp Condition::grasp(const Tree& tree, uint32_t node, bool negated, bool tangled) {
  const ByteView kind = kind_of(tree, node);
  const uint32_t inner = tree.child(node, kind);
  if (kind == "CurrentOfExpr") return {2, kOther, {}};
  if (kind == "ColumnRef") return is_mine(tree, inner) ? Grasp{1, kTruth, last_name(tree, inner)} : Grasp{};
  if (kind == "SubLink") return grasp_query(tree, inner, negated);
  if (kind == "CoalesceExpr") {   // coalesce(deleted, false)
    const uint32_t list = tree.child(inner, "args"), column = tree.child(tree.first(list), "ColumnRef");
    const bool truth = count(tree, list) == 2 && column != kNone && is_truth(tree, member(tree, list, 1));
    return truth && is_mine(tree, column) ? Grasp{1, kTruth, last_name(tree, column)} : Grasp{};
  }
  if (kind == "FuncCall" && last_function(tree, inner) == "regexp_like") {
    const uint32_t list = tree.child(inner, "args");
    const Term term = term_of(tree, member(tree, list, 0));
    const uint32_t text = tree.child(tree.child(bare(tree, member(tree, list, 1)), "A_Const"), "sval");
    const bool fits = count(tree, list) == 2 && !term.only_equal && is_literal_expression(unescaped(tree.text(text, "sval")));
    return term.column.empty() || !fits ? Grasp{} : Grasp{2, kOther, term.column};
  }
  if (kind == "FuncCall" && last_function(tree, inner) == "starts_with") {
    const uint32_t list = tree.child(inner, "args");
    const Term term = term_of(tree, member(tree, list, 0));
    const bool known = !term.column.empty() && value_at(tree, member(tree, list, 1), &of_values_) != Is::nothing;
    return known ? Grasp{2, kOther, term.column} : Grasp{};
  }
  if (kind != "A_Expr") return {};
  const ByteView how = tree.text(inner, "kind");
  const uint32_t left = tree.child(inner, "lexpr"), right = tree.child(inner, "rexpr");
  if (left == kNone || right == kNone) return {};
  const uint32_t members = members_of(tree, bare(tree, left));
  if (how == "AEXPR_OP" && members != kNone) {   // (a, b) = (1, $2), (a, b) < (1, 2)
    const uint32_t others = members_of(tree, bare(tree, right));
    if (others == kNone || kind_of(tree, bare(tree, left)) != "RowExpr") return {};
    Grasp first = compared(tree, tree.first(members), tree.first(others), name_of(tree, inner), true);
    if (name_of(tree, inner) == "<>") return {};
    return first.level == 0 ? Grasp{} : Grasp{2, kOther, first.column};
  }
  if (how == "AEXPR_OP") {
    Grasp counted = grasp_count(tree, left, right, name_of(tree, inner));
    if (counted.level == 0 && name_of(tree, inner) == "=") counted = grasp_count(tree, right, left, "=");
    return counted.level != 0 ? counted : compared(tree, left, right, name_of(tree, inner), tangled);
  }
  if (how == "AEXPR_DISTINCT") return compared(tree, left, right, "<>", true);
  if (how == "AEXPR_NOT_DISTINCT") return compared(tree, left, right, "=", tangled);
  return listed(tree, inner, tangled);
}

/// A column stands alone and with its table's name, which are one: a = 1 OR t.a <> 1. Queries have names of their own.
static bool has_two_names(const Tree& tree, uint32_t part) {
  std::map<ByteView, bool> alone;
  for (uint32_t i = part; i < tree[part].end; i = tree[i].key == "SubLink" ? tree[i].end : i + 1) {
    if (tree[i].key != "ColumnRef") continue;
    const auto [at, fresh] = alone.emplace(last_name(tree, i), is_alone(tree, i));
    if (!fresh && at->second != is_alone(tree, i)) return true;
  }
  return false;
}

/// One part of the condition that has to hold: what in it is grasped can leave a row out.
bool Condition::part_shown(const Tree& tree, uint32_t part, uint32_t base) {
  struct Asked {
    uint32_t node;
    bool negated, tangled;
  };
  struct Seen {
    uint32_t node;
    Grasp grasp;
  };
  if (has_two_names(tree, part)) return false;
  std::vector<Asked> asked{{part, false, false}};
  std::vector<Seen> seen;
  std::vector<uint32_t> nulls;   // what is asked to be NULL, and is no column
  std::map<ByteView, uint32_t> uses;
  bool rising = true;   // AND and OR of what may fail: all of it together
  while (!asked.empty()) {
    const Asked now = asked.back();
    asked.pop_back();
    const uint32_t node = bare(tree, now.node);
    const ByteView kind = kind_of(tree, node);
    const uint32_t inner = kind.empty() ? kNone : tree.child(node, kind);
    if (kind == "BoolExpr") {
      const bool turns = tree.text(inner, "boolop") == "NOT_EXPR";
      const uint32_t list = tree.child(inner, "args");
      for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i))
        asked.push_back({i, now.negated != turns, now.tangled || turns});
      rising &= !turns;
    } else if (kind == "BooleanTest") {
      asked.push_back({tree.child(inner, "arg"), now.negated, true});
      rising = false;
    } else if (kind == "NullTest") {
      const uint32_t arg = tree.child(inner, "arg");
      if (term_of(tree, arg).column.empty()) nulls.push_back(arg);
      rising = false;
    } else if (kind == "A_Const") {
      rising = false;
    } else {
      seen.push_back({node, varies_[node - base] == 0 ? Grasp{} : grasp(tree, node, now.negated, now.tangled)});
      const Grasp& last = seen.back().grasp;
      if (last.level != 0) {
        for (const ByteView of : {last.column, kQueries}) {
          if (of == kQueries && !last.query) continue;
          uint32_t& all = uses[of];
          const bool again = (all & last.use & (kDiffers | kNever)) != 0;   // a <> $1 OR a <> $2
          all |= last.use | (again ? kAgain : 0);
        }
      }
      rising &= last.level == 2 || (last.level == 1 && last.use == kEqual);
    }
  }
  for (Seen& one : seen) {   // what two of them say together of a column is not known, unless both are of values
    const bool exact = one.grasp.use == kValue || (one.grasp.use == kEqual && one.grasp.level == 1);
    const bool alike = uses[one.grasp.column] == one.grasp.use && (!one.grasp.query || uses[kQueries] == one.grasp.use);
    if (one.grasp.level == 0 || exact || alike) continue;
    one.grasp.level = 0;
    rising = false;
  }
  if (rising) return true;
  const uint32_t alone = seen.size() == 1 && seen[0].node == bare(tree, part) ? tree.child(seen[0].node, "A_Expr") : kNone;
  if (alone != kNone && seen[0].grasp.level == 0 && varies_[seen[0].node - base] != 0 && reckons(tree, alone)) {
    of_values_ = true;
    seen[0].grasp.level = 1;
  }
  levels_ = varies_;
  for (const uint32_t arg : nulls) levels_[arg - base] = 0;
  for (const Seen& one : seen) levels_[one.node - base] = static_cast<char>(one.grasp.level);
  rows_.name(alias_);
  return rows_.left_out(tree, part, levels_, base);
}

bool Condition::is_shown(const Tree& tree, uint32_t at) {
  std::vector<uint32_t> parts{at};
  while (!parts.empty()) {
    const uint32_t node = bare(tree, parts.back());
    parts.pop_back();
    const uint32_t inner = tree.child(node, "BoolExpr");
    if (tree.text(inner, "boolop") == "AND_EXPR") {
      const uint32_t list = tree.child(inner, "args");
      for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i)) parts.push_back(i);
    } else if (part_shown(tree, node, at)) {
      return true;
    }
  }
  return false;
}

bool Condition::shown(const Tree& tree, uint32_t statement, uint32_t at) {
  if (judged_ == at) return is_shown(tree, at);
  strict_ = true;
  known_ctes_ = &ctes_;
  ctes_read_ = false;
  doubtful_ = false;
  searched_ = 0;
  read_sources(tree, statement);
  const bool found = judge(tree, at) && is_shown(tree, at);
  strict_ = false;
  ctes_read_ = false;
  return found;
}

}  // namespace gatehouse::sql
