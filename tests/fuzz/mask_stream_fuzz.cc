// A document masked as it comes, in pieces of any size, is what it is masked whole: the same bytes, undone by the slices' maps.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/assert.h"
#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"
#include "tests/support/masked_json.h"
#include "tests/support/plain_json.h"

using namespace gatehouse;

namespace {

const std::vector<detect::Detector> kMost = {detect::Detector::email,         detect::Detector::us_ssn, detect::Detector::payment_card,
                                           detect::Detector::phone,         detect::Detector::iban,   detect::Detector::private_key,
                                           detect::Detector::date_of_birth, detect::Detector::jwt,    detect::Detector::password};

std::shared_ptr<const mask::Plan> make_plan() {
  return *mask::Plan::compile({
      {"all", {}, kMost, mask::Method::redact},
      {"part", {"**.p", "[*].q"}, kMost, mask::Method::partial},
      {"gone", {"**.d"}, {}, mask::Method::drop},
      {"none", {"**.n", "a[*]"}, {}, mask::Method::null},
      {"field", {"**.f"}, {}, mask::Method::redact, {}, {}, {}, {}, {"**.j[*]"}},
  });
}

struct World {
  std::shared_ptr<const mask::Plan> plan = make_plan();
  testing::JsonMasker stream{plan};
  mask::Masker whole;
  World() { GH_ASSERT(whole.prepare(*plan)); }
};

/// A document beyond the bounds that only the walk in pieces has.
bool too_large(const testing::PlainJson& plain) {
  size_t keys = 0;
  for (const testing::Leaf& leaf : plain.leaves()) {
    keys += leaf.kind == 'k';
    if (leaf.length > 1000 && leaf.kind != 's') return true;
  }
  return keys > json::kStreamKeysMax;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size < 3) return 0;
  const mask::Selection masks = data[0] & 31;
  fuzz::Pieces pieces(fuzz::input_of(data + 1, size - 1));
  const size_t least = (pieces.options & 1) != 0 ? 1 : 16 * 1024;
  const testing::Padded padded(pieces.body);
  const mask::Masker::Outcome whole = world.whole.apply(*world.plan, masks, padded.view());
  const testing::MaskedJson made = world.stream.run(masks, pieces.body, [&](size_t left) { return pieces(left); }, least);
  const testing::PlainJson plain(pieces.body);
  if (!plain.ok()) {
    GH_ASSERT(!made.ok && whole.reason != Reason::none);
    return 0;
  }
  if (!made.ok) {
    GH_ASSERT(too_large(plain));
    return 0;
  }
  GH_ASSERT(whole.reason == Reason::none);
  std::string original = made.original;
  PLANT(if (made.count == 3) original += ' ');
  GH_ASSERT(original == pieces.body);
  GH_ASSERT(made.masked == whole.body);
  GH_ASSERT(made.most_held <= mask::kWindowBytes);
  const testing::PlainJson masked(made.masked);
  GH_ASSERT(masked.ok());
  if ((masks & 12) == 0) GH_ASSERT(masked.shape() == plain.shape());
  return 0;
}
