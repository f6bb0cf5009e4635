#include "proxy/claimed_fields.h"

#include <algorithm>
#include <array>

namespace gatehouse::proxy {
namespace {

constexpr size_t kLongest = 48;   // more than any name below: the rest of a name does not matter

// Names without "X-" in front; in order, so that one search tells. Gathered from what nginx, Apache, Envoy, Kong,
// oauth2-proxy, Pomerium, authentik, the cloud providers' front ends and web frameworks set or believe.
constexpr ByteView kNames[] = {
    "account", "account-id", "account-name", "accountid", "actor", "actor-id", "anonymous-consumer", "arr-ssl",
    "authorization", "azure-clientip", "azure-socketip", "behalf-of", "caller", "caller-id", "client-cn",
    "client-common-name", "client-dn", "client-fingerprint", "client-i-dn", "client-id", "client-ip", "client-issuer",
    "client-issuer-dn", "client-s-dn", "client-san", "client-serial", "client-subject", "client-subject-cn",
    "client-subject-dn", "client-thumbprint", "client-uri", "client-verified", "client-verify", "clientcertificate",
    "clientip", "cluster-client-ip", "company", "company-id", "customer", "customer-id", "destination-url", "email",
    "fastly-client-ip", "forward-for", "forward-proto", "front-end-https", "group", "groups", "host",
    "http-destinationurl", "http-method", "http-method-override", "http-path-override", "identity", "ip", "login",
    "mail", "method", "method-override", "on-behalf-of", "org", "org-id", "org-name", "organisation", "organisation-id",
    "organization", "organization-id", "orgid", "originating-ip", "originating-url", "path-override", "permission",
    "permissions", "principal", "principal-id", "principal-name", "privileges", "proto", "proxy-authorization",
    "proxy-user", "proxyuser-ip", "role", "roles", "scheme", "scope", "scope-orgid", "scopes", "sub", "subject",
    "subject-id", "true-client-ip", "uid", "url-scheme", "user", "user-dn", "user-email", "user-group", "user-groups",
    "user-id", "user-info", "user-mail", "user-name", "user-role", "user-roles", "user-sub", "user-subject",
    "user-tenant", "userid", "userinfo", "username", "users", "via",
};
static_assert(std::is_sorted(std::begin(kNames), std::end(kNames)));

constexpr ByteView kFamilies[] = {   // whatever follows
    "amzn-mtls-", "amzn-oidc-", "appengine-", "arr-clientcert", "auth-", "authelia-", "authenticated", "authentik-",
    "cert-", "certificate", "cf-access-", "cf-cert-", "cf-client-", "cf-connecting-", "client-cert", "client-ssl",
    "clientcert", "consumer-", "credential-", "envoy-", "forwarded", "gatehouse", "goog-authenticated-", "goog-iap-",
    "impersonate", "jwt-", "ms-client-principal", "ms-token-", "mtls-", "oauth-", "oidc-", "original-", "peer-cert",
    "pomerium-", "proxy-client", "real-", "remote-", "rewrite-", "saml-", "spiffe-", "ssl-", "tenant", "tls-", "token-",
    "verified-", "vouch-", "webauth-", "wl-proxy-",
};

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

}  // namespace

bool claims_identity(ByteView name) {
  std::array<char, kLongest> text;
  const size_t size = std::min(name.size(), kLongest);
  for (size_t i = 0; i < size; ++i) text[i] = fold(name[i]);
  ByteView folded{text.data(), size};
  if (folded.starts_with("x-")) folded.remove_prefix(2);
  if (folded.empty()) return false;
  if (kFirst[static_cast<size_t>(folded[0]) & 127])
    for (const ByteView family : kFamilies)
      if (folded.starts_with(family)) return true;
  return std::binary_search(std::begin(kNames), std::end(kNames), folded);
}

bool is_plain_name(ByteView name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

}  // namespace gatehouse::proxy
