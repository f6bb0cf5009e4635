// Guards: rules on requests. What a request says -> verdict.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/reason.h"
#include "base/result.h"
#include "http/message.h"
#include "json/document.h"

namespace gatehouse::guard {

/// Effect is what a hit leads to, in rising order; a request gets the highest of its hits.
enum class Effect : uint8_t {
  none = 0,
  tag = 1,      // it is recorded and passes
  approve = 2,  // a person must approve the request
  block = 3,    // it is refused
};
const char* name_of(Effect effect);

/// Source is what a text of a request is.
enum class Source : uint8_t { value, key, query, path, field };
/// Sources is a set of them, bit by bit.
using Sources = uint32_t;
constexpr Sources bit(Source source) { return 1u << static_cast<uint32_t>(source); }

/// GuardRule is one named guard as configured. Patterns are in Hyperscan's syntax and matched in texts: every string
/// and every key of a body after unescaping, every name and value of a query after decoding, the path in normal form,
/// values of header fields; never across two of them. A match anywhere is a hit.
/// `.` matches every character, line ends too; ^ and $ match at the borders of lines and of the text.
struct GuardRule {
  std::string name;
  std::vector<std::string> patterns;
  bool case_sensitive = false;
  Effect effect = Effect::block;
  Sources sources = bit(Source::value) | bit(Source::key) | bit(Source::query);  // that patterns look at
  std::vector<std::string> fields = {};   // header fields that patterns look at; any case
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
  /// reads_bodies: some guard of these looks into bodies, so that the whole body is needed before a verdict.
  bool reads_bodies(uint64_t guards) const;

  struct State;
  const State& state() const { return *state_; }

 private:
  Set();
  std::unique_ptr<State> state_;
};

/// Selection is which guards of a set apply: bit i = guard i (at most 64 guards a snapshot).
using Selection = uint64_t;

/// Request is what guards see of one; views for the time of a call.
struct Request {
  ByteView path = {};                        // normal form
  ByteView query = {};                       // without its '?'
  std::span<const http::Field> fields = {};  // of the head
  ByteView body = {};                        // after transfer coding; kSimdPadding readable bytes behind it
  json::Leniency leniency = {};              // of the route
};

/// Hit is one thing that a guard found. Its views live until the next call of the inspector.
struct Hit {
  size_t guard = 0;
  Effect effect = Effect::block;
  ByteView place;       // JSON pointer of the value or key; "?name" in a query, "path", "header name"
  uint64_t offset = 0;  // of that value or key in the body (decoded), in the query or in the field's value
  ByteView evidence;    // at most 64 bytes around the match, control bytes as '.'
};
inline constexpr size_t kHitsMax = 16;  // of one request; more are not listed

/// Verdict is what the guards say of a request as a whole.
struct Verdict {
  /// none: it was inspected whole, `effect` says what follows. guard_hit: effect is block. Any other: it cannot be
  /// inspected (guard_uninspectable, _duplicate_key, _depth, _query, http_content_coding, http_content_type).
  Reason reason = Reason::none;
  Effect effect = Effect::none;
  std::span<const Hit> hits;  // those of the highest effect first among equals in the order of the request
};

/// Inspector is one thread's working memory for guards (parser, scratch); reused. It must be prepared for a
/// set before its first use with that set (allocates; then no more).
class Inspector {
 public:
  Inspector();
  ~Inspector();
  Inspector(const Inspector&) = delete;
  bool prepare(const Set& set);

  /// inspect looks at all that the guards ask for. A body is JSON and walked whole: malformed, duplicate keys (also
  /// when escaped differently), too deep, lone surrogates, bad UTF-8, trailing data: refused, never passed, but for
  /// what the route's leniency allows. A query is read twice, with ';' as a separator and as a part of the value;
  /// guard_query when it cannot be decoded. An empty body and an empty query hold nothing.
  Verdict inspect(const Set& set, Selection guards, const Request& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::guard
