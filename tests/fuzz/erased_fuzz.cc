// Sections of an erased record of unknown origin, and several of them for one epoch: runs must not overlap, and say what the
// entries said.
#include <string>

#include "base/assert.h"
#include "record/erased.h"
#include "tests/fuzz/plant.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse::record;
  using gatehouse::ByteView;
  const ByteView payload(reinterpret_cast<const char*>(data), size);
  std::vector<ErasedSegment> entries;
  if (!parse_erased(payload, &entries)) return 0;
  GH_ASSERT(!entries.empty());
  Erased erased;
  for (const ErasedSegment& each : entries) {
    Epoch epoch;
    uint32_t index = 0;
    GH_ASSERT(parse_segment_name(each.name, &epoch, &index) && each.next_sequence > each.sequence);
    const bool known = erased.find(epoch, index) != nullptr;
    erased.add(each);
    const Erased::Run* run = erased.find(epoch, index);
    GH_ASSERT(run != nullptr && run->first <= index && index <= run->last);
    if (!known && run->last == index) GH_ASSERT(run->next_sequence == each.next_sequence && run->chain == each.chain);
  }
  for (const auto& [epoch, gone] : erased.all()) {
    uint64_t next = 0;
    for (const auto& [first, run] : gone.runs) {
      GH_ASSERT(first >= next && run.first == first && run.last >= first);
      next = uint64_t{run.last} + 1;
    }
    PLANT(GH_ASSERT(gone.runs.size() < 2));
  }
  return 0;
}
