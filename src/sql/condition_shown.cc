// Can a condition be shown to choose? What is grasped is what counts; all else may hold for every row.
#include <map>

#include "sql/condition.h"
#include "sql/terms.h"

namespace gatehouse::sql {
namespace {

constexpr uint32_t kNone = Tree::kNone;
constexpr uint32_t kAgain = 256;   // beside the uses of a column
constexpr ByteView kQueries = "(SELECT)";   // what all queries speak of, too

/// A column stands alone and with its table's name, which are one: a = 1 OR t.a <> 1; or is called in two cases, which MySQL takes
/// for one name. Queries have names of their own.
bool has_two_names(const Tree& tree, uint32_t part) {
  std::map<std::string, uint32_t> first;
  for (uint32_t i = part; i < tree[part].end; i = tree[i].key == "SubLink" ? tree[i].end : i + 1) {
    if (tree[i].key != "ColumnRef") continue;
    const auto [at, fresh] = first.emplace(folded(last_name(tree, i)), i);
    if (fresh) continue;
    if (is_alone(tree, at->second) != is_alone(tree, i) || last_name(tree, at->second) != last_name(tree, i)) return true;
  }
  return false;
}

/// Asked is a condition within another one; either: it may be wanted true or false.
struct Asked {
  uint32_t node;
  bool negated, tangled, either;
};

/// What a CASE may give.
void ask_branches(const Tree& tree, const Asked& now, uint32_t of_case, std::vector<Asked>* asked) {
  const uint32_t list = tree.child(of_case, "args");
  asked->push_back({tree.child(of_case, "defresult"), now.negated, true, true});
  for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i))
    asked->push_back({tree.child(tree.child(i, "CaseWhen"), "result"), now.negated, true, true});
}

/// What a condition is made of that Rows follows by itself: NOT, AND, OR, IS TRUE, CASE WHEN a THEN b ELSE c END. False: none.
bool unfold(const Tree& tree, const Asked& now, ByteView kind, uint32_t inner, std::vector<Asked>* asked) {
  const uint32_t list = tree.child(inner, "args");
  if (kind == "BoolExpr") {
    const bool turns = tree.text(inner, "boolop") == "NOT_EXPR";
    for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i))
      asked->push_back({i, now.negated != turns, now.tangled || turns, now.either});
  } else if (kind == "BooleanTest") {
    asked->push_back({tree.child(inner, "arg"), now.negated, true, true});
  } else if (kind == "CaseExpr" && tree.child(inner, "arg") == kNone) {
    ask_branches(tree, now, inner, asked);
    for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i))
      asked->push_back({tree.child(tree.child(i, "CaseWhen"), "expr"), now.negated, true, true});
  } else {
    return kind == "A_Const";
  }
  return true;
}

}  // namespace

/// One part of the condition that has to hold: what in it is grasped can leave a row out.
bool Condition::part_shown(const Tree& tree, uint32_t part, uint32_t base) {
  struct Seen {
    uint32_t node;
    Grasp grasp;
  };
  if (has_two_names(tree, part)) return false;
  std::vector<Asked> asked{{part, false, false, false}};
  std::vector<Seen> seen;
  std::vector<uint32_t> nulls;   // what is asked to be NULL, and is no column
  std::map<std::string, uint32_t> uses;   // by the column's name in lower case
  bool rising = true;   // AND and OR of what may fail: all of it together
  while (!asked.empty()) {
    const Asked now = asked.back();
    asked.pop_back();
    if (now.node == kNone) continue;   // a CASE without ELSE
    const uint32_t node = bare(tree, now.node);
    const ByteView kind = kind_of(tree, node);
    const uint32_t inner = kind.empty() ? kNone : tree.child(node, kind);
    if (unfold(tree, now, kind, inner, &asked)) {
      rising &= kind == "BoolExpr" && tree.text(inner, "boolop") != "NOT_EXPR";
    } else if (kind == "CaseExpr") {
      const ByteView column = chosen_by(tree, inner);
      if (column.empty()) return false;
      uses[folded(column)] |= kValue;
      ask_branches(tree, now, inner, &asked);
      rising = false;
    } else if (kind == "NullTest") {
      const uint32_t arg = tree.child(inner, "arg");
      if (term_of(tree, arg).column.empty()) nulls.push_back(arg);
      rising = false;
    } else {
      const bool negated = now.negated && !now.either;
      const Grasp unlike = negated && varies_[node - base] != 0 ? unmatched(tree, node) : Grasp{};
      seen.push_back({node, unlike.level != 0 || varies_[node - base] == 0 ? unlike : grasp(tree, node, negated, now.tangled)});
      const Grasp& last = seen.back().grasp;
      if (last.level != 0) {
        for (const ByteView of : {last.column, kQueries}) {
          if (of == kQueries && !last.query) continue;
          uint32_t& all = uses[folded(of)];
          const bool again = (all & last.use & (kDiffers | kNever)) != 0;   // a <> $1 OR a <> $2
          all |= last.use | (again ? kAgain : 0);
        }
      }
      rising &= last.level == 2 || (last.level == 1 && last.use == kEqual);
    }
  }
  for (Seen& one : seen) {   // what two of them say together of a column is not known, unless both are of values
    const bool exact = one.grasp.use == kValue || (one.grasp.use == kEqual && one.grasp.level == 1);
    const bool alone = !one.grasp.query || uses[folded(kQueries)] == one.grasp.use;
    const bool alike = alone && uses[folded(one.grasp.column)] == one.grasp.use;
    if (one.grasp.level == 0 || exact || alike) continue;
    one.grasp.level = 0;
    rising = false;
  }
  if (rising) return true;
  const uint32_t alone = seen.size() == 1 && seen[0].node == bare(tree, part) ? tree.child(seen[0].node, "A_Expr") : kNone;
  const bool open = alone != kNone && seen[0].grasp.level == 0 && varies_[seen[0].node - base] != 0;
  if (open && (reckons(tree, alone) || differs(tree, alone))) {
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
  steps_ = 0;
  known_steps_ = &steps_;
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
