// A described request while it is judged.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/explainer.h"
#include "proxy/refusal.h"
#include "tls/clients.h"

namespace gatehouse::cli {

/// Request owns its bytes; one at a time.
struct Explainer::Request {
  std::string head;              // credentials are covered once they were verified
  std::vector<char> body;        // with padding
  size_t body_size = 0;
  bool whole = false;
  WallNs now = 0;
  std::string listener;          // empty: nobody says
  std::optional<tls::ClientCertificate> shown;   // the client's, verified
  const config::ClientRules* rules = nullptr;    // of the listener that it was shown to
  std::string untrusted;                         // why it is not believed
  proxy::Shown came_with = proxy::Shown::token;
  Arena arena;
  policy::Facts facts;
  policy::Decision decision;

  ByteView bytes() const { return {body.data(), body_size}; }
};

}  // namespace gatehouse::cli
