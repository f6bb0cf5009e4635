// The sockets of [[listener]] tables, for all workers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace gatehouse::control {

/// ListenerSockets are those of one listener: one for each worker, or of a Unix path one for all. Closed with it.
/// Any thread, one at a time.
class ListenerSockets {
 public:
  using Ref = std::shared_ptr<const ListenerSockets>;

  /// open binds and listens `workers` times. The error names address and cause.
  static Result<Ref, std::string> open(const Address& address, uint32_t workers);
  ~ListenerSockets();
  ListenerSockets(const ListenerSockets&) = delete;

  /// address is as it was asked for: its port may be 0.
  const Address& address() const { return address_; }
  int of(uint32_t worker) const { return descriptors_[worker < descriptors_.size() ? worker : 0]; }

  /// hang_up ends listening: what accepts on it is told so.
  void hang_up() const;

 private:
  explicit ListenerSockets(const Address& address) : address_(address) {}

  const Address address_;
  std::vector<int> descriptors_;
};

/// Listeners are all of a gateway, by listener index.
using Listeners = std::vector<ListenerSockets::Ref>;

/// of_worker are one worker's descriptors, borrowed.
std::vector<int> of_worker(const Listeners& listeners, uint32_t worker);

}  // namespace gatehouse::control
