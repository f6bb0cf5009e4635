// Session tickets (RFC 5077, RFC 8446 section 4.6.1) and the names of certificates, tied to the life of an
// SSL_CTX. Private to this module.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tls/boringssl.h"
#include "tls/settings.h"

namespace gatehouse::tls {

/// Attached lives and dies with an SSL_CTX, so that connections may outlive the settings they began
/// with. The default SSL_CTX also owns those of the other certificates.
struct Attached {
  struct Named {
    std::vector<std::string> names;
    bssl::UniquePtr<SSL_CTX> settings;  // null: the default one (a reference to itself would never end)
  };
  std::shared_ptr<const TicketKeys> keys;
  Clients clients;
  std::vector<Named> named;

  ~Attached();
};

/// attach gives `attached` to the SSL_CTX; attached_to finds it again, never null for server settings.
bool attach(SSL_CTX* settings, std::unique_ptr<Attached> attached);
const Attached* attached_to(const SSL_CTX* settings);

/// ticket_key serves SSL_CTX_set_tlsext_ticket_key_cb: encrypts under `current`, decrypts under both, and
/// asks for a renewed ticket where `previous` was used.
int ticket_key(SSL* ssl, uint8_t* name, uint8_t* iv, EVP_CIPHER_CTX* cipher, HMAC_CTX* hmac, int encrypt);

}  // namespace gatehouse::tls
