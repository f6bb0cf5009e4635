#include "codec/packed.h"

#include <zstd.h>

namespace gatehouse::codec {
namespace {

constexpr int kLevel = 1;

void free_state(ZSTD_CCtx_s* state) { ZSTD_freeCCtx(state); }

}  // namespace

Packer::Packer() : state_(nullptr, free_state) {}
Packer::~Packer() = default;

ByteView Packer::pack(ByteView bytes) {
  if (bytes.size() < kPackAtLeast) return {};
  if (state_ == nullptr) state_.reset(ZSTD_createCCtx());
  if (state_ == nullptr) return {};
  if (packed_.size() < bytes.size()) packed_.resize(bytes.size());
  const size_t size = ZSTD_compressCCtx(state_.get(), packed_.data(), bytes.size() - 1, bytes.data(), bytes.size(), kLevel);
  return ZSTD_isError(size) != 0 ? ByteView{} : ByteView{packed_.data(), size};
}

bool unpack(ByteView packed, uint64_t bytes, std::string* out) {
  if (bytes > kUnpackedMax || ZSTD_getFrameContentSize(packed.data(), packed.size()) != bytes) return false;
  if (ZSTD_findFrameCompressedSize(packed.data(), packed.size()) != packed.size()) return false;
  out->resize(bytes);
  return ZSTD_decompress(out->data(), bytes, packed.data(), packed.size()) == bytes;
}

}  // namespace gatehouse::codec
