// Sets of regular expressions compiled by Hyperscan (or Vectorscan, which has the same interface), and
// scans with them. What Hyperscan cannot take exactly (look-around, back references, what is too large for it)
// it scans for approximately, and PCRE2 confirms: nobody sees a match that was not confirmed.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "pattern/stored.h"

struct hs_scratch;

namespace gatehouse::pattern {

class Confirmer;

/// Pattern is one expression in Hyperscan's syntax, which is PCRE's. `.` matches every character and ^ and $
/// match at line borders too. Text is UTF-8: one character is one code point, unless the expression compiles
/// only for bytes.
struct Pattern {
  std::string text;
  uint32_t id = 0;  // reported with each match; several patterns may share one
  bool caseless = true;
  bool bytes = false;   // matched byte by byte although it would compile for characters: cheaper, and no U+212A is a k
};

struct CompileError {
  size_t pattern;    // index into the list
  std::string text;  // what is wrong, for people
};

/// Database is a compiled set; immutable, shared by all threads. An empty one matches nothing.
class Database {
 public:
  Database();
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  /// compile takes milliseconds to seconds. Refuses an expression that matches the empty string, or whose
  /// approximation does (`(?=.*a)(?=.*b)`: Hyperscan has nothing to look for).
  static Result<Database, CompileError> compile(std::span<const Pattern> patterns);

  /// compile_candidates leaves confirming to the caller: scans report every end of every match, and ends that
  /// are none. For texts that were joined: PCRE2 would tell one match of several that overlap, perhaps one
  /// that reaches over a join, and hide the one that lies in a single text.
  static Result<Database, CompileError> compile_candidates(std::span<const Pattern> patterns);

  bool empty() const { return state_ == nullptr; }
  /// The patterns, by index into the list, that are looked for approximately.
  std::vector<size_t> approximate() const;

  /// store and restore: see stored.h. restore takes the patterns that compile() had; nullopt when the bytes are
  /// not what this machine and this library would make of them. An empty database is not stored.
  std::string store(std::span<const Pattern> patterns, DigestOf digest_of) const;
  static std::optional<Database> restore(ByteView bytes, std::span<const Pattern> patterns, DigestOf digest_of);

 private:
  friend class Scratch;
  struct State;
  static Result<Database, CompileError> compile_as(std::span<const Pattern> patterns, bool confirmed);

  std::unique_ptr<const State> state_;
};

/// confirm_steps is what PCRE2 may do in one scan over a text of so many bytes, unless the caller says less. A step takes
/// some 7 ns.
uint64_t confirm_steps(size_t text_bytes);

/// widest is how many bytes a match has at most; nullopt: there is no bound, or it is not known.
std::optional<size_t> widest(const Pattern& pattern);

/// Scratch is one thread's working memory for scans; it must fit() each database before its first scan with it
/// (allocates; scans do so only to confirm, within kConfirmHeapKib of confirm.h).
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  bool fit(const Database& database);

  /// Outcome of a scan: ended = all of the text was seen; stopped = on_match returned false; the other two say nothing
  /// about the text, and who guards refuses: failed = a scratch that does not fit or is in use; unconfirmed = a match
  /// could not be confirmed within the limits of confirm.h (steps, memory, length, not UTF-8).
  enum class Outcome : uint8_t { ended, stopped, failed, unconfirmed };

  /// scan calls on_match(id, end) for every end of every match, in order of ends; of a pattern that is confirmed,
  /// for ends of matches that do not overlap, at the first candidate. It returns whether to go on, and may scan
  /// with another Scratch but not with this one. Text is read in place.
  template <typename OnMatch>
  Outcome scan(const Database& database, ByteView text, OnMatch&& on_match) {
    uint64_t steps = confirm_steps(text.size());
    return scan(database, text, &steps, [](uint32_t) { return true; }, on_match);
  }

  /// This one counts `steps` down, which scans may share, and confirms only patterns whose id is wanted(id) when a
  /// candidate is met and after each match: others are not reported, and cannot fail.
  template <typename Wanted, typename OnMatch>
  Outcome scan(const Database& database, ByteView text, uint64_t* steps, Wanted&& wanted, OnMatch&& on_match) {
    struct Both {
      std::remove_reference_t<Wanted>& wanted;
      std::remove_reference_t<OnMatch>& on_match;
    } both{wanted, on_match};
    const Calls calls{[](void* of, uint32_t id) { return static_cast<Both*>(of)->wanted(id); },
                      [](void* of, uint32_t id, size_t end) { return static_cast<Both*>(of)->on_match(id, end); }, &both};
    return scan_with(database, text, steps, calls);
  }

 private:
  struct Calls {
    bool (*wanted)(void* of, uint32_t id);
    bool (*on_match)(void* of, uint32_t id, size_t end);
    void* of;
  };
  struct Scan;
  static int on_event(unsigned index, unsigned long long from, unsigned long long to, unsigned flags, void* scan);
  bool confirm(Scan& scan, uint32_t index);
  Outcome scan_with(const Database& database, ByteView text, uint64_t* steps, const Calls& calls);

  hs_scratch* scratch_ = nullptr;
  std::unique_ptr<Confirmer> confirmer_;  // once a database that confirms was fit
  std::vector<uint32_t> asked_;           // by index: the scan that confirmed it last
  uint32_t scans_ = 0;
  bool busy_ = false;
};

/// needs_whole_text tells whether an expression speaks of the begin or end of the whole text (\A, \Z, \z)
/// or switches off that ^ and $ match at line borders: then it means something else in texts that were
/// joined by newlines. It may answer true too often, never too seldom. Look-around alone needs no whole text to be a
/// candidate (compile_candidates), but does to be confirmed.
bool needs_whole_text(ByteView expression);

}  // namespace gatehouse::pattern
