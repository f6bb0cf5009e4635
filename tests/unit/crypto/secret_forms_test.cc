#include "crypto/secret_forms.h"

#include <gtest/gtest.h>

#include <malloc.h>

#include <cctype>
#include <cstdlib>
#include <new>
#include <string>

#include "crypto/digest.h"
#include "crypto/unwrapped.h"
#include "tests/support/sanitized.h"

namespace {

/// What is looked for in each block that is given back; empty: nothing. Of one thread.
gatehouse::ByteView sought;
size_t left_behind = 0;

void look(void* block) {
  if (block != nullptr && !sought.empty() &&
      gatehouse::ByteView(static_cast<const char*>(block), malloc_usable_size(block)).find(sought) != gatehouse::ByteView::npos)
    ++left_behind;
}

}  // namespace

#if GATEHOUSE_SANITIZED

extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, size_t),
                                                         void (*on_free)(const volatile void*));

namespace {
void ignore(const volatile void*, size_t) {}
void look_at_freed(const volatile void* block) { look(const_cast<void*>(block)); }
[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(ignore, look_at_freed);
}  // namespace

#else

void* operator new(size_t size) {
  void* const block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void operator delete(void* block) noexcept {
  look(block);
  std::free(block);
}
void operator delete(void* block, size_t) noexcept { operator delete(block); }

#endif

namespace gatehouse::crypto {
namespace {

// What services were seen to say of "Sk-Live/9+aB77xZ==" and of "Basic c3ZjOmh1bnRlcj1+MTIz" (svc:hunter=~123).
constexpr ByteView kKey = "Sk-Live/9+aB77xZ", kLogin = "c3ZjOmh1bnRlcj1+MTIz";

TEST(SecretForms, AreSeenInWhatErrorsSay) {
  const SecretForms forms(kKey, false);
  for (const char* const text : {
           "Invalid API key: Sk-Live/9+aB77xZ.", "Invalid API key: SK-LIVE/9+AB77XZ.", R"({"error":"key sk-live\/9+ab77xz is unknown"})",
           "x-api-key=536b2d4c6976652f392b61423737785a", "X-API-KEY=536B2D4C6976652F392B61423737785A",
           "U2stTGl2ZS85K2FCNzd4Wg==", "dump: QTpTay1MaXZlLzkrYUI3N3haDQo=",    // alone, "A:" before it and a line's end behind
           "WC1LZXk6IFNrLUxpdmUvOSthQjc3eFoNCg==", R"({"head":"QTpTay1MaXZlLzkrYUI3N3haDQo="})",   // "X-Key: " before it
           // in lines
           "U2stTGl2\nZS85K2FC\r\n  Nzd4Wg==", R"({"head":"QTpTay1MaXZl\r\nLzkrYUI3\\nN3haDQo="})", "U2stTGl2%0D%0AZS85K2FC&#10;Nzd4Wg",
           "U2stTGl2&#xD;&#xA;ZS85K2FCNzd4Wg", "U\n2\ns\nt\nT\nG\nl\n2\nZ\nS\n8\n5\nK\n2\nF\nC\nN\nz\nd\n4\nW\ng",
           R"(OlNrLUxpdmUvOSthQjc3eFoN)", "QTpTay1MaXZlLzkrYUI3N3haDQo%3D", R"(U2stTGl2ZS85K2FCNzd4Wg\u003d\u003d)",
       })
    EXPECT_TRUE(forms.see(text).found()) << text;
  const SecretForms login(kLogin, true);
  for (const char* const text : {
           "Authorization: Basic c3ZjOmh1bnRlcj1+MTIz", "no such login: svc:hunter=~123", "password 'hunter=~123' is wrong", "HUNTER=~123",
           "aHVudGVyPX4xMjM=", "aHVudGVyPX4xMjM", "c3ZjOmh1bnRlcj1-MTIz", "hunter=%7e123", "hunter\\u003d~123",
       })
    EXPECT_TRUE(login.see(text).found()) << text;
}

/// Base64 and hexadecimal of the key in lines, with each of these between them.
TEST(SecretForms, AreSeenAndBlankedOverLineEndsInAnyEscape) {
  const SecretForms forms(kKey, false);
  for (const std::string end : {
           "\n", "\r\n\t ", "\v", " \n", "\t \r\n", " \n \n  ", "\\n", "\\n  ", "\\r\\n ", "\\n\\t", "\\\\n\\\\t ", " \\n", "\\\n",
           "\\u000a", "\\u000D\\u000A\\u0020", "\\x0a", "\\012", "%0a%20", "%0D%0A%09 ", "%250a", "%25250A%2520", "&#10;  ",
           "&#010;", "&#x0A;", "&#x000A;", "&#xd;&#xa;&#32;", "&#13;&#10;&#x9;", "&NewLine;", "&NewLine;&Tab;", "&amp;#10;",
           "&amp;amp;#x0a; ", "<br>", "<br/>\n", "<br />\r\n  ", "<BR>",
       }) {
    const std::string base64 = "U2stTGl2" + end + "ZS85K2FC" + end + "Nzd4W";
    const std::string in_hex = "536b2d4c697665" + end + "2f392b" + end + "61423737785a";
    for (const std::string& text : {base64, in_hex}) {
      std::string blanked = text + "g==\n";
      EXPECT_TRUE(forms.see(blanked).found()) << text;
      EXPECT_TRUE(forms.blank({blanked.data(), blanked.size()})) << text;
      EXPECT_EQ(blanked, std::string(text.size(), '*') + "g==\n") << text;
      for (size_t cut = 0; cut <= text.size(); ++cut) {   // in two pieces no part of it passes
        SecretFilter filter;
        const auto first = filter.look(forms, ByteView(text).substr(0, cut));
        EXPECT_EQ(first.piece.size() + first.before.size(), 0U) << text << cut;
        if (!first.found) filter.take(first, ByteView(text).substr(0, cut));
        EXPECT_TRUE(first.found || filter.look(forms, ByteView(text).substr(cut)).found) << text << cut;
      }
    }
  }
}

/// What is not told as a line end, and blanks alone.
TEST(SecretForms, AreNotSeenOverWhatEndsNoLine) {
  const SecretForms forms(kKey, false);
  for (const std::string end : {" ", "\\t", "%20", "\\", "\\x", "\\u000", "%0", "%", "&#1;", "&#10", "&amp;", "&NewLine", "<b>",
                                "\n> ", "&lt;br&gt;", "=\n"}) {
    std::string text = "U2stTGl2" + end + "ZS85K2FC" + end + "Nzd4Wg==";
    EXPECT_FALSE(forms.see(text).found()) << text;
    EXPECT_FALSE(forms.blank({text.data(), text.size()})) << text;
  }
  for (const std::string& blanks : {std::string(kLineEndMost - 1, ' '), std::string(kLineEndMost, ' ')}) {
    std::string text = "U2stTGl2\n" + blanks + "ZS85K2FCNzd4Wg==";
    const bool is_one = blanks.size() < kLineEndMost;
    EXPECT_EQ(forms.see(text).found(), is_one) << blanks.size();
    EXPECT_EQ(forms.blank({text.data(), text.size()}), is_one) << blanks.size();
  }
}

/// All that is looked at for line ends is a few times the text, however that looks.
TEST(SecretForms, LookForLineEndsInLinearTime) {
  for (const std::string each : {"\\", "\\\\x", "\\n", "\\u000", "\\u000a", "%", "%25", "%0", "%20", "&", "&amp;", "&amp;#", "&#0",
                                 "&#x0", "&#10;", "<", "<br", " ", "\n", " \n", " x", "\\ ", " \\", "U\n", "U  "})
    for (const char* const behind : {"", "-", "x", "x-", "n", "\n"}) {
      std::string text;
      while (text.size() < 64 * 1024) text += each;
      text += behind;
      EXPECT_LE(Unwrapped(text).looked_at(), 24 * text.size()) << each << behind;
    }
}

TEST(SecretForms, AreSeenWhateverTheCaseOfWhatIsSpelledInEscapes) {
  const SecretForms forms(kKey, false);
  for (const char* const text : {"sk-live%2F9+ab77xz", "sk-live&#X2F;9+ab77xz", "\\u0053K-LIVE/9+AB77XZ", "%53%4b-live/9+%41B77XZ",
                                 "&#83;&#x4B;-LIVE\\/9+AB77XZ", "SK-LIVE\\u002F9+AB77X\\u005A", "%2553K-LIVE/9%252bAB77XZ"})
    EXPECT_TRUE(forms.see(text).found()) << text;
  EXPECT_FALSE(forms.see("\\u0053K-LIVE/9+AB77X\\u0079").found());
  EXPECT_FALSE(see("\\u0053K-LIVE/9+AB77XZ", kKey).found());
}

TEST(SecretForms, OfBasicInTheOtherAlphabetAreSeen) {
  const SecretForms login("c3ZjOmh1bnRlcj1-MTIz", true), slash("c3ZjOmg_bnRlcj8_MTIz", true);
  EXPECT_TRUE(login.see("password 'hunter=~123' is wrong").found());
  EXPECT_TRUE(login.see("Basic c3ZjOmh1bnRlcj1+MTIz").found());
  EXPECT_TRUE(slash.see("password 'h?nter??123' is wrong").found());
}

/// A word that is a password says nothing in an error's text; what it makes of it does.
TEST(SecretForms, OfBasicHaveNoPasswordThatIsAWord) {
  const struct {
    const char* login;
    const char* text;
    bool found;
  } kCases[] = {
      {"c3ZjOnBhc3N3b3Jk", "Your Password is wrong", false},   // svc:password
      {"c3ZjOnBhc3N3b3Jk", "no login Svc:Password", true},
      {"c3ZjOnBhc3N3b3Jk", "cGFzc3dvcmQ", true},
      {"ZWxhc3RpYzpjaGFuZ2VtZQ==", "changeme is no setting", false},   // elastic:changeme
      {"ZWxhc3RpYzpjaGFuZ2VtZQ==", "elastic:changeme is no login", true},
      {"c3ZjOjIwMjYxMTMw", "at 20261130", false},                       // svc:20261130
      {"c3ZjOmNoYW5nZW1lMQ==", "changeme1 is wrong", true},             // a digit
      {"c3ZjOmNoYW5nZS1tZQ==", "CHANGE-ME is wrong", true},             // a sign
      {"c3ZjOmNvcnJlY3Rob3JzZQ==", "correcthorse is wrong", true},      // 12 bytes
      {"c3ZjOmNvcnJlY3Rob3Jz", "correcthors is wrong", false},          // 11
  };
  for (const auto& each : kCases) EXPECT_EQ(SecretForms(each.login, true).see(each.text).found(), each.found) << each.login << each.text;
}

/// Of a long secret there is but itself, so that no answer is dear.
TEST(SecretForms, OfLongSecretsAreThemselves) {
  std::string secret(SecretForms::kFormMost, 'a');
  secret.replace(0, 8, "Sk-Live/");
  const std::string capitals = "SK-LIVE/" + std::string(secret.size() - 8, 'A');
  const SecretForms most(secret, false);
  EXPECT_TRUE(most.see(capitals).found());
  EXPECT_EQ(most.longest(), 2 * secret.size());
  secret += 'a';
  const SecretForms longer(secret, false);
  EXPECT_FALSE(longer.see(capitals + "A").found());
  EXPECT_TRUE(longer.see("key " + secret).found());
  EXPECT_TRUE(longer.see("key Sk-Live\\/" + secret.substr(8)).found());
  EXPECT_EQ(longer.longest(), secret.size());
}

/// No memory that is given back has any of it.
TEST(SecretForms, LeaveNothingBehind) {
  const std::string login = "svc:a-password-that-is-no-word-1", password = login.substr(4);
  const std::string coded = "c3ZjOmEtcGFzc3dvcmQtdGhhdC1pcy1uby13b3JkLTE";
  std::string small = coded;
  for (char& c : small) c = static_cast<char>(std::tolower(c));
  const std::string in_hex = hex({reinterpret_cast<const uint8_t*>(login.data()), login.size()});
  for (const std::string& needle : {login, password, coded, small, in_hex, in_hex.substr(8)}) {
    sought = needle;
    left_behind = 0;
    { const SecretForms forms(coded, true); }
    EXPECT_EQ(left_behind, 0U) << needle;
    { const std::string left = std::string(100, '-') + needle; }   // is seen
    sought = {};
    EXPECT_GT(left_behind, 0U) << needle;
  }
}

TEST(SecretForms, AreNotSeenInWhatIsLeftOfOne) {
  const SecretForms forms(kKey, false), login(kLogin, true), small("changeit", true);
  for (const char* const text : {"Invalid API key: Sk-L*********7xZ", "Invalid API key", "", "svc", "hunter", "U2stTGl2ZS8", "svc:hunter=~", "536b2d4c"})
    for (const SecretForms* each : {&forms, &login, &small}) EXPECT_FALSE(each->see(text).found()) << text;
  const SecretForms none("", true);
  EXPECT_FALSE(none.see("anything").found());
  EXPECT_EQ(none.longest(), 0U);
}

TEST(SecretForms, PassInNoPieces) {
  const SecretForms forms(kLogin, true);
  for (const auto& [text, shown] : {
           std::pair<std::string, const char*>("{\"detail\":\"SVC:hunter=~123 is no login, c3ZjOmh1bnRlcj1+MTIz\"}", "SVC"),
           {"{\"head\":\"c3ZjOmh1bn\\r\\nRlcj1\\n+MTIz\"}", "c3Z"},
           {"is wrong:\r\nc3ZjOmh1bn\r\n Rlcj1%0a+MTIz&#10;", "c3Z"},
       }) {
    const size_t begin = text.find(shown);
    for (size_t cut = 0; cut <= text.size(); ++cut)
      for (size_t second = cut; second <= text.size(); ++second) {
        SecretFilter filter;
        std::string passed;
        bool found = false;
        for (const ByteView piece : {ByteView(text).substr(0, cut), ByteView(text).substr(cut, second - cut), ByteView(text).substr(second)}) {
          const auto step = filter.look(forms, piece);
          found = step.found;
          if (found) break;
          passed.append(step.before).append(step.piece);
          filter.take(step, piece);
        }
        ASSERT_TRUE(found) << text << cut;
        ASSERT_LE(passed.size(), begin) << text << cut;
      }
  }
}

/// Line ends of what is none hold nothing back.
TEST(SecretForms, LinesPass) {
  const SecretForms forms(kKey, false);
  const std::string text = "not found\r\nthe U2st\nof 100%0a\\n\\r&#10;\nU2stTGl2\n-\nend\n";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    SecretFilter filter;
    std::string passed;
    for (const ByteView piece : {ByteView(text).substr(0, cut), ByteView(text).substr(cut)}) {
      const auto step = filter.look(forms, piece);
      ASSERT_FALSE(step.found) << cut;
      passed.append(step.before).append(step.piece);
      filter.take(step, piece);
    }
    EXPECT_EQ(passed.append(filter.withheld()), text);
  }
}

/// What may yet be a form over line ends is little, so that streams in small pieces cost no more than a few times their size.
TEST(SecretForms, RunsOfBlanksHoldLittleBack) {
  const SecretForms forms(kKey, false);
  const auto many = [](std::string each, size_t count) {
    std::string text;
    while (count-- > 0) text += each;
    return text;
  };
  for (const std::string& text : {"U" + many("\n", 5000), "U" + many(" ", 5000), "U\n" + many(" ", 5000), "U" + many("\\n", 5000),
                                  "U\n" + many("%20", 5000), "U" + many("\\", 5000), "U" + many("&#10;", 5000) + "U",
                                  "U" + many("&amp;", 5000), "U" + many("%25", 5000)}) {
    SecretFilter filter;
    std::string passed;
    for (size_t at = 0; at < text.size(); ++at) {
      const ByteView piece = ByteView(text).substr(at, 1);
      const auto step = filter.look(forms, piece);
      ASSERT_FALSE(step.found) << text.substr(0, 8) << at;
      passed.append(step.before).append(step.piece);
      filter.take(step, piece);
      ASSERT_LE(filter.withheld().size(), 1 + kLineEndMost) << text.substr(0, 8) << at;
    }
    EXPECT_EQ(passed.append(filter.withheld()), text);
  }
}

/// A page that is indented far is no echo, whatever letter the piece before it ends in.
TEST(SecretForms, RunsOfBlanksBeforeMuchElseAreNoEcho) {
  const SecretForms forms(kKey, false);
  for (const size_t blanks : {1000, 3000, 70'000}) {
    for (const std::string line : {"\n", "\\n", "%0a", ""}) {
      SecretFilter filter;
      const std::string first = "not found in menu", second = line + std::string(blanks, ' ') + std::string(70'000, 'x');
      const auto begun = filter.look(forms, first);
      ASSERT_FALSE(begun.found);
      filter.take(begun, first);
      ASSERT_EQ(filter.withheld(), "u");
      const auto passed = filter.look(forms, second);
      EXPECT_FALSE(passed.found) << blanks << line;
      EXPECT_EQ(std::string(passed.before) + std::string(passed.piece), "u" + second) << blanks << line;
    }
  }
}

TEST(SecretForms, AreBlanked) {
  const SecretForms forms(kKey, false);
  std::string text = "X: sk-live/9+ab77xz\r\nY: U2stTGl2ZS85K2FCNzd4Wg==\r\nZ: U2sk\r\n";
  EXPECT_TRUE(forms.blank({text.data(), text.size()}));
  EXPECT_EQ(text, "X: ****************\r\nY: *********************g==\r\nZ: U2sk\r\n");
  EXPECT_FALSE(forms.blank({text.data(), text.size()}));
  text = "in lines: U2stTGl2\r\n ZS85K2FCNzd4Wg==\n";
  EXPECT_TRUE(forms.blank({text.data(), text.size()}));
  EXPECT_EQ(text, "in lines: ************************g==\n");
}

TEST(SecretForms, AreBlankedWhereTheyOverlap) {
  const std::string coded = "c3ZjOnotMTIzNDU2Ny1z", password = "z-1234567-s";   // svc:z-1234567-s
  const SecretForms forms(coded, true);
  for (std::string text : {coded + password.substr(1), password + coded, coded + "\\u002d1234567-s"}) {
    const size_t size = text.size();
    EXPECT_TRUE(forms.blank({text.data(), text.size()}));
    EXPECT_EQ(text, std::string(size, '*'));
  }
}

}  // namespace
}  // namespace gatehouse::crypto
