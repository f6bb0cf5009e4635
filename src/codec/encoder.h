// Content into a coding that the client asked for, as a stream.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "codec/coding.h"
#include "codec/progress.h"

struct z_stream_s;
struct BrotliEncoderStateStruct;
struct ZSTD_CCtx_s;

namespace gatehouse::codec {

/// kEncoderRoom is the least room for each call of an Encoder: below, zlib would write its flush marks again and again.
inline constexpr size_t kEncoderRoom = 64;

/// Encoder puts one coding on. Owned by one exchange or worker, reused from body to body: zlib and zstd keep their memory.
/// Levels are for a gateway (gzip and deflate 4, br 4, zstd 3), windows 32 KiB or 256 KiB; memory of each at most 2 MiB.
/// deflate is zlib's format. One thread.
class Encoder {
 public:
  Encoder();
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  /// start begins a body; ok, or memory. identity copies.
  Status start(Coding coding);

  /// step takes content; ok or memory. What is taken may stay inside until flush or finish.
  Progress step(ByteView in, ByteSpan out);

  /// flush makes all that was taken decodable (an event of a stream): call until `done`, before anything else; `ok`
  /// asks for more room. Free when nothing was taken since the last flush.
  Progress flush(ByteSpan out);

  /// finish ends the body: call until `done`. Nothing may be given afterwards.
  Progress finish(ByteSpan out);

 private:
  enum class Order : uint8_t { go_on, flush, finish };
  Progress run(Order order, ByteView in, ByteSpan out);
  Progress run_zlib(Order order, ByteView in, ByteSpan out);
  Progress run_brotli(Order order, ByteView in, ByteSpan out);
  Progress run_zstd(Order order, ByteView in, ByteSpan out);

  std::unique_ptr<z_stream_s> gzip_;
  std::unique_ptr<z_stream_s> zlib_;
  BrotliEncoderStateStruct* brotli_ = nullptr;
  ZSTD_CCtx_s* zstd_ = nullptr;
  Coding coding_ = Coding::identity;
  bool unflushed_ = false;
  bool finished_ = false;
};

}  // namespace gatehouse::codec
