#include "control/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace gatehouse::control {

Notifier::Notifier(ByteView name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool abstract = name.starts_with('@');
  if (name.size() < 2 || name.size() >= sizeof address.sun_path || !(abstract || name.starts_with('/'))) return;
  memcpy(address.sun_path, name.data(), name.size());
  if (abstract) address.sun_path[0] = '\0';
  memcpy(&address_.storage, &address, sizeof address);
  // An abstract name is as long as it is said to be; a path ends with a zero byte.
  address_.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (abstract ? 0 : 1));
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

Notifier::~Notifier() {
  if (socket_ >= 0) ::close(socket_);
}

std::string Notifier::from_environment() {
  const char* name = getenv("NOTIFY_SOCKET");
  return name == nullptr ? "" : name;
}

void Notifier::say(ByteView text) {
  if (socket_ < 0) return;
  (void)::sendto(socket_, text.data(), text.size(), MSG_NOSIGNAL, address_.sockaddr_ptr(), address_.length);
}

void Notifier::ready() { say("READY=1"); }

void Notifier::reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t microseconds = static_cast<int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
  say("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void Notifier::stopping() { say("STOPPING=1"); }

void Notifier::alive() { say("WATCHDOG=1"); }

}  // namespace gatehouse::control
