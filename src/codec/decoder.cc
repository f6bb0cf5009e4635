#include "codec/decoder.h"

#include <algorithm>
#include <cstring>

#include "base/limits.h"

namespace gatehouse::codec {
namespace {

constexpr size_t kFirstRoom = 16 * 1024;

uint64_t product(uint64_t a, uint64_t b) { return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b; }

/// More than max_bytes of content can be when it is coded again: stored blocks, headers with names.
uint64_t coded_again(uint64_t max_bytes) {
  const uint64_t more = max_bytes / 8 + kRatioFloor;
  return max_bytes > UINT64_MAX - more ? UINT64_MAX : max_bytes + more;
}

}  // namespace

Status Decoder::Layer::start(Coding which) {
  coding = which;
  if (which != Coding::br) unbrotli.stop();
  switch (which) {
    case Coding::identity: return Status::ok;
    case Coding::gzip: return inflate.start(Inflate::Wrap::gzip);
    case Coding::deflate: return inflate.start(Inflate::Wrap::deflate);
    case Coding::br: return unbrotli.start();
    case Coding::zstd: return unzstd.start();
  }
  return Status::malformed;
}

Progress Decoder::Layer::step(ByteView in, ByteSpan out) {
  switch (coding) {
    case Coding::identity: break;   // copy()
    case Coding::gzip:
    case Coding::deflate: return inflate.step(in, out);
    case Coding::br: return unbrotli.step(in, out);
    case Coding::zstd: return unzstd.step(in, out);
  }
  return {Status::malformed, 0, 0};
}

bool Decoder::Layer::at_end() const {
  switch (coding) {
    case Coding::identity: return true;
    case Coding::gzip:
    case Coding::deflate: return inflate.at_end();
    case Coding::br: return unbrotli.at_end();
    case Coding::zstd: return unzstd.at_end();
  }
  return false;
}

bool Decoder::Layer::several() const {
  return coding == Coding::gzip ? inflate.several() : coding == Coding::zstd && unzstd.several();
}

void Decoder::start(const Codings& codings, const Bounds& bounds) {
  plain_ = codings.count == 0;
  doubled_ = codings.count == 2;
  outer_busy_ = inner_busy_ = false;
  between_at_ = between_end_ = 0;
  taken_ = grain_end_ = 0;
  ratio_ = bounds.ratio;
  out_gauge_ = {0, 0, bounds.max_bytes};
  between_gauge_ = {0, 0, coded_again(bounds.max_bytes)};
  outer_status_ = Status::ok;
  status_ = outer_.start(plain_ ? Coding::identity : codings.applied[codings.count - 1U]);
  const Status inner = inner_.start(doubled_ ? codings.applied[0] : Coding::identity);
  if (status_ == Status::ok) status_ = inner;
  if (doubled_ && !between_) between_ = std::make_unique_for_overwrite<char[]>(kBetweenBytes);
}

void Decoder::next_grain() {
  grain_end_ += kRatioGrain;
  const uint64_t allowed = std::max(kRatioFloor, product(grain_end_, ratio_));
  out_gauge_.allow(allowed);
  between_gauge_.allow(allowed);
}

bool Decoder::busy() const {
  return outer_busy_ || inner_busy_ || between_at_ < between_end_ || outer_status_ != Status::ok;
}

/// run gives a layer no more room than its bound leaves, and when none is left, one byte that must not be used.
Progress Decoder::run(Layer& layer, Gauge& gauge, bool& busy, ByteView in, ByteSpan out) {
  const uint64_t left = gauge.limit - gauge.bytes;
  if (left == 0) {
    char excess = 0;
    Progress progress = layer.step(in, {&excess, 1});
    if (progress.produced != 0) return {gauge.excess(), progress.consumed, 0};
    busy = false;
    return progress;
  }
  const size_t room = left < out.size() ? static_cast<size_t>(left) : out.size();
  const Progress progress = layer.step(in, out.first(room));
  gauge.bytes += progress.produced;
  busy = progress.produced == room;
  return progress;
}

/// pump moves one layer. What outer_ refuses counts only after inner_ took what came before: in the order of the bytes.
Progress Decoder::pump(ByteView in, ByteSpan out) {
  if (!doubled_) return run(outer_, out_gauge_, outer_busy_, in, out);
  if (between_at_ < between_end_ || inner_busy_) {
    const Progress inner = run(inner_, out_gauge_, inner_busy_, {between_.get() + between_at_, between_end_ - between_at_}, out);
    between_at_ += inner.consumed;
    return {inner.status, 0, inner.produced};
  }
  if (outer_status_ != Status::ok) return {outer_status_, 0, 0};
  const Progress outer = run(outer_, between_gauge_, outer_busy_, in, {between_.get(), kBetweenBytes});
  between_at_ = 0;
  between_end_ = outer.produced;
  outer_status_ = outer.status;
  return {Status::ok, outer.consumed, 0};
}

Progress Decoder::copy(ByteView in, ByteSpan out) {
  const uint64_t left = out_gauge_.max_bytes - out_gauge_.bytes;
  const size_t size = std::min(in.size(), left < out.size() ? static_cast<size_t>(left) : out.size());
  if (size != 0) std::memcpy(out.data(), in.data(), size);
  out_gauge_.bytes += size;
  if (size < in.size() && size == left) status_ = Status::too_large;
  return {status_, size, size};
}

Progress Decoder::step(ByteView in, ByteSpan out) {
  if (plain_ && status_ == Status::ok) return copy(in, out);
  Progress all;
  while (status_ == Status::ok && all.produced < out.size()) {
    const bool inside = busy();
    if (!inside) {
      if (all.consumed == in.size()) break;
      if (taken_ == grain_end_) next_grain();
    }
    const ByteView grain = in.substr(all.consumed, static_cast<size_t>(grain_end_ - taken_));
    const Progress moved = pump(grain, out.subspan(all.produced));
    all.consumed += moved.consumed;
    all.produced += moved.produced;
    taken_ += moved.consumed;
    status_ = moved.status;
    if (status_ == Status::ok && !inside && moved.consumed == 0 && moved.produced == 0 && !busy())
      status_ = Status::malformed;   // it does not go on
  }
  all.status = status_;
  return all;
}

Status Decoder::finish() const {
  if (status_ != Status::ok || busy()) return status_;
  return outer_.at_end() && (!doubled_ || inner_.at_end()) ? Status::done : Status::truncated;
}

bool Decoder::several() const { return outer_.several() || (doubled_ && inner_.several()); }

Status decode_whole(Decoder& decoder, const Codings& codings, ByteView in, const Bounds& bounds, Room<char>& out) {
  out.clear();
  decoder.start(codings, bounds);
  const uint64_t least = codings.count == 0 ? in.size() : kFirstRoom;
  out.reserve(static_cast<size_t>(std::min(least, bounds.max_bytes)) + kSimdPadding);
  size_t size = 0;
  for (;;) {
    const ByteSpan room{out.data() + size, out.capacity() - size};
    const Progress progress = decoder.step(in, room);
    in.remove_prefix(progress.consumed);
    size += progress.produced;
    if (progress.status != Status::ok) {
      out.clear();
      return progress.status;
    }
    out.resize(size);
    if (progress.produced < room.size()) break;   // so all of `in` was taken
    out.reserve(kSimdPadding);
  }
  const Status status = decoder.finish();
  if (status != Status::done) {
    out.clear();
    return status;
  }
  out.reserve(kSimdPadding);
  std::memset(out.data() + size, 0, kSimdPadding);
  return status;
}

}  // namespace gatehouse::codec
