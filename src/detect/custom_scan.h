// Looking for what custom detectors find.
#pragma once

#include "base/room.h"
#include "detect/custom_set.h"
#include "detect/detect.h"
#include "pattern/confirm.h"
#include "pattern/database.h"

namespace gatehouse::detect {

/// CustomScan is one thread's memory for custom detectors; reused. Prepare it for a set before it is asked for that set.
class CustomScan {
 public:
  /// prepare allocates. False: out of memory.
  bool prepare(const CustomSet& set);

  /// ask chooses the set, which lives as long as it is asked, and the detectors of it: bit i is detector i.
  void ask(const CustomSet& set, uint64_t which);

  /// find adds the values in a text to `found`, and returns from where on more text may make another (Text and detect() in
  /// detect.h). What cannot be told within the limits of pattern/confirm.h, or is no UTF-8, is one value, to the end of the text.
  size_t find(const Text& text, Room<Found>* found);

  /// in_number tells whether a value stands in a number that stands by itself; *found is all of it.
  bool in_number(ByteView number, ByteView field, Found* found);

 private:
  struct Stretch {  // of ends of candidates
    uint32_t first, last;
  };
  struct Look;

  void note(uint32_t id, size_t end);
  void find_words(Look& look, uint32_t detector);
  bool find_pattern(Look& look, uint32_t detector);
  bool find_in(Look& look, uint32_t detector, size_t* from, size_t last);

  const CustomSet* set_ = nullptr;
  uint64_t which_ = 0;
  pattern::Scratch scratch_;
  pattern::Confirmer confirmer_;
  Room<Stretch> stretches_[kCustomDetectorsMax];  // of patterns
  struct Word {
    uint32_t entry, end;
  };
  Room<Word> words_;
  Room<Found> numbers_;
};

}  // namespace gatehouse::detect
