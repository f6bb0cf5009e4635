// Views over bytes that somebody else owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse {

/// ByteView reads bytes owned elsewhere. It never outlives the worker's turn unless its buffer is
/// pinned by the exchange. Bytes are not text: no encoding is implied.
using ByteView = std::string_view;

/// ByteSpan writes bytes owned elsewhere.
using ByteSpan = std::span<char>;

inline ByteView view_of(ByteSpan span) { return {span.data(), span.size()}; }
inline ByteView view_of(std::span<const uint8_t> span) {
  return {reinterpret_cast<const char*>(span.data()), span.size()};
}
inline const uint8_t* u8(const char* bytes) { return reinterpret_cast<const uint8_t*>(bytes); }
inline uint8_t* u8(char* bytes) { return reinterpret_cast<uint8_t*>(bytes); }

}  // namespace gatehouse
