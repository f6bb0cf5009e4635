// Copies past the caches, of every length and to every place within a line, by both ways that there are.
#include "record/past_cache.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace gatehouse::record {
namespace {

constexpr size_t kMost = 64 * 5, kAround = 64;

std::string counting(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + (i >> 8) + 1);
  return bytes;
}

struct Lines {
  std::unique_ptr<char, decltype(&std::free)> bytes{static_cast<char*>(std::aligned_alloc(64, kMost + 3 * kAround)), &std::free};
};

TEST(PastCache, CopiesEveryByteAndNoOther) {
  const std::string source = counting(kMost + kAround);
  Lines target;
  for (size_t skew = 0; skew < 64; ++skew)
    for (size_t count = 0; count <= kMost; ++count) {
      std::memset(target.bytes.get(), '.', kMost + 3 * kAround);
      const size_t from = count % kAround;
      copy_past_cache(target.bytes.get() + skew, source.data() + from, count);
      settle_stores();
      std::string expected(kMost + 3 * kAround, '.');
      expected.replace(skew, count, source, from, count);
      ASSERT_EQ(std::string(target.bytes.get(), expected.size()), expected) << skew << " " << count;
    }
}

#ifdef __x86_64__
TEST(PastCache, BothWaysOfLinesCopyTheSame) {
  const std::string source = counting(kMost + 1);
  for (const auto copy : {&copy_lines, &copy_lines_at_once}) {
    if (copy == &copy_lines_at_once && !kStoresLines) continue;
    Lines target;
    std::memset(target.bytes.get(), '.', kMost + kAround);
    copy(target.bytes.get(), source.data() + 1, kMost / 64);
    settle_stores();
    EXPECT_EQ(std::string(target.bytes.get(), kMost), source.substr(1));
    EXPECT_EQ(std::string(target.bytes.get() + kMost, kAround), std::string(kAround, '.'));
  }
}
#endif

}  // namespace
}  // namespace gatehouse::record
