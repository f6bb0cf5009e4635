// Indexes as files beside their segments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/record_index.h"
#include "record/reader.h"

namespace gatehouse::cli {

/// load_index returns the bytes of a segment's index when it is there, whole, and of this segment as it is now: its header, its
/// size and its last record are looked at. Else nothing.
std::optional<std::string> load_index(const record::Descriptor& folder, const record::SegmentEntry& segment,
                                      const record::Epoch& epoch);

/// save_index puts one beside its segment, whole or not at all. A folder that cannot be written stays as it is.
void save_index(const record::Descriptor& folder, const record::SegmentEntry& segment, ByteView bytes);

/// Indexed is what reading one segment came to.
struct Indexed {
  std::string bytes;                      // of the index
  std::vector<record::Damage> damages;
  bool ended = false;                     // its epoch ends in it
};

/// index_segment reads a segment to which nothing is written any more.
Indexed index_segment(const record::Descriptor& folder, const record::SegmentEntry& segment, const record::Epoch& epoch);

}  // namespace gatehouse::cli
