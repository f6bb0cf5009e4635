// One ring on its way to disk: what is durable, what this round writes, which segment is open.
#pragma once

#include <algorithm>
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
  /// be done: then *error says why (empty while a segment is being made). Only where segment_in_place() and not broken().
  bool begin(const Descriptor& folder, SpareMaker& spares, Disk& disk, std::string* error);

  /// segment_in_place looks at the segment's file: before a round, so that nothing grows a file again that was cut, and after
  /// it. False: *error says that it is gone, and nothing may be appended. A segment that was cut lacks what it held, and is not
  /// believed any more though it may look whole again.
  bool segment_in_place(const Descriptor& folder, std::string* error);

  /// ring_in_place looks at the ring's file. False: *error says that it is gone, and nothing may be appended. What its memory
  /// still holds goes to the segment all the same, unless broken().
  bool ring_in_place(const Descriptor& rings, std::string* error);

  /// broken says that the ring does not hold what the worker wrote, for good: pages of it are lost, or others wrote over it.
  bool broken() const { return damaged_ || ring_.lost(); }
  /// ring_cut: ring_in_place() saw that pages of the ring's file were taken away, for good.
  bool ring_cut() const { return ring_cut_; }

  /// settle makes what the round wrote the worker's room again. False: it may not have been what the worker wrote (broken()), and
  /// does not count. This is the one place where records become durable: what waits for that waits for it.
  bool settle();

  /// let_go closes the segment: who writes its end has to hold it.
  void let_go() { segment_.file.reset(); }

  bool behind() const { return ring_.memory().head() != done_ || broken(); }
  /// lag is at most the ring's size, also where the ring says otherwise.
  uint64_t lag() const { return std::min(ring_.memory().head() - done_, ring_.memory().capacity()); }
  bool refuses() const { return ring_.memory().state() != kRingOpen; }
  bool nearly_full() const { return lag() > ring_.memory().capacity() / 4 * 3; }
  uint64_t planned_bytes() const { return data_end_ - done_; }

  RingFile& ring() { return ring_; }
  const Epoch& epoch() const { return epoch_; }   // of the ring, also where it says it no more
  uint64_t segment_bytes() const { return segment_data_ + kPage; }
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
  Epoch epoch_;
  ExchangeId previous_;
  uint32_t number_;            // of this lane, for the disk
  uint64_t segment_data_;
  SegmentFile segment_;
  bool has_segment_ = false;
  bool damaged_ = false;
  bool ring_cut_ = false;      // was seen; it is not believed any more though it may look whole again
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
