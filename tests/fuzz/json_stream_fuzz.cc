// The walk in pieces of any size: the verdict and all that it shows are those of the walk over the whole.
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"
#include "tests/support/collect_json.h"
#include "tests/support/collect_stream.h"

using namespace gatehouse;

namespace {

/// A document beyond the bounds that only the walk in pieces has.
bool too_large(const std::vector<testing::Leaf>& leaves) {
  size_t keys = 0;
  for (const testing::Leaf& leaf : leaves) {
    keys += leaf.kind == 'k';
    if (leaf.kind == 'n' && leaf.length > json::kStreamNumberMax) return true;
    if (leaf.kind == 'k' && leaf.length > json::kStreamKeyMax) return true;
  }
  return keys > json::kStreamKeysMax;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static json::Document document;
  static json::Stream stream;
  fuzz::Pieces pieces(fuzz::input_of(data, size));
  const json::Leniency leniency{(pieces.options & 1) != 0, (pieces.options & 2) != 0};
  const testing::Padded padded(pieces.body);
  testing::CollectJson whole{document, {}, {}, {}};
  const bool good = document.walk(padded.view(), whole, leniency) == json::Error::none;
  testing::CollectStream seen;
  const json::StreamError error = testing::stream_pieces(stream, pieces.body, [&](size_t left) { return pieces(left); }, &seen, leniency);
  if (error == json::StreamError::too_large) {
    GH_ASSERT(!good || too_large(whole.leaves));
    return 0;
  }
  GH_ASSERT((error == json::StreamError::none) == good);
  GH_ASSERT(seen.contiguous);
  if (!good) return 0;
  PLANT(if (seen.leaves.size() > 2 && seen.leaves[1].kind == 's') seen.leaves[1].text += 'x');
  GH_ASSERT(seen.shape == whole.shape && seen.leaves.size() == whole.leaves.size());
  for (size_t i = 0; i < seen.leaves.size(); ++i) GH_ASSERT(testing::same_leaf(seen.leaves[i], whole.leaves[i]));
  return 0;
}
