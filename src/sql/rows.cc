// What a condition compares, before the search.
#include "sql/rows.h"

#include <algorithm>

#include "sql/terms.h"
#include "sql/truths.h"

namespace gatehouse::sql {
namespace {

constexpr uint32_t kNone = Tree::kNone;

/// Equal, or one NOT of the other by its operator alone.
bool same_or_negated(const Tree& tree, uint32_t a, uint32_t b) {
  if (tree.same(a, b)) return true;
  const uint32_t one = tree.child(a, "A_Expr"), other = tree.child(b, "A_Expr");
  if (one == kNone || other == kNone || tree.text(one, "kind") != tree.text(other, "kind")) return false;
  std::string first = name_of(tree, one), second = name_of(tree, other);
  if (negates(first)) first.erase(0, 1);
  if (negates(second)) second.erase(0, 1);
  if (first != second) return false;
  for (const char* side : {"lexpr", "rexpr"}) {
    const uint32_t left = tree.child(one, side), right = tree.child(other, side);
    if (left == kNone || right == kNone || !tree.same(left, right)) return false;
  }
  return true;
}

/// TRUE or FALSE.
bool is_boolean(const Tree& tree, uint32_t node) { return tree.child(tree.child(node, "A_Const"), "boolval") != kNone; }

Value truth_value(bool truth) {
  Value value;
  value.number = truth ? 1 : 0;
  return value;
}

}  // namespace

bool Rows::is_condition(uint32_t node) const {
  if (node == kNone) return false;
  const ByteView kind = kind_of(*tree_, node);
  if (kind == "BoolExpr" || kind == "NullTest" || kind == "BooleanTest") return true;
  if (kind == "A_Const") return tree_->child(tree_->child(node, kind), "boolval") != kNone;
  if (kind != "A_Expr") return false;
  const uint32_t expression = tree_->child(node, kind);
  const ByteView how = tree_->text(expression, "kind");
  if (name_of(*tree_, expression) == "<=>") return false;   // MySQL's 0 or 1, or how far two things are from each other
  return op_of(expression) != Op::none || (how != "AEXPR_OP" && how != "AEXPR_NULLIF");
}

/// What two things may be that an operator holds for.
uint64_t Rows::orders_of(Op op) {
  switch (op) {
    case Op::equal: return kEqual;
    case Op::other: return kLess | kGreater;
    case Op::less: return kLess;
    case Op::less_equal: return kLess | kEqual;
    case Op::greater: return kGreater;
    case Op::greater_equal: return kGreater | kEqual;
    case Op::none: return 0;
  }
  return 0;
}

Rows::Op Rows::op_of(uint32_t expression) const {
  const ByteView kind = tree_->text(expression, "kind");
  if (kind == "AEXPR_DISTINCT") return Op::other;
  if (kind == "AEXPR_NOT_DISTINCT") return Op::equal;
  if (kind != "AEXPR_OP" || tree_->child(expression, "lexpr") == kNone) return Op::none;
  const std::string name = name_of(*tree_, expression);
  constexpr std::pair<ByteView, Op> kNames[] = {{"=", Op::equal}, {"<>", Op::other}, {"<", Op::less}, {"<=", Op::less_equal},
                                                {">", Op::greater}, {">=", Op::greater_equal},
                                                {"==", Op::equal}, {"<=>", Op::equal}, {"^=", Op::other}};   // of other dialects
  for (const auto& [known, op] : kNames)
    if (name == known) return op;
  return Op::none;
}

bool Rows::is_null(uint32_t node) const { return tree_->is_true(tree_->child(node, "A_Const"), "isnull"); }

uint32_t Rows::thing(uint32_t left, uint32_t right, bool is_condition) {
  for (uint32_t i = 0; i < things_.size(); ++i) {
    const Thing& known = things_[i];
    if (known.is_condition != is_condition || (known.right == kNone) != (right == kNone)) continue;
    if (is_condition ? same_or_negated(*tree_, known.left, left) : tree_->same(known.left, left))
      if (right == kNone || tree_->same(known.right, right)) return i;
  }
  too_many_ |= things_.size() >= kThingsMax;
  if (too_many_) return 0;
  things_.push_back({left, right, is_condition});
  things_.back().possible = {right == kNone ? kFalse | kTrue : kLess | kEqual | kGreater};
  return static_cast<uint32_t>(things_.size() - 1);
}

void Rows::note(uint32_t left, uint32_t right) {
  pairs_.assign(1, {left, right});
  while (!pairs_.empty()) {   // what stands within each other is no recursion
    const auto [a, b] = pairs_.back();
    pairs_.pop_back();
    too_many_ |= ++steps_ > kStepsMax;   // the branches of two CASEs that are compared
    if (too_many_) return;
    if (a == kNone || b == kNone) continue;
    const uint32_t one = bare(*tree_, a), other = bare(*tree_, b);
    note_members(one, other);
    if (!note_branches(one, other) && !note_branches(other, one)) note_values(one, other);
  }
}

void Rows::note_values(uint32_t left, uint32_t right) {
  Value value;
  const bool turned = value_of(*tree_, left, &value);
  if (turned) std::swap(left, right);
  if (is_condition(left) || (!turned && !value_of(*tree_, right, &value))) return;
  Value other;
  if (turned && value_of(*tree_, left, &other)) return;
  const uint32_t at = thing(left, kNone, false);
  if (too_many_) return;
  Thing& term = things_[at];
  term.values.push_back(std::move(value));
  term.flag = std::max(term.flag, boolean_of(*tree_, left));
  term.printed |= tree_->child(left, "ColumnRef") == kNone || is_cast_to_text(*tree_, left);
}

void Rows::note_members(uint32_t left, uint32_t right) {
  uint32_t one = members_of(*tree_, left), other = members_of(*tree_, right);
  if (one == kNone || other == kNone) return;
  for (one = tree_->first(one), other = tree_->first(other); one != kNone && other != kNone;
       one = tree_->next(one), other = tree_->next(other))
    pairs_.emplace_back(one, other);
}

/// A CASE is compared by what its branches give; false: it is none.
bool Rows::note_branches(uint32_t side, uint32_t other) {
  const uint32_t of_case = tree_->child(side, "CaseExpr");
  if (of_case == kNone) return false;
  const uint32_t list = tree_->child(of_case, "args");
  for (uint32_t k = tree_->first(list); k != kNone; k = tree_->next(k))
    pairs_.emplace_back(tree_->child(tree_->child(k, "CaseWhen"), "result"), other);
  pairs_.emplace_back(tree_->child(of_case, "defresult"), other);
  return true;
}

bool Rows::collect(uint32_t condition) {
  const Tree& tree = *tree_;
  for (uint32_t i = condition; i < tree[condition].end && !too_many_;) {
    if (tree[i].key == "SubLink") {
      i = tree[i].end;
      continue;
    }
    if (tree[i].key == "A_Expr") {
      const uint32_t left = tree.child(i, "lexpr");
      if (op_of(i) != Op::none) note(left, tree.child(i, "rexpr"));
      const uint32_t list = ends_of(tree, i) != kNone ? ends_of(tree, i) : elements_of(tree, i);
      for (uint32_t k = tree.first(list); k != kNone; k = tree.next(k)) note(left, k);
    }
    if (tree[i].key == "CaseExpr") {
      const uint32_t list = tree.child(i, "args");
      for (uint32_t k = tree.first(list); k != kNone; k = tree.next(k))
        note(tree.child(i, "arg"), tree.child(tree.child(k, "CaseWhen"), "expr"));
    }
    ++i;
  }
  open();
  return !too_many_;
}

void Rows::open() {
  for (Thing& each : things_) {
    const bool truth = is_truth(each);
    has_truths_ |= truth;
    each.truth = truth && as_truths_;
    each.truth ? open_truth(each) : open(each);
  }
}

/// All that it is compared with may be booleans, or both of them as they are printed: x::text IN ('true', 'false', 'x'); of a
/// column alone PostgreSQL reads all or none. Some number beside a flag may be one.
bool Rows::is_truth(const Thing& each) const {
  const auto prints = [&](bool truth) {
    return std::any_of(each.values.begin(), each.values.end(), [&](const Value& value) { return prints_truth(value, truth); });
  };
  const auto may_be = [&](const Value& value) { return may_be_truth(each.flag, value); };
  if (std::all_of(each.values.begin(), each.values.end(), may_be)) return !each.values.empty();
  if (each.flag != Boolean::no && std::any_of(each.values.begin(), each.values.end(), [&](const Value& value) {
        return value.rank == Value::Rank::number && may_be(value);
      })) return true;
  return (each.printed || each.flag != Boolean::no) && prints(true) && prints(false);
}

/// A comparison in which `value` may be one of booleans: deleted IN ('t', 'f').
bool Rows::asks_truth(uint32_t term, uint32_t value) const {
  Value read;
  if (term == kNone || !value_of(*tree_, bare(*tree_, value), &read)) return false;
  return may_be_truth(boolean_of(*tree_, bare(*tree_, term)), read);
}

/// It is 0 or 1, whatever it is compared with.
void Rows::open_truth(Thing& each) const {
  for (Value& value : each.values) {
    const std::optional<bool> truth = truth_of(each.flag, value);
    if (truth) value = truth_value(*truth);
  }
  std::sort(each.values.begin(), each.values.end());
  each.values.erase(std::unique(each.values.begin(), each.values.end()), each.values.end());
  each.possible.assign((2 * each.values.size() + 1) / 64 + 1, 0);
  for (const bool truth : {false, true}) {
    const Value value = truth_value(truth);
    const auto at = std::lower_bound(each.values.begin(), each.values.end(), value);
    const size_t bit = 2 * static_cast<size_t>(at - each.values.begin()) + (at != each.values.end() && *at == value ? 1 : 0);
    each.possible[bit / 64] |= uint64_t{1} << bit % 64;
  }
}

void Rows::open(Thing& each) const {
  std::vector<Value>& values = each.values;
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  const size_t bits = 2 * values.size() + 1;
  each.possible.assign(bits / 64 + 1, 0);
  for (size_t i = 0; i < bits; ++i) each.possible[i / 64] |= uint64_t{1} << i % 64;
  const auto never = [&](size_t first, size_t last) {
    for (size_t bit = first; bit <= last; ++bit) each.possible[bit / 64] &= ~(uint64_t{1} << bit % 64);
  };
  if (values.empty()) return;
  const Range range = ranges_.of(*tree_, each.left);
  for (size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    const bool first = value.rank == Value::Rank::text && value.text.empty();   // nothing comes before ''
    const bool number = first && range.low && range.low->rank == Value::Rank::number;   // as a text it has some digit
    if (number || (!taken_ && value.rank == Value::Rank::lowest) || (range.low && below(value, *range.low))) never(0, 2 * i + 1);
    else if (first || (range.low && value == *range.low)) never(0, 2 * i);
    if ((!taken_ && value.rank == Value::Rank::highest) || (range.high && above(value, *range.high))) never(2 * i + 1, bits - 1);
    else if (range.high && value == *range.high) never(2 * i + 2, bits - 1);
  }
  for (size_t i = 1; i < values.size(); ++i) {   // nothing lies between 1 and 2: columns that are compared so are whole numbers
    const long double number = values[i].number;
    if (values[i].rank != Value::Rank::number || values[i - 1].rank != Value::Rank::number) continue;
    if (number == values[i - 1].number + 1 && __builtin_truncl(number) == number) never(2 * i, 2 * i);
  }
}

/// What two terms may be to each other: each has only values that it can have, and what is new is equal to nothing.
uint64_t Rows::orders_between(uint32_t left, uint32_t right) const {
  const Tree& tree = *tree_;
  uint64_t orders = kLess | kEqual | kGreater;
  if (ranges_.fresh(tree, left) || ranges_.fresh(tree, right)) orders &= ~kEqual;
  const Range one = ranges_.of(tree, left), other = ranges_.of(tree, right);
  const auto order = [&](const Value& low, const Value& high, uint64_t less, uint64_t equal) {   // low of one, high of the other
    if (low.rank != high.rank) return;
    if (high < low) orders &= ~(less | equal);
    else if (high == low) orders &= ~less;
  };
  if (one.low && other.high) order(*one.low, *other.high, kLess, kEqual);
  if (other.low && one.high) order(*other.low, *one.high, kGreater, kEqual);
  return orders;
}

bool Rows::asks(const Tree& tree, uint32_t condition) {
  tree_ = &tree;
  if (ranges_.read(tree, condition, row_)) return true;
  for (uint32_t i = condition; i < tree[condition].end;) {
    const ByteView key = tree[i].key;
    if (key == "BooleanTest" || key == "CaseExpr" || key == "CoalesceExpr" || (key == "FuncCall" && is_if(tree, i))) return true;
    if (key == "BoolExpr" && tree.text(i, "boolop") != "AND_EXPR") return true;
    if (key == "A_Expr") {
      if (tree.text(i, "kind") == "AEXPR_NOT_BETWEEN") return true;
      const bool ordered = op_of(i) != Op::equal && op_of(i) != Op::other;
      const uint32_t list = ends_of(tree, i) != kNone ? ends_of(tree, i) : elements_of(tree, i);
      for (uint32_t k = tree.first(list); k != kNone; k = tree.next(k))
        if (is_boolean(tree, k)) return true;
      const uint32_t left = tree.child(i, "lexpr"), right = tree.child(i, "rexpr");
      const Boolean flag = list == kNone ? Boolean::no : boolean_of(tree, bare(tree, left));
      for (uint32_t k = tree.first(list); k != kNone; k = tree.next(k)) {
        if (asks_truth(left, k)) return true;
        if (flag == Boolean::no) break;   // all are texts of booleans, or it does not matter
      }
      const bool both = ordered && op_of(i) != Op::none && left != kNone && right != kNone;
      if (both && (asks_truth(left, right) || asks_truth(right, left))) return true;   // deleted >= 'f'
      for (const uint32_t node : {left, right}) {
        const ByteView kind = node == kNone ? ByteView() : kind_of(tree, bare(tree, node));
        if (kind == "BoolExpr" || kind == "NullTest" || kind == "BooleanTest" || kind == "A_Expr") return true;
        if (ordered && node != kNone && is_boolean(tree, bare(tree, node))) return true;   // deleted >= false
        if ((kind == "RowExpr" || kind == "A_ArrayExpr") && op_of(i) != Op::none) return true;
      }
    }
    i = key == "SubLink" ? tree[i].end : i + 1;
  }
  return false;
}

}  // namespace gatehouse::sql
