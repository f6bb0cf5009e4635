// The ring against the kernel: real sockets on loopback.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <thread>

#include "uring/ring.h"

namespace gatehouse::uring {
namespace {

RingOptions small_ring() {
  RingOptions options;
  options.entries = 64;
  options.sockets = 32;
  options.hot_buffers = 4;
  options.overflow_buffers = 4;
  return options;
}

// Waits for the next completion of `op`; others are an error of the test.
Completion next(Ring& ring, Op op) {
  std::array<Completion, 1> out;
  for (int i = 0; i < 50; ++i)
    if (ring.wait(out, ring.now() + kNsPerSecond) == 1) {
      EXPECT_EQ(out[0].token.op, op);
      return out[0];
    }
  ADD_FAILURE() << "no completion";
  return {};
}

struct Listening {
  int descriptor;
  Address address;
  Listening() {
    descriptor = socket(AF_INET, SOCK_STREAM, 0);
    address = *parse_address("127.0.0.1:0");
    EXPECT_EQ(bind(descriptor, address.sockaddr_ptr(), address.length), 0);
    EXPECT_EQ(listen(descriptor, 16), 0);
    socklen_t length = sizeof address.storage;
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &length);
  }
  ~Listening() { close(descriptor); }
};

// What came after kernel 6.1.
constexpr RingFeatures kOnly61{.no_sqarray = true};

class RingTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    RingOptions options = small_ring();
    if (GetParam()) options.off = kOnly61;
    auto opened = Ring::open(options);
    ASSERT_TRUE(opened.ok()) << opened.error();
    ring = std::move(opened).value();
  }

  // Both ends of one connection, as sockets of the ring.
  void connect_pair(Socket* client, Socket* server) {
    *client = *ring->open_socket(AF_INET);
    ring->accept(listening.descriptor, {{0, 1}, Op::accept});
    ring->connect(*client, &listening.address, {{1, 1}, Op::connect});
    std::array<Completion, 4> out;
    int accepted = -1, done = 0;
    while (done < 2) {
      const size_t count = ring->wait(out, ring->now() + kNsPerSecond);
      ASSERT_GT(count, 0u);
      for (size_t i = 0; i < count; ++i, ++done) {
        ASSERT_GE(out[i].result, 0);
        if (out[i].token.op == Op::accept) accepted = out[i].result;
      }
    }
    Address other;
    auto adopted = ring->adopt(accepted, &other);
    ASSERT_TRUE(adopted.ok());
    EXPECT_TRUE(other.is_loopback());
    *server = *adopted;
  }

  Completion send(Socket socket, ByteView bytes) {
    iovec vector{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    ring->send(socket, &message, {{2, 1}, Op::send});
    return next(*ring, Op::send);
  }

  Listening listening;
  std::unique_ptr<Ring> ring;
};

TEST_P(RingTest, BytesArriveInPoolBuffers) {
  Socket client, server;
  connect_pair(&client, &server);
  ring->recv(server, Recv::repeat, {{3, 9}, Op::recv});
  EXPECT_EQ(send(client, "hello").result, 5);
  const Completion got = next(*ring, Op::recv);
  ASSERT_EQ(got.result, 5);
  EXPECT_TRUE(got.more);
  EXPECT_EQ(got.token.owner, (SlotId{3, 9}));
  ASSERT_NE(got.buffer, kNoBuffer);
  EXPECT_EQ(view_of(ring->bytes(got.buffer, 5)), "hello");
  EXPECT_EQ(ring->free_buffers(), ring->total_buffers() - 1);
  ring->give_back(got.buffer);
  EXPECT_EQ(ring->free_buffers(), ring->total_buffers());
}

TEST_P(RingTest, EndOfStreamEndsTheReceive) {
  Socket client, server;
  connect_pair(&client, &server);
  ring->recv(server, Recv::repeat, {{3, 1}, Op::recv});
  ring->shutdown_write(client);
  const Completion got = next(*ring, Op::recv);
  EXPECT_EQ(got.result, 0);
  EXPECT_FALSE(got.more);
}

TEST_P(RingTest, ExhaustionIsAnAnswerNotALoss) {
  Socket client, server;
  connect_pair(&client, &server);
  ring->recv(server, Recv::repeat, {{3, 1}, Op::recv});
  std::string sent, received;
  std::vector<uint16_t> held;
  bool starved = false;
  for (int i = 0; i < 32 && !starved; ++i) {
    const std::string one = "message " + std::to_string(i) + "\n";
    sent += one;
    iovec vector{const_cast<char*>(one.data()), one.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    ring->send(client, &message, {{2, 1}, Op::send});
    int pending = 2;
    std::array<Completion, 4> out;
    while (pending > 0) {
      const size_t count = ring->wait(out, ring->now() + kNsPerSecond);
      ASSERT_GT(count, 0u);
      for (size_t k = 0; k < count; ++k, --pending) {
        if (out[k].token.op != Op::recv) continue;
        if (out[k].result == -ENOBUFS) {
          EXPECT_FALSE(out[k].more);
          starved = true;
          continue;
        }
        received += view_of(ring->bytes(out[k].buffer, static_cast<size_t>(out[k].result)));
        held.push_back(out[k].buffer);
      }
    }
  }
  EXPECT_TRUE(starved);
  for (uint16_t buffer : held) ring->give_back(buffer);
  ring->recv(server, Recv::once, {{3, 2}, Op::recv});
  const Completion rest = next(*ring, Op::recv);
  received += view_of(ring->bytes(rest.buffer, static_cast<size_t>(rest.result)));
  EXPECT_EQ(received, sent);  // what the pool could not take stayed in the socket
}

TEST_P(RingTest, CancelEndsAReceiveAndSaysSo) {
  Socket client, server;
  connect_pair(&client, &server);
  const Token armed{{3, 1}, Op::recv};
  ring->recv(server, Recv::repeat, armed);
  ring->cancel(armed, {{3, 1}, Op::cancel});
  std::array<Completion, 4> out;
  int seen = 0;
  while (seen < 2) {
    const size_t count = ring->wait(out, ring->now() + kNsPerSecond);
    ASSERT_GT(count, 0u);
    for (size_t i = 0; i < count; ++i, ++seen) {
      const bool receive = out[i].token.op == Op::recv;
      EXPECT_EQ(out[i].result, receive ? -ECANCELED : 0);
    }
  }
}

TEST_P(RingTest, ClosedSlotIsUsedAgain) {
  for (int round = 0; round < 100; ++round) {
    const auto socket = ring->open_socket(AF_INET);
    ASSERT_TRUE(socket.ok()) << "round " << round;
    ring->close(*socket, {{7, 1}, Op::close});
    EXPECT_EQ(next(*ring, Op::close).result, 0);
  }
}

TEST_P(RingTest, RefusedConnectIsAnError) {
  const auto address = parse_address("127.0.0.1:1");
  const auto socket = ring->open_socket(AF_INET);
  ring->connect(*socket, &*address, {{1, 1}, Op::connect});
  EXPECT_EQ(next(*ring, Op::connect).result, -ECONNREFUSED);
}

TEST_P(RingTest, DoorbellWakesAnotherThread) {
  std::thread other([descriptor = ring->descriptor()] {
    auto mine = Ring::open(small_ring());
    ASSERT_TRUE(mine.ok());
    (*mine)->ring_doorbell(descriptor, 42);
    std::array<Completion, 1> none;
    (*mine)->wait(none, 0);
  });
  const Completion bell = next(*ring, Op::doorbell);
  EXPECT_EQ(bell.result, 42);
  other.join();
}

TEST_P(RingTest, RestrictionsAreInForce) { EXPECT_TRUE(ring->features().restricted); }

INSTANTIATE_TEST_SUITE_P(Kernels, RingTest, ::testing::Bool(),
                         [](const auto& kernel) { return kernel.param ? "Baseline61" : "Newest"; });

// ---- gathering -----------------------------------------------------------------------------------

/// How long a ring waits for the one completion of its second turn, when its first turn had `first`.
MonotonicNs second_turn(MonotonicNs gather, uint32_t first) {
  RingOptions options = small_ring();
  options.gather = gather;
  auto ring = Ring::open(options).value();
  std::array<Completion, 64> out;
  const auto cancel = [&](uint32_t count) {   // nothing to cancel: each is answered at once
    for (uint32_t i = 0; i < count; ++i) ring->cancel({{90 + i, 1}, Op::recv}, {{i, 1}, Op::cancel});
  };
  cancel(first);
  for (size_t got = 0; got < first;) got += ring->wait(out, ring->now() + kNsPerSecond);
  cancel(1);
  const MonotonicNs before = ring->now();
  EXPECT_EQ(ring->wait(out, before + 100 * kNsPerSecond), 1u);
  return ring->now() - before;
}

/// quickest of several tries: a busy machine holds one up by itself.
MonotonicNs quickest_turn(MonotonicNs gather, uint32_t first) {
  MonotonicNs best = second_turn(gather, first);
  for (int i = 0; i < 20 && best >= gather && gather > 0; ++i) best = std::min(best, second_turn(gather, first));
  return best;
}

TEST(RingGather, OnlyABusyRingGivesCompletionsTimeAndOnlyIfAsked) {
  constexpr MonotonicNs kTime = 300 * kNsPerMs;
  EXPECT_GE(second_turn(kTime, 16), kTime);
  EXPECT_LT(quickest_turn(kTime, 4), kTime);   // few connections cannot fill a batch
  MonotonicNs unasked = second_turn(0, 16);
  for (int i = 0; i < 20 && unasked >= kTime; ++i) unasked = second_turn(0, 16);
  EXPECT_LT(unasked, kTime);
}

}  // namespace
}  // namespace gatehouse::uring
