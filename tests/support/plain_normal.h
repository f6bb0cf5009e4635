// The normal form of a text, made the slow and obvious way: ICU over the whole of it, without ignorable characters, with a space
// for white space that NFKC leaves as it is.
#pragma once

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::testing {

inline std::string utf8_of(uint32_t code_point) {
  std::string text;
  const auto put = [&](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto rest = [&](uint32_t shift) { put(0x80 | (code_point >> shift & 0x3f)); };
  if (code_point < 0x80) put(code_point);
  else if (code_point < 0x800) put(0xc0 | code_point >> 6), rest(0);
  else if (code_point < 0x10000) put(0xe0 | code_point >> 12), rest(6), rest(0);
  else put(0xf0 | code_point >> 18), rest(12), rest(6), rest(0);
  return text;
}

/// nullopt: not UTF-8.
inline std::optional<std::string> plain_normal(ByteView text) {
  UErrorCode error = U_ZERO_ERROR;
  std::vector<UChar> units(text.size() + 1);
  int32_t length = 0;
  u_strFromUTF8(units.data(), static_cast<int32_t>(units.size()), &length, text.data() != nullptr ? text.data() : "",
                static_cast<int32_t>(text.size()), &error);
  if (U_FAILURE(error)) return std::nullopt;
  std::vector<UChar> seen;
  for (int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U16_NEXT_UNSAFE(units.data(), i, c);
    if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) continue;
    const bool changed = c < 0x80 || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f || c == 0x3000;
    if (!changed && u_isUWhiteSpace(c)) c = u' ';
    UChar both[2];
    int32_t count = 0;
    U16_APPEND_UNSAFE(both, count, c);
    seen.insert(seen.end(), both, both + count);
  }
  std::vector<UChar> form(seen.size() * 18 + 1);
  seen.push_back(0);
  length = unorm2_normalize(unorm2_getNFKCInstance(&error), seen.data(), static_cast<int32_t>(seen.size() - 1),
                            form.data(), static_cast<int32_t>(form.size()), &error);
  std::string bytes(static_cast<size_t>(length) * 3 + 1, '\0');
  int32_t used = 0;
  u_strToUTF8(bytes.data(), static_cast<int32_t>(bytes.size()), &used, form.data(), length, &error);
  if (U_FAILURE(error)) return std::nullopt;
  bytes.resize(static_cast<size_t>(used));
  return bytes;
}

}  // namespace gatehouse::testing
