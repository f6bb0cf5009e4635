// What TLS connections share: certificates, ticket keys, trust.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "tls/clients.h"

struct ssl_ctx_st;

namespace gatehouse::tls {

/// Certificate is one chain (leaf first) with its private key, both PEM. Names are taken from the
/// leaf's subject alternative names.
struct Certificate {
  std::string chain_pem;
  std::string key_pem;
};

/// TicketKeys are shared by all workers and rotated centrally; the first encrypts, all decrypt. Each is
/// name (16 bytes), HMAC-SHA256 key (16), AES-128-CBC key (16): RFC 5077 section 4.
struct TicketKeys {
  std::array<uint8_t, 48> current{};
  std::array<uint8_t, 48> previous{};
};

/// make_ticket_keys draws fresh keys; the old current becomes previous when given.
TicketKeys make_ticket_keys(const TicketKeys* old);

/// CertificateInfo is what check, status and metrics show of a certificate.
struct CertificateInfo {
  std::string subject;
  std::vector<std::string> names;  // DNS names, lower case; "*.example.org" possible
  WallNs not_before = 0;
  WallNs not_after = 0;
};

/// ServerSettings: TLS 1.2 (ECDHE AEAD) and 1.3, certificates chosen by SNI (exact, then wildcard,
/// then the first), tickets, no 0-RTT, ALPN http/1.1. One per worker: no shared reference counts.
/// A ticket is good only for the leaf certificate it was issued under, the scope (a listener's name), and what is asked of
/// clients then: changed authorities or revocation lists end resumption, and clients show their certificates anew.
/// Renegotiation is never spoken. Immutable once made; made and
/// freed by any one thread, used by one worker; may be freed before its engines.
class ServerSettings {
 public:
  /// create fails with a text that says which certificate or key is wrong and why (key does not match,
  /// not PEM, expired, RSA below 2048 bits).
  static Result<std::unique_ptr<ServerSettings>, std::string> create(const std::vector<Certificate>& certificates,
                                                                     const TicketKeys& tickets, const Clients& clients = {},
                                                                     const std::string& scope = {});
  ~ServerSettings();
  ServerSettings(const ServerSettings&) = delete;
  ServerSettings& operator=(const ServerSettings&) = delete;

  ssl_ctx_st* ssl_ctx() const { return default_; }

 private:
  ServerSettings() = default;
  ssl_ctx_st* default_ = nullptr;  // the first certificate; it owns the others and the ticket keys
};

/// ClientSettings: verified TLS 1.2 and 1.3 towards origins and issuers. `trust_pem` are CA
/// certificates; empty means the system's store. Names are always checked. As immutable as above.
class ClientSettings {
 public:
  static Result<std::unique_ptr<ClientSettings>, std::string> create(const std::string& trust_pem);
  ~ClientSettings();
  ClientSettings(const ClientSettings&) = delete;
  ClientSettings& operator=(const ClientSettings&) = delete;

  ssl_ctx_st* ssl_ctx() const { return settings_; }

 private:
  ClientSettings() = default;
  ssl_ctx_st* settings_ = nullptr;
};

/// describe reads the leaf of a PEM chain. The subject is RFC 2253 text without control bytes.
Result<CertificateInfo, std::string> describe(const std::string& chain_pem);

}  // namespace gatehouse::tls
