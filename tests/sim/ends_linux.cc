// The other ends as real sockets on loopback, for the ring over io_uring.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "ends.h"

namespace gatehouse::sim {

struct Ends::State {
  struct End {
    int descriptor = -1;
    bool ended = false;
    bool reset = false;
  };
  int listener = -1;
  int server = -1;
  Address listening, serving, refusing;
  std::vector<End> ends;

  static int listen_anywhere(Address* address) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *address = *parse_address("127.0.0.1:0");
    GH_ASSERT(bind(descriptor, address->sockaddr_ptr(), address->length) == 0 &&
              ::listen(descriptor, 128) == 0);
    GH_ASSERT(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address->storage), &address->length) == 0);
    return descriptor;
  }
  State() {
    listener = listen_anywhere(&listening);
    server = listen_anywhere(&serving);
    ::close(listen_anywhere(&refusing));
  }
  ~State() {
    for (const End& end : ends)
      if (end.descriptor >= 0) ::close(end.descriptor);
    ::close(listener);
    ::close(server);
  }
};

Ends::Ends() : state_(std::make_unique<State>()) {}
Ends::~Ends() = default;

std::unique_ptr<uring::Ring> Ends::open_ring(const uring::RingOptions& options) {
  auto ring = uring::Ring::open(options);
  if (!ring.ok()) fprintf(stderr, "%s\n", ring.error().c_str());
  return ring.ok() ? std::move(ring.value()) : nullptr;
}

int Ends::listener() const {
  return state_->listener;
}
Address Ends::serving() const {
  return state_->serving;
}
MonotonicNs Ends::patience() const {
  return 20 * kNsPerSecond;
}
Address Ends::refusing() const {
  return state_->refusing;
}

int Ends::dial() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  GH_ASSERT(::connect(descriptor, state_->listening.sockaddr_ptr(), state_->listening.length) == 0);
  state_->ends.push_back({descriptor});
  return static_cast<int>(state_->ends.size()) - 1;
}

int Ends::take_incoming() {
  const int descriptor = accept4(state_->server, nullptr, nullptr, SOCK_CLOEXEC);
  if (descriptor < 0) return -1;
  state_->ends.push_back({descriptor});
  return static_cast<int>(state_->ends.size()) - 1;
}

size_t Ends::write(int number, const std::string& bytes) {
  const auto result = ::send(state_->ends[static_cast<size_t>(number)].descriptor, bytes.data(), bytes.size(),
                             MSG_DONTWAIT | MSG_NOSIGNAL);
  return result > 0 ? static_cast<size_t>(result) : 0;
}

std::string Ends::read(int number, size_t most) {
  State::End& end = state_->ends[static_cast<size_t>(number)];
  std::string out(most, 0);
  size_t used = 0;
  while (end.descriptor >= 0 && used < most) {
    const auto result = ::recv(end.descriptor, out.data() + used, most - used, MSG_DONTWAIT);
    if (result < 0 && errno == EAGAIN) break;
    if (result <= 0) {
      end.ended = true;
      end.reset |= result < 0;
      break;
    }
    used += static_cast<size_t>(result);
  }
  out.resize(used);
  return out;
}

bool Ends::ended(int number) {
  return state_->ends[static_cast<size_t>(number)].ended;
}
bool Ends::reset_seen(int number) {
  return state_->ends[static_cast<size_t>(number)].reset;
}
void Ends::finish_writing(int number) {
  ::shutdown(state_->ends[static_cast<size_t>(number)].descriptor, SHUT_WR);
}
void Ends::close(int number) {
  ::close(std::exchange(state_->ends[static_cast<size_t>(number)].descriptor, -1));
}
void Ends::reset(int number) {
  const int descriptor = state_->ends[static_cast<size_t>(number)].descriptor;
  const linger hard{1, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(number);
}

}  // namespace gatehouse::sim
