// The control thread's connections with a real ring and real sockets.
#include "front_world.h"

namespace gatehouse::control {
namespace {

/// HastyFrontTest has little patience with the other side.
class HastyFrontTest : public FrontTest {
 protected:
  Front::Times times() const override { return {150 * kNsPerMs, 150 * kNsPerMs, 150 * kNsPerMs}; }
  uint32_t sockets() const override { return 64; }
};

TEST_F(FrontTest, ServesRequestsOnTcp) {
  const int listener = listen(kAnyPort);
  front->listen(listener, false, [](const Request& request, const std::string& by) {
    Answer answer;
    answer.body = std::string(request.path) + "|" + by + "|" + std::string(100'000, 'x');
    return answer;
  });
  const int client = dial(net::bound_address(listener));
  for (const char* path : {"/one", "/two"}) {
    say(client, std::string("GET ") + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string got = receive(client, [](const std::string& text) { return text.size() > 100'000; });
    EXPECT_NE(got.find(std::string("\r\n\r\n") + path + "||xxx"), std::string::npos);
  }
  bool ended = false;
  say(client, "BAD\r\n\r\n");
  const std::string refused = receive(client, [](const std::string&) { return false; }, &ended);
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ended);
}

TEST_F(FrontTest, AnswersNobodyReadsStopTheQuestions) {
  const int listener = listen(kAnyPort);
  int served = 0;
  front->listen(listener, false, [&served](const Request&, const std::string&) {
    ++served;
    Answer answer;
    answer.body = std::string(100'000, static_cast<char>('a' + served));
    return answer;
  });
  const int client = dial(net::bound_address(listener));
  std::string pipelined;
  for (int i = 0; i < 20; ++i) pipelined += "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n";
  say(client, pipelined);
  EXPECT_TRUE(turns_until([&served] { return served > 0; }));
  EXPECT_EQ(served, 1);   // all twenty were received at once
  const std::string got = receive(client, [](const std::string& text) { return text.size() > 2'000'000; });
  EXPECT_EQ(served, 20);
  EXPECT_TRUE(got.ends_with(std::string(1000, 'u')));
}

/// FewDescriptorsTest runs where accepting soon has no descriptor left.
class FewDescriptorsTest : public FrontTest {
 protected:
  void SetUp() override {
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit few = before;
    few.rlim_cur = 150;   // the kernel reads it as the accept is armed
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    FrontTest::SetUp();
  }
  void TearDown() override {
    FrontTest::TearDown();
    setrlimit(RLIMIT_NOFILE, &before);
  }
  rlimit before{};
};

TEST_F(FewDescriptorsTest, AcceptingPausesInsteadOfSpinning) {
  const int listener = listen(kAnyPort);
  front->listen(listener, false, [](const Request&, const std::string&) { return Answer(); });
  int armed = 0;
  EXPECT_TRUE(turns_until([&armed] { return armed++ == 3; }));
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  descriptors.push_back(client);
  std::vector<int> taken;
  for (int descriptor; (descriptor = dup(0)) >= 0;) taken.push_back(descriptor);
  const Address address = net::bound_address(listener);
  ASSERT_EQ(connect(client, address.sockaddr_ptr(), address.length), 0);
  int turns = 0;
  const MonotonicNs until = ring->now() + 350 * kNsPerMs;
  EXPECT_TRUE(turns_until([&] { return ++turns, ring->now() > until; }));
  EXPECT_LT(turns, 100);   // one in 10 ms here, and one for each of the pauses of 100 ms
  for (const int descriptor : taken) close(descriptor);
  say(client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(receive(client, [](const std::string& text) { return !text.empty(); }).starts_with("HTTP/1.1 200 "));
}

TEST_F(FrontTest, NamesTheCallerOnAUnixSocket) {
  char name[] = "/tmp/gfront-XXXXXX";
  const std::string folder = mkdtemp(name);
  const Address address = *parse_address("unix:" + folder + "/s");
  front->listen(listen(address), true, [](const Request&, const std::string& by) {
    Answer answer;
    answer.body = by;
    return answer;
  });
  const int client = dial(address);
  say(client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string mine = "\r\n\r\nuid:" + std::to_string(geteuid());
  const std::string got = receive(client, [&](const std::string& text) { return text.find(mine) != std::string::npos; });
  EXPECT_NE(got.find(mine), std::string::npos) << got;
  unlink((folder + "/s").c_str());
  rmdir(folder.c_str());
}

TEST_F(HastyFrontTest, EndsWhoDoesNotMove) {
  const int listener = listen(kAnyPort);
  front->listen(listener, false, [](const Request&, const std::string&) { return Answer(); });
  const int slow = dial(net::bound_address(listener));
  const int idle = dial(net::bound_address(listener));
  say(slow, "GET / HTTP/1.1\r\nHo");
  bool slow_ended = false, idle_ended = false;
  receive(slow, [](const std::string&) { return false; }, &slow_ended);
  receive(idle, [](const std::string&) { return false; }, &idle_ended);
  EXPECT_TRUE(slow_ended && idle_ended);
}

TEST_F(HastyFrontTest, IsBounded) {
  const int listener = listen(kAnyPort);
  front->listen(listener, false, [](const Request&, const std::string&) { return Answer(); });
  for (int i = 0; i < 40; ++i) dial(net::bound_address(listener));
  const int last = dial(net::bound_address(listener));
  bool ended = false;
  receive(last, [](const std::string&) { return false; }, &ended);
  EXPECT_TRUE(ended) << "the ring has 64 sockets: whoever finds no room is dropped, the rest end by time";
}

TEST_F(FrontTest, WhoHoldsConnectionsKeepsNobodyOut) {
  const int listener = listen(kAnyPort);
  front->listen(listener, false, [](const Request&, const std::string&) { return Answer(); });
  const auto asked = [&](int client) {
    say(client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    return receive(client, [](const std::string& text) { return text.ends_with("\r\n\r\n"); }).substr(0, 13);
  };
  const int busy = dial(net::bound_address(listener));
  EXPECT_EQ(asked(busy), "HTTP/1.1 200 ");
  std::vector<int> held;
  for (uint32_t i = 0; i < 3 * Front::kOutsideMax; ++i) {   // silent, in the middle of a head, and idle
    const int client = dial(net::bound_address(listener));
    held.push_back(client);
    if (i % 3 == 1) say(client, "GET / HTTP/1.1\r\nHo");
    if (i % 3 == 2) {
      EXPECT_EQ(asked(client), "HTTP/1.1 200 ") << i;
    }
    if (i % 16 == 0) {   // who asks now and then is not the one that was silent longest
      EXPECT_EQ(asked(busy), "HTTP/1.1 200 ") << i;
    }
  }
  EXPECT_EQ(asked(dial(net::bound_address(listener))), "HTTP/1.1 200 ");
  bool ended = false;
  receive(held.front(), [](const std::string&) { return false; }, &ended);
  EXPECT_TRUE(ended);
}

TEST_F(FrontTest, WhoNeverClosesKeepsNobodyOut) {
  const int listener = listen(kAnyPort);
  front->listen(listener, false, [](const Request&, const std::string&) { return Answer(); });
  for (uint32_t i = 0; i < 5 * Front::kOutsideMax; ++i) {
    const int client = dial(net::bound_address(listener));
    say(client, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string got = receive(client, [](const std::string& text) { return text.ends_with("\r\n\r\n"); });
    EXPECT_TRUE(got.starts_with("HTTP/1.1 200 ")) << i;
  }
}

TEST_F(FrontTest, FetchesADocument) {
  const int listener = listen(kAnyPort);
  fetch(listener);
  const int issuer = accept_one(listener);
  const std::string asked = receive(issuer, [](const std::string& text) { return text.ends_with("\r\n\r\n"); });
  EXPECT_TRUE(asked.starts_with("GET /jwks HTTP/1.1\r\nHost: 127.0.0.1:")) << asked;
  say(issuer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_TRUE(turns_until([this] { return fetched > 0; }));
  EXPECT_EQ(state, KeyFetch::State::done) << error;
  EXPECT_EQ(document, "{}");
  EXPECT_EQ(fetched, 1);
}

TEST_F(HastyFrontTest, GivesUpOnAnIssuerThatHangs) {
  const int listener = listen(kAnyPort);
  fetch(listener);
  const int issuer = accept_one(listener);
  say(issuer, "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{");
  EXPECT_TRUE(turns_until([this] { return fetched > 0; }));
  EXPECT_EQ(state, KeyFetch::State::failed);
  EXPECT_EQ(error, "the issuer took too long");
}

TEST_F(FrontTest, SaysThatNobodyListens) {
  const int listener = listen(kAnyPort);
  shutdown(listener, SHUT_RDWR);
  fetch(listener);
  EXPECT_TRUE(turns_until([this] { return fetched > 0; }));
  EXPECT_EQ(error, "the issuer cannot be reached");
}

TEST_F(FrontTest, SaysThatTheAnswerWasCut) {
  const int listener = listen(kAnyPort);
  fetch(listener);
  const int issuer = accept_one(listener);
  say(issuer, "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{");
  shutdown(issuer, SHUT_WR);
  EXPECT_TRUE(turns_until([this] { return fetched > 0; }));
  EXPECT_EQ(error, "the issuer's answer ended early");
}

}  // namespace
}  // namespace gatehouse::control
