#include "faults.h"

namespace gatehouse::sim {

namespace {

constexpr struct {
  const char* name;
  uint32_t rate_max;
  const char* text;
} kTable[] = {
#define SIM_FAULT(name, rate, text) {#name, rate, text},
    SIM_FAULTS(SIM_FAULT)
#undef SIM_FAULT
};
static_assert(sizeof(kTable) / sizeof(kTable[0]) == kFaults);

}  // namespace

const char* fault_name(Fault fault) {
  return kTable[static_cast<size_t>(fault)].name;
}

const char* fault_text(Fault fault) {
  return kTable[static_cast<size_t>(fault)].text;
}

void Faults::draw(Random random, unsigned severity) {
  for (size_t i = 0; i < kFaults; ++i) {
    rate_[i] = 0;
    if (i >= static_cast<size_t>(Fault::revocation)) continue;   // counted alone: drawing for them would change every world
    const uint64_t shape = random.below(10);
    const uint64_t draw = random.below(kTable[i].rate_max) + 1;
    if (severity == 0 || shape < 5) continue;
    rate_[i] = static_cast<uint32_t>(shape < 8 ? (draw + 3) / 4 : draw);
  }
  random_ = random.fork();
}

bool Faults::hit(Fault fault) {
  const uint32_t rate = rate_[static_cast<size_t>(fault)];
  if (rate == 0 || !random_.chance(rate, 10000)) return false;
  count(fault);
  return true;
}

}  // namespace gatehouse::sim
