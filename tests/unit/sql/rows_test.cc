// Conditions of random make over small values, against all rows that there can be.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "sql/every_text.h"
#include "sql/statement.h"

namespace gatehouse::sql {
namespace {

constexpr int kColumns = 4, kValues = 4;   // a and b are compared with values of 0 to 3, c and d with each other

/// A condition as text, and what it says of a row.
class Maker {
 public:
  explicit Maker(uint32_t seed) : random_(seed) {}

  struct Made {
    std::string text;
    std::function<bool(const int*)> holds;
  };

  Made make(int depth) {
    if (depth == 0) return atom();
    switch (random_() % 6) {
      case 0: case 1: return joined(depth, true);
      case 2: case 3: return joined(depth, false);
      case 4: {
        Made inner = make(depth - 1);
        return {"NOT (" + inner.text + ")", [holds = inner.holds](const int* row) { return !holds(row); }};
      }
      default: return chosen(depth);
    }
  }

 private:
  Made joined(int depth, bool all) {
    Made left = make(depth - 1), right = make(depth - 1);
    return {"(" + left.text + (all ? ") AND (" : ") OR (") + right.text + ")", [all, l = left.holds, r = right.holds](const int* row) {
              return all ? l(row) && r(row) : l(row) || r(row);
            }};
  }

  Made chosen(int depth) {
    Made test = make(0), one = make(depth - 1), other = make(depth - 1);
    if (random_() % 2 == 0 || one.text == other.text)   // a thing and itself are taken for all rows, whatever is asked of them
      return {"CASE WHEN " + test.text + " THEN " + one.text + " ELSE " + other.text + " END",
              [t = test.holds, l = one.holds, r = other.holds](const int* row) { return t(row) ? l(row) : r(row); }};
    const size_t op = random_() % std::size(kOps);
    if (random_() % 3 == 0) return compared(test, op);
    return {"(" + one.text + ") " + kOps[op] + " (" + other.text + ")",
            [op, l = one.holds, r = other.holds](const int* row) { return orders(op, l(row), r(row)); }};
  }

  /// A CASE that gives one of two numbers, and another number.
  Made compared(const Made& test, size_t op) {
    const int one = static_cast<int>(random_() % kValues), other = one + 1, number = static_cast<int>(random_() % kValues);
    return {"CASE WHEN " + test.text + " THEN " + std::to_string(one) + " ELSE " + std::to_string(other) + " END " + kOps[op] + " " +
                std::to_string(number),
            [=, t = test.holds](const int* row) { return orders(op, t(row) ? one : other, number); }};
  }

  static constexpr const char* kOps[] = {"=", "<>", "<", "<=", ">", ">="};
  static bool orders(size_t op, int left, int right) {
    const bool said[] = {left == right, left != right, left < right, left <= right, left > right, left >= right};
    return said[op];
  }

  Made atom() {
    const int column = static_cast<int>(random_() % 2), value = static_cast<int>(random_() % kValues), more = static_cast<int>(random_() % kValues);
    const std::string name(1, static_cast<char>('a' + column));
    switch (random_() % 8) {
      case 0: return {name + " IN (" + std::to_string(value) + ", " + std::to_string(more) + ")",
                      [=](const int* row) { return row[column] == value || row[column] == more; }};
      case 1: return {name + " NOT BETWEEN " + std::to_string(value) + " AND " + std::to_string(more),
                      [=](const int* row) { return row[column] < value || row[column] > more; }};
      case 2: return {std::to_string(value) + " < " + name, [=](const int* row) { return value < row[column]; }};
      case 3: return {column == 0 ? "c <= d" : "d < c", [=](const int* row) { return column == 0 ? row[2] <= row[3] : row[3] < row[2]; }};
      case 4: return {name + " <> '" + std::to_string(value) + "'", [=](const int* row) { return row[column] != value; }};
      case 5: return {"(" + name + " >= " + std::to_string(value) + ") IS NOT TRUE", [=](const int* row) { return row[column] < value; }};
      case 6: return {name + " IS DISTINCT FROM " + std::to_string(value), [=](const int* row) { return row[column] != value; }};
      default: return {name + " = " + std::to_string(value), [=](const int* row) { return row[column] == value; }};
    }
  }

  std::mt19937 random_;
};

/// Every row of values from -1 to 4, and of the three orders of two columns.
bool takes_all(const std::function<bool(const int*)>& holds) {
  for (int a = -1; a <= kValues; ++a)
    for (int b = -1; b <= kValues; ++b)
      for (int c = 0; c < 3; ++c) {
        const int row[kColumns] = {a, b, c, 1};
        if (!holds(row)) return false;
      }
  return true;
}

TEST(Rows, WhatTakesEveryRowIsFound) {
  Maker maker(7);
  size_t all = 0, chosen = 0, mistaken = 0;
  for (size_t i = 0; i < 2000; ++i) {
    const auto made = maker.make(static_cast<int>(1 + i % 3));
    const Verdict verdict = classify("DELETE FROM t WHERE " + made.text);
    ASSERT_FALSE(verdict.has(kNotParsed)) << made.text;
    if (takes_all(made.holds)) {
      ++all;
      EXPECT_TRUE(verdict.has(kUnbounded)) << made.text;
    } else {
      ++chosen;
      if (verdict.has(kUnbounded) && ++mistaken < 10) ADD_FAILURE() << made.text;
    }
  }
  EXPECT_GE(all, 100u);
  EXPECT_EQ(mistaken, 0u) << "of " << chosen;   // each of these leaves a row out
}

/// What no row of another table fulfils leaves nothing out of NOT EXISTS.
TEST(Rows, WhatNoRowFulfilsIsFound) {
  Maker maker(11);
  size_t none = 0, some = 0, mistaken = 0;
  for (size_t i = 0; i < 2000; ++i) {
    const auto made = maker.make(static_cast<int>(1 + i % 3));
    const Verdict verdict = classify("DELETE FROM t WHERE NOT EXISTS (SELECT 1 FROM other WHERE other.id = t.id AND (" + made.text + "))");
    ASSERT_FALSE(verdict.has(kNotParsed)) << made.text;
    const bool never = takes_all([&](const int* row) { return !made.holds(row); });
    ++(never ? none : some);
    if (never) EXPECT_TRUE(verdict.has(kUnbounded)) << made.text;
    else if (verdict.has(kUnbounded) && ++mistaken < 10) ADD_FAILURE() << made.text;
  }
  EXPECT_GE(none, 50u);
  EXPECT_EQ(mistaken, 0u) << "of " << some;
}

/// A term of one column, whose ends are values of it, and what it is for a value of the column.
struct Term {
  std::string text;
  std::function<int(int)> of;
};

Term term(std::mt19937& random, int depth) {
  if (depth == 0) return {"a", [](int a) { return a; }};
  const Term inner = term(random, depth - 1);
  const int k = static_cast<int>(random() % 9) - 4, n = 1 + static_cast<int>(random() % 4);
  const std::string text = "(" + inner.text + ")", number = std::to_string(k), whole = std::to_string(n);
  const auto of = inner.of;
  switch (random() % 12) {
    case 0: return {"abs" + text, [=](int a) { return std::abs(of(a)); }};
    case 1: return {"greatest(" + inner.text + ", " + number + ")", [=](int a) { return std::max(of(a), k); }};
    case 2: return {"least(" + number + ", " + inner.text + ")", [=](int a) { return std::min(of(a), k); }};
    case 3: return {"sign" + text, [=](int a) { return of(a) > 0 ? 1 : of(a) < 0 ? -1 : 0; }};
    case 4: return {text + " + " + number, [=](int a) { return of(a) + k; }};
    case 5: return {"(" + number + " - " + text + ")", [=](int a) { return k - of(a); }};
    case 6: return {"(- " + text + ")", [=](int a) { return -of(a); }};
    case 7: return {text + " * " + whole, [=](int a) { return of(a) * n; }};
    case 8: return {"(a & 7)", [](int a) { return a & 7; }};
    case 9: return {"coalesce(NULL, " + inner.text + ", 7)", of};
    case 10: return {"(" + inner.text + ")::bigint", of};
    default: return {"CASE WHEN b = 1 THEN " + inner.text + " ELSE " + inner.text + " END", of};
  }
}

TEST(Rows, WhatATermCanNotBeChoosesNothing) {
  std::mt19937 random(5);
  constexpr std::pair<const char*, bool (*)(int, int)> kOrders[] = {
      {"<", [](int a, int b) { return a < b; }}, {"<=", [](int a, int b) { return a <= b; }},
      {">", [](int a, int b) { return a > b; }}, {">=", [](int a, int b) { return a >= b; }}};
  size_t all = 0, chosen = 0;
  for (size_t i = 0; i < 1000; ++i) {
    const Term made = term(random, static_cast<int>(1 + i % 3));
    const auto& [order, holds] = kOrders[random() % std::size(kOrders)];
    const int value = static_cast<int>(random() % 17) - 8;
    bool every = true, some = false;
    for (int a = -300; a <= 300; ++a) {
      every &= holds(made.of(a), value);
      some |= holds(made.of(a), value);
    }
    if (!every && !some) continue;   // takes nothing
    const std::string text = "DELETE FROM t WHERE " + made.text + " " + order + " " + std::to_string(value);
    ++(every ? all : chosen);
    EXPECT_EQ(classify(text).has(kUnbounded), every) << text;
  }
  EXPECT_GE(all, 100u);
  EXPECT_GE(chosen, 100u);
}

TEST(Rows, BoundsAreKept) {
  std::string pairs = "DELETE FROM t WHERE (id = 0 AND v = 0)";
  for (int i = 1; i < 160; ++i) pairs += " OR (id = " + std::to_string(i) + " AND v = " + std::to_string(i) + ")";
  EXPECT_FALSE(classify(pairs).has(kUnbounded | kTooComplex));
  std::string names = "DELETE FROM t WHERE c0 = 1";   // beyond 64 things nothing is told
  for (int i = 1; i < 70; ++i) names += " OR c" + std::to_string(i) + " = 1";
  EXPECT_TRUE(classify(names).has(kUnbounded));
  std::string hard = "DELETE FROM t WHERE NOT (true";   // each way is tried in vain
  for (int i = 0; i < 40; ++i) hard += " AND (c" + std::to_string(i % 20) + " = 1 OR d" + std::to_string(i % 19) + " < 2)";
  EXPECT_TRUE(classify(hard + " AND x < 1 AND x > 1)").has(kUnbounded));
}

TEST(EveryText, Expressions) {
  for (const char* expression : {"", "^", "$", "x*", "x?", "x|", "|x", "(x|)", "(a?b*)*", ".*", "^.*$", "^.*", "x{0,}", "x{0}", "[^]x]*", "(?:)", "a|b|c*", "^(.*)$",
                                 "^.{0,}$", "\\y", "(^|x)", "x*?"})
    EXPECT_TRUE(fits_every_text(expression)) << expression;
  for (const char* expression : {"x", ".", ".+", "^$", "^x*$", "x{1,}", "[x]", "(x)", "^tmp_.*$", "a|b", "(a|b)c*", "\\d", "^(x|)$", "^[0-9]*$", "\\.*x"})
    EXPECT_FALSE(fits_every_text(expression)) << expression;
}

}  // namespace
}  // namespace gatehouse::sql
