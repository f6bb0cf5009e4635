// What must survive besides records: API keys, revocations, signing keys, used assertions. One SQLite file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace gatehouse::store {

/// Blob marks bytes that are no text.
struct Blob {
  ByteView bytes;
};

/// stored is a time as a number of the database: one that never comes is its largest.
inline int64_t stored(WallNs time) { return static_cast<int64_t>(std::min<WallNs>(time, INT64_MAX)); }

/// Value is one that a statement is given; views are valid for the call.
class Value {
 public:
  enum class Kind : uint8_t { none, integer, text, blob };
  Value() = default;
  Value(int64_t number) : kind_(Kind::integer), number_(number) {}
  Value(ByteView text) : kind_(Kind::text), bytes_(text) {}
  Value(const std::string& text) : Value(ByteView(text)) {}
  Value(const char* text) : Value(ByteView(text)) {}
  Value(Blob blob) : kind_(Kind::blob), bytes_(blob.bytes) {}

  Kind kind() const { return kind_; }
  int64_t number() const { return number_; }
  ByteView bytes() const { return bytes_; }

 private:
  Kind kind_ = Kind::none;
  int64_t number_ = 0;
  ByteView bytes_;
};

/// Row is one that a statement gives; views are valid until the next row. A column that holds another kind reads as
/// 0 or empty: tables are STRICT, so none does.
class Row {
 public:
  int64_t integer(int column) const;
  ByteView text(int column) const;
  ByteView blob(int column) const;

 private:
  friend class Store;
  explicit Row(void* statement) : statement_(statement) {}
  void* statement_;
};

/// Store is the file `gatehouse.db` in a folder of ours. What run() did is on the disk when it returns, or when the
/// all_or_none around it does; a process that dies leaves what was done before. One thread at a time: never a worker's,
/// as calls wait for the disk. Errors are ready to be shown and never hold a value.
class Store {
 public:
  /// kFormat is the file's PRAGMA user_version; a file of a later one is refused.
  static constexpr int64_t kFormat = 1;

  /// open makes the folder (its last part, 0700) and the file (0600) when they are not there, and checks what is: whose they are,
  /// who may read them, that SQLite finds no damage. No other process may have it open.
  static Result<std::unique_ptr<Store>, std::string> open(const std::string& folder);

  /// open_copy gives a copy in memory of what is on the disk, for looking: whoever has the store open goes on (copy.h). What is
  /// written to it goes nowhere. Checked as open() does, but for owner and rights. Null: there is no store.
  static Result<std::unique_ptr<Store>, std::string> open_copy(const std::string& folder);

  /// open_vacant opens a folder as open() does, for move_to: no store may be there, or one in which nothing is. Until something is
  /// moved there its file says that what belongs in it is in `now_in`, and open() refuses it.
  static Result<std::unique_ptr<Store>, std::string> open_vacant(const std::string& folder, const std::string& now_in);
  ~Store();
  Store(const Store&) = delete;

  /// run executes one statement to its end and returns how many rows it changed. `sql` is a text of the program, never
  /// made of what came in; each text is prepared once and kept.
  Result<uint64_t, std::string> run(const char* sql, std::initializer_list<Value> values = {});

  /// each calls `row` for every row of the answer; false from it ends the walk.
  Result<Done, std::string> each(const char* sql, std::initializer_list<Value> values, const std::function<bool(const Row&)>& row);

  /// all_or_none runs `work` as one transaction: its failure, or one of the disk, leaves everything as it was.
  Result<Done, std::string> all_or_none(const std::function<Result<Done, std::string>()>& work);

  /// move_to has `vacant` (from open_vacant) hold all that is here, durably, and this be it from then on; the file that was left
  /// is emptied and says where that is, so that nobody goes on with what it was. An error: everything is as before, but for a file
  /// that open_vacant made. A text: all was moved, and this is why the old file could not be emptied. At every moment at most one
  /// of the two is without that mark, or both hold the same.
  Result<std::string, std::string> move_to(std::unique_ptr<Store> vacant);

  /// path is that of the file; it changes with move_to.
  const std::string& path() const;

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  static Result<std::unique_ptr<Store>, std::string> open_place(const std::string& folder, const std::string* now_in);
  static Result<Done, std::string> make(const std::string& folder, const std::string& path, const std::string* now_in);
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::store
