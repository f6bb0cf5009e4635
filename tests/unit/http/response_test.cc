#include <gtest/gtest.h>

#include "heads.h"

namespace gatehouse::http {
namespace {

TEST(ResponseHead, ReadsEveryPart) {
  const auto parsed = read_response(
      "HTTP/1.1 404 Not \tFound\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{}");
  ASSERT_EQ(parsed.result.status, ParseStatus::complete);
  const ResponseHead& head = *parsed.head;
  EXPECT_EQ(parsed.result.consumed, parsed.bytes.size() - 2);
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.phrase, "Not \tFound");
  EXPECT_EQ(head.minor, 1);
  EXPECT_EQ(head.framing, Framing::length);
  EXPECT_EQ(head.content_length, 7u);
  EXPECT_TRUE(head.has_content_length);
  EXPECT_TRUE(head.keep_alive);
  ASSERT_EQ(head.fields.count, 2u);
  EXPECT_EQ(head.fields.items[0].id, FieldId::content_type);
  EXPECT_EQ(read_response("HTTP/1.1 200 \r\n\r\n").head->phrase, "");
}

TEST(ResponseHead, FramingFollowsRfc9112Section63) {
  struct Case {
    ByteView status, fields, method;
    Framing framing;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"200 OK", "Content-Length: 5\r\n", "GET", Framing::length},
           {"200 OK", "Content-Length: 0\r\n", "GET", Framing::length},
           {"200 OK", "Transfer-Encoding: chunked\r\n", "GET", Framing::chunked},
           {"200 OK", "", "GET", Framing::until_close},
           {"500 x", "", "POST", Framing::until_close},
           {"200 OK", "Content-Length: 5\r\n", "HEAD", Framing::none},
           {"200 OK", "Transfer-Encoding: chunked\r\n", "HEAD", Framing::none},
           {"200 OK", "", "HEAD", Framing::none},
           {"200 OK", "Content-Length: 5\r\n", "head", Framing::length},  // methods have case
           {"304 x", "Content-Length: 5\r\n", "GET", Framing::none},
           {"304 x", "", "GET", Framing::none},
           {"204 x", "", "GET", Framing::none},
           {"204 x", "Content-Length: 0\r\n", "GET", Framing::none},
           {"204 x", "Content-Length: 0\r\n", "HEAD", Framing::none},
           {"100 Continue", "", "POST", Framing::none},
           {"103 Early Hints", "Link: </a>\r\n", "GET", Framing::none},
       }) {
    const auto parsed = read_response(
        "HTTP/1.1 " + std::string(c.status) + "\r\n" + std::string(c.fields) + "\r\n", c.method);
    ASSERT_EQ(parsed.result.status, ParseStatus::complete) << c.status << c.fields;
    EXPECT_EQ(parsed.head->framing, c.framing) << c.status << c.fields << c.method;
  }
  EXPECT_TRUE(read_response("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n").head->has_content_length);
  EXPECT_FALSE(read_response("HTTP/1.1 204 x\r\nContent-Length: 0\r\n\r\n").head->has_content_length);
}

TEST(ResponseHead, UntilCloseIsNeverKeptAlive) {
  EXPECT_FALSE(read_response("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n").head->keep_alive);
  EXPECT_TRUE(read_response("HTTP/1.1 204 x\r\n\r\n").head->keep_alive);
  EXPECT_FALSE(read_response("HTTP/1.1 204 x\r\nConnection: close\r\n\r\n").head->keep_alive);
  EXPECT_FALSE(read_response("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n").head->keep_alive);
  EXPECT_TRUE(read_response("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n")
                  .head->keep_alive);
}

TEST(ResponseAttack, SwitchingProtocolsHasItsOwnReason) {
  EXPECT_EQ(response_reason("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
            Reason::origin_upgrade);
  EXPECT_EQ(response_reason("HTTP/1.1 101 "), Reason::origin_upgrade);  // as soon as it is certain
}

TEST(ResponseAttack, InterimAnd204WithFraming) {
  for (const ByteView status : {"100", "103", "199", "204"}) {
    for (const ByteView field :
         {"Content-Length: 0", "Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: 00",
          "Content-Length: 0, 0", "Content-Length: 0\r\nContent-Length: 0",
          "Content-Length: 0\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 0"}) {
      if (status == "204" && field == "Content-Length: 0") continue;   // taken, and dropped
      EXPECT_EQ(
          response_reason("HTTP/1.1 " + std::string(status) + " x\r\n" + std::string(field) + "\r\n\r\n"),
          Reason::origin_response)
          << status << field;
    }
  }
}

TEST(ResponseAttack, ResetContentIsEmptyForEveryReader) {
  for (const std::string fields : {"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n"})
    for (const ByteView method : {"GET", "HEAD"})
      EXPECT_EQ(response_reason("HTTP/1.1 205 x\r\n" + fields + "\r\n", method), Reason::origin_response) << fields;
  EXPECT_EQ(read_response("HTTP/1.1 205 x\r\nContent-Length: 0\r\n\r\n").head->framing, Framing::length);
}

TEST(ResponseAttack, FramingConflicts) {
  for (const ByteView fields :
       {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "Content-Length: 4\r\nContent-Length: 4\r\n",
        "Content-Length: 4, 4\r\n", "Content-Length: +4\r\n", "Content-Length:\r\n",
        "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Connection: a b\r\n", "Connection: content-length\r\n"}) {
    for (const ByteView method : {"GET", "HEAD"})
      EXPECT_EQ(response_reason("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n", method),
                Reason::origin_response)
          << fields;
  }
  EXPECT_EQ(response_reason("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Reason::origin_response);
}

TEST(ResponseAttack, MalformedStatusLines) {
  for (const ByteView line : {"",
                              " HTTP/1.1 200 OK",
                              "HTTP/1.1 200",
                              "HTTP/1.1  200 OK",
                              "HTTP/1.1 20 OK",
                              "HTTP/1.1 2000 OK",
                              "HTTP/1.1 099 x",
                              "HTTP/1.1 600 x",
                              "HTTP/1.1 -20 x",
                              "HTTP/1.1 2xx x",
                              "HTTP/1.2 200 OK",
                              "HTTP/2.0 200 OK",
                              "HTTP/2 200",
                              "http/1.1 200 OK",
                              "HTTP/1.1\t200 OK",
                              "HTTP/1.1 200\tOK",
                              "ICY 200 OK",
                              "GET / HTTP/1.1",
                              "HTTP/1.1 200 O\x01K",
                              "HTTP/1.1 200 O\x7fK"}) {
    EXPECT_EQ(response_reason(std::string(line) + "\r\n\r\n"), Reason::origin_response) << line;
  }
}

TEST(ResponseAttack, MalformedFieldsAndLineEnds) {
  for (const ByteView text : {"HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\rX", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
                              "HTTP/1.1 200 OK\r\nX: y\n\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n",
                              "HTTP/1.1 200 OK\r\n: y\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\x01\r\n\r\n",
                              "HTTP/1.1 200 OK\r\n\n", "\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    EXPECT_EQ(response_reason(text), Reason::origin_response) << text;
  }
}

TEST(ResponseLimits, HaveOneReason) {
  Limits limits;
  limits.head_fields = 1;
  EXPECT_EQ(response_reason("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n", "GET", limits),
            Reason::origin_head_too_large);
  limits.head_bytes = 64;
  EXPECT_EQ(response_reason("HTTP/1.1 200 OK\r\nA: " + std::string(64, 'a'), "GET", limits),
            Reason::origin_head_too_large);
}

TEST(ResponseHead, AnUpgradeOfferIsNoUpgrade) {  // RFC 9110 section 7.8: servers may advertise
  EXPECT_EQ(response_reason("HTTP/1.1 200 OK\r\nUpgrade: h2\r\nConnection: Upgrade\r\n\r\n"), Reason::none);
}

}  // namespace
}  // namespace gatehouse::http
