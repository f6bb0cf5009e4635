#include "codec/encoder.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace gatehouse::codec {
namespace {

constexpr int kZlibLevel = 4;
constexpr int kZlibMemory = 8;
constexpr int kWindowBits = 15;
constexpr int kZstdLevel = 3;
constexpr int kBrotliQuality = 4;
constexpr int kLargerWindow = 18;   // 256 KiB: most bodies fit, and a client needs no more than that to read them
constexpr size_t kMostAtOnce = size_t{1} << 30;

bool start_zlib(std::unique_ptr<z_stream>& stream, int window_bits) {
  if (stream) return deflateReset(stream.get()) == Z_OK;
  stream = std::make_unique<z_stream>();
  if (deflateInit2(stream.get(), kZlibLevel, Z_DEFLATED, window_bits, kZlibMemory, Z_DEFAULT_STRATEGY) == Z_OK) return true;
  stream = nullptr;
  return false;
}

bool start_zstd(ZSTD_CCtx*& cctx) {
  if (cctx != nullptr) return ZSTD_isError(ZSTD_CCtx_reset(cctx, ZSTD_reset_session_only)) == 0;
  cctx = ZSTD_createCCtx();
  return cctx != nullptr && ZSTD_isError(ZSTD_CCtx_setParameter(cctx, ZSTD_c_compressionLevel, kZstdLevel)) == 0 &&
         ZSTD_isError(ZSTD_CCtx_setParameter(cctx, ZSTD_c_windowLog, kLargerWindow)) == 0;
}

bool start_brotli(BrotliEncoderState*& state) {
  BrotliEncoderDestroyInstance(state);   // br cannot begin anew
  state = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
  return state != nullptr && BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, kBrotliQuality) == BROTLI_TRUE &&
         BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, kLargerWindow) == BROTLI_TRUE;
}

}  // namespace

Encoder::Encoder() = default;

Encoder::~Encoder() {
  if (gzip_) deflateEnd(gzip_.get());
  if (zlib_) deflateEnd(zlib_.get());
  BrotliEncoderDestroyInstance(brotli_);
  ZSTD_freeCCtx(zstd_);
}

Status Encoder::start(Coding coding) {
  coding_ = coding;
  unflushed_ = finished_ = false;
  bool ready = true;
  switch (coding) {
    case Coding::identity: break;
    case Coding::gzip: ready = start_zlib(gzip_, kWindowBits + 16); break;
    case Coding::deflate: ready = start_zlib(zlib_, kWindowBits); break;
    case Coding::br: ready = start_brotli(brotli_); break;
    case Coding::zstd: ready = start_zstd(zstd_); break;
  }
  return ready ? Status::ok : Status::memory;
}

Progress Encoder::step(ByteView in, ByteSpan out) {
  GH_ASSERT(!finished_ && out.size() >= kEncoderRoom);
  Progress all;
  while (all.status == Status::ok && all.consumed < in.size() && all.produced < out.size()) {
    const Progress once = run(Order::go_on, in.substr(all.consumed, kMostAtOnce), out.subspan(all.produced));
    all = {once.status, all.consumed + once.consumed, all.produced + once.produced};
  }
  unflushed_ = unflushed_ || all.consumed != 0;
  return all;
}

Progress Encoder::flush(ByteSpan out) {
  GH_ASSERT(!finished_ && out.size() >= kEncoderRoom);
  if (!unflushed_) return {Status::done, 0, 0};
  const Progress progress = run(Order::flush, {}, out);
  unflushed_ = progress.status != Status::done;
  return progress;
}

Progress Encoder::finish(ByteSpan out) {
  GH_ASSERT(out.size() >= kEncoderRoom);
  if (finished_) return {Status::done, 0, 0};
  const Progress progress = run(Order::finish, {}, out);
  finished_ = progress.status == Status::done;
  return progress;
}

Progress Encoder::run(Order order, ByteView in, ByteSpan out) {
  switch (coding_) {
    case Coding::identity: {
      const size_t size = std::min(in.size(), out.size());
      if (size != 0) std::memcpy(out.data(), in.data(), size);
      return {order == Order::go_on ? Status::ok : Status::done, size, size};
    }
    case Coding::gzip:
    case Coding::deflate: return run_zlib(order, in, out);
    case Coding::br: return run_brotli(order, in, out);
    case Coding::zstd: return run_zstd(order, in, out);
  }
  return {Status::memory, 0, 0};
}

Progress Encoder::run_zlib(Order order, ByteView in, ByteSpan out) {
  z_stream& stream = coding_ == Coding::gzip ? *gzip_ : *zlib_;
  const size_t room = std::min(out.size(), kMostAtOnce);
  stream.next_in = const_cast<Bytef*>(u8(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = u8(out.data());
  stream.avail_out = static_cast<uInt>(room);
  const int said = deflate(&stream, order == Order::go_on ? Z_NO_FLUSH : order == Order::flush ? Z_SYNC_FLUSH : Z_FINISH);
  Progress progress{Status::ok, in.size() - stream.avail_in, room - stream.avail_out};
  if (said != Z_OK && said != Z_STREAM_END && said != Z_BUF_ERROR) progress.status = Status::memory;
  else if (said == Z_STREAM_END || (order == Order::flush && stream.avail_out != 0)) progress.status = Status::done;
  return progress;
}

Progress Encoder::run_brotli(Order order, ByteView in, ByteSpan out) {
  size_t left = in.size();
  size_t room = out.size();
  const uint8_t* next = u8(in.data());
  uint8_t* to = u8(out.data());
  const BrotliEncoderOperation operation = order == Order::go_on   ? BROTLI_OPERATION_PROCESS
                                           : order == Order::flush ? BROTLI_OPERATION_FLUSH
                                                                   : BROTLI_OPERATION_FINISH;
  const bool ran = BrotliEncoderCompressStream(brotli_, operation, &left, &next, &room, &to, nullptr) == BROTLI_TRUE;
  Progress progress{ran ? Status::ok : Status::memory, in.size() - left, out.size() - room};
  if (!ran || order == Order::go_on || BrotliEncoderHasMoreOutput(brotli_) == BROTLI_TRUE) return progress;
  if (order == Order::flush || BrotliEncoderIsFinished(brotli_) == BROTLI_TRUE) progress.status = Status::done;
  return progress;
}

Progress Encoder::run_zstd(Order order, ByteView in, ByteSpan out) {
  ZSTD_inBuffer from{in.data(), in.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  const ZSTD_EndDirective directive = order == Order::go_on ? ZSTD_e_continue : order == Order::flush ? ZSTD_e_flush : ZSTD_e_end;
  const size_t said = ZSTD_compressStream2(zstd_, &to, &from, directive);
  if (ZSTD_isError(said) != 0) return {Status::memory, from.pos, to.pos};
  return {order != Order::go_on && said == 0 ? Status::done : Status::ok, from.pos, to.pos};
}

}  // namespace gatehouse::codec
