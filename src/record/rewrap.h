// A further recipient for records that are written already: offline, with a key that opens them, beside the segment.
#pragma once

#include "record/opening.h"
#include "record/source.h"

namespace gatehouse::record {

/// Rewrap is what became of one segment.
enum class Rewrap : uint8_t {
  done,       // its keys were wrapped for the new recipient
  already,    // he could open it before
  in_clear,   // it does not begin with a keys record: nothing in it is sealed
  shut,       // none of the given keys opens what the recipient is to open
};

/// rewrap_segment does it for one segment; the segment's file is only read. An auditor can be added by an auditor alone.
/// Errors: the keys record is damaged, or the file beside cannot be written. The caller's alone while it runs: of two at
/// once one would undo the other.
Result<Rewrap, std::string> rewrap_segment(const Descriptor& folder, const SegmentEntry& segment, const OpenKeys& keys,
                                           const KeyPublic& recipient);

/// recipients_of names whom a segment is sealed for, and who was let in later; nobody where it is in clear, or begins with nothing
/// that can be read.
std::vector<Recipient> recipients_of(const Descriptor& folder, const SegmentEntry& segment);

}  // namespace gatehouse::record
