// Rules on the shape of a JSON document: which fields must be there, of which type, how long, with which values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/room.h"
#include "json/automaton.h"
#include "json/document.h"

namespace gatehouse::guard {

/// Types as bits of ShapeClause::types. kInteger: a number whose value has no fraction, however it is written (1, 1e2,
/// 1.0); kNumber is any number.
enum ShapeType : uint8_t {
  kString = 1, kNumber = 2, kInteger = 4, kBoolean = 8, kArray = 16, kObject = 32, kNull = 64
};

/// ShapeValue is a scalar: a string's text, or the JSON text of a number, true, false or null.
struct ShapeValue {
  std::string text;
  bool string = true;
};

/// ShapeClause says what must hold of the values that its pointers select (json/pointer.h); all that is set must hold.
///
/// present   at least one value is there. null counts as missing, unless `types` names it: services take the two for one.
/// absent    no value is there, null neither.
/// some      for pointers with wildcards: of the values at least one fulfils the rest, so that one must be there. Otherwise
///           every value must, and a field that is missing passes all but `present` and `non_empty`.
/// types     the value is of one of them; 0: of any.
/// non_empty is `present` and `min` 1.
/// min, max  bound the code points of a string, elements of an array, members of an object. null has length 0. Numbers and
///           booleans have none: refused, unless `types` names theirs.
/// in        the value is one of these: strings by their exact text, others by their JSON text. Containers are none.
/// not_in    the value is none of these, compared as a careless service would: without ASCII case, numbers by value,
///           "true" and "7" as true and 7. A container is refused, unless `types` names it: it may hold one.
/// only      an object has no other members than these, by exact name. What is no object is refused, unless `types` names
///           its type.
struct ShapeClause {
  std::vector<std::string> at;  // pointers; the values of all of them together
  bool present = false;
  bool absent = false;          // stands alone
  bool some = false;
  uint8_t types = 0;
  bool non_empty = false;
  std::optional<uint64_t> min, max;
  std::vector<ShapeValue> in, not_in;
  std::optional<std::vector<std::string>> only;
};

/// ShapeRule is the clauses of one guard. All of them must hold.
struct ShapeRule {
  uint32_t guard = 0;           // bit of the selection, below 64
  std::vector<ShapeClause> clauses;
};

/// ShapeRules is compiled rules; immutable, shared by threads.
class ShapeRules {
 public:
  struct CompileError {
    size_t rule, clause;        // indexes into the lists
    size_t pointer;             // index into `at`, when column is not 0
    size_t column;              // in the pointer, from 1; 0: the clause itself is wrong
    std::string text;
  };
  /// compile refuses pointers that are none, clauses that ask nothing or contradict themselves, more than kClausesMax.
  static Result<std::shared_ptr<const ShapeRules>, CompileError> compile(const std::vector<ShapeRule>& rules);
  ~ShapeRules();
  ShapeRules(const ShapeRules&) = delete;

  /// Bit i: guard i has clauses.
  uint64_t guards() const;

  struct State;
  const State& state() const { return *state_; }

 private:
  ShapeRules();
  std::unique_ptr<State> state_;
};

inline constexpr size_t kClausesMax = 1024;

/// kNoToken: a violation that stands nowhere: the document as a whole, or a field that is missing.
inline constexpr uint32_t kNoToken = UINT32_MAX;

/// ShapeViolation is a clause that does not hold.
struct ShapeViolation {
  enum class Wrong : uint8_t {
    missing, there, type, short_, long_, no_length, not_listed, listed, container, member, no_object, none_fits
  };
  uint32_t guard = 0;
  uint32_t rule = 0, clause = 0;   // as given to compile()
  uint32_t token = kNoToken;       // for json::Place: the value, for `member` its key; the first of several
  Wrong wrong = Wrong::missing;
  uint64_t found = 0, asked = 0;   // lengths, for short_ and long_
};

/// ShapeCheck looks at one document at a time, as a visitor of json::Document::walk or beside others in one. Reused;
/// allocates only to grow. One thread. Each value costs one step of the automaton and what its clauses ask; a clause is
/// noted once, with its first violation.
class ShapeCheck {
 public:
  /// prepare allocates for these rules, which must outlive their use here.
  void prepare(const ShapeRules& rules);

  /// start begins a document for the guards of a selection.
  void start(const ShapeRules& rules, uint64_t guards, const json::Document& document);

  // json::Document's visitor
  void open(json::Kind kind);
  void close(json::Kind kind);
  void key(const json::Token& token);
  void string(const json::Token& token);
  void number(const json::Token& token, json::NumberShape shape);
  void literal(const json::Token& token);

  /// finish judges what had to be seen until the end; call it after a walk without error, or right after start() for a
  /// request without a body: then everything is missing. Returns the violations, in the order of their discovery: at most
  /// kViolationsMax, `count` all.
  static constexpr size_t kViolationsMax = 16;
  std::span<const ShapeViolation> finish();
  size_t count() const { return count_; }

 private:
  struct Frame {
    json::Kind kind;
    bool alive;              // some pointer may still match inside
    bool member_alive;       // … inside the present member
    bool matched;            // some pointer selects the container
    bool named;              // … of a clause with `only`
    uint32_t token;          // whose place is the container's
    uint32_t next;           // elements or members so far
  };
  struct Value;

  json::Automaton::Word* row(size_t depth) { return rows_.data() + depth * words_; }
  ByteView read(const json::Token& token);
  bool begin_value();
  void scalar(const Value& value);
  void judge(uint32_t clause, const Value& value);
  void note(uint32_t clause, ShapeViolation::Wrong wrong, uint32_t token, uint64_t found = 0, uint64_t asked = 0);

  const ShapeRules::State* rules_ = nullptr;
  const json::Document* document_ = nullptr;
  uint64_t guards_ = 0;
  size_t words_ = 0;
  size_t depth_ = 0;
  uint32_t at_ = 0;          // listed position right before the next value, if there is one
  size_t count_ = 0;
  Frame frames_[kJsonDepthMax];
  Room<json::Automaton::Word> rows_;
  Room<uint8_t> seen_;       // per clause: what was found so far
  Room<char> plain_;         // a string after unescaping
  ShapeViolation violations_[kViolationsMax];
};

/// words says a violation for people: "/ids is empty, at least 1 is asked for". Names the pointers of the clause, not the
/// document's bytes.
std::string words(const ShapeRules& rules, const ShapeViolation& violation);

}  // namespace gatehouse::guard
