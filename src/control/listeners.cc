#include "control/listeners.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "net/listener.h"

namespace gatehouse::control {

ListenerSockets::Socket::~Socket() { ::close(descriptor); }

Result<ListenerSockets::Ref, std::string> ListenerSockets::open(const Address& address, uint32_t workers, const Ref& before) {
  std::shared_ptr<ListenerSockets> sockets(new ListenerSockets(address));
  if (before != nullptr) sockets->sockets_ = before->sockets_;
  while (sockets->sockets_.empty() || !sockets->enough_for(workers)) {
    // The second and later ones listen on the port that was chosen for port 0.
    const Address bound = sockets->sockets_.empty() ? address : net::bound_address(sockets->first());
    const auto opened = before != nullptr ? net::bind_listener(bound) : net::open_listener(bound);
    if (!opened) return Failure<std::string>{opened.error()};
    sockets->sockets_.push_back(std::make_shared<const Socket>(*opened));
  }
  return Ref(std::move(sockets));
}

Result<Done, std::string> ListenerSockets::listen() const {
  for (const auto& each : sockets_)   // no change where it listens already
    if (auto listening = net::begin_listening(each->descriptor, address_); !listening) return listening;
  return Done{};
}

std::vector<int> ListenerSockets::of(uint32_t nth, uint32_t workers) const {
  if (address_.is_unix()) return {first()};
  std::vector<int> descriptors;
  for (size_t i = nth; i < sockets_.size(); i += workers) descriptors.push_back(sockets_[i]->descriptor);
  return descriptors;
}

void ListenerSockets::hang_up(const Ref& kept) const {
  for (const auto& each : sockets_) {
    const bool shared = kept != nullptr && std::find(kept->sockets_.begin(), kept->sockets_.end(), each) != kept->sockets_.end();
    if (!shared) ::shutdown(each->descriptor, SHUT_RDWR);
  }
}

proxy::Descriptors of_worker(const Listeners& listeners, uint32_t nth, uint32_t workers) {
  proxy::Descriptors descriptors;
  for (const auto& each : listeners) descriptors.push_back(each->of(nth, workers));
  return descriptors;
}

}  // namespace gatehouse::control
