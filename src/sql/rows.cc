#include "sql/rows.h"

#include <algorithm>
#include <charconv>

namespace gatehouse::sql {
namespace {

constexpr uint32_t kNone = Tree::kNone;
constexpr size_t kThingsMax = 64;
constexpr uint32_t kStepsMax = 10'000;
constexpr uint64_t kFalse = 1, kTrue = 2;                 // of a condition
constexpr uint64_t kLess = 1, kEqual = 2, kGreater = 4;   // of two things

ByteView kind_of(const Tree& tree, uint32_t node) {
  const uint32_t inner = tree.first(node);
  return inner == kNone ? ByteView() : tree[inner].key;
}

/// The operator of an A_Expr, of which some characters are escaped in the tree.
std::string name_of(const Tree& tree, uint32_t expression) { return unescaped(operator_of(tree, expression)); }

bool negates(const std::string& name) { return name.starts_with('!') && name.size() > 1; }

/// Elements of IN (...), of = ANY (ARRAY[...]) and of <> ALL (ARRAY[...]); kNone for other expressions.
uint32_t elements_of(const Tree& tree, uint32_t expression) {
  const ByteView kind = tree.text(expression, "kind");
  const uint32_t right = tree.child(expression, "rexpr");
  if (kind == "AEXPR_IN") return tree.child(tree.child(right, "List"), "items");
  const std::string name = name_of(tree, expression);
  const bool listed = (kind == "AEXPR_OP_ANY" && name == "=") || (kind == "AEXPR_OP_ALL" && name == "<>");
  return listed ? tree.child(tree.child(bare(tree, right), "A_ArrayExpr"), "elements") : kNone;
}

/// The two ends of BETWEEN; kNone for other expressions.
uint32_t ends_of(const Tree& tree, uint32_t expression) {
  const ByteView kind = tree.text(expression, "kind");
  if (kind != "AEXPR_BETWEEN" && kind != "AEXPR_NOT_BETWEEN") return kNone;
  return tree.child(tree.child(tree.child(expression, "rexpr"), "List"), "items");
}

uint32_t member(const Tree& tree, uint32_t list, uint32_t index) {
  uint32_t at = tree.first(list);
  while (at != kNone && index-- > 0) at = tree.next(at);
  return at;
}

uint32_t count(const Tree& tree, uint32_t list) {
  uint32_t total = 0;
  for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i)) ++total;
  return total;
}

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

bool whole_number(const std::string& text, long double* out) {
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, *out);
  return !text.empty() && read.ec == std::errc() && read.ptr == end;
}

}  // namespace

bool Rows::Value::operator<(const Value& other) const {
  if (is_number != other.is_number) return is_number;
  return is_number ? number < other.number : text < other.text;
}

bool Rows::is_condition(uint32_t node) const {
  if (node == kNone) return false;
  const ByteView kind = kind_of(*tree_, node);
  if (kind == "BoolExpr" || kind == "NullTest" || kind == "BooleanTest") return true;
  if (kind == "A_Const") return tree_->child(tree_->child(node, kind), "boolval") != kNone;
  if (kind != "A_Expr") return false;
  const uint32_t expression = tree_->child(node, kind);
  const ByteView how = tree_->text(expression, "kind");
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

bool Rows::value_of(uint32_t node, Value* out) const {
  const uint32_t constant = tree_->child(node, "A_Const");
  if (constant == kNone) return false;
  *out = {};
  if (const uint32_t number = tree_->child(constant, "ival"); number != kNone) {
    out->is_number = true;
    const ByteView digits = tree_->text(number, "ival");
    return digits.empty() || whole_number(std::string(digits), &out->number);
  }
  if (const uint32_t number = tree_->child(constant, "fval"); number != kNone)
    return out->is_number = whole_number(unescaped(tree_->text(number, "fval")), &out->number);
  const uint32_t text = tree_->child(constant, "sval");
  if (text == kNone) return false;
  out->text = unescaped(tree_->text(text, "sval"));
  out->is_number = whole_number(out->text, &out->number);
  if (out->is_number) out->text.clear();   // '7' and 7 are one
  return true;
}

uint32_t Rows::thing(uint32_t left, uint32_t right, bool is_condition) {
  for (uint32_t i = 0; i < things_.size(); ++i) {
    const Thing& known = things_[i];
    if (known.is_condition != is_condition || (known.right == kNone) != (right == kNone)) continue;
    if (is_condition ? same_or_negated(*tree_, known.left, left) : tree_->same(known.left, left))
      if (right == kNone || tree_->same(known.right, right)) return i;
  }
  too_many_ |= things_.size() >= kThingsMax;
  if (too_many_) return 0;
  things_.push_back({left, right, is_condition, {}, {right == kNone ? kFalse | kTrue : kLess | kEqual | kGreater}});
  return static_cast<uint32_t>(things_.size() - 1);
}

void Rows::note(uint32_t left, uint32_t right) {
  if (left == kNone || right == kNone) return;
  left = bare(*tree_, left), right = bare(*tree_, right);
  Value value;
  const bool turned = value_of(left, &value);
  if (turned) std::swap(left, right);
  if (is_condition(left) || (!turned && !value_of(right, &value))) return;
  Value other;
  if (turned && value_of(left, &other)) return;
  const uint32_t at = thing(left, kNone, false);
  if (!too_many_) things_[at].values.push_back(std::move(value));
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
    std::vector<Value>& values = each.values;
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    const size_t bits = 2 * values.size() + 1;
    each.possible.assign(bits / 64 + 1, 0);
    for (size_t i = 0; i < bits; ++i) each.possible[i / 64] |= uint64_t{1} << i % 64;
    const auto never = [&](size_t bit) { each.possible[bit / 64] &= ~(uint64_t{1} << bit % 64); };
    if (!values.empty() && !values[0].is_number && values[0].text.empty()) never(0);   // nothing comes before ''
    for (size_t i = 1; i < values.size(); ++i) {   // nothing lies between 1 and 2: columns that are compared so are whole numbers
      const long double number = values[i].number;
      if (values[i].is_number && number == values[i - 1].number + 1 && __builtin_truncl(number) == number) never(2 * i);
    }
  }
}

bool Rows::asks(const Tree& tree, uint32_t condition) {
  for (uint32_t i = condition; i < tree[condition].end;) {
    const ByteView key = tree[i].key;
    if (key == "BooleanTest" || key == "CaseExpr" || key == "CoalesceExpr") return true;
    if (key == "BoolExpr" && tree.text(i, "boolop") != "AND_EXPR") return true;
    if (key == "A_Expr") {
      if (tree.text(i, "kind") == "AEXPR_NOT_BETWEEN") return true;
      for (const char* side : {"lexpr", "rexpr"}) {
        const uint32_t node = tree.child(i, side);
        const ByteView kind = node == kNone ? ByteView() : kind_of(tree, bare(tree, node));
        if (kind == "BoolExpr" || kind == "NullTest" || kind == "BooleanTest" || kind == "A_Expr") return true;
      }
    }
    i = key == "SubLink" ? tree[i].end : i + 1;
  }
  return false;
}

bool Rows::left_out(const Tree& tree, uint32_t condition, const std::vector<char>& varies, uint32_t base) {
  return begin(tree, condition, varies, base, false) && solve();
}

bool Rows::taken(const Tree& tree, uint32_t condition, const std::vector<char>& varies, uint32_t base) {
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
  if (!collect(condition)) return false;
  push(condition, taken);
  return true;
}

void Rows::push(uint32_t left, uint32_t right, Op op, bool wanted) {
  links_.push_back({{left, right, op, wanted}, head_});
  head_ = static_cast<uint32_t>(links_.size() - 1);
}

bool Rows::solve() {
  while (head_ != kNone) {
    if (++steps_ > kStepsMax || too_many_) return false;
    const Goal goal = links_[head_].goal;
    head_ = links_[head_].rest;
    Is is = take(goal);
    if (is == Is::chosen) {
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
  const ByteView kind = kind_of(tree, node);
  const uint32_t inner = tree.child(node, kind);
  if (kind == "A_Const" && tree.child(inner, "boolval") != kNone)
    return tree.is_true(tree.child(inner, "boolval"), "boolval") == wanted ? Is::done : Is::failed;
  if (is_null(node)) return wanted ? Is::failed : Is::done;
  if (kind == "NullTest") {
    if (!varies(tree.child(inner, "arg"))) return constant();
    return (tree.text(inner, "nulltesttype") == "IS_NOT_NULL") == wanted ? Is::done : Is::failed;
  }
  if (kind == "BooleanTest") {
    const ByteView test = tree.text(inner, "booltesttype");
    if (test == "IS_UNKNOWN" || test == "IS_NOT_UNKNOWN") return (test == "IS_NOT_UNKNOWN") == wanted ? Is::done : Is::failed;
    push(tree.child(inner, "arg"), (test == "IS_TRUE" || test == "IS_NOT_FALSE") == wanted);
    return Is::done;
  }
  if (kind == "BoolExpr") {
    const ByteView op = tree.text(inner, "boolop");
    const uint32_t list = tree.child(inner, "args");
    if (op != "NOT_EXPR" && (op == "AND_EXPR") != wanted) return Is::chosen;
    for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i)) push(i, op == "NOT_EXPR" ? !wanted : wanted);
    return Is::done;
  }
  if (!varies(node) && !(taken_ && kind == "A_Expr")) return constant();
  if (kind == "CaseExpr") return Is::chosen;
  if (kind == "CoalesceExpr") {
    push(tree.first(tree.child(inner, "args")), wanted);
    return Is::done;
  }
  if (kind == "A_Expr") return take_expression(node, wanted);
  return restrict_to(thing(node, kNone, true), wanted ? kTrue : kFalse);
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
  return restrict_to(thing(node, kNone, true), negates(name_of(tree, expression)) != wanted ? kTrue : kFalse);
}

Rows::Is Rows::take_comparison(const Goal& goal) {
  const Tree& tree = *tree_;
  uint32_t left = bare(tree, goal.left), right = bare(tree, goal.right);
  if (is_condition(left) || is_condition(right) || case_of(goal) != kNone) return Is::chosen;
  if (is_null(left) || is_null(right)) return taken_ ? Is::failed : Is::done;   // neither true nor false
  uint64_t ordered = orders_of(goal.op);
  if (!goal.wanted) ordered ^= kLess | kEqual | kGreater;
  if (!varies(left) && !varies(right)) return take_constants(left, right, ordered);
  if (tree.same(left, right)) return (ordered & kEqual) != 0 ? Is::done : Is::failed;
  const auto turn = [&] {
    std::swap(left, right);
    ordered = (ordered & kEqual) | ((ordered & kLess) != 0 ? kGreater : 0) | ((ordered & kGreater) != 0 ? kLess : 0);
  };
  Value value;
  if (value_of(left, &value)) turn();
  if (!value_of(right, &value)) {
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
  if (!value_of(left, &one) || !value_of(right, &other) || one.is_number != other.is_number) return constant();
  return (ordered & (one == other ? kEqual : one < other ? kLess : kGreater)) != 0 ? Is::done : Is::failed;
}

/// The CASE that is compared with something; kNone: none is.
uint32_t Rows::case_of(const Goal& goal) const {
  if (goal.op == Op::none) return kNone;
  for (const uint32_t side : {bare(*tree_, goal.left), bare(*tree_, goal.right)})
    if (kind_of(*tree_, side) == "CaseExpr") return tree_->child(side, "CaseExpr");
  return kNone;
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
  const auto meets = [&](uint32_t branch, bool wanted) {
    const uint32_t test = tree.child(tree.child(branch, "CaseWhen"), "expr");
    if (arg == kNone) push(test, wanted);
    else push(arg, test, Op::equal, wanted);
  };
  uint32_t i = tree.first(tree.child(of_case, "args"));
  for (; i != kNone && tried > 0; --tried, i = tree.next(i)) meets(i, false);
  if (i != kNone) meets(i, true);
  const uint32_t result = i == kNone ? tree.child(of_case, "defresult") : tree.child(tree.child(i, "CaseWhen"), "result");
  if (result == kNone) return goal.wanted || (goal.op != Op::none && taken_) ? Is::failed : Is::done;   // NULL
  if (goal.op == Op::none) push(result, goal.wanted);
  else if (kind_of(tree, bare(tree, goal.left)) == "CaseExpr") push(result, goal.right, goal.op, goal.wanted);
  else push(goal.left, result, goal.op, goal.wanted);
  return Is::done;
}

/// How many ways there are to reach a goal that has several.
uint32_t Rows::alternatives(const Goal& goal) {
  const Tree& tree = *tree_;
  if (const uint32_t compared = case_of(goal); compared != kNone) return count(tree, tree.child(compared, "args")) + 1;
  if (goal.op != Op::none) return 4;
  const uint32_t node = bare(tree, goal.left);
  const ByteView kind = kind_of(tree, node);
  const uint32_t inner = tree.child(node, kind);
  if (kind == "BoolExpr") return count(tree, tree.child(inner, "args"));
  if (kind == "CaseExpr") return count(tree, tree.child(inner, "args")) + 1;
  const uint32_t list = elements_of(tree, inner);
  return list != kNone ? count(tree, list) : 2;
}

Rows::Is Rows::pick(const Goal& goal, uint32_t tried) {
  const Tree& tree = *tree_;
  if (const uint32_t compared = case_of(goal); compared != kNone) return pick_branch(compared, goal, tried);
  if (goal.op != Op::none) {   // of two conditions: each holds, or does not; false is less than true
    const bool left = (tried & 1) != 0, right = (tried & 2) != 0;
    const uint64_t order = left == right ? kEqual : right ? kLess : kGreater;
    const bool holds = (orders_of(goal.op) & order) != 0;
    if (holds != goal.wanted) return Is::failed;
    push(goal.left, left);
    push(goal.right, right);
    return Is::done;
  }
  const uint32_t node = bare(tree, goal.left);
  const ByteView kind = kind_of(tree, node);
  const uint32_t inner = tree.child(node, kind);
  if (kind == "BoolExpr") {
    push(member(tree, tree.child(inner, "args"), tried), goal.wanted);
    return Is::done;
  }
  if (kind == "CaseExpr") return pick_branch(inner, goal, tried);
  const uint32_t left = tree.child(inner, "lexpr");
  if (const uint32_t list = elements_of(tree, inner); list != kNone) push(left, member(tree, list, tried), Op::equal, true);
  else push(left, member(tree, ends_of(tree, inner), tried), tried == 0 ? Op::less : Op::greater, true);
  return Is::done;
}

}  // namespace gatehouse::sql
