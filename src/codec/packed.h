// Bytes as one zstd frame, at once: how records keep what would be long.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"

struct ZSTD_CCtx_s;

namespace gatehouse::codec {

/// kPackAtLeast: fewer bytes are not worth a frame.
inline constexpr size_t kPackAtLeast = 256;

/// Packer compresses (level 1). Its memory is kept from call to call, at most some 2 MiB beside the result. One thread.
class Packer {
 public:
  Packer();
  ~Packer();
  Packer(const Packer&) = delete;

  /// pack returns a frame that is shorter than `bytes`, valid until the next call; empty when there is none.
  ByteView pack(ByteView bytes);

 private:
  std::unique_ptr<ZSTD_CCtx_s, void (*)(ZSTD_CCtx_s*)> state_;
  std::string packed_;
};

/// unpack gives the content of one frame, which must be exactly `bytes` long; at most kUnpackedMax. Hostile input safe.
bool unpack(ByteView packed, uint64_t bytes, std::string* out);
inline constexpr uint64_t kUnpackedMax = 64 << 20;

}  // namespace gatehouse::codec
