// Revocations: exactly whom they name, and nobody else's namesake.
#include "identity/revocations.h"

#include <gtest/gtest.h>

#include <span>

#include "crypto/digest.h"

namespace gatehouse::identity {
namespace {

constexpr WallNs kWhen = 1'800'000'000 * kNsPerSecond;

Identity caller() {
  Identity identity;
  identity.issuer = "login";
  identity.subject = "job-7";
  identity.token_id = "token-1";
  identity.key_id = "key-1";
  return identity;
}

Revocation entry(Revoked what, std::string issuer, std::string value, WallNs ends = 0) {
  Revocation one;
  one.what = what;
  one.issuer = std::move(issuer);
  one.value = std::move(value);
  one.ends = ends;
  return one;
}

bool revoked(const Identity& identity, const std::vector<Revocation>& entries, WallNs now = kWhen) {
  return RevocationSet(entries, 42).revokes(identity, now);
}

TEST(Revocations, NameTokenSubjectKeyAndCertificate) {
  const Identity identity = caller();
  EXPECT_FALSE(revoked(identity, {}));
  EXPECT_TRUE(revoked(identity, {entry(Revoked::token, "login", "token-1")}));
  EXPECT_TRUE(revoked(identity, {entry(Revoked::subject, "login", "job-7")}));
  EXPECT_TRUE(revoked(identity, {entry(Revoked::key, "login", "key-1")}));
  EXPECT_TRUE(revoked(identity, {entry(Revoked::subject, "*", "job-7")}));
  for (const Revoked what : {Revoked::token, Revoked::subject, Revoked::key}) {
    EXPECT_FALSE(revoked(identity, {entry(what, "other", "job-7"), entry(what, "other", "token-1"), entry(what, "other", "key-1")}));
    EXPECT_FALSE(revoked(identity, {entry(what, "login", "job-8"), entry(what, "login", "")}));
  }
  Identity bound = caller();
  bound.certificate.fill(0xab);
  std::string hex;
  for (int i = 0; i < 32; ++i) hex += "ab";
  EXPECT_TRUE(revoked(bound, {entry(Revoked::certificate, "", hex)}));
  EXPECT_FALSE(revoked(identity, {entry(Revoked::certificate, "", hex), entry(Revoked::certificate, "", std::string(64, '0'))}));
}

// A kind is not another one, and an empty value is nobody's.
TEST(Revocations, KeepKindsIssuersAndValuesApart) {
  Identity identity = caller();
  EXPECT_FALSE(revoked(identity, {entry(Revoked::token, "login", "job-7"), entry(Revoked::subject, "login", "token-1"),
                                  entry(Revoked::key, "login", "job-7")}));
  EXPECT_FALSE(revoked(identity, {entry(Revoked::subject, "loginjob", "-7"), entry(Revoked::subject, "log", "injob-7")}));
  identity.token_id = identity.key_id = "";
  EXPECT_FALSE(revoked(identity, {entry(Revoked::token, "login", ""), entry(Revoked::key, "*", "")}));
}

// "é" in one code point and in two are two subjects, as they are to the issuer; so are two cases.
TEST(Revocations, CompareBytes) {
  Identity identity = caller();
  identity.subject = "caf\xc3\xa9";
  EXPECT_TRUE(revoked(identity, {entry(Revoked::subject, "login", "caf\xc3\xa9")}));
  EXPECT_FALSE(revoked(identity, {entry(Revoked::subject, "login", "cafe\xcc\x81")}));
  EXPECT_FALSE(revoked(identity, {entry(Revoked::subject, "login", "Caf\xc3\xa9")}));
}

// The token is believed until its issuer's leeway is over: so long an entry that ends with it is in force.
TEST(Revocations, EndLaterThanTheTokenDoes) {
  const Identity identity = caller();
  const std::vector<Revocation> one = {entry(Revoked::token, "login", "token-1", kWhen)};
  EXPECT_TRUE(revoked(identity, one, kWhen - 1));
  EXPECT_TRUE(revoked(identity, one, kWhen));
  EXPECT_TRUE(revoked(identity, one, kWhen + 300 * kNsPerSecond));
  EXPECT_TRUE(revoked(identity, one, kWhen + kRevocationSlack - 1));
  EXPECT_FALSE(revoked(identity, one, kWhen + kRevocationSlack));
}

TEST(Revocations, MoreNeverLetsAnybodyIn) {
  const Identity identity = caller();
  const Revocation good = entry(Revoked::token, "login", "token-1"), short_one = entry(Revoked::token, "login", "token-1", 1);
  EXPECT_TRUE(RevocationSet(std::vector{good}, 1).with(std::vector{short_one})->revokes(identity, kWhen));
  EXPECT_TRUE(RevocationSet(std::vector{short_one}, 1).with(std::vector{good})->revokes(identity, kWhen));
  EXPECT_EQ(RevocationSet(std::vector{good}, 1).with(std::vector{short_one})->size(), 1U);
}

TEST(Revocations, IssuersAreCounted) {
  const std::string digest(64, 'a');
  const std::vector<Revocation> entries = {
      entry(Revoked::token, "login", "a"), entry(Revoked::subject, "login", "a"), entry(Revoked::subject, "other", "a"),
      entry(Revoked::subject, "*", "a"), entry(Revoked::certificate, "", digest), entry(Revoked::subject, "over", "a", 1)};
  const std::map<std::string, size_t> expected = {{"login", 2}, {"other", 1}};
  EXPECT_EQ(RevocationSet(entries, 42).issuers(kWhen), expected);
}

TEST(Revocations, AHundredThousandOfEachKindAreAllFound) {
  std::vector<Revocation> entries;
  for (int i = 0; i < 50'000; ++i)
    for (const Revoked what : {Revoked::token, Revoked::subject})
      entries.push_back(entry(what, i % 3 == 0 ? "*" : "login", "value " + std::to_string(i)));
  const std::span<const Revocation> all_entries(entries);
  RevocationSet few(all_entries.first(10), 7);
  const auto all = few.with(all_entries.subspan(5));
  ASSERT_EQ(all->size(), entries.size());
  Identity identity;
  identity.issuer = "login";
  for (int i = 0; i < 60'000; ++i) {
    identity.token_id = "value " + std::to_string(i);
    EXPECT_EQ(all->revokes(identity, kWhen), i < 50'000) << i;
    EXPECT_EQ(all->has(Revoked::subject, i % 3 == 0 ? "*" : "login", identity.token_id), i < 50'000);
  }
}

TEST(Revocations, Faults) {
  EXPECT_EQ(fault_of(entry(Revoked::token, "login", "x")), "");
  EXPECT_EQ(fault_of(entry(Revoked::subject, "*", "x")), "");
  EXPECT_EQ(fault_of(entry(Revoked::certificate, "", std::string(64, 'a'))), "");
  EXPECT_NE(fault_of(entry(Revoked::certificate, "", std::string(64, 'A'))), "");
  EXPECT_NE(fault_of(entry(Revoked::certificate, "login", std::string(64, 'a'))), "");
  EXPECT_NE(fault_of(entry(Revoked::subject, "", "x")), "");   // whose?
  EXPECT_NE(fault_of(entry(Revoked::subject, "login", "")), "");
  EXPECT_NE(fault_of(entry(Revoked::subject, "login", std::string(513, 'x'))), "");
  EXPECT_NE(fault_of(entry(Revoked::subject, "login", "a\nb")), "");
  EXPECT_NE(fault_of(entry(Revoked::subject, "login", "\xff")), "");
  EXPECT_NE(fault_of(entry(static_cast<Revoked>(0), "login", "x")), "");
  Revocation noted = entry(Revoked::token, "login", "x");
  noted.note = std::string(257, 'x');
  EXPECT_NE(fault_of(noted), "");
}

}  // namespace
}  // namespace gatehouse::identity
