#include "crypto/secret_forms.h"

#include <gtest/gtest.h>

#include <string>

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
  const std::string text = "{\"detail\":\"SVC:hunter=~123 is no login, c3ZjOmh1bnRlcj1+MTIz\"}";
  const size_t begin = text.find("SVC");
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
      ASSERT_TRUE(found) << cut;
      ASSERT_LE(passed.size(), begin) << cut;
    }
}

TEST(SecretForms, AreBlanked) {
  const SecretForms forms(kKey, false);
  std::string text = "X: sk-live/9+ab77xz\r\nY: U2stTGl2ZS85K2FCNzd4Wg==\r\nZ: U2sk\r\n";
  EXPECT_TRUE(forms.blank({text.data(), text.size()}));
  EXPECT_EQ(text, "X: ****************\r\nY: *********************g==\r\nZ: U2sk\r\n");
  EXPECT_FALSE(forms.blank({text.data(), text.size()}));
}

}  // namespace
}  // namespace gatehouse::crypto
