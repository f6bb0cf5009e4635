// The sockets of [[listener]] tables, for all workers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "proxy/messages.h"

namespace gatehouse::control {

/// ListenerSockets are those of one listener: at least one for each worker, or of a Unix path one for all. Connections
/// wait in the queue of one socket each: one that is there is kept while the address is, whatever becomes of workers.
/// Closed with the last that shares them. Any thread, one at a time.
class ListenerSockets {
 public:
  using Ref = std::shared_ptr<const ListenerSockets>;

  /// open binds and listens `workers` times, less what `before` (null: nothing) has at that address, which is shared:
  /// those that are added to it are bound alone until listen(), for callers of that address may come to them from then
  /// on. The error names address and cause.
  static Result<Ref, std::string> open(const Address& address, uint32_t workers, const Ref& before = nullptr);
  ListenerSockets(const ListenerSockets&) = delete;

  /// address is as it was asked for: its port may be 0.
  const Address& address() const { return address_; }
  Result<Done, std::string> listen() const;

  int first() const { return sockets_.front()->descriptor; }
  bool enough_for(uint32_t workers) const { return address_.is_unix() || sockets_.size() >= workers; }

  /// of are the descriptors of the n-th of so many workers.
  std::vector<int> of(uint32_t nth, uint32_t workers) const;

  /// hang_up ends listening on those that `kept` (null: nothing) does not share: what accepts on them is told so.
  void hang_up(const Ref& kept = nullptr) const;

 private:
  struct Socket {
    explicit Socket(int opened) : descriptor(opened) {}
    ~Socket();
    Socket(const Socket&) = delete;
    const int descriptor;
  };
  explicit ListenerSockets(const Address& address) : address_(address) {}

  const Address address_;
  std::vector<std::shared_ptr<const Socket>> sockets_;
};

/// Listeners are all of a gateway, by listener index.
using Listeners = std::vector<ListenerSockets::Ref>;

/// of_worker are the descriptors of the n-th of so many workers, borrowed.
proxy::Descriptors of_worker(const Listeners& listeners, uint32_t nth, uint32_t workers);

}  // namespace gatehouse::control
