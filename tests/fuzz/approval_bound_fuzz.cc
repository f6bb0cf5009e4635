// What an approval is bound to, as a person's program reads it: bytes that can be taken apart are exactly those that
// their parts are digested as.
#include <string>

#include "approve/hold.h"
#include "base/assert.h"
#include "tests/fuzz/plant.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  const ByteView input(reinterpret_cast<const char*>(data), size);
  auto bound = approve::parse_bound(input);
  if (!bound) return 0;
  PLANT(if (bound->body.starts_with('[')) bound->body.remove_prefix(1));
  GH_ASSERT(approve::digest_of(*bound) == crypto::sha256(input));
  std::string again(size + 1, '\0');
  const size_t half = approve::read_bound(*bound, 0, std::span(again).first(size / 2));
  GH_ASSERT(half == size / 2);
  GH_ASSERT(approve::read_bound(*bound, half, std::span(again).subspan(half)) == size - half);
  GH_ASSERT(ByteView(again).substr(0, size) == input);
  return 0;
}
