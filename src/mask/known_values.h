// The values in a text of which the next text may repeat some and not show it. Included by mask/*.cc only.
#pragma once

#include "detect/detect.h"

namespace gatehouse::mask {

/// KnownValue is a value that is longer than what is looked through again where the next text repeats some of this one; or one near
/// the text's begin, which what stands before the text may have made a value. As much of it as was seen.
struct KnownValue {
  detect::Found value{};      // an end of 0: there is none
  bool cut = false;   // it began before what is kept, or in another text
  bool named = false; // it is all here, and what stood before may have named it

  void drop(size_t count);
};

/// KnownValues are those at the end of a text, in order: as many as can stand in what the next one may repeat.
class KnownValues {
 public:
  KnownValues() = default;
  KnownValues(const KnownValues& other) { *this = other; }
  KnownValues& operator=(const KnownValues& other);

  void clear() { count_ = 0; }
  bool empty() const { return count_ == 0; }
  /// note adds what was found, when it is long; goes_on: it is the rest of a value that went on behind what was looked through
  /// before.
  void note(const detect::Found& found, bool goes_on);
  /// note_front adds one of the first few values that are near the begin of a text.
  void note_front(const KnownValue& value);
  /// put_front adds what was known of values near the begin, unless more of them is known here.
  void put_front(const KnownValues& front);
  /// The text's first `count` bytes are dropped; or it stands behind so many others.
  void drop(size_t count);
  void move(size_t count);
  /// The last that is not there for its name alone.
  KnownValue last_long() const;
  const KnownValue* begin() const { return values_; }
  const KnownValue* end() const { return values_ + count_; }

 private:
  // Long ones: as many as stand in a kilobyte. Near the begin: those nearest to it; others are mostly found again by themselves.
  static constexpr uint32_t kFront = 3, kMost = 6;
  void erase(uint32_t count);
  void insert(uint32_t at, const KnownValue& value);

  KnownValue values_[kMost];
  uint32_t count_ = 0;
};

}  // namespace gatehouse::mask
