// The keys record: the segment keys that seal what follows it, wrapped for each recipient. Also what `records rewrap` lays
// beside a segment: the same sections, for further recipients. HPKE (RFC 9180) base mode: DHKEM(X25519, HKDF-SHA256),
// HKDF-SHA256, AES-256-GCM; info "gatehouse records 2", associated data: process (16 bytes), worker (4), key epoch (4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "record/keys.h"
#include "record/layout.h"

namespace gatehouse::record {

/// SegmentKeys are the keys themselves. Wiped when they go.
struct SegmentKeys {
  crypto::Secret operations;   // 32 bytes
  crypto::Secret auditor;      // 32 bytes; empty: unwrapped with an operations key
};

/// Recipient is one who can open, as a keys record names him.
struct Recipient {
  KeyUse use = KeyUse::auditor;
  std::string name;
  KeyBytes digest{};           // SHA-256 of his public key
};

/// Wrapped is the segment keys for one recipient. The view is into the payload.
struct Wrapped {
  Recipient recipient;
  ByteView wrapped;            // encapsulated key (32 bytes), then ciphertext and tag
};

struct KeysRecord {
  uint32_t key_epoch = 0;
  std::vector<Wrapped> wrapped;
};

inline constexpr size_t kWrappedReadMax = 64;    // recipients of one keys record or sidecar; more is refused

/// parse_keys reads the payload of a keys record; nothing when it is not one. Hostile input safe.
std::optional<KeysRecord> parse_keys(ByteView payload);

/// wrap_keys adds the sections of one recipient to a row of sections; put_key_epoch begins such a row.
/// For an operations key SegmentKeys::auditor is not looked at.
void put_key_epoch(std::string* row, uint32_t key_epoch);
void wrap_keys(std::string* row, const KeyPublic& recipient, const Epoch& epoch, uint32_t key_epoch, const SegmentKeys& keys);

/// unwrap_keys opens them with the recipient's secret half; nothing when that is not his key or they were changed.
std::optional<SegmentKeys> unwrap_keys(const Wrapped& wrapped, const KeySecret& key, const Epoch& epoch, uint32_t key_epoch);

}  // namespace gatehouse::record
