// What is grasped of one comparison, list or call.
#include <algorithm>
#include <utility>

#include "sql/condition.h"
#include "sql/given.h"
#include "sql/like.h"
#include "sql/literal.h"
#include "sql/terms.h"
#include "sql/truths.h"
#include "sql/words.h"

namespace gatehouse::sql {
namespace {

constexpr uint32_t kNone = Tree::kNone;

/// A text that is given; empty for all else.
std::string text_at(const Tree& tree, uint32_t node) {
  return unescaped(tree.text(tree.child(tree.child(bare(tree, node), "A_Const"), "sval"), "sval"));
}

/// A date, or the beginning of one: '2024-01'.
bool is_dated(const Tree& tree, uint32_t node) {
  const std::string text = text_at(tree, node);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() > 5 && text[4] == '-' && std::all_of(text.begin(), text.begin() + 4, is_digit) && is_digit(text[5]);
}

/// An array whose texts nobody sees here may list both booleans: string_to_array('t,f', ','), $1::bool[].
bool lists_booleans(const Tree& tree, uint32_t right) {
  constexpr ByteView kOthers[] = {"int4", "int8", "numeric", "uuid"};
  if (among(ByteView(last_type(tree, tree.child(right, "TypeCast"))), kOthers)) return false;
  bool called = false, given = false;
  for (uint32_t i = right; i < tree[right].end; ++i) {
    const std::string type = tree[i].key == "TypeCast" ? last_type(tree, i) : "";
    if (type == "bool" || type == "boolean") return true;
    called |= tree[i].key == "FuncCall";
    given |= tree[i].key == "ParamRef";
  }
  return called && !given;
}

}  // namespace

/// Of patterns that are as parts of true and false, two may leave nothing of a boolean: LIKE 't%' OR LIKE '%lse'.
uint8_t Condition::use_of_pattern(ByteView pattern) {
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  const auto begin = std::find_if(pattern.begin(), pattern.end(), is_letter);
  const auto end = std::find_if_not(begin, pattern.end(), is_letter);
  return is_of_truth(ByteView(begin, end)) ? kNever : kOther;
}

/// What a column's other spelling never is: lower(x) = 'A', trim(x) = ' a', date(x) = '2024-01-01 05:00'.
bool Condition::may_be(const Term& term, const Tree& tree, uint32_t node) {
  if (!term.lower && !term.upper && !term.other) return true;
  const std::string text = text_at(tree, node);
  const auto has = [&](char first, char last) {
    return std::any_of(text.begin(), text.end(), [&](char c) { return c >= first && c <= last; });
  };
  if ((term.lower && has('A', 'Z')) || (term.upper && has('a', 'z'))) return false;
  return !term.other || text.empty() || (text.size() <= 10 && text.front() != ' ' && text.back() != ' ');
}

/// A term may be any text: no key, no other spelling, nothing of another type, which may never be like a pattern.
bool Condition::is_text(const Tree& tree, const Term& term, uint32_t node) {
  if (is_key(term.column) || term.is_spelled() || term.age) return false;
  for (uint32_t i = node; i < tree[node].end; ++i)
    if (tree[i].key == "TypeCast") return false;
  return true;
}

/// A pattern that a term fits, or what it holds: ~, ^@, @>, &&.
Condition::Grasp Condition::matched(const Tree& tree, const Term& term, uint32_t left, uint32_t right, ByteView name, Is is) {
  const ByteView column = term.column;
  const uint32_t side = bare(tree, right);
  if (name == "@>" || name == "&&" || name == "?" || name == "?|" || name == "?&" || name == "<@") {
    const bool listed = is_array_of_values(tree, side, &of_values_);
    const bool dated = name == "<@" && term.plain && is_dated_range(tree, side, &of_values_);
    return is == Is::nothing && !listed && !dated ? Grasp{} : Grasp{2, kOther, column};
  }
  if (name == "^@" && is != Is::nothing) return {2, use_of_pattern(text_at(tree, side)), column};
  if (name == "~" || name == "~*" || name == "!~" || name == "!~*") {
    const std::string expression = text_at(tree, side);
    const bool never = negates(name) && (!is_text(tree, term, left) || !is_for_texts(expression));
    if (term.only_equal || never || !is_literal_expression(expression)) return {};
    return {2, negates(name) ? kNever : use_of_pattern(expression), column};
  }
  return {};
}

/// Two columns. What is grasped of two of one row goes by the name that comes first, so that a < b, b = a speak of one; of two rows
/// of a table that is joined with itself some are less than others, whatever their other columns are.
Condition::Grasp Condition::compared_columns(const Tree& tree, const Term& term, uint32_t left, uint32_t other, ByteView name) {
  const ByteView second = last_name(tree, other);
  const std::string one = folded(term.column), two = folded(second);
  const bool foreign = !is_alone(tree, other) && !is_own(table_of(tree, other)), another = one != two && !second.empty();
  const ByteView column = !foreign && two < one ? second : term.column;
  if (name == "=" && foreign && may_be_both(tree, left)) return {};   // d.deleted = b.flag, which may be both
  if (name == "=") return foreign || another ? Grasp{2, kEqual, column} : Grasp{};
  if ((name != "<" && name != ">") || foreign || !term.plain) return {};
  if (tree[left].key == "arg" || tree[tree[other].parent].key == "arg") return {};   // created::date < updated
  const bool apart = are_of_two_rows(tree, tree.child(left, "ColumnRef"), other);
  return apart != another ? Grasp{2, kNever, column, apart} : Grasp{};   // of two of other rows together nothing is known
}

/// A column alone, coalesce(column, false) or (meta->>'a')::boolean, that is true or false; or is not, where a cast or its name
/// says that it is one of both: numbers and times are hardly ever 0 or 1, as MySQL reads `n <> false`.
Condition::Grasp Condition::compared_truth(const Tree& tree, uint32_t left, uint32_t right, ByteView name) {
  if (is_truth(tree, bare(tree, left))) std::swap(left, right);
  if ((name != "=" && name != "<>") || !is_truth(tree, bare(tree, right))) return {};
  const uint32_t node = bare(tree, left), list = tree.child(tree.child(node, "CoalesceExpr"), "args");
  if (count(tree, list) == 2 && is_truth(tree, member(tree, list, 1))) left = tree.first(list);
  const bool cast = last_type(tree, tree.child(left, "TypeCast")) == "bool";
  const Term term = term_of(tree, left);
  if (term.column.empty() || !(term.plain || (cast && !term.is_spelled() && tree.child(node, "A_Expr") != kNone))) return {};
  const bool flag = boolean_of(tree, bare(tree, left)) == Boolean::sure || (cast && !term.plain);
  if (name == "<>" && (!flag || is_key(term.column) || term.only_equal)) return {};
  return {1, kTruth, term.column};
}

/// One operator between a term and a value.
Condition::Grasp Condition::compared(const Tree& tree, uint32_t left, uint32_t right, ByteView name, bool tangled) {
  if (const Grasp truth = compared_truth(tree, left, right, name); truth.level != 0) return truth;
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
  if (name != "=" && name != "<>" && !less && !greater) return matched(tree, term, left, right, name, is);
  if (term.plain && is_truth(tree, side)) {   // deleted > false
    const bool yes = tree.is_true(tree.child(tree.child(side, "A_Const"), "boolval"), "boolval");
    return name == (yes ? "<" : ">") ? Grasp{2, kNever, column} : Grasp{};
  }
  if (is == Is::nothing) {   // another column, a sub-select
    const uint32_t other = tree.child(side, "ColumnRef");
    const bool scalar = other == kNone && is_scalar(tree, side, name == "<" || name == ">", column);
    const bool keyed = name == "=" && is_keyed(tree, side);
    const bool made = name == "=" && (is_joined_text(tree, side, &of_values_) || is_array_of_values(tree, side, &of_values_) ||
                                      is_of_others_alone(tree, side) || keyed);
    if (made) return {2, kEqual, column, keyed};
    if (other == kNone) return scalar ? Grasp{2, name == "=" ? kEqual : kOther, column} : Grasp{};
    return compared_columns(tree, term, bare(tree, left), other, name);
  }
  if ((term.only_equal && name != "=") || (term.age && name == "=")) return {};
  Value value;
  const bool known = is == Is::known && value_of(tree, side, &value);
  of_values_ |= known && (term.lower || term.upper || term.other);   // which may_be() looks at
  const Boolean flag = boolean_of(tree, bare(tree, left));
  of_values_ |= known && name != "=" && flag != Boolean::no;
  if (known && !may_be(term, tree, side)) return name == "=" ? Grasp{2, kEqual, column} : Grasp{};
  if (name == "=" && known)
    return {1, tangled || may_be_truth(flag, value) ? kValue : kEqual, column, false, term.is_rare()};
  if (name == "=") return {2, flag != Boolean::no ? kNever : kEqual, column};   // deleted = $1 OR deleted = $2
  if (name == "<>") {
    of_values_ |= term.year;
    const bool day = !term.year || (value.rank == Value::Rank::number && value.number > kFirstYear && value.number < kLastYear);
    if (is_key(column) || term.measure || term.printed || !day) return {};
    return known ? Grasp{1, kValue, column} : Grasp{2, kDiffers, column};
  }
  if (!known && flag == Boolean::sure && !may_be_time(column)) return {};   // is_old >= $1
  if (!known) return {2, less ? kLess : kGreater, column};
  of_values_ |= term.printed;
  if (term.printed && !is_dated(tree, right)) return {};
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
  return {1, kValue, column, false, term.is_rare()};
}

/// LIKE, ILIKE and SIMILAR TO, and NOT of them.
Condition::Grasp Condition::liked(const Tree& tree, uint32_t expression) {
  const uint32_t left = tree.child(expression, "lexpr"), right = tree.child(expression, "rexpr");
  const Term term = term_of(tree, left);
  const bool never = negates(name_of(tree, expression));
  if (term.column.empty() || term.only_equal || (never && !is_text(tree, term, left))) return {};
  if (tree.text(expression, "kind") == "AEXPR_SIMILAR")
    return is_literal_similar(tree, right) ? Grasp{2, kNever, term.column} : Grasp{};
  const uint32_t pattern = bare(tree, pattern_of(tree, bare(tree, right)));
  const uint32_t text = tree.child(tree.child(pattern, "A_Const"), "sval");
  const std::string said = unescaped(tree.text(text, "sval"));
  const bool fits = text != kNone ? is_literal_like(said) : is_joined_pattern(tree, pattern);
  return fits ? Grasp{2, never ? kNever : use_of_pattern(said), term.column} : Grasp{};
}

/// IN, = ANY, <> ALL, BETWEEN and the like.
Condition::Grasp Condition::listed(const Tree& tree, uint32_t expression, bool tangled) {
  const ByteView kind = tree.text(expression, "kind");
  const std::string name = name_of(tree, expression);
  const uint32_t left = tree.child(expression, "lexpr"), right = tree.child(expression, "rexpr");
  if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE" || kind == "AEXPR_SIMILAR") return liked(tree, expression);
  const uint32_t query = array_query(tree, bare(tree, right));
  if (query != kNone) return kind == "AEXPR_OP_ANY" && name == "=" ? grasp_among(tree, left, query, false, false) : Grasp{};
  if (kind == "AEXPR_OP_ANY" && name == "=" && value_at(tree, left, &of_values_) != Is::nothing) {   // 'x' = ANY(tags)
    const Term term = term_of(tree, right);
    return term.column.empty() ? Grasp{} : Grasp{2, kOther, term.column};
  }
  if (kind == "AEXPR_BETWEEN" && value_at(tree, left, &of_values_) != Is::nothing) {   // now() BETWEEN valid_from AND valid_to
    const uint32_t ends = ends_of(tree, expression);
    Value value;
    if (value_of(tree, bare(tree, left), &value) && value.is_end()) return {};
    const Grasp above = compared(tree, member(tree, ends, 0), left, "<=", tangled);
    const Grasp grasped = above.level != 0 ? above : compared(tree, member(tree, ends, 1), left, ">=", tangled);
    return grasped.level == 0 ? Grasp{} : Grasp{2, kOther, grasped.column};
  }
  const uint32_t row = members_of(tree, bare(tree, left));
  const uint32_t elements = elements_of(tree, expression), ends = ends_of(tree, expression);
  Term term = row == kNone ? term_of(tree, left) : term_of(tree, tree.first(row));
  if (term.column.empty() || term.age) return {};
  of_values_ |= term.lower || term.upper || term.other;   // of which may_be() looks at values
  if (kind == "AEXPR_OP_ANY" && name == "=" && elements == kNone) {
    const uint32_t text = tree.child(tree.child(bare(tree, right), "A_Const"), "sval");   // '{1,2}'
    const std::string said = unescaped(tree.text(text, "sval"));
    of_values_ |= has_lone_digits(said);
    if (const size_t truths = lists_truths(said); truths != 0) return truths == 1 ? Grasp{2, kNever, term.column} : Grasp{};
    const bool named = text != kNone && boolean_of(tree, bare(tree, left)) != Boolean::no;
    if (named || may_be_both(tree, bare(tree, left))) return {};
    if (text == kNone && lists_booleans(tree, right)) return {};
    return text != kNone || value_at(tree, right, &of_values_) == Is::unknown ? Grasp{2, kEqual, term.column} : Grasp{};
  }
  if (elements == kNone && ends == kNone) return {};
  const uint32_t only = kind == "AEXPR_IN" && name == "=" && count(tree, elements) == 1 ? tree.first(elements) : kNone;
  if (only != kNone && term.plain && is_truth(tree, bare(tree, only))) return {2, kNever, term.column};   // deleted IN (true)
  const bool positive = elements != kNone ? name == "=" : kind == "AEXPR_BETWEEN";
  const bool between = ends != kNone;
  const List list = list_of(tree, left, between ? ends : elements, term, between);
  if (!list.read || (row != kNone && list.truths)) return {};   // (deleted, 1) IN (('t', 1), ('f', 1))
  if (between && (term.only_equal || term.measure || term.year || (term.printed && !list.dated))) return {};
  if (!positive && (is_key(term.column) || term.is_rare())) return {};
  if (term.measure && term.printed && count(tree, elements) > 1) return {};   // length(deleted::text) IN (4, 5)
  if (!list.known && (!positive || list.may_be_both)) return {};
  if (!list.known) return {2, between ? kOther : list.flagged ? kNever : kEqual, term.column};
  return {1, !between && positive && !tangled && !list.truths ? kEqual : kValue, term.column, false, term.is_rare()};
}

/// What stands in a list, or between two ends, beside a term or a row of them.
Condition::List Condition::list_of(const Tree& tree, uint32_t left, uint32_t list, const Term& term, bool between) {
  List out;
  const uint32_t row = members_of(tree, bare(tree, left));
  const Boolean flag = row == kNone ? boolean_of(tree, bare(tree, left)) : Boolean::no;
  bool printed[2] = {}, said[2] = {};   // booleans as they are printed, in any way
  bool number = false, open = false;    // a parameter
  out.known = row == kNone;
  for (uint32_t k = tree.first(list); k != kNone; k = tree.next(k)) {
    const uint32_t members = row == kNone ? kNone : members_of(tree, bare(tree, k));
    if (row != kNone && members == kNone) return {};
    uint32_t of = row == kNone ? left : tree.first(row);
    for (uint32_t m = row == kNone ? k : tree.first(members); m != kNone && of != kNone;) {
      const Is is = value_at(tree, m, &of_values_);
      if (is == Is::nothing) return {};
      out.known &= is == Is::known && may_be(term, tree, m);
      Value value;
      const bool read = value_of(tree, bare(tree, m), &value);
      const Boolean named = row == kNone ? flag : boolean_of(tree, bare(tree, of));
      of_values_ |= named != Boolean::no;
      for (const bool each : {false, true}) printed[each] |= read && prints_truth(value, each);
      if (const auto truth = read ? truth_of(named, value) : std::nullopt; truth) said[*truth] = true;
      const bool truth = read ? may_be_truth(named, value) : named != Boolean::no;
      number |= truth && read && named != Boolean::no;
      open |= !read;
      out.truths &= truth || (row != kNone && term_of(tree, of).column.empty());
      out.dated &= between && is_dated(tree, m);
      m = row == kNone ? kNone : tree.next(m);
      of = row == kNone ? of : tree.next(of);
    }
  }
  out.read = true;
  out.flagged = flag != Boolean::no;
  out.may_be_both = row == kNone && said[0] && said[1];
  if (between) out.may_be_both |= out.flagged && (number || (flag == Boolean::sure && !may_be_time(term.column)));
  else out.may_be_both |= out.flagged && (number || may_be_both(tree, bare(tree, left))) && open && count(tree, list) > 1;
  const bool texts = printed[0] && printed[1] && (out.flagged || !term.plain || is_cast_to_text(tree, bare(tree, left)));
  out.truths |= texts || (out.flagged && number);
  return out;
}

/// NOT (name LIKE 'a%'), which is name NOT LIKE 'a%'; so with ~.
Condition::Grasp Condition::unmatched(const Tree& tree, uint32_t node) {
  const uint32_t expression = tree.child(node, "A_Expr"), left = tree.child(expression, "lexpr");
  const ByteView kind = tree.text(expression, "kind");
  const std::string name = name_of(tree, expression);
  const bool like = kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE", matches = kind == "AEXPR_OP" && (name == "~" || name == "~*");
  if (left == kNone || negates(name) || !(like || matches) || !is_of_one_row(tree, expression)) return {};
  if (!is_text(tree, term_of(tree, left), left)) return {};
  const uint32_t right = tree.child(expression, "rexpr");
  if (matches && !is_for_texts(text_at(tree, right))) return {};
  const Grasp grasped = grasp_one(tree, node, true, true);
  return grasped.level == 2 ? Grasp{3, kNever, grasped.column} : Grasp{};
}

/// Within NOT, IS FALSE and CASE what holds for one row or none may fail, and is not counted on to hold: NOT (id = 5) is id <> 5.
Condition::Grasp Condition::grasp(const Tree& tree, uint32_t node, bool negated, bool tangled) {
  const Grasp grasped = grasp_one(tree, node, negated, tangled);
  const bool rare = grasped.rare || (!grasped.query && is_key(grasped.column));
  return tangled && rare && grasped.level == 1 ? Grasp{2, kNever, grasped.column} : grasped;
}

Condition::Grasp Condition::grasp_one(const Tree& tree, uint32_t node, bool negated, bool tangled) {
  const ByteView kind = kind_of(tree, node);
  const uint32_t inner = tree.child(node, kind);
  if (kind == "CurrentOfExpr") return {2, kOther, {}};
  if (kind == "ColumnRef") return is_mine(tree, inner) ? Grasp{1, kTruth, last_name(tree, inner)} : Grasp{};
  if (kind == "SubLink") return is_of_one_row(tree, inner) ? grasp_query(tree, inner, negated) : Grasp{};
  if (kind == "CoalesceExpr") {   // coalesce(deleted, false)
    const uint32_t list = tree.child(inner, "args"), column = tree.child(tree.first(list), "ColumnRef");
    const bool truth = count(tree, list) == 2 && column != kNone && is_truth(tree, member(tree, list, 1));
    return truth && is_mine(tree, column) ? Grasp{1, kTruth, last_name(tree, column)} : Grasp{};
  }
  if (kind == "FuncCall" && last_function(tree, inner) == "regexp_like") {
    const uint32_t list = tree.child(inner, "args");
    const Term term = term_of(tree, member(tree, list, 0));
    const std::string said = text_at(tree, member(tree, list, 1));
    const bool fits = count(tree, list) == 2 && !term.only_equal && is_literal_expression(said);
    return term.column.empty() || !fits ? Grasp{} : Grasp{2, use_of_pattern(said), term.column};
  }
  if (kind == "FuncCall" && last_function(tree, inner) == "starts_with") {
    const uint32_t list = tree.child(inner, "args");
    const Term term = term_of(tree, member(tree, list, 0));
    const bool known = !term.column.empty() && value_at(tree, member(tree, list, 1), &of_values_) != Is::nothing;
    return known ? Grasp{2, use_of_pattern(text_at(tree, member(tree, list, 1))), term.column} : Grasp{};
  }
  if (kind != "A_Expr") return {};
  const ByteView how = tree.text(inner, "kind");
  const uint32_t left = tree.child(inner, "lexpr"), right = tree.child(inner, "rexpr");
  if (left == kNone || right == kNone) return {};
  if (!is_of_one_row(tree, inner)) {   // docs.parent = d.id
    const bool columns = tree.child(bare(tree, left), "ColumnRef") != kNone && tree.child(bare(tree, right), "ColumnRef") != kNone;
    return how == "AEXPR_OP" && columns ? compared(tree, left, right, name_of(tree, inner), tangled) : Grasp{};
  }
  const uint32_t members = members_of(tree, bare(tree, left));
  if (how == "AEXPR_OP" && members != kNone) {   // (a, b) = (1, $2), (a, b) < (1, 2)
    const uint32_t others = members_of(tree, bare(tree, right));
    if (others == kNone || kind_of(tree, bare(tree, left)) != "RowExpr") return {};
    Grasp first = compared(tree, tree.first(members), tree.first(others), name_of(tree, inner), true);
    if (name_of(tree, inner) == "<>") return {};
    return first.level == 0 ? Grasp{} : Grasp{2, kOther, first.column};
  }
  if (how == "AEXPR_OP") {
    const bool cast = tree[node].key == "arg" && last_type(tree, tree[node].parent) == "bool";
    if (name_of(tree, inner) == "->>" && cast) {   // (meta->>'a')::bool
      const Term term = term_of(tree, node);
      return term.column.empty() ? Grasp{} : Grasp{1, kTruth, term.column};
    }
    Grasp counted = grasp_count(tree, left, right, name_of(tree, inner));
    if (counted.level == 0 && name_of(tree, inner) == "=") counted = grasp_count(tree, right, left, "=");
    return counted.level != 0 ? counted : compared(tree, left, right, name_of(tree, inner), tangled);
  }
  if (how == "AEXPR_DISTINCT") return compared(tree, left, right, "<>", true);
  if (how == "AEXPR_NOT_DISTINCT") return compared(tree, left, right, "=", tangled);
  return listed(tree, inner, tangled);
}

}  // namespace gatehouse::sql
