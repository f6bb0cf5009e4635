#include <zlib.h>

#include <algorithm>

#include "codec/unpack.h"

namespace gatehouse::codec {
namespace {

constexpr int kWindowBits = 15;
constexpr int kGzip = kWindowBits + 16;
constexpr size_t kMostAtOnce = size_t{1} << 30;   // zlib counts in 32 bits

}  // namespace

Inflate::Inflate() = default;

Inflate::~Inflate() {
  if (stream_) inflateEnd(stream_.get());
}

bool Inflate::reset(int window_bits) {
  if (stream_) return inflateReset2(stream_.get(), window_bits) == Z_OK;
  stream_ = std::make_unique<z_stream>();
  if (inflateInit2(stream_.get(), window_bits) == Z_OK) return true;
  stream_ = nullptr;
  return false;
}

Status Inflate::start(Wrap wrap) {
  wrap_ = wrap;
  begun_ = wrap == Wrap::gzip;
  ended_ = full_ = several_ = false;
  return reset(kGzip) ? Status::ok : Status::memory;
}

Progress Inflate::step(ByteView in, ByteSpan out) {
  Progress progress;
  for (;;) {
    const ByteView left = in.substr(progress.consumed, kMostAtOnce);
    const size_t room = std::min(out.size() - progress.produced, kMostAtOnce);
    if ((left.empty() && !full_) || room == 0) return progress;
    if (ended_) {
      if (wrap_ != Wrap::gzip) return {Status::malformed, progress.consumed, progress.produced};
      if (inflateReset(stream_.get()) != Z_OK) return {Status::memory, progress.consumed, progress.produced};
      ended_ = false;
      several_ = true;
    }
    if (!begun_) {
      begun_ = true;
      if (!reset((left[0] & 0x0f) == Z_DEFLATED ? kWindowBits : -kWindowBits))
        return {Status::memory, progress.consumed, progress.produced};
    }
    stream_->next_in = const_cast<Bytef*>(u8(left.data()));
    stream_->avail_in = static_cast<uInt>(left.size());
    stream_->next_out = u8(out.data() + progress.produced);
    stream_->avail_out = static_cast<uInt>(room);
    const int said = inflate(stream_.get(), Z_SYNC_FLUSH);
    progress.consumed += left.size() - stream_->avail_in;
    progress.produced += room - stream_->avail_out;
    ended_ = said == Z_STREAM_END;
    full_ = !ended_ && stream_->avail_out == 0;
    if (said == Z_MEM_ERROR) return {Status::memory, progress.consumed, progress.produced};
    const bool moved = stream_->avail_in != left.size() || stream_->avail_out != room;
    if (said == Z_STREAM_END || (said == Z_OK && moved)) continue;
    if (said == Z_BUF_ERROR && (stream_->avail_in == 0 || stream_->avail_out == 0)) return progress;
    return {Status::malformed, progress.consumed, progress.produced};
  }
}

}  // namespace gatehouse::codec
