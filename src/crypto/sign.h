// Private signature keys: for the development issuer and the tests. The gateway itself only verifies.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret.h"
#include "crypto/signature.h"

namespace gatehouse::crypto {

/// PrivateKey is a key pair of one of the three types. Immutable, cheap to copy, shared by threads.
class PrivateKey {
 public:
  static PrivateKey make_p256();
  static PrivateKey make_ed25519();
  static PrivateKey make_rsa(unsigned bits = 2048);  // 2048 takes about 100 ms

  /// from_ed25519_seed is the key pair of a 32-byte secret (RFC 8032 section 5.1.5); asserted.
  static PrivateKey from_ed25519_seed(ByteView seed);

  /// from_pem reads an unencrypted PKCS #8 "PRIVATE KEY" (or a type's own older form), with
  /// the same demands on it as on a public key.
  static Result<PrivateKey, std::string> from_pem(ByteView pem);
  /// to_pem writes PKCS #8.
  Secret to_pem() const;

  KeyType type() const;
  const PublicKey& public_key() const;

  /// sign returns the signature in the form that PublicKey::verify wants (p256: r || s). Also the form
  /// of a JWS (RFC 7518 section 3).
  std::string sign(ByteView message) const;

  struct State;  // for self_signed.cc
  const State& state() const { return *state_; }

 private:
  friend struct PrivateKeyMaker;
  explicit PrivateKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace gatehouse::crypto
