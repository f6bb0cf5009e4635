// Walks the records of a folder without reading what indexes already say, merged by time.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/index_file.h"
#include "cli/records.h"

namespace gatehouse::cli {

/// RecordWalk gives the entries of all epochs by time; within an epoch in the order of its records, but that the pieces which an
/// index has come as one, at the end of their segment. Indexes that are missing are made and kept. Memory: the index of one
/// segment per epoch that overlaps with others in time. One thread.
class RecordWalk {
 public:
  struct Options {
    WallNs from = 0;                            // segments that end before this may be skipped
    const std::set<ExchangeId>* only = nullptr; // entries of other exchanges are left out, but for ends of epochs; it outlives the walk
    bool whole = false;                         // every entry with its record; segments without one of `only` are not read
    bool follow = false;                        // again() will be called at the end
  };

  /// open fails when the folder cannot be read; says why on stderr.
  static std::unique_ptr<RecordWalk> open(const RecordsPlace& place, const Options& options);

  enum class Step : uint8_t { entry, damage, end };
  Step next();
  const IndexEntry& entry() const { return current_->entry; }
  /// record is the entry's record, opened as far as the place's keys go; nullptr when it came from an index.
  const record::RecordView* record() const;
  const record::Damage& damage() const { return damage_; }

  /// again goes on after Step::end with what was written since, by new processes too.
  void again();

 private:
  struct Lane {
    record::Epoch epoch;
    size_t next = 0;                        // segment of the part
    uint64_t committed = 0;                 // of its ring: what lies below is in segments for good
    bool begun = false;
    std::string index;
    IndexReader reader;
    bool in_index = false;
    std::unique_ptr<record::Opening> opening;
    record::RecordView record;              // of the stream, opened
    std::unique_ptr<record::Stream> stream; // reads a segment, or the rest of the epoch
    uint64_t stream_end = UINT64_MAX;       // offset at which the next segment is looked at anew
    IndexEntry entry;
    bool from_stream = false;
    bool has_entry = false;
    WallNs key = 0;
  };

  bool wanted(const IndexEntry& entry) const;
  bool advance(Lane& lane);
  bool step_stream(Lane& lane);
  void enter(Lane& lane);
  void begin(Lane& lane);
  std::vector<std::string> names_of_rings() const;
  void add_lane(const record::Epoch& epoch, WallNs begins);
  bool complete(const Lane& lane, size_t segment) const;
  bool index_suffices(Lane& lane) const;
  void read_rest(Lane& lane, uint32_t from, uint64_t until);

  RecordsPlace place_;
  Options options_;
  record::Descriptor folder_, rings_;
  record::Catalog catalog_;
  size_t told_ = 0;                            // catalogue damages already returned
  bool merging_ = false;
  std::deque<record::Damage> damages_;
  std::vector<std::unique_ptr<Lane>> lanes_;   // a heap: the earliest first
  std::vector<std::unique_ptr<Lane>> parked_;  // at their end, for again()
  std::vector<std::string> ring_names_;        // as of the last catalogue
  Lane* current_ = nullptr;
  record::Damage damage_;
};

}  // namespace gatehouse::cli
