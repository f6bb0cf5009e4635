// What the gateway relies on of a ring. Linked twice, with io_uring and with the simulated ring: what
// holds here holds for both, so the simulator may stand in for the kernel.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "ends.h"

namespace gatehouse::sim {
namespace {

using uring::Completion;
using uring::Op;
using uring::Recv;
using uring::Socket;
using uring::Token;

/// Driver is a small program on the ring: it keeps every completion by token and copies what came.
class Driver : public testing::Test {
 protected:
  void SetUp() override { open(256); }

  void open(uint32_t buffers) {
    ring =
        ends.open_ring({.entries = 64, .sockets = 64, .hot_buffers = buffers, .overflow_buffers = buffers});
    ASSERT_NE(ring, nullptr);
    ring->accept(ends.listener(), token(0, Op::accept));
  }

  static Token token(uint32_t owner, Op op) { return {{owner, 1}, op}; }

  void turn() {
    Completion out[16];
    const size_t count = ring->wait(out, ring->now() + kNsPerMs);
    for (size_t i = 0; i < count; ++i) take(out[i]);
  }

  void take(const Completion& completion) {
    got[completion.token.pack()].push_back(completion);
    if (completion.buffer == uring::kNoBuffer) return;
    ASSERT_GT(completion.result, 0);
    received[completion.token.owner.slot] +=
        view_of(ring->bytes(completion.buffer, static_cast<size_t>(completion.result)));
    if (keep_buffers)
      kept.push_back(completion.buffer);
    else
      ring->give_back(completion.buffer);
  }

  bool until(const std::function<bool()>& reached) {
    const MonotonicNs start = ring->now();
    while (!reached()) {
      if (ring->now() > start + ends.patience()) return false;
      turn();
    }
    return true;
  }

  std::vector<Completion>& of(uint32_t owner, Op op) { return got[token(owner, op).pack()]; }
  /// last waits for the completion that ends the operation and returns its result.
  int32_t last(uint32_t owner, Op op, size_t number = 1) {
    size_t ended = 0;
    const bool came = until([&] {
      ended = 0;
      for (const Completion& completion : of(owner, op)) ended += completion.more ? 0 : 1;
      return ended >= number;
    });
    EXPECT_TRUE(came) << "owner " << owner << " op " << static_cast<int>(op);
    return came ? of(owner, op).back().result : INT32_MIN;
  }

  /// accepted waits for the number-th accepted connection and adopts it.
  Socket accepted(size_t number) {
    if (!until([&] { return of(0, Op::accept).size() >= number; })) return {};
    const Completion& completion = of(0, Op::accept)[number - 1];
    EXPECT_GE(completion.result, 0);
    EXPECT_TRUE(completion.more);
    Address from;
    auto socket = ring->adopt(completion.result, &from);
    EXPECT_TRUE(socket.ok());
    EXPECT_TRUE(from.is_loopback());
    return socket.ok() ? *socket : Socket{};
  }

  void send(Socket socket, uint32_t owner, const std::string& bytes) {
    Outgoing& out = outgoing.emplace_back();
    out.bytes = bytes;
    out.part = {out.bytes.data(), out.bytes.size()};
    out.message.msg_iov = &out.part;
    out.message.msg_iovlen = 1;
    ring->send(socket, &out.message, token(owner, Op::send));
  }

  struct Outgoing {
    std::string bytes;
    iovec part;
    msghdr message{};
  };
  Ends ends;
  std::unique_ptr<uring::Ring> ring;
  std::map<uint64_t, std::vector<Completion>> got;
  std::map<uint32_t, std::string> received;
  std::deque<Outgoing> outgoing;
  bool keep_buffers = false;
  std::vector<uint16_t> kept;
};

std::string pattern(size_t length) {
  std::string out(length, 0);
  for (size_t i = 0; i < length; ++i) out[i] = static_cast<char>(i * 31 + i / 251);
  return out;
}

TEST_F(Driver, MultishotAcceptStaysArmed) {
  for (int i = 0; i < 5; ++i) ends.dial();
  for (size_t i = 1; i <= 5; ++i) EXPECT_TRUE(accepted(i).valid());
}

TEST_F(Driver, ReceivesManyTimesWithOneArm) {
  const int end = ends.dial();
  const Socket socket = accepted(1);
  ring->recv(socket, Recv::repeat, token(1, Op::recv));
  std::string sent;
  for (int i = 0; i < 10; ++i) {
    const std::string bytes = pattern(static_cast<size_t>(100 + i));
    sent += bytes.substr(0, ends.write(end, bytes));
    ASSERT_TRUE(until([&] { return received[1].size() == sent.size(); }));
  }
  EXPECT_EQ(received[1], sent);
  for (const Completion& completion : of(1, Op::recv)) EXPECT_TRUE(completion.more);
  EXPECT_EQ(ring->free_buffers(), ring->total_buffers());
}

TEST_F(Driver, ReceivesOnceWhenAskedOnce) {
  const int end = ends.dial();
  const Socket socket = accepted(1);
  ring->recv(socket, Recv::once, token(1, Op::recv));
  ends.write(end, "one");
  EXPECT_GT(last(1, Op::recv), 0);
  ends.write(end, "two");
  for (int i = 0; i < 20; ++i) turn();
  EXPECT_EQ(of(1, Op::recv).size(), 1u);
  ring->recv(socket, Recv::once, token(1, Op::recv));
  EXPECT_GT(last(1, Op::recv, 2), 0);
}

TEST_F(Driver, EndOfStreamEndsTheReceive) {
  const int end = ends.dial();
  const Socket socket = accepted(1);
  ring->recv(socket, Recv::repeat, token(1, Op::recv));
  ends.write(end, "bye");
  ASSERT_TRUE(until([&] { return received[1] == "bye"; }));
  ends.finish_writing(end);
  EXPECT_EQ(last(1, Op::recv), 0);
  EXPECT_FALSE(of(1, Op::recv).back().more);
  EXPECT_EQ(of(1, Op::recv).back().buffer, uring::kNoBuffer);
  send(socket, 1, "still here");  // the other direction lives on
  EXPECT_EQ(last(1, Op::send), 10);
  std::string answer;
  EXPECT_TRUE(until([&] { return (answer += ends.read(end, 100)) == "still here"; }));
}

TEST_F(Driver, ResetFailsTheReceive) {
  const int end = ends.dial();
  const Socket socket = accepted(1);
  ring->recv(socket, Recv::repeat, token(1, Op::recv));
  turn();
  ends.reset(end);
  EXPECT_EQ(last(1, Op::recv), -ECONNRESET);
  send(socket, 1, "nobody");
  EXPECT_EQ(last(1, Op::send), -EPIPE);
}

TEST_F(Driver, SendWaitsForASlowReader) {
  const int end = ends.dial();
  const Socket socket = accepted(1);
  const std::string bytes = pattern(8 * 1024 * 1024);
  send(socket, 1, bytes);
  for (int i = 0; i < 20; ++i) turn();
  EXPECT_TRUE(of(1, Op::send).empty());
  std::string answer;
  ASSERT_TRUE(until([&] {
    answer += ends.read(end, 100'000);
    return answer.size() == bytes.size();
  }));
  EXPECT_EQ(last(1, Op::send), static_cast<int32_t>(bytes.size()));
  EXPECT_TRUE(answer == bytes);
}

TEST_F(Driver, CancelEndsAnArmedReceive) {
  ends.dial();
  const Socket socket = accepted(1);
  ring->recv(socket, Recv::repeat, token(1, Op::recv));
  turn();
  ring->cancel(token(1, Op::recv), token(1, Op::cancel));
  EXPECT_EQ(last(1, Op::cancel), 0);
  EXPECT_EQ(last(1, Op::recv), -ECANCELED);
  ring->recv(socket, Recv::repeat, token(1, Op::recv));  // and it can be armed again
  turn();
  ring->cancel(token(1, Op::recv), token(1, Op::cancel));
  EXPECT_EQ(last(1, Op::recv, 2), -ECANCELED);
  EXPECT_EQ(last(1, Op::cancel, 2), 0);
}

TEST_F(Driver, CancelOfNothingSaysSo) {
  ring->cancel(token(7, Op::recv), token(7, Op::cancel));
  EXPECT_EQ(last(7, Op::cancel), -ENOENT);
}

TEST_F(Driver, CancelEndsASendWithWhatWasTaken) {
  ends.dial();
  const Socket socket = accepted(1);
  const std::string bytes = pattern(32 * 1024 * 1024);
  send(socket, 1, bytes);
  for (int i = 0; i < 5; ++i) turn();
  ring->cancel(token(1, Op::send), token(1, Op::cancel));
  EXPECT_EQ(last(1, Op::cancel), 0);
  const int32_t taken = last(1, Op::send);
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, static_cast<int32_t>(bytes.size()));
}

TEST_F(Driver, CancelEndsTheAccept) {
  turn();
  ring->cancel(token(0, Op::accept), token(0, Op::cancel));
  EXPECT_EQ(last(0, Op::accept), -ECANCELED);
  EXPECT_EQ(last(0, Op::cancel), 0);
}

TEST_F(Driver, ConnectsAndTalks) {
  const Address to = ends.serving();
  auto socket = ring->open_socket(to.family());
  ASSERT_TRUE(socket.ok());
  ring->connect(*socket, &to, token(1, Op::connect));
  EXPECT_EQ(last(1, Op::connect), 0);
  int end = -1;
  ASSERT_TRUE(until([&] { return (end = ends.take_incoming()) >= 0; }));
  ring->recv(*socket, Recv::repeat, token(1, Op::recv));
  send(*socket, 1, "question");
  std::string question;
  ASSERT_TRUE(until([&] { return (question += ends.read(end, 100)) == "question"; }));
  ends.write(end, "answer");
  EXPECT_TRUE(until([&] { return received[1] == "answer"; }));
}

TEST_F(Driver, ConnectIsRefused) {
  const Address to = ends.refusing();
  auto socket = ring->open_socket(to.family());
  ASSERT_TRUE(socket.ok());
  ring->connect(*socket, &to, token(1, Op::connect));
  EXPECT_EQ(last(1, Op::connect), -ECONNREFUSED);
  ring->close(*socket, token(1, Op::close));
  EXPECT_EQ(last(1, Op::close), 0);
}

TEST_F(Driver, NoBufferEndsTheReceiveAndLosesNothing) {
  ring.reset();
  open(4);
  const int end = ends.dial();
  const Socket socket = accepted(1);
  ring->recv(socket, Recv::repeat, token(1, Op::recv));
  keep_buffers = true;
  std::string sent;
  ASSERT_TRUE(until([&] {
    const std::string bytes = pattern(20'000);
    sent += bytes.substr(0, ends.write(end, bytes));
    return !of(1, Op::recv).empty() && !of(1, Op::recv).back().more;
  }));
  EXPECT_EQ(of(1, Op::recv).back().result, -ENOBUFS);
  EXPECT_EQ(of(1, Op::recv).back().buffer, uring::kNoBuffer);
  EXPECT_EQ(ring->free_buffers(), ring->total_buffers() - kept.size());
  keep_buffers = false;
  for (const uint16_t buffer : kept) ring->give_back(buffer);
  EXPECT_EQ(ring->free_buffers(), ring->total_buffers());
  size_t armed_at = 0;
  ASSERT_TRUE(until([&] {
    const size_t seen = of(1, Op::recv).size();
    if (!of(1, Op::recv).back().more && seen != armed_at) {
      armed_at = seen;
      ring->recv(socket, Recv::repeat, token(1, Op::recv));
    }
    return received[1].size() == sent.size();
  })) << received[1].size()
      << " of " << sent.size();
  EXPECT_TRUE(received[1] == sent);
}

TEST_F(Driver, ShutdownSendsTheEndAfterTheBytes) {
  const int end = ends.dial();
  const Socket socket = accepted(1);
  send(socket, 1, "last words");
  EXPECT_EQ(last(1, Op::send), 10);
  ring->shutdown_write(socket);
  std::string words;
  EXPECT_TRUE(until([&] {
    words += ends.read(end, 100);
    return ends.ended(end);
  }));
  EXPECT_EQ(words, "last words");
  EXPECT_FALSE(ends.reset_seen(end));
}

TEST_F(Driver, AResetIsSeenAsOneAndTheSlotIsUsedAgain) {
  for (size_t i = 1; i <= 50; ++i) {
    const int end = ends.dial();
    const Socket socket = accepted(2 * i - 1);
    ASSERT_TRUE(socket.valid()) << i;
    ring->reset(socket);
    ring->close(socket, token(1, Op::close));
    ASSERT_EQ(last(1, Op::close, i), 0);
    EXPECT_TRUE(until([&] {
      ends.read(end, 100);
      return ends.ended(end);
    }));
    EXPECT_TRUE(ends.reset_seen(end)) << i;
    const int next = ends.dial();
    const Socket other = accepted(2 * i);
    ASSERT_TRUE(other.valid()) << i;
    for (int k = 0; k < 3; ++k) turn();
    EXPECT_FALSE(ends.ended(next)) << i;
    ring->close(other, token(2, Op::close));
    ASSERT_EQ(last(2, Op::close, i), 0);
    ends.close(end);
    ends.close(next);
  }
}

TEST_F(Driver, ShutdownOfADeadSocketIsSilent) {
  const int end = ends.dial();
  const Socket socket = accepted(1);
  ring->recv(socket, Recv::repeat, token(1, Op::recv));
  turn();
  ends.reset(end);
  EXPECT_EQ(last(1, Op::recv), -ECONNRESET);
  const size_t before = got.size();
  ring->shutdown_write(socket);
  for (int i = 0; i < 20; ++i) turn();
  EXPECT_EQ(got.size(), before);  // no completion under any token
  ring->close(socket, token(1, Op::close));
  EXPECT_EQ(last(1, Op::close), 0);
}

// The kernel does a shutdown later, on another thread; it must not hit the connection that has the slot then.
TEST_F(Driver, ShutdownNeverEndsTheNextConnectionInTheSlot) {
  for (size_t i = 1; i <= 200; ++i) {
    const int first = ends.dial();
    const Socket socket = accepted(2 * i - 1);
    ASSERT_TRUE(socket.valid()) << i;
    ring->shutdown_write(socket);
    ring->close(socket, token(1, Op::close));
    const int second = ends.dial();
    const Socket other = accepted(2 * i);
    ASSERT_TRUE(other.valid()) << i;
    ASSERT_EQ(last(1, Op::close, i), 0);
    for (int k = 0; k < 3; ++k) turn();
    EXPECT_FALSE(ends.ended(second)) << i;
    ring->close(other, token(2, Op::close));
    ASSERT_EQ(last(2, Op::close, i), 0);
    ends.close(first);
    ends.close(second);
  }
}

TEST_F(Driver, CloseIsSeenAndTheSlotIsUsedAgain) {
  for (size_t i = 1; i <= 200; ++i) {  // more than there are slots
    const int end = ends.dial();
    const Socket socket = accepted(i);
    ASSERT_TRUE(socket.valid()) << i;
    ring->close(socket, token(1, Op::close));
    EXPECT_EQ(last(1, Op::close, i), 0);
    ASSERT_TRUE(until([&] {
      ends.read(end, 1);
      return ends.ended(end);
    }));
    EXPECT_FALSE(ends.reset_seen(end));
    ends.close(end);
  }
}

TEST_F(Driver, CloseWithUnreadBytesResets) {
  const int end = ends.dial();
  const Socket socket = accepted(1);
  ends.write(end, "unread");
  for (int i = 0; i < 30; ++i) turn();
  ring->close(socket, token(1, Op::close));
  EXPECT_EQ(last(1, Op::close), 0);
  ASSERT_TRUE(until([&] {
    ends.read(end, 1);
    return ends.ended(end);
  }));
  EXPECT_TRUE(ends.reset_seen(end));
}

TEST_F(Driver, ManySocketsEchoAtOnce) {
  constexpr uint32_t kCount = 20;
  constexpr size_t kBytes = 60'000;
  std::vector<int> end(kCount);
  std::vector<Socket> socket(kCount);
  std::vector<std::string> want(kCount), back(kCount);
  std::vector<size_t> written(kCount, 0), echoed(kCount, 0), recv_seen(kCount, 0), send_seen(kCount, 0);
  std::vector<bool> armed(kCount, false), sending(kCount, false);
  for (uint32_t i = 0; i < kCount; ++i) {
    end[i] = ends.dial();
    socket[i] = accepted(i + 1);
    want[i] = pattern(kBytes + i);
  }
  ASSERT_TRUE(until([&] {
    bool all = true;
    for (uint32_t i = 0; i < kCount; ++i) {
      const uint32_t owner = i + 1;
      if (written[i] < want[i].size()) written[i] += ends.write(end[i], want[i].substr(written[i], 5000));
      back[i] += ends.read(end[i], 1 << 20);
      auto& recvs = of(owner, Op::recv);
      for (; recv_seen[i] < recvs.size(); ++recv_seen[i]) armed[i] = recvs[recv_seen[i]].more;
      auto& sends = of(owner, Op::send);
      for (; send_seen[i] < sends.size(); ++send_seen[i]) {
        EXPECT_GT(sends[send_seen[i]].result, 0);
        echoed[i] += static_cast<size_t>(sends[send_seen[i]].result);
        sending[i] = false;
      }
      if (!armed[i]) {
        ring->recv(socket[i], Recv::repeat, token(owner, Op::recv));
        armed[i] = true;
      }
      if (!sending[i] && echoed[i] < received[owner].size()) {
        send(socket[i], owner, received[owner].substr(echoed[i]));
        sending[i] = true;
      }
      all = all && back[i].size() == want[i].size();
    }
    return all;
  }));
  for (uint32_t i = 0; i < kCount; ++i) EXPECT_TRUE(back[i] == want[i]) << i;
  EXPECT_EQ(ring->free_buffers(), ring->total_buffers());
}

}  // namespace
}  // namespace gatehouse::sim
