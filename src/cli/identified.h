// Who a credential proves its sender to be, check by check, by one configuration: what `gatehouse whoami` prints.
#pragma once

#include <string>
#include <vector>

#include "base/reason.h"
#include "identity/identity.h"
#include "identity/steps.h"
#include "policy/policy.h"
#include "proxy/refusal.h"

namespace gatehouse::cli {

/// Identified is one credential judged. Owns its texts.
struct Identified {
  struct RuleNamed {
    std::string name;
    policy::Effect effect;
  };
  std::string credential;            // "JWT of 812 bytes"
  identity::Steps steps;             // in the order in which they were made; the last one failed or all passed
  Reason reason = Reason::none;      // of a refusal
  proxy::Bound bound;                // the limit that the credential ran into; no key when it was none
  identity::IdentityRef caller;      // null when nobody was proved
  std::vector<RuleNamed> rules;      // that name one of the groups
  std::vector<std::string> notes;    // what could not be known here
};

/// identified_text is lines for a terminal, safe whatever the credential says; it never shows the credential.
std::string identified_text(const Identified& told);

/// identified_json is the same as one object on one line.
std::string identified_json(const Identified& told);

}  // namespace gatehouse::cli
