#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstring>

#include "codec/unpack.h"

namespace gatehouse::codec {
namespace {

constexpr int kWindowLogMax = 23;
static_assert(kWindowBytesMax == uint64_t{1} << kWindowLogMax);
constexpr size_t kFixedHead = 5;      // magic number and frame header descriptor
constexpr size_t kBlockHead = 3;
constexpr size_t kChecksum = 4;
constexpr uint64_t kMagic = 0xfd2fb528;

uint64_t little_endian(const char* bytes, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  return value;
}

/// FrameHead says what follows the descriptor, RFC 8878 section 3.1.1.1.
struct FrameHead {
  explicit FrameHead(char descriptor)
      : bits(static_cast<uint8_t>(descriptor)),
        single((bits >> 5 & 1) != 0),
        summed((bits >> 2 & 1) != 0),
        dictionary_bytes((bits & 3) == 3 ? 4 : bits & 3),
        content_bytes(bits >> 6 == 0 ? (single ? 1 : 0) : size_t{1} << (bits >> 6)) {}
  size_t size() const { return kFixedHead + (single ? 0 : 1) + dictionary_bytes + content_bytes; }

  uint32_t bits;
  bool single;   // no window descriptor: the content is the window
  bool summed;
  size_t dictionary_bytes;
  size_t content_bytes;
};

uint64_t window_of(char descriptor) {
  const uint64_t base = uint64_t{1} << (10 + (static_cast<uint8_t>(descriptor) >> 3));
  return base + base / 8 * (static_cast<uint8_t>(descriptor) & 7);
}

}  // namespace

Unzstd::~Unzstd() { ZSTD_freeDCtx(dctx_); }

Status Unzstd::start() {
  if (dctx_ == nullptr) {
    dctx_ = ZSTD_createDCtx();
    if (dctx_ == nullptr) return Status::memory;
    if (ZSTD_isError(ZSTD_DCtx_setParameter(dctx_, ZSTD_d_windowLogMax, kWindowLogMax)) != 0) return Status::memory;
  }
  ZSTD_DCtx_reset(dctx_, ZSTD_reset_session_only);
  frames_ = several_ = full_ = false;
  await(Part::frame_head, kFixedHead);
  return Status::ok;
}

void Unzstd::await(Part part, size_t bytes) {
  part_ = part;
  wanted_ = bytes;
  held_ = 0;
}

Status Unzstd::feed(ByteView bytes, ByteSpan out, Progress& progress) {
  char nowhere = 0;
  ZSTD_inBuffer from{bytes.data(), bytes.size(), 0};
  ZSTD_outBuffer to{out.empty() ? &nowhere : out.data(), out.size(), 0};
  const size_t said = ZSTD_decompressStream(dctx_, &to, &from);
  if (ZSTD_isError(said) != 0)
    return ZSTD_getErrorCode(said) == ZSTD_error_memory_allocation ? Status::memory : Status::malformed;
  finished_ = said == 0;
  progress.consumed += from.pos;
  progress.produced += to.pos;
  written_ += to.pos;
  return Status::ok;
}

Status Unzstd::take_frame_head() {
  const FrameHead head(head_[kFixedHead - 1]);
  if (held_ == kFixedHead) {
    if (little_endian(head_, 4) != kMagic || (head.bits >> 3 & 1) != 0) return Status::malformed;
    wanted_ = head.size() - held_;
    if (wanted_ != 0) return Status::ok;
  }
  const char* field = head_ + kFixedHead;
  uint64_t window = head.single ? 0 : window_of(*field++);
  if (little_endian(field, head.dictionary_bytes) != 0) return Status::malformed;
  field += head.dictionary_bytes;
  content_ = little_endian(field, head.content_bytes) + (head.content_bytes == 2 ? 256 : 0);
  if (head.single) window = content_;
  if (window > kWindowBytesMax) return Status::memory;
  several_ |= frames_;
  claims_ = head.content_bytes != 0;
  summed_ = head.summed;
  written_ = 0;
  Progress fed;   // no room: zstd cannot decode a whole frame at once, which it would do without looking at the window
  const Status status = feed({head_, held_}, {}, fed);
  if (status != Status::ok) return status;
  if (fed.consumed != held_) return Status::malformed;
  await(Part::block_head, kBlockHead);
  return Status::ok;
}

Status Unzstd::take_block_head() {
  const uint64_t head = little_endian(head_, kBlockHead);
  const uint64_t kind = head >> 1 & 3;   // raw, one byte repeated, compressed, reserved
  if (kind == 3) return Status::malformed;
  last_ = (head & 1) != 0;
  Progress fed;
  const Status status = feed({head_, held_}, {}, fed);
  if (status != Status::ok) return status;
  if (fed.consumed != kBlockHead) return Status::malformed;
  await(Part::block, kind == 1 ? 1 : head >> 3);
  return wanted_ == 0 ? end_block() : Status::ok;
}

Status Unzstd::end_block() {
  if (!last_) {
    await(Part::block_head, kBlockHead);
    return Status::ok;
  }
  if (!summed_) return end_frame();
  await(Part::checksum, kChecksum);
  return Status::ok;
}

Status Unzstd::end_frame() {
  if (!finished_ || (claims_ && written_ != content_)) return Status::malformed;
  frames_ = true;
  await(Part::frame_head, kFixedHead);
  return Status::ok;
}

Progress Unzstd::step(ByteView in, ByteSpan out) {
  Progress progress;
  while (progress.status == Status::ok) {
    const ByteView left = in.substr(progress.consumed, wanted_);
    const ByteSpan room = out.subspan(progress.produced);
    if ((left.empty() && !full_) || room.empty()) return progress;
    if (part_ == Part::frame_head || part_ == Part::block_head) {
      std::memcpy(head_ + held_, left.data(), left.size());
      held_ += left.size();
      wanted_ -= left.size();
      progress.consumed += left.size();
      if (wanted_ == 0) progress.status = part_ == Part::frame_head ? take_frame_head() : take_block_head();
      continue;
    }
    Progress fed;
    progress.status = feed(left, room, fed);
    progress.consumed += fed.consumed;
    progress.produced += fed.produced;
    wanted_ -= fed.consumed;
    full_ = fed.produced == room.size() && !finished_;
    if (progress.status != Status::ok || full_) continue;
    if (wanted_ == 0) progress.status = part_ == Part::block ? end_block() : end_frame();
    else if (fed.consumed != left.size()) progress.status = Status::malformed;   // room and bytes, and it does not go on
  }
  return progress;
}

}  // namespace gatehouse::codec
