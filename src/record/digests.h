// Strict mode: digests over all bytes of records, as they go to disk.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "record/head.h"

namespace gatehouse::record {

/// Digests cuts what it is given into runs of at most kDigestRun bytes, also at each border of a segment and at each take().
/// Value type; one thread.
class Digests {
 public:
  explicit Digests(uint64_t segment_data) : segment_data_(segment_data) {}

  /// add takes bytes of records from this offset of the epoch on; a jump begins a new run.
  void add(uint64_t offset, ByteView bytes) {
    if (offset != at_) finish_run();
    if (bytes_ == 0) at_ = offset;
    while (!bytes.empty()) {
      const uint64_t border = (at_ / segment_data_ + 1) * segment_data_;
      const ByteView part = bytes.substr(0, std::min(kDigestRun - bytes_, border - at_));
      if (bytes_ == 0) stream_ = crypto::Sha256Stream();
      stream_.add(part);
      at_ += part.size();
      bytes_ += part.size();
      bytes.remove_prefix(part.size());
      if (bytes_ == kDigestRun || at_ == border) finish_run();
    }
  }

  /// take ends the run and moves out what is done.
  std::vector<HeadDigest> take() {
    finish_run();
    return std::exchange(made_, {});
  }

  /// Mark is a state to go back to, as long as nothing was taken since: of bytes that turn out to be none.
  struct Mark {
    uint64_t at, bytes;
    crypto::Sha256Stream stream;
    size_t made;
  };
  Mark mark() const { return {at_, bytes_, stream_, made_.size()}; }
  void back_to(const Mark& mark) {
    at_ = mark.at, bytes_ = mark.bytes, stream_ = mark.stream;
    made_.resize(mark.made);
  }

  size_t made() const { return made_.size(); }

 private:
  void finish_run() {
    if (bytes_ == 0) return;
    made_.push_back({at_ - bytes_, static_cast<uint32_t>(bytes_), stream_.finish()});
    bytes_ = 0;
  }

  uint64_t segment_data_;
  uint64_t at_ = 0;        // behind the last byte taken in
  uint64_t bytes_ = 0;     // in the run so far
  crypto::Sha256Stream stream_;
  std::vector<HeadDigest> made_;
};

}  // namespace gatehouse::record
