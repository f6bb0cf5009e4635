// What all runs share because it is dear to make: keys, tokens, certificates, compiled guards and masks.
#pragma once

#include <memory>
#include <string>

#include "guard/guard.h"
#include "identity/issuer.h"
#include "mask/mask.h"
#include "tls/settings.h"

namespace gatehouse::sim {

/// Fixed is made once per process. Nothing in it depends on a seed, and no run changes it.
struct Fixed {
  Fixed();

  std::shared_ptr<const identity::KeySet> keys;
  std::string tokens[5];   // by Caller
  std::string token_mark;  // a piece of every token of a member
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
