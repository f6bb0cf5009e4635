// One epoch held against what signed heads say of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "crypto/sha256_many.h"
#include "record/head_book.h"
#include "record/reader.h"

namespace gatehouse::record {

class EpochProof;

/// WholeRun is a run under a signed digest of which all bytes came.
struct WholeRun {
  EpochProof* proof = nullptr;   // whose it is
  std::string bytes;
  crypto::Sha256 said{};
  uint64_t fresh = 0;            // bytes of it that no run before covered
  Damage begins;                 // where its first record is
  uint64_t last = 0;             // sequence of its last record
};

/// RunBatch gathers runs of all epochs, so that many are digested at once. At most kSha256Many of kDigestRun bytes. One thread; the
/// proofs outlive it, or its settle().
class RunBatch {
 public:
  /// next is where the next run goes, its bytes swapped in: the memory of an earlier one comes back. Then taken().
  WholeRun& next() { return runs_[count_]; }
  /// taken counts it, and has all judged once there are enough.
  void taken();
  /// settle has what waits judged.
  void settle();

 private:
  std::vector<WholeRun> runs_ = std::vector<WholeRun>(crypto::kSha256Many);
  size_t count_ = 0;
};

/// EpochProof takes an epoch's records in their order, pads too. One thread; `said` outlives it and may be nullptr: nobody
/// signed anything. It stays where it is: the batch, which outlives it, too, knows it until settled.
class EpochProof {
 public:
  using Report = std::function<void(const Damage&)>;

  EpochProof(const SignedEpoch* said, const Report& report, RunBatch& batch);
  EpochProof(const EpochProof&) = delete;

  void see(const RecordView& record);
  /// end lets go of runs of which not all came, after the last record.
  void end() { rows_.clear(); }
  /// judge holds a run of its own against what it was found to be; the batch calls it.
  void judge(const WholeRun& run, const crypto::Sha256& found);

  /// signed_to is the sequence below which all records are those that were signed; 0: none.
  uint64_t signed_to() const { return signed_to_; }
  uint64_t seen() const { return seen_; }             // records
  uint64_t unsigned_records() const { return unsigned_; }   // at the end
  /// cut_off is how many records stand behind the last signed place before a hole: no chain leads from a later one to them, whoever
  /// signed that.
  uint64_t cut_off() const { return cut_off_; }
  /// cut: what comes next, or what was asked of its end, does not follow from what was seen.
  void cut() { cut_off_ += unsigned_, unsigned_ = 0, whole_ = false; }
  /// signs_start: a signed place fits to which the chain leads from the epoch's first record.
  bool signs_start() const { return signs_start_; }
  const Chain& last_chain() const { return last_chain_; }   // of the last record that was seen; zeros: none was
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
  static constexpr size_t kSpansMax = 64;
  static constexpr size_t kRowsMax = 4;   // what else was said of the same bytes is not looked at, and counts for nothing

  void match(const RecordView& record);
  void digest(Row& row, const RecordView& record, uint64_t offset, ByteView bytes);
  void end_run(Row& row, const RecordView& record);
  uint64_t cover(uint64_t begin, uint64_t end);

  const SignedEpoch* said_;
  const Report& report_;
  RunBatch& batch_;
  size_t anchor_ = 0;        // the next one
  uint64_t signed_to_ = 0, seen_ = 0, unsigned_ = 0, next_ = 0;
  uint64_t cut_off_ = 0;
  Chain last_chain_{};
  bool whole_ = true, signs_start_ = false;   // whole: from its first record on, without a hole
  WallNs unsigned_since_ = 0, newest_ = 0;
  bool broken_ = false;

  std::vector<Row> rows_;
  uint64_t bytes_ = 0, digested_ = 0;   // of records; of these, under a digest that fits
  uint64_t covered_ = 0;                // under any digest; each byte once
  std::vector<std::pair<uint64_t, uint64_t>> spans_;   // of these the newest ones: offsets, begin and end; none touch
  uint64_t signed_undigested_ = 0;
};

/// head_text names the head that an anchor is from.
std::string head_text(const Anchor& anchor);

}  // namespace gatehouse::record
