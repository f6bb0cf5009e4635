#include "net/origin_ways.h"

#include <algorithm>

namespace gatehouse::net {

std::optional<uint32_t> OriginWays::choose(uint32_t tried, MonotonicNs now) {
  const auto count = static_cast<uint32_t>(ways_.size());
  std::optional<uint32_t> soonest;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t way = (next_ + i) % count;
    if ((tried >> way & 1) != 0) continue;
    const MonotonicNs rest = ways_[way].pool->rest_until();
    if (rest > now) {
      if (!soonest || rest < ways_[*soonest].pool->rest_until()) soonest = way;
      continue;
    }
    if (rest != 0) ways_[way].pool->rest_until(now + kRest);   // this request finds out, the others need not
    next_ = (way + 1) % count;
    return way;
  }
  return soonest;
}

bool OriginWays::uses(const OriginPool* pool) const {
  return std::any_of(ways_.begin(), ways_.end(), [pool](const Way& way) { return way.pool == pool; });
}

}  // namespace gatehouse::net
