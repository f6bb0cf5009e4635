// The query: no place for credentials, looked at by guards, shown to those who approve, not part of what rules match.
#include "house.h"

namespace gatehouse::worker {
namespace {

TEST_F(House, ACredentialInTheQueryIsRefusedAndNotRecorded) {
  Plain client = Plain::connect(address);
  for (const char* query : {"access_token=leaked-a", "a=1&%61pi-key=leaked-b", "a=1;token=leaked-c", "sig=leaked-d&password=leaked-e"}) {
    client.send(request("GET", std::string("/plain/a?") + query));
    const std::string got = client.message();
    EXPECT_TRUE(has(got, "400 Bad Request")) << got;
    EXPECT_TRUE(has(got, "http_query_credential")) << got;
  }
  client.send(std::string("GET /plain/a?access_token=leaked-f HTTP/1.1\r\nHost: gate\r\n\r\n"));   // in place of a header
  EXPECT_TRUE(has(client.message(), "http_query_credential"));
  client.send(std::string("GET /plain/a?access_token=leaked-g HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer forged\r\n\r\n"));
  EXPECT_TRUE(has(client.message(), "401"));
  EXPECT_EQ(metrics.origin_connects.get(), 0u);
  EXPECT_TRUE(has(records(), "?access_token=********"));
  EXPECT_FALSE(has(records(), "leaked-"));
}

TEST_F(House, OtherQueriesAreForwardedAndRecorded) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/a?max_tokens=7&sort_key=%C3%A4"));
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(has(origin.message(), "GET /plain/a?max_tokens=7&sort_key=%C3%A4 HTTP/1.1\r\n"));
  origin.send(answer("ok", "text/plain"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  EXPECT_TRUE(has(records(), "/plain/a?max_tokens=7&sort_key=%C3%A4"));
}

TEST_F(House, GuardsSeeTheQuery) {
  Plain client = Plain::connect(address);
  for (const char* query : {"q=drop%20table+users", "drop+table", "a=1;DROP%0ATABLE=1"}) {
    client.send(request("POST", std::string("/chunk?") + query, "{}"));
    const std::string got = client.message();
    EXPECT_TRUE(has(got, "403 Forbidden")) << query << got;
    EXPECT_TRUE(has(got, "guard_hit")) << query << got;
  }
  client.send(request("POST", "/chunk?q=drop+table"));   // nor does an empty body save it
  EXPECT_TRUE(has(client.message(), "guard_hit"));
  client.send(request("POST", "/chunk?q=%zz", "{}"));
  const std::string broken = client.message();
  EXPECT_TRUE(has(broken, "400 Bad Request")) << broken;
  EXPECT_TRUE(has(broken, "guard_query")) << broken;
  EXPECT_EQ(metrics.origin_connects.get(), 0u);
  client.send(request("POST", "/chunk?q=a+table", "{}"));
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(has(origin.message(), "POST /chunk?q=a+table HTTP/1.1"));
  origin.send(answer("{}"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  EXPECT_TRUE(has(records(), section(record::Tag::guard_place, "?q")));
}

TEST_F(House, WhoApprovesSeesTheQuery) {
  Plain client = Plain::connect(address);
  client.send(request("DELETE", "/collections/7?force=1"));
  proxy::ToControl asked;
  ASSERT_TRUE(eventually([&] { return outbox.pop(asked) && asked.kind == proxy::ToControl::Kind::ask; }));
  EXPECT_EQ(asked.card->path, "/collections/7?force=1");
}

}  // namespace
}  // namespace gatehouse::worker
