// Idle connections to origins, kept by one worker.
#pragma once

#include <string>
#include <vector>

#include "net/links.h"

namespace gatehouse::net {

/// OriginPool keeps idle links to one address of an origin, last in first out (warm sockets first). The key holds
/// everything that makes connections interchangeable: address, TLS settings, credential version.
/// Links are held by id: one that ended meanwhile simply does not resolve or is no longer quiet.
class OriginPool {
 public:
  OriginPool(std::string key, uint32_t capacity) : key_(std::move(key)), capacity_(capacity) {}

  const std::string& key() const { return key_; }
  void set_capacity(uint32_t capacity) { capacity_ = capacity; }

  /// take returns an idle link that is still good, or nullptr. Ended ones are aborted on the way.
  Link* take(Links& links);

  /// put keeps a quiet link for later; a full pool aborts it instead. The link stays armed to see
  /// its origin's FIN.
  void put(Links& links, Link& link, MonotonicNs now);

  /// sweep ends links that were idle for longer than kIdle, and all of them when `all`.
  void sweep(Links& links, MonotonicNs now, bool all);

  size_t size() const { return idle_.size(); }

  /// rest_until is when its address may be connected to again; 0: it is well.
  MonotonicNs rest_until() const { return rest_until_; }
  void rest_until(MonotonicNs at) { rest_until_ = at; }

  /// kIdle is shorter than the 5 s after which uvicorn and Node close idle connections, so that the
  /// race between their close and our next request is rare.
  static constexpr MonotonicNs kIdle = 4 * kNsPerSecond;

 private:
  struct Idle {
    SlotId link;
    MonotonicNs since;
  };
  std::string key_;
  uint32_t capacity_;
  MonotonicNs rest_until_ = 0;
  std::vector<Idle> idle_;
};

}  // namespace gatehouse::net
