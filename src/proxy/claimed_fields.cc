#include "proxy/claimed_fields.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace gatehouse::proxy {
namespace {

constexpr size_t kLongest = 256;   // a name that is longer claims something whatever it says

// The rule. A word of a name is what stands between two separators, without digits at its end.
constexpr ByteView kWords[] = {
    "account", "accounts", "actor", "addr", "address", "admin", "assertion", "auth", "authenticated", "authentication",
    "authn", "authorization", "authorized", "authtype", "authz", "bearer", "behalf", "caller", "cert", "certificate",
    "claims", "clientip", "cn", "company", "credential", "credentials", "customer", "delegate", "delegated", "dn",
    "email", "emails", "employee", "eppn", "forward", "forwarded", "forwarder", "gid", "group", "groups", "identities",
    "identity", "impersonate", "impersonated", "impersonation", "ip", "ips", "issuer", "jwt", "ldap", "login", "logon",
    "mail", "member", "membership", "mtls", "namespace", "namespaces", "oauth", "oidc", "org", "organisation",
    "organisations", "organization", "organizations", "orgid", "orgs", "originip", "owner", "peer", "permission",
    "permissions", "person", "principal", "principals", "privilege", "privileges", "project", "projectid", "projects",
    "proxy", "realip", "realm", "remote", "remoteip", "role", "roles", "runas", "saml", "scope", "scopes", "shib",
    "socketip", "sourceip", "spiffe", "sso", "staff", "sub", "subject", "subjects", "subscriber", "subscription", "sudo",
    "superuser", "team", "teamid", "teams", "tenancy", "tenant", "tenantid", "tenants", "token", "uid", "upn", "user",
    "userip", "username", "users", "verified", "workspace", "workspaceid", "workspaces",
};
static_assert(std::is_sorted(std::begin(kWords), std::end(kWords)));

// Words are written together, too: RemoteUser, UserId, ServiceAccount, AuthToken, SecurityTenant.
constexpr ByteView kBeginnings[] = {
    "account", "administrator", "affiliation", "authent", "authoris", "authorit", "authoriz", "clientid", "companyid",
    "credential", "customer", "eduperson", "email", "employee", "entitlement", "forward", "groupid", "groupname",
    "identit", "impersonat", "jwt", "login", "memberof", "namespace", "organis", "organiz", "orgname", "owner",
    "permission", "principal", "projectname", "roleid", "rolename", "samaccount", "shib", "subject", "teamname",
    "tenan", "user", "workspace", "xforward",
};
constexpr ByteView kEndings[] = {
    "account", "admin", "forwarded", "group", "groups", "identity", "login", "memberof", "namespace", "organization",
    "principal", "role", "roles", "tenant", "token", "user", "userid", "username", "users", "workspace",
};

// What the rule does not see, without "X-" in front. Gathered from what nginx, Apache, Envoy, Kong, oauth2-proxy, Pomerium,
// authentik, SiteMinder, WebSEAL, Tailscale, the cloud providers' front ends and web frameworks set or believe.
constexpr ByteView kNames[] = {
    "act-as", "anonymous-consumer", "arr-ssl", "client-common-name", "client-fingerprint", "client-id", "client-san",
    "client-serial", "client-thumbprint", "client-uri", "client-verify", "clientcertificate", "destination-url",
    "from", "front-end-https", "host", "http-destinationurl", "http-host-override", "http-method",
    "http-method-override", "http-path-override", "http-verb", "ibm-client-id", "method", "method-override",
    "middleware-subrequest", "originating-url", "path-override", "persistent-id", "proto", "run-as", "scheme",
    "targeted-id", "tunneled-method", "url-scheme", "via",
};
static_assert(std::is_sorted(std::begin(kNames), std::end(kNames)));

constexpr ByteView kFamilies[] = {   // whatever follows
    "amzn-mtls-", "amzn-oidc-", "appengine-", "arr-clientcert", "auth-", "authelia-", "authenticated", "authentik-",
    "cert-", "certificate", "cf-access-", "cf-cert-", "cf-client-", "cf-connecting-", "client-cert", "client-i-",
    "client-s-", "client-ssl", "clientcert", "consumer-", "credential-", "envoy-", "forwarded", "gatehouse",
    "goog-authenticated-", "goog-iap-", "impersonate", "iv-", "jwt-", "l5d-", "ms-client-principal", "ms-token-",
    "mtls-", "oauth-", "oidc-", "original-", "originating-", "peer-cert", "pomerium-", "proxy-client", "real-",
    "remote-", "rewrite-", "saml-", "sm-", "spiffe-", "ssl-", "tailscale-", "tenant", "tls-", "token-", "verified-",
    "vouch-", "webauth-", "wl-proxy-",
};

// Harmless, though a word of it is in the list: pages, sessions of stores, locks, and what browsers' forms carry.
constexpr ByteView kHarmlessNames[] = {
    "continuation-token", "lock-token", "sec-fetch-user", "x-continuation-token", "x-csrf-token", "x-csrftoken",
    "x-ms-session-token", "x-next-token", "x-sync-token", "x-xsrf-token",
};
static_assert(std::is_sorted(std::begin(kHarmlessNames), std::end(kHarmlessNames)));

// Harmless whatever follows: what representations are about. So are names that end in User-Agent.
constexpr ByteView kHarmlessFamilies[] = {"accept-", "content-", "if-"};

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

char fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c | 0x20);
  return is_letter_or_digit(c) ? c : '-';
}

/// Which letters a family begins with: most names fall there without a comparison.
constexpr std::array<bool, 128> kFirst = [] {
  std::array<bool, 128> first{};
  for (const ByteView family : kFamilies) first[static_cast<size_t>(family[0])] = true;
  return first;
}();

/// How long words with this first letter are, a bit each: most words fall there without a search.
constexpr std::array<uint32_t, 128> kLengths = [] {
  std::array<uint32_t, 128> lengths{};
  for (const ByteView word : kWords) lengths[static_cast<size_t>(word[0])] |= uint32_t{1} << word.size();
  return lengths;
}();

bool claims(ByteView word) {
  while (!word.empty() && word.back() >= '0' && word.back() <= '9') word.remove_suffix(1);
  if (word.size() < 2 || word == "useragent") return false;
  if (word.size() < 32 && (kLengths[static_cast<size_t>(word[0])] >> word.size() & 1) != 0 &&
      std::binary_search(std::begin(kWords), std::end(kWords), word))
    return true;
  for (const ByteView each : kBeginnings)
    if (each[0] == word[0] && word.starts_with(each)) return true;
  for (const ByteView each : kEndings)
    if (each.back() == word.back() && word.ends_with(each)) return true;
  return false;
}

bool has_claim(ByteView folded) {
  while (!folded.empty()) {
    const size_t end = std::min(folded.find('-'), folded.size());
    const bool agent = folded == "user-agent";   // the last two words
    if (!agent && claims(folded.substr(0, end))) return true;
    folded.remove_prefix(agent ? folded.size() : std::min(end + 1, folded.size()));
  }
  return false;
}

}  // namespace

bool claims_identity(ByteView name) {
  if (name.size() > kLongest) return true;
  std::array<char, kLongest> text;
  for (size_t i = 0; i < name.size(); ++i) text[i] = fold(name[i]);
  ByteView folded{text.data(), name.size()};
  if (std::binary_search(std::begin(kHarmlessNames), std::end(kHarmlessNames), folded)) return false;
  for (const ByteView family : kHarmlessFamilies)
    if (folded.starts_with(family)) return false;
  if (folded.starts_with("x-")) folded.remove_prefix(2);
  if (folded.empty()) return false;
  if (kFirst[static_cast<size_t>(folded[0]) & 127])
    for (const ByteView family : kFamilies)
      if (folded.starts_with(family)) return true;
  return has_claim(folded) || std::binary_search(std::begin(kNames), std::end(kNames), folded);
}

bool is_plain_name(ByteView name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

}  // namespace gatehouse::proxy
