// Detectors on any text: values in order, any cut gives the same ones, the pass over raw JSON misses none. The first byte
// says whether the rest is a text or a list of parts of values.
#include "tests/support/detect_laws.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.h"
#include "tests/fuzz/plant.h"
#include "tests/support/value_parts.h"

using namespace gatehouse;

namespace {

detect::Wanted wanted_of(uint8_t code) {
  detect::Wanted wanted;
  detect::detectors_from_name("default", &wanted.set);
  if (code < 24) wanted.set &= detect::set_of(static_cast<detect::Detector>(code)) | detect::set_of(detect::Detector::email);
  return wanted;
}

/// Whether bytes are UTF-8 up to where characters of four bytes begin; others say nothing of cuts within a character.
bool is_text(ByteView bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const auto lead = static_cast<uint8_t>(bytes[at]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || at + length > bytes.size()) return false;
    for (size_t i = 1; i < length; ++i)
      if ((static_cast<uint8_t>(bytes[at + i]) & 0xc0) != 0x80) return false;
    at += length;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 5 || size > 4096) return 0;
  const detect::Wanted wanted = wanted_of(data[1]);
  const ByteView fields[] = {"", "", "", "birth_date", "phone", "passportNo", "password", "ssn"};
  const ByteView field = fields[data[2] % 8];
  std::string text(reinterpret_cast<const char*>(data) + 5, size - 5);
  if (data[0] % 2 == 1) text = testing::text_of_parts(text);
  std::vector<testing::Value> whole = testing::all_values(text, wanted, field);
  if (!is_text(text) || text.size() > 3000) return 0;
  uint32_t state = data[3] * 256u + data[4];
  const size_t most = 1 + data[3] % 64;
  PLANT(if (whole.size() == 2) whole.pop_back());
  const std::vector<testing::Value> pieces = testing::values_in_pieces(text, wanted, field, [&](size_t left) {
    state = state * 1664525 + 1013904223;
    return std::min(left, 1 + state / 65536 % most);
  });
  GH_ASSERT(pieces == whole);
  if (field.empty() && !whole.empty()) GH_ASSERT(testing::marked(text, wanted));
  return 0;
}
