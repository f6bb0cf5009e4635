// A kept origin connection that ends just as it is used again.
#include "house.h"

namespace gatehouse::worker {
namespace {

class Resend : public House {
 protected:
  void adjust(config::Snapshot& out) override {
    out.policy.rules[1].methods = {"POST", "PUT", "DELETE"};   // collected and guarded
  }
  // One exchange, after which the gateway keeps the connection that is returned.
  Plain warm(Plain& client) {
    client.send(request("GET", "/plain/warm"));
    Plain origin = Plain::accept(origin_listener);
    origin.message();
    origin.send(answer("warm", "text/plain"));
    EXPECT_TRUE(has(client.message(), "warm"));
    return origin;
  }
  // The request goes out on the kept connection, which then ends without a word.
  void lost(Plain origin, const std::string& first_line) {
    EXPECT_TRUE(origin.message().starts_with(first_line));
    origin.abandon();
  }
};

TEST_F(Resend, IdempotentRequestsGoOutOnceMore) {
  Plain client = Plain::connect(address);
  for (const std::string method : {"GET", "PUT"}) {
    const std::string path = method == "GET" ? "/plain/a" : "/chunk";
    Plain kept = warm(client);
    client.send(request(method, path, method == "GET" ? "" : "{\"text\":\"twice\"}"));
    lost(std::move(kept), method + " " + path);
    Plain fresh = Plain::accept(origin_listener);
    const std::string again = fresh.message();
    EXPECT_TRUE(again.starts_with(method + " " + path)) << again;
    EXPECT_TRUE(has(again, "X-Api-Key: service-key\r\n"));
    EXPECT_EQ(again.ends_with("\r\n\r\n{\"text\":\"twice\"}"), method == "PUT") << again;
    fresh.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_TRUE(has(client.message(), "200 OK"));
  }
  EXPECT_EQ(metrics.origin_resent.get(), 2u);
  // The body is recorded once, and the closing record says what happened.
  const ByteView all = records();
  const size_t body = all.find("{\"text\":\"twice\"}");
  EXPECT_NE(body, ByteView::npos);
  EXPECT_EQ(all.find("{\"text\":\"twice\"}", body + 1), ByteView::npos);
  const std::string resent = section(record::Tag::resent, std::string("\1\0\0\0\0\0\0\0", 8));
  EXPECT_TRUE(has(all, resent));
}

TEST_F(Resend, OnlyOnce) {
  Plain client = Plain::connect(address);
  Plain kept = warm(client);
  client.send(request("GET", "/plain/a"));
  lost(std::move(kept), "GET /plain/a");
  lost(Plain::accept(origin_listener), "GET /plain/a");
  EXPECT_TRUE(has(client.message(), "origin_closed"));
  EXPECT_EQ(metrics.origin_connects.get(), 2u);
}

TEST_F(Resend, NotOnAFreshConnection) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/a"));
  lost(Plain::accept(origin_listener), "GET /plain/a");
  EXPECT_TRUE(has(client.message(), "origin_closed"));
  EXPECT_EQ(metrics.origin_connects.get(), 1u);
}

TEST_F(Resend, WhatMayHaveBeenDoneIsNotDoneAgain) {
  Plain client = Plain::connect(address);
  Plain kept = warm(client);
  client.send(request("POST", "/chunk", "{\"text\":\"once\"}"));
  lost(std::move(kept), "POST /chunk");
  EXPECT_TRUE(has(client.message(), "origin_closed"));
  Plain streamed = warm(client);                       // of a streamed body nothing is kept
  client.send(request("PUT", "/plain/a", "once"));
  lost(std::move(streamed), "PUT /plain/a");
  EXPECT_TRUE(has(client.message(), "origin_closed"));
  EXPECT_EQ(metrics.origin_resent.get(), 0u);
  EXPECT_EQ(metrics.origin_connects.get(), 2u);
}

TEST_F(Resend, NotAfterAByteOfAnAnswer) {
  Plain client = Plain::connect(address);
  Plain kept = warm(client);
  client.send(request("GET", "/plain/a"));
  kept.message();
  kept.send("HTTP/1.1 100 Continue\r\n\r\nHT");
  ASSERT_TRUE(eventually([this] { return metrics.origin_reused.get() == 1; }));
  kept.shutdown_write();
  EXPECT_TRUE(has(client.message(), "origin_closed"));
  EXPECT_EQ(metrics.origin_connects.get(), 1u);
}

TEST_F(Resend, WhatAPersonReleasedRunsOnce) {
  Plain client = Plain::connect(address);
  Plain kept = warm(client);
  client.send(request("DELETE", "/collections/7"));
  const proxy::ToControl asked = told(proxy::ToControl::Kind::ask);
  ASSERT_NE(asked.card, nullptr);
  proxy::ToWorker grant;
  grant.kind = proxy::ToWorker::Kind::answer;
  grant.session = asked.session;
  grant.exchange = asked.exchange;
  grant.granted = true;
  grant.digest = asked.card->digest;
  ASSERT_TRUE(inbox.push(std::move(grant)));
  lost(std::move(kept), "DELETE /collections/7");
  EXPECT_TRUE(has(client.message(), "origin_closed"));
  EXPECT_EQ(metrics.origin_connects.get(), 1u);
  EXPECT_EQ(metrics.origin_resent.get(), 0u);
}

}  // namespace
}  // namespace gatehouse::worker
