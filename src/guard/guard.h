// Guards: rules on requests. Body and query bytes -> verdict.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/reason.h"
#include "base/result.h"

namespace gatehouse::guard {

/// GuardRule is one named guard as configured: patterns in Hyperscan's syntax, matched in every string
/// and every key of a JSON body after unescaping, and in every name and value of a query after decoding,
/// never across two of them. A match anywhere is a hit.
/// `.` matches every character, line ends too; ^ and $ match at the borders of lines and of the text.
struct GuardRule {
  std::string name;
  std::vector<std::string> patterns;
  bool case_sensitive = false;
};

/// Set is the compiled guards of one snapshot; immutable, shared by all workers. Guards are named by
/// their index in the list given to compile().
class Set {
 public:
  struct CompileError {
    size_t rule;        // index into the list
    size_t pattern;     // index into its patterns
    std::string text;   // what is wrong, for people
  };
  /// compile takes 10 to 500 ms: never on a worker. Refuses patterns that match the empty string.
  static Result<std::shared_ptr<const Set>, CompileError> compile(const std::vector<GuardRule>& rules);
  ~Set();
  Set(const Set&) = delete;

  const std::string& name(size_t guard) const;
  size_t size() const;

  struct State;
  const State& state() const { return *state_; }

 private:
  Set();
  std::unique_ptr<State> state_;
};

/// Selection is which guards of a set apply: bit i = guard i (at most 64 guards a snapshot).
using Selection = uint64_t;

/// Inspector is one worker's working memory for guards (parser, scratch); reused, one thread. It must
/// be prepared for a set before its first use with that set (allocates; then no more).
class Inspector {
 public:
  Inspector();
  ~Inspector();
  Inspector(const Inspector&) = delete;
  bool prepare(const Set& set);

  struct Verdict {
    Reason reason = Reason::none;   // none = clean; guard_hit; guard_uninspectable, _duplicate_key, _depth, _query
    size_t guard = 0;               // which guard, when guard_hit
    ByteView place;                 // JSON pointer of the value or key; lives until the next call
    ByteView evidence;              // at most 64 bytes around the match, control bytes as '.'; same life
  };

  /// inspect walks the whole JSON document: every string and key is unescaped and scanned. The body
  /// must have kSimdPadding readable bytes after its end. Malformed, duplicate keys (also when escaped
  /// differently), too deep, lone surrogates, bad UTF-8, trailing data: refused, never passed.
  /// An empty body is refused as uninspectable.
  Verdict inspect(const Set& set, Selection guards, ByteView body);

  /// inspect_query looks at every name and value of a query (RFC 3986 section 3.4, without its '?') after
  /// decoding, with ';' as a separator and as a part of the value. guard_query when it cannot be decoded. The
  /// place is '?' and the parameter's name as sent.
  Verdict inspect_query(const Set& set, Selection guards, ByteView query);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::guard
