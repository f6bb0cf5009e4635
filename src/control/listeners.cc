#include "control/listeners.h"

#include <sys/socket.h>
#include <unistd.h>

#include "net/listener.h"

namespace gatehouse::control {

Result<ListenerSockets::Ref, std::string> ListenerSockets::open(const Address& address, uint32_t workers) {
  std::shared_ptr<ListenerSockets> sockets(new ListenerSockets(address));
  Address bound = address;
  for (uint32_t i = 0; i < workers; ++i) {
    const auto opened = net::open_listener(bound);
    if (!opened) return Failure<std::string>{opened.error()};
    sockets->descriptors_.push_back(*opened);
    bound = net::bound_address(*opened);   // the port that was chosen for port 0
    if (bound.is_unix()) break;
  }
  return Ref(std::move(sockets));
}

ListenerSockets::~ListenerSockets() {
  for (const int descriptor : descriptors_) ::close(descriptor);
}

void ListenerSockets::hang_up() const {
  for (const int descriptor : descriptors_) ::shutdown(descriptor, SHUT_RDWR);
}

std::vector<int> of_worker(const Listeners& listeners, uint32_t worker) {
  std::vector<int> descriptors;
  for (const auto& each : listeners) descriptors.push_back(each->of(worker));
  return descriptors;
}

}  // namespace gatehouse::control
