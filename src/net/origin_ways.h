// The addresses of one origin, as one worker sees them.
#pragma once

#include <optional>

#include "base/address.h"
#include "net/origin_pool.h"

namespace gatehouse::net {

/// OriginWays says which address of an origin is next: they take turns, and one that could not be connected to
/// rests for a while. After its rest one request tries it again, while the others go elsewhere. Addresses are
/// numbers from 0; at most kWaysMax, so that an exchange keeps those that it tried in one word. One worker's thread.
class OriginWays {
 public:
  static constexpr uint32_t kWaysMax = 16;
  /// kRest: long enough that a dead address costs few requests a timeout, short enough that one which is back is used.
  static constexpr MonotonicNs kRest = 5 * kNsPerSecond;

  /// The pools belong to the worker and outlive this; they keep who rests over a change of configuration.
  void add(OriginPool* pool, const Address& address) { ways_.push_back({pool, address, format_address(address)}); }

  /// choose returns an address that is not in `tried` (a bit each): the next that is well, else the one whose
  /// rest ends first; nothing when all were tried.
  std::optional<uint32_t> choose(uint32_t tried, MonotonicNs now);
  bool all_tried(uint32_t tried) const { return tried == (uint32_t{1} << ways_.size()) - 1; }
  void failed(uint32_t way, MonotonicNs now) { ways_[way].pool->rest_until(now + kRest); }
  void connected(uint32_t way) { ways_[way].pool->rest_until(0); }

  OriginPool& pool(uint32_t way) const { return *ways_[way].pool; }
  const Address& address(uint32_t way) const { return ways_[way].address; }
  const std::string& text(uint32_t way) const { return ways_[way].text; }
  bool uses(const OriginPool* pool) const;

 private:
  struct Way {
    OriginPool* pool;
    Address address;
    std::string text;
  };
  std::vector<Way> ways_;
  uint32_t next_ = 0;
};

}  // namespace gatehouse::net
