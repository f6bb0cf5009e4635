#include "sql/walk.h"

#include <algorithm>
#include <charconv>

#include "sql/tables.h"

namespace gatehouse::sql {
namespace {

void raise(Statement* statement, Effect effect, uint32_t flags) {
  statement->effect = std::max(statement->effect, effect);
  statement->flags |= flags;
}

/// Tables of a server's own: who writes them does what no statement may.
bool is_catalog(ByteView written_schema, ByteView written_name) {
  static constexpr ByteView kSchemas[] = {"pg_catalog", "information_schema", "mysql", "sys",
                                          "performance_schema", "system", "system_auth",
                                   "system_schema", "cron", "msdb"};
  const std::string schema = folded(written_schema), name = folded(written_name);
  if (name.starts_with("sqlite_")) return true;
  if (schema.empty()) return name.starts_with("pg_");
  const ByteView last = ByteView(schema).substr(schema.rfind('.') + 1), first = ByteView(schema).substr(0, schema.find('.'));
  const auto is = [](ByteView part) { return std::find(std::begin(kSchemas), std::end(kSchemas), part) != std::end(kSchemas); };
  return is(last) || first == "msdb" || last.starts_with("pg_toast");
}

uint32_t number(ByteView text) {
  uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Walk goes over the nodes once, in order. `inner` is the grammar's statement that a node stands in.
class Walk {
 public:
  Walk(const Tree& tree, size_t text_bytes, const Limits& limits, Verdict* out)
      : tree_(tree), limits_(limits), out_(*out), text_bytes_(static_cast<uint32_t>(text_bytes)) {}

  void run() {
    inner_.assign(tree_.nodes().size(), Tree::kNone);
    for (uint32_t i = 0; i < tree_.nodes().size(); ++i) {
      const Node& node = tree_[i];
      if (node.parent != Tree::kNone) inner_[i] = inner_[node.parent];
      if (node.key == "stmt" && node.parent != Tree::kNone && tree_[node.parent].parent == stmts_) begin(node.parent);
      if (node.key == "stmts" && node.parent == 0) stmts_ = i;
      if (out_.statements.empty()) continue;
      if (node.is_kind()) kind(i);
      else if (node.key == "relname") relation(node.parent);
      else if (node.key == "ctename") ctes_.push_back(unescaped(node.value));
      else if (node.key == "intoClause" || node.key == "into") raise(&now(), Effect::schema, kCreatesTable);
      else if (node.key == "lockingClause") raise(&now(), Effect::read, kLock);
    }
    finish();
  }

 private:
  Statement& now() { return out_.statements.back(); }

  void begin(uint32_t raw) {
    Statement statement;
    statement.offset = number(tree_.text(raw, "stmt_location"));
    statement.length = number(tree_.text(raw, "stmt_len"));
    if (statement.length == 0) statement.length = text_bytes_ - std::min(text_bytes_, statement.offset);
    out_.statements.push_back(statement);
    explained_ = 0;
  }

  bool only_explained(uint32_t i) const { return i < explained_; }

  void kind(uint32_t i) {
    const ByteView name = tree_[i].key;
    if (name == "FuncCall" || name == "CallStmt") function(i);
    if (name == "AlterTableCmd") alter(i);
    if (!name.ends_with("Stmt") || name == "RawStmt") {
      if (name == "PLAssignStmt" || name == "ReturnStmt") raise(&now(), Effect::unknown, 0);
      return;
    }
    const uint32_t outside = inner_[i];
    inner_[i] = i;
    if (name == "ExplainStmt") return explain(i);
    if (only_explained(i)) return;
    const Meaning meaning = statement_meaning(name);
    raise(&now(), meaning.effect, meaning.flags);
    if (meaning.effect != Effect::read && in_cte(i, outside)) raise(&now(), Effect::read, kCteWrite);
    if (name == "DeleteStmt" || name == "UpdateStmt") condition(i, tree_.child(i, "whereClause"));
    else if (name == "MergeStmt") merge(i);
    else if (name == "InsertStmt") insert(i);
    else if (name == "CopyStmt") copy(i);
    else if (name == "VariableSetStmt") set(i);
    else if (name == "DropStmt") dropped(i);
    else if (name == "VacuumStmt") vacuum(i);
    else if (name == "RefreshMatViewStmt" && tree_.is_true(i, "skipData")) raise(&now(), Effect::write, kTruncate | kUnbounded);
  }

  /// Between this statement and the one around it stands a WITH.
  bool in_cte(uint32_t i, uint32_t outside) const {
    for (uint32_t up = tree_[i].parent; up != Tree::kNone && up != outside; up = tree_[up].parent)
      if (tree_[up].key == "ctequery") return true;
    return false;
  }

  void condition(uint32_t statement, uint32_t where) {
    const bool chooses = condition_.chooses(tree_, statement, where);
    if (condition_.quoted()) raise(&now(), Effect::read, kQuoted);
    if (!chooses) raise(&now(), Effect::write, kUnbounded);
    else if (!condition_.shown(tree_, statement, where)) raise(&now(), Effect::write, kUnproven);
    if (condition_.of_values()) raise(&now(), Effect::read, kOfValues);
  }

  void merge(uint32_t i) {
    bool takes = false, deletes = false, by_source = false;
    for (uint32_t k = i; k < tree_[i].end; ++k) {
      if (tree_[k].key == "commandType") {
        deletes |= tree_[k].value == "CMD_DELETE";
        takes |= deletes || tree_[k].value == "CMD_UPDATE";
      }
      by_source |= tree_[k].value == "MERGE_WHEN_NOT_MATCHED_BY_SOURCE";
    }
    if (deletes) raise(&now(), Effect::write, kDelete);
    if (by_source) raise(&now(), Effect::write, kUnbounded);
    else if (takes) condition(i, tree_.child(i, "joinCondition"));
  }

  /// Rows of the table that come back to it are changed there: an UPDATE of all of them.
  void insert(uint32_t i) {
    if (tree_.text(tree_.child(i, "onConflictClause"), "action") != "ONCONFLICT_UPDATE") return;
    const uint32_t select = tree_.child(tree_.child(i, "selectStmt"), "SelectStmt");
    if (condition_.is_whole_of(tree_, i, select)) raise(&now(), Effect::write, kUnbounded);
    if (condition_.of_values()) raise(&now(), Effect::read, kOfValues);
  }

  void copy(uint32_t i) {
    if (tree_.is_true(i, "is_from")) raise(&now(), Effect::write, 0);
    if (tree_.is_true(i, "is_program")) raise(&now(), Effect::privilege, kProgram);
    else if (tree_.child(i, "filename") != Tree::kNone) raise(&now(), Effect::privilege, kFile);
  }

  void set(uint32_t i) {
    const std::string name = unescaped(tree_.text(i, "name"));
    const bool resets = tree_.text(i, "kind") == "VAR_RESET";
    const bool prose = resets && name == "password";   // a title, no statement of anybody
    if (setting_is_privilege(name) && !prose) raise(&now(), Effect::privilege, kGrant);
    const bool forgets = name == "master" || name == "slave" || name == "replica";   // MySQL's RESET: logs go
    if (forgets && resets) raise(&now(), Effect::privilege, kDrop);
  }

  /// FULL makes the table anew, and nobody reads it meanwhile.
  void vacuum(uint32_t i) {
    const uint32_t options = tree_.child(i, "options");
    for (uint32_t k = options; k != Tree::kNone && k < tree_[options].end; ++k)
      if (tree_[k].key == "defname" && tree_[k].value == "full") raise(&now(), Effect::schema, 0);
  }

  void explain(uint32_t i) {
    const uint32_t options = tree_.child(i, "options");
    for (uint32_t k = options; k != Tree::kNone && k < tree_[options].end; ++k) {
      if (tree_[k].key != "defname" || tree_[k].value != "analyze") continue;
      raise(&now(), Effect::read, kExplainAnalyze);
      return;
    }
    explained_ = std::max(explained_, tree_[i].end);
  }

  void alter(uint32_t i) {
    const ByteView type = tree_.text(i, "subtype");
    if (type.starts_with("AT_Drop")) raise(&now(), Effect::schema, kDrop);
    if (type == "AT_AlterColumnType" || type == "AT_DetachPartition" || type.starts_with("AT_Disable"))
      raise(&now(), Effect::schema, kTakes);
    if (type == "AT_ChangeOwner" || type.find("RowSecurity") != ByteView::npos) raise(&now(), Effect::privilege, kGrant);
  }

  void function(uint32_t i) {
    std::string full, last, package;
    const uint32_t names = tree_.child(tree_[i].key == "CallStmt" ? tree_.child(i, "funccall") : i, "funcname");
    for (uint32_t k = tree_.first(names); k != Tree::kNone; k = tree_.next(k)) {
      package = folded(last);
      last = unescaped(tree_.text(tree_.child(k, "String"), "sval"));
      full += full.empty() ? last : "." + last;
    }
    if (full.empty()) return;
    const std::string name = folded(last);   // "LOAD_FILE" is load_file where names are folded to capitals, or not at all
    const Meaning meaning = function_meaning(package, name);
    if (!only_explained(i)) raise(&now(), meaning.effect, meaning.flags);
    if (name == "set_config" && sets_role(i)) raise(&now(), Effect::privilege, kGrant);
    if (std::find(out_.functions.begin(), out_.functions.end(), full) != out_.functions.end()) return;
    if (out_.functions.size() >= limits_.names) out_.complete = false;
    else out_.functions.push_back(std::move(full));
  }

  /// set_config() of what takes rights, or of what is not seen.
  bool sets_role(uint32_t call) const {
    const uint32_t name = tree_.first(tree_.child(call, "args"));
    const ByteView text = tree_.text(tree_.child(tree_.child(name, "A_Const"), "sval"), "sval");
    return text.empty() || setting_is_privilege(text);
  }

  void relation(uint32_t i) {
    uint32_t field = i;   // the nearest field: over the kind and the list
    while (field != Tree::kNone && (tree_[field].key.empty() || tree_[field].is_kind())) field = tree_[field].parent;
    const ByteView name = field == Tree::kNone ? ByteView() : tree_[field].key;
    const uint32_t statement = inner_[i];
    const ByteView kind = statement == Tree::kNone ? ByteView() : tree_[statement].key;
    bool written = name == "rel" && field != Tree::kNone && tree_[tree_[field].parent].key.starts_with("into");
    if (name == "relation" || name == "relations" || name == "objects" || name == "view" || name == "sequence" ||
        name == "rel" || name == "object")
      written |= kind == "CopyStmt" ? tree_.is_true(statement, "is_from") : !kind.empty() && kind != "SelectStmt";
    std::string schema = unescaped(tree_.text(i, "schemaname"));
    const ByteView database = tree_.text(i, "catalogname");
    if (!database.empty()) schema = unescaped(database) + "." + schema;
    add(std::move(schema), unescaped(tree_.text(i, "relname")), written && !only_explained(i));
  }

  void dropped(uint32_t i) {
    const ByteView type = tree_.text(i, "removeType");
    constexpr ByteView kTables[] = {"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE", "OBJECT_INDEX",
                                    "OBJECT_SEQUENCE"};
    const bool tables = std::find(std::begin(kTables), std::end(kTables), type) != std::end(kTables);
    const uint32_t objects = tree_.child(i, "objects");
    for (uint32_t each = tree_.first(objects); each != Tree::kNone; each = tree_.next(each)) {
      std::string schema, name;
      const uint32_t list = tree_.child(tree_.child(each, "List"), "items");
      for (uint32_t k = tree_.first(list); k != Tree::kNone; k = tree_.next(k)) {
        if (!name.empty()) schema += (schema.empty() ? "" : ".") + name;
        name = unescaped(tree_.text(tree_.child(k, "String"), "sval"));
      }
      if (name.empty()) name = unescaped(tree_.text(tree_.child(each, "String"), "sval"));
      if (name.empty()) continue;
      if (!tables) others_.push_back(name);
      add(std::move(schema), std::move(name), true);
    }
  }

  void add(std::string schema, std::string name, bool written) {
    if (written && is_catalog(schema, name)) raise(&now(), Effect::privilege, kGrant);
    if (name.find('/') != std::string::npos) raise(&now(), Effect::read, kFile);   // csv.`s3://b/x`, "/etc/passwd"
    for (Relation& known : out_.relations) {
      if (known.name != name || known.schema != schema) continue;
      known.written |= written;
      return;
    }
    if (out_.relations.size() >= limits_.names) out_.complete = false;
    else out_.relations.push_back({std::move(schema), std::move(name), written, false});
  }

  void finish() {
    const auto among = [](const std::vector<std::string>& names, const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (Relation& known : out_.relations)
      known.cte = (known.schema.empty() && among(ctes_, known.name)) || among(others_, known.name);
    for (const Statement& each : out_.statements) {
      out_.effect = std::max(out_.effect, each.effect);
      out_.flags |= each.flags;
    }
    if (out_.statements.size() > 1) out_.flags |= kSeveral;
    out_.complete &= out_.effect != Effect::unknown;
  }

  const Tree& tree_;
  const Limits& limits_;
  Verdict& out_;
  uint32_t text_bytes_;
  uint32_t stmts_ = Tree::kNone;
  uint32_t explained_ = 0;   // nodes before this one are only planned
  std::vector<uint32_t> inner_;
  std::vector<std::string> ctes_, others_;   // others: schemas, triggers and the like, which may have a table's name
  Condition condition_;
};

}  // namespace

void judge_tree(const Tree& tree, size_t text_bytes, const Limits& limits, Verdict* out) {
  Walk(tree, text_bytes, limits, out).run();
}

}  // namespace gatehouse::sql
