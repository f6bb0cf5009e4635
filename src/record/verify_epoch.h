// One epoch held against what signed heads say of it.
#pragma once

#include <functional>
#include <string>

#include "record/head_book.h"
#include "record/reader.h"

namespace gatehouse::record {

/// EpochProof takes an epoch's records in their order, pads too. One thread; `said` outlives it and may be nullptr: nobody
/// signed anything.
class EpochProof {
 public:
  using Report = std::function<void(const Damage&)>;

  EpochProof(const SignedEpoch* said, const Report& report) : said_(said), report_(report) {}

  void see(const RecordView& record);

  /// signed_to is the sequence below which all records are those that were signed; 0: none.
  uint64_t signed_to() const { return signed_to_; }
  uint64_t seen() const { return seen_; }             // records
  uint64_t unsigned_records() const { return unsigned_; }
  uint64_t next_sequence() const { return next_; }
  uint64_t digested() const { return digested_; }     // bytes under a good digest
  uint64_t undigested() const { return bytes_ - digested_ - differing_; }
  bool broken() const { return broken_; }

  /// unsigned_for is the time between the first record behind the last signed place and the newest one.
  WallNs unsigned_for() const { return unsigned_ == 0 || newest_ < unsigned_since_ ? 0 : newest_ - unsigned_since_; }
  /// last is the last place that heads tell, or nullptr.
  const Anchor* last() const { return said_ == nullptr || said_->anchors.empty() ? nullptr : &said_->anchors.back(); }

  /// take_end counts all records as signed: a later head says so.
  void take_end() { signed_to_ = next_, unsigned_ = 0; }

 private:
  void match(const RecordView& record);
  void digest(const RecordView& record, uint64_t offset, ByteView bytes);
  void end_run(const RecordView& record);

  const SignedEpoch* said_;
  const Report& report_;
  size_t anchor_ = 0;        // the next one
  uint64_t signed_to_ = 0, seen_ = 0, unsigned_ = 0, next_ = 0;
  WallNs unsigned_since_ = 0, newest_ = 0;
  bool broken_ = false;

  size_t run_ = 0;           // the next one, or the one that is under way
  uint64_t in_run_ = 0;      // bytes of it that were taken in
  crypto::Sha256Stream stream_;
  Damage run_begins_;        // where its first record is
  uint64_t bytes_ = 0, digested_ = 0, differing_ = 0;
};

/// head_text names the head that an anchor is from.
std::string head_text(const Anchor& anchor);

}  // namespace gatehouse::record
