// Segment files: made whole before they are needed, given their name with their first record.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "record/folder.h"
#include "record/layout.h"

namespace gatehouse::record {

inline constexpr char kDraftSuffix[] = ".draft";  // a segment that holds nothing yet
inline constexpr char kTornSuffix[] = ".torn";    // bytes that recovery could not keep in a segment

/// SegmentFile is one segment open for writing.
struct SegmentFile {
  Descriptor file;
  std::string name;
  uint64_t bytes = 0;
  uint64_t zeroed = 0;  // of them were written with zeros when it was made; the rest are zeros that no write has made yet
  bool direct = false;  // O_DIRECT: offsets, sizes and memory must be multiples of 4,096
  bool counted = false; // counts_blocks(), when it was made

  /// trouble says what is wrong with the file itself; empty when nothing is. Removed is also one whose name in the folder leads
  /// to no file or to another: who has moved it elsewhere, or keeps a link to it, has taken it out of the records all the same.
  /// *cut becomes the same text where the file is not as long as it was, or was not for a while.
  std::string trouble(const Descriptor& folder, std::string* cut) const;
};

/// Haste is what others may ask of a draft while it is made.
struct Haste {
  std::atomic<bool> stop{false};   // it is not wanted any more: an error
  std::atomic<bool> hurry{false};  // no more zeros: it is wanted as it is
};

/// make_draft creates a file of zeros with all its blocks, every block written: later writes change no metadata, and a sync of them
/// is the disk's alone. In a hurry blocks are left unwritten: they read as zeros, too, and the first write to one costs its sync a
/// change of metadata. It is held (hold_file), so that recovery after a kill waits for writes that are still on their way to the
/// disk. Refused direct I/O falls back to buffered (direct = false).
Result<SegmentFile, std::string> make_draft(const Descriptor& folder, const std::string& name, uint64_t bytes,
                                            bool direct, const Haste* haste);

/// begin_segment writes the header page and gives the draft its name, durably.
Result<Done, std::string> begin_segment(const Descriptor& folder, SegmentFile& draft, SegmentHeader header);

/// OpenExchanges knows which exchanges have begun and not closed, as their records go by. Beyond kMax, which is more than a gateway
/// has, the older half is forgotten: their closes found no room.
class OpenExchanges {
 public:
  void see(const RecordHeader& header, uint64_t offset);
  /// oldest is the offset at which the first of them began, or `otherwise`.
  uint64_t oldest(uint64_t otherwise) const;
  const std::map<ExchangeId, uint64_t>& all() const { return open_; }
  static constexpr size_t kMax = 1 << 18;

 private:
  void forget_older_half();

  std::map<ExchangeId, uint64_t> open_;
};

/// page_buffer returns zeroed memory on a page boundary, as direct I/O wants it.
struct FreePages {
  void operator()(char* pages) const;
};
std::unique_ptr<char, FreePages> page_buffer(size_t bytes);

}  // namespace gatehouse::record
