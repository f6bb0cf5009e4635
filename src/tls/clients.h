// Whose client certificates are believed: authorities and their revocation lists (RFC 5280), looked at in each handshake,
// on each resumed session, and again whenever they change.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "crypto/certificate.h"

struct x509_store_st;

namespace gatehouse::tls {

/// ClientCertificate is a client's leaf that was verified, and until when that is known to hold.
struct ClientCertificate {
  crypto::CertificateFacts facts;
  crypto::Sha256 trust{};   // ClientTrust::digest() of those that it was last verified by
  WallNs from = 0;          // every certificate of its chain is valid from here on
  WallNs until = 0;         // before it nothing that it was verified by comes to an end
};

/// ClientTrust is what client certificates are verified by. A chain holds when it leads to one of the authorities within
/// 8 certificates; each of them is in its time, has an RSA key of 2048 bits or more, a P-256, P-384 or Ed25519 one, and
/// no signature with SHA-1 or MD5; the leaf is no authority, signs no others, and its key usages, where they are there,
/// say client authentication. With revocation lists each certificate of the chain needs one of its issuer that has not
/// ended. Immutable; shared by all workers (a short lock in each handshake).
class ClientTrust {
 public:
  /// Error says which of the two files is at fault.
  struct Error {
    bool revocations = false;
    std::string text;
  };

  /// create reads PEM. Each authority must be one (a listed leaf would be believed without an issuer) and, when there are
  /// revocation lists, have one that it signed; `revocations` null: none are asked for. Lists that have ended are taken:
  /// by them no certificate is believed.
  static Result<std::shared_ptr<const ClientTrust>, Error> create(const std::string& authorities, const std::string* revocations);
  ~ClientTrust();
  ClientTrust(const ClientTrust&) = delete;
  ClientTrust& operator=(const ClientTrust&) = delete;

  /// digest of both files: what was verified by one trust was verified by every other of the same digest.
  const crypto::Sha256& digest() const { return digest_; }
  static crypto::Sha256 digest_of(const std::string& authorities, const std::string* revocations);

  /// revocations_end is when the first of the lists ends; kEndless without lists.
  static constexpr WallNs kEndless = UINT64_MAX;
  WallNs revocations_end() const { return next_end(0); }
  /// authorities_end is when the first of the authorities ends.
  WallNs authorities_end() const { return authorities_end_; }

  struct Chain;   // of BoringSSL's types
  /// verify returns the leaf's facts, or a text that says why not; the alert that says so is in `alert`. `now` 0: BoringSSL
  /// looks at the clock.
  Result<ClientCertificate, std::string> verify(const Chain& chain, WallNs now, uint8_t* alert) const;
  /// verify_pem does the same with a chain as files hold it, leaf first.
  Result<ClientCertificate, std::string> verify_pem(const std::string& chain, WallNs now) const;
  x509_store_st* store() const { return store_; }

 private:
  ClientTrust() = default;
  bool add_authorities(const std::string& pem, std::string* why);
  bool add_revocations(const std::string& pem, std::string* why);
  WallNs next_end(WallNs after) const;

  x509_store_st* store_ = nullptr;
  crypto::Sha256 digest_{};
  std::vector<WallNs> ends_;   // of the lists
  WallNs authorities_end_ = kEndless;
};

/// Clients is what a listener asks of its clients.
struct Clients {
  std::shared_ptr<const ClientTrust> trust;   // null: no certificate is asked for
  bool required = false;                      // no handshake without one
};

}  // namespace gatehouse::tls
