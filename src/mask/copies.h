// Second copies of a document that hide inside its strings: base64 of JSON, of text, of these compressed, of page images.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/room.h"
#include "codec/sniff.h"
#include "json/document.h"
#include "mask/base64_text.h"

namespace gatehouse::codec {
class Decoder;
class Encoder;
}  // namespace gatehouse::codec

namespace gatehouse::mask {

inline constexpr uint64_t kCopyBytes = 8 * 1024 * 1024;   // what a copy may hold when it is unpacked, in all its layers
inline constexpr uint32_t kCopyRatio = 100;               // bytes for each byte of what was compressed
inline constexpr uint8_t kCopyDepth = 3;                  // copies within copies; deeper ones are dropped
inline constexpr size_t kJoinedCopy = 16 * 1024;          // bytes of a copy that is joined with its neighbours, packed and unpacked
inline constexpr size_t kCopyHead = 64;                   // bytes of a string that tell what it is a copy of

/// Inner masks what was inside of a copy, as a document of its own. Written by who owns the engine.
class Inner {
 public:
  struct Outcome {
    bool masked = false;       // false: it cannot be inspected
    uint32_t changes = 0;      // 0: nothing was to be masked, and *out is not used
  };
  virtual ~Inner() = default;
  /// mask appends the masked document to *out. `document` has kSimdPadding readable bytes behind it; `form` is what it looks
  /// like: json, ndjson, csv, markup, text …; never empty or binary. `depth`: copies around it, 1 and more.
  virtual Outcome mask(ByteView document, codec::Form form, uint8_t depth, Room<char>* out) = 0;
  /// mask_lines is the same for several JSON documents, one in each line, whose texts may go on from one to the next.
  virtual Outcome mask_lines(ByteView documents, Room<char>* out) = 0;
};

/// Copies finds, masks and packs copies again. One per engine, reused; allocates for what it unpacks. One thread.
class Copies {
 public:
  Copies();
  ~Copies();
  Copies(const Copies&) = delete;
  Copies& operator=(const Copies&) = delete;

  enum class Kind : uint8_t {
    none,        // no copy: an identifier, a hash, a vector of numbers, base64 of other bytes
    same,        // a copy in which nothing is to be masked
    rewritten,   // `text` is the copy of the masked document, packed in the same way
    dropped,     // nothing of it may stay: an image, PDF or archive; or something is to be masked (or cannot be inspected, too
                 // large, too deep) and it cannot be packed again
  };
  struct Outcome {
    Kind kind = Kind::none;
    ByteView text;          // rewritten: lives until the next look()
    uint32_t changes = 0;   // inside
  };

  /// look judges the text of one whole string. `depth`: copies around the document that holds it, 0 for a body.
  Outcome look(ByteView text, uint8_t depth, Inner& inner);

  /// look_between is look() for a copy of a JSON document that stands in a row: its texts go on from those of `before` and into
  /// those of `after`, copies of JSON documents as well, where they are not empty.
  Outcome look_between(ByteView text, ByteView before, ByteView after, uint8_t depth, Inner& inner);

  /// joins says whether a text is a copy of a JSON document of at most kJoinedCopy bytes.
  bool joins(ByteView text);

  /// look_packed is the same for bytes that are compressed and stand by themselves, such as a part of a multipart body;
  /// `same` also when they are no copy.
  Outcome look_packed(ByteView bytes, uint8_t depth, Inner& inner);
  /// rest gives memory back until it is needed again.
  void rest();

  /// hides says of the beginning of a string too long to be looked at whole (kCopyHead bytes or more) whether it is a copy:
  /// base64 of what look() would unpack or drop. Then it must be dropped.
  static bool hides(ByteView beginning);

 private:
  struct State;
  bool document(ByteView text, Room<char>* out);
  bool join(ByteView at, Inner& inner);
  Outcome rewrite(ByteView at, const Base64Form* form, uint8_t depth, Inner& inner);
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::mask
