// The strict walk sees what a slow, plain reader sees: the same verdict, spans, texts and places.
#include <cstdint>

#include "base/assert.h"
#include "json/document.h"
#include "tests/fuzz/plant.h"
#include "tests/support/collect_json.h"
#include "tests/support/padded.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static json::Document document;  // reused, as a worker does
  const ByteView text(reinterpret_cast<const char*>(data), size);
  const testing::Padded padded(text);
  testing::CollectJson seen{document, {}, {}, {}};
  const json::Error error = document.walk(padded.view(), seen);
  const testing::PlainJson plain(text);
  GH_ASSERT((error == json::Error::none) == plain.ok());
  if (error != json::Error::none) return 0;
  seen.find_places();
  PLANT(if (seen.leaves.size() > 2) seen.leaves[2].length += 1);
  GH_ASSERT(seen.shape == plain.shape());
  GH_ASSERT(seen.leaves.size() == plain.leaves().size());
  for (size_t i = 0; i < seen.leaves.size(); ++i) {
    const testing::Leaf &a = seen.leaves[i], &b = plain.leaves()[i];
    GH_ASSERT(a.kind == b.kind && a.offset == b.offset && a.length == b.length && a.text == b.text);
    GH_ASSERT(a.place == b.place || b.place.size() > json::kPlaceMax);
  }
  return 0;
}
