#include "web/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "web/connection.h"

namespace gatehouse::web {

namespace {

constexpr MonotonicNs kIdle = 120 * kNsPerSecond;

MonotonicNs now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<uint64_t>(now.tv_nsec);
}

std::string system_error(const char* what) { return std::string(what) + ": " + strerror(errno); }

void remove_old_socket(const Address& address) {
  const char* path = reinterpret_cast<const sockaddr_un*>(address.sockaddr_ptr())->sun_path;
  struct stat found{};
  if (lstat(path, &found) == 0 && S_ISSOCK(found.st_mode)) unlink(path);
}

void accept_all(int listener, std::vector<std::unique_ptr<Connection>>& connections) {
  while (connections.size() < Server::kConnectionsMax) {
    int descriptor = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    connections.push_back(std::make_unique<Connection>(descriptor, now_ns()));
  }
}

}  // namespace

Answer json_answer(int status, std::string body) {
  Answer answer;
  answer.status = status;
  answer.body = std::move(body);
  return answer;
}

Server::~Server() {
  if (listener_ >= 0) close(listener_);
}

std::string Server::listen(const Address& address) {
  if (!address.is_loopback()) return "only loopback addresses and Unix sockets are served";
  listener_ = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener_ < 0) return system_error("socket");
  int yes = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (address.is_unix()) remove_old_socket(address);
  if (bind(listener_, address.sockaddr_ptr(), address.length) != 0) return system_error("bind");
  if (::listen(listener_, 256) != 0) return system_error("listen");
  return "";
}

Address Server::bound() const {
  Address address;
  address.length = sizeof(address.storage);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address.storage), &address.length);
  return address;
}

void Server::run(const Answerer& answerer) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  int signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);

  std::vector<std::unique_ptr<Connection>> connections;
  std::vector<pollfd> watched;
  for (;;) {
    bool room = connections.size() < kConnectionsMax;
    watched.assign({{signals, POLLIN, 0}, {room ? listener_ : -1, POLLIN, 0}});
    for (const auto& connection : connections) {
      watched.push_back({connection->descriptor(),
                         static_cast<short>(connection->wants_write() ? POLLOUT : POLLIN), 0});
    }
    if (poll(watched.data(), watched.size(), 1000) < 0 && errno != EINTR) break;
    if (watched[0].revents != 0) break;
    MonotonicNs now = now_ns();
    for (size_t i = 2; i < watched.size(); ++i) {
      if (watched[i].revents != 0) connections[i - 2]->advance(answerer, now);
    }
    std::erase_if(connections, [now](const auto& connection) {
      return connection->finished() || now - connection->last_progress() > kIdle;
    });
    if (watched[1].revents != 0) accept_all(listener_, connections);
  }
  close(signals);
}

}  // namespace gatehouse::web
