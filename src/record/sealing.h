// Records sealed on their way into the ring: with fresh keys for each segment, which only the recipients can unwrap.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "record/keys.h"
#include "record/layout.h"
#include "record/tenant.h"

namespace gatehouse::crypto {
class GcmSealer;
}

namespace gatehouse::record {

inline constexpr size_t kRecipientsMax = 8;       // of one segment's keys
inline constexpr size_t kGcmTagBytes = 16;
inline constexpr size_t kTenantSlots = kTenantsMax;   // whose ciphers a worker keeps at once; of more, one is made anew each time

/// Sealing is what the configuration says of it. On exactly when there is a recipient.
struct Sealing {
  std::vector<KeyPublic> recipients;    // operations and auditors, at most kRecipientsMax
  Sealed sealed = Sealed::content;
  bool on() const { return !recipients.empty(); }
  bool operator==(const Sealing&) const = default;
};

/// Sealer seals one ring's records. Its keys come in sets, one per segment (key epoch 1, 2, ...): the writer thread makes them
/// ahead, the worker takes one when a segment begins, and puts the wrapped keys into the ring as a keys record before
/// the first record that they seal. What the worker does is AES-GCM alone; nothing is allocated. A set's keys are wiped with
/// the next set, key schedules too. Nothing else holds them: with the process they are gone.
/// A tenant's keys are derived from the set's with the first record of his in the segment, which allocates, and kept until the
/// segment ends: one pair of key schedules per tenant, kTenantSlots of them at most; of more, the last used one makes room.
/// Owned by the Writer, lives as long as it; the worker's calls are those of one thread at a time.
class Sealer {
 public:
  /// `ahead` is how many sets are to be ready; the first ones are when this returns.
  Sealer(const Epoch& epoch, const Sealing& sealing, uint32_t ahead = 1);
  ~Sealer();
  Sealer(const Sealer&) = delete;

  // ---- the writer thread's, any thread but the worker's, one at a time
  /// wants_keys: the worker has taken a set. prepare makes what is missing (random bytes and HPKE, some 100 us per
  /// recipient and set).
  bool wants_keys() const { return made_.load(std::memory_order_relaxed) - taken_.load(std::memory_order_acquire) < sets_.size(); }
  void prepare();

  // ---- the worker's: RingLog calls them
  bool has_next() const { return made_.load(std::memory_order_acquire) != taken_.load(std::memory_order_relaxed); }
  /// next_payload is the payload of the keys record that begins the next set. Only when has_next(); until take().
  ByteView next_payload() const { return sets_[key_epoch() % sets_.size()].payload; }
  /// take puts the next set into use.
  void take();
  /// key_epoch of the set in use; 0: none yet, a set is to be taken first.
  uint32_t key_epoch() const { return taken_.load(std::memory_order_relaxed); }
  /// keys_bytes is what a keys record takes in the ring, at most.
  uint64_t keys_bytes() const { return keys_bytes_; }
  Sealed sealed() const { return sealing_.sealed; }

  /// begin starts the sealing of one part of the record with this sequence, with the keys of `tenant` where it is one's; its
  /// cipher is the caller's until the next begin.
  crypto::GcmSealer& begin(Tier tier, uint64_t sequence, const TenantKey* tenant = nullptr);

 private:
  struct Set {
    std::string payload;
    KeyBytes operations{}, auditor{};
  };

  /// Pair is the ciphers of one tenant in the set in use.
  struct Pair {
    KeyBytes digest{};   // of his secret
    std::unique_ptr<crypto::GcmSealer> operations, auditor;
  };

  void make(uint32_t key_epoch, Set& set) const;
  Pair& pair_of(const TenantKey& tenant);

  Epoch epoch_;
  Sealing sealing_;
  uint64_t keys_bytes_ = 0;
  std::unique_ptr<crypto::GcmSealer> operations_, auditor_;
  KeyBytes operations_key_{}, auditor_key_{};   // of the set in use: tenants' come from them
  std::vector<Pair> tenants_;                   // of the set in use, the last used one first

  // Set n is of key epoch n + 1, in its place by turns: the worker's once made_ is beyond it, until taken_ is.
  std::vector<Set> sets_;
  std::atomic<uint32_t> made_{0}, taken_{0};
};

/// seal_nonce is the GCM nonce of a record's part: sequence (8 bytes), tier (4 bytes: 1 operations, 2 auditor).
std::array<uint8_t, 12> seal_nonce(Tier tier, uint64_t sequence);

/// sealed_header is what of a record's header is authenticated data: the chained bytes, tag and payload_crc zero.
std::array<char, GATEHOUSE_RECORD_CHAINED_BYTES> sealed_header(const RecordHeader& header);

}  // namespace gatehouse::record
