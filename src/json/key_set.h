// Which keys the open objects have, as hashes: for documents that are not kept.
#pragma once

#include "base/bytes.h"
#include "base/room.h"

namespace gatehouse::json {

/// KeySet holds 64-bit hashes of the keys of the objects that are open. Equal keys are always found; different ones are taken for
/// equal once in 2^64 / n. Memory grows with the keys that are open at one time, up to what `most` allows. One thread.
class KeySet {
 public:
  void start(uint64_t seed, size_t most);
  void open();
  void close();
  enum class Added : uint8_t { fresh, twice, full };
  /// add notes a key (after unescaping) of the innermost open object.
  Added add(ByteView key);
  /// has tells whether the innermost open object has the key.
  bool has(ByteView key) const;
  bool empty() const { return hashes_.empty(); }
  size_t memory_bytes() const { return hashes_.capacity() * 8 + slots_.capacity() * 2 + firsts_.capacity() * 4; }

 private:
  void grow();
  bool find(uint64_t hash, size_t* slot) const;
  uint64_t hash(ByteView key) const;
  Room<uint64_t> hashes_;    // in the order of add()
  Room<uint16_t> slots_;     // open addressing over hashes_: index + 1; 0 is free
  Room<uint32_t> firsts_;    // of each open object: its first hash
  uint64_t seed_ = 0;
  size_t most_ = 0;
};

}  // namespace gatehouse::json
