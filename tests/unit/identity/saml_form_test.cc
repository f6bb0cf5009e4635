#include "identity/saml_form.h"

#include <gtest/gtest.h>

namespace gatehouse::identity {
namespace {

TEST(SamlForm, DatesAreUtc) {
  EXPECT_EQ(read_saml_date("1970-01-01T00:00:00Z"), 0U);
  EXPECT_EQ(read_saml_date("2027-01-15T08:00:00Z"), 1'800'000'000 * kNsPerSecond);
  EXPECT_EQ(read_saml_date("2027-01-15T08:00:00.5Z"), 1'800'000'000 * kNsPerSecond + 500'000'000);
  EXPECT_EQ(read_saml_date("2027-01-15T08:00:00.123456789123Z"), 1'800'000'000 * kNsPerSecond + 123'456'789);
  EXPECT_EQ(read_saml_date("2000-02-29T23:59:59Z"), 951'868'799 * kNsPerSecond);
  EXPECT_EQ(read_saml_date("2024-12-31T00:00:00Z"), 1'735'603'200 * kNsPerSecond);
  EXPECT_EQ(read_saml_date("2499-12-31T23:59:59Z"), 16'725'225'599 * kNsPerSecond);
}

TEST(SamlForm, OtherDatesAreNone) {
  for (const char* text :
       {"", "Z", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15T08:00:00+00:00", "2027-01-15T08:00:00-00:00", "2027-01-15 08:00:00Z",
        "2027-01-15t08:00:00z", " 2027-01-15T08:00:00Z", "2027-01-15T08:00:00Z ", "2027-1-15T08:00:00Z", "2027-02-29T08:00:00Z",
        "2100-02-29T08:00:00Z", "2027-04-31T08:00:00Z", "2027-00-15T08:00:00Z", "2027-13-15T08:00:00Z", "2027-01-00T08:00:00Z",
        "2027-01-32T08:00:00Z", "2027-01-15T24:00:00Z", "2027-01-15T08:60:00Z", "2027-01-15T23:59:60Z", "2027-01-15T08:00:00.Z",
        "2027-01-15T08:00:00.-1Z", "1969-12-31T23:59:59Z", "2500-01-01T00:00:00Z", "12027-01-15T08:00:00Z", "-2027-01-15T08:00:00Z",
        "2027-01-15T08:00Z", "+027-01-15T08:00:00Z"})
    EXPECT_EQ(read_saml_date(text), std::nullopt) << text;
}

TEST(SamlForm, Ids) {
  for (const char* text : {"_", "a", "_386cb30b5a450cf7829da67c42053f70", "id-1.2_X"}) EXPECT_TRUE(is_saml_id(text)) << text;
  for (const char* text : {"", "1a", "-a", ".a", "a b", "a:b", "a#b", "a'", "\xc3\xa4", "a\n"}) EXPECT_FALSE(is_saml_id(text)) << text;
  EXPECT_TRUE(is_saml_id(std::string(kSamlIdBytesMax, 'a')));
  EXPECT_FALSE(is_saml_id(std::string(kSamlIdBytesMax + 1, 'a')));
}

}  // namespace
}  // namespace gatehouse::identity
