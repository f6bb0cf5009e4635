// A mask map from anywhere: read within bounds, and undone only to what its header promises.
#include <cstdint>

#include "base/assert.h"
#include "mask/map.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteView rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t body = data[0] < rest.size() ? data[0] : rest.size();
  const ByteView masked = rest.substr(0, body), map = rest.substr(body);
  mask::MapReader reader;
  size_t count = 0, original_end = 0, masked_end = 0;
  mask::Change change;
  const bool opened = reader.open(map);
  while (opened && reader.next(&change)) {
    GH_ASSERT(change.original_offset >= original_end && change.masked_offset >= masked_end);
    original_end = change.original_offset + change.original_bytes;   // notes have a digest in place of the original
    masked_end = change.masked_offset + change.replacement.size();
    GH_ASSERT(original_end <= reader.original_length() && masked_end <= reader.masked_length());
    GH_ASSERT(change.place.size() <= 512 && ++count <= reader.count());
  }
  PLANT(if (count == 1) ++count);
  std::string original;
  if (mask::undo(masked, map, &original)) {
    GH_ASSERT(opened && reader.ok() && count == reader.count());
    GH_ASSERT(original.size() == reader.original_length() && masked.size() == reader.masked_length());
  }
  return 0;
}
