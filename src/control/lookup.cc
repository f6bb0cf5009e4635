#include "control/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace gatehouse::control {

using Looked = Result<std::vector<Address>, std::string>;

Looked look_up(const std::string& host, uint16_t port) {
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

bool may_be_an_issuers(const Address& address) {
  if (address.family() == AF_INET) {
    sockaddr_in in{};
    memcpy(&in, &address.storage, sizeof in);
    const uint32_t number = ntohl(in.sin_addr.s_addr);
    return number >> 24 != 0 && number >> 16 != 0xa9fe && number >> 28 < 0xe;
  }
  if (address.family() != AF_INET6) return false;
  sockaddr_in6 in6{};
  memcpy(&in6, &address.storage, sizeof in6);
  const in6_addr& six = in6.sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    memcpy(&in.sin_addr, six.s6_addr + 12, 4);
    Address four;
    memcpy(&four.storage, &in, sizeof in);
    four.length = sizeof in;
    return may_be_an_issuers(four);
  }
  return !IN6_IS_ADDR_UNSPECIFIED(&six) && !IN6_IS_ADDR_LINKLOCAL(&six) && !IN6_IS_ADDR_MULTICAST(&six);
}

Looked look_up_within(const std::string& host, uint16_t port, MonotonicNs patience) {
  struct Shared {   // of this thread and the other, which may outlive the call
    std::mutex mutex;
    std::condition_variable ended;
    std::optional<Looked> found;
  };
  const auto shared = std::make_shared<Shared>();
  try {
    std::thread([shared, host, port] {
      Looked found = look_up(host, port);
      const std::lock_guard lock(shared->mutex);
      shared->found = std::move(found);
      shared->ended.notify_one();
    }).detach();
  } catch (const std::system_error& error) {
    return Failure<std::string>{"no thread can be had to ask the name service: " + error.code().message()};
  }
  std::unique_lock lock(shared->mutex);
  if (!shared->ended.wait_for(lock, std::chrono::nanoseconds(patience), [&shared] { return shared->found.has_value(); }))
    return Failure<std::string>{"the name service took too long"};
  return std::move(*shared->found);
}

}  // namespace gatehouse::control
