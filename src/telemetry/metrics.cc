#include "telemetry/metrics.h"

namespace gatehouse::telemetry {
namespace {

constexpr Reason kInOrder[] = {
#define GH_REASON(name, code, http_status, text) Reason::name,
    GATEHOUSE_REASONS(GH_REASON)
#undef GH_REASON
};

}  // namespace

size_t reason_index(Reason reason) {
  size_t index = 0;
  while (index < kReasons && kInOrder[index] != reason) ++index;
  return index < kReasons ? index : 0;
}

Reason reason_at(size_t index) { return kInOrder[index]; }

}  // namespace gatehouse::telemetry
