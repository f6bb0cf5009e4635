#include "sql/inner.h"

#include "sql/words.h"

namespace gatehouse::sql {
namespace {

constexpr uint32_t kNone = Tree::kNone;
constexpr int kDepthMax = 4;   // of queries within each other

// What has no jobs' columns: tables of one row that dialects read from where they need none, and catalogs.
constexpr ByteView kTables[] = {"dual", "sysdummy1", "rdb$database", "sqlite_master", "sqlite_schema", "sqlite_temp_master",
                                "sqlite_temp_schema", "sqlite_sequence"};
constexpr ByteView kSchemas[] = {"pg_catalog", "information_schema", "sys", "system", "sysibm", "syscat", "mysql",
                                 "performance_schema"};

/// Names looks for one name in what queries read and give.
class Names {
 public:
  Names(const Tree& tree, ByteView name, uint32_t* steps) : tree_(tree), name_(name), steps_(*steps) {}

  bool reads(uint32_t select, int depth);

 private:
  bool goes_on() { return ++steps_ <= kInnerStepsMax; }
  bool lists(uint32_t names);
  bool gives(uint32_t select, int depth);
  bool is_given(uint32_t target) const;
  bool cte_gives(uint32_t cte, int depth);
  bool table_has(uint32_t table, int depth);
  bool item_has(uint32_t item, int depth);

  const Tree& tree_;
  const ByteView name_;
  uint32_t& steps_;   // of all that is asked of one condition
};

bool Names::lists(uint32_t names) {
  for (uint32_t k = tree_.first(names); k != kNone && goes_on(); k = tree_.next(k))
    if (tree_.text(tree_.child(k, "String"), "sval") == name_) return true;
  return false;
}

/// A column that is given goes by the name.
bool Names::is_given(uint32_t target) const {
  const uint32_t column = tree_.child(tree_.child(target, "val"), "ColumnRef");
  const ByteView as = tree_.text(target, "name");
  return as.empty() ? column != kNone && last_name(tree_, column) == name_ : as == name_;
}

bool Names::gives(uint32_t select, int depth) {
  while (goes_on() && tree_.child(select, "larg") != kNone) select = tree_.child(select, "larg");   // UNION: the first one's names
  const uint32_t list = tree_.child(select, "targetList");
  bool all = false;   // *, once or more
  for (uint32_t k = tree_.first(list); k != kNone && goes_on(); k = tree_.next(k)) {
    const uint32_t target = tree_.child(k, "ResTarget"), column = tree_.child(tree_.child(target, "val"), "ColumnRef");
    if (is_given(target)) return true;
    all |= column != kNone && last_name(tree_, column).empty() && is_alone(tree_, column);
  }
  return all && reads(select, depth);
}

/// A query in WITH, of whatever kind.
bool Names::cte_gives(uint32_t cte, int depth) {
  const uint32_t names = tree_.child(cte, "aliascolnames"), query = tree_.child(cte, "ctequery");
  if (names != kNone) return lists(names);
  for (const char* kind : {"DeleteStmt", "UpdateStmt", "InsertStmt"}) {
    const uint32_t list = tree_.child(tree_.child(query, kind), "returningList");
    for (uint32_t k = tree_.first(list); k != kNone && goes_on(); k = tree_.next(k))
      if (is_given(tree_.child(k, "ResTarget"))) return true;
  }
  return gives(tree_.child(query, "SelectStmt"), depth + 1);
}

/// Nobody here knows the columns of a table: it may have any, but for those that are no job's.
bool Names::table_has(uint32_t table, int depth) {
  const uint32_t names = tree_.child(tree_.child(table, "alias"), "colnames");
  if (names != kNone) return lists(names);
  const ByteView schema = tree_.text(table, "schemaname"), relation = tree_.text(table, "relname");
  steps_ += static_cast<uint32_t>(tree_.nodes().size());
  for (uint32_t i = 0; schema.empty() && steps_ <= kInnerStepsMax && i < tree_.nodes().size(); ++i) {
    if (tree_[i].key != "ctename" || tree_[i].value != relation) continue;
    if (!cte_gives(tree_[i].parent, depth)) return false;   // of several each may be meant
  }
  const std::string table_name = folded(relation);
  return !table_name.starts_with("pg_") && !among(ByteView(table_name), kTables) && !among(ByteView(folded(schema)), kSchemas);
}

bool Names::item_has(uint32_t item, int depth) {
  if (tree_[item].key == "RangeVar") return table_has(item, depth);
  const uint32_t alias = tree_.child(item, "alias"), names = tree_.child(alias, "colnames");
  if (names != kNone) return lists(names);
  if (tree_[item].key == "RangeSubselect") return gives(tree_.child(tree_.child(item, "subquery"), "SelectStmt"), depth + 1);
  if (tree_.text(alias, "aliasname") == name_) return true;   // unnest($1) AS id
  const uint32_t defined = tree_.child(item, "coldeflist");
  for (uint32_t k = tree_.first(defined); k != kNone && goes_on(); k = tree_.next(k))
    if (tree_.text(tree_.child(k, "ColumnDef"), "colname") == name_) return true;
  return false;
}

bool Names::reads(uint32_t select, int depth) {
  const uint32_t from = tree_.child(select, "fromClause");
  if (from == kNone || depth > kDepthMax) return false;
  for (uint32_t i = from; i < tree_[from].end;) {
    if (!goes_on()) return false;
    const ByteView key = tree_[i].key;
    const bool item = key == "RangeVar" || key == "RangeSubselect" || key == "RangeFunction";
    if (item && item_has(i, depth)) return true;
    if (key == "usingClause" && lists(i)) return true;
    i = item || key == "SubLink" ? tree_[i].end : i + 1;
  }
  return false;
}

}  // namespace

bool may_be_inner(const Tree& tree, uint32_t select, ByteView name, uint32_t* steps) {
  return Names(tree, name, steps).reads(select, 0) && *steps <= kInnerStepsMax;
}

}  // namespace gatehouse::sql
