// A text decodes only if it is what its bytes encode to: one value, one text.
#include <string>

#include "base/assert.h"
#include "codec/base64url.h"
#include "tests/fuzz/plant.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  const ByteView input(reinterpret_cast<const char*>(data), size);
  auto bytes = codec::decode_base64url(input);
  PLANT(if (bytes && size == 7) bytes->back() = static_cast<char>(bytes->back() ^ 1));
  if (bytes) {
    GH_ASSERT(bytes->size() == codec::base64url_decoded_bytes(size));
    GH_ASSERT(codec::encode_base64url(*bytes) == input);
  }
  const std::string text = codec::encode_base64url(input);
  GH_ASSERT(codec::decode_base64url(text) == input);
  return 0;
}
