#include "proxy/claimed_fields.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <vector>

namespace gatehouse::proxy {
namespace {

std::string in_capitals(std::string name) {
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// Each of these was seen to reach an origin while names were listed instead of words.
TEST(ClaimedFields, NamesThatServicesBelieveAreClaims) {
  for (const char* name :
       {"SM-User", "SM_UserDN", "iv-user", "Iv-Groups", "iv-creds", "X-LDAP-User", "X-SSO-User", "X-Shib-User", "Eppn",
        "Tailscale-User-Login", "X-Grafana-User", "X-Grafana-Org-Id", "X-Kubernetes-User", "X-Service-Account", "X-Auth", "X-Id-Token",
        "X-Workspace-Id", "X-Project-Id", "X-Team-Id", "X-Namespace", "X-Chroma-Tenant", "OpenAI-Organization",
        "OpenAI-Project", "Fly-Client-IP", "DO-Connecting-IP", "X-Vercel-Forwarded-For", "X-Source-IP", "Proxy",
        "es-security-runas-user", "securitytenant", "Remote-User", "RemoteUser", "X-SourceIP", "X-UserId2", "X-User2-Name",
        "X-Goog-User-Project", "Helicone-User-Id", "X-MS-CLIENT-PRINCIPAL-ID", "From", "Via", "X-HTTP-Method-Override"})
    EXPECT_TRUE(claims_identity(name)) << name;
}

TEST(ClaimedFields, WordsAreClaimsInAnyPlaceCaseAndSpelling) {
  int combinations = 0;
  for (const std::string before : {"", "X-", "X-Acme-", "acme-internal-", "HTTP-X-"})
    for (const std::string word : {"user", "users", "username", "uid", "login", "eppn", "principal", "subject", "sub", "identity",
                                   "group", "groups", "role", "roles", "scope", "permissions", "tenant", "organization", "org",
                                   "workspace", "project", "team", "namespace", "account", "auth", "token", "ip", "forwarded"})
      for (const std::string after : {"", "-id", "-Name", "_verified", "2"}) {
        ++combinations;
        const std::string name = before + word + after;
        EXPECT_TRUE(claims_identity(name)) << name;
        EXPECT_TRUE(claims_identity(in_capitals(name))) << in_capitals(name);
      }
  EXPECT_GE(combinations, 200);
}

TEST(ClaimedFields, WhatClientsOfServicesSendIsNone) {
  for (const char* name :
       {"User-Agent", "X-User-Agent", "x-amz-user-agent", "x-ms-useragent", "Accept", "Accept-Encoding", "Accept-Language",
        "Content-Type", "Content-Encoding", "Content-Disposition", "Content-MD5", "If-Match", "If-None-Match", "If-Modified-Since",
        "Idempotency-Key", "X-Idempotency-Key", "traceparent", "tracestate", "baggage", "X-Request-Id", "X-Correlation-Id",
        "Cache-Control", "Pragma", "Origin", "Referer", "Range", "Prefer", "Priority", "DNT", "Sec-Fetch-Mode", "Sec-Fetch-User",
        "Sec-Fetch-Site", "Upgrade-Insecure-Requests", "X-Requested-With", "X-Client-Version", "X-Stainless-Lang",
        "X-Stainless-Retry-Count", "x-elastic-client-meta", "X-Opaque-Id", "OpenAI-Beta", "X-Max-Tokens", "X-B3-TraceId",
        "X-Amzn-Trace-Id", "X-Cloud-Trace-Context", "Last-Event-ID", "Date", "X-DNS-Prefetch-Control", "X-Author", "X-Chunk-Size",
        "Mcp-Session-Id", "X-Document-Id", "X-Skip-Cache", "X-Description", "Digest", "SOAPAction", "x-goog-api-client"})
    EXPECT_FALSE(claims_identity(name)) << name;
}

TEST(ClaimedFields, ANameThatIsTooLongToBeReadIsAClaim) {
  EXPECT_TRUE(claims_identity(std::string(257, 'a')));
  EXPECT_FALSE(claims_identity(std::string(256, 'a')));
  EXPECT_TRUE(claims_identity(std::string(251, 'a') + "-user"));
  EXPECT_FALSE(claims_identity("-"));
  EXPECT_FALSE(claims_identity("x-"));
  EXPECT_FALSE(claims_identity(""));
}

}  // namespace
}  // namespace gatehouse::proxy
