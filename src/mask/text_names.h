// Names of members whose siblings continue one another, and of the offsets beside them. Included by mask/*.cc only.
#pragma once

#include <cstring>

#include "base/bytes.h"

namespace gatehouse::mask {

inline constexpr size_t kShortName = 16;

/// ShortName is a name of 2 to kShortName bytes as numbers.
struct ShortName {
  uint64_t begin = 0, end = 0;   // the first and the last eight bytes, or what there is
  size_t size = 0;

  constexpr explicit ShortName(ByteView name) : size(name.size()) {
    const auto part = [&](size_t from, size_t count) {
      uint64_t value = 0;
      for (size_t i = 0; i < count; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(name[from + i])) << 8 * i;
      return value;
    };
    const size_t count = size >= 8 ? 8 : size >= 4 ? 4 : 2;
    begin = part(0, count);
    end = part(size - count, count);
  }
  constexpr ShortName() = default;
  /// read is the same for names that are not constants.
  static ShortName read(ByteView name) {
    ShortName out;
    out.size = name.size();
    const size_t count = out.size >= 8 ? 8 : out.size >= 4 ? 4 : 2;
    const char* const last = name.data() + out.size - count;
    switch (count) {
      case 8: std::memcpy(&out.begin, name.data(), 8), std::memcpy(&out.end, last, 8); break;
      case 4: std::memcpy(&out.begin, name.data(), 4), std::memcpy(&out.end, last, 4); break;
      default: std::memcpy(&out.begin, name.data(), 2), std::memcpy(&out.end, last, 2);
    }
    return out;
  }
  bool operator==(const ShortName&) const = default;
  constexpr size_t slot() const { return ((begin ^ end * 0x9e3779b97f4a7c15u) + size) * 0xd6e8feb86659fd93u >> 56; }
};

/// is_text_name: services call the texts that they cut a document into by this name: text, chunks, content, delta and so on.
bool is_text_name(ByteView name);

/// Offset is what a number beside a text says of where it stands in the document that was cut.
enum class Offset : uint8_t { none, start, end };
Offset offset_name(ByteView name);

/// names_pair: a member or element of this name may hold the name of what stands in the one beside it, which holds_pair() names:
/// {"name":"DB_PASSWORD","value":"x"}, <key>ssn</key><string>x</string>. In any case.
bool names_pair(ByteView name);
bool holds_pair(ByteView name);

/// The path of a value as a number: of a member by its key, of an array's elements all the same. Values of one path continue one
/// another.
uint64_t member_path(uint64_t path, ByteView key);
uint64_t member_path(uint64_t path, uint64_t number);   // path_number(key)
uint64_t path_number(ByteView key);
uint64_t element_path(uint64_t path);

}  // namespace gatehouse::mask
