// One coding taken off: thin machines over zlib, brotli and zstd that a Decoder chains. Each says the same for the same
// bytes, however they were split. Not for use outside codec/.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "codec/progress.h"

struct z_stream_s;
struct BrotliDecoderStateStruct;
struct ZSTD_DCtx_s;

namespace gatehouse::codec {

/// kWindowBytesMax is the largest zstd window: what RFC 9659 allows for the content coding.
inline constexpr uint64_t kWindowBytesMax = 8 * 1024 * 1024;

/// kBrotliBytesMax bounds what brotli may allocate: its largest window (16 MiB), half of it again while the ring grows, tables.
inline constexpr size_t kBrotliBytesMax = 32 * 1024 * 1024;

inline constexpr uint64_t kBrotliMaps = 256 * 1024;
inline constexpr uint64_t kBrotliMapsRatio = 8;   // what compressors write stays below a tenth
inline constexpr uint64_t kBrotliGrain = 4 * 1024;

/// Inflate takes gzip (RFC 1952: all members are content) or deflate off. deflate is zlib's format (RFC 9110 section 8.4.1.2);
/// a body whose first byte cannot be zlib's (its low half is not 8) is raw deflate, which some clients send. One
/// that begins like zlib's must be zlib's: the raw readings of it hold padding that no encoder writes. 40 KiB, kept.
class Inflate {
 public:
  Inflate();
  ~Inflate();
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;

  enum class Wrap : uint8_t { gzip, deflate };
  /// start begins a body; ok, or memory.
  Status start(Wrap wrap);
  /// step: ok, malformed or memory.
  Progress step(ByteView in, ByteSpan out);
  /// at_end: what was given is whole.
  bool at_end() const { return ended_; }
  /// several: a second member has begun.
  bool several() const { return several_; }

 private:
  bool reset(int window_bits);

  std::unique_ptr<z_stream_s> stream_;
  Wrap wrap_ = Wrap::gzip;
  bool begun_ = false;   // the wrapping is known
  bool ended_ = false;
  bool several_ = false;
  bool full_ = false;    // the room was used up: more may be inside
};

/// Unbrotli takes br off (RFC 7932, no large windows). Allocates anew for each body, within kBrotliBytesMax, until its end or
/// an error. 80 bytes can order a map of contexts that takes brotli 40 us to fill; all maps of a body may take kBrotliMaps
/// bytes, and kBrotliMapsRatio for each byte of the body (counted in whole kBrotliGrain, so that the verdict is the same for
/// every split).
class Unbrotli {
 public:
  Unbrotli() = default;
  ~Unbrotli();
  Unbrotli(const Unbrotli&) = delete;
  Unbrotli& operator=(const Unbrotli&) = delete;

  Status start();
  Progress step(ByteView in, ByteSpan out);
  bool at_end() const { return ended_; }
  /// stop gives the memory back.
  void stop();

 private:
  static void* take(void* self, size_t size);
  static void give(void* self, void* block);
  Progress step_grain(ByteView in, ByteSpan out);

  BrotliDecoderStateStruct* state_ = nullptr;
  size_t taken_ = 0;      // bytes of memory
  uint64_t fed_ = 0;      // bytes of the body
  uint64_t maps_ = 0;     // bytes of all maps that there ever were
  size_t last_asked_ = 0; // bytes
  bool refused_ = false;  // more was asked for than there may be
  bool ended_ = false;
  bool full_ = false;
};

/// Unzstd takes zstd off (RFC 8878): all frames are content. Refused: dictionaries; skippable frames, whose bytes no reader
/// shows and some readers do not know; windows above kWindowBytesMax. Headers are read here first, so that zstd never
/// sees more than one block in a call: else what came before an error would depend on the split. Some 9 MiB at most, kept.
class Unzstd {
 public:
  Unzstd() = default;
  ~Unzstd();
  Unzstd(const Unzstd&) = delete;
  Unzstd& operator=(const Unzstd&) = delete;

  Status start();
  Progress step(ByteView in, ByteSpan out);
  bool at_end() const { return part_ == Part::frame_head && held_ == 0 && frames_ && !full_; }
  /// several: a second frame has begun, and is one.
  bool several() const { return several_; }

 private:
  enum class Part : uint8_t { frame_head, block_head, block, checksum };

  void await(Part part, size_t bytes);
  Status take_frame_head();
  Status take_block_head();
  Status feed(ByteView bytes, ByteSpan out, Progress& progress);
  Status end_block();
  Status end_frame();

  ZSTD_DCtx_s* dctx_ = nullptr;
  Part part_ = Part::frame_head;
  char head_[18];           // the longest frame header
  size_t held_ = 0;         // bytes of head_
  size_t wanted_ = 0;       // bytes of the part that are still to come
  uint64_t content_ = 0;    // what the frame said to hold, when claims_
  uint64_t written_ = 0;    // of this frame
  bool claims_ = false;
  bool summed_ = false;     // a checksum follows the last block
  bool last_ = false;
  bool finished_ = false;   // zstd said that the frame is whole
  bool frames_ = false;     // there was one
  bool several_ = false;
  bool full_ = false;
};

}  // namespace gatehouse::codec
