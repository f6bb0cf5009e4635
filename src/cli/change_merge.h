// What masks changed in a body then, beside what others would change in the same body: two rows of places, compared as they come.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "crypto/digest.h"
#include "mask/map.h"

namespace gatehouse::cli {

/// MaskedPlace is one change without its value. Offsets are of the body as the origin sent it, without its codings.
struct MaskedPlace {
  uint64_t begin = 0, end = 0;
  crypto::Sha256 text{};          // of what stands instead
  detect::Detector detector{};
  std::string mask, place;
};

/// place_of takes a change of a map whose original begins at `base`.
MaskedPlace place_of(const mask::Change& change, uint64_t base);

/// ChangeMerge pairs changes of both sides. Memory: those of the part that one side is ahead of the other by. One body, one thread.
class ChangeMerge {
 public:
  enum class How : uint8_t { anew, no_longer, otherwise };   // otherwise: masked both times, with other borders or another text
  /// See gets each difference once, in the body's order; of `otherwise` the one that would be.
  using See = std::function<void(How, const MaskedPlace&)>;
  explicit ChangeMerge(See see) : see_(std::move(see)) {}

  /// was and would take the changes of each side, in order and without overlaps.
  void was(MaskedPlace place) { was_.push_back({std::move(place)}); }
  void would(MaskedPlace place) { would_.push_back({std::move(place)}); }

  /// settle says up to where all changes of both sides are known: none begins before and comes later.
  void settle(uint64_t was_known, uint64_t would_known);
  void finish() { settle(UINT64_MAX, UINT64_MAX); }

 private:
  struct Waiting {
    MaskedPlace place;
    bool paired = false;   // it overlaps with one that was told of
  };
  void pop(std::deque<Waiting>& from, How how);
  void pair();

  See see_;
  std::deque<Waiting> was_, would_;
};

}  // namespace gatehouse::cli
