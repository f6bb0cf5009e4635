// A text decodes only if it is what its bytes encode to: one value, one text.
#include <string>

#include "base/assert.h"
#include "codec/base64url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  const ByteView input(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = codec::decode_base64url(input)) {
    GH_ASSERT(bytes->size() == codec::base64url_decoded_bytes(size));
    GH_ASSERT(codec::encode_base64url(*bytes) == input);
  }
  const std::string text = codec::encode_base64url(input);
  GH_ASSERT(codec::decode_base64url(text) == input);
  return 0;
}
