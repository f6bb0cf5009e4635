// Masking any document: the output is JSON of the same shape, the map undoes it, what is not in the map is
// untouched, and plain cases of each value are gone.
#include <cstdint>
#include <regex>

#include "base/assert.h"
#include "json/place.h"
#include "mask/map.h"
#include "mask/mask.h"
#include "tests/fuzz/plant.h"
#include "tests/support/padded.h"
#include "tests/support/plain_json.h"

using namespace gatehouse;

namespace {

const std::vector<detect::Detector> kAll = {detect::Detector::email, detect::Detector::us_ssn, detect::Detector::payment_card};

std::shared_ptr<const mask::Plan> make_plan() {
  return *mask::Plan::compile({
      {"all", {}, kAll, mask::Method::redact},
      {"part", {"**.p", "[*].q"}, kAll, mask::Method::partial},
      {"field", {"a.*[*]", "**.s.t", "[\"\"]"}, {}, mask::Method::redact},
  });
}

struct World {
  std::shared_ptr<const mask::Plan> plan = make_plan();
  mask::Masker masker, again;
  World() { GH_ASSERT(masker.prepare(*plan) && again.prepare(*plan)); }
};

/// Values between blanks and nothing else around: no border rule may let them through.
bool leaks(const std::string& text) {
  static const std::regex email("(^|[ ,;<])[a-z]{1,20}@[a-z]{2,20}\\.(com|org)($|[ ,;>])");
  static const std::regex ssn("(^|[,;<])[1-5][0-9]{2}-[1-9][0-9]-[1-9][0-9]{3}($|[,;>])");
  static const std::regex card("(^|[,;<])4111 ?1111 ?1111 ?1111($|[,;>])");
  return text.size() < 2000 && (std::regex_search(text, email) || std::regex_search(text, ssn) || std::regex_search(text, card));
}

void check_map(const mask::Masker::Outcome& outcome, const testing::PlainJson& plain, ByteView body) {
  mask::MapReader reader;
  GH_ASSERT(reader.open(outcome.map) && reader.count() == outcome.changes);
  mask::Change change;
  size_t leaf = 0;
  while (reader.next(&change)) {
    while (plain.leaves()[leaf].offset + plain.leaves()[leaf].length < change.original_offset + change.original.size()) ++leaf;
    const testing::Leaf& in = plain.leaves()[leaf];
    GH_ASSERT(change.original_offset >= in.offset);  // a change lies within one token
    GH_ASSERT(change.place == in.place || in.place.size() > json::kPlaceMax);
    GH_ASSERT(body.substr(change.original_offset, change.original.size()) == change.original);
    GH_ASSERT(change.original != change.replacement);
  }
  GH_ASSERT(reader.ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size == 0) return 0;
  const mask::Selection masks = data[0] & 7;
  const ByteView body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const testing::Padded padded(body);
  const mask::Masker::Outcome outcome = world.masker.apply(*world.plan, masks, padded.view());
  const testing::PlainJson plain(body);
  if (outcome.reason != Reason::none) {
    GH_ASSERT(outcome.reason == Reason::mask_uninspectable && outcome.body.empty());
    // A good document is refused only when its own keys are what masks write.
    GH_ASSERT(!plain.ok() || body.find("#100") != ByteView::npos || body.find("\\u") != ByteView::npos);
    return 0;
  }
  GH_ASSERT(plain.ok());
  if (outcome.changes == 0) {
    GH_ASSERT(outcome.body.data() == padded.view().data() && outcome.body.size() == body.size() && outcome.map.empty());
  } else {
    std::string original;
    GH_ASSERT(mask::undo(outcome.body, outcome.map, &original));
    PLANT(if (outcome.changes == 2) original += ' ');
    GH_ASSERT(original == body);
    check_map(outcome, plain, body);
  }
  const testing::PlainJson masked(outcome.body);
  GH_ASSERT(masked.ok() && masked.shape() == plain.shape());
  for (const testing::Leaf& leaf : masked.leaves())
    if ((masks & 3) != 0 && (leaf.kind == 's' || leaf.kind == 'k')) GH_ASSERT(!leaks(leaf.text));
  const testing::Padded once(outcome.body);
  const mask::Masker::Outcome twice = world.again.apply(*world.plan, masks, once.view());
  GH_ASSERT(twice.reason == Reason::none || body.find('#') != ByteView::npos);
  return 0;
}
