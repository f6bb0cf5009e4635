// Assertions. The first byte says how to read the rest: '0' a document as it came, others a document that the provider
// signs, so that what it says is reached too.
#include <algorithm>
#include <string>

#include "identity/claims.h"
#include "identity/plain_text.h"
#include "identity/saml.h"
#include "tests/fuzz/plant.h"
#include "tests/support/saml_signer.h"

namespace gatehouse::identity {
namespace {

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;

// A P-256 key of nothing else: the same in every run.
constexpr ByteView kKeyPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/tLGxkOAvrkZo4T6\n"
    "Cj1Ud0La7i9lpx32IsnV+WhQkGGhRANCAAQrLySS7dAncsINPAQPNqmkWq39vMnM\n"
    "lOXguMa1ksClqaR7g430gNXVZME5BRdQUj3TsvtG2MO7BmpP5L07CT/4\n"
    "-----END PRIVATE KEY-----\n";

const crypto::PrivateKey& key() {
  static const crypto::PrivateKey made = crypto::PrivateKey::from_pem(kKeyPem).value();
  return made;
}

const SamlIssuers& issuers() {
  static const SamlIssuers made = [] {
    SamlIssuer issuer;
    issuer.name = "i";
    issuer.audiences = {"a"};
    issuer.recipient = "r";
    issuer.groups_attribute = "g";
    issuer.groups = {{"s-{1}", {{"NameID", {"s*"}}}}};
    issuer.metadata = saml_metadata(key().public_key(), "i");
    return SamlIssuers{{issuer}};
  }();
  return made;
}

/// check_accepted holds an accepted assertion against what an Identity promises.
void check_accepted(const Identity& identity, const std::string& document) {
  GH_ASSERT(identity.proof == Proof::saml && identity.issuer == "i" && identity.issuer_url == "i");
  GH_ASSERT(identity.expires > kNow && identity.expires <= kNow + 24 * 3600 * kNsPerSecond);
  GH_ASSERT(is_saml_id(identity.token_id));
  GH_ASSERT(!identity.subject.empty() && identity.subject.size() <= kSubjectBytesMax && is_plain_text(identity.subject));
  GH_ASSERT(!identity.groups.empty() && identity.groups.size() <= kGroupsMax);
  GH_ASSERT(std::is_sorted(identity.groups.begin(), identity.groups.end()));
  GH_ASSERT(std::adjacent_find(identity.groups.begin(), identity.groups.end()) == identity.groups.end());
  for (const std::string& group : identity.groups)
    GH_ASSERT(!group.empty() && group.size() <= kGroupBytesMax && is_plain_text(group));
  for (const ByteView never : {"<!", "<?"}) GH_ASSERT(document.find(never, 5) == std::string::npos);
  std::string changed = document;   // the digest of what is read
  const size_t at = changed.find("DigestValue>") + 12;
  changed[at] = changed[at] == 'A' ? 'B' : 'A';
  PLANT(if (identity.groups.size() == 2) changed = document);
  GH_ASSERT(!verify_saml(issuers(), changed, kNow, SamlUse::exchange).ok());
  changed = document;
  const size_t subject = changed.find("<", changed.find("ID"));
  changed.insert(subject, "x");
  GH_ASSERT(!verify_saml(issuers(), changed, kNow, SamlUse::exchange).ok());
}

void run(const std::string& document) {
  const auto result = verify_saml(issuers(), document, kNow, SamlUse::exchange);
  const auto bearer = verify_saml(issuers(), document, kNow, SamlUse::bearer);
  GH_ASSERT(result.ok() || (!bearer.ok() && result.error() != Reason::none));
  if (!result.ok()) return;
  check_accepted(**result, document);
  if (!bearer.ok()) {
    GH_ASSERT(bearer.error() == Reason::saml_conditions || bearer.error() == Reason::saml_expired);
    return;
  }
  GH_ASSERT((*bearer)->expires <= (*result)->expires && (*bearer)->groups == (*result)->groups);
  GH_ASSERT(saml_standing(issuers(), **bearer, kNow) == Reason::none);
}

}  // namespace
}  // namespace gatehouse::identity

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  if (size == 0) return 0;
  const ByteView rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  identity::run(data[0] == '0' ? std::string(rest) : identity::sign_saml(rest, identity::key()));
  return 0;
}
