// A token that another implementation issued, verified with that implementation's key set.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/reason.h"
#include "identity/token_cache.h"

namespace gatehouse::identity {
namespace {

constexpr WallNs kIssued = 1'795'434'832 * kNsPerSecond;

std::string read_file(const char* name) {
  std::ifstream file(std::string(GATEHOUSE_TEST_DATA "/oidc_provider/") + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

class RealProvider : public testing::Test {
 protected:
  RealProvider() {
    Issuer issuer;
    issuer.name = "provider";
    issuer.url = "http://127.0.0.1:4455";
    issuer.audiences = {"urn:chunk-gateway"};
    issuer.algorithms = {Algorithm::rs256, Algorithm::es256};
    issuer.keys = KeySet::parse(read_file("jwks.json")).value();
    issuers_.issuers.push_back(issuer);
  }
  Reason verdict(WallNs now) const {
    const auto result = verify_jwt(issuers_, token_, now);
    return result.ok() ? Reason::none : result.error();
  }

  IssuerSet issuers_;
  std::string token_ = read_file("token.txt");
};

TEST_F(RealProvider, TokenIsAcceptedInItsTime) {
  const auto result = verify_jwt(issuers_, token_, kIssued + 60 * kNsPerSecond);
  ASSERT_TRUE(result.ok()) << reason_name(result.error());
  EXPECT_EQ((*result)->subject, "nightly-rag-ingest");
  EXPECT_EQ((*result)->groups, (std::vector<std::string>{"chunk-readers", "rag-batch"}));
  EXPECT_EQ((*result)->key_id, "op-1");
  EXPECT_EQ(issuers_.issuers[0].keys->size(), 2U);
}

TEST_F(RealProvider, TokenIsRefusedOutsideItsTime) {
  EXPECT_EQ(verdict(kIssued - 31 * kNsPerSecond), Reason::token_not_yet);
  EXPECT_EQ(verdict(kIssued + 700 * kNsPerSecond), Reason::token_expired);
}

TEST_F(RealProvider, ScopeCanServeAsGroups) {
  issuers_.issuers[0].groups_claim = "scope";
  const auto result = verify_jwt(issuers_, token_, kIssued);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ((*result)->groups, std::vector<std::string>{"chunk:read"});
}

TEST_F(RealProvider, ItsAlgorithmMustBeAllowed) {
  issuers_.issuers[0].algorithms = {Algorithm::es256};
  EXPECT_EQ(verdict(kIssued), Reason::token_algorithm);
}

}  // namespace
}  // namespace gatehouse::identity
