// What an answer that is masked as it comes borrows from its worker.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/reason.h"
#include "codec/decoder.h"
#include "codec/encoder.h"
#include "crypto/digest.h"
#include "mask/stream.h"

namespace gatehouse::proxy {

inline constexpr uint64_t kMaskedWhole = 64 * 1024;   // up to here a JSON body is masked as a whole
inline constexpr codec::Bounds kAnyLength{uint64_t{1} << 50, 100};   // a stream may be long, but does not grow like a bomb

/// reason_of is why an answer whose content codings cannot be taken off is refused; none.
Reason reason_of(codec::Status status);

/// MaskWork takes content codings off, masks, and puts a coding on. One answer at a time.
struct MaskWork {
  static constexpr size_t kRoom = 8 * 1024;    // of the body at once, coded and decoded

  mask::Stream stream;
  codec::Decoder decoder;
  codec::Encoder encoder;
  crypto::Sha256Stream came, went;   // of a coded body
  char coded_room[kRoom];
  char content_room[kRoom];
  ByteView coded;                    // came, not decoded yet
  ByteView content;                  // decoded, not masked yet
  bool decoding = false;             // the body has content codings
  bool decoder_busy = false;         // more may be inside
  bool body_ended = false;
  bool content_ended = false;
  bool heavy = false;                // a decoder with a large window: not kept
  size_t done = 0;                   // bytes masked in this turn

  /// Held is a slice whose end looks like the beginning of the origin's credential: it goes on when what follows shows
  /// that it is not.
  struct Held {
    std::string masked, map;
    uint32_t changes = 0;
  };
  std::vector<Held> held;
  size_t held_bytes = 0;             // masked and maps; at most kHeldMost
  static constexpr size_t kHeldMost = 256 * 1024;
};

/// MaskWorkPool lends MaskWork within a bound; one per worker; keeps a few.
class MaskWorkPool {
 public:
  void set_limit(uint32_t limit) { limit_ = limit; }
  /// take returns nullptr when as many are lent as may be. What is lent is as new, but for what its parts keep of memory.
  MaskWork* take();
  void give_back(MaskWork* work);
  uint32_t lent() const { return lent_; }

 private:
  static constexpr size_t kKeep = 16;
  std::vector<std::unique_ptr<MaskWork>> free_;
  uint32_t limit_ = 0;
  uint32_t lent_ = 0;
};

}  // namespace gatehouse::proxy
