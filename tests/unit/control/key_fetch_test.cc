#include <vector>

#include "control/key_fetch.h"

#include <gtest/gtest.h>

namespace gatehouse::control {
namespace {

TEST(FetchUrl, TakesApart) {
  const auto url = parse_fetch_url("https://issuer.example/keys?x=1");
  ASSERT_TRUE(url.ok());
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "issuer.example");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "/keys?x=1");
  EXPECT_EQ(url->host_field, "issuer.example");
  EXPECT_FALSE(url->address.has_value());

  const auto local = parse_fetch_url("http://[::1]:9800");
  ASSERT_TRUE(local.ok());
  EXPECT_FALSE(local->tls);
  EXPECT_EQ(local->host, "::1");
  EXPECT_EQ(local->host_field, "[::1]:9800");
  EXPECT_EQ(local->target, "/");
  ASSERT_TRUE(local->address.has_value());
  EXPECT_EQ(parse_fetch_url("http://127.0.0.1:80/jwks")->host_field, "127.0.0.1:80");
  EXPECT_EQ(parse_fetch_url("https://a.b:8443?x")->target, "/?x");
}

TEST(FetchUrl, RefusesWhatMustNotBeAsked) {
  for (const char* url :
       {"http://issuer.example/", "http://10.0.0.1/", "http://localhost/", "ftp://127.0.0.1/", "//127.0.0.1/",
        "https://", "https:///x", "https://user@host/", "https://host:0/", "https://host:99999/", "https://host:1x/",
        "https://host/#frag", "https://host/a b", "https://host/\r\nX: y", "https://ho\nst/", "https://[::1", "https://[x]/",
        "https://host:/", "http://127.0.0.1.evil.example/", "https://h%41/"}) {
    EXPECT_FALSE(parse_fetch_url(url).ok()) << url;
  }
}

const FetchUrl& url() {
  static const FetchUrl parsed = *parse_fetch_url("https://issuer.example/keys");
  return parsed;
}

TEST(KeyFetch, ReadsAWholeAnswer) {
  const std::string answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"ke\r\n7\r\nys\":[]}\r\n0\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}",
  };
  for (const std::string& wire : answers) {
    for (const size_t step : {size_t{1}, wire.size()}) {
      KeyFetch fetch(url());
      for (size_t at = 0; at < wire.size(); at += step) fetch.feed(ByteView(wire).substr(at, step));
      EXPECT_EQ(fetch.state(), KeyFetch::State::done) << fetch.error();
      EXPECT_EQ(fetch.document(), "{\"keys\":[]}");
    }
  }
  KeyFetch fetch(url());
  EXPECT_TRUE(fetch.request().starts_with("GET /keys HTTP/1.1\r\nHost: issuer.example\r\n"));
  EXPECT_TRUE(fetch.request().ends_with("Connection: close\r\n\r\n"));
}

TEST(KeyFetch, NeedsACleanEnd) {
  const std::string wire = "HTTP/1.1 200 OK\r\n\r\n{\"keys\":[]}";
  KeyFetch clean(url());
  clean.feed(wire);
  EXPECT_EQ(clean.state(), KeyFetch::State::reading);
  EXPECT_EQ(clean.end(true), KeyFetch::State::done);
  EXPECT_EQ(clean.document(), "{\"keys\":[]}");
  KeyFetch cut(url());
  cut.feed(wire);
  EXPECT_EQ(cut.end(false), KeyFetch::State::failed);
  EXPECT_EQ(cut.document(), "");
  KeyFetch early(url());
  early.feed("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"keys\":[]}");
  EXPECT_EQ(early.end(true), KeyFetch::State::failed);
  KeyFetch silent(url());
  EXPECT_EQ(silent.end(true), KeyFetch::State::failed);
  EXPECT_EQ(silent.error(), "the issuer's answer ended early");
}

TEST(KeyFetch, RefusesOtherAnswers) {
  const std::pair<std::string, std::string> cases[] = {
      {"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", "redirects (302)"},
      {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "answers 500"},
      {"HTTP/1.1 204 No Content\r\n\r\n", "answers 204"},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "content coding"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 262145\r\n\r\n", "larger than 256 KiB"},
      {"HTTP/1.1 200 OK\r\n\r\n" + std::string(300'000, 'x'), "larger than 256 KiB"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'), "refused"},
      {"SSH-2.0-OpenSSH\r\n", "refused"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "refused"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n", "malformed"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "refused"},
  };
  for (const auto& [wire, why] : cases) {
    KeyFetch fetch(url());
    EXPECT_EQ(fetch.feed(wire), KeyFetch::State::failed) << why;
    EXPECT_NE(fetch.error().find(why), std::string::npos) << fetch.error();
    EXPECT_EQ(fetch.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), KeyFetch::State::failed);
    EXPECT_EQ(fetch.document(), "");
  }
  KeyFetch endless(url());
  std::string interim;
  for (int i = 0; i < 6; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(endless.feed(interim), KeyFetch::State::failed);
}

TEST(KeySchedule, AsksSoonerAfterAFailure) {
  KeySchedule schedule(300 * kNsPerSecond);
  EXPECT_EQ(schedule.due(), 0u);
  std::vector<uint64_t> gaps;
  MonotonicNs now = 0;
  for (int i = 0; i < 8; ++i) {
    schedule.failed(now);
    gaps.push_back((schedule.due() - now) / kNsPerSecond);
    now = schedule.due();
  }
  EXPECT_EQ(gaps, (std::vector<uint64_t>{1, 2, 4, 8, 16, 32, 60, 60}));
  schedule.succeeded(now);
  EXPECT_EQ(schedule.due(), now + 300 * kNsPerSecond);
  schedule.failed(now);
  EXPECT_EQ(schedule.due(), now + kNsPerSecond);
  KeySchedule quick(kNsPerSecond / 2);
  quick.failed(0);
  EXPECT_EQ(quick.due(), kNsPerSecond / 2) << "never later than without the failure";
}

}  // namespace
}  // namespace gatehouse::control
