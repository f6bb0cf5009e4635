// Escapes are found many at a time; read_escape judges one. Both must say the same of any bytes.
#include "json/escape.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "json/scan.h"

namespace gatehouse::json {
namespace {

/// What find_escapes has to say, one sequence at a time.
bool found_one_by_one(ByteView document, bool lone_surrogates, std::vector<uint32_t>* escapes) {
  for (size_t at = 0; (at = document.find('\\', at)) != ByteView::npos;) {
    const size_t length = read_escape(document.substr(at), lone_surrogates);
    const bool cut_pair = length == kOpenEscape && document.size() - at >= 6 && document[at + 1] == 'u';
    // The document is at its end: a high surrogate that waits for its second half is a lone one.
    if (length == kNoEscape || (length == kOpenEscape && !(cut_pair && lone_surrogates))) return false;
    escapes->push_back(static_cast<uint32_t>(at));
    at += length == kOpenEscape ? 6 : length;
  }
  return true;
}

TEST(Escapes, many_at_a_time_are_found_as_one_by_one) {
  std::mt19937_64 random(1);
  const auto below = [&](size_t count) { return static_cast<size_t>(random() % count); };
  const auto digits = [&](size_t wrong) {
    static constexpr char kDigits[] = "0123456789abcdefABCDEF";
    static const std::string kWrong("gG:/@`\x10\x11\x19\x01\x06\xb0\xe1 \"\\u\0", 18);
    std::string four;
    for (int i = 0; i < 4; ++i) four += below(400) < wrong ? kWrong[below(kWrong.size())] : kDigits[below(22)];
    return four;
  };
  size_t valid = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    const size_t wrong = below(3) == 0 ? 1 : 0;
    const bool surrogates = below(3) == 0;
    for (size_t i = below(80); i > 0; --i) {
      switch (below(12)) {
        case 0: text += "\\n"; break;
        case 1: text += std::string(below(70), 'x'); break;
        case 2: text += surrogates ? "\\uD83d\\uDe00" : "\\\\"; break;
        case 3: text += surrogates ? "\\ud8" + digits(0).substr(2) : "\\\""; break;
        default: text += "\\u0" + digits(wrong).substr(1);
      }
    }
    if (below(8) == 0) text.resize(below(text.size() + 1));
    std::string padded = text + std::string(kSimdPadding, below(2) == 0 ? '\\' : '0');
    const bool lone = below(2) == 0;
    Room<uint32_t> found;
    std::vector<uint32_t> expected;
    const bool good = found_one_by_one(text, lone, &expected);
    ASSERT_EQ(find_escapes({padded.data(), text.size()}, &found, lone), good) << text;
    if (!good) continue;
    ++valid;
    ASSERT_EQ(std::vector<uint32_t>(found.begin(), found.end()), expected) << text;
  }
  EXPECT_GT(valid, 5000U);
}

TEST(Escapes, a_run_ends_with_the_room_for_it) {
  for (const size_t shift : {0, 1, 2, 3, 4, 5}) {
    std::string text(shift, ' ');
    while (text.size() < 20000) text += "\\u0416";
    const size_t size = text.size();
    text.resize(size + kSimdPadding, '\\');
    Room<uint32_t> found;
    ASSERT_TRUE(find_escapes({text.data(), size}, &found));
    ASSERT_EQ(found.size(), (size - shift) / 6);
    for (size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found.data()[i], shift + 6 * i);
  }
}

}  // namespace
}  // namespace gatehouse::json
