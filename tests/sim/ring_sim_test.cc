// The simulated ring notices what io_uring would punish silently; and equal seeds are equal runs.
#include "ring_sim.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::sim {
namespace {

using uring::Completion;
using uring::Op;
using uring::Recv;
using uring::Ring;
using uring::Socket;
using uring::Token;

Token token(uint32_t owner, Op op) {
  return {{owner, 1}, op};
}

/// Bench is a ring with one accepted socket and a wire at its other end.
struct Bench {
  explicit Bench(uint64_t seed = 1) : kernel(seed, false) {
    const Address at = *parse_address("127.0.0.1:443");
    listener = kernel.open_listener(at);
    ring =
        std::move(Ring::open({.entries = 8, .sockets = 8, .hot_buffers = 4, .overflow_buffers = 4}).value());
    ring->accept(listener, token(0, Op::accept));
    kernel.dial(*parse_address("10.0.0.1:999"), at, [this](int, Wire wire) { far = std::move(wire); });
    const Completion accepted = next();
    Address from;
    socket = *ring->adopt(accepted.result, &from);
    while (!far.valid()) kernel.advance_to(kernel.next_event());
  }
  Completion next() {
    Completion out;
    while (ring->wait({&out, 1}, kNever) == 0) {
    }
    return out;
  }
  void send(const std::string& bytes) {
    text = bytes;
    part = {text.data(), text.size()};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    ring->send(socket, &message, token(1, Op::send));
  }

  Kernel kernel;
  int listener;
  std::unique_ptr<Ring> ring;
  Wire far;
  Socket socket;
  std::string text;
  iovec part{};
  msghdr message{};
};

TEST(RingSim, TellsBytesAndTakesBuffersBack) {
  Bench bench;
  bench.ring->recv(bench.socket, Recv::repeat, token(1, Op::recv));
  bench.far.write("hello");
  std::string got;
  while (got.size() < 5) {
    const Completion completion = bench.next();
    ASSERT_GT(completion.result, 0);
    got += view_of(bench.ring->bytes(completion.buffer, static_cast<size_t>(completion.result)));
    EXPECT_EQ(bench.ring->free_buffers(), 7u);
    bench.ring->give_back(completion.buffer);
  }
  EXPECT_EQ(got, "hello");
  EXPECT_EQ(bench.ring->state().held_buffers(), 0u);
}

TEST(RingSim, ArmingOnAnEmptyGroupFailsAtOnce) {
  Bench bench;
  bench.ring->state().free_hot.clear();
  bench.ring->recv(bench.socket, Recv::repeat, token(1, Op::recv));
  EXPECT_EQ(bench.next().result, -ENOBUFS);
}

TEST(RingSim, CancelRaceEndsTheTargetAllTheSame) {
  Bench bench;
  bench.kernel.faults().set_rate(Fault::cancel_race, 10000);
  bench.ring->recv(bench.socket, Recv::repeat, token(1, Op::recv));
  bench.ring->cancel(token(1, Op::recv), token(1, Op::cancel));
  int32_t cancel = 0, recv = 0;
  for (int i = 0; i < 2; ++i) {
    const Completion completion = bench.next();
    (completion.token.op == Op::cancel ? cancel : recv) = completion.result;
  }
  EXPECT_EQ(cancel, -EALREADY);
  EXPECT_EQ(recv, -ECANCELED);
}

TEST(RingSimDeathTest, TwoReceivesOnOneSocket) {
  Bench bench;
  bench.ring->recv(bench.socket, Recv::repeat, token(1, Op::recv));
  EXPECT_DEATH(bench.ring->recv(bench.socket, Recv::once, token(2, Op::recv)), "second recv");
}

TEST(RingSimDeathTest, TokenInFlight) {
  Bench bench;
  auto other = bench.ring->open_socket(AF_INET);
  const Address to = *parse_address("127.0.0.1:443");
  bench.ring->recv(bench.socket, Recv::repeat, token(1, Op::recv));
  EXPECT_DEATH(bench.ring->connect(*other, &to, token(1, Op::recv)), "used again while in flight");
}

TEST(RingSimDeathTest, CloseWithSomethingInFlight) {
  Bench bench;
  bench.ring->recv(bench.socket, Recv::repeat, token(1, Op::recv));
  EXPECT_DEATH(bench.ring->close(bench.socket, token(1, Op::close)), "1 operations in flight");
}

TEST(RingSimDeathTest, CloseWithACancelInFlight) {
  Bench bench;
  bench.ring->recv(bench.socket, Recv::once, token(1, Op::recv));
  bench.ring->cancel(token(1, Op::recv), token(1, Op::cancel));
  ASSERT_EQ(bench.next().token.op, Op::recv);  // no faults: in the order in which they were posted
  EXPECT_DEATH(bench.ring->close(bench.socket, token(1, Op::close)), "1 operations in flight");
  ASSERT_EQ(bench.next().token.op, Op::cancel);
  bench.ring->close(bench.socket, token(1, Op::close));
  EXPECT_EQ(bench.next().result, 0);
}

TEST(RingSimDeathTest, DoubleCloseAndUseAfterClose) {
  Bench bench;
  bench.ring->close(bench.socket, token(1, Op::close));
  EXPECT_DEATH(bench.ring->close(bench.socket, token(2, Op::close)), "being closed");
  EXPECT_EQ(bench.next().token.op, Op::close);
  EXPECT_DEATH(bench.ring->recv(bench.socket, Recv::repeat, token(1, Op::recv)), "not open");
  EXPECT_DEATH(bench.ring->close(bench.socket, token(1, Op::close)), "not open");
}

TEST(RingSimDeathTest, BufferGivenBackTwiceAndReadTooLate) {
  Bench bench;
  bench.ring->recv(bench.socket, Recv::repeat, token(1, Op::recv));
  bench.far.write("x");
  const Completion completion = bench.next();
  bench.ring->give_back(completion.buffer);
  EXPECT_DEATH(bench.ring->give_back(completion.buffer), "which the kernel has");
  EXPECT_DEATH(bench.ring->bytes(completion.buffer, 1), "which the kernel has");
}

TEST(RingSimDeathTest, SendMemoryChangedInFlight) {
  Bench bench;
  bench.send("precious");
  bench.text[0] = 'P';
  EXPECT_DEATH(bench.next(), "memory of a send on socket . changed");
}

TEST(RingSimDeathTest, MessageChangedInFlight) {
  Bench bench;
  bench.send("precious");
  bench.part.iov_len -= 1;
  EXPECT_DEATH(bench.next(), "memory of a send on socket . changed");
}

TEST(RingSimDeathTest, ConnectAddressChangedInFlight) {
  Bench bench;
  auto socket = bench.ring->open_socket(AF_INET);
  Address to = *parse_address("127.0.0.1:9");
  bench.ring->connect(*socket, &to, token(1, Op::connect));
  std::memset(&to.storage, 0, sizeof to.storage);
  EXPECT_DEATH(bench.next(), "address of a connect on socket . changed");
}

TEST(RingSimDeathTest, WaitThatCannotEnd) {
  Bench bench;
  Completion out;
  EXPECT_DEATH(bench.ring->wait({&out, 1}, kNever), "would never return");
}

uint64_t story(uint64_t seed) {
  Bench bench(seed);
  for (const Fault fault : {Fault::late_completion, Fault::reordered_completion, Fault::short_receive})
    bench.kernel.faults().set_rate(fault, 3000);
  bench.ring->recv(bench.socket, Recv::repeat, token(1, Op::recv));
  size_t written = 0, got = 0;
  while (got < 20'000) {
    if (written < 20'000) {
      const int64_t taken = bench.far.write(std::string(1000, 'x'));
      if (taken > 0) written += static_cast<size_t>(taken);
    }
    const Completion completion = bench.next();
    if (completion.buffer != uring::kNoBuffer) {
      got += static_cast<size_t>(completion.result);
      bench.ring->give_back(completion.buffer);
    }
    if (!completion.more) bench.ring->recv(bench.socket, Recv::repeat, token(1, Op::recv));
  }
  return bench.kernel.trace().digest();
}

TEST(RingSim, EqualSeedsAreEqualRuns) {
  EXPECT_EQ(story(7), story(7));
  EXPECT_NE(story(7), story(8));
}

}  // namespace
}  // namespace gatehouse::sim
