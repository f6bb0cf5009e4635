// One epoch read from its beginning to its end: every record checked and linked to the one before.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "record/change.h"
#include "record/source.h"

namespace gatehouse::record {

/// Seal says what became of one sealed part of a record.
enum class Seal : uint8_t {
  absent,     // the record has no such part (or is not sealed at all: header.tier 0)
  opened,     // its sections are in the payload, and proved to be as they were written
  no_key,     // no key for this tier was given
  wrong_key,  // one was given, but none that these records were sealed for
  no_tenant,    // it is a tenant's, and no secret of his was given: there may be none any more, which erased it
  wrong_tenant, // secrets of his were given, but not the one that sealed it
  no_keys,    // one was given, but the record with the wrapped keys is missing or damaged
  damaged,    // the keys do not open it: it was changed, moved or put in
};

class Erased;

/// RecordView is one whole, checked record. Views live until the stream's next step.
struct RecordView {
  RecordHeader header{};
  ByteView payload;       // a row of sections. From a Reader: those in clear and those that were opened
  Epoch epoch;
  std::string_view file;  // segment or ring it was read from
  uint64_t place = 0;     // offset in that file
  uint64_t offset = 0;    // offset in the epoch
  bool from_ring = false;
  ByteView stored{};      // the payload as it stands in the file: header.payload_bytes of it
  Seal operations = Seal::absent;   // from a Reader; a Stream opens nothing
  Seal auditor = Seal::absent;
  ByteView tenant{};          // from a Reader: whose secret sealed it, too; empty: nobody's
  ByteView tenant_key{};      // which secret: tenant_digest, 32 bytes
  bool after_erased = false;  // what stood before it in its epoch was erased, as a tombstone says
  bool follows = false;       // its chain value is of the record before it in its epoch, which was here

  bool is_sealed() const { return header.tier != 0; }
  Kind kind() const { return static_cast<Kind>(header.kind); }
  ExchangeId exchange() const { return id_of(header.exchange); }
};

/// Damage is one thing that is not as it was written.
struct Damage {
  std::string file;
  uint64_t place = 0;     // offset in that file
  uint64_t sequence = 0;  // of the record concerned, as far as known
  ExchangeId exchange;    // nil when not known
  std::string what;
  Change change = Change::file;
  Epoch epoch;            // nil when not known
  // Of segments that are missing: their indexes, and what the next one says of what came before it.
  uint32_t segment = 0, segments = 0;
  uint64_t next_sequence = 0;   // of bytes that are not those whose digest was signed: behind the last record in them
  Chain next_chain{};
};

/// Stream reads one epoch. Bounded memory: one record and a window of 256 KiB. Hostile input safe.
/// Works while the epoch is being written: it then ends at what was written when it got there.
class Stream {
 public:
  enum class Step : uint8_t { record, damage, end };

  /// `folder` outlives the stream. `segments` are the epoch's, by index; `ring` may be nullptr.
  /// `first` is the index to begin with when earlier records do not matter. Pads are records only when
  /// asked for.
  enum class Pads : uint8_t { skip, show };
  Stream(const Descriptor& folder, const Epoch& epoch, std::vector<SegmentEntry> segments,
         std::unique_ptr<RingSource> ring, uint32_t first = 0, Pads pads = Pads::skip);

  /// forgive lets the stream step over segments that were erased: without it they are missing. `erased` outlives the stream,
  /// and is read again when one is missing that it does not know.
  void forgive(Erased* erased) { erased_ = erased; }

  Step next();
  const RecordView& record() const { return record_; }
  const Damage& damage() const { return damage_; }

  /// again lets next() go on after Step::end with what was written since.
  void again() {
    done_ = false;
    open_.forget();
  }

  const Epoch& epoch() const { return epoch_; }
  const RingSource* ring() const { return ring_.get(); }
  const std::vector<SegmentEntry>& segments() const { return segments_; }
  uint64_t segment_data() const { return segment_data_; }

  // Where the epoch stands, meaningful after Step::end.
  uint64_t offset() const { return offset_; }
  uint64_t next_sequence() const { return sequence_; }
  const Chain& chain() const { return chain_; }
  bool ended() const { return ended_; }  // an end record was seen, or erased
  bool tail_erased() const { return after_erased_; }  // what came last was erased

 private:
  enum class Found : uint8_t { yes, no, moved };

  bool advance();
  Found try_ring(RecordHeader* header);
  Found try_segment(RecordHeader* header);
  bool accept(const RecordHeader& header, ByteView body, bool from_ring);
  void check_links(const RecordHeader& header);
  bool enter_segment();
  bool leave_segment_early();
  bool at_end();
  bool pass_erased();
  bool next_segment_exists();
  void resync();
  uint64_t search(uint64_t from, uint64_t to);
  ByteView bytes_at(uint64_t offset, uint64_t count);
  bool pass_missing();
  bool look_again();
  void report(Change change, std::string what, const RecordHeader* header = nullptr);
  void report_segment(Change change, const SegmentEntry& entry, uint64_t place, std::string what);

  uint64_t border() const { return (offset_ / segment_data_ + 1) * segment_data_; }
  uint64_t stable() const;  // file offset in the open segment below which bytes no longer change
  uint64_t place_in_segment(uint64_t offset) const { return kPage + offset % segment_data_; }

  const Descriptor& folder_;
  Epoch epoch_;
  uint32_t tag_;
  std::vector<SegmentEntry> segments_;
  std::unique_ptr<RingSource> ring_;
  Erased* erased_ = nullptr;
  Pads pads_;
  SegmentSource open_;
  uint32_t open_index_ = UINT32_MAX;  // segment that open_ reads; UINT32_MAX none
  uint64_t segment_data_ = 0;         // 0: nothing to read

  uint64_t offset_ = 0;
  uint64_t sequence_ = 0;
  Chain chain_{};
  Chain chain_too_{};             // after a broken link: what the damaged record itself claims
  bool two_chains_ = false;
  bool linked_ = false;           // sequence_ and chain_ are known
  bool joined_ = false;           // chain_ is of a record that was here, not what a header or a tombstone says of one
  bool midway_ = false;           // it begins behind the first segment: the first record says where the chain is
  bool ended_ = false;
  bool done_ = false;
  int again_ = 0;
  uint64_t again_at_ = UINT64_MAX;
  bool after_erased_ = false;     // the segments before offset_ are erased

  std::deque<Damage> queue_;
  bool record_waits_ = false;     // behind the damage in the queue
  std::vector<char> buffer_;      // payload of a record read from the ring, or bytes_at
  RecordView record_;
  Damage damage_;
};

}  // namespace gatehouse::record
