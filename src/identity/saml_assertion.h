// Inside identity/: what a SAML assertion says, read from octets whose signature holds, and whether that is for us.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/reason.h"
#include "base/result.h"
#include "identity/group_rules.h"
#include "identity/saml.h"
#include "xml/document.h"

namespace gatehouse::identity {

inline constexpr size_t kSamlAttributesMax = 256;

/// SamlAssertion is one as it says of itself; nothing of it is judged.
struct SamlAssertion : Values {
  struct Attribute {
    std::string name;
    std::vector<std::string> values;
    bool readable = true;   // every value is a text
  };

  std::string id, issuer;
  WallNs issued = 0;
  std::string subject;                                // NameID
  std::string recipient;
  std::optional<WallNs> not_before;                   // the latest of all
  std::optional<WallNs> ends;                         // the earliest NotOnOrAfter and SessionNotOnOrAfter
  std::vector<std::vector<std::string>> audiences;    // of each AudienceRestriction
  bool one_time_use = false;
  std::vector<Attribute> attributes;   // names differ: those that come twice are joined, as in a list of roles

  /// texts_at: see Values. A path is the Name of an Attribute, dots and all, or "NameID" when no attribute has that name.
  bool texts_at(ByteView path, std::vector<std::string>* out) const override;
};

/// read_assertion reads the canonical form of an assertion that was signed, without its Signature. What it does not know it
/// refuses, so that no condition is passed over: elements, in whatever namespace, conditions other than AudienceRestriction and
/// OneTimeUse, a SubjectConfirmation other than one by bearer, an Address, statements other than AuthnStatement and
/// AttributeStatement, Advice. Reasons: saml_malformed, saml_conditions.
Result<SamlAssertion, Reason> read_assertion(ByteView octets);

/// judge holds an assertion against its issuer, the clock and its use, and fills in what Identity takes from it.
Reason judge(const SamlAssertion& assertion, const SamlIssuer& issuer, WallNs now, SamlUse use, Identity* out,
             Steps* steps = nullptr);

}  // namespace gatehouse::identity
