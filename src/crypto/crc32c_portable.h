// Inside crypto/: CRC32C without special instructions.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace gatehouse::crypto {

/// crc32c_portable equals crc32c and is what runs where the instruction is missing; about 0.4 GB/s.
uint32_t crc32c_portable(ByteView bytes, uint32_t seed = 0);

}  // namespace gatehouse::crypto
