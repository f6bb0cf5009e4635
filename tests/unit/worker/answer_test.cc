// Which fields of an answer's head reach the client.
#include "house.h"

namespace gatehouse::worker {
namespace {

TEST_F(House, OfAMaskedAnswersHeadOnlyWhatAListAllowsPasses) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{}"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  const std::string fields =
      "Content-Type: application/json; charset=utf-8\r\n"
      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nCache-Control: no-store\r\nRetry-After: 3\r\n"
      "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
      "Location: /users/jane@example.org\r\nContent-Location: /users/jane@example.org\r\n"
      "WWW-Authenticate: Basic realm=\"jane@example.org\"\r\n"
      "Link: <mailto:jane@example.org>\r\nX-User: jane@example.org\r\nETag: \"jane@example.org\"\r\n"
      "Server: jane@example.org\r\nWarning: 199 - \"jane@example.org\"\r\nContent-Disposition: jane@example.org\r\n";
  origin.send("HTTP/1.1 200 jane@example.org\r\n" + fields + "Content-Length: 2\r\n\r\n{}");
  const std::string got = client.message();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200 OK\r\n")) << got;
  EXPECT_FALSE(has(got, "jane@")) << got;
  EXPECT_TRUE(has(got, "\r\nContent-Type: application/json\r\n")) << got;
  for (const char* passing : {"\r\nDate: Sun, 06", "\r\nCache-Control: private, no-store\r\n", "\r\nRetry-After: 3\r\n",
                              "\r\ntraceparent: 00-0af", "\r\nContent-Length: 2\r\n"})
    EXPECT_TRUE(has(got, passing)) << passing << " in " << got;
  client.send(request("POST", "/chunk", "{}"));   // an answer without a body has a head, too
  origin.message();
  origin.send("HTTP/1.1 204 jane@example.org\r\n" + fields + "\r\n");
  const std::string empty = client.message();
  EXPECT_TRUE(empty.starts_with("HTTP/1.1 204 No Content\r\n")) << empty;
  EXPECT_FALSE(has(empty, "jane@")) << empty;
}

// What cannot be left out without changing what the answer means is refused.
TEST_F(House, AMaskedAnswersHeadThatHoldsAValueIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"Content-Type: application/json; author=\"jane@example.org\"\r\n", "mask_content_type"},
      {"Content-Type: application/json\r\nSet-Cookie: user=jane@example.org\r\n", "mask_cookie"},
      {"Content-Type: application/json\r\nLocation: https://elsewhere.example/a\r\n", "mask_location"}};
  for (const auto& [fields, reason] : cases) {
    Plain client = Plain::connect(address);
    client.send(request("POST", "/chunk", "{}"));
    Plain origin = Plain::accept(origin_listener);
    origin.message();
    origin.send(std::string("HTTP/1.1 200 OK\r\n") + fields + "Content-Length: 2\r\n\r\n{}");
    const std::string got = client.message();
    EXPECT_TRUE(has(got, "502 Bad Gateway") && has(got, reason)) << got;
    EXPECT_FALSE(has(got, "jane@")) << got;
  }
}

TEST_F(House, APlainAnswersHeadPassesAsItIs) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/a"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send("HTTP/1.1 201 Made\r\nLocation: /plain/7\r\nETag: \"a\"\r\nX-User: jane\r\nContent-Length: 0\r\n\r\n");
  const std::string got = client.message();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 201 Made\r\nLocation: /plain/7\r\nETag: \"a\"\r\nX-User: jane\r\n")) << got;
}

}  // namespace
}  // namespace gatehouse::worker
