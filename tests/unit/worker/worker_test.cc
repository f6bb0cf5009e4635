#include <sys/resource.h>

#include <chrono>
#include <vector>

#include "house.h"

namespace gatehouse::worker {
namespace {

TEST_F(House, ForwardsWithItsOwnCredential) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/a?x=1", "", "X-Api-Key: mine\r\nX_Api_Key: mine\r\nX-Keep: yes\r\n"));
  Plain origin = Plain::accept(origin_listener);
  const std::string seen = origin.message();
  EXPECT_TRUE(has(seen, "GET /plain/a?x=1 HTTP/1.1\r\n")) << seen;
  EXPECT_TRUE(has(seen, "Host: chunker.internal\r\n"));
  EXPECT_TRUE(has(seen, "X-Api-Key: service-key\r\n"));
  EXPECT_TRUE(has(seen, "X-Keep: yes\r\n"));
  EXPECT_FALSE(has(seen, "mine"));
  EXPECT_FALSE(has(seen, "Bearer"));
  origin.send(answer("hello", "text/plain"));
  const std::string got = client.message();
  EXPECT_TRUE(has(got, "HTTP/1.1 200 OK\r\n")) << got;
  EXPECT_TRUE(has(got, "\r\n\r\nhello"));
  EXPECT_TRUE(has(got, "Gatehouse-Exchange-Id: "));
}

TEST_F(House, TheOriginGetsThePathThatPolicySaw) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/pl%61in/./b%3Ac?q=%2e%2e"));
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(has(origin.message(), "GET /plain/b:c?q=%2e%2e HTTP/1.1\r\n"));
  origin.send(answer("ok", "text/plain"));
  client.message();
  client.send(request("GET", "/plain/../admin"));
  EXPECT_TRUE(has(client.message(), "http_path"));
}

TEST_F(House, KeepsBothConnectionsForTheNextRequest) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/1"));
  Plain origin = Plain::accept(origin_listener);
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(has(origin.message(), "GET /plain/"));
    origin.send(answer("n" + std::to_string(i), "text/plain"));
    EXPECT_TRUE(has(client.message(), "\r\n\r\nn" + std::to_string(i)));
    client.send(request("GET", "/plain/" + std::to_string(i)));
  }
  EXPECT_EQ(metrics.origin_connects.get(), 1u);
}

TEST_F(House, PipelinedRequestsAreAnsweredInOrder) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/1") + request("GET", "/plain/2") + request("GET", "/nowhere") +
              request("GET", "/plain/3"));
  Plain origin = Plain::accept(origin_listener);
  for (const char* path : {"/plain/1", "/plain/2", "/plain/3"}) {
    EXPECT_TRUE(has(origin.message(), path));
    origin.send(answer(path, "text/plain"));
  }
  EXPECT_TRUE(has(client.message(), "\r\n\r\n/plain/1"));
  EXPECT_TRUE(has(client.message(), "\r\n\r\n/plain/2"));
  EXPECT_TRUE(has(client.message(), "403"));
  EXPECT_TRUE(has(client.message(), "\r\n\r\n/plain/3"));
}

TEST_F(House, RefusalsNeverReachTheOrigin) {
  Plain client = Plain::connect(address);
  client.send("GET /plain/1 HTTP/1.1\r\nHost: gate\r\n\r\n");
  std::string got = client.message();
  EXPECT_TRUE(has(got, "HTTP/1.1 401 Unauthorized\r\n")) << got;
  EXPECT_TRUE(has(got, "WWW-Authenticate: Bearer\r\n"));
  EXPECT_TRUE(has(got, "\"reason\":\"token_missing\""));
  client.send("GET /plain/1 HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer " + token("strangers") + "\r\n\r\n");
  EXPECT_TRUE(has(client.message(), "policy_no_rule"));
  std::string forged = readers;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  client.send("GET /plain/1 HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer " + forged + "\r\n\r\n");
  EXPECT_TRUE(has(client.message(), "token_signature"));
  EXPECT_EQ(metrics.origin_connects.get(), 0u);
}

TEST_F(House, GuardHitRefusesTheRequestAndKeepsTheSession) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{\"text\":\"please \\u0044ROP\\n TABLE users\"}"));
  const std::string got = client.message();
  EXPECT_TRUE(has(got, "403 Forbidden")) << got;
  EXPECT_TRUE(has(got, "guard_hit"));
  client.send(request("POST", "/chunk", "{\"text\":\"a table\"}"));
  Plain origin = Plain::accept(origin_listener);
  const std::string seen = origin.message();
  EXPECT_TRUE(has(seen, "{\"text\":\"a table\"}")) << seen;
  EXPECT_TRUE(has(seen, "Accept-Encoding: identity\r\n"));
  origin.send(answer("[{\"text\":\"write to jane@example.org\"}]"));
  const std::string masked = client.message();
  EXPECT_FALSE(has(masked, "jane@example.org")) << masked;
  EXPECT_TRUE(has(masked, "write to "));
}

TEST_F(House, AnswersThatCannotBeMaskedAreRefused) {
  for (const char* head : {"Content-Type: image/png\r\n", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
                           "Content-Type: application/json\r\nContent-Encoding: compress\r\n"}) {
    Plain client = Plain::connect(address);
    client.send(request("POST", "/chunk", "{}"));
    Plain origin = Plain::accept(origin_listener);
    origin.message();
    origin.send(std::string("HTTP/1.1 200 OK\r\n") + head + "Content-Length: 2\r\n\r\n\x89P");
    const std::string got = client.message();
    EXPECT_TRUE(has(got, "502 Bad Gateway")) << got;
    EXPECT_TRUE(has(got, "mask_")) << got;
  }
}

TEST_F(House, AMaskedBodyMayComeAfterItsHead) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{\"text\":\"a\"}"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  const std::string whole = answer("{\"text\":\"write to ann@example.com\"}");
  const size_t head = whole.find("\r\n\r\n") + 4;
  const uint64_t turns = metrics.turns.get();
  origin.send(std::string_view(whole).substr(0, head));
  while (metrics.turns.get() < turns + 3) std::this_thread::yield();  // it waits for the body now
  origin.send(std::string_view(whole).substr(head));
  const std::string got = client.message();
  EXPECT_TRUE(has(got, "HTTP/1.1 200")) << got;
  EXPECT_FALSE(has(got, "ann@example.com")) << got;
}

TEST_F(House, LargeBodiesFlowBothWays) {
  Plain client = Plain::connect(address);
  std::string body(3'000'000, 'b');
  for (size_t i = 0; i < body.size(); i += 97) body[i] = static_cast<char>('a' + i % 23);
  std::thread sender([&] { client.send(request("POST", "/plain/x", body)); });
  Plain origin = Plain::accept(origin_listener);
  const std::string seen = origin.message();
  sender.join();
  EXPECT_TRUE(seen.ends_with(body));
  std::thread answering([&] { origin.send(answer(body, "text/plain")); });
  const std::string got = client.message();
  answering.join();
  EXPECT_TRUE(got.ends_with(body)) << got.size();
}

TEST_F(House, ChunkedBothWays) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/plain/x", "", "Transfer-Encoding: chunked\r\n"));
  client.send("5\r\nhello\r\n");
  Plain origin = Plain::accept(origin_listener);
  client.send("6\r\n world\r\n0\r\n\r\n");
  const std::string seen = origin.read_until([](const std::string& text) { return has(text, "0\r\n\r\n"); });
  EXPECT_TRUE(has(seen, "Transfer-Encoding: chunked\r\n")) << seen;
  // Chunks are as they came to be read: a worker that is late finds both at once.
  EXPECT_TRUE(has(seen, "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n") || has(seen, "b\r\nhello world\r\n0\r\n\r\n")) << seen;
  origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n");
  const std::string got = client.read_until([](const std::string& text) { return has(text, "0\r\n\r\n"); });
  EXPECT_TRUE(has(got, "3\r\nabc\r\n0\r\n\r\n")) << got;
}

TEST_F(House, ExpectIsAnsweredAfterTheTokenOnly) {
  Plain client = Plain::connect(address);
  client.send("POST /plain/x HTTP/1.1\r\nHost: gate\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(has(client.message(), "HTTP/1.1 401"));
  Plain second = Plain::connect(address);
  second.send("POST /plain/x HTTP/1.1\r\nHost: gate\r\nContent-Length: 5\r\nExpect: 100-continue\r\nAuthorization: Bearer " +
              readers + "\r\n\r\n");
  EXPECT_TRUE(has(second.message(), "HTTP/1.1 100 Continue\r\n\r\n"));
  second.send("hello");
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(has(origin.message(), "\r\n\r\nhello"));
  origin.send(answer("ok", "text/plain"));
  EXPECT_TRUE(has(second.message(), "\r\n\r\nok"));
}

TEST_F(House, HeldUntilAPersonApprovesAndRunOnce) {
  Plain client = Plain::connect(address);
  client.send(request("DELETE", "/collections/7"));
  const proxy::ToControl asked = told(proxy::ToControl::Kind::ask);
  ASSERT_NE(asked.card, nullptr);
  EXPECT_EQ(asked.card->subject, "job-1");
  EXPECT_EQ(asked.card->path, "/collections/7");
  EXPECT_EQ(metrics.origin_connects.get(), 0u);
  proxy::ToWorker grant;
  grant.kind = proxy::ToWorker::Kind::answer;
  grant.session = asked.session;
  grant.exchange = asked.exchange;
  grant.granted = true;
  grant.digest = asked.card->digest;
  grant.by = "uid:0(root)";
  ASSERT_TRUE(inbox.push(std::move(grant)));
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(has(origin.message(), "DELETE /collections/7 HTTP/1.1"));
  origin.send("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_TRUE(has(client.message(), "HTTP/1.1 204"));
  const proxy::ToControl gone = told(proxy::ToControl::Kind::gone);
  EXPECT_EQ(gone.exchange, asked.exchange);   // the board hears that it was run
  EXPECT_EQ(gone.reason, Reason::none);
}

class BriefHold : public House {
 protected:
  void adjust(config::Snapshot& out) override { out.deadlines.hold = 300 * kNsPerMs; }
};

TEST_F(BriefHold, AHeldRequestThatNobodyAnswersExpires) {
  Plain client = Plain::connect(address);
  client.send(request("DELETE", "/collections/7"));
  EXPECT_TRUE(has(client.message(), "approval_expired"));
  EXPECT_EQ(metrics.origin_connects.get(), 0u);
}

TEST_F(House, AClientThatLeavesCancelsItsHold) {
  {
    Plain client = Plain::connect(address);
    client.send(request("DELETE", "/collections/7"));
    EXPECT_TRUE(eventually([this] { return metrics.holds.get() == 1; }));
  }
  EXPECT_TRUE(eventually([this] { return metrics.hold_cancellations.get() == 1; }));
  EXPECT_EQ(metrics.origin_connects.get(), 0u);
}

TEST_F(House, OriginsThatFailAreSaidSo) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/1"));
  {
    Plain origin = Plain::accept(origin_listener);
    origin.message();
  }
  EXPECT_TRUE(has(client.message(), "origin_closed"));
  client.send(request("GET", "/plain/2"));
  {
    Plain origin = Plain::accept(origin_listener);
    origin.message();
    origin.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc");
    EXPECT_TRUE(has(client.message(), "origin_response"));
  }
}

TEST_F(House, ATruncatedAnswerIsNotPassedOffAsWhole) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/1"));
  {
    Plain origin = Plain::accept(origin_listener);
    origin.message();
    origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  }
  const std::string got = client.until_end();
  EXPECT_TRUE(client.ended());
  EXPECT_FALSE(has(got, "0\r\n\r\n")) << got;
}

// Where only the end of the connection ends an answer, a FIN would say that it is whole.
TEST_F(House, ACutAnswerThatEndsWithTheConnectionIsReset) {
  const std::string old = "GET /plain/a HTTP/1.0\r\nHost: gate\r\nAuthorization: Bearer " + readers + "\r\n\r\n";
  for (const std::string rest : {"", "zz\r\n"}) {
    Plain client = Plain::connect(address);
    client.send(old);
    {
      Plain origin = Plain::accept(origin_listener);
      origin.message();
      origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nbefore\r\n");
      client.read_until([](const std::string& text) { return has(text, "before"); });
      origin.send(rest);
    }
    client.until_end();
    EXPECT_TRUE(client.reset()) << rest;
  }
  Plain whole = Plain::connect(address);
  whole.send(old);
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n0\r\n\r\n");
  EXPECT_TRUE(whole.until_end().ends_with("\r\n\r\nall"));
  EXPECT_FALSE(whole.reset());
}

TEST_F(House, AnAnswerCutByTheGatewaysOwnEndIsReset) {
  Plain client = Plain::connect(address);
  client.send("GET /plain/a HTTP/1.0\r\nHost: gate\r\nAuthorization: Bearer " + readers + "\r\n\r\n");
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nbefore\r\n");
  client.read_until([](const std::string& text) { return has(text, "before"); });
  proxy::ToWorker stop;
  stop.kind = proxy::ToWorker::Kind::stop;
  ASSERT_TRUE(inbox.push(std::move(stop)));
  client.until_end();
  EXPECT_TRUE(client.reset());
}

TEST_F(House, BytesBehindAnAnswerNeverReachAnotherRequest) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/1"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send(answer("one", "text/plain") + answer("smuggled", "text/plain"));
  EXPECT_TRUE(has(client.message(), "one"));
  client.send(request("GET", "/plain/2"));
  Plain other = Plain::accept(origin_listener);   // a fresh connection
  other.message();
  other.send(answer("two", "text/plain"));
  EXPECT_TRUE(has(client.message(), "two"));
}

TEST_F(House, ARefusedBodyDoesNotDesynchroniseTheConnection) {
  Plain client = Plain::connect(address);
  const std::string inner = "GET /plain/smuggled HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer " + readers + "\r\n\r\n";
  client.send(request("POST", "/forbidden", inner) + request("GET", "/plain/real"));
  EXPECT_TRUE(has(client.message(), "policy_no_rule"));
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(has(origin.message(), "GET /plain/real"));
  origin.send(answer("ok", "text/plain"));
  EXPECT_TRUE(has(client.message(), "ok"));
}

// The disk fails in the middle of a body: what comes of it behind that is still body, not the next request.
TEST_F(House, ABodyThatCannotBeRecordedDoesNotDesynchroniseTheConnection) {
  const auto set_state = [this](uint32_t state) {  // as the writer thread does
    auto& header = *reinterpret_cast<gatehouse_ring_header*>(ring_bytes.data());
    std::atomic_ref(header.state).store(state, std::memory_order_relaxed);
  };
  const std::string inner = "GET /plain/smuggled HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer " + readers + "\r\n\r\n";
  Plain client = Plain::connect(address);
  const std::string whole = request("POST", "/plain/x", "first" + inner);
  client.send(std::string_view(whole).substr(0, whole.size() - inner.size()));
  Plain origin = Plain::accept(origin_listener);
  origin.read_until([](const std::string& text) { return text.ends_with("first"); });
  set_state(1);
  client.send(inner);
  EXPECT_TRUE(has(client.message(), "record_failed"));
  set_state(0);
  client.send(request("GET", "/plain/real"));
  Plain second = Plain::accept(origin_listener);
  EXPECT_TRUE(has(second.message(), "GET /plain/real"));
  second.send(answer("ok", "text/plain"));
  const std::string got = client.message();
  EXPECT_TRUE(got.ends_with("\r\n\r\nok")) << got;
}

class SmallHouse : public House {
 protected:
  void adjust(config::Snapshot& out) override { out.limits.connections = 2; }
};

TEST_F(SmallHouse, ClientsThatNeverCloseDoNotUseUpTheLinks) {
  std::vector<Plain> clients;   // answered and ended by the gateway; they keep their own side open
  int refused = 0;
  for (int i = 0; i < 90; ++i) {
    clients.push_back(Plain::connect(address));
    clients.back().send("nonsense\r\n\r\n");
    refused += clients.back().until_end().empty();
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(metrics.sessions_refused.get(), static_cast<uint64_t>(refused));
  clients.clear();
  std::string got;
  for (int i = 0; i < 100 && got.empty(); ++i) {   // their links are gone within a few turns
    Plain client = Plain::connect(address);
    client.send("GET /plain/1 HTTP/1.1\r\nHost: gate\r\n\r\n");
    got = client.message();
  }
  EXPECT_TRUE(has(got, "token_missing")) << got;
}

TEST_F(House, RefusedHeadsAreRecordedWithoutTheirCredentials) {
  const std::string fields[] = {"Authorization: Bearer leaked-a\r\nAuthorization: Bearer leaked-b\r\n",
                                "Authorization: Basic leaked-c\r\n", "Cookie: leaked-d\r\nX-Api-Key: leaked-e\r\n",
                                "Authorization: Bearer leaked-f\r\nProxy-Authorization: leaked-g\r\n"};
  for (const std::string& field : fields) {
    Plain client = Plain::connect(address);
    client.send("GET /plain/1 HTTP/1.1\r\nHost: gate\r\n" + field + "\r\n");
    const bool two = &field == &fields[0];   // credentials: no request, says RFC 6750 section 3.1
    EXPECT_TRUE(has(client.message(), two ? "HTTP/1.1 400 " : "HTTP/1.1 401 ")) << field;
  }
  end_worker();
  const ByteView records{ring_bytes.data(), ring_bytes.size()};
  EXPECT_NE(records.find("Proxy-Authorization: ********"), ByteView::npos);
  EXPECT_EQ(records.find("leaked-"), ByteView::npos);
}

TEST_F(House, NamesThatCgiReadsAsOthersDoNotReachTheOrigin) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{\"text\":\"x\"}",
                      "Content-Type: application/json\r\nContent_Type: text/plain\r\nContent_Encoding: gzip\r\n"));
  Plain origin = Plain::accept(origin_listener);
  const std::string seen = origin.message();
  EXPECT_TRUE(has(seen, "Content-Type: application/json\r\n")) << seen;
  EXPECT_FALSE(has(seen, "Content_")) << seen;
  origin.send(answer("{}"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
}

class OwnHeader : public House {
 protected:
  void adjust(config::Snapshot& out) override {
    out.origins[0].credential_header = "X-Chunker-Pass";
    config::Origin other;
    other.name = "other";
    other.address = origin_address;
    other.credential_header = "X-Other-Pass";
    other.credential = crypto::Secret("others-key");
    out.origins.push_back(std::move(other));
    out.worker_tls[0].origins.resize(2);
  }
};

TEST_F(OwnHeader, CallersValuesInTheFieldsOfOurCredentialsAreNotRecorded) {
  const std::string fields = "X-Chunker-Pass: leaked-a\r\nx_chunker_pass: leaked-b\r\n";
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/a", "", fields + "X-Other-Pass: meant for the service\r\n"));
  Plain origin = Plain::accept(origin_listener);
  const std::string seen = origin.message();
  EXPECT_TRUE(has(seen, "X-Chunker-Pass: service-key\r\n")) << seen;
  EXPECT_TRUE(has(seen, "X-Other-Pass: meant for the service\r\n")) << seen;   // not this origin's field
  EXPECT_FALSE(has(seen, "leaked")) << seen;
  origin.send(answer("ok", "text/plain"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  client.send(request("GET", "/nowhere", "", fields + "X-Other-Pass: leaked-c\r\n"));   // refused: meant for either
  EXPECT_TRUE(has(client.message(), "policy_no_rule"));
  EXPECT_TRUE(has(records(), "X-Chunker-Pass: ********\r\n"));
  EXPECT_TRUE(has(records(), "X-Other-Pass: ********\r\n"));
  EXPECT_FALSE(has(records(), "leaked-"));
}

TEST_F(House, DrainFinishesWhatRuns) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/1"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  proxy::ToWorker drain;
  drain.kind = proxy::ToWorker::Kind::drain;
  inbox.push(std::move(drain));   // what is sent after this is looked at after it
  origin.send(answer("last", "text/plain"));
  const std::string got = client.until_end();
  EXPECT_TRUE(has(got, "last"));
  EXPECT_TRUE(has(got, "Connection: close"));
  EXPECT_TRUE(client.ended());
}

proxy::ToWorker retire() {
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::retire;
  return message;
}

TEST_F(House, ARetiringWorkerAnswersOnceMoreOnEachConnection) {
  Plain busy = Plain::connect(address), idle = Plain::connect(address), held = Plain::connect(address);
  busy.send(request("GET", "/plain/1"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  idle.send(request("GET", "/nowhere"));
  EXPECT_TRUE(has(idle.message(), "policy_no_rule"));
  held.send(request("DELETE", "/collections/x"));
  const proxy::ToControl asked = told(proxy::ToControl::Kind::ask);
  inbox.push(retire());
  told(proxy::ToControl::Kind::let_go);
  origin.send(answer("one", "text/plain"));
  EXPECT_TRUE(has(busy.until_end(), "Connection: close"));
  EXPECT_TRUE(busy.ended());
  const std::string both = request("GET", "/nowhere") + request("GET", "/nowhere");
  idle.send(both);   // what was sent already is answered, too
  EXPECT_FALSE(has(idle.message(), "Connection: close"));
  EXPECT_TRUE(has(idle.until_end(), "Connection: close"));
  EXPECT_TRUE(idle.ended());
  proxy::ToWorker no;   // a person may still answer
  no.kind = proxy::ToWorker::Kind::answer;
  no.session = asked.session;
  no.exchange = asked.exchange;
  inbox.push(std::move(no));
  EXPECT_TRUE(has(held.message(), "approval_denied"));
  for (Plain* each : {&busy, &idle, &held, &origin}) each->abandon();
  told(proxy::ToControl::Kind::drained);
}

/// FewDescriptors runs where accepting soon has no descriptor left.
class FewDescriptors : public House {
 protected:
  void SetUp() override {
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit few = before;
    few.rlim_cur = 200;   // the kernel reads it as the accept is armed
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    House::SetUp();
  }
  void TearDown() override {
    free_all();
    House::TearDown();
    setrlimit(RLIMIT_NOFILE, &before);
  }
  void take_all() {
    for (int descriptor; (descriptor = dup(0)) >= 0;) taken.push_back(descriptor);
    EXPECT_EQ(errno, EMFILE);
  }
  void free_all() {
    for (const int descriptor : taken) ::close(descriptor);
    taken.clear();
  }

  rlimit before{};
  std::vector<int> taken;
};

TEST_F(FewDescriptors, AcceptingPausesInsteadOfSpinning) {
  {
    Plain first = Plain::connect(address);
    first.send("GET /plain/1 HTTP/1.1\r\nHost: gate\r\n\r\n");
    EXPECT_TRUE(has(first.message(), "token_missing"));
  }
  const int descriptor = socket(address.family(), SOCK_STREAM, 0);
  take_all();
  ASSERT_EQ(::connect(descriptor, address.sockaddr_ptr(), address.length), 0);
  Plain client(descriptor);
  ASSERT_TRUE(eventually([this] { return metrics.accept_pauses.get() >= 1; }));
  const uint64_t pauses = metrics.accept_pauses.get();
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually([&] { return metrics.accept_pauses.get() >= pauses + 3; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(200));   // two of 100 ms lie between
  free_all();
  client.send("GET /plain/2 HTTP/1.1\r\nHost: gate\r\n\r\n");
  EXPECT_TRUE(has(client.message(), "token_missing"));
}

/// StopInATurn ends the worker in the very turn in which a session has something to do.
class StopInATurn : public House {
 protected:
  void on_turn(const Worker& worker) override {
    if (!armed || worker.sessions() < 3) return;
    armed = false;
    for (Plain& client : clients) client.send("GET /plain/1 HTTP/1.1\r\nHost: gate\r\n\r\n");
    proxy::ToWorker stop;
    stop.kind = proxy::ToWorker::Kind::stop;
    EXPECT_TRUE(inbox.push(std::move(stop)));   // looked at after the completions, before sessions step
    stopped = true;
  }
  std::vector<Plain> clients;
  std::atomic<bool> armed{false}, stopped{false};
};

TEST_F(StopInATurn, EverySessionEndsOnce) {
  for (int i = 0; i < 3; ++i) clients.push_back(Plain::connect(address));
  armed = true;
  for (Plain& client : clients) {
    client.until_end();
    EXPECT_TRUE(client.ended());
  }
  EXPECT_TRUE(eventually([this] { return stopped && metrics.sessions_closed.get() == 3; }));
  EXPECT_EQ(metrics.exchanges_begun.get(), metrics.exchanges_ended.get());
}

}  // namespace
}  // namespace gatehouse::worker
