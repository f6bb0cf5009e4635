// Who a client certificate says its holder is. Whether it is believed at all was decided by TLS (tls/clients.h).
#pragma once

#include <string>
#include <vector>

#include "base/reason.h"
#include "base/result.h"
#include "crypto/certificate.h"
#include "identity/group_rules.h"
#include "identity/identity.h"

namespace gatehouse::identity {

/// CertificateName is the kind of alternative name that becomes the subject. The common name never does.
enum class CertificateName : uint8_t {
  none,    // certificates name nobody: they are only what tokens are bound to
  spiffe,  // the one URI, a SPIFFE ID
  dns,     // the one DNS name, no wildcard
  email,   // the one e-mail address
};

/// CertificateRules is how the certificates of one listener become identities. Immutable.
struct CertificateRules {
  std::string name;                    // the issuer name of such identities
  CertificateName kind = CertificateName::none;
  std::vector<std::string> patterns;   // the subject matches one of them: '*' is any text
  std::string group_prefix;
  std::vector<GroupRule> groups;       // paths: uri, dns, email, organization, unit
};

/// kCertificatePaths are the paths that conditions on certificates may have.
inline constexpr ByteView kCertificatePaths[] = {"uri", "dns", "email", "organization", "unit"};

/// certificate_issuer is what stands for the `iss` of such identities: "certificate:" and the name.
std::string certificate_issuer(ByteView name);

/// certificate_identity makes the identity of a verified certificate; it ends with it, and is bound to it.
/// certificate_unknown: rules of kind none, not exactly one name of the kind (two could be read as either), one that is
/// not of its form or that no pattern has, an organization or unit that hides or reorders text. token_groups: a rule gives
/// what is no group.
Result<IdentityRef, Reason> certificate_identity(const CertificateRules& rules, const crypto::CertificateFacts& facts);

}  // namespace gatehouse::identity
