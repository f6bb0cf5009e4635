// The mask map (gatehouse/mask_map.h): written by Masker, read by those who replay records.
#pragma once

#include <string>
#include <vector>

#include "base/room.h"
#include "crypto/hmac.h"
#include "mask/mask.h"

namespace gatehouse::mask {

/// Change is one change of a map. Views live as long as the map's bytes; place until the next next().
struct Change {
  uint32_t original_offset;
  uint32_t masked_offset;
  ByteView original;      // raw bytes of the original body; of notes: their keyed digest
  uint32_t original_bytes;
  ByteView replacement;   // raw bytes of the masked body
  ByteView mask;          // name
  uint32_t name;          // its place among names()
  detect::Detector detector;
  Method method;
  detect::Evidence evidence;      // none in maps of version 1
  ByteView place;         // JSON pointer, or "row 4 email", "event 2 /delta/content" and the like
};

/// MapReader reads a map of unknown origin: every length is checked against what is there, and a map that
/// breaks any rule of the format is refused as a whole or at the change where it does. One thread.
class MapReader {
 public:
  /// open returns false when the bytes do not begin as a map of a known version.
  bool open(ByteView map);
  uint32_t original_length() const { return original_length_; }
  uint32_t masked_length() const { return masked_length_; }
  uint32_t count() const { return count_; }
  const std::vector<ByteView>& names() const { return names_; }
  bool notes() const { return notes_; }   // digests stand for originals

  /// next returns false at the end and at a fault; ok() tells which.
  bool next(Change* change);
  /// ok: all that was read keeps the format, and after the last change nothing follows.
  bool ok() const { return ok_; }

 private:
  bool number(uint32_t* out);
  bool text(ByteView* out);
  bool original(Change* change);
  bool read_change(Change* change);
  bool fail();

  ByteView rest_;
  std::vector<ByteView> names_;
  std::string place_;
  uint64_t original_at_ = 0, masked_at_ = 0;
  uint32_t original_length_ = 0, masked_length_ = 0;
  uint32_t count_ = 0, left_ = 0;
  uint8_t version_ = 2;
  bool notes_ = false;
  bool ok_ = false;
};

/// write_notes writes what a map says without what masks took away. False, and *notes is of no use, when the map is faulty.
/// Notes are at most kNoteBytes a change longer than their map.
bool write_notes(ByteView map, const crypto::HmacSha256& key, std::string* notes);
inline constexpr size_t kNoteBytes = 20;

/// undo writes the original body. Returns false, and leaves *original unspecified, when the map is faulty (notes are)
/// or does not belong to this masked body.
bool undo(ByteView masked, ByteView map, std::string* original);

/// MapWriter builds a map; memory is reused. Calls in order: start, then add for each change, then finish.
class MapWriter {
 public:
  void start(size_t original_length);
  /// add takes changes in order; `mask` is any number below 64, `name` its name.
  void add(uint32_t offset, ByteView original, ByteView replacement, size_t mask, ByteView name, detect::Detector detector,
           Method method, detect::Evidence evidence, ByteView place);
  /// finish returns the whole map; lives until the next start().
  ByteView finish(size_t masked_length);
  uint32_t count() const { return count_; }
  size_t memory_bytes() const { return names_.capacity() + changes_.capacity() + whole_.capacity(); }

 private:
  void number(Room<char>* out, size_t value);
  void text(Room<char>* out, ByteView value);

  Room<char> names_, changes_, whole_;
  uint8_t index_of_[64];     // 1-based place in the map's names; 0: not yet there
  uint8_t name_count_ = 0;
  uint32_t count_ = 0;
  size_t original_length_ = 0;
  size_t end_ = 0;           // of the previous change
  char place_[512];
  size_t place_length_ = 0;
};

}  // namespace gatehouse::mask
