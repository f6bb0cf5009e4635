// A pattern that Hyperscan scans for approximately and PCRE2 confirms hits exactly when PCRE2 alone does.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstdint>
#include <iterator>
#include <vector>

#include "base/assert.h"
#include "pattern/database.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

constexpr const char* kPatterns[] = {
    "a(?!b)",        "(?<!a)b",         "(?<=a)b(?=c)",   "(a|bc)\\1",         "([ab]+) \\1$",      "^(?!.*ab).*c",
    "\\bab(?! c)\\b", "(?>a+b?)c",      "(?<x>a.)\\k<x>", "a(?=.*c)b",         "(a)?b(?(1)c|a)",    "(?<!\\w)a{2,3}(?!\\w)",
    "(['\"])a+\\1",  "(?s-m)^a(?!b)",   "a\\nb(?!c)",     "\xc3\xa9(?!a).",    "(?<!\xc3\xa9)[^a]b", "(?i)A(?-i)B(?!c)",
    "a++b(?!b)",     "(?:(?!ab).){2}c", "\\Aa(?=b)",      "b(?<=ab)\\z",       "(a+)(b+)\\2\\1",    "(?<=\\s)b$(?!\\nc)",
};
constexpr size_t kCount = std::size(kPatterns);
constexpr const char* kAlphabet[] = {"a", "b", "c", "A", "B", " ", "\n", "'", "\"", "\xc3\xa9", "\xc3\x89", "\xe2\x82\xac",
                                     "ab", "abc", "aa", "C"};

struct World {
  std::vector<pattern::Database> approximate;
  std::vector<pcre2_code*> exact;
  pattern::Scratch scratch;
  pcre2_match_data* match = pcre2_match_data_create(1, nullptr);

  World() {
    for (const bool caseless : {false, true}) {
      for (const char* text : kPatterns) {
        const std::vector<pattern::Pattern> one = {{text, 0, caseless}};
        auto compiled = pattern::Database::compile(one);
        GH_ASSERT(compiled.ok());
        approximate.push_back(std::move(compiled).value());
        GH_ASSERT(scratch.fit(approximate.back()));
        int error = 0;
        size_t at = 0;
        exact.push_back(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text), PCRE2_ZERO_TERMINATED,
                                      PCRE2_UTF | PCRE2_DOTALL | PCRE2_MULTILINE | (caseless ? PCRE2_CASELESS : 0u),
                                      &error, &at, nullptr));
        GH_ASSERT(exact.back() != nullptr);
      }
    }
  }
  ~World() {
    for (pcre2_code* code : exact) pcre2_code_free(code);
    pcre2_match_data_free(match);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size == 0 || size > 200) return 0;
  const size_t which = data[0] % (2 * kCount);
  std::string text;
  for (size_t i = 1; i < size; ++i) text += kAlphabet[data[i] % std::size(kAlphabet)];
  const auto outcome =
      world.scratch.scan(world.approximate[which], text, [](uint32_t, size_t) { return false; });
  bool hit = outcome == pattern::Scratch::Outcome::stopped;
  PLANT(if (which % kCount == 3 && text.find("\n") != std::string::npos) hit = false);
  const int found = pcre2_match(world.exact[which], reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0,
                                PCRE2_NOTEMPTY, world.match, nullptr);
  if (outcome == pattern::Scratch::Outcome::unconfirmed) return 0;
  GH_ASSERT(hit == (found >= 0));
  return 0;
}
