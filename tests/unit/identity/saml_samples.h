// What tests/support/saml_samples.py made: the carried file, or the one named on the command line.
#pragma once

#include <string>

#include "identity/saml.h"

namespace gatehouse::identity {

inline constexpr WallNs kSamlNow = 1'800'000'000 * kNsPerSecond;   // 2027-01-15T08:00:00Z, as in the script

/// sample is one of them, by name; ends the test program when there is none.
const std::string& sample(ByteView name);

/// sample_issuer trusts the provider of the samples, as a configuration would.
SamlIssuer sample_issuer(ByteView metadata = "metadata");

/// saml_reason verifies a text as an issuer's; Reason::none when it is believed.
Reason saml_reason(ByteView assertion, SamlUse use = SamlUse::exchange, WallNs now = kSamlNow,
                   const SamlIssuer& issuer = sample_issuer());

}  // namespace gatehouse::identity
