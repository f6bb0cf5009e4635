// One ring on its way to disk: what is durable, what this round writes, which segment is open.
#pragma once

#include <memory>
#include <string>

#include "record/digests.h"
#include "record/disk.h"
#include "record/head.h"
#include "record/mapping.h"
#include "record/segment.h"
#include "record/spare.h"
#include "record/tail.h"

namespace gatehouse::record {

/// Lane belongs to the writer thread. A round is: begin(), writes, sync, then settle() or, after a
/// failure, nothing: the next round writes the same bytes again, for nothing was given back to the
/// worker. A round stays within one segment, so that a segment is durable before the next one begins.
class Lane {
 public:
  Lane(RingFile ring, const ExchangeId& previous_process, uint32_t number);

  /// digest_from_now: strict. Before the first round.
  void digest_from_now() { digests_ = std::make_unique<Digests>(segment_data_); }

  /// begin plans a round and queues its writes. False when there is nothing to do, or when it cannot
  /// be done: then *error says why (empty while a segment is being made). Only where in_place().
  bool begin(const Descriptor& folder, SpareMaker& spares, Disk& disk, std::string* error);

  /// in_place looks at the files of segment and ring: before a round, so that nothing grows a file again that was cut, and after
  /// it. False: *error says which is gone, and nothing may be appended. A segment that was cut lacks what it held, and is not
  /// believed any more though it may look whole again.
  bool in_place(const Descriptor& folder, const Descriptor& rings, std::string* error);

  /// settle makes what the round wrote the worker's room again.
  void settle();

  /// let_go closes the segment: who writes its end has to hold it.
  void let_go() { segment_.file.reset(); }

  bool behind() const { return ring_.memory().head() != done_; }
  uint64_t lag() const { return ring_.memory().head() - done_; }
  bool nearly_full() const { return lag() > ring_.memory().capacity() / 4 * 3; }
  uint64_t planned_bytes() const { return data_end_ - done_; }

  RingFile& ring() { return ring_; }
  const SegmentFile& segment() const { return segment_; }
  /// head is where what is on disk ends, for a signed head; digests since the last one are moved out.
  HeadRing head();
  Digests* strict() { return digests_.get(); }
  size_t digests() const { return digests_ ? digests_->made() : 0; }
  EpochTail::Position position() const { return walk_; }
  const OpenExchanges& open_exchanges() const { return open_; }
  const ExchangeId& previous_process() const { return previous_; }

 private:
  bool walk(uint64_t until, std::string* error);
  bool enter_segment(const Descriptor& folder, SpareMaker& spares, std::string* error);
  void queue_writes(Disk& disk);
  void digest(uint64_t from);

  RingFile ring_;
  ExchangeId previous_;
  uint32_t number_;            // of this lane, for the disk
  uint64_t segment_data_;
  SegmentFile segment_;
  bool has_segment_ = false;
  std::string cut_;            // what was said of a segment that was cut
  uint64_t segment_index_ = 0;
  uint64_t done_ = 0;          // durable up to here
  uint64_t data_end_ = 0;      // this round writes [done_, data_end_)
  EpochTail::Position walk_;   // records below are known: their links, their exchanges
  EpochTail::Position settled_;   // of walk_, what is durable
  uint64_t record_end_ = 0;    // of the last record walked over
  std::unique_ptr<Digests> digests_;   // strict
  OpenExchanges open_;
  std::unique_ptr<char, FreePages> first_page_;  // the page that holds done_: its beginning may be gone from the ring
  std::unique_ptr<char, FreePages> last_page_;   // the page that holds data_end_, zeros behind
};

}  // namespace gatehouse::record
