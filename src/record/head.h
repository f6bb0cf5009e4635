// One head as a value: how far every ring of a process had come, signed. Pure; hostile input safe.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "record/layout.h"

namespace gatehouse::record {

inline constexpr uint64_t kDigestRun = 64 * 1024;                 // bytes of records under one digest, at most
inline constexpr uint32_t kHeadRingsMax = 2 * kWorkerMax;
inline constexpr uint64_t kHeadBytesMax = GATEHOUSE_HEAD_BYTES_MAX;
using HeadKey = std::array<uint8_t, 32>;                          // Ed25519 public key

/// HeadDigest is the SHA-256 of `bytes` bytes of records from `offset` of an epoch on.
struct HeadDigest {
  uint64_t offset = 0;
  uint32_t bytes = 0;
  crypto::Sha256 sha256{};
  bool operator==(const HeadDigest&) const = default;
};

/// HeadRing is how far one epoch had come.
struct HeadRing {
  Epoch epoch;
  uint64_t segment_bytes = 0;
  uint64_t offset = 0;      // where its next record begins
  uint64_t sequence = 0;    // of its next record
  Chain chain{};            // of its last record
  bool ended = false;       // nothing follows
  std::vector<HeadDigest> digests;   // strict: all bytes of records since the head before, in order
  bool operator==(const HeadRing&) const = default;
};

/// HeadName says which head: whose, the how-manieth, and the SHA-256 of its bytes.
struct HeadName {
  ExchangeId process;
  uint64_t number = 0;
  crypto::Sha256 sha256{};
  bool operator==(const HeadName&) const = default;
};

struct Head {
  HeadName name;            // its sha256 is what parse_head or sign_head found
  WallNs wall = 0;
  uint64_t interval = 0;    // ns: the next one follows within this time while records are written
  bool final = false;       // the process ended in order
  bool strict = false;
  HeadName before;          // nil process: this is the very first
  HeadKey key{};
  std::vector<HeadRing> rings;
};

/// sign_head writes the head's bytes and fills key and name.sha256. The key is Ed25519 (asserted), and what it says is
/// within kHeadBytesMax (asserted).
std::string sign_head(Head& head, const crypto::PrivateKey& key);

/// HeadParse: `cut` means that the bytes are the beginning of a head and end too early. A head that does not fit is damaged
/// however early they end.
enum class HeadParse : uint8_t { whole, cut, damaged };

/// parse_head reads the head that `bytes` begins with: form and bounds, not its signature. *used is its length when whole.
HeadParse parse_head(ByteView bytes, Head* head, size_t* used);

/// head_signed says whether the bytes of a whole head bear the signature of the key that they name. Whether that key is to
/// be believed is the caller's question. Some 100 us: heads that a later one names need no look of their own.
bool head_signed(ByteView bytes, const HeadKey& key);

/// key_part is the 32 bytes of an Ed25519 public key.
HeadKey key_part(const crypto::PublicKey& key);

}  // namespace gatehouse::record
