// The index of one segment: its records without bodies, heads and sealed parts, so that lists need not read the segment. A pure
// function of the segment; it lies beside it as <segment>.index and may be deleted at any time. `records verify` never asks it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "mask/map.h"
#include "record/stream.h"

namespace gatehouse::cli {

/// IndexEntry is one record, or all body pieces of one exchange in the segment. Views live as long as what they were read from.
struct IndexEntry {
  record::Epoch epoch;
  record::Kind kind{};
  uint8_t tier = 0;            // GATEHOUSE_RECORD_TIER_...: sections that are not here, for want of a key or by design
  ExchangeId exchange;
  WallNs wall = 0;
  uint64_t sequence = 0;
  uint64_t bytes = 0;          // pieces: of bodies
  uint64_t detectors = 0;      // bit 1 << detect::Detector for each that changed something, as far as maps are in clear
  ByteView sections;           // SectionReader; of an index only those that indexed() names
};

/// IndexMark says of which segment an index is. The last record's chain stands for all records before it.
struct IndexMark {
  uint32_t header_crc = 0;     // the segment's
  uint64_t segment_bytes = 0;
  uint64_t last_place = 0;     // of its last record, in the file; 0: it has none
  record::Chain last_chain{};
};

inline constexpr char kIndexSuffix[] = ".index";

/// indexed: sections that an index keeps, of records of this kind.
bool indexed(record::Kind kind, record::Tag tag);

/// detectors_in are those that a mask map names, as far as it can be read.
uint64_t detectors_in(ByteView map);

/// entry_of makes an entry of a whole record. Views into the record.
IndexEntry entry_of(const record::RecordView& record);

/// IndexBuilder takes the records of one segment in their order, opened with no key.
class IndexBuilder {
 public:
  void see(const record::RecordView& record);
  const IndexMark& mark() const { return mark_; }
  bool ended() const { return ended_; }   // an end record was seen: nothing follows in this epoch
  /// finish returns the bytes of the index; `segment` is the segment's header.
  std::string finish(const record::SegmentHeader& segment);

 private:
  void put(const IndexEntry& entry);
  void add_to(size_t at, const IndexEntry& entry);

  std::string entries_;
  std::map<ExchangeId, size_t> pieces_;   // where in entries_ those of an exchange are counted: in the place of the first
  IndexMark mark_;
  uint64_t count_ = 0;
  bool ended_ = false;
};

/// IndexReader walks an index of unknown origin: checked lengths, linear time.
class IndexReader {
 public:
  /// open returns false when these are not the bytes of an index, whole and with their checksum. `file` outlives the reader.
  bool open(ByteView file, const record::Epoch& epoch);
  const IndexMark& mark() const { return mark_; }
  /// next returns false at the end and where an entry is broken: ok() tells.
  bool next(IndexEntry* entry);
  bool ok() const { return ok_; }

 private:
  ByteView rest_;
  record::Epoch epoch_;
  IndexMark mark_;
  uint64_t left_ = 0;
  bool ok_ = false;
};

}  // namespace gatehouse::cli
