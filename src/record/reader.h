// Reads all records of a folder: of running and of dead processes, before and after recovery.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "record/erased.h"
#include "record/opening.h"
#include "record/stream.h"

namespace gatehouse::record {

/// Catalog is what a folder of records holds: epochs with their segments and rings.
struct Catalog {
  struct Part {
    std::vector<SegmentEntry> segments;  // by index
    std::string ring;                    // file name in the ring folder; empty when there is none
    WallNs begins = 0;                   // no record of it is older
    ExchangeId previous_process;         // as its segments or its ring say
  };
  std::map<Epoch, Part> epochs;  // by process, which is by time of start
  std::vector<Damage> damages;   // files that could not be placed
};

Catalog read_catalog(const Descriptor& folder, const Descriptor* rings);

/// segment_since is the place in part.segments of the first one that may hold a record of `from` or later. What is skipped begins
/// and ends before, as far as headers tell: from where the clock was set back on nothing is.
size_t segment_since(const Catalog::Part& part, WallNs from);

/// open_stream opens one epoch of a catalogue; a ring that cannot be read becomes a damage in it.
std::unique_ptr<Stream> open_stream(const Descriptor& folder, const Descriptor* rings, const Epoch& epoch,
                                    Catalog::Part part, Catalog* catalog, uint32_t first = 0,
                                    Stream::Pads pads = Stream::Pads::skip);

/// Reader merges the epochs of a folder by time; within an epoch records keep their order. Each record
/// appears once, whether it is in a segment, a ring or both. Memory: one record per epoch that overlaps
/// with others in time. One thread.
class Reader {
 public:
  struct Options {
    std::string dir;
    std::string ring_dir;   // empty: <dir>/rings; a folder that is not there holds no rings
    WallNs from = 0;        // segments that end before this may be skipped
    const OpenKeys* keys = nullptr;   // what opens sealed records; outlives the Reader
    Stream::Pads pads = Stream::Pads::skip;
  };

  /// open fails when `dir` cannot be read.
  static Result<std::unique_ptr<Reader>, std::string> open(const Options& options);

  Stream::Step next();
  /// record is what next() came to: opened as far as the keys go (RecordView::operations and auditor say how far).
  const RecordView& record() const { return current_->record; }
  /// recipients: for whom the current record's segment was sealed; empty where nothing is.
  const std::vector<Recipient>& recipients() const { return current_->opening->recipients(); }
  const Damage& damage() const { return damage_; }

  /// Where the stream just exhausted stood; for verify.
  struct Ended {
    Epoch epoch;
    ExchangeId previous_process;
    Chain first_chain{};       // what its first segment or ring says came before
    Chain last_chain{};
    uint64_t next_sequence = 0, offset = 0;
    bool has_first = false;    // first_chain is known: its first segment or its ring is there
    bool ended = false;        // it has an end record
    bool has_ring = false;
    bool tail_erased = false;  // its last records were erased; all of them when it has no segment and no ring
    std::string last_file;
  };
  /// ended also has the epochs that were erased whole, as their tombstones tell it.
  const std::vector<Ended>& ended() const { return ended_; }
  const Catalog& catalog() const { return catalog_; }
  const Erased& erased() const { return erased_; }

 private:
  struct Lane {
    Epoch epoch;
    std::unique_ptr<Stream> stream;  // opened when its time comes
    std::unique_ptr<Opening> opening;
    RecordView record;               // the waiting one
    WallNs key = 0;                  // time of its waiting record, or where it begins
    bool has_record = false;
  };

  Reader() = default;
  bool earlier(const Lane& a, const Lane& b) const;
  void open_lane(Lane& lane);
  void close_lane(Lane& lane);
  void close_erased();

  Descriptor folder_;
  Descriptor rings_;
  WallNs from_ = 0;
  const OpenKeys* keys_ = nullptr;
  Stream::Pads pads_ = Stream::Pads::skip;
  Catalog catalog_;
  Erased erased_;
  size_t told_ = 0;  // catalogue damages already returned
  std::vector<std::unique_ptr<Lane>> lanes_;  // a heap: the earliest first
  Lane* current_ = nullptr;
  Damage damage_;
  std::vector<Ended> ended_;
  bool closed_ = false;  // all lanes are
};

}  // namespace gatehouse::record
