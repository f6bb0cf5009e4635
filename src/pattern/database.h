// Sets of regular expressions compiled by Hyperscan (or Vectorscan, which has the same interface), and
// scans with them. It alone knows hs.h.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

struct hs_database;
struct hs_scratch;

namespace gatehouse::pattern {

/// Pattern is one expression in Hyperscan's syntax. `.` matches every character and ^ and $ match at
/// line borders too. Text is UTF-8: one character is one code point, unless the expression compiles
/// only for bytes.
struct Pattern {
  std::string text;
  uint32_t id = 0;  // reported with each match; several patterns may share one
  bool caseless = true;
};

struct CompileError {
  size_t pattern;    // index into the list
  std::string text;  // what is wrong, for people
};

/// Database is a compiled set; immutable, shared by all threads. An empty one matches nothing.
class Database {
 public:
  Database() = default;
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  /// compile takes milliseconds to seconds. Refuses an expression that matches the empty string.
  static Result<Database, CompileError> compile(std::span<const Pattern> patterns);

  bool empty() const { return database_ == nullptr; }

 private:
  friend class Scratch;
  hs_database* database_ = nullptr;
};

/// Scratch is one thread's working memory for scans; it must fit() each database before its first scan
/// with it (allocates; scans do not).
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  bool fit(const Database& database);

  /// Outcome of a scan: ended = all of the text was seen; stopped = on_match returned false; failed =
  /// the scan says nothing about the text (a scratch that does not fit, or one in use).
  enum class Outcome : uint8_t { ended, stopped, failed };

  /// scan calls on_match(id, end) for every end of every match, in order of ends; it returns whether to
  /// go on, and may scan with another Scratch but not with this one. Text is read in place.
  template <typename OnMatch>
  Outcome scan(const Database& database, ByteView text, OnMatch&& on_match) {
    return scan_with(database, text, [](void* call, uint32_t id, size_t end) {
      return (*static_cast<std::remove_reference_t<OnMatch>*>(call))(id, end);
    }, &on_match);
  }

 private:
  using Call = bool (*)(void* call, uint32_t id, size_t end);
  Outcome scan_with(const Database& database, ByteView text, Call on_match, void* call);

  hs_scratch* scratch_ = nullptr;
};

/// needs_whole_text tells whether an expression speaks of the begin or end of the whole text (\A, \Z, \z)
/// or switches off that ^ and $ match at line borders: then it means something else in texts that were
/// joined by newlines. It may answer true too often, never too seldom.
bool needs_whole_text(ByteView expression);

}  // namespace gatehouse::pattern
