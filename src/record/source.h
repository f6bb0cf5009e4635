// Where the bytes of an epoch are read from: its segments and, while it has one, its ring. Both are
// read with pread and never mapped: a file that shrinks under a reader is a short read, not a signal.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "record/folder.h"
#include "record/layout.h"

namespace gatehouse::record {

inline constexpr char kSegmentSuffix[] = ".ghr";

/// SegmentEntry is one segment file as found. When its header page is damaged, name and size tell
/// which part of which epoch it is.
struct SegmentEntry {
  std::string name;
  uint64_t bytes = 0;
  bool header_good = false;
  SegmentHeader header{};
};

/// read_segment_entry returns nothing for a file that is no segment at all.
std::optional<SegmentEntry> read_segment_entry(const Descriptor& folder, const std::string& name);

/// find_segment looks in the folder for a segment made since the catalogue was read.
std::optional<SegmentEntry> find_segment(const Descriptor& folder, const Epoch& epoch, uint32_t index);

/// SegmentSource reads one open segment. Window reads are kept only below `stable`.
class SegmentSource {
 public:
  bool open(const Descriptor& folder, const SegmentEntry& entry);
  bool is_open() const { return file_.valid(); }
  void close() { file_.reset(); }
  const std::string& name() const { return name_; }

  /// read returns up to `count` bytes at file offset `at`; the view lives until the next read.
  ByteView read(uint64_t at, uint64_t count, uint64_t stable);
  /// zero_until returns the first offset in [from, to) that is not zero, or `to`.
  uint64_t zero_until(uint64_t from, uint64_t to);
  /// forget drops the window: the file may have grown since.
  void forget() { window_size_ = 0; }

 private:
  Descriptor file_;
  std::string name_;
  std::vector<char> window_;
  uint64_t window_at_ = 0;
  uint64_t window_size_ = 0;
};

/// RingSource reads a ring that another process may be writing, or left behind.
class RingSource {
 public:
  /// open returns nullptr and why when the file is no ring (also when it is damaged).
  static std::unique_ptr<RingSource> open(const Descriptor& folder, const std::string& name, std::string* why);

  const std::string& name() const { return name_; }
  const RingHeader& header() const { return header_; }  // the fixed part
  Epoch epoch() const { return {id_of(header_.process), header_.worker}; }

  /// refresh reads head and committed; false when they contradict each other.
  bool refresh();
  uint64_t head() const { return head_; }
  uint64_t committed() const { return committed_; }
  bool holds(uint64_t offset) const { return offset >= committed_ && offset < head_; }
  uint64_t place(uint64_t offset) const { return kPage + offset % header_.capacity; }

  /// read copies stream bytes; false when they are not all there. What it returns is meant only if
  /// after a refresh() the ring still holds(offset): bytes below committed may be written over.
  bool read(uint64_t offset, ByteSpan out);

 private:
  Descriptor file_;
  std::string name_;
  RingHeader header_{};
  uint64_t head_ = 0;
  uint64_t committed_ = 0;
};

}  // namespace gatehouse::record
