// Client certificates: bytes (DER) to facts to an identity. Signatures are TLS's; what is read of a certificate is not.
#include <algorithm>

#include "identity/certificate.h"
#include "identity/claims.h"
#include "identity/plain_text.h"
#include "identity/spiffe.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::identity {
namespace {

bool visible(ByteView text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void check_facts(const crypto::CertificateFacts& facts) {
  size_t names = 0;
  for (const auto* list : {&facts.uris, &facts.dns_names, &facts.emails})
    for (const std::string& name : *list) {
      GH_ASSERT(visible(name) && name.size() <= crypto::kCertificateNameBytesMax);
      ++names;
    }
  GH_ASSERT(names <= crypto::kCertificateNamesMax);
  GH_ASSERT(std::all_of(facts.serial.begin(), facts.serial.end(), [](char c) { return std::isxdigit(static_cast<unsigned char>(c)); }));
  for (const auto* list : {&facts.organizations, &facts.units})
    for (const std::string& value : *list) GH_ASSERT(value.size() <= crypto::kCertificateNameBytesMax);
}

void check_identity(const Identity& identity, CertificateName kind, const crypto::CertificateFacts& facts) {
  GH_ASSERT(identity.proof == Proof::certificate && identity.certificate == facts.digest && identity.expires == facts.not_after);
  GH_ASSERT(identity.issuer_url == "certificate:c" && is_plain_text(identity.subject) && identity.subject.size() <= kSubjectBytesMax);
  const auto& names = kind == CertificateName::spiffe ? facts.uris : kind == CertificateName::dns ? facts.dns_names : facts.emails;
  GH_ASSERT(names.size() == 1 && names[0] == identity.subject);
  GH_ASSERT(kind != CertificateName::spiffe || is_spiffe_id(identity.subject));
  GH_ASSERT(kind != CertificateName::dns || identity.subject.find('*') == std::string::npos);
  GH_ASSERT(std::is_sorted(identity.groups.begin(), identity.groups.end()));
  for (const std::string& group : identity.groups) GH_ASSERT(group.starts_with("p-") && is_plain_text(group));
  PLANT(GH_ASSERT(identity.groups.size() != 2));
}

void run(ByteView der) {
  const auto facts = crypto::read_certificate(der);
  if (!facts.ok()) {
    GH_ASSERT(!facts.error().empty());
    return;
  }
  check_facts(*facts);
  GH_ASSERT(facts->digest == crypto::sha256(der));
  for (const auto kind : {CertificateName::none, CertificateName::spiffe, CertificateName::dns, CertificateName::email}) {
    const CertificateRules rules{"c", kind, {"*"}, "p-", {{"{1}", {{"unit", {"*"}}}}, {"all", {{"uri", {"spiffe:*"}}}}}};
    const auto made = certificate_identity(rules, *facts);
    GH_ASSERT(!made.ok() || kind != CertificateName::none);
    if (made.ok()) check_identity(**made, kind, *facts);
    else GH_ASSERT(made.error() == Reason::certificate_unknown || made.error() == Reason::token_groups);
  }
}

}  // namespace
}  // namespace gatehouse::identity

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gatehouse::identity::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
