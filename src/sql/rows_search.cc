// The search for a row that is left out, or taken.
#include "sql/rows.h"

#include <algorithm>
#include <utility>

#include "sql/terms.h"
#include "sql/truths.h"

namespace gatehouse::sql {

bool Rows::left_out(const Tree& tree, uint32_t condition, const std::vector<char>& varies, uint32_t base) {
  as_truths_ = has_truths_ = false;
  if (!begin(tree, condition, varies, base, false) || !solve()) return false;
  if (!has_truths_) return true;
  as_truths_ = true;
  return begin(tree, condition, varies, base, false) && solve();
}

bool Rows::taken(const Tree& tree, uint32_t condition, const std::vector<char>& varies, uint32_t base) {
  as_truths_ = false;
  if (!begin(tree, condition, varies, base, true)) return true;
  return solve() || too_many_ || steps_ > kStepsMax;
}

bool Rows::begin(const Tree& tree, uint32_t condition, const std::vector<char>& varies, uint32_t base, bool taken) {
  tree_ = &tree;
  varies_ = &varies;
  base_ = base;
  taken_ = taken;
  steps_ = 0;
  too_many_ = false;
  things_.clear(), links_.clear(), choices_.clear(), trail_.clear();
  head_ = kNone;
  ranges_.read(tree, condition, row_);
  if (!collect(condition)) return false;
  steps_ = 0;
  turned_ = false;
  push(condition, taken);
  return true;
}

void Rows::push(uint32_t left, uint32_t right, Op op, bool wanted) {
  links_.push_back({{left, right, op, wanted, turned_}, head_});
  head_ = static_cast<uint32_t>(links_.size() - 1);
}

bool Rows::solve() {
  while (head_ != kNone) {
    if (++steps_ > kStepsMax || too_many_) return false;
    const Goal goal = links_[head_].goal;
    head_ = links_[head_].rest;
    turned_ = goal.turned;
    Is is = take(goal);
    if (is == Is::chosen) {
      turned_ = goal.turned;
      choices_.push_back({goal, head_, 0, trail_.size()});
      is = pick(goal, 0);
    }
    if (is == Is::failed && !back()) return false;
  }
  return !too_many_;
}

/// The next alternative of the last choice that has one.
bool Rows::back() {
  while (!choices_.empty()) {
    Choice& last = choices_.back();
    for (; trail_.size() > last.trail; trail_.pop_back()) {
      const Before& before = trail_.back();
      things_[before.thing].possible[before.word] = before.bits;
    }
    head_ = last.rest;
    if (++last.tried >= alternatives(last.goal)) {
      choices_.pop_back();
      continue;
    }
    steps_ += 1 + last.tried / 8;
    if (steps_ > kStepsMax) return false;
    turned_ = last.goal.turned;
    if (pick(last.goal, last.tried) != Is::failed) return true;
  }
  return false;
}

Rows::Is Rows::take(const Goal& goal) {
  return goal.op == Op::none ? take_node(goal.left, goal.wanted) : take_comparison(goal);
}

Rows::Is Rows::take_node(uint32_t at, bool wanted) {
  const Tree& tree = *tree_;
  const uint32_t node = bare(tree, at);
  const char known = (*varies_)[node - base_];
  if (known == kMayFail || known == kMayHold) return wanted == (known == kMayHold) ? Is::done : Is::failed;
  const ByteView kind = kind_of(tree, node);
  const uint32_t inner = tree.child(node, kind);
  if (kind == "A_Const" && tree.child(inner, "boolval") != kNone)
    return tree.is_true(tree.child(inner, "boolval"), "boolval") == wanted ? Is::done : Is::failed;
  if (is_null(node)) return take_null(wanted);
  if (kind == "NullTest") {
    if (!varies(tree.child(inner, "arg"))) return constant();
    return (tree.text(inner, "nulltesttype") == "IS_NOT_NULL") == wanted ? Is::done : Is::failed;
  }
  if (kind == "BooleanTest") {
    const ByteView test = tree.text(inner, "booltesttype");
    if (test == "IS_UNKNOWN" || test == "IS_NOT_UNKNOWN") {   // as a CASE may be
      if (kind_of(tree, bare(tree, tree.child(inner, "arg"))) != "ColumnRef") return constant();
      return (test == "IS_NOT_UNKNOWN") == wanted ? Is::done : Is::failed;
    }
    turned_ = true;
    push(tree.child(inner, "arg"), (test == "IS_TRUE" || test == "IS_NOT_FALSE") == wanted);
    return Is::done;
  }
  if (kind == "BoolExpr") {
    const ByteView op = tree.text(inner, "boolop");
    const uint32_t list = tree.child(inner, "args");
    if (op != "NOT_EXPR" && (op == "AND_EXPR") != wanted) return Is::chosen;
    turned_ |= op == "NOT_EXPR";
    for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i)) push(i, op == "NOT_EXPR" ? !wanted : wanted);
    return Is::done;
  }
  if (!varies(node) && !(taken_ && kind == "A_Expr")) return constant();
  if (kind == "CaseExpr" || (kind == "FuncCall" && is_if(tree, inner))) return Is::chosen;
  if (kind == "CoalesceExpr") {
    turned_ = true;
    push(tree.first(tree.child(inner, "args")), wanted);
    return Is::done;
  }
  if (kind == "A_Expr") return take_expression(node, wanted);
  return restrict_to(thing(node, kNone, true), wanted ? kTrue : kFalse);
}

/// NULL is not true, which leaves a row out and takes none, unless something around it may make either of it.
Rows::Is Rows::take_null(bool wanted) const {
  if (turned_) return constant();
  return wanted || taken_ ? Is::failed : Is::done;
}

Rows::Is Rows::take_expression(uint32_t node, bool wanted) {
  const Tree& tree = *tree_;
  const uint32_t expression = tree.child(node, "A_Expr");
  const uint32_t left = tree.child(expression, "lexpr"), right = tree.child(expression, "rexpr");
  const ByteView kind = tree.text(expression, "kind");
  const Op op = op_of(expression);
  if (kind == "AEXPR_DISTINCT" || kind == "AEXPR_NOT_DISTINCT")
    if (is_null(bare(tree, left)) || is_null(bare(tree, right)))
      return (kind == "AEXPR_DISTINCT") == wanted ? Is::done : Is::failed;
  if (op != Op::none) {
    push(left, right, op, wanted);
    return Is::done;
  }
  if (const uint32_t list = elements_of(tree, expression); list != kNone) {
    const bool within = (name_of(tree, expression) == "=") == wanted;
    if (within) return Is::chosen;
    for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i)) push(left, i, Op::equal, false);
    return Is::done;
  }
  if (const uint32_t ends = ends_of(tree, expression); ends != kNone) {
    if ((kind == "AEXPR_BETWEEN") != wanted) return Is::chosen;
    push(left, member(tree, ends, 0), Op::greater_equal, true);
    push(left, member(tree, ends, 1), Op::less_equal, true);
    return Is::done;
  }
  const bool negated = negates(name_of(tree, expression));
  if ((kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE") && begins_so(left, right)) return negated != wanted ? Is::done : Is::failed;
  return restrict_to(thing(node, kNone, true), negated != wanted ? kTrue : kFalse);
}

/// All that a term can be begins as the pattern does, which ends with %.
bool Rows::begins_so(uint32_t term, uint32_t pattern) const {
  Value value;
  const Range range = ranges_.of(*tree_, term);
  if (!range.low || !range.high || !value_of(*tree_, bare(*tree_, pattern), &value) || !value.text.ends_with('%')) return false;
  const ByteView begin = ByteView(value.text).substr(0, value.text.find('%'));
  return begin.size() + 1 == value.text.size() && range.low->text.starts_with(begin) && range.high->text.starts_with(begin);
}

Rows::Is Rows::take_comparison(const Goal& goal) {
  const Tree& tree = *tree_;
  uint32_t left = bare(tree, goal.left), right = bare(tree, goal.right);
  if (is_condition(left) || is_condition(right) || case_of(goal) != kNone || of_members(goal)) return Is::chosen;
  if (is_null(left) || is_null(right)) return take_null(false);
  uint64_t ordered = orders_of(goal.op);
  if (!goal.wanted) ordered ^= kLess | kEqual | kGreater;
  if (!varies(left) && !varies(right)) return take_constants(left, right, ordered);
  if (tree.same(left, right)) return (ordered & kEqual) != 0 ? Is::done : Is::failed;
  ordered &= orders_between(goal.left, goal.right);
  const auto turn = [&] {
    std::swap(left, right);
    ordered = (ordered & kEqual) | ((ordered & kLess) != 0 ? kGreater : 0) | ((ordered & kGreater) != 0 ? kLess : 0);
  };
  Value value;
  if (value_of(*tree_, left, &value)) turn();
  if (!value_of(*tree_, right, &value)) {
    for (const Thing& known : things_)
      if (known.right != kNone && tree.same(known.left, right) && tree.same(known.right, left)) {
        turn();
        break;
      }
    return restrict_to(thing(left, right, false), ordered);
  }
  const uint32_t at = thing(left, kNone, false);
  if (too_many_) return Is::failed;
  const Thing& term = things_[at];
  if (const auto truth = term.truth ? truth_of(term.flag, value) : std::nullopt; truth) {
    value = {};
    value.number = *truth ? 1 : 0;
  }
  const auto found = std::lower_bound(term.values.begin(), term.values.end(), value);
  if (found == term.values.end() || !(*found == value)) return Is::failed;   // it was noted
  const size_t bit = 2 * static_cast<size_t>(found - term.values.begin()) + 1;
  mask_.assign(term.possible.size(), 0);
  for (size_t i = 0; i < 64 * mask_.size(); ++i)
    if ((ordered & (i < bit ? kLess : i == bit ? kEqual : kGreater)) != 0) mask_[i / 64] |= uint64_t{1} << i % 64;
  return restrict_to(at, mask_);
}

/// Two values are as they are; of all else that no row changes nothing is known.
Rows::Is Rows::take_constants(uint32_t left, uint32_t right, uint64_t ordered) const {
  Value one, other;
  if (!value_of(*tree_, left, &one) || !value_of(*tree_, right, &other) || one.rank != other.rank) return constant();
  return (ordered & (one == other ? kEqual : one < other ? kLess : kGreater)) != 0 ? Is::done : Is::failed;
}

/// The CASE that is compared with something; kNone: none is.
uint32_t Rows::case_of(const Goal& goal) const {
  if (goal.op == Op::none) return kNone;
  for (const uint32_t side : {bare(*tree_, goal.left), bare(*tree_, goal.right)})
    if (kind_of(*tree_, side) == "CaseExpr") return tree_->child(side, "CaseExpr");
  return kNone;
}

/// Rows or arrays of known members are compared.
bool Rows::of_members(const Goal& goal) const {
  if (goal.op == Op::none) return false;
  return members_of(*tree_, bare(*tree_, goal.left)) != kNone && members_of(*tree_, bare(*tree_, goal.right)) != kNone;
}

Rows::Is Rows::restrict_to(uint32_t at, const std::vector<uint64_t>& mask) {
  if (too_many_) return Is::failed;
  uint64_t left = 0;
  std::vector<uint64_t>& possible = things_[at].possible;
  for (uint32_t i = 0; i < possible.size(); ++i) {
    const uint64_t bits = possible[i] & mask[i];
    left |= bits;
    if (bits == possible[i]) continue;
    trail_.push_back({at, i, possible[i]});
    possible[i] = bits;
  }
  return left != 0 ? Is::done : Is::failed;
}

Rows::Is Rows::restrict_to(uint32_t at, uint64_t mask) {
  mask_.assign(1, mask);
  return restrict_to(at, mask_);
}

/// The branch of a CASE that gives what is wanted, or is compared.
Rows::Is Rows::pick_branch(uint32_t of_case, const Goal& goal, uint32_t tried) {
  const Tree& tree = *tree_;
  const uint32_t arg = tree.child(of_case, "arg");
  const bool around = turned_;
  turned_ = true;
  const auto meets = [&](uint32_t branch, bool wanted) {
    const uint32_t test = tree.child(tree.child(branch, "CaseWhen"), "expr");
    if (arg == kNone) push(test, wanted);
    else push(arg, test, Op::equal, wanted);
  };
  uint32_t i = tree.first(tree.child(of_case, "args"));
  for (; i != kNone && tried > 0; --tried, i = tree.next(i)) meets(i, false);
  if (i != kNone) meets(i, true);
  const uint32_t result = i == kNone ? tree.child(of_case, "defresult") : tree.child(tree.child(i, "CaseWhen"), "result");
  turned_ = around;
  if (result == kNone) return take_null(goal.wanted);
  if (goal.op == Op::none) push(result, goal.wanted);
  else if (kind_of(tree, bare(tree, goal.left)) == "CaseExpr") push(result, goal.right, goal.op, goal.wanted);
  else push(goal.left, result, goal.op, goal.wanted);
  return Is::done;
}

/// How many ways there are to reach a goal that has several.
uint32_t Rows::alternatives(const Goal& goal) {
  const Tree& tree = *tree_;
  if (const uint32_t compared = case_of(goal); compared != kNone) return count(tree, tree.child(compared, "args")) + 1;
  if (of_members(goal)) {
    const uint32_t left = count(tree, members_of(tree, bare(tree, goal.left)));
    return 2 * std::min(left, count(tree, members_of(tree, bare(tree, goal.right)))) + 1;
  }
  if (goal.op != Op::none) return 4;
  const uint32_t node = bare(tree, goal.left);
  const ByteView kind = kind_of(tree, node);
  const uint32_t inner = tree.child(node, kind);
  if (kind == "BoolExpr") return count(tree, tree.child(inner, "args"));
  if (kind == "CaseExpr") return count(tree, tree.child(inner, "args")) + 1;
  if (kind == "FuncCall") return 2;
  const uint32_t list = elements_of(tree, inner);
  return list != kNone ? count(tree, list) : 2;
}

/// Two conditions, or one and a number: each holds, or does not; false is less than true.
Rows::Is Rows::pick_conditions(const Goal& goal, uint32_t tried) {
  uint32_t sides[] = {goal.left, goal.right};
  long double numbers[] = {(tried & 1) != 0 ? 1.0L : 0, (tried & 2) != 0 ? 1.0L : 0};
  for (size_t i = 0; i < 2; ++i) {
    const uint32_t node = bare(*tree_, sides[i]);
    Value value;
    if (is_condition(node) || !value_of(*tree_, node, &value) || value.rank != Value::Rank::number) continue;
    if (numbers[i] != 0) return Is::failed;   // once is enough
    numbers[i] = value.number;
    sides[i] = kNone;
  }
  const uint64_t order = numbers[0] == numbers[1] ? kEqual : numbers[0] < numbers[1] ? kLess : kGreater;
  if (((orders_of(goal.op) & order) != 0) != goal.wanted) return Is::failed;
  turned_ = true;
  for (size_t i = 0; i < 2; ++i)
    if (sides[i] != kNone) push(sides[i], numbers[i] != 0);
  return Is::done;
}

/// The first pair of members that differs says which row is less: the pair is tried / 2; if none does, the longer one is greater.
Rows::Is Rows::pick_order(const Goal& goal, uint32_t tried) {
  const Tree& tree = *tree_;
  uint64_t ordered = orders_of(goal.op);
  if (!goal.wanted) ordered ^= kLess | kEqual | kGreater;
  uint32_t one = tree.first(members_of(tree, bare(tree, goal.left))), other = tree.first(members_of(tree, bare(tree, goal.right)));
  for (uint32_t pair = 0; one != kNone && other != kNone; ++pair, one = tree.next(one), other = tree.next(other)) {
    if (pair != tried / 2) {
      push(one, other, Op::equal, true);
      continue;
    }
    const bool less = tried % 2 == 0;
    if ((ordered & (less ? kLess : kGreater)) == 0) return Is::failed;
    push(one, other, less ? Op::less : Op::greater, true);
    return Is::done;
  }
  const uint64_t rest = one == other ? kEqual : one == kNone ? kLess : kGreater;
  return (ordered & rest) != 0 ? Is::done : Is::failed;
}

Rows::Is Rows::pick(const Goal& goal, uint32_t tried) {
  const Tree& tree = *tree_;
  if (const uint32_t compared = case_of(goal); compared != kNone) return pick_branch(compared, goal, tried);
  if (of_members(goal)) return pick_order(goal, tried);
  if (goal.op != Op::none) return pick_conditions(goal, tried);
  const uint32_t node = bare(tree, goal.left);
  const ByteView kind = kind_of(tree, node);
  const uint32_t inner = tree.child(node, kind);
  if (kind == "BoolExpr") {
    push(member(tree, tree.child(inner, "args"), tried), goal.wanted);
    return Is::done;
  }
  if (kind == "CaseExpr") return pick_branch(inner, goal, tried);
  if (kind == "FuncCall") {   // IF(condition, a, b)
    const uint32_t list = tree.child(inner, "args");
    const bool around = std::exchange(turned_, true);
    push(member(tree, list, 0), tried == 0);
    turned_ = around;
    push(member(tree, list, 1 + tried), goal.wanted);
    return Is::done;
  }
  const uint32_t left = tree.child(inner, "lexpr");
  if (const uint32_t list = elements_of(tree, inner); list != kNone) push(left, member(tree, list, tried), Op::equal, true);
  else push(left, member(tree, ends_of(tree, inner), tried), tried == 0 ? Op::less : Op::greater, true);
  return Is::done;
}

}  // namespace gatehouse::sql
