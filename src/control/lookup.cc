#include "control/lookup.h"

#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace gatehouse::control {

using Found = Result<std::vector<Address>, std::string>;

Found look_up(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error != 0) return Failure<std::string>{gai_strerror(error)};
  std::vector<Address> found;
  for (const addrinfo* one = list; one != nullptr && found.size() < 16; one = one->ai_next) {
    Address address;
    if (one->ai_addrlen > sizeof address.storage) continue;
    memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.length = one->ai_addrlen;
    found.push_back(address);
  }
  freeaddrinfo(list);
  if (found.empty()) return Failure<std::string>{"it has no address"};
  return found;
}

Found look_up_within(const std::string& host, uint16_t port, MonotonicNs patience) {
  struct Shared {   // of this thread and the other, which may outlive the call
    std::mutex mutex;
    std::condition_variable ended;
    std::optional<Found> found;
  };
  const auto shared = std::make_shared<Shared>();
  std::thread([shared, host, port] {
    Found found = look_up(host, port);
    const std::lock_guard lock(shared->mutex);
    shared->found = std::move(found);
    shared->ended.notify_one();
  }).detach();
  std::unique_lock lock(shared->mutex);
  if (!shared->ended.wait_for(lock, std::chrono::nanoseconds(patience), [&shared] { return shared->found.has_value(); }))
    return Failure<std::string>{"the name service took too long"};
  return std::move(*shared->found);
}

}  // namespace gatehouse::control
