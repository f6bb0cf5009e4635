// Bytes that must not be seen: never printed, compared in constant time, wiped when they go.
#pragma once

#include <string>

#include "base/bytes.h"

namespace gatehouse::crypto {

/// wipe empties a text and leaves nothing of it behind, not even where it was longer once.
void wipe(std::string& text);
/// wipe overwrites bytes that somebody else owns.
void wipe(ByteSpan bytes);

/// Secret owns secret bytes. It has no conversion to text and no stream operator; reveal() is the one
/// way out, so that every use can be found. Copies are explicit.
class Secret {
 public:
  Secret() = default;
  explicit Secret(ByteView bytes);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  Secret copy() const;
  bool empty() const { return bytes_.empty(); }
  /// reveal lends the bytes; never log, record or copy them anywhere but into the outgoing message.
  ByteView reveal() const { return bytes_; }
  /// equals takes the same time wherever the bytes differ.
  bool equals(ByteView other) const;

 private:
  void wipe();
  std::string bytes_;
};

/// equal_in_constant_time takes the same time wherever the bytes differ; of sizes that differ it takes none.
bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace gatehouse::crypto
