#include <brotli/decode.h>

#include <cstdlib>

#include "codec/unpack.h"

namespace gatehouse::codec {
namespace {

constexpr size_t kPrefix = alignof(std::max_align_t);   // holds a block's size

}  // namespace

Unbrotli::~Unbrotli() { stop(); }

void Unbrotli::stop() {
  if (state_ != nullptr) BrotliDecoderDestroyInstance(state_);
  state_ = nullptr;
}

void* Unbrotli::take(void* self, size_t size) {
  auto& brotli = *static_cast<Unbrotli*>(self);
  if (size > kBrotliBytesMax - brotli.taken_) {
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
  state_ = BrotliDecoderCreateInstance(take, give, this);
  return state_ != nullptr ? Status::ok : Status::memory;
}

Progress Unbrotli::step(ByteView in, ByteSpan out) {
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
