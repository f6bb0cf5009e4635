// Tokens. The first byte says how to read the rest: '0' a token as it came, '1' a header, a NUL and a payload
// that the issuer signs, so that the claims are reached too.
#include <algorithm>
#include <string>

#include "identity/claims.h"
#include "identity/key_set_state.h"
#include "identity/mint.h"
#include "identity/plain_text.h"
#include "identity/token_cache.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::identity {
namespace {

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;

// The published example key of RFC 8410 section 10.3: the same in every run.
constexpr ByteView kKeyPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";

const crypto::PrivateKey& key() {
  static const crypto::PrivateKey made = crypto::PrivateKey::from_pem(kKeyPem).value();
  return made;
}

const IssuerSet& issuers() {
  static const IssuerSet made = [] {
    Issuer issuer;
    issuer.name = "i";
    issuer.url = "i";
    issuer.audiences = {"a"};
    issuer.algorithms = {Algorithm::eddsa, Algorithm::es256, Algorithm::rs256};
    issuer.groups_claim = "g.h";
    issuer.keys = KeySet::parse("{\"keys\":[" + jwk_text(key().public_key(), "k") + "]}").value();
    return IssuerSet{{issuer}};
  }();
  return made;
}

/// check_accepted holds an accepted token against what an Identity promises.
void check_accepted(const Identity& identity, const std::string& token) {
  GH_ASSERT(identity.proof == Proof::oidc_jwt && identity.issuer_url == "i" && identity.key_id == "k");
  GH_ASSERT(identity.expires > kNow);
  GH_ASSERT(!identity.subject.empty() && identity.subject.size() <= kSubjectBytesMax);
  GH_ASSERT(is_plain_text(identity.subject) && is_plain_text(identity.token_id));
  GH_ASSERT(identity.groups.size() <= kGroupsMax);
  GH_ASSERT(std::is_sorted(identity.groups.begin(), identity.groups.end()));
  GH_ASSERT(std::adjacent_find(identity.groups.begin(), identity.groups.end()) == identity.groups.end());
  for (const std::string& group : identity.groups)
    GH_ASSERT(!group.empty() && group.size() <= kGroupBytesMax && is_plain_text(group));
  GH_ASSERT(bearer_token("Bearer " + token) == token);
  GH_ASSERT(std::count(token.begin(), token.end(), '.') == 2);
  std::string changed = token;  // any part of it
  changed[token.size() / 2] = changed[token.size() / 2] == 'A' ? 'B' : 'A';
  PLANT(if (identity.groups.size() == 2) changed = token);
  GH_ASSERT(!verify_jwt(issuers(), changed, kNow).ok());
}

void run(const std::string& token) {
  static TokenCache cache(16);
  const auto result = verify_jwt(issuers(), token, kNow);
  const uint64_t misses = cache.misses();
  const auto again = cache.verify(issuers(), 1, token, kNow);
  GH_ASSERT(result.ok() == again.ok());
  if (!result.ok()) {
    GH_ASSERT(result.error() == again.error() && result.error() != Reason::none);
    return;
  }
  check_accepted(**result, token);
  const auto third = cache.verify(issuers(), 1, token, kNow);
  GH_ASSERT(third.ok() && cache.misses() <= misses + 1);
  GH_ASSERT((*third)->subject == (*result)->subject && (*third)->groups == (*result)->groups);
}

}  // namespace
}  // namespace gatehouse::identity

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  if (size == 0) return 0;
  const ByteView rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ByteView bearer = identity::bearer_token(rest);
  GH_ASSERT(bearer.empty() ||
            (rest.ends_with(bearer) && bearer.find_first_of(" \t\r\n,\"") == ByteView::npos));
  if (data[0] != '1') {
    identity::run(std::string(rest));
    return 0;
  }
  const size_t nul = std::min(rest.find('\0'), rest.size());
  const ByteView payload = rest.substr(std::min(nul + 1, rest.size()));
  identity::run(identity::sign_jws(identity::key(), rest.substr(0, nul), payload));
  return 0;
}
