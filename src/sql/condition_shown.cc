// Can a condition be shown to choose? What is grasped is what counts; all else may hold for every row.
#include <algorithm>
#include <map>

#include "sql/condition.h"
#include "sql/terms.h"
#include "sql/words.h"

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

/// Spoken finds the columns of one part that it speaks of in two ways, which are one thing: lower(a) = 'x' OR a <> 'x', or beside a
/// value that a cast may make another one of: a = 1.4::int OR a <> 1. Members of a document by plain keys are things by themselves.
class Spoken {
 public:
  Spoken(const Tree& tree, uint32_t part) : tree_(tree), part_(part) {}
  void take(uint32_t column) {
    uint32_t term = tree_[column].parent, around = kind_around(column), up = 0;
    for (; around != kNone && makes_term(around) && up < kUpMax; ++up) {
      term = tree_[around].parent;
      around = around > part_ ? kind_around(around) : kNone;
    }
    if (around != kNone && tree_[around].key == "NullTest" && tree_.child(around, "arg") == term) return;   // no column is null
    Column& all = columns_[folded(last_name(tree_, column))];
    if (all.doubtful) return;
    const bool again = !all.terms.empty();
    const auto [at, fresh] = all.terms.emplace(member_of(column), up == 0 ? kNone : term);   // by whatever table's name
    all.cast |= around != kNone && tree_[around].key == "A_Expr" && has_cast_value(around);
    steps_ += fresh ? 0 : tree_[term].end - term;
    const bool same = at->second == kNone || up == 0 ? (at->second == kNone) == (up == 0) : tree_.same(at->second, term);
    const bool other = up == kUpMax || steps_ >= kStepsMax || !same || (all.terms.size() > 1 && all.terms.begin()->first.empty());
    all.doubtful = again && (other || all.cast);
    doubted_ += all.doubtful;
  }
  /// Some column in the condition at `node` is one of them.
  bool twice(uint32_t node) const {
    if (doubted_ == 0) return false;
    for (uint32_t i = node; i < tree_[node].end; ++i)
      if (tree_[i].key == "ColumnRef")
        if (const auto at = columns_.find(folded(last_name(tree_, i))); at != columns_.end() && at->second.doubtful) return true;
    return false;
  }

 private:
  struct Column {
    std::map<std::string, uint32_t> terms;   // by the member that each is one of, empty: of the column itself
    bool cast = false, doubtful = false;
  };
  static constexpr uint32_t kUpMax = 24, kStepsMax = 50'000;

  /// What makes another term of terms, and no condition.
  bool makes_term(uint32_t kind) const {
    constexpr ByteView kTerms[] = {"TypeCast", "CollateClause", "FuncCall", "CoalesceExpr", "MinMaxExpr", "A_Indirection"};
    constexpr ByteView kMakers[] = {"->", "->>", "#>", "#>>", "+", "-", "*", "/", "%", "||", "^", "&", "|", "<->", "<#>", "<=>"};
    if (tree_[kind].key != "A_Expr") return among(tree_[kind].key, kTerms);
    const ByteView how = tree_.text(kind, "kind");
    return how == "AEXPR_NULLIF" || (how == "AEXPR_OP" && among(ByteView(name_of(tree_, kind)), kMakers));
  }
  uint32_t kind_around(uint32_t at) const {
    while (at > part_ && !tree_[tree_[at].parent].is_kind()) at = tree_[at].parent;
    return at > part_ ? tree_[at].parent : kNone;
  }
  /// meta->>'source' is the member "source" and more, by a key that is read so everywhere.
  std::string member_of(uint32_t column) const {
    const uint32_t around = kind_around(column);
    if (around == kNone || tree_[around].key != "A_Expr" || tree_.child(around, "lexpr") != tree_[column].parent) return {};
    const std::string name = name_of(tree_, around);
    if (name != "->" && name != "->>") return {};
    const ByteView key = tree_.text(tree_.child(tree_.child(tree_.child(around, "rexpr"), "A_Const"), "sval"), "sval");
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !key.empty() && std::all_of(key.begin(), key.end(), plain) ? std::string(key) : std::string();
  }
  /// A value beside the term is cast to what may have fewer digits, letters or fields.
  bool has_cast_value(uint32_t condition) {
    constexpr ByteView kNumbers[] = {"int2", "int4", "int8", "float8"};
    for (uint32_t i = condition; i < tree_[condition].end && ++steps_ < kStepsMax; ++i) {
      if (tree_[i].key != "TypeCast" || tree_.child(tree_.child(i, "arg"), "A_Const") == kNone) continue;
      const uint32_t constant = tree_.child(tree_.child(i, "arg"), "A_Const");
      const ByteView text = tree_.text(tree_.child(constant, "sval"), "sval");
      const bool day = last_type(tree_, i) == "date" && !text.empty() && text.size() <= 10;
      const bool digits = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == ByteView::npos;
      if (among(ByteView(last_type(tree_, i)), kNumbers) && (digits || tree_.child(constant, "ival") != kNone)) continue;
      constexpr ByteView kWhole[] = {"text", "varchar", "uuid", "timestamp", "timestamptz", "jsonb", "json", "interval", "bool"};
      const uint32_t type = tree_.child(i, "typeName");
      const bool whole = among(ByteView(last_type(tree_, i)), kWhole) && tree_.child(type, "typmods") == kNone;
      if (!day && !whole) return true;
    }
    return steps_ >= kStepsMax;
  }
  const Tree& tree_;
  uint32_t part_, steps_ = 0, doubted_ = 0;
  std::map<std::string, Column> columns_;
};

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
  Spoken spoken(tree, part);
  for (uint32_t i = part; i < tree[part].end; i = tree[i].key == "SubLink" ? tree[i].end : i + 1)
    if (tree[i].key == "ColumnRef" && is_mine(tree, i)) spoken.take(i);
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
    } else if (kind == "NullTest") {
      const uint32_t arg = tree.child(inner, "arg");
      if (term_of(tree, arg).column.empty()) nulls.push_back(arg);
      rising = false;
    } else {
      const bool negated = now.negated && !now.either;
      const bool open = varies_[node - base] != 0;
      const Grasp unlike = negated && open ? unmatched(tree, node) : Grasp{};
      seen.push_back({node, unlike.level != 0 || !open ? unlike : grasp(tree, node, negated, now.tangled)});
      Grasp& last = seen.back().grasp;
      if (last.level != 0 && spoken.twice(node)) last.level = last.use == kEqual ? 2 : 0;   // lower(a) = 'x' OR upper(a) = 'Y'
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
