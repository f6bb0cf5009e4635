// Keys of records: who can open what is sealed, what it takes besides, and who signs heads. One line of text each:
//   gatehouse-auditor-secret-1 BASE64URL NAME      the secret half, 32 bytes: X25519 (heads: Ed25519 seed, RFC 8032)
//   gatehouse-auditor-1 BASE64URL NAME             the public half, 32 bytes
// and likewise gatehouse-operations..., gatehouse-heads...; gatehouse-tenant-secret-1 is 32 random bytes, NAME the tenant's, and
// has no public half. Pure: files are keys_file.h.
#pragma once

#include <array>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret.h"

namespace gatehouse::record {

enum class KeyUse : uint8_t { operations, auditor, heads, tenant };
ByteView key_use_name(KeyUse use);   // "operations", "auditor", "heads", "tenant"

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kKeyNameMax = 64;        // a-z A-Z 0-9 . _ - @
inline constexpr size_t kKeyLineMax = 256;       // of a key file's one line
using KeyBytes = std::array<uint8_t, kKeyBytes>;

/// KeyPublic is the half that everybody may have. Value.
struct KeyPublic {
  KeyUse use = KeyUse::auditor;
  std::string name;
  KeyBytes bytes{};
  bool operator==(const KeyPublic&) const = default;
};

/// KeySecret is the half that opens, or signs. Not copied.
struct KeySecret {
  KeyUse use = KeyUse::auditor;
  std::string name;
  crypto::Secret bytes;    // kKeyBytes of them

  bool has_public() const { return use != KeyUse::tenant; }
};

/// make_key makes a fresh pair's secret half, or a tenant's secret; public_half computes the other one, which no tenant has.
KeySecret make_key(KeyUse use, std::string name);
KeyPublic public_half(const KeySecret& key);

/// key_digest is SHA-256 of the public key's 32 bytes: how a keys record names a recipient.
KeyBytes key_digest(const KeyPublic& key);

/// key_name_fits says whether a key may be called so.
bool key_name_fits(ByteView name);

/// Text of the halves, with a line end; and back. Errors say what is wrong, never what was read: it may be a secret. A
/// secret half where a public one is wanted is refused by name, so that no secret is handed round by mistake.
std::string format_key(const KeyPublic& key);
crypto::Secret format_key(const KeySecret& key);
Result<KeyPublic, std::string> parse_key_public(ByteView text);
Result<KeySecret, std::string> parse_key_secret(ByteView text);

}  // namespace gatehouse::record
