#include "store/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <vector>

#include "base/assert.h"
#include "store/copy.h"
#include "store/place.h"

namespace gatehouse::store {
namespace {

constexpr int64_t kApplication = 0x47485354;   // "GHST", PRAGMA application_id
constexpr int64_t kElsewhere = 0x47485345;     // "GHSE": there is nothing in it but where that is
constexpr ByteView kDraft = ".draft";

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

sqlite3_stmt* statement_of(void* statement) { return static_cast<sqlite3_stmt*>(statement); }

ByteView column(sqlite3_stmt* statement, int at, int type) {
  if (sqlite3_column_type(statement, at) != type) return {};
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, at));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, at));
  return bytes == nullptr ? ByteView{} : ByteView(bytes, size);
}

// Null stands for an empty blob or text otherwise.
int bind(sqlite3_stmt* statement, int at, const Value& value) {
  const char* bytes = value.bytes().empty() ? "" : value.bytes().data();
  switch (value.kind()) {
    case Value::Kind::none: return sqlite3_bind_null(statement, at);
    case Value::Kind::integer: return sqlite3_bind_int64(statement, at, value.number());
    case Value::Kind::text:
      return sqlite3_bind_text64(statement, at, bytes, value.bytes().size(), SQLITE_STATIC, SQLITE_UTF8);
    case Value::Kind::blob: return sqlite3_bind_blob64(statement, at, bytes, value.bytes().size(), SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

}  // namespace

struct Store::State {
  std::string path;
  std::map<std::string, Statement> statements;   // by their text; gone before the database
  Database database;
  bool within = false;                           // a transaction
  ~State() { statements.clear(); }

  std::string why(const char* what) const {
    if (database != nullptr && (sqlite3_errcode(database.get()) & 0xff) == SQLITE_BUSY)
      return path + " is in use: another gateway has this gateway.state_dir";
    return std::string(what) + " " + path + ": " + (database != nullptr ? sqlite3_errmsg(database.get()) : "no memory");
  }
  Result<Done, std::string> open_file(bool create);
  Result<Done, std::string> open_bytes(ByteView bytes);
  Result<Done, std::string> execute(const char* what, const std::string& sql);
  Result<Done, std::string> empty(const std::string& now_in);
  Result<sqlite3_stmt*, std::string> prepare(const char* sql, std::initializer_list<Value> values);
};

namespace {

/// distrust: a file may have been written by anybody.
void distrust(sqlite3* database) {
  sqlite3_extended_result_codes(database, 1);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
}

}  // namespace

Result<Done, std::string> Store::State::open_file(bool create) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
                    SQLITE_OPEN_PRIVATECACHE;
  const int result = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  database.reset(opened);
  if (result != SQLITE_OK) return Failure{why("cannot open")};
  distrust(opened);
  // The journal is rolled back or whole; a write-ahead log would lose what is behind a damaged frame without a word.
  const char* settings = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
                         "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;";
  if (sqlite3_exec(opened, settings, nullptr, nullptr, nullptr) != SQLITE_OK) return Failure{why("cannot use")};
  return Done{};
}

Result<Done, std::string> Store::State::open_bytes(ByteView bytes) {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database.reset(opened);
  if (result != SQLITE_OK) return Failure{why("cannot open")};
  distrust(opened);
  auto* const own = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size() + 1));
  if (own == nullptr) return Failure{why("cannot read")};
  std::memcpy(own, bytes.data(), bytes.size());
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  const unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
  if (sqlite3_deserialize(opened, "main", own, size, size, flags) != SQLITE_OK) return Failure{why("cannot read")};
  if (sqlite3_exec(opened, "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;", nullptr, nullptr, nullptr) != SQLITE_OK)
    return Failure{why("cannot use")};
  return Done{};
}

Result<Done, std::string> Store::State::execute(const char* what, const std::string& sql) {
  if (sqlite3_exec(database.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return Failure{why(what)};
  return Done{};
}

// All that is in it is overwritten (secure_delete): what moved with it were secrets, too.
Result<Done, std::string> Store::State::empty(const std::string& now_in) {
  statements.clear();
  std::string sql = "BEGIN IMMEDIATE;";
  const auto add = [&sql](const char* form, const char* text) {
    char* const made = sqlite3_mprintf(form, text);
    if (made != nullptr) sql += made;
    sqlite3_free(made);
    return made != nullptr;
  };
  const auto name = [](void* to, int, char** values, char**) {
    static_cast<std::vector<std::string>*>(to)->emplace_back(values[0] == nullptr ? "" : values[0]);
    return 0;
  };
  std::vector<std::string> tables;
  const char* const all = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
  if (sqlite3_exec(database.get(), all, name, &tables, nullptr) != SQLITE_OK) return Failure{why("cannot read")};
  bool written = true;
  for (const std::string& each : tables) written = written && add("DROP TABLE \"%w\";", each.c_str());
  sql += "CREATE TABLE elsewhere (path TEXT NOT NULL) STRICT;";
  written = written && add("INSERT INTO elsewhere VALUES (%Q);", now_in.c_str());
  if (!written) return Failure{path + ": no memory"};
  sql += "PRAGMA application_id=" + std::to_string(kElsewhere) + "; COMMIT;";
  auto done = execute("cannot empty", sql);
  if (!done && sqlite3_get_autocommit(database.get()) == 0) static_cast<void>(execute("", "ROLLBACK"));
  return done;
}

Result<sqlite3_stmt*, std::string> Store::State::prepare(const char* sql, std::initializer_list<Value> values) {
  Statement& statement = statements[sql];
  if (statement == nullptr) {
    sqlite3_stmt* made = nullptr;
    const int result = sqlite3_prepare_v3(database.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    statement.reset(made);
    if (result != SQLITE_OK || made == nullptr) {
      Failure<std::string> failed{why("cannot use")};
      statements.erase(sql);
      return failed;
    }
  }
  GH_ASSERT(sqlite3_bind_parameter_count(statement.get()) == static_cast<int>(values.size()));
  int at = 0;
  for (const Value& value : values)
    if (bind(statement.get(), ++at, value) != SQLITE_OK) return Failure{why("cannot use")};
  return statement.get();
}

namespace {

/// number_of is what a PRAGMA says.
Result<int64_t, std::string> number_of(Store& store, const char* sql) {
  int64_t number = 0;
  const auto asked = store.each(sql, {}, [&number](const Row& row) { return number = row.integer(0), false; });
  if (!asked) return Failure{asked.error()};
  return number;
}

/// place_of_content is where that is of a file which holds nothing.
std::string place_of_content(Store& store) {
  std::string place = "another folder";
  static_cast<void>(store.each("SELECT path FROM elsewhere", {}, [&place](const Row& row) { return place = row.text(0), false; }));
  return place;
}

enum class Wanted : uint8_t { content, vacancy };

Result<Done, std::string> check(Store& store, Wanted wanted) {
  const auto application = number_of(store, "PRAGMA application_id");
  if (!application) return Failure{application.error()};
  if (*application == kElsewhere && wanted == Wanted::content)
    return Failure{store.path() + " is empty: what belongs in it is in " + place_of_content(store) +
                   "; name that folder, or take this file away to begin without it"};
  if (*application != kApplication && *application != kElsewhere) return Failure{store.path() + " is not a store of Gatehouse"};
  const auto format = number_of(store, "PRAGMA user_version");
  if (!format) return Failure{format.error()};
  if (*format > Store::kFormat)
    return Failure{store.path() + " is of format " + std::to_string(*format) + ": a later Gatehouse wrote it"};
  std::string damage;
  const auto looked = store.each("PRAGMA integrity_check(1)", {}, [&damage](const Row& row) {
    if (row.text(0) != "ok") damage = row.text(0);
    return false;
  });
  if (!looked) return looked;
  if (!damage.empty()) return Failure{store.path() + " is damaged: " + damage};
  if (wanted == Wanted::content || *application == kElsewhere) return Done{};
  const auto tables = number_of(store, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return Failure{tables.error()};
  if (*tables == 0) return Done{};
  return Failure{store.path() + " is a store of its own, and two are not mixed: take that file away and what the gateway has comes "
                 "there, or start a gateway with it"};
}

}  // namespace

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;
const std::string& Store::path() const { return state_->path; }

// A new file is made beside and then named: one with our name was whole once.
Result<Done, std::string> Store::make(const std::string& folder, const std::string& path, const std::string* now_in) {
  State state;
  state.path = path + std::string(kDraft);
  const std::string journal = state.path + "-journal";
  for (const std::string& left : {state.path, journal}) ::unlink(left.c_str());   // of a process that died
  const int made = ::open(state.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) return Failure{"cannot create a file in " + folder};
  ::close(made);
  if (auto opened = state.open_file(true); !opened) return opened;
  const std::string name = "BEGIN IMMEDIATE; PRAGMA application_id=" + std::to_string(kApplication) + "; PRAGMA user_version=" +
                           std::to_string(kFormat) + "; COMMIT;";
  if (auto made_store = state.execute("cannot make", name); !made_store) return made_store;
  if (now_in != nullptr)
    if (auto marked = state.empty(*now_in); !marked) return marked;
  state.database.reset();
  ::unlink(journal.c_str());
  if (::rename(state.path.c_str(), path.c_str()) != 0) return Failure{"cannot name " + path};
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool kept = directory >= 0 && ::fsync(directory) == 0;
  if (directory >= 0) ::close(directory);
  if (!kept) return Failure{"cannot make " + path + " durable"};
  return Done{};
}

Result<std::unique_ptr<Store>, std::string> Store::open_place(const std::string& folder, const std::string* now_in) {
  const auto found = take_place(folder);
  if (!found) return Failure{found.error()};
  if (found->fresh) {
    if (auto made = make(folder, found->path, now_in); !made) return Failure{made.error()};
  }
  auto state = std::make_unique<State>();
  state->path = found->path;
  if (auto opened = state->open_file(false); !opened) return Failure{opened.error()};
  if (auto locked = state->execute("cannot read", "BEGIN IMMEDIATE; COMMIT;"); !locked) return Failure{locked.error()};
  std::unique_ptr<Store> store(new Store(std::move(state)));
  const Wanted wanted = now_in == nullptr ? Wanted::content : Wanted::vacancy;
  if (auto checked = check(*store, wanted); !checked) return Failure{checked.error()};
  return store;
}

Result<std::unique_ptr<Store>, std::string> Store::open(const std::string& folder) { return open_place(folder, nullptr); }

Result<std::unique_ptr<Store>, std::string> Store::open_vacant(const std::string& folder, const std::string& now_in) {
  auto opened = open_place(folder, &now_in);
  if (!opened) return opened;
  if (auto marked = (*opened)->state_->empty(now_in); !marked) return Failure{marked.error()};
  return opened;
}

// First all is there, then nothing is here: in between both hold the same.
Result<std::string, std::string> Store::move_to(std::unique_ptr<Store> vacant) {
  GH_ASSERT(!state_->within);
  State& to = *vacant->state_;
  to.statements.clear();
  sqlite3_backup* const copying = sqlite3_backup_init(to.database.get(), "main", state_->database.get(), "main");
  if (copying == nullptr) return Failure{to.why("cannot write")};
  const int copied = sqlite3_backup_step(copying, -1);
  const int finished = sqlite3_backup_finish(copying);   // what was not copied whole is taken back
  if (copied != SQLITE_DONE || finished != SQLITE_OK) {
    const char* const why_not = sqlite3_errstr(finished != SQLITE_OK ? finished : copied);
    return Failure{"cannot copy " + state_->path + " to " + to.path + ": " + why_not};
  }
  if (auto checked = check(*vacant, Wanted::content); !checked) {
    static_cast<void>(to.empty(state_->path));
    return Failure{checked.error()};
  }
  std::swap(state_, vacant->state_);
  auto emptied = vacant->state_->empty(state_->path);
  return emptied ? std::string() : emptied.error();
}

Result<std::unique_ptr<Store>, std::string> Store::open_copy(const std::string& folder) {
  auto bytes = read_steady(folder);
  if (!bytes) return Failure{bytes.error()};
  if (!*bytes) return std::unique_ptr<Store>();
  auto state = std::make_unique<State>();
  state->path = folder + "/" + kFileName;
  if ((*bytes)->empty()) return Failure{state->path + " is empty: what was in it is lost"};
  if (auto opened = state->open_bytes(**bytes); !opened) return Failure{opened.error()};
  std::unique_ptr<Store> store(new Store(std::move(state)));
  if (auto checked = check(*store, Wanted::content); !checked) return Failure{checked.error()};
  return store;
}

Result<uint64_t, std::string> Store::run(const char* sql, std::initializer_list<Value> values) {
  if (auto walked = each(sql, values, [](const Row&) { return true; }); !walked) return Failure{walked.error()};
  return static_cast<uint64_t>(sqlite3_changes64(state_->database.get()));
}

Result<Done, std::string> Store::each(const char* sql, std::initializer_list<Value> values,
                                      const std::function<bool(const Row&)>& row) {
  auto prepared = state_->prepare(sql, values);
  if (!prepared) return Failure{prepared.error()};
  sqlite3_stmt* statement = *prepared;
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW && row(Row(statement))) {
  }
  Result<Done, std::string> outcome = Done{};
  if (result != SQLITE_DONE && result != SQLITE_ROW) outcome = Failure{state_->why("cannot read or write")};
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return outcome;
}

Result<Done, std::string> Store::all_or_none(const std::function<Result<Done, std::string>()>& work) {
  GH_ASSERT(!state_->within);
  if (auto begun = run("BEGIN IMMEDIATE"); !begun) return Failure{begun.error()};
  state_->within = true;
  Result<Done, std::string> outcome = work();
  if (outcome) {
    if (auto kept = run("COMMIT"); !kept) outcome = Failure{kept.error()};
  }
  // A full disk may have rolled it back by itself.
  if (!outcome && sqlite3_get_autocommit(state_->database.get()) == 0) static_cast<void>(run("ROLLBACK"));
  state_->within = false;
  return outcome;
}

int64_t Row::integer(int at) const { return sqlite3_column_int64(statement_of(statement_), at); }
ByteView Row::text(int at) const { return column(statement_of(statement_), at, SQLITE_TEXT); }
ByteView Row::blob(int at) const { return column(statement_of(statement_), at, SQLITE_BLOB); }

}  // namespace gatehouse::store
