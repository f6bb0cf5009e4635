// configs/callers.toml, which docs/callers.md shows, with tokens as these issuers give them.
#include <gtest/gtest.h>

#include <filesystem>

#include "config/load.h"
#include "identity/jwt.h"
#include "identity/mint.h"

namespace gatehouse::config {
namespace {

using Words = std::vector<std::string>;

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;

/// Signed is the sample with keys of our own, which each of its issuers signs with.
struct Signed {
  crypto::PrivateKey key = crypto::PrivateKey::make_rsa();
  Loaded loaded = load_file((std::filesystem::path(SOURCE_ROOT) / "configs/callers.toml").string());
  identity::IssuerSet issuers;

  Signed() {
    const auto keys = identity::KeySet::parse("{\"keys\":[" + identity::jwk_text(key.public_key(), "k") + "]}").value();
    for (const IssuerSettings& each : loaded.config.issuers) {
      issuers.issuers.push_back(make_issuer(each));
      issuers.issuers.back().keys = keys;
    }
  }

  Result<identity::IdentityRef, Reason> verify(const std::string& claims) const {
    return identity::verify_jwt(issuers, identity::mint_jwt(key, "k", claims), kNow);
  }
  /// who is "subject: groups", or the reason.
  std::string who(const std::string& claims) const {
    const auto verified = verify(claims);
    if (!verified) return std::string(reason_name(verified.error()));
    std::string text = (*verified)->issuer + " " + (*verified)->subject + ":";
    for (const std::string& group : (*verified)->groups) text += " " + group;
    return text;
  }
};

const Signed& signed_sample() {
  static const Signed made;
  return made;
}

std::string pod(const std::string& space, const std::string& account) {
  return R"({"aud":["chunking"],"exp":1800003600,"iat":1799999990,"iss":"https://kubernetes.default.svc.cluster.local",)"
         R"("jti":"ea28ed49-2e11-4280-9ec5-bc3d1d84661a","kubernetes.io":{"namespace":")" + space +
         R"(","node":{"name":"node-1","uid":"646e7c5e"},"pod":{"name":"loader-7d9f","uid":"5e0f0e3c"},"serviceaccount":{"name":")" +
         account + R"(","uid":"14ee3fa4"},"warnafter":1800003597},"nbf":1799999990,"sub":"system:serviceaccount:)" + space + ":" +
         account + "\"}";
}

std::string workflow(const std::string& owner_id, const std::string& environment) {
  return R"({"jti":"example-id","sub":"repo:octo-org/octo-repo:environment:prod","environment":")" + environment +
         R"(","aud":"chunking","ref":"refs/heads/main","sha":"9f3c","repository":"octo-org/octo-repo","repository_owner":"octo-org",)"
         R"("actor_id":"12","repository_visibility":"private","repository_id":"74","repository_owner_id":")" + owner_id +
         R"(","run_id":"8461932","run_number":"10","run_attempt":"2","runner_environment":"github-hosted","actor":"octocat",)"
         R"("workflow":"chunk","head_ref":"","base_ref":"","event_name":"push","ref_type":"branch",)"
         R"("job_workflow_ref":"octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",)"
         R"("iss":"https://token.actions.githubusercontent.com","nbf":1799999400,"exp":1800000300,"iat":1799999990})";
}

std::string svid(const std::string& sub) {
  return R"({"aud":["chunking"],"exp":1800000300,"iat":1799999990,"iss":"https://oidc.mesh.example.org","sub":")" + sub + "\"}";
}

TEST(Callers, TheSampleIsGoodAndSaysNothingTwice) {
  ASSERT_TRUE(signed_sample().loaded.ok());
  for (const Diagnostic& each : signed_sample().loaded.diagnostics) EXPECT_EQ(each.code, Code::unsealed) << render(each);
}

TEST(Callers, KubernetesServiceAccounts) {
  EXPECT_EQ(signed_sample().who(pod("etl", "loader")), "cluster system:serviceaccount:etl:loader: k8s/etl");
  EXPECT_EQ(signed_sample().who(pod("team-red", "web")), "cluster system:serviceaccount:team-red:web: k8s/team-red");
  EXPECT_EQ(signed_sample().who(pod("etlx", "loader")), "cluster system:serviceaccount:etlx:loader:");
  const auto verified = signed_sample().verify(pod("etl", "loader"));
  ASSERT_TRUE(verified.ok());
  std::string kept;
  for (const identity::Claim& each : (*verified)->claims) kept += each.name + "=" + each.value + " ";
  EXPECT_EQ(kept, "namespace=etl serviceaccount=loader pod=loader-7d9f ");
  EXPECT_EQ((*verified)->token_id, "ea28ed49-2e11-4280-9ec5-bc3d1d84661a");
  std::string node = pod("etl", "loader");   // the cluster's own tokens for others than service accounts
  node.replace(node.find("system:serviceaccount:etl:loader"), 32, "system:node:x");
  EXPECT_EQ(signed_sample().who(node), "token_condition");
}

TEST(Callers, GitHubWorkflows) {
  EXPECT_EQ(signed_sample().who(workflow("65", "prod")), "github octo-org/octo-repo:refs/heads/main: github/release");
  EXPECT_EQ(signed_sample().who(workflow("65", "test")), "github octo-org/octo-repo:refs/heads/main:");
  EXPECT_EQ(signed_sample().who(workflow("66", "prod")), "token_condition");   // somebody else's, under the same name
  const auto verified = signed_sample().verify(workflow("65", "prod"));
  ASSERT_TRUE(verified.ok());
  ASSERT_EQ((*verified)->claims.size(), 4U);
  EXPECT_EQ((*verified)->claims[2].name + "=" + (*verified)->claims[2].value, "run_id=8461932");
}

TEST(Callers, SpiffeWorkloads) {
  EXPECT_EQ(signed_sample().who(svid("spiffe://mesh.example.org/ns/etl/sa/loader")), "mesh spiffe://mesh.example.org/ns/etl/sa/loader: mesh/loaders");
  EXPECT_EQ(signed_sample().who(svid("spiffe://mesh.example.org/ns/etl/sa/loaderx")), "mesh spiffe://mesh.example.org/ns/etl/sa/loaderx:");
  EXPECT_EQ(signed_sample().who(svid("spiffe://other.example.org/ns/etl/sa/loader")), "token_condition");
  EXPECT_EQ(signed_sample().who(svid("mesh.example.org/ns/etl/sa/loader")), "token_condition");
}

TEST(Callers, NoIssuerCanGiveTheGroupOfAnother) {
  const auto of = [](const std::string& roles) {
    return signed_sample().who(R"({"iss":"https://login.example.org/realms/jobs","aud":"chunking","sub":"anna","exp":1800000300,"realm_access":{"roles":)" +
                        roles + "}}");
  };
  EXPECT_EQ(of(R"(["readers"])"), "login anna: login/readers");
  EXPECT_EQ(of(R"(["k8s/etl"])"), "login anna: login/k8s/etl");
  EXPECT_EQ(signed_sample().loaded.config.issuers[0].groups_claim, "realm_access.roles");
}

/// load gives a configuration with one issuer's keys.
IssuerSettings issuer_with(const std::string& keys) {
  const Loaded loaded = load_text("[[listener]]\nname='l'\naddress='127.0.0.1:1'\n[[issuer]]\nname='i'\naudiences=['a']\njwks_file='k'\n" + keys +
                                      "\n[[origin]]\nname='o'\naddress='127.0.0.1:2'\n[[rule]]\nname='r'\neffect='allow'\ngroups=['*']\norigin='o'\n",
                                  "f", "");
  EXPECT_TRUE(loaded.ok()) << keys;
  return loaded.config.issuers.at(0);
}

TEST(Presets, AreDefaultsThatKeysOverride) {
  const IssuerSettings plain = issuer_with("preset='github-actions'\nrequire={repository='a/b'}");
  EXPECT_EQ(plain.url.value, "https://token.actions.githubusercontent.com");
  EXPECT_EQ(plain.algorithms, std::vector{identity::Algorithm::rs256});
  EXPECT_EQ(plain.record_claims.size(), 4U);
  const IssuerSettings own = issuer_with(
      "preset='github-actions'\nurl='https://github.example/_services/token'\nalgorithms=['ES256']\ngroups_claim='groups'\nrecord_claims=[]");
  EXPECT_EQ(own.url.value, "https://github.example/_services/token");
  EXPECT_EQ(own.algorithms, std::vector{identity::Algorithm::es256});
  EXPECT_EQ(own.groups_claim, "groups");
  EXPECT_TRUE(own.record_claims.empty());
  const IssuerSettings pods = issuer_with("preset='kubernetes'\nurl='https://k'\nrequire={sub='system:serviceaccount:a:*',namespace='a'}\nrecord_claims=['node']");
  EXPECT_EQ(pods.require, (std::vector<identity::Condition>{{"sub", {"system:serviceaccount:a:*"}}, {"kubernetes.io.namespace", {"a"}}}));
  EXPECT_EQ(pods.record_claims[0].path, "kubernetes.io.node.name");
}

TEST(Presets, OtherConditionsOrGroupsAreAnotherMapping) {
  const auto of = [](const char* keys) { return make_issuer(issuer_with(std::string("url='https://i'\n") + keys)).mapping; };
  const uint64_t plain = of("");
  EXPECT_EQ(plain, of("leeway='1s'"));
  for (const char* keys : {"group_prefix='a'", "groups_claim='a'", "subject='{a}'", "require={a='b'}", "preset='spiffe'",
                           "[[issuer.group]]\nname='a'\nwhen={b='c'}"})
    EXPECT_NE(plain, of(keys)) << keys;
}

}  // namespace
}  // namespace gatehouse::config
