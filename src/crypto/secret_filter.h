// Keeps a secret out of bytes that pass: in a whole text, and in a stream that comes in pieces.
#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.h"

namespace gatehouse::crypto {

/// find_bytes returns where `needle` first stands in `text`, npos when nowhere (or the needle is empty). Linear
/// whatever the text; 40 GB/s and more in most. Not constant time: the
/// needle is ours, the text is what somebody else has.
size_t find_bytes(ByteView text, ByteView needle);

/// Sight is what a text shows of a secret.
struct Sight {
  size_t begin = ByteView::npos;   // where it stands, npos: nowhere
  size_t end = ByteView::npos;     // behind it
  size_t open = ByteView::npos;    // when it stands nowhere: from here on it may have begun; the text's size: nowhere
  bool found() const { return begin != ByteView::npos; }
};

/// see looks for `secret` in `text`, as it is or spelled in escapes (crypto/spelled.h): echoed in JSON or HTML; of several the
/// one that is known first, by its first escape or, without one, by its beginning: what stands wholly before it shows none.
/// Depends on nothing before the text, so that it may come in pieces. One pass, about as fast as find_bytes, and a comparison
/// where an escape stands. Not constant time, as find_bytes. An empty secret stands nowhere, and has begun nowhere.
Sight see(ByteView text, ByteView secret);
/// see_folded is see() of a text and a secret that are in small letters: an escape for a capital is its small letter.
Sight see_folded(ByteView text, ByteView secret);

/// blank_secret overwrites it wherever it stands, as it is or spelled, with '*' (or, where the secret has one, with another sign
/// that it has not); returns whether there was one. Linear in the text.
bool blank_secret(ByteSpan text, ByteView secret);

class SecretForms;

/// SecretFilter lets a stream pass as long as it does not hold the secret, as it is or spelled. The end of a piece that could be
/// the beginning of the secret is withheld until the next piece decides, so that not even a part of the secret passes. What is
/// withheld is copied: mostly nothing, at most kSpelledByteMost for each byte of the secret, and of forms (secret_forms.h) a line
/// end behind each of these bytes (kLineEndMost, unwrapped.h); what is longer than 64 KiB is taken for the secret. One secret per
/// stream; an empty one lets everything pass.
class SecretFilter {
 public:
  /// Passed is what may go on now: `before` (withheld until now), then `piece`. Nothing when `found`.
  struct Passed {
    bool found = false;
    ByteView before;
    ByteView piece;
  };
  /// look decides about the next piece without taking it; the same call may be made again. `before` is valid until take().
  Passed look(ByteView secret, ByteView piece) const;
  /// The same for all forms of a secret (secret_forms.h); one stream is looked at in one of both ways.
  Passed look(const SecretForms& forms, ByteView piece) const;
  /// take makes the step that look() showed: the bytes of `passed` are gone, the rest of `piece` is withheld.
  void take(const Passed& passed, ByteView piece);

  /// withheld is what the end of the stream sets free; valid until the next take() or clear().
  ByteView withheld() const { return withheld_; }
  void clear() { withheld_.clear(); }

 private:
  template <typename See>
  Passed look(const See& see, size_t decides, ByteView piece) const;

  std::string withheld_;
};

}  // namespace gatehouse::crypto
