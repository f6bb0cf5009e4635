// What all runs share because it is dear to make: keys, tokens, certificates, compiled guards and masks.
#pragma once

#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "guard/guard.h"
#include "identity/issuer.h"
#include "mask/mask.h"
#include "tls/settings.h"

namespace gatehouse::sim {

/// Members: every second request is the other's, whose name could be taken for a list or for two fields.
struct Member {
  std::string in_token;   // the subject as JSON text
  std::string subject;
  std::string told;       // what an origin is told of it
};
inline const Member kMembers[] = {{"job", "job", "job"},
                                  {R"(job, 2%0D \u00fc)", "job, 2%0D \xc3\xbc", "job%2C%202%250D%20%C3%BC"}};
inline constexpr const char* kGroupsTold = "batch,night%2C%20root";

/// Fixed is made once per process. Nothing in it depends on a seed, and no run changes it.
struct Fixed {
  Fixed();

  std::shared_ptr<const identity::KeySet> keys;
  std::string tokens[5];   // by Caller; of the first member
  std::string member_tokens[std::size(kMembers)];
  std::vector<std::string> token_marks;   // a piece of each token of a member
  std::shared_ptr<const guard::Set> guards;
  std::shared_ptr<const mask::Plan> masks;

  tls::Certificate gateway_certificate, origin_certificate;
  tls::TicketKeys tickets;
  std::unique_ptr<tls::ClientSettings> trust;  // of both certificates
  std::unique_ptr<tls::ServerSettings> origin_settings;
  std::unique_ptr<tls::ServerSettings> impostor_settings;  // a trusted certificate, of another name
  std::string trust_pem;
};

}  // namespace gatehouse::sim
