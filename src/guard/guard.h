// Guards: rules on requests, and on answers. What a message says -> verdict.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/reason.h"
#include "base/result.h"
#include "guard/bulk.h"
#include "guard/cost.h"
#include "guard/leaving.h"
#include "guard/shape.h"
#include "guard/statements.h"
#include "http/message.h"
#include "json/document.h"
#include "pattern/stored.h"

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

/// StatementChecks is a guard's look at SQL. Pointers name a value and all inside it (json/pointer.h).
struct StatementChecks {
  std::vector<std::string> commands;    // fields that hold statements: always judged
  std::vector<std::string> documents;   // fields that hold text of documents: never
  bool anywhere = false;                // any other text, when it is as a whole a destructive statement
  StatementRules rules = {};
};

/// AddressChecks is a guard's look at addresses through which payload could leave past the gateway.
struct AddressChecks {
  std::vector<std::string> fields;      // pointers to values that are addresses
  bool anywhere = false;                // any other text that is as a whole a URL
  AddressRules rules = {};
};

/// GuardRule is one named guard as configured. What one of its checks finds is a hit. Patterns are in Hyperscan's syntax
/// and matched in texts: every string and every key of a body after unescaping, every name and value of a query after
/// decoding, the path in normal form, values of header fields; never across two of them. A match anywhere is a hit. Texts
/// that are not in normal form (pattern/normal_form.h) are looked at in that form as well: full-width letters, characters
/// that cannot be seen. So are statements and addresses.
/// `.` matches every character, line ends too; ^ and $ match at the borders of lines and of the text.
struct GuardRule {
  std::string name;
  std::vector<std::string> patterns;
  bool case_sensitive = false;
  Effect effect = Effect::block;
  Sources sources = bit(Source::value) | bit(Source::key) | bit(Source::query);  // that patterns look at
  std::vector<std::string> headers = {};  // header fields that patterns look at; any case
  std::vector<std::string> fields = {};   // pointers: patterns look at these values alone; empty: at all
  std::optional<StatementChecks> statements = {};
  std::vector<ShapeClause> shape = {};    // of each JSON document of the body; all must hold. A body without is as an empty one
  std::optional<AddressChecks> addresses = {};
  std::optional<BulkRules> bulk = {};     // the body is one of _bulk
  bool requests = true;                   // it looks at requests
  bool answers = false;                   // it looks at answers; whoever would have to be asked about one is refused it
  std::vector<std::string> sets = {};     // shipped sets (pattern/shipped.h) whose patterns it has besides its own
  bool confusables = false;               // look-alikes of ASCII are read as what they look like, as well
};

/// Stored is where compiled patterns are kept from one start to the next: `load` gives what `save` took under a name (hex
/// digits), or nothing. Bytes that do not fit are ignored. Called by the thread that compiles. No `save`: nothing is kept.
struct Stored {
  pattern::DigestOf digest;
  std::function<std::string(const std::string& name)> load;
  std::function<void(const std::string& name, ByteView bytes)> save;
};

/// Set is the compiled guards of one snapshot; immutable, shared by all workers. Guards are named by
/// their index in the list given to compile().
class Set {
 public:
  struct CompileError {
    enum class What : uint8_t {
      patterns, fields, commands, documents, tables, addresses, hosts, schemes, buckets, shape, rule, sets
    };
    size_t rule;        // index into the list
    size_t entry;       // index into its patterns, or what `what` says
    std::string text;   // what is wrong, for people
    What what = What::patterns;
    size_t column = 0;  // in a pointer, from 1; 0: the entry as a whole
  };
  /// compile takes 10 ms to some seconds, much less with what `stored` has: never on a worker.
  /// Refuses patterns that match the empty string.
  static Result<std::shared_ptr<const Set>, CompileError> compile(const std::vector<GuardRule>& rules,
                                                                  const Stored* stored = nullptr);
  ~Set();
  Set(const Set&) = delete;

  const std::string& name(size_t guard) const;
  size_t size() const;
  /// of_requests and of_answers: those that look at requests, at answers.
  uint64_t of_requests() const;
  uint64_t of_answers() const;
  /// reads_bodies: some guard of these looks into requests' bodies, so that all of it is needed before a verdict.
  bool reads_bodies(uint64_t guards) const;
  /// reads_fields: those that look at header fields of answers, which these have also without a body: patterns, addresses.
  uint64_t reads_fields() const;

  /// cost is what its patterns are reckoned to cost. Lives as long as the set.
  const Cost& cost() const;

  struct State;
  const State& state() const { return *state_; }

 private:
  Set();
  std::unique_ptr<State> state_;
};

/// Selection is which guards of a set apply: bit i = guard i (at most 64 guards a snapshot).
using Selection = uint64_t;

/// Request is what guards see of one, or of an answer (fields and body alone); views for the time of a call.
struct Request {
  ByteView path = {};                        // normal form
  ByteView query = {};                       // without its '?'
  std::span<const http::Field> fields = {};  // of the head
  ByteView body = {};                        // after transfer coding; kSimdPadding readable bytes behind it
  uint64_t decoded_max = 8 * 1024 * 1024;    // of the body once its content coding is off
  json::Leniency leniency = {};              // of the route
  bool malformed = false;                    // of the route: JSON that is not well-formed is looked at as text
  bool opaque = false;                       // of the route: parts of a multipart body that are no text pass unseen
  bool answer = false;                       // an answer: its multipart body, no form, may end within its last part
};

/// Hit is one thing that a guard found. Its views live until the next call of the inspector.
struct Hit {
  size_t guard = 0;
  Effect effect = Effect::block;
  ByteView check;       // "pattern", "statement", "shape", "address", "bulk"
  ByteView place;       // JSON pointer of the value or key, "line 3:" and the like before it; "?name", "path", "header name"
  uint64_t offset = 0;  // of that value or key in the body (decoded), in the query or in the field's value
  /// Of a pattern at most 64 bytes around the match, control bytes as '.', as the form says that matched; before it the
  /// name of a shipped pattern ("destructive-commands/rm: "), which stands alone for a secret. Else words, at most 256 bytes.
  ByteView evidence;
  Source source = Source::value;  // which of these `offset` counts in: value and key stand in the body
  ByteView within = {};  // the bytes that were read: a document or text of the body in UTF-8, the query, the path, the field's
                         // value; empty when it is about the body as a whole
  size_t at = 0;         // where in them the value or key begins
};
inline constexpr size_t kHitsMax = 16;  // of one request; more are not listed

/// Verdict is what the guards say of a request as a whole.
struct Verdict {
  /// none: it was inspected whole, `effect` says what follows. guard_hit: effect is block. Any other: it cannot be
  /// inspected (guard_uninspectable, _duplicate_key, _depth, _query, http_content_coding, http_content_type).
  Reason reason = Reason::none;
  Effect effect = Effect::none;
  std::span<const Hit> hits;  // the highest effect first
  bool slow = false;          // nothing was decided: it would take long here (see Inspector::inspect)
};

/// Patience is how long an inspection may take.
enum class Patience : uint8_t {
  none,   // on a worker that can send the request to a job thread: then Verdict::slow
  some,   // on a worker that cannot: confirmations by PCRE2 take 1 ms at most, or it cannot be inspected
  all,    // on a job thread
};

/// Inspector is one thread's working memory for guards (parser, scratch); reused. It must be prepared for a
/// set before its first use with that set (allocates; then no more).
class Inspector {
 public:
  Inspector();
  ~Inspector();
  Inspector(const Inspector&) = delete;
  bool prepare(const Set& set);

  /// inspect looks at all that the guards ask for. How bodies are read is in body.h; JSON is walked whole: malformed, duplicate
  /// keys (also when escaped differently), too deep, lone surrogates, bad UTF-8, trailing data: refused, never passed, but
  /// for what the route's leniency allows. A query is read twice, with ';' as a separator and as a part of the value;
  /// guard_query when it cannot be decoded. An empty body and an empty query hold nothing. Texts without a normal form, and
  /// matches that PCRE2 cannot confirm within its limits: guard_uninspectable. With Patience::none statements that may take
  /// more than 50 us to judge or are many, patterns that take more than a quarter of a millisecond to confirm, and bodies
  /// that unpack to more than kInspectHere, end in Verdict::slow: inspect such a request on a job thread.
  Verdict inspect(const Set& set, Selection guards, const Request& request, Patience patience = Patience::none);

  struct State;   // inspector_state.h

 private:
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::guard
