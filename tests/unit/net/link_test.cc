// Links over the real ring and real loopback sockets: both ends are links of one worker.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

#include "net/links.h"
#include "net/listener.h"
#include "net/origin_pool.h"
#include "tls/settings.h"

namespace gatehouse::net {
namespace {

std::string read_file(const std::string& name) {
  std::ifstream in(std::string(GATEHOUSE_TEST_DATA) + "/tls/" + name);
  std::stringstream all;
  all << in.rdbuf();
  EXPECT_FALSE(all.str().empty()) << name;
  return all.str();
}

class LinkTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    uring::RingOptions options;
    options.entries = 256;
    options.sockets = 256;
    options.hot_buffers = 8;
    options.overflow_buffers = 8;
    auto opened = uring::Ring::open(options);
    ASSERT_TRUE(opened.ok()) << opened.error();
    ring = std::move(opened).value();
    wheel = std::make_unique<TimingWheel>(ring->now());
    links = std::make_unique<Links>(*ring, *wheel, 128);
    auto listening = open_listener(*parse_address("127.0.0.1:0"));
    ASSERT_TRUE(listening.ok()) << listening.error();
    listener = *listening;
    address = bound_address(listener);
    ring->accept(listener, {{0, 0}, uring::Op::accept});
    if (GetParam()) {
      auto server = tls::ServerSettings::create({{read_file("server.pem"), read_file("server.key")}},
                                                tls::make_ticket_keys(nullptr));
      ASSERT_TRUE(server.ok()) << server.error();
      server_settings = std::move(server).value();
      auto client = tls::ClientSettings::create(read_file("ca.pem"));
      ASSERT_TRUE(client.ok()) << client.error();
      client_settings = std::move(client).value();
    }
  }

  void TearDown() override {
    links->abort_all();
    ring->cancel({{0, 0}, uring::Op::accept}, {{0, 0}, uring::Op::cancel});
    for (int i = 0; i < 100 && links->live() > 0; ++i) turn();
    EXPECT_EQ(links->live(), 0u);
    EXPECT_EQ(ring->free_buffers(), ring->total_buffers());
    EXPECT_EQ(links->chunks().lent(), 0u);
    close(listener);
  }

  void turn() {
    std::array<uring::Completion, 64> out;
    const MonotonicNs soon = ring->now() + 20 * kNsPerMs;
    const size_t count = ring->wait(out, soon < wheel->next() ? soon : wheel->next());
    for (size_t i = 0; i < count; ++i) {
      if (out[i].token.op == uring::Op::watch) continue;   // a shutdown that came too late
      if (out[i].token.op == uring::Op::cancel && out[i].token.owner.generation == 0) continue;
      if (out[i].token.op == uring::Op::accept) {
        if (out[i].result < 0) continue;
        SlotId id;
        Link* link = links->make(Side::client, &id);
        Address other;
        auto socket = ring->adopt(out[i].result, &other);
        ASSERT_TRUE(socket.ok());
        link->address = other;
        link->start_accepted(*socket, server_settings.get());
        link->owner = {77, 1};
        accepted = link;
        continue;
      }
      links->complete(out[i]);
    }
    wheel->advance(ring->now(), [this](TimerNode& node) {
      if (Link* link = links->find(node.owner)) link->expired();
    });
    links->unpark();
    links->reclaim();
  }

  // Two open links that face each other.
  void open_pair(Link** client, Link** server) {
    SlotId id;
    *client = links->make(Side::origin, &id);
    (*client)->owner = {78, 1};
    accepted = nullptr;
    ASSERT_TRUE((*client)->start_connect(address, client_settings.get(), "server.test"));
    std::optional<bool> a, b;
    for (int i = 0; i < 200 && !(a && b); ++i) {
      turn();
      if (!a) a = (*client)->establish();
      (*client)->settle();
      if (accepted == nullptr) continue;
      if (!b) b = accepted->establish();
      accepted->settle();
    }
    ASSERT_TRUE(a && *a) << ((*client)->tls() != nullptr ? (*client)->tls()->error() : "connect");
    ASSERT_TRUE(b && *b);
    *server = accepted;
    std::array<char, 8> buffer;   // one byte behind the session tickets: the client link is idle then
    size_t count = 0;
    ASSERT_TRUE((*server)->write("x"));
    (*server)->settle();
    for (int i = 0; i < 50 && count == 0; ++i) {
      turn();
      (*client)->read(buffer, &count);
    }
    ASSERT_EQ(count, 1u);
  }

  std::unique_ptr<uring::Ring> ring;
  std::unique_ptr<TimingWheel> wheel;
  std::unique_ptr<tls::ServerSettings> server_settings;
  std::unique_ptr<tls::ClientSettings> client_settings;
  std::unique_ptr<Links> links;
  int listener = -1;
  Address address;
  Link* accepted = nullptr;
};

TEST_P(LinkTest, BytesArriveInOrderWhateverTheSizes) {
  Link *client = nullptr, *server = nullptr;
  open_pair(&client, &server);
  std::string sent, received;
  for (int i = 0; i < 60; ++i) {
    std::string piece(static_cast<size_t>(1 + i * i * 37 % 20'000), static_cast<char>('a' + i % 26));
    ASSERT_TRUE(client->write(piece));
    sent += piece;
  }
  client->settle();
  std::array<char, 5'000> buffer;
  for (int i = 0; i < 1'000 && received.size() < sent.size(); ++i) {
    turn();
    size_t count = 0;
    while (server->read(buffer, &count) == Input::data) received.append(buffer.data(), count);
    server->settle();
    client->settle();
  }
  EXPECT_TRUE(received == sent) << received.size() << " of " << sent.size();
  EXPECT_TRUE(server->quiet());
}

TEST_P(LinkTest, AReaderThatDoesNotReadStopsTheWriter) {
  Link *client = nullptr, *server = nullptr;
  open_pair(&client, &server);
  const std::string piece(64 * 1024, 'x');
  size_t written = 0;
  for (int stalled = 0; stalled < 10; ++stalled) {
    if (client->queued() < 256 * 1024) {
      client->write(piece);
      written += piece.size();
      stalled = 0;
    }
    client->settle();
    server->settle();
    turn();
  }
  EXPECT_LT(written, size_t{64} * 1024 * 1024);      // it stopped on what sockets and pools hold
  EXPECT_GE(client->queued(), size_t{256} * 1024);
  size_t received = 0;
  std::vector<char> buffer(64 * 1024);
  for (int i = 0; i < 5'000 && received < written; ++i) {
    size_t count = 0;
    while (server->read(buffer, &count) == Input::data) received += count;
    server->settle();
    client->settle();
    turn();
  }
  EXPECT_EQ(received, written);
}

TEST_P(LinkTest, FinishDeliversEverythingThenTheEnd) {
  Link *client = nullptr, *server = nullptr;
  open_pair(&client, &server);
  const std::string last(300'000, 'z');
  ASSERT_TRUE(client->write(last));
  client->finish();
  std::string received;
  std::vector<char> buffer(64 * 1024);
  Input input = Input::none;
  for (int i = 0; i < 1'000 && input != Input::end; ++i) {
    turn();
    size_t count = 0;
    while ((input = server->read(buffer, &count)) == Input::data) received.append(buffer.data(), count);
    server->settle();
  }
  EXPECT_EQ(input, Input::end);
  EXPECT_TRUE(received == last);
  server->finish();
  for (int i = 0; i < 200 && links->live() > 0; ++i) turn();
  EXPECT_EQ(links->live(), 0u);
}

TEST_P(LinkTest, AbortWithEverythingInFlightReclaims) {
  Link *client = nullptr, *server = nullptr;
  open_pair(&client, &server);
  client->write(std::string(1 << 20, 'x'));
  client->settle();
  client->abort();
  bool ended = false;
  for (int i = 0; i < 500 && !ended; ++i) {
    turn();
    size_t count = 0;
    std::vector<char> buffer(64 * 1024);
    while (server->read(buffer, &count) == Input::data) continue;
    server->settle();
    ended = server->ended();
  }
  EXPECT_TRUE(ended);
}

TEST_P(LinkTest, ATruncatedTlsStreamIsNotAnEnd) {
  Link *client = nullptr, *server = nullptr;
  open_pair(&client, &server);
  ASSERT_TRUE(client->write("half an answer"));
  client->settle();
  for (int i = 0; i < 50 && client->queued() > 0; ++i) turn();
  client->abort();   // FIN or reset without close_notify
  Input input = Input::none;
  std::string received;
  for (int i = 0; i < 200 && (input == Input::none || input == Input::data); ++i) {
    std::array<char, 64> buffer;
    size_t count = 0;
    input = server->read(buffer, &count);
    received.append(buffer.data(), count);
    server->settle();
    turn();
  }
  EXPECT_EQ(received, "half an answer");
  EXPECT_EQ(input, GetParam() ? Input::truncated : Input::end);
}

// More busy links than receive buffers: all make progress, nothing is lost, nobody is torn down.
TEST_P(LinkTest, ManyLinksShareFewBuffers) {
  constexpr int kPairs = 24;
  std::vector<std::pair<Link*, Link*>> pairs(kPairs);
  for (auto& [client, server] : pairs) open_pair(&client, &server);
  std::vector<size_t> received(kPairs, 0);
  const std::string piece(100'000, 'p');
  for (auto& [client, server] : pairs) {
    client->write(piece);
    client->settle();
    server->settle();
  }
  for (int i = 0; i < 50 && links->parked() == 0; ++i) turn();   // nobody reads: the pool runs dry
  std::vector<char> buffer(64 * 1024);
  bool all = false;
  for (int i = 0; i < 3'000 && !all; ++i) {
    turn();
    all = true;
    for (int k = 0; k < kPairs; ++k) {
      size_t count = 0;
      while (pairs[k].second->read(buffer, &count) == Input::data) received[k] += count;
      pairs[k].second->settle();
      pairs[k].first->settle();
      all &= received[k] == piece.size();
    }
  }
  EXPECT_TRUE(all);
  EXPECT_GT(links->starved(), 0u);
}

TEST_P(LinkTest, RefusedConnectFails) {
  SlotId id;
  Link* link = links->make(Side::origin, &id);
  const auto nowhere = parse_address("127.0.0.1:1");
  ASSERT_TRUE(link->start_connect(*nowhere, nullptr, ""));
  std::optional<bool> result;
  for (int i = 0; i < 100 && !result; ++i) {
    turn();
    result = link->establish();
  }
  ASSERT_TRUE(result);
  EXPECT_FALSE(*result);
}

TEST_P(LinkTest, APoolGivesBackOnlyWhatIsStillGood) {
  Link *client = nullptr, *server = nullptr;
  open_pair(&client, &server);
  OriginPool pool("origin", 4);
  pool.put(*links, *client, ring->now());
  EXPECT_EQ(pool.take(*links), client);
  pool.put(*links, *client, ring->now());
  server->abort();
  for (int i = 0; i < 100 && !client->ended(); ++i) turn();
  EXPECT_EQ(pool.take(*links), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Transport, LinkTest, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Tls" : "Plain"; });

}  // namespace
}  // namespace gatehouse::net
