// Keys that masks change stay different within their object. Included by mask/*.cc only.
#pragma once

#include "json/key_set.h"
#include "json/stream.h"
#include "mask/editor.h"

namespace gatehouse::mask {

/// KeyNumbers shows an editor the keys of objects and numbers those that were changed: the second of an object gets "#2" behind
/// it, and so on; a number is passed over when it would make a key that is there. A hash gets none unless the same key is there:
/// tables are joined by it. A key of the document's own that is what a mask made before is numbered, too. One thread.
class KeyNumbers {
 public:
  /// most: changed keys of all open objects. `unique` is false where a document may have a key twice.
  void start(bool unique);
  void open();
  void close();
  /// key shows a key; plain: KeyName::plain. False when there are too many changed ones.
  bool key(Editor& editor, const Site& site, const json::Part& part, const Piece& piece, bool plain, const json::KeySet& keys);
  size_t memory_bytes() const { return made_.memory_bytes() + written_.capacity() + plain_.capacity(); }

 private:
  ByteView text_of_marks(Editor& editor, const json::Part& part, size_t first);

  json::KeySet made_;       // what masks wrote
  Room<uint32_t> changed_;  // the last number of each open object
  Room<char> written_, plain_;
  Room<uint32_t> escapes_;
  bool unique_ = true;
};

}  // namespace gatehouse::mask
