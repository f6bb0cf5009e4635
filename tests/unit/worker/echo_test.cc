// An origin that repeats our credential: it reaches neither the client nor the records.
#include <cstdio>

#include "house.h"

namespace gatehouse::worker {
namespace {

constexpr const char* kEcho = "origin_credential_echo";

TEST_F(House, AHeadThatRepeatsOurCredentialIsRefusedAndRecordedBlanked) {
  for (const std::string field : {"X-Debug: got service-key!\r\n", "X-service-key: 1\r\n", "Location: /?key=service-key\r\n"}) {
    for (const bool masked : {false, true}) {
      Plain client = Plain::connect(address);
      client.send(masked ? request("POST", "/chunk", "{}") : request("GET", "/plain/a"));
      Plain origin = Plain::accept(origin_listener);
      origin.message();
      origin.send("HTTP/1.1 200 OK\r\n" + field + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
      const std::string got = client.message();
      EXPECT_TRUE(has(got, "502 Bad Gateway")) << got;
      EXPECT_TRUE(has(got, kEcho)) << got;
      EXPECT_FALSE(has(got, "service-key")) << got;
    }
  }
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/a"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send("HTTP/1.1 403 bad key service-key\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(has(client.message(), kEcho));
  EXPECT_TRUE(has(records(), "X-Debug: got ***********!\r\n"));
  EXPECT_FALSE(has(records(), "service-key"));
}

TEST_F(House, AMaskedBodyThatRepeatsOurCredentialIsRefused) {
  Plain client = Plain::connect(address);
  for (const char* status : {"200 OK", "401 Unauthorized"}) {
    client.send(request("POST", "/chunk", "{}"));
    Plain origin = Plain::accept(origin_listener);
    origin.message();
    const std::string body = "{\"detail\":\"service-key is not valid\"}";
    origin.send(std::string("HTTP/1.1 ") + status + "\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    const std::string got = client.message();
    EXPECT_TRUE(has(got, kEcho)) << got;
    EXPECT_FALSE(has(got, "service-key")) << got;
  }
  EXPECT_FALSE(has(records(), "service-key"));
}

TEST_F(House, AStreamedErrorPageThatRepeatsOurCredentialIsAnsweredByUs) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/a"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  const std::string page = "<p>X-Api-Key: service-key</p>";
  origin.send("HTTP/1.1 500 Oops\r\nContent-Length: " + std::to_string(page.size()) + "\r\n\r\n" + page);
  const std::string got = client.message();
  EXPECT_TRUE(has(got, "502 Bad Gateway")) << got;
  EXPECT_TRUE(has(got, kEcho)) << got;
  EXPECT_FALSE(has(got, "service-key")) << got;
  client.send(request("GET", "/plain/b"));   // the session goes on, on another origin connection
  Plain next = Plain::accept(origin_listener);
  EXPECT_TRUE(has(next.message(), "/plain/b"));
  next.send(answer("fine", "text/plain"));
  EXPECT_TRUE(has(client.message(), "fine"));
  EXPECT_FALSE(has(records(), "service-key"));
}

// Errors say which key was wrong in letters of another case, and debug pages dump the head in Base64; other answers are not looked
// through for these.
TEST_F(House, AnErrorThatRepeatsOurCredentialInAnotherFormIsRefused) {
  for (const std::string form : {"SERVICE-KEY", "WC1BcGktS2V5OiBzZXJ2aWNlLWtleQ0K", "736572766963652d6b6579"}) {
    for (const bool masked : {false, true}) {
      for (const std::string status : {"400 Bad Request", "500 Oops", "399 Odd", "302 Found", "200 OK"}) {
        for (const std::string framing : {"", "Transfer-Encoding: chunked\r\n"}) {
          const bool error = status >= "400";
          Plain client = Plain::connect(address);
          client.send(masked ? request("POST", "/chunk", "{}") : request("GET", "/plain/a"));
          Plain origin = Plain::accept(origin_listener);
          origin.message();
          const std::string body = "{\"error\":\"invalid: " + form + "\"}";
          char size[20];
          std::snprintf(size, sizeof size, "%zx\r\n", body.size());
          origin.send("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" +
                      (framing.empty() ? "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body
                                       : framing + "\r\n" + size + body + "\r\n0\r\n\r\n"));
          const std::string got = client.read_until([](const std::string& text) { return has(text, "}"); });
          EXPECT_EQ(has(got, kEcho), error) << got;
          EXPECT_EQ(has(got, form), !error) << got;
        }
      }
    }
  }
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/a"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send("HTTP/1.1 401 Who\r\nWWW-Authenticate: Key realm=\"SERVICE-KEY is wrong\"\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(has(client.message(), kEcho));
  EXPECT_TRUE(has(records(), "realm=\"*********** is wrong\""));
}

// However the answer is framed and cut, not even the credential's beginning passes.
TEST_F(House, AStreamCutInTheCredentialEndsBeforeIt) {
  for (const bool chunked : {false, true}) {
    Plain client = Plain::connect(address);
    client.send(request("GET", "/plain/a"));
    Plain origin = Plain::accept(origin_listener);
    origin.message();
    origin.send(chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\nbefore servi\r\n"
                        : "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nbefore servi");
    client.read_until([](const std::string& text) { return has(text, "before "); });
    origin.send(chunked ? "2\r\nce\r\n5\r\n-key \r\n0\r\n\r\n" : "ce-key and what is behind it");
    const std::string got = client.until_end();
    EXPECT_TRUE(client.ended());
    EXPECT_TRUE(has(got, "before ")) << got;
    EXPECT_FALSE(has(got, "servi")) << got;
    EXPECT_FALSE(got.ends_with("0\r\n\r\n")) << got;
  }
  EXPECT_TRUE(eventually([&] { return metrics.exchanges_ended.get() == 2; }));
  EXPECT_FALSE(has(records(), "servi"));
}

TEST_F(House, WhatOnlyLooksLikeItsBeginningArrivesWhole) {
  Plain client = Plain::connect(address);
  const std::string body = "a service-ke";
  client.send(request("GET", "/plain/length"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send(answer(body, "text/plain"));
  EXPECT_TRUE(client.message().ends_with("\r\n\r\na service-ke"));
  client.send(request("GET", "/plain/chunked"));
  origin.message();
  origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\na service\r\n");
  client.read_until([](const std::string& text) { return has(text, "a "); });
  origin.send("3\r\n-ke\r\n0\r\n\r\n");
  const std::string got = client.read_until([](const std::string& text) { return has(text, "0\r\n\r\n"); });
  EXPECT_TRUE(has(got, "\r\n\r\n2\r\na \r\n7\r\nservice\r\n3\r\n-ke\r\n0\r\n\r\n")) << got;
  Plain old = Plain::connect(address);
  old.send("GET /plain/close HTTP/1.0\r\nHost: gate\r\nAuthorization: Bearer " + readers + "\r\n\r\n");
  origin.message();
  origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n" + body + "\r\n0\r\n\r\n");
  EXPECT_TRUE(old.until_end().ends_with("\r\n\r\na service-ke"));
}

}  // namespace
}  // namespace gatehouse::worker
