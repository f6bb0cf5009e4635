// The issuer as a service: discovery, keys, and tokens for clients that prove themselves.
#pragma once

#include <optional>
#include <string>

#include "issuer/clients.h"
#include "issuer/signing_key.h"
#include "web/server.h"

namespace gatehouse::issuer {

/// Provider answers GET /.well-known/openid-configuration (OpenID Connect Discovery 1.0), GET /jwks and
/// POST /token (RFC 6749 section 4.4, client credentials). POST /rotate makes a new key that signs from then on; the
/// one before it stays published until the next time.
class Provider {
 public:
  struct Settings {
    std::string url;        // what tokens name as iss
    std::string audience;   // of every token
    int64_t ttl = 600;     // seconds
  };

  Provider(Settings settings, SigningKey key, Clients clients)
      : settings_(std::move(settings)), key_(std::move(key)), clients_(std::move(clients)) {}

  web::Answer answer(const web::Call& call);

 private:
  web::Answer discovery() const;
  web::Answer rotate();
  web::Answer token(const web::Call& call) const;
  const Client* proven(const std::string& id, ByteView secret) const;

  Settings settings_;
  SigningKey key_;
  std::optional<SigningKey> before_;   // published, signs no more
  Clients clients_;
};

}  // namespace gatehouse::issuer
