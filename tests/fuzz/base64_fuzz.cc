// A text decodes the same in any pieces; without line breaks and with padding settled, only if it is what its bytes encode to.
#include <cstdint>
#include <string>

#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::Pieces pieces(fuzz::input_of(data, size));
  codec::Base64Options options;
  if ((pieces.options & 1) != 0) options.alphabet = codec::Base64Alphabet::url;
  options.padding = static_cast<codec::Base64Padding>((pieces.options >> 1) % 3);
  options.line_breaks = (pieces.options & 8) != 0;
  fuzz::compare(pieces, 1, [&] { return codec::Base64Decoder(options); }, [](testing::FormLog&) {});
  auto bytes = codec::decode_base64(pieces.body, options);
  PLANT(if (bytes && bytes->size() == 6) bytes->back() = static_cast<char>(bytes->back() ^ 1));
  if (bytes && options.padding != codec::Base64Padding::optional) {
    std::string text(pieces.body);
    if (options.line_breaks) std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
    GH_ASSERT(codec::encode_base64(*bytes, options) == text);
  }
  options.line_breaks = true;
  GH_ASSERT(codec::decode_base64(codec::encode_base64(pieces.body, options, pieces.options / 16 * 4U), options) == pieces.body);
  return 0;
}
