// The end of an epoch, written without its worker: by recovery, and at a clean stop.
#pragma once

#include "record/digests.h"
#include "record/entry.h"
#include "record/segment.h"

namespace gatehouse::record {

/// EpochTail writes records straight into segments (buffered; durable after finish()). Position,
/// sequence and chain are where the epoch stands.
class EpochTail {
 public:
  struct Position {
    uint64_t offset = 0;
    uint64_t sequence = 0;
    Chain chain{};
  };

  EpochTail(const Descriptor& folder, const Epoch& epoch, const ExchangeId& previous_process,
            uint64_t segment_bytes, const Position& at);

  /// place writes a record that is known to stand at `offset` (it was read from a ring), as it is.
  Result<Done, std::string> place(uint64_t offset, const RecordHeader& header, ByteView payload);

  /// pass takes note of a record that is in its segment already.
  void pass(uint64_t offset, const RecordHeader& header);

  /// append writes a new record at the end.
  Result<Done, std::string> append(Kind kind, const ExchangeId& exchange, WallNs wall, const Sections& sections);

  /// close_exchanges writes one close record for each exchange that has none.
  Result<Done, std::string> close_exchanges(WallNs wall);

  /// clear makes the bytes behind the position zero. What stood there goes to "<segment>.torn"; *lost
  /// is how many bytes that were.
  Result<Done, std::string> clear(uint64_t* lost);

  /// finish makes everything durable.
  Result<Done, std::string> finish();

  /// digest_into: what append() writes is digested, too (strict). `digests` outlives this.
  void digest_into(Digests* digests) { digests_ = digests; }

  const Position& position() const { return at_; }
  void know(const OpenExchanges& open) { open_ = open; }
  size_t open_exchanges() const { return open_.all().size(); }

 private:
  Result<Done, std::string> enter(uint64_t offset, uint64_t sequence, const Chain& before, WallNs wall);
  Result<Done, std::string> put(const RecordHeader& header, ByteView payload);
  Result<Done, std::string> take_away();
  uint64_t place_of(uint64_t offset) const { return kPage + offset % data_; }

  const Descriptor& folder_;
  Epoch epoch_;
  ExchangeId previous_;
  uint64_t data_;
  Position at_;
  OpenExchanges open_;
  SegmentFile segment_;
  uint32_t index_ = UINT32_MAX;
  Digests* digests_ = nullptr;
};

}  // namespace gatehouse::record
