#include "record/verify_epoch.h"

#include <algorithm>

namespace gatehouse::record {

std::string head_text(const Anchor& anchor) {
  return "head " + std::to_string(anchor.number) + " of " + format_time(anchor.wall) +
         (anchor.witnessed ? ", which the witness has," : "");
}

void EpochProof::see(const RecordView& record) {
  ++seen_;
  if (unsigned_++ == 0) unsigned_since_ = record.header.wall_ns;
  newest_ = std::max(newest_, record.header.wall_ns);
  next_ = record.header.sequence + 1;
  bytes_ += record.header.total_bytes;
  if (said_ == nullptr) return;
  if (!said_->runs.empty()) {
    digest(record, record.offset, {reinterpret_cast<const char*>(&record.header), sizeof record.header});
    // Padding stands behind the payload, in the stream's memory as in the file.
    digest(record, record.offset + kHeaderBytes, {record.stored.data(), record.header.total_bytes - kHeaderBytes});
  }
  match(record);
}

void EpochProof::match(const RecordView& record) {
  for (; anchor_ < said_->anchors.size() && said_->anchors[anchor_].sequence <= next_; ++anchor_) {
    const Anchor& anchor = said_->anchors[anchor_];
    if (anchor.sequence != next_) continue;   // its record is not here: that is told elsewhere
    if (anchor.chain == chain_of(record.header.chain)) {
      if (broken_) continue;
      signed_to_ = next_;
      unsigned_ = 0;
      continue;
    }
    if (broken_) continue;
    broken_ = true;
    report_({std::string(record.file), record.place, record.header.sequence, {},
             "one of the records from sequence " + std::to_string(signed_to_) + " to " + std::to_string(record.header.sequence) +
                 " is not what " + head_text(anchor) + " signed: changed, and checksums and chain recomputed",
             Change::recomputed, record.epoch});
  }
}

void EpochProof::digest(const RecordView& record, uint64_t offset, ByteView bytes) {
  const std::vector<HeadDigest>& runs = said_->runs;
  while (!bytes.empty()) {
    while (run_ < runs.size() && offset >= runs[run_].offset + runs[run_].bytes) {   // what it begins with is not here
      in_run_ = 0;
      ++run_;
    }
    if (run_ == runs.size()) return;
    const HeadDigest& run = runs[run_];
    const uint64_t at = std::max(offset, run.offset + in_run_);
    if (at - offset >= bytes.size()) return;
    bytes.remove_prefix(at - offset);
    offset = at;
    if (in_run_ == 0 && offset != run.offset) {   // begun in the middle: nothing can be said of it
      const uint64_t skip = std::min<uint64_t>(bytes.size(), run.offset + run.bytes - offset);
      bytes.remove_prefix(skip);
      offset += skip;
      continue;
    }
    if (in_run_ == 0) {
      stream_ = crypto::Sha256Stream();
      run_begins_ = {std::string(record.file), record.place, record.header.sequence, record.exchange(), "",
                     Change::digest,           record.epoch};
    }
    const ByteView part = bytes.substr(0, run.bytes - in_run_);
    stream_.add(part);
    in_run_ += part.size();
    offset += part.size();
    bytes.remove_prefix(part.size());
    if (in_run_ == run.bytes) end_run(record);
  }
}

void EpochProof::end_run(const RecordView& record) {
  const HeadDigest& run = said_->runs[run_++];
  in_run_ = 0;
  if (stream_.finish() == run.sha256) {
    digested_ += run.bytes;
    return;
  }
  differing_ += run.bytes;
  Damage damage = run_begins_;
  if (damage.sequence != record.header.sequence) damage.exchange = {};
  damage.what = damage.sequence == record.header.sequence
                    ? "the bytes of this record are not those whose digest was signed"
                    : "bytes of the records from sequence " + std::to_string(damage.sequence) + " to " +
                          std::to_string(record.header.sequence) + " are not those whose digest was signed";
  report_(damage);
}

}  // namespace gatehouse::record
