// Is there a row for which a condition does not hold? Told from its logic and from the values in it alone.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sql/ranges.h"
#include "sql/truths.h"

namespace gatehouse::sql {

/// Rows looks for one row that a condition leaves out: values of columns, between and beyond those that the condition compares
/// them with, that make it false. AND, OR, NOT, CASE, COALESCE, IS TRUE and comparisons of conditions are followed; comparisons
/// of one thing with values share its value (a < 10 OR a > 5), those of two things are less, equal or greater, all else is true
/// or false, the same wherever it stands, with its negations (LIKE and NOT LIKE). NULL, which a CASE without ELSE gives, too,
/// leaves a row out only where nothing turns it. No column is null, none is at its type's end, and a term has only values that it
/// can have (ranges.h); rows and arrays are compared member by member. What does not depend on the row (Condition) holds, whatever
/// is wanted. Finds nothing when that would take long: who asks takes this for all rows.
/// The same search tells whether any row is chosen at all. At most 64 things, 10,000 steps. One thread; memory is reused.
class Rows {
 public:
  /// asks tells whether the part of the tree at `condition` is more than comparisons joined by AND, which leave rows out.
  bool asks(const Tree& tree, uint32_t condition);

  /// name says what rows of the table are called, for all that is asked from now on; the text lives as long.
  void name(ByteView row) { row_ = row; }

  /// left_out: some row is. `varies` says of the nodes from `base` on if they depend on the row; kMayFail of a condition that it
  /// may be false, whatever else is, and may not be counted on to be true; kMayHold the other way round.
  static constexpr char kMayFail = 2, kMayHold = 3;
  bool left_out(const Tree& tree, uint32_t condition, const std::vector<char>& varies, uint32_t base);

  /// taken: some row may be; what does not depend on the row may hold. False is certain: `b.id = 1 AND false`.
  bool taken(const Tree& tree, uint32_t condition, const std::vector<char>& varies, uint32_t base);

 private:
  static constexpr uint32_t kNone = Tree::kNone;
  static constexpr size_t kThingsMax = 64;
  static constexpr uint32_t kStepsMax = 10'000;
  static constexpr uint64_t kFalse = 1, kTrue = 2;                 // of a condition
  static constexpr uint64_t kLess = 1, kEqual = 2, kGreater = 4;   // of two things

  enum class Op : uint8_t { none, equal, other, less, less_equal, greater, greater_equal };
  /// Goal is a node that must be true or false, or a comparison of two.
  struct Goal {
    uint32_t left = 0, right = Tree::kNone;
    Op op = Op::none;   // none: `left` is a condition
    bool wanted = false;
    bool turned = false;   // within NOT, IS TRUE, a test: what is neither true nor false may make the whole condition either
  };
  struct Link {
    Goal goal;
    uint32_t rest;
  };
  /// Thing is what a row says of a column or another term, or of two of them. Its possible values are bits: of a term 2 * i + 1
  /// is the i-th of the values it is compared with, the even ones lie between; of two things less, equal, greater.
  struct Thing {
    uint32_t left, right;
    bool is_condition;
    bool truth = false;   // true or false, and compared with nothing else
    Boolean flag = Boolean::no;   // wherever it is compared
    bool printed = false;   // somewhere as a text that is made of it
    std::vector<Value> values = {};
    std::vector<uint64_t> possible = {};
  };
  struct Choice {
    Goal goal;
    uint32_t rest, tried;
    size_t trail;
  };
  struct Before {
    uint32_t thing, word;
    uint64_t bits;
  };
  enum class Is : uint8_t { done, failed, chosen };

  bool begin(const Tree& tree, uint32_t condition, const std::vector<char>& varies, uint32_t base, bool taken);

  // What is compared, before the search.
  bool collect(uint32_t condition);
  void note(uint32_t left, uint32_t right);
  void note_values(uint32_t left, uint32_t right);
  void note_members(uint32_t left, uint32_t right);
  bool note_branches(uint32_t side, uint32_t other);
  void open();
  void open(Thing& each) const;
  void open_truth(Thing& each) const;
  bool is_truth(const Thing& each) const;
  bool asks_truth(uint32_t term, uint32_t value) const;
  uint64_t orders_between(uint32_t left, uint32_t right) const;
  bool is_null(uint32_t node) const;
  bool is_condition(uint32_t node) const;
  Op op_of(uint32_t expression) const;
  static uint64_t orders_of(Op op);
  bool varies(uint32_t node) const { return node != Tree::kNone && (*varies_)[node - base_] != 0; }
  uint32_t thing(uint32_t left, uint32_t right, bool is_condition);

  // The search.
  bool solve();
  bool back();
  Is take(const Goal& goal);
  Is take_node(uint32_t node, bool wanted);
  Is take_null(bool wanted) const;
  Is take_expression(uint32_t node, bool wanted);
  Is take_comparison(const Goal& goal);
  Is take_constants(uint32_t left, uint32_t right, uint64_t ordered) const;
  Is constant() const { return taken_ ? Is::done : Is::failed; }
  uint32_t case_of(const Goal& goal) const;
  bool begins_so(uint32_t term, uint32_t pattern) const;
  bool of_members(const Goal& goal) const;
  Is pick_order(const Goal& goal, uint32_t tried);
  Is pick_conditions(const Goal& goal, uint32_t tried);
  Is restrict_to(uint32_t thing, const std::vector<uint64_t>& mask);
  Is restrict_to(uint32_t thing, uint64_t mask);
  Is pick(const Goal& goal, uint32_t tried);
  Is pick_branch(uint32_t of_case, const Goal& goal, uint32_t tried);
  uint32_t alternatives(const Goal& goal);
  void push(uint32_t left, uint32_t right, Op op, bool wanted);
  void push(uint32_t node, bool wanted) { push(node, Tree::kNone, Op::none, wanted); }

  const Tree* tree_ = nullptr;
  const std::vector<char>* varies_ = nullptr;
  uint32_t base_ = 0;
  uint32_t steps_ = 0;
  uint32_t head_ = 0;
  bool too_many_ = false;
  bool taken_ = false;   // what is asked
  bool turned_ = false;   // of the goal that is taken apart now
  bool as_truths_ = false, has_truths_ = false;   // terms that may be booleans are read as such; there are some
  ByteView row_;
  Ranges ranges_;
  std::vector<std::pair<uint32_t, uint32_t>> pairs_;   // still to be noted
  std::vector<Thing> things_;
  std::vector<Link> links_;
  std::vector<Choice> choices_;
  std::vector<Before> trail_;
  std::vector<uint64_t> mask_;
};

}  // namespace gatehouse::sql
