// What `records rewrap` lays beside a segment: its keys, wrapped for further recipients. The segment is not touched.
// Layout: struct gatehouse_rewrapped_header, then the sections of a keys record (key_epoch, then recipients).
#pragma once

#include "record/folder.h"
#include "record/keys_record.h"

namespace gatehouse::record {

inline constexpr char kRewrappedSuffix[] = ".rewrapped";   // behind the segment's file name

/// Rewrapped is such a file, read and checked. Owns its bytes.
struct Rewrapped {
  Epoch epoch;
  uint32_t index = 0;        // of the segment
  std::string row;           // sections

  KeysRecord keys() const;   // views into this; empty when the row is none
  uint32_t key_epoch() const { return keys().key_epoch; }
};

/// NotRewrapped says why there is none: no such file, or one that is not as it was written, which `what` says, with its name.
struct NotRewrapped {
  bool damaged = false;
  std::string what;
};

/// read_rewrapped reads the file beside a segment. Hostile input safe.
Result<Rewrapped, NotRewrapped> read_rewrapped(const Descriptor& folder, const std::string& segment);
/// rewrapped_of is the same for the segment with these keys: a file of another segment is none of it, and told as damaged.
Result<Rewrapped, NotRewrapped> rewrapped_of(const Descriptor& folder, const std::string& segment, const Epoch& epoch,
                                             uint32_t key_epoch);
/// parse_rewrapped reads its bytes; pure.
Result<Rewrapped, std::string> parse_rewrapped(ByteView bytes);

/// write_rewrapped puts a new file in the old one's place, durably and whole at any moment.
Result<Done, std::string> write_rewrapped(const Descriptor& folder, const std::string& segment, const Rewrapped& rewrapped);

}  // namespace gatehouse::record
