// Records sealed on their way into the ring: with fresh keys for each segment, which only the recipients can unwrap.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "record/keys.h"
#include "record/layout.h"
#include "record/tier.h"

namespace gatehouse::crypto {
class GcmSealer;
}

namespace gatehouse::record {

inline constexpr size_t kRecipientsMax = 8;       // of one segment's keys
inline constexpr size_t kGcmTagBytes = 16;

/// Sealing is what the configuration says of it. On exactly when there is a recipient.
struct Sealing {
  std::vector<KeyPublic> recipients;    // operations and auditors, at most kRecipientsMax
  Sealed sealed = Sealed::content;
  bool on() const { return !recipients.empty(); }
  bool operator==(const Sealing&) const = default;
};

/// Sealer seals one ring's records. Its keys come in sets, one per segment (key epoch 1, 2, ...): the writer thread makes the
/// next one ahead, the worker takes it when a segment begins, and puts the wrapped keys into the ring as a keys record before
/// the first record that they seal. What the worker does is AES-GCM alone; nothing is allocated. A set's keys are wiped as
/// soon as they are taken, key schedules with the next set. Nothing else holds them: with the process they are gone.
/// Owned by the Writer, lives as long as it; the worker's calls are those of one thread at a time.
class Sealer {
 public:
  Sealer(const Epoch& epoch, const Sealing& sealing);
  ~Sealer();
  Sealer(const Sealer&) = delete;

  // ---- the writer thread's, any thread but the worker's, one at a time
  /// wants_keys: the worker has taken the last set. prepare makes the next one (random bytes and HPKE, some 100 us per
  /// recipient); nothing to do when there is one.
  bool wants_keys() const { return !ready_.load(std::memory_order_acquire); }
  void prepare();

  // ---- the worker's: RingLog calls them
  bool has_next() const { return ready_.load(std::memory_order_acquire); }
  /// next_payload is the payload of the keys record that begins the next set. Only when has_next(); until take().
  ByteView next_payload() const { return payload_; }
  /// take puts the next set into use.
  void take();
  /// key_epoch of the set in use; 0: none yet, a set is to be taken first.
  uint32_t key_epoch() const { return key_epoch_; }
  /// keys_bytes is what a keys record takes in the ring, at most.
  uint64_t keys_bytes() const { return keys_bytes_; }
  Sealed sealed() const { return sealing_.sealed; }

  /// begin starts the sealing of one part of the record with this sequence; its cipher is the caller's until the next begin.
  crypto::GcmSealer& begin(Tier tier, uint64_t sequence);

 private:
  Epoch epoch_;
  Sealing sealing_;
  uint64_t keys_bytes_ = 0;
  std::unique_ptr<crypto::GcmSealer> operations_, auditor_;
  uint32_t key_epoch_ = 0;         // the worker's
  uint32_t prepared_ = 0;          // the preparing thread's: key epoch of the last set made

  // The one set that is ahead: the preparing thread's while ready_ is false, the worker's while it is true.
  std::atomic<bool> ready_{false};
  std::string payload_;
  KeyBytes next_operations_{}, next_auditor_{};
};

/// seal_nonce is the GCM nonce of a record's part: sequence (8 bytes), tier (4 bytes: 1 operations, 2 auditor).
std::array<uint8_t, 12> seal_nonce(Tier tier, uint64_t sequence);

/// sealed_header is what of a record's header is authenticated data: the chained bytes, tag and payload_crc zero.
std::array<char, GATEHOUSE_RECORD_CHAINED_BYTES> sealed_header(const RecordHeader& header);

}  // namespace gatehouse::record
