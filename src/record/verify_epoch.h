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

  EpochProof(const SignedEpoch* said, const Report& report);

  void see(const RecordView& record);
  /// settle judges what waits, after the last record.
  void settle();

  /// signed_to is the sequence below which all records are those that were signed; 0: none.
  uint64_t signed_to() const { return signed_to_; }
  uint64_t seen() const { return seen_; }             // records
  uint64_t unsigned_records() const { return unsigned_; }
  uint64_t next_sequence() const { return next_; }
  uint64_t digested() const { return digested_; }     // bytes under a good digest
  uint64_t undigested() const { return bytes_ - covered_; }
  uint64_t signed_undigested() const { return signed_undigested_; }   // of these, below the last signed place that fits
  bool broken() const { return broken_; }

  /// unsigned_for is the time between the first record behind the last signed place and the newest one.
  WallNs unsigned_for() const { return unsigned_ == 0 || newest_ < unsigned_since_ ? 0 : newest_ - unsigned_since_; }
  /// last is the last place that heads tell, or nullptr.
  const Anchor* last() const { return said_ == nullptr || said_->anchors.empty() ? nullptr : &said_->anchors.back(); }

  /// take_end counts all records as signed: a later head says so.
  void take_end() { signed_to_ = next_, unsigned_ = 0; }

 private:
  /// Row is digests one behind the other, and where it stands among the records. What two heads say of the same bytes stands in
  /// two rows: each has to fit.
  struct Row {
    std::vector<HeadDigest> runs;
    size_t next = 0;           // the next one, or the one that is under way
    std::string bytes;         // of it, as far as they came
    Damage begins;             // where its first record is
  };
  /// Whole is a run of which all bytes came, and nobody looked yet: two are digested at once.
  struct Whole {
    std::string bytes;
    crypto::Sha256 said{};
    uint64_t fresh = 0;        // bytes of it that no run before covered
    Damage begins;
    uint64_t last = 0;         // sequence of its last record
  };
  static constexpr size_t kSpansMax = 64;
  static constexpr size_t kRowsMax = 4;   // what else was said of the same bytes is not looked at, and counts for nothing

  void match(const RecordView& record);
  void digest(Row& row, const RecordView& record, uint64_t offset, ByteView bytes);
  void end_run(Row& row, const RecordView& record);
  void judge(const Whole& run, const crypto::Sha256& found);
  uint64_t cover(uint64_t begin, uint64_t end);

  const SignedEpoch* said_;
  const Report& report_;
  size_t anchor_ = 0;        // the next one
  uint64_t signed_to_ = 0, seen_ = 0, unsigned_ = 0, next_ = 0;
  WallNs unsigned_since_ = 0, newest_ = 0;
  bool broken_ = false;

  std::vector<Row> rows_;
  uint64_t bytes_ = 0, digested_ = 0;   // of records; of these, under a digest that fits
  uint64_t covered_ = 0;                // under any digest; each byte once
  std::vector<std::pair<uint64_t, uint64_t>> spans_;   // of these the newest ones: offsets, begin and end; none touch
  uint64_t signed_undigested_ = 0;
  Whole waits_;              // without bytes: none
};

/// head_text names the head that an anchor is from.
std::string head_text(const Anchor& anchor);

}  // namespace gatehouse::record
