#include "identity/certificate.h"

#include <algorithm>

#include "base/glob.h"
#include "identity/claims.h"
#include "identity/plain_text.h"
#include "identity/spiffe.h"

namespace gatehouse::identity {
namespace {

class CertificateValues : public Values {
 public:
  explicit CertificateValues(const crypto::CertificateFacts& facts) : facts_(facts) {}

  bool texts_at(ByteView path, std::vector<std::string>* out) const override {
    if (path == "uri") *out = facts_.uris;
    else if (path == "dns") *out = facts_.dns_names;
    else if (path == "email") *out = facts_.emails;
    else if (path == "organization") *out = facts_.organizations;
    else if (path == "unit") *out = facts_.units;
    else return false;
    return true;
  }

 private:
  const crypto::CertificateFacts& facts_;
};

bool is_host(ByteView name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

bool is_mail(ByteView name) {
  const size_t at = name.find('@');
  return at != ByteView::npos && at > 0 && at + 1 < name.size() && name.find('@', at + 1) == ByteView::npos;
}

/// subject_of is empty when the certificate does not say exactly one.
ByteView subject_of(CertificateName kind, const crypto::CertificateFacts& facts) {
  const std::vector<std::string>* names = nullptr;
  switch (kind) {
    case CertificateName::none: return {};
    case CertificateName::spiffe: names = &facts.uris; break;
    case CertificateName::dns: names = &facts.dns_names; break;
    case CertificateName::email: names = &facts.emails; break;
  }
  if (names->size() != 1) return {};
  const ByteView name = names->front();
  if (name.size() > kSubjectBytesMax) return {};
  const bool fits = kind == CertificateName::spiffe ? is_spiffe_id(name)
                    : kind == CertificateName::dns  ? is_host(name)
                                                    : is_mail(name);
  return fits ? name : ByteView{};
}

bool plain(const std::vector<std::string>& texts) {
  return std::all_of(texts.begin(), texts.end(), [](const std::string& text) { return is_plain_text(text); });
}

}  // namespace

std::string certificate_issuer(ByteView name) { return "certificate:" + std::string(name); }

Result<IdentityRef, Reason> certificate_identity(const CertificateRules& rules, const crypto::CertificateFacts& facts) {
  const ByteView subject = subject_of(rules.kind, facts);
  const bool known = !subject.empty() && std::any_of(rules.patterns.begin(), rules.patterns.end(),
                                                     [subject](const std::string& each) { return glob_matches(each, subject); });
  if (!known || !plain(facts.organizations) || !plain(facts.units)) return Failure{Reason::certificate_unknown};
  auto made = std::make_shared<Identity>();
  made->proof = Proof::certificate;
  made->issuer = rules.name;
  made->issuer_url = certificate_issuer(rules.name);
  made->subject = subject;
  made->expires = facts.not_after;
  made->certificate = facts.digest;
  if (!derive_groups(rules.groups, rules.group_prefix, CertificateValues(facts), &made->groups))
    return Failure{Reason::token_groups};
  order_groups(&made->groups);
  name_who(*made);
  return IdentityRef(std::move(made));
}

}  // namespace gatehouse::identity
