// One bit per byte: is it a backslash. The widest instructions of this machine, chosen once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatehouse::json {

/// backslash_masks writes one 64-bit mask per 64-byte block: bit i is set when byte i is a backslash.
/// Reads exactly blocks * 64 bytes.
void backslash_masks(const char* bytes, size_t blocks, uint64_t* masks);

}  // namespace gatehouse::json
