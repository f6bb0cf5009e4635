// Sealed records opened: for readers that were given keys, and for those that were not.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/gcm.h"
#include "record/folder.h"
#include "record/keys_record.h"
#include "record/stream.h"
#include "record/tenant.h"

namespace gatehouse::record {

/// OpenKeys are the secret halves that a reader was given. Immutable once handed to a Reader, whom it outlives.
class OpenKeys {
 public:
  /// add refuses a key that opens nothing (heads). A tenant's secret opens nothing alone: it is what his records take besides.
  Result<Done, std::string> add(KeySecret key);
  /// read adds the key of a file (keys_file.h).
  Result<Done, std::string> read(const std::string& path);

  struct Key {
    KeySecret secret;
    KeyBytes digest{};        // of its public half: names it in keys records
  };
  const std::vector<Key>& all() const { return keys_; }     // of operations and auditors
  using Tenants = std::vector<std::shared_ptr<const TenantKey>>;
  const Tenants& tenants() const { return tenants_; }
  bool empty() const { return keys_.empty(); }
  /// may_open: one of the keys is of a use that opens this tier (operations: any, auditor: an auditor's).
  bool may_open(Tier tier) const;

 private:
  std::vector<Key> keys_;
  Tenants tenants_;
};

/// Parts are where the parts of a stored payload are. Pure.
struct Parts {
  bool good = false;         // the payload is built as header.tier says: clear sections, then the parts, nothing behind
  ByteView clear;            // row of sections
  ByteView auditor_tag;      // 16 bytes; empty when there is no auditor part
  ByteView auditor;          // ciphertext
  ByteView before_operations;// every byte of the payload before the operations ciphertext
  ByteView operations;       // ciphertext, may be empty
};
Parts parts_of(const RecordHeader& header, ByteView stored);

/// Opening opens the records of one epoch. They come in their order (from a segment's beginning on, as a keys record stands
/// first in it). Bounded memory: one record's payload. Hostile input safe. One thread.
class Opening {
 public:
  /// `keys` may be nullptr: sealed parts then stay shut. `folder` is that of the segments, for what `records rewrap` laid
  /// beside them; nullptr: not looked for. Both outlive this.
  Opening(const OpenKeys* keys, const Descriptor* folder) : keys_(keys), folder_(folder) {}

  /// open fills payload, operations and auditor of a record as the Stream gave it. Views into this object live until the
  /// next open(). What stands in payload: the clear sections, then those of the auditor part, then those of the operations
  /// part, each row as far as it was opened; only guard_place and guard_evidence stand where they were appended, with
  /// their guard_hit.
  void open(RecordView& record);

  /// recipients of the keys in use, as the last keys record names them; empty before the first.
  const std::vector<Recipient>& recipients() const { return recipients_; }

 private:
  void take_keys(const RecordView& record);
  void unwrap(const KeysRecord& keys, const Epoch& epoch);
  Seal shut(Tier tier, uint32_t key_epoch) const;
  void open_parts(RecordView& record, const Parts& parts);
  Seal open_row(Tier tier, const RecordView& record, const Parts& parts, std::string* row);
  crypto::GcmOpener* opener_of(Tier tier, const RecordView& record, Seal* why);
  crypto::GcmOpener* tenant_opener(Tier tier, const TenantKey& tenant);

  const OpenKeys* keys_;
  const Descriptor* folder_;
  std::vector<Recipient> recipients_;
  uint32_t key_epoch_ = 0;   // of the keys in use; 0: none seen
  bool refused_ = false;     // they name a key that was given, which does not open them
  std::unique_ptr<crypto::GcmOpener> operations_, auditor_;
  SegmentKeys segment_keys_;         // as far as they were unwrapped: tenants' come from them
  struct Pair {
    const TenantKey* tenant = nullptr;
    std::unique_ptr<crypto::GcmOpener> operations, auditor;
  };
  std::vector<Pair> tenants_;        // of these keys, made as they are needed; no more than secrets were given
  std::string auditor_row_, operations_row_, payload_;   // of the current record
};

/// may_be_clear says whether a record needs no sealing where sealing is demanded: keys and pads, and what is written without
/// a worker (end, and close with `recovered`), which hold nothing that is sealed. `stored` is its payload as it stands.
bool may_be_clear(const RecordHeader& header, ByteView stored);

}  // namespace gatehouse::record
