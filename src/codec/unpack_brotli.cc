#include <brotli/decode.h>

#include <cstdlib>

#include "codec/unpack.h"

namespace gatehouse::codec {
namespace {

constexpr size_t kPrefix = alignof(std::max_align_t);   // holds a block's size
constexpr size_t kContexts = 64;                        // of literals: a map has one byte for each, and each type of block
constexpr size_t kTypesMax = 256;                       // of blocks

/// is_map tells a map of contexts by its size: brotli asks for it right after one byte for each type of block. That of a
/// single type is small, and in every part of a body.
bool is_map(size_t asked_before, size_t size) {
  return asked_before > 1 && asked_before <= kTypesMax && size == asked_before * kContexts;
}

}  // namespace

Unbrotli::~Unbrotli() { stop(); }

void Unbrotli::stop() {
  if (state_ != nullptr) BrotliDecoderDestroyInstance(state_);
  state_ = nullptr;
}

void* Unbrotli::take(void* self, size_t size) {
  auto& brotli = *static_cast<Unbrotli*>(self);
  if (is_map(brotli.last_asked_, size)) brotli.maps_ += size;
  brotli.last_asked_ = size;
  const uint64_t grains = brotli.fed_ / kBrotliGrain + 1;
  if (size > kBrotliBytesMax - brotli.taken_ || brotli.maps_ > kBrotliMaps + grains * kBrotliGrain * kBrotliMapsRatio) {
    brotli.refused_ = true;
    return nullptr;
  }
  auto* block = static_cast<char*>(std::malloc(size + kPrefix));
  if (block == nullptr) {
    brotli.refused_ = true;
    return nullptr;
  }
  *reinterpret_cast<size_t*>(block) = size;
  brotli.taken_ += size;
  return block + kPrefix;
}

void Unbrotli::give(void* self, void* block) {
  if (block == nullptr) return;
  char* start = static_cast<char*>(block) - kPrefix;
  static_cast<Unbrotli*>(self)->taken_ -= *reinterpret_cast<size_t*>(start);
  std::free(start);
}

Status Unbrotli::start() {
  stop();
  refused_ = ended_ = full_ = false;
  fed_ = maps_ = last_asked_ = 0;
  state_ = BrotliDecoderCreateInstance(take, give, this);
  return state_ != nullptr ? Status::ok : Status::memory;
}

Progress Unbrotli::step(ByteView in, ByteSpan out) {
  Progress all;
  do {
    const ByteView left = in.substr(all.consumed);
    const Progress once = step_grain(left.substr(0, kBrotliGrain - fed_ % kBrotliGrain), out.subspan(all.produced));
    fed_ += once.consumed;
    all = {once.status, all.consumed + once.consumed, all.produced + once.produced};
  } while (all.status == Status::ok && all.consumed < in.size() && all.produced < out.size());
  return all;
}

Progress Unbrotli::step_grain(ByteView in, ByteSpan out) {
  if (ended_) return {in.empty() ? Status::ok : Status::malformed, 0, 0};
  if ((in.empty() && !full_) || out.empty()) return {};
  size_t left = in.size();
  size_t room = out.size();
  const uint8_t* next = u8(in.data());
  uint8_t* to = u8(out.data());
  const BrotliDecoderResult said = BrotliDecoderDecompressStream(state_, &left, &next, &room, &to, nullptr);
  ended_ = said == BROTLI_DECODER_RESULT_SUCCESS;
  full_ = said == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  Status status = Status::ok;
  if (said == BROTLI_DECODER_RESULT_ERROR) status = refused_ ? Status::memory : Status::malformed;
  if (ended_ && left != 0) status = Status::malformed;
  if (ended_ || status != Status::ok) stop();
  return {status, in.size() - left, out.size() - room};
}

}  // namespace gatehouse::codec
