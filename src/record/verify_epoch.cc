#include "record/verify_epoch.h"

#include <algorithm>
#include <array>

namespace gatehouse::record {

std::string head_text(const Anchor& anchor) {
  return "head " + std::to_string(anchor.number) + " of " + format_time(anchor.wall) +
         (anchor.witnessed ? ", which the witness has," : "");
}

void RunBatch::taken() {
  if (++count_ == runs_.size()) settle();
}

void RunBatch::settle() {
  std::array<ByteView, crypto::kSha256Many> texts;
  std::array<crypto::Sha256, crypto::kSha256Many> found;
  for (size_t i = 0; i < count_; ++i) texts[i] = runs_[i].bytes;
  crypto::sha256_many(std::span(texts).first(count_), std::span(found).first(count_));
  for (size_t i = 0; i < count_; ++i) runs_[i].proof->judge(runs_[i], found[i]);
  count_ = 0;
}

EpochProof::EpochProof(const SignedEpoch* said, const Report& report, RunBatch& batch)
    : said_(said), report_(report), batch_(batch) {
  if (said == nullptr) return;
  for (const HeadDigest& run : said->runs) {
    const auto room = std::find_if(rows_.begin(), rows_.end(), [&run](const Row& row) {
      return row.runs.back().offset + row.runs.back().bytes <= run.offset;
    });
    if (room != rows_.end()) room->runs.push_back(run);
    else if (rows_.size() < kRowsMax) rows_.emplace_back().runs.push_back(run);
  }
}

void EpochProof::see(const RecordView& record) {
  if (seen_ == 0) whole_ = record.offset == 0;
  else if (!record.follows) cut();
  ++seen_;
  last_chain_ = chain_of(record.header.chain);
  if (unsigned_++ == 0) unsigned_since_ = record.header.wall_ns;
  newest_ = std::max(newest_, record.header.wall_ns);
  next_ = record.header.sequence + 1;
  bytes_ += record.header.total_bytes;
  if (said_ == nullptr) return;
  for (Row& row : rows_) {
    digest(row, record, record.offset, {reinterpret_cast<const char*>(&record.header), sizeof record.header});
    // Padding stands behind the payload, in the stream's memory as in the file.
    digest(row, record, record.offset + kHeaderBytes, {record.stored.data(), record.header.total_bytes - kHeaderBytes});
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
      signs_start_ = signs_start_ || whole_;
      signed_undigested_ = undigested();
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

void EpochProof::digest(Row& row, const RecordView& record, uint64_t offset, ByteView bytes) {
  const std::vector<HeadDigest>& runs = row.runs;
  while (!bytes.empty()) {
    while (row.next < runs.size() && offset >= runs[row.next].offset + runs[row.next].bytes) {   // what it begins with is not here
      row.bytes.clear();
      ++row.next;
    }
    if (row.next == runs.size()) return;
    const HeadDigest& run = runs[row.next];
    const uint64_t at = std::max(offset, run.offset + row.bytes.size());
    if (at - offset >= bytes.size()) return;
    bytes.remove_prefix(at - offset);
    offset = at;
    if (row.bytes.empty() && offset != run.offset) {   // begun in the middle: nothing can be said of it
      const uint64_t skip = std::min<uint64_t>(bytes.size(), run.offset + run.bytes - offset);
      bytes.remove_prefix(skip);
      offset += skip;
      continue;
    }
    if (row.bytes.empty()) {
      row.bytes.reserve(run.bytes);
      row.begins = {std::string(record.file), record.place, record.header.sequence, record.exchange(), "",
                    Change::digest,           record.epoch};
    }
    const ByteView part = bytes.substr(0, run.bytes - row.bytes.size());
    row.bytes += part;
    offset += part.size();
    bytes.remove_prefix(part.size());
    if (row.bytes.size() == run.bytes) end_run(row, record);
  }
}

/// cover is how many bytes of a span were not covered before.
uint64_t EpochProof::cover(uint64_t begin, uint64_t end) {
  uint64_t known = 0;
  std::erase_if(spans_, [&](const auto& each) {
    if (each.second < begin || end < each.first) return false;
    known += each.second - each.first;
    begin = std::min(begin, each.first);
    end = std::max(end, each.second);
    return true;
  });
  const uint64_t fresh = end - begin - known;   // none of the spans touch
  spans_.emplace_back(begin, end);
  if (spans_.size() > kSpansMax) spans_.erase(spans_.begin());
  return fresh;
}

void EpochProof::end_run(Row& row, const RecordView& record) {
  const HeadDigest& run = row.runs[row.next++];
  const uint64_t fresh = cover(run.offset, run.offset + run.bytes);
  covered_ += fresh;
  WholeRun& whole = batch_.next();
  whole.proof = this;
  whole.bytes.swap(row.bytes);
  row.bytes.clear();
  whole.said = run.sha256;
  whole.fresh = fresh;
  whole.begins = std::move(row.begins);
  whole.last = record.header.sequence;
  batch_.taken();
}

void EpochProof::judge(const WholeRun& run, const crypto::Sha256& found) {
  if (found == run.said) {
    digested_ += run.fresh;
    return;
  }
  Damage damage = run.begins;
  damage.next_sequence = run.last + 1;
  if (damage.sequence != run.last) damage.exchange = {};
  damage.what = damage.sequence == run.last
                    ? "the bytes of this record are not those whose digest was signed"
                    : "bytes of the records from sequence " + std::to_string(damage.sequence) + " to " + std::to_string(run.last) +
                          " are not those whose digest was signed";
  report_(damage);
}

}  // namespace gatehouse::record
