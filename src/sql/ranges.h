// What a term can be at least and at most, told from how it is made: length(x) is never below 0, greatest(id, 1) never below 1.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/tree.h"

namespace gatehouse::sql {

/// Dates up to the first year, and those from the last one on, stand for no day that rows are of: they begin and end their type.
inline constexpr int kFirstYear = 1900, kLastYear = 2099;

/// Value is a constant that terms are compared with. In their order: what a type begins with ('-infinity', the least number of
/// 32 or 64 bits, years BC and up to kFirstYear, 1970-01-01), numbers, texts (dates are texts), what a type ends with ('infinity',
/// NaN, years from kLastYear on).
struct Value {
  enum class Rank : uint8_t { lowest, number, text, highest };
  Rank rank = Rank::number;
  long double number = 0;
  std::string text;      // of texts; empty for numbers: '7' and 7 are one
  std::string written;   // a number's text, if it was one

  bool is_end() const { return rank == Rank::lowest || rank == Rank::highest; }
  bool operator<(const Value& other) const;
  bool operator==(const Value& other) const { return rank == other.rank && number == other.number && text == other.text; }
};

/// value_of reads a constant (see bare()); false for all else, also for NULL and booleans. '(7,1)', an address, is a number.
bool value_of(const Tree& tree, uint32_t node, Value* out);

/// Range holds all values that a term can have; none: without that end. fresh: what no row has yet (gen_random_uuid()).
struct Range {
  std::optional<Value> low, high;
  bool fresh = false;
};

/// below: the value is less than all that a term with this `low` can be; above, greater than all up to `high`. A text's term goes
/// by how the value is written; of what cannot be compared nothing is said.
bool below(const Value& value, const Value& low);
bool above(const Value& value, const Value& high);

/// Ranges knows the terms of one condition that have ends. Linear in it; memory is reused. One thread.
class Ranges {
 public:
  /// read looks at all terms of the part of the tree at `at`; `row` is what the table's rows are called. True: some term has an
  /// end, or is compared with an end of its type or the empty text, so that a comparison alone may hold for all rows.
  bool read(const Tree& tree, uint32_t at, ByteView row);

  /// of is about a term of what was read, without casts around it; a constant is a range of its own.
  Range of(const Tree& tree, uint32_t node) const;

  /// fresh is about a term with its casts: random()::int is many rows' value.
  bool fresh(const Tree& tree, uint32_t node) const;

 private:
  struct Known {
    uint32_t node;
    Range range;
  };
  const Range* find(uint32_t kind) const;
  Range of_kind(const Tree& tree, uint32_t node, ByteView row) const;
  Range of_call(const Tree& tree, uint32_t node, ByteView row) const;
  Range of_operator(const Tree& tree, uint32_t node) const;
  Range of_list(const Tree& tree, uint32_t list, bool greatest) const;
  Range of_case(const Tree& tree, uint32_t node) const;
  Range of_choice(const Tree& tree, uint32_t list, bool pairs) const;
  static Range either(const Range& one, const Range& other);
  bool any_fresh(const Tree& tree, uint32_t list) const;

  std::vector<Known> known_;   // by node, falling
};

}  // namespace gatehouse::sql
