// Bodies out of their content codings, within bounds: a stream, in steps of any size, or a whole body at once.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/room.h"
#include "codec/coding.h"
#include "codec/progress.h"
#include "codec/unpack.h"

namespace gatehouse::codec {

/// Bounds of one body: how much may come out, and how much for each byte that went in. Input is counted in whole
/// kRatioGrain, so that the verdict is the same for every split. With doubled codings both hold for
/// what lies between them as well (max_bytes and an eighth: coded again, content may grow).
struct Bounds {
  uint64_t max_bytes = 8 * 1024 * 1024;
  uint32_t ratio = 100;   // JSON and text: 3 to 20, forms of many equal rows 50. deflate's own bound is 1032
};
inline constexpr uint64_t kRatioGrain = 4 * 1024;
inline constexpr uint64_t kRatioFloor = 64 * 1024;   // so much may always come out: small bodies harm nobody

/// Decoder takes up to two codings off. Owned by one worker or exchange, reused from body to body: zlib and zstd keep
/// their memory, brotli allocates anew. Memory of one coding: deflate and gzip 40 KiB, zstd 9 MiB, br 32 MiB at most (what a
/// body's window asks for; pages that no byte reached are not there); 16 KiB more between doubled ones. The verdict and
/// the bytes of a body do not depend on how it is split, nor on the rooms given; only of two reasons to refuse a broken
/// br body that breaks a bound as well, either may be said. One thread.
class Decoder {
 public:
  Decoder() = default;

  /// start begins a body, whatever became of the one before.
  void start(const Codings& codings, const Bounds& bounds);

  /// step decodes; never `done`. To know that nothing is left inside, give room until it is not used up. Bytes that came
  /// out before a refusal are not content.
  Progress step(ByteView in, ByteSpan out);

  /// finish says what a body is whose every byte was given: `done`, `truncated` (also when no byte was given, unless it
  /// is identity), or why step refused it. `ok` when more would come out: call step with room first.
  Status finish() const;

  /// several: the body has a second gzip member or zstd frame, which some readers take for content and others never look at.
  bool several() const;

 private:
  struct Layer {
    Coding coding = Coding::identity;
    Inflate inflate;
    Unbrotli unbrotli;
    Unzstd unzstd;

    Status start(Coding which);
    Progress step(ByteView in, ByteSpan out);
    bool at_end() const;
    bool several() const;
  };

  /// Gauge counts what comes out of one layer, and says which bound one byte more would break.
  struct Gauge {
    uint64_t bytes = 0;
    uint64_t limit = 0;   // the lower of max_bytes and what the ratio allows so far
    uint64_t max_bytes = 0;

    void allow(uint64_t by_ratio) { limit = by_ratio < max_bytes ? by_ratio : max_bytes; }
    Status excess() const { return limit == max_bytes ? Status::too_large : Status::bomb; }
  };

  static Progress run(Layer& layer, Gauge& gauge, bool& busy, ByteView in, ByteSpan out);
  Progress copy(ByteView in, ByteSpan out);
  Progress pump(ByteView in, ByteSpan out);
  void next_grain();
  bool busy() const;

  static constexpr size_t kBetweenBytes = 16 * 1024;

  Layer outer_;   // the last applied
  Layer inner_;   // with doubled codings
  Gauge between_gauge_;
  Gauge out_gauge_;
  std::unique_ptr<char[]> between_;   // what outer_ gave and inner_ has not taken
  size_t between_at_ = 0;
  size_t between_end_ = 0;
  uint64_t taken_ = 0;       // bytes of the body
  uint64_t grain_end_ = 0;
  uint32_t ratio_ = 0;
  Status status_ = Status::ok;
  Status outer_status_ = Status::ok;  // told when what came before it went through inner_
  bool outer_busy_ = false;           // more may be inside
  bool inner_busy_ = false;
  bool plain_ = true;                 // identity: bytes are copied
  bool doubled_ = false;
};

/// decode_whole replaces what is in `out` by the content of a whole body, kSimdPadding zero bytes behind it (beyond size()).
/// done, or why not; `out` is empty then. Its memory grows with what comes out, by half, and never over 1.5 * max_bytes.
Status decode_whole(Decoder& decoder, const Codings& codings, ByteView in, const Bounds& bounds, Room<char>& out);

}  // namespace gatehouse::codec
