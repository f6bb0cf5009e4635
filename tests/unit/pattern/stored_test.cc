#include "pattern/stored.h"

#include <gtest/gtest.h>

#include "pattern/database.h"

namespace gatehouse::pattern {
namespace {

Digest digest_of(ByteView bytes) {  // enough to notice an accident
  Digest digest{};
  uint64_t state = 0xcbf29ce484222325;
  for (const char c : bytes) state = (state ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<uint8_t>(state >> i % 8 * 8);
  return digest;
}

const std::vector<Pattern> kPatterns = {{"drop", 4, true}, {"a(?!b)", 5, false}};

std::vector<std::pair<uint32_t, size_t>> matches(const Database& database, ByteView text) {
  Scratch scratch;
  EXPECT_TRUE(scratch.fit(database));
  std::vector<std::pair<uint32_t, size_t>> seen;
  scratch.scan(database, text, [&](uint32_t id, size_t end) { return seen.push_back({id, end}), true; });
  return seen;
}

TEST(Stored, comes_back_as_it_was) {
  auto database = Database::compile(kPatterns);
  ASSERT_TRUE(database.ok());
  const std::string bytes = database->store(kPatterns, digest_of);
  const auto again = Database::restore(bytes, kPatterns, digest_of);
  ASSERT_TRUE(again);
  EXPECT_EQ(matches(*again, "DROP ab A a"), matches(*database, "DROP ab A a"));
  EXPECT_EQ(matches(*again, "DROP ab A a").size(), 2u);
  auto candidates = Database::compile_candidates(kPatterns);
  const auto loose = Database::restore(candidates->store(kPatterns, digest_of), kPatterns, digest_of);
  ASSERT_TRUE(loose);
  EXPECT_EQ(matches(*loose, "ab"), (std::vector<std::pair<uint32_t, size_t>>{{5, 1}}));
}

TEST(Stored, other_patterns_or_other_bytes_are_ignored) {
  auto database = Database::compile(kPatterns);
  ASSERT_TRUE(database.ok());
  const std::string bytes = database->store(kPatterns, digest_of);
  for (size_t change = 0; change < 4; ++change) {
    std::vector<Pattern> other = kPatterns;
    if (change == 0) other[0].text = "drops";
    if (change == 1) other[0].id = 6;
    if (change == 2) other[1].caseless = true;
    if (change == 3) other.pop_back();
    EXPECT_FALSE(Database::restore(bytes, other, digest_of)) << change;
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string bent = bytes;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_FALSE(Database::restore(bent, kPatterns, digest_of)) << i;
  }
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(Database::restore(bytes.substr(0, length), kPatterns, digest_of)) << length;
  EXPECT_FALSE(Database::restore(bytes + "x", kPatterns, digest_of));
}

// With a digest that fits, so that each field's own check is asked.
TEST(Stored, fields_that_do_not_fit_are_ignored) {
  auto database = Database::compile(kPatterns);
  ASSERT_TRUE(database.ok());
  const std::string bytes = database->store(kPatterns, digest_of);
  const auto signed_again = [](std::string text) {
    text.resize(text.size() - 32);
    const Digest digest = digest_of(text);
    return text.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  };
  ASSERT_TRUE(Database::restore(signed_again(bytes), kPatterns, digest_of));
  const size_t head = 8 + 4 + 8 + 4 + static_cast<uint8_t>(bytes[20]) + 32 + 4;
  for (size_t i = 0; i < head + 16; ++i) {
    if (i == head + 1 || i == head + 5) continue;  // whether it is confirmed
    std::string bent = bytes;
    bent[i] = static_cast<char>(bent[i] ^ 0x40);
    EXPECT_FALSE(Database::restore(signed_again(bent), kPatterns, digest_of)) << i;
  }
  std::string longer = bytes;
  longer.insert(longer.size() - 32, "x");
  EXPECT_FALSE(Database::restore(signed_again(longer), kPatterns, digest_of));
  EXPECT_TRUE(Database().store({}, digest_of).empty());
  EXPECT_FALSE(Database::restore("", {}, digest_of));
}

}  // namespace
}  // namespace gatehouse::pattern
