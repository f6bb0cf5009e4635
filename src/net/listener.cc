#include "net/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::net {
namespace {

constexpr int kBacklog = 4096;

bool somebody_listens(const Address& address) {
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool answered = connect(probe, address.sockaddr_ptr(), address.length) == 0;
  close(probe);
  return answered;
}

Failure<std::string> failure(const Address& address, const char* what, int error, int descriptor) {
  if (descriptor >= 0) close(descriptor);
  std::string text = format_address(address) + ": " + what + ": " + std::strerror(error);
  if (error == EADDRINUSE) text += "; another process listens there";
  if (error == EACCES) text += "; ports below 1024 need CAP_NET_BIND_SERVICE";
  return {text};
}

}  // namespace

Result<Done, std::string> is_free(const Address& address) {
  if (address.is_unix()) return Done{};   // bind_listener looks
  const int probe = socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return failure(address, "socket", errno, -1);
  const int on = 1;
  setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);   // what is closing is nobody's
  if (address.family() == AF_INET6) setsockopt(probe, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(probe, address.sockaddr_ptr(), address.length) != 0) return failure(address, "bind", errno, probe);
  close(probe);
  return Done{};
}

Result<int, std::string> bind_listener(const Address& address) {
  const int descriptor = socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return failure(address, "socket", errno, -1);
  const int on = 1;
  mode_t old_mask = 0;
  if (address.is_unix()) {
    if (somebody_listens(address)) return failure(address, "bind", EADDRINUSE, descriptor);
    const std::string path = format_address(address).substr(5);
    struct stat info {};
    if (lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) unlink(path.c_str());
    old_mask = umask(0117);  // 0660 from the first moment
  } else {
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
      return failure(address, "SO_REUSEPORT", errno, descriptor);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (address.family() == AF_INET6) setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  const int bound = bind(descriptor, address.sockaddr_ptr(), address.length);
  const int error = errno;
  if (address.is_unix()) umask(old_mask);
  if (bound != 0) return failure(address, "bind", error, descriptor);
  return descriptor;
}

Result<Done, std::string> begin_listening(int descriptor, const Address& address) {
  if (listen(descriptor, kBacklog) != 0) return failure(address, "listen", errno, -1);
  return Done{};
}

Result<int, std::string> open_listener(const Address& address) {
  auto descriptor = bind_listener(address);
  if (!descriptor) return descriptor;
  if (auto listening = begin_listening(*descriptor, address); !listening) {
    close(*descriptor);
    return Failure{listening.error()};
  }
  return descriptor;
}

Address bound_address(int descriptor) {
  Address address;
  address.length = sizeof address.storage;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.length);
  return address;
}

}  // namespace gatehouse::net
