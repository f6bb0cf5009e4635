// Keeps a secret out of bytes that pass: in a whole text, and in a stream that comes in pieces.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace gatehouse::crypto {

/// find_bytes returns where `needle` first stands in `text`, npos when nowhere (or the needle is empty). Linear
/// whatever the text; 40 GB/s and more in most. Not constant time: the
/// needle is ours, the text is what somebody else has.
size_t find_bytes(ByteView text, ByteView needle);

/// blank_bytes overwrites every occurrence of `needle` with '*'; returns whether there was one.
bool blank_bytes(ByteSpan text, ByteView needle);

/// SecretFilter lets a stream pass as long as it does not hold the secret. The end of a piece that could be the
/// beginning of the secret is withheld until the next piece decides, so that not even a part of the secret
/// passes. What is withheld is by definition the secret's own first bytes: nothing is copied. One secret
/// per stream; an empty one lets everything pass.
class SecretFilter {
 public:
  /// Passed is what may go on now: `before` (withheld until now), then `piece`. Nothing when `found`.
  struct Passed {
    bool found = false;
    ByteView before;
    ByteView piece;
  };
  /// look decides about the next piece without taking it; the same call may be made again.
  Passed look(ByteView secret, ByteView piece) const;
  /// take makes the step that look() showed: the bytes of `passed` are gone, the rest of `piece` is withheld.
  void take(const Passed& passed, ByteView piece) {
    withheld_ = withheld_ + piece.size() - passed.before.size() - passed.piece.size();
  }

  /// withheld is what the end of the stream sets free.
  ByteView withheld(ByteView secret) const { return secret.substr(0, withheld_); }
  void clear() { withheld_ = 0; }

 private:
  size_t withheld_ = 0;   // that many bytes: the beginning of the secret
};

}  // namespace gatehouse::crypto
