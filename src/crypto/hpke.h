// Hybrid public key encryption (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. And the public
// halves of raw keys.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace gatehouse::crypto {

inline constexpr size_t kHpkeOverhead = 32 + 16;   // encapsulated key before, tag behind

/// hpke_seal returns the encapsulated key and the ciphertext. Nothing when the public key (32 bytes) is one that no secret
/// has (a point of small order).
std::optional<std::string> hpke_seal(ByteView public_key, ByteView info, ByteView authenticated, ByteView text);

/// hpke_open: nothing when it was sealed for another key, or changed.
std::optional<Secret> hpke_open(const Secret& secret_key, ByteView info, ByteView authenticated, ByteView sealed);

/// x25519_public (RFC 7748) and ed25519_public (RFC 8032, of a seed) compute the public half of 32 secret bytes.
std::array<uint8_t, 32> x25519_public(const Secret& secret_key);
std::array<uint8_t, 32> ed25519_public(const Secret& seed);

}  // namespace gatehouse::crypto
