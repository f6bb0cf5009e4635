#include "sql/tables.h"

#include "sql/scan.h"

namespace gatehouse::sql {
namespace {

struct Row {
  ByteView name;
  Meaning meaning;
  size_t star;   // where a '*' stands in the name; npos: nowhere

  constexpr Row(ByteView row_name, Meaning row_meaning) : name(row_name), meaning(row_meaning), star(row_name.find('*')) {}
};

constexpr Effect R = Effect::read, W = Effect::write, S = Effect::schema, P = Effect::privilege, U = Effect::unknown;

// Names of libpg_query 15 and 17. What is not here: Create*, Alter*, Define*, Comment*, Import* are schema, all else unknown.
constexpr Row kStatements[] = {
    {"SelectStmt", {R, 0}}, {"InsertStmt", {W, 0}}, {"UpdateStmt", {W, 0}}, {"DeleteStmt", {W, kDelete}},
    {"MergeStmt", {W, kMerge}}, {"CopyStmt", {R, 0}}, {"ExplainStmt", {R, 0}}, {"PrepareStmt", {R, kPrepare}},
    {"ExecuteStmt", {U, kOpaque | kPrepare}}, {"DeallocateStmt", {R, kPrepare}}, {"DeclareCursorStmt", {R, 0}},
    {"FetchStmt", {R, 0}}, {"ClosePortalStmt", {R, 0}}, {"TransactionStmt", {R, kTransaction}},
    {"VariableSetStmt", {R, kSession}}, {"VariableShowStmt", {R, 0}}, {"DiscardStmt", {R, kSession}},
    {"ConstraintsSetStmt", {R, kSession}}, {"LockStmt", {W, kLock}}, {"VacuumStmt", {W, kMaintenance}},
    {"ReindexStmt", {S, kMaintenance}}, {"ClusterStmt", {S, kMaintenance}},
    {"RefreshMatViewStmt", {W, kMaintenance}}, {"CheckPointStmt", {W, kMaintenance}}, {"ListenStmt", {R, kNotify}},
    {"UnlistenStmt", {R, kNotify}}, {"NotifyStmt", {W, kNotify}}, {"CallStmt", {U, kOpaque}},
    {"DoStmt", {U, kOpaque | kTakes}}, {"LoadStmt", {P, kFile}}, {"TruncateStmt", {W, kTruncate | kUnbounded}},
    {"DropStmt", {S, kDrop}}, {"DropdbStmt", {S, kDrop}}, {"DropTableSpaceStmt", {S, kDrop}},
    {"DropSubscriptionStmt", {S, kDrop}}, {"DropUserMappingStmt", {P, kDrop | kGrant}},
    {"DropRoleStmt", {P, kDrop | kGrant}}, {"DropOwnedStmt", {P, kDrop | kGrant}},
    {"ReassignOwnedStmt", {P, kGrant}}, {"GrantStmt", {P, kGrant}}, {"GrantRoleStmt", {P, kGrant}},
    {"CreateRoleStmt", {P, kGrant}}, {"AlterRoleStmt", {P, kGrant}}, {"AlterRoleSetStmt", {P, kGrant}},
    {"AlterDefaultPrivilegesStmt", {P, kGrant}}, {"AlterOwnerStmt", {P, kGrant}}, {"CreatePolicyStmt", {P, kGrant}},
    {"AlterPolicyStmt", {P, kGrant}}, {"SecLabelStmt", {P, kGrant}}, {"AlterSystemStmt", {P, kSession}},
    {"AlterDatabaseSetStmt", {P, kSession}}, {"CreateUserMappingStmt", {P, kGrant}},
    {"AlterUserMappingStmt", {P, kGrant}}, {"CreateTableAsStmt", {S, kCreatesTable}}, {"RenameStmt", {S, kTakes}},
    {"AlterObjectSchemaStmt", {S, kTakes}},
    {"IndexStmt", {S, 0}}, {"ViewStmt", {S, 0}}, {"RuleStmt", {S, 0}}, {"ReplicaIdentityStmt", {S, 0}},
    {"CompositeTypeStmt", {S, 0}}, {"CreatedbStmt", {S, 0}}, {"DefineStmt", {S, 0}}, {"CommentStmt", {S, 0}},
    {"ImportForeignSchemaStmt", {S, 0}}, {"CreateSubscriptionStmt", {P, 0}}, {"CreateForeignServerStmt", {P, 0}}};

// A name that ends in '*' stands for all that begin so.
constexpr Row kFunctions[] = {
    {"lo_import", {P, kFile}}, {"lo_export", {P, kFile}}, {"lo_get", {R, 0}}, {"lo_*", {W, 0}}, {"lowrite", {W, 0}},
    {"dblink*", {U, kOpaque}}, {"query_to_xml*", {U, kOpaque}}, {"cursor_to_xml*", {R, 0}},
    {"table_to_xml*", {R, 0}}, {"schema_to_xml*", {R, 0}}, {"database_to_xml*", {R, 0}}, {"ts_stat", {U, kOpaque}},
    {"crosstab*", {U, kOpaque}}, {"connectby", {U, kOpaque}}, {"xpath_table", {U, kOpaque}},
    {"pg_terminate_backend", {P, 0}}, {"pg_cancel_backend", {P, 0}}, {"pg_reload_conf", {P, 0}},
    {"pg_rotate_logfile*", {P, 0}}, {"pg_read_*", {P, kFile}}, {"pg_ls_*", {P, kFile}},
    {"pg_stat_file", {P, kFile}}, {"pg_file_*", {P, kFile}}, {"pg_logdir_ls", {P, kFile}},
    {"pg_current_logfile", {R, 0}}, {"pg_promote", {P, 0}}, {"pg_switch_wal", {P, 0}}, {"pg_wal_replay_*", {P, 0}},
    {"pg_backup_*", {P, 0}}, {"pg_start_backup", {P, 0}}, {"pg_stop_backup", {P, 0}}, {"pg_create_*", {P, 0}},
    {"pg_drop_*", {P, 0}}, {"pg_copy_*_slot", {P, 0}}, {"pg_replication_*", {P, 0}}, {"pg_logical_*", {P, 0}},
    {"pg_log_*", {P, 0}}, {"pg_stat_reset*", {W, 0}}, {"pg_stat_statements_reset", {W, 0}},
    {"pg_import_system_collations", {S, 0}}, {"pg_restore_*", {P, 0}}, {"pg_clear_*", {P, 0}},
    {"pg_sync_replication_slots", {P, 0}}, {"pg_extension_config_dump", {P, 0}},
    {"pg_execute_server_program", {P, kProgram}}, {"pg_notify", {W, kNotify}}, {"pg_sleep*", {R, 0}},
    {"set_config", {R, kSession}}, {"setval", {W, 0}}, {"binary_upgrade_*", {P, 0}},
    {"brin_desummarize_range", {W, 0}}, {"gin_clean_pending_list", {W, 0}}, {"txid_snapshot_*", {R, 0}},
    {"pgp_*", {R, 0}}, {"add_job", {S, 0}}, {"delete_job", {S, kDrop}}, {"drop_chunks", {W, kDrop}},
    {"run_job", {U, kOpaque}}, {"cron_*", {P, 0}}, {"schedule", {U, kOpaque}}, {"unschedule", {S, 0}},
    {"schedule_in_database", {U, kOpaque}}, {"http_*", {U, kOpaque}}, {"plpy_*", {U, kOpaque}},
    {"drop_vectorizer", {S, kDrop}}, {"create_vectorizer", {S, 0}}, {"disable_vectorizer_schedule", {S, 0}},
    {"enable_vectorizer_schedule", {S, 0}}, {"execute_vectorizer", {U, kOpaque}}, {"grant_*", {P, kGrant}},
    {"revoke_*", {P, kGrant}}, {"create_semantic_catalog", {S, 0}}, {"drop_semantic_catalog", {S, kDrop}},
    {"create_hypertable", {S, 0}}, {"master_*", {U, kOpaque}}, {"run_command_on_*", {U, kOpaque}},
    {"exec_*", {U, kOpaque}}, {"execute_*", {U, kOpaque}}, {"drop_*", {S, kDrop}}, {"truncate_*", {W, kTruncate}},
    {"delete_*", {W, 0}}, {"load_file", {P, kFile}}, {"load_extension", {U, kOpaque}}, {"system$cancel_*", {P, 0}},
    {"system$typeof", {R, 0}}, {"system$estimate_*", {R, 0}}, {"system$clustering_*", {R, 0}}, {"system$last_*", {R, 0}},
    {"system$*", {P, 0}}, {"get_presigned_url", {P, kFile}}, {"build_*_file_url", {P, kFile}}, {"read_files", {P, kFile}},
    {"writefile", {P, kFile}}, {"readfile", {P, kFile}}, {"remote_query", {U, kOpaque}}, {"openrowset", {U, kOpaque}},
    {"openquery", {U, kOpaque}}, {"opendatasource", {U, kOpaque}}, {"xp_*", {U, kOpaque}}, {"sys_exec", {U, kOpaque}},
    {"sys_eval", {U, kOpaque}}, {"reflect", {U, kOpaque}}, {"try_reflect", {U, kOpaque}}, {"java_method", {U, kOpaque}},
    {"http", {U, kOpaque}}, {"ts_rewrite", {U, kOpaque}}, {"invoke", {U, kOpaque}}, {"query_export_to_s3", {P, kFile}},
    {"table_import_from_s3", {P, kFile}}, {"pg_buffercache_evict*", {P, 0}}, {"heap_force_*", {P, 0}},
    {"pg_truncate_visibility_map", {P, 0}}, {"purge_*", {W, kTruncate}}, {"undo_partition*", {S, kDrop}}, {"sleep", {R, 0}},
    {"benchmark", {R, 0}},
    {"pg_logfile_*", {P, 0}}, {"pg_switch_xlog", {P, 0}}, {"pg_xlog_replay_*", {P, 0}}, {"alter_job", {U, kOpaque}},
    {"distributed_exec", {U, kOpaque}}, {"add_*_policy", {S, 0}}, {"remove_*_policy", {S, 0}}, {"undistribute_table", {S, 0}},
    {"citus_drop_*", {S, kDrop}}, {"citus_remove_*", {P, 0}}, {"citus_add_*", {P, 0}}, {"citus_move_*", {S, 0}},
    {"citus_set_*", {P, 0}},
    {"citus_*_node", {P, 0}}, {"create_distributed_*", {S, 0}}, {"create_reference_table", {S, 0}}, {"alter_distributed_*", {S, 0}},
    {"dropgeometry*", {S, kDrop}}, {"droptopo*", {S, kDrop}}, {"dropraster*", {S, kDrop}}, {"addgeometrycolumn", {S, 0}},
    {"run_maintenance", {S, kDrop}}, {"cypher", {U, kOpaque}}, {"pg_background_*", {U, kOpaque}}, {"load_dataset", {S, kFile}},
    // Oracle, SQL Server
    {"httpuritype", {P, kFile}}, {"dburitype", {P, kFile}}, {"fn_trace_gettable", {P, kFile}}, {"fn_get_audit_file", {P, kFile}},
    {"fn_xe_file_target_read_file", {P, kFile}},
    // ClickHouse
    {"url", {P, kFile}}, {"urlcluster", {P, kFile}}, {"file", {P, kFile}}, {"filecluster", {P, kFile}}, {"s3", {P, kFile}},
    {"s3cluster", {P, kFile}}, {"gcs", {P, kFile}}, {"hdfs*", {P, kFile}}, {"azureblobstorage*", {P, kFile}},
    {"remote", {P, kFile}},
    {"remotesecure", {P, kFile}}, {"mysql", {P, kFile}}, {"postgresql", {P, kFile}}, {"mongodb", {P, kFile}}, {"redis", {P, kFile}},
    {"sqlite", {P, kFile}}, {"jdbc", {U, kOpaque}}, {"odbc", {U, kOpaque}}, {"executable", {P, kProgram}},
    {"deltalake*", {P, kFile}},
    {"iceberg*", {P, kFile}}, {"hudi*", {P, kFile}},
    // DuckDB
    {"read_csv*", {P, kFile}}, {"read_parquet*", {P, kFile}}, {"parquet_*", {P, kFile}}, {"read_json*", {P, kFile}},
    {"read_ndjson*", {P, kFile}}, {"read_text*", {P, kFile}}, {"read_blob*", {P, kFile}}, {"read_xlsx*", {P, kFile}},
    {"read_avro*", {P, kFile}}, {"glob", {P, kFile}}, {"sniff_csv", {P, kFile}}, {"st_read*", {P, kFile}},
    {"delta_scan", {P, kFile}},
    {"postgres_scan*", {P, kFile}}, {"mysql_scan*", {P, kFile}}, {"sqlite_scan*", {P, kFile}}, {"query", {U, kOpaque}},
    {"postgres_query", {U, kOpaque}}, {"postgres_execute", {U, kOpaque}}, {"mysql_query", {U, kOpaque}},
    {"mysql_execute", {U, kOpaque}},
    {"from_substrait*", {U, kOpaque}}, {"getenv", {P, kFile}},
    // BigQuery, Databricks
    {"external_query", {U, kOpaque}}, {"secret", {P, 0}}, {"try_secret", {P, 0}}, {"list_secrets", {P, 0}},
    {"cloud_files", {P, kFile}},
    {"read_kafka", {P, kFile}}, {"read_kinesis", {P, kFile}}, {"read_pubsub", {P, kFile}}, {"read_pulsar", {P, kFile}}};

// Packages of Oracle's and extensions of PostgreSQL that run code, or speak with files and hosts, whatever is called of them.
constexpr Row kPackages[] = {{"utl_*", {P, kFile}}, {"dbms_*", {U, kOpaque}}, {"sqlj", {P, kFile}}};

// Settings that take rights, or guards of the server away; MySQL's SET PASSWORD.
constexpr ByteView kSettings[] = {"role", "session_authorization", "session_replication_role", "row_security",
                                  "allow_system_table_mods", "zero_damaged_pages", "ignore_checksum_failure",
                                  "ignore_invalid_pages", "lo_compat_privileges",
                                  "session_preload_libraries", "local_preload_libraries", "dynamic_library_path",
                                  "password", "log_statement",
                                  "spark.databricks.delta.retentiondurationcheck.enabled"};

bool fits(ByteView name, const Row& row) {
  if (row.star == ByteView::npos) return name == row.name;
  const ByteView head = row.name.substr(0, row.star), tail = row.name.substr(row.star + 1);
  if (head.empty() || name.empty() || head[0] != name[0]) return false;
  return name.size() >= head.size() + tail.size() && name.starts_with(head) && name.ends_with(tail);
}

}  // namespace

Meaning statement_meaning(ByteView node) {
  for (const Row& row : kStatements)
    if (row.name == node) return row.meaning;
  for (const ByteView schema : {"Create", "Alter"})
    if (node.starts_with(schema)) return {S, 0};
  return {U, 0};
}

Meaning function_meaning(ByteView package, ByteView name) {
  for (const Row& row : kPackages)
    if (fits(package, row)) return {row.meaning.effect, row.meaning.flags | kListedFunction};
  if (name.starts_with("pg_advisory_") || name.starts_with("pg_try_advisory_")) return {R, kLock};
  for (const Row& row : kFunctions) {
    if (!fits(name, row)) continue;
    Meaning meaning = row.meaning;
    const bool waits = name.starts_with("pg_sleep") || name == "sleep" || name == "benchmark";
    if (meaning.effect != R || waits) meaning.flags |= kListedFunction;
    return meaning;
  }
  return {R, 0};
}

bool setting_is_privilege(ByteView name) {
  if (name.size() > 8 && is_word(name.substr(0, 8), "PGAUDIT.")) return true;
  for (const ByteView each : kSettings)
    if (is_word(name, each)) return true;
  return false;
}

}  // namespace gatehouse::sql
