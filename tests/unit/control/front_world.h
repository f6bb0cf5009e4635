// A Front with a real ring and real sockets, and what plays the other side.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "control/front.h"
#include "net/listener.h"

namespace gatehouse::control {

inline const Address kAnyPort = *parse_address("127.0.0.1:0");

class FrontTest : public testing::Test {
 protected:
  void SetUp() override {
    uring::RingOptions options;
    options.entries = 64;
    options.sockets = sockets();
    options.hot_buffers = 16;
    options.overflow_buffers = 16;
    auto opened = uring::Ring::open(options);
    ASSERT_TRUE(opened.ok()) << opened.error();
    ring = std::move(*opened);
    front = std::make_unique<Front>(*ring, ring->now(), times());
  }
  virtual Front::Times times() const { return {}; }
  virtual uint32_t sockets() const { return 512; }   // as serve() has them
  void TearDown() override {
    for (const int descriptor : descriptors) close(descriptor);  // else links linger for them
    front->stop();
    EXPECT_TRUE(turns_until([this] { return front->idle(); }));
    EXPECT_EQ(ring->free_buffers(), ring->total_buffers());
  }

  bool turns_until(const std::function<bool()>& done, MonotonicNs patience = 60 * kNsPerSecond) {
    std::array<uring::Completion, 64> completions;
    for (const MonotonicNs until = ring->now() + patience; !done();) {
      if (ring->now() > until) return false;
      const MonotonicNs soon = ring->now() + 10 * kNsPerMs;
      const size_t count = ring->wait(completions, std::min(front->next(), soon));
      for (size_t i = 0; i < count; ++i) front->take(completions[i]);
      front->step(ring->now());
    }
    return true;
  }

  int listen(const Address& address) {
    const auto opened = net::open_listener(address);
    EXPECT_TRUE(opened.ok());
    descriptors.push_back(*opened);
    return *opened;
  }
  int dial(const Address& address) {
    const int descriptor = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK, 0);
    descriptors.push_back(descriptor);
    connect(descriptor, address.sockaddr_ptr(), address.length);
    return descriptor;
  }
  /// receive runs turns until `enough` bytes came or the other side ended.
  std::string receive(int descriptor, const std::function<bool(const std::string&)>& enough, bool* ended = nullptr) {
    std::string text;
    EXPECT_TRUE(turns_until([&] {
      char room[4096];
      ssize_t count = 0;
      while ((count = recv(descriptor, room, sizeof room, MSG_DONTWAIT)) > 0) text.append(room, static_cast<size_t>(count));
      if (count == 0 && ended != nullptr) *ended = true;
      return count == 0 || enough(text);
    }));
    return text;
  }
  void say(int descriptor, ByteView text) {
    EXPECT_TRUE(turns_until([&] { return send(descriptor, text.data(), text.size(), MSG_NOSIGNAL) > 0; }));
  }

  /// fetch asks a listener of ours.
  void fetch(int listener) {
    auto url = parse_fetch_url("http://" + format_address(net::bound_address(listener)) + "/jwks");
    ASSERT_TRUE(url.ok());
    front->fetch(*url, *url->address, nullptr, [this](const KeyFetch& question) {
      ++fetched;
      state = question.state();
      document = question.document();
      error = question.error();
    });
  }
  int accept_one(int listener) {
    int descriptor = -1;
    EXPECT_TRUE(turns_until([&] { return (descriptor = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0; }));
    descriptors.push_back(descriptor);
    return descriptor;
  }

  std::unique_ptr<uring::Ring> ring;
  std::unique_ptr<Front> front;
  std::vector<int> descriptors;
  int fetched = 0;
  KeyFetch::State state = KeyFetch::State::reading;
  std::string document, error;
};

}  // namespace gatehouse::control
