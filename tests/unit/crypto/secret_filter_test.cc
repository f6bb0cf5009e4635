#include "crypto/secret_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "crypto/spelled.h"

namespace gatehouse::crypto {
namespace {

struct Outcome {
  std::string passed;
  bool found = false;
};

// The stream cut at `cuts`, until the filter has had enough. Whatever it withholds at the end is set free.
Outcome stream(ByteView secret, const std::string& text, const std::vector<size_t>& cuts) {
  SecretFilter filter;
  Outcome outcome;
  size_t at = 0;
  for (size_t i = 0; i <= cuts.size(); ++i) {
    const size_t end = i < cuts.size() ? cuts[i] : text.size();
    const ByteView piece = ByteView(text).substr(at, end - at);
    at = end;
    const auto passed = filter.look(secret, piece);
    outcome.found = passed.found;
    if (passed.found) return outcome;
    outcome.passed.append(passed.before).append(passed.piece);
    filter.take(passed, piece);
  }
  outcome.passed += filter.withheld();
  return outcome;
}

TEST(FindBytes, IsWhatTheStandardLibraryFinds) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    const unsigned letters = 2 + round % 7;
    std::string text(random() % (round % 2 == 0 ? 90 : 700), 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % letters);
    std::string needle(1 + random() % 20, 'a');
    for (char& c : needle) c = static_cast<char>('a' + random() % letters);
    if (round % 5 == 0 && text.size() > needle.size()) text.replace(random() % (text.size() - needle.size()), needle.size(), needle);
    ASSERT_EQ(find_bytes(text, needle), text.find(needle)) << text << " " << needle;
  }
  EXPECT_EQ(find_bytes("abc", ""), ByteView::npos);
  EXPECT_EQ(find_bytes("", "a"), ByteView::npos);
}

TEST(FindBytes, FindsWhatStandsBehindManyThatAlmostAreIt) {
  const std::string needle = "service-key", almost = "service_key";
  std::string text;
  for (int i = 0; i < 1000; ++i) text += almost;
  EXPECT_EQ(find_bytes(text, needle), ByteView::npos);
  EXPECT_EQ(find_bytes(text + needle, needle), text.size());
}

TEST(BlankSecret, OverwritesEveryOccurrence) {
  std::string text = "X-Echo: service-key\r\nX: service-keyservice-ke service-key";
  EXPECT_TRUE(blank_secret({text.data(), text.size()}, "service-key"));
  EXPECT_EQ(text, "X-Echo: ***********\r\nX: ***********service-ke ***********");
  EXPECT_FALSE(blank_secret({text.data(), text.size()}, "service-key"));
  EXPECT_FALSE(blank_secret({text.data(), text.size()}, ""));
}

TEST(BlankSecret, EndsWithASecretThatIsMadeOfItsOwnBlanks) {
  std::string text = "key ******** **********";
  EXPECT_TRUE(blank_secret({text.data(), text.size()}, "********"));
  EXPECT_EQ(text, "key -------- --------**");
  std::string all = "a *-.x0123456789 b";
  EXPECT_TRUE(blank_secret({all.data(), all.size()}, "*-.x0123456789"));   // no sign is left: still it ends
}

// So many signs that could begin one that the quick walk gives up, with spelled copies in front of plain ones and behind.
TEST(BlankSecret, LeavesNoSpelledCopyInFrontOfAPlainOne) {
  const std::string secret = "a/bcdefgha";
  std::string text;
  for (int copy = 0; copy < 3; ++copy) {
    for (int i = 0; i < 100; ++i) text += "a/bcdefgHa";
    text += R"(a\/bcdefgha )" + secret;
  }
  ASSERT_TRUE(blank_secret({text.data(), text.size()}, secret));
  EXPECT_FALSE(see(text, secret).found());
  EXPECT_EQ(text.find(secret), std::string::npos);
  EXPECT_EQ(text.find(R"(a\/bcdefgha)"), std::string::npos);
  EXPECT_NE(text.find("a/bcdefgHa"), std::string::npos);
}

TEST(SecretFilter, FindsTheSecretWhereverPiecesCutItAndLetsNoPartOfItPass) {
  const std::string secret = "service-key";
  const std::string text = "{\"detail\":\"no such key: service-key\"}";
  const size_t begin = text.find(secret);
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      const Outcome outcome = stream(secret, text, {first, second});
      EXPECT_TRUE(outcome.found) << first << " " << second;
      EXPECT_LE(outcome.passed.size(), begin);
      EXPECT_TRUE(text.starts_with(outcome.passed));
    }
  }
  std::vector<size_t> every;
  for (size_t i = 1; i < text.size(); ++i) every.push_back(i);
  EXPECT_TRUE(stream(secret, text, every).found);
  EXPECT_EQ(stream(secret, text, every).passed, text.substr(0, begin));
}

TEST(SecretFilter, ChangesNothingInWhatDoesNotHoldIt) {
  std::mt19937 random(2);
  int found = 0, passed = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string secret(1 + random() % 9, 'a');   // repeating ones are the hard ones
    for (char& c : secret) c = static_cast<char>('a' + random() % 2);
    std::string text(random() % 60, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 2);
    std::vector<size_t> cuts(random() % 6);
    for (size_t& cut : cuts) cut = text.empty() ? 0 : random() % (text.size() + 1);
    std::sort(cuts.begin(), cuts.end());
    const Outcome outcome = stream(secret, text, cuts);
    ASSERT_EQ(outcome.found, text.find(secret) != std::string::npos) << secret << " in " << text;
    if (outcome.found) {
      ++found;
      ASSERT_LE(outcome.passed.size(), text.find(secret)) << secret << " in " << text;
      ASSERT_TRUE(text.starts_with(outcome.passed));
    } else {
      ++passed;
      ASSERT_EQ(outcome.passed, text) << secret;
    }
  }
  EXPECT_GT(found, 1000);
  EXPECT_GT(passed, 1000);
}

constexpr ByteView kSecret = "sk/Live+9=\"A&b";

TEST(SpelledSecret, IsSeenInTheSpellingsThatServicesUse) {
  for (const char* const text : {
           R"({"error":"bad key sk\/Live+9=\"A&b"})",                                  // PHP, as JSON
           R"({"error":"bad key sk/Live\u002b9\u003d\u0022A\u0026b"})",                // Go, .NET
           R"({"error":"bad key sk\/Live\u002B9\u003D\"A\u0026b"})",
           R"({"error":"bad key \u0073\u006b\u002f\u004c\u0069\u0076\u0065\u002b\u0039\u003d\u0022\u0041\u0026\u0062"})",
           R"(bad key 'sk/Live+9=\x22A\x26b')",
           R"(<p>bad key sk/Live+9=&quot;A&amp;b</p>)",                                // PHP, Python
           R"(<p>bad key sk/Live&#43;9=&#34;A&amp;b</p>)",                             // Go
           R"(<p>bad key sk&#x2F;Live&#x2b;9&#x3D;&#x0022;A&#0038;b</p>)",
           R"(<p>bad key sk&sol;Live&plus;9&equals;&quot;A&amp;b</p>)",                // PHP, HTML5
           R"(/login?key=sk%2FLive%2B9%3D%22A%26b)",
           R"(/login?key=%73%6b%2f%4c%69%76%65%2b%39%3d%22%41%26%62)",
           R"({"inner":"{\"key\":\"sk\\/Live+9=\\\"A&b\"}"})",                         // twice and more
           R"({"inner":"{\"key\":\"sk\\\/Live\\u002b9=\\\"A\\u0026b\"}"})",
           R"({"html":"sk\/Live&#43;9=&quot;A\u0026amp;b"})",
           R"({"to":"/login?key=sk%252FLive%252b9%253D%2522A%2526b"})",
           R"(sk%5C%2FLive%26%2343%3B9=&amp;quot;A&amp;amp;b)",
       }) {
    const Sight sight = see(text, kSecret);
    ASSERT_TRUE(sight.found()) << text;
    std::string blanked = text;
    EXPECT_TRUE(blank_secret({blanked.data(), blanked.size()}, kSecret));
    EXPECT_FALSE(see(blanked, kSecret).found());
    const std::string stars(sight.end - sight.begin, '*');
    EXPECT_EQ(blanked, std::string(text).replace(sight.begin, stars.size(), stars));
  }
}

TEST(SpelledSecret, IsNotSeenInWhatOnlyLooksLikeIt) {
  for (const char* const text : {
           R"(sk\/Live+9=\"A&c)", R"(sk\nLive+9=\"A&b)", R"(sk\u012fLive+9=\"A&b)", R"(sk\u002/Live+9="A\u0026b)", R"(s\k/Live+9="A&b)",
           R"(sk%2Live+9=\"A&b)", R"(sk&amp/Live+9=\"A&b)", R"(sk&#43;Live+9=\"A&b)", R"(sk/Live+9="A%26)", R"(sk&#00000000x2f;Live+9=\"A&b)",
       }) {
    EXPECT_FALSE(see(text, kSecret).found()) << text;
  }
}

TEST(SpelledSecret, StandsBehindAndBeforeWhatLooksLikeAnEscape) {
  EXPECT_TRUE(see(R"(100%ab%63defgh)", "abcdefgh").found());
  EXPECT_TRUE(see(R"(\\u00abc%64efgh%41)", "abcdefgh").found());
  EXPECT_TRUE(see(R"(say \\\u0061bcdefgh)", "abcdefgh").found());
  EXPECT_TRUE(see(R"(a\\b\\\\c\\u0041%25)", R"(a\b\\c\A%)").found());
  EXPECT_TRUE(see(std::string(500, '\\') + R"(\u0061bcdefgh)", "abcdefgh").found());
}

/// A byte in a spelling of the test's own choice, escapes of escapes included.
std::string spell(char c, std::mt19937& random, int times) {
  const auto word = [](char b) { return std::isalnum(static_cast<unsigned char>(b)) != 0; };
  char digits[8];
  const char* const forms[] = {"u%04x", "u%04X", "x%02x", "%02x", "%02X", "#%d;", "#x%x;", "#x%04X;"};
  const unsigned form = random() % 12;
  if (times == 0 || form >= 9) return {c};
  if (form == 8) return word(c) ? std::string{c} : spell('\\', random, times - 1) + spell(c, random, times - 1);
  std::snprintf(digits, sizeof digits, forms[form], c);
  std::string text = spell(form < 3 ? '\\' : form < 5 ? '%' : '&', random, times - 1);
  for (const char* at = digits; *at != '\0'; ++at) text += word(*at) ? std::string{*at} : spell(*at, random, times - 1);
  return text;
}

TEST(SpelledSecret, IsSeenInAnySpellingAndAnyPiecesAndNoPartOfItPasses) {
  std::mt19937 random(3);
  const std::string letters = R"(abu0x2%\&#;/"+)";
  const auto some = [&](size_t count) {
    std::string text(count, 'a');
    for (char& c : text) c = letters[random() % letters.size()];
    return text;
  };
  int found = 0, passed = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string secret = some(3 + random() % 8);
    std::string text = some(random() % 200);
    const size_t prefix = text.size();
    const bool there = round % 2 == 0;
    for (const char c : secret) {
      const std::string spelled = spell(c, random, kSpelledTimes);
      if (there) text += spelled.size() <= kSpelledByteMost ? spelled : std::string{c};
    }
    text += some(random() % 100);
    const size_t begin = there ? prefix : text.size();
    const Sight sight = see(text, secret);
    ASSERT_TRUE(sight.found() || !there) << secret << " in " << text;
    std::vector<size_t> cuts(random() % 6);
    if (round % 10 == 9)
      for (size_t i = 1; i < text.size(); ++i) cuts.push_back(i);
    for (size_t& cut : cuts) cut = round % 10 == 9 ? cut : text.empty() ? 0 : random() % (text.size() + 1);
    std::sort(cuts.begin(), cuts.end());
    const Outcome outcome = stream(secret, text, cuts);
    ASSERT_EQ(outcome.found, sight.found()) << secret << " in " << text;
    ASSERT_TRUE(text.starts_with(outcome.passed));
    if (outcome.found) {
      ++found;
      ASSERT_LE(outcome.passed.size(), begin) << secret << " in " << text;
    } else {
      ++passed;
      ASSERT_EQ(outcome.passed, text) << secret;
    }
  }
  EXPECT_GT(found, 5000);
  EXPECT_GT(passed, 5000);
}

TEST(SpelledSecret, LetsOthersEscapesPassAtOnce) {
  for (const char* const text : {R"({"a":"line\nline\u00e9)", R"(100 % of R&D, C:\temp)", R"(&nbsp;&lt;p&gt; %20x)", R"({"path":"a\/b", "c":"50%)"})
    for (const char* const secret : {"service-key", "zZ8sLq0xN4yVb2kR7wMd5eJc1hGf9pUa"}) {
      const SecretFilter filter;
      const auto passed = filter.look(secret, text);
      EXPECT_GE(passed.piece.size() + 1, std::string(text).size()) << text;   // a lead at the very end waits
    }
}

TEST(SecretFilter, WithoutASecretEverythingPasses) {
  const SecretFilter filter;
  const auto passed = filter.look("", "anything");
  EXPECT_FALSE(passed.found);
  EXPECT_EQ(passed.piece, "anything");
}

}  // namespace
}  // namespace gatehouse::crypto
