// What the parser takes of the stack within the limits, and that ten times as much is refused before it.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>

#include "sql/statement.h"

namespace gatehouse::sql {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr size_t kStackMax = 1024 * 1024;   // its frames are several times as large
#else
constexpr size_t kStackMax = 128 * 1024;
#endif
constexpr size_t kStack = 8 * 1024 * 1024, kPage = 4096;

std::string repeated(const std::string& text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

struct Judged {
  std::string text;
  Verdict verdict;
};

void* run(void* argument) {
  auto* one = static_cast<Judged*>(argument);
  one->verdict = classify(one->text);
  return nullptr;
}

/// stack_of classifies on a thread with a fresh stack and counts the pages that were touched.
size_t stack_of(Judged* one) {
  void* stack = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, kStack);
  pthread_t thread;
  EXPECT_EQ(pthread_create(&thread, &attributes, run, one), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  std::vector<unsigned char> pages(kStack / kPage);
  mincore(stack, kStack, pages.data());
  size_t untouched = 0;
  while (untouched < pages.size() && (pages[untouched] & 1) == 0) ++untouched;
  munmap(stack, kStack);
  return kStack - untouched * kPage;
}

struct Shape {
  const char* name;
  std::string head, more, middle, close, tail;
  size_t count;
};

TEST(Stack, NoShapeTakesMuchWithinTheLimitsOrPassesThem) {
  const Shape shapes[] = {
      {"plus", "SELECT 1", "+1", "", "", "", 200}, {"not", "SELECT ", "NOT ", "true", "", "", 200},
      {"parens", "SELECT ", "(", "1", ")", "", 199}, {"minus", "SELECT ", "- ", "x", "", "", 200},
      {"case", "SELECT ", "CASE WHEN ", "x", " THEN 1 END", "", 199},
      {"else", "SELECT ", "CASE WHEN x THEN 1 ELSE ", "x", " END", "", 199},
      {"sub-select", "SELECT ", "(SELECT ", "1", ")", "", 199},
      {"from", "SELECT 1 ", "FROM (SELECT 1 ", "", ") x", "", 199}, {"in", "SELECT 1 WHERE x IN (1", ",1", "", "", ")", 990},
      {"and", "SELECT 1 WHERE a", " AND a", "", "", "", 990}, {"mixed", "SELECT 1 WHERE a", " OR a AND a", "", "", "", 490},
      {"and nested", "SELECT 1 WHERE ", "(NOT a AND ", "a", ")", "", 199}, {"subscript", "SELECT a", "[1]", "", "", "", 600},
      {"cast", "SELECT a", "::int", "", "", "", 200}, {"function", "SELECT ", "f(", "1", ")", "", 199},
      {"join", "SELECT 1 FROM a", " CROSS JOIN b", "", "", "", 199}, {"join on", "SELECT 1 FROM a ", "JOIN b ", "", " ON c ", "", 199},
      {"union", "SELECT 1", " UNION SELECT 1", "", "", "", 99}, {"with", "", "WITH x AS (", "SELECT 1", ") SELECT 1", "", 130},
      {"array", "SELECT ARRAY", "[", "1", "]", "", 199}, {"pow", "SELECT 1", "^1", "", "", "", 200},
      {"not in parens", "SELECT ", "NOT (", "a", ")", "", 199}, {"names", "SELECT - a.from", " - a.from", "", "", "", 199},
      {"case compared", "DELETE FROM t WHERE ", "CASE WHEN a THEN ", "1", " ELSE 2 END", " = 1", 190},
      {"rows compared", "DELETE FROM t WHERE ", "(", "a", ", 1)", " = ROW(1, 1)", 190},
      {"if", "DELETE FROM t WHERE ", "IF(a, ", "b", ", c)", "", 190}, {"greatest", "DELETE FROM t WHERE ", "greatest(", "a", ", 1)", " >= 1", 190}};
  size_t deepest = 0;
  for (const Shape& shape : shapes) {
    const auto made = [&](size_t count) {
      return shape.head + repeated(shape.more, count) + shape.middle + repeated(shape.close, count) + shape.tail;
    };
    Judged once{made(shape.count), {}}, tenfold{made(shape.count * 10), {}};
    const size_t taken = stack_of(&once);
    deepest = std::max(deepest, taken);
    EXPECT_LE(taken, kStackMax) << shape.name;
    EXPECT_TRUE(once.verdict.complete) << shape.name << ": " << once.text.substr(0, 60);
    EXPECT_LE(stack_of(&tenfold), kStackMax) << shape.name;
    EXPECT_TRUE(tenfold.verdict.has(kTooComplex)) << shape.name;
  }
  RecordProperty("deepest_kib", static_cast<int>(deepest / 1024));
  printf("deepest: %zu KiB\n", deepest / 1024);
}

}  // namespace
}  // namespace gatehouse::sql
