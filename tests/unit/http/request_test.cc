#include <gtest/gtest.h>

#include "heads.h"

namespace gatehouse::http {
namespace {

struct Sample {
  ByteView text;
  Reason reason;
};

void expect_start_lines(std::initializer_list<Sample> cases) {
  for (const Sample& c : cases)
    EXPECT_EQ(reason_of(std::string(c.text) + "\r\nHost: a\r\n\r\n"), c.reason) << c.text;
}

void expect_fields(std::initializer_list<Sample> cases) {
  for (const Sample& c : cases) EXPECT_EQ(reason_of(with(c.text)), c.reason) << c.text;
}

TEST(RequestHead, ReadsEveryPart) {
  const auto parsed = read_request(
      "POST /v1/chunk/token?size=512&x HTTP/1.1\r\n"
      "Host: chunks.example:8443\r\n"
      "Content-Type:application/json\r\n"
      "X-Empty:\r\n"
      "X-Padded: \t a b \t\r\n"
      "X-Text: caf\xc3\xa9\r\n"
      "Content-Length: 12\r\n\r\nbody");
  ASSERT_EQ(parsed.result.status, ParseStatus::complete);
  const RequestHead& head = *parsed.head;
  EXPECT_EQ(parsed.result.consumed, parsed.bytes.size() - 4);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/v1/chunk/token?size=512&x");
  EXPECT_EQ(head.path, "/v1/chunk/token");
  EXPECT_TRUE(head.has_query);
  EXPECT_EQ(head.query, "size=512&x");
  EXPECT_EQ(head.host, "chunks.example:8443");
  EXPECT_EQ(head.minor, 1);
  EXPECT_EQ(head.framing, Framing::length);
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.expect_continue);
  ASSERT_EQ(head.fields.count, 6u);
  EXPECT_EQ(head.fields.items[1].name, "Content-Type");
  EXPECT_EQ(head.fields.items[1].value, "application/json");
  EXPECT_EQ(head.fields.items[1].id, FieldId::content_type);
  EXPECT_EQ(head.fields.items[2].value, "");
  EXPECT_EQ(head.fields.items[3].value, "a b");
  EXPECT_EQ(head.fields.items[4].value, "caf\xc3\xa9");
}

TEST(RequestHead, QueryMayBeEmptyOrAbsent) {
  auto parsed = read_request("GET /a? HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(parsed.head->has_query);
  EXPECT_EQ(parsed.head->query, "");
  EXPECT_EQ(parsed.head->path, "/a");
  parsed = read_request("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_FALSE(parsed.head->has_query);
  parsed = read_request("GET /a?b?c=/d HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(parsed.head->query, "b?c=/d");
}

TEST(RequestHead, HeadIsReusedWithoutLeftovers) {
  Limits limits;
  RequestHead head;
  HeadScan scan;
  const ByteView first = "POST /a?b HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  ASSERT_EQ(parse_request_head(first, limits, scan, head).status, ParseStatus::complete);
  scan = {};
  const ByteView second = "GET / HTTP/1.1\r\nHost: b\r\n\r\n";
  ASSERT_EQ(parse_request_head(second, limits, scan, head).status, ParseStatus::complete);
  EXPECT_TRUE(same(head, *read_request(second).head));
  scan = {};
  ASSERT_EQ(parse_request_head("GET / HTTP/1.1\r\nbad", limits, scan, head).status, ParseStatus::need_more);
  EXPECT_EQ(head.fields.count, 0u);
}

TEST(RequestAttack, LengthWithEncodingInEitherOrder) {
  expect_fields({
      {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", Reason::http_length_and_encoding},
      {"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", Reason::http_length_and_encoding},
      {"Transfer-Encoding: chunked\r\nX: y\r\ncontent-length: 0\r\n", Reason::http_length_and_encoding},
      {"Content-Length: 4\r\nTransfer-Encoding: identity\r\n", Reason::http_length_and_encoding},
  });
}

TEST(RequestAttack, RepeatedLengthEvenWhenEqual) {
  expect_fields({
      {"Content-Length: 4\r\nContent-Length: 4\r\n", Reason::http_content_length},
      {"Content-Length: 4\r\nContent-Length: 5\r\n", Reason::http_content_length},
      {"Content-Length: 4\r\nX: y\r\nCONTENT-LENGTH: 4\r\n", Reason::http_content_length},
  });
}

TEST(RequestAttack, LengthAsListSignBlankOverflowOrPrefix) {
  for (const ByteView value :
       {"4, 4", "4,4", "+4", "-4", "", " ", "4 4", "4\t4", "0x4", "4.0", "4e1", "4;", "\"4\"", "04", "00",
        "9223372036854775808", "18446744073709551616", "99999999999999999999", "00000000000000000000004",
        "\xd9\xa4", "4a", "a"}) {
    EXPECT_EQ(reason_of(with("Content-Length: " + std::string(value) + "\r\n")), Reason::http_content_length)
        << value;
  }
}

TEST(RequestHead, LengthUpToTheLargestIsRead) {
  EXPECT_EQ(read_request(with("Content-Length: 0\r\n")).head->framing, Framing::length);
  const auto parsed = read_request(with("Content-Length: 9223372036854775807\r\n"));
  EXPECT_EQ(parsed.head->content_length, 9223372036854775807u);
}

TEST(RequestAttack, EncodingOtherThanOneFinalChunked) {
  for (const ByteView value :
       {"gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "gzip", "", "chunked,", ",chunked",
        "chunked;q=1", "\"chunked\"", "x-chunked", "chunke", "chunkedd", "chunked\tchunked", "'chunked'", "chunked\t", "\tchunked",
        "chunked\x80", "\xffhunked"}) {
    EXPECT_EQ(reason_of(with("Transfer-Encoding: " + std::string(value) + "\r\n")),
              Reason::http_transfer_encoding)
        << value;
  }
  expect_fields({
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Reason::http_transfer_encoding},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", Reason::http_transfer_encoding},
      {"Transfer-Encoding:\x0b" "chunked\r\n", Reason::http_field_value},
      {"Transfer-Encoding:\r\n chunked\r\n", Reason::http_transfer_encoding},
      {"X: y\r\n Transfer-Encoding: chunked\r\n", Reason::http_obs_fold},
  });
}

TEST(RequestHead, ChunkedIsReadInAnyCase) {
  for (const ByteView value : {"chunked", "Chunked", " CHUNKED "})
    EXPECT_EQ(read_request(with("Transfer-Encoding:" + std::string(value) + "\r\n")).head->framing,
              Framing::chunked);
}

TEST(RequestAttack, EncodingWithHttp10) {
  EXPECT_EQ(reason_of("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Reason::http_transfer_encoding);
}

TEST(RequestAttack, SpaceBeforeTheColon) {
  expect_fields({
      {"Content-Length : 4\r\n", Reason::http_field_name},
      {"Transfer-Encoding\t: chunked\r\n", Reason::http_field_name},
      {"X : y\r\n", Reason::http_field_name},
  });
}

TEST(RequestAttack, FoldedLines) {
  expect_fields({
      {"X: y\r\n z\r\n", Reason::http_obs_fold},
      {"X: y\r\n\tz\r\n", Reason::http_obs_fold},
      {"X: y\r\n \r\n", Reason::http_obs_fold},
  });
  EXPECT_EQ(reason_of("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), Reason::http_obs_fold);
}

TEST(RequestAttack, BareCrOrLfAnywhere) {
  expect_fields({
      {"X: y\n", Reason::http_line_end},
      {"X: y\rZ: 1\r\n", Reason::http_line_end},
      {"X: y\r\r\n", Reason::http_line_end},
      {"X: \ry\r\n", Reason::http_line_end},
      {"X\ny: z\r\n", Reason::http_line_end},
      {"X\r\n", Reason::http_field_name},
      {"\n", Reason::http_line_end},
      {"\r\r\n", Reason::http_line_end},
  });
  EXPECT_EQ(reason_of("GET / HTTP/1.1\nHost: a\n\n"), Reason::http_line_end);
  EXPECT_EQ(reason_of("GET / HTTP/1.1\rHost: a\r\n\r\n"), Reason::http_line_end);
  EXPECT_EQ(reason_of("GET / HTTP/1.1\r\nHost: a\r\n\n"), Reason::http_line_end);
  EXPECT_EQ(reason_of("GET / HTTP/1.1\r\nHost: a\r\n\rX"), Reason::http_line_end);
}

TEST(RequestAttack, NulAndControlBytesInValues) {
  for (int c = 0; c < 256; ++c) {
    const std::string text = with("X: a" + std::string(1, static_cast<char>(c)) + "b\r\n");
    const bool control = (c < 0x20 && c != '\t') || c == 0x7f;
    const Reason expected = !control                ? Reason::none
                            : c == '\r' || c == '\n' ? Reason::http_line_end
                                                     : Reason::http_field_value;
    EXPECT_EQ(reason_of(text), expected) << c;
  }
}

TEST(RequestAttack, InvalidFieldNamesAreRefusedNotDropped) {
  const ByteView token_bytes =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int c = 0; c < 256; ++c) {
    if (c == ':') continue;  // ends the name
    const bool token = token_bytes.find(static_cast<char>(c)) != ByteView::npos;
    const Reason expected = token       ? Reason::none
                            : c == '\n' ? Reason::http_line_end
                                        : Reason::http_field_name;
    EXPECT_EQ(reason_of(with("X" + std::string(1, static_cast<char>(c)) + "y: z\r\n")), expected) << c;
  }
  expect_fields({{": y\r\n", Reason::http_field_name},
                 {"X\r\n", Reason::http_field_name},
                 {"no colon here\r\n", Reason::http_field_name}});
}

TEST(RequestAttack, MissingHost) {
  EXPECT_EQ(reason_of("GET / HTTP/1.1\r\n\r\n"), Reason::http_host);
  EXPECT_EQ(reason_of("GET / HTTP/1.0\r\n\r\n"), Reason::http_host);
  EXPECT_EQ(reason_of("GET http://a/ HTTP/1.1\r\n\r\n"), Reason::http_host);
}

TEST(RequestAttack, RepeatedHost) {
  EXPECT_EQ(reason_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), Reason::http_host);
  EXPECT_EQ(reason_of("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhOST: b\r\n\r\n"), Reason::http_host);
}

TEST(RequestAttack, MalformedHost) {
  for (const ByteView host : {"",
                              "a b",
                              "a,b",
                              "a, a",
                              "a/b",
                              "a@b",
                              "user:pw@a",
                              "a:",
                              "a:0",
                              "a:65536",
                              "a:080",
                              "a:80x",
                              "a:-1",
                              ":80",
                              "[::1",
                              "::1",
                              "[::1]x",
                              "[::g]",
                              "[:::1]",
                              "[1]",
                              "[]",
                              "[1:2:3:4:5:6:7:8:9]",
                              "[::1%25eth0]",
                              "a%2eb",
                              ".a",
                              "a..b",
                              "http://a",
                              "a\\b",
                              "a?b",
                              "a#b",
                              "\xc3\xa9.example",
                              "a:80:80",
                              "[::1.2.3.256]",
                              "[::1:]", "[1::2::3]", "[1:2:3:4:5:6:7:8::]"}) {
    EXPECT_EQ(reason_of("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), Reason::http_host)
        << host;
  }
  for (const ByteView host :
       {"a", "a.example", "a.example.", "my_service:8000", "127.0.0.1:65535", "[::1]", "[::]:443",
        "[2001:db8::7]:1", "[1:2:3:4:5:6:7:8]", "[::ffff:10.0.0.1]", "[1::]", "A-B"}) {
    EXPECT_EQ(reason_of("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), Reason::none) << host;
  }
}

TEST(RequestAttack, AbsoluteFormUnlikeHost) {
  struct Absolute {
    ByteView target, host;
    Reason reason;
  };
  for (const Absolute& c : std::initializer_list<Absolute>{
           {"http://a/x", "a", Reason::none},
           {"HTTPS://A:8443/x?y", "a:8443", Reason::none},
           {"http://a", "a", Reason::none},
           {"http://a?q", "a", Reason::none},
           {"http://b/x", "a", Reason::http_host},
           {"http://a:80/x", "a", Reason::http_host},
           {"http://a/x", "a:80", Reason::http_host},
           {"http://u@a/x", "a", Reason::http_target},
           {"http:///x", "a", Reason::http_target},
           {"http:/x", "a", Reason::http_target},
           {"http//a/x", "a", Reason::http_target},
           {"ftp://a/x", "a", Reason::http_target},
           {"a:80", "a", Reason::http_target},
           {"h", "a", Reason::http_target},
       }) {
    EXPECT_EQ(
        reason_of("GET " + std::string(c.target) + " HTTP/1.1\r\nHost: " + std::string(c.host) + "\r\n\r\n"),
        c.reason)
        << c.target;
  }
  auto parsed = read_request("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(parsed.head->path, "/");
  EXPECT_FALSE(parsed.head->has_query);
  parsed = read_request("GET https://a:1/p?q HTTP/1.1\r\nHost: a:1\r\n\r\n");
  EXPECT_EQ(parsed.head->path, "/p");
  EXPECT_EQ(parsed.head->query, "q");
  EXPECT_EQ(parsed.head->host, "a:1");
}

TEST(RequestAttack, Fragments) {
  expect_start_lines({{"GET /a#b HTTP/1.1", Reason::http_target},
                      {"GET /a?b#c HTTP/1.1", Reason::http_target},
                      {"GET # HTTP/1.1", Reason::http_target},
                      {"GET /# HTTP/1.1", Reason::http_target}});
}

TEST(RequestAttack, Http09) {
  expect_start_lines({{"GET /", Reason::http_version}, {"GET /a?b", Reason::http_version}});
  EXPECT_EQ(reason_of("GET /\n"), Reason::http_version);
}

TEST(RequestAttack, BadVersions) {
  expect_start_lines({
      {"GET / HTTP/2.0", Reason::http_version},
      {"GET / HTTP/1.2", Reason::http_version},
      {"GET / HTTP/1.10", Reason::http_version},
      {"GET / HTTP/0.9", Reason::http_version},
      {"GET / HTTP/1", Reason::http_version},
      {"GET / HTTP/01.1", Reason::http_version},
      {"GET / http/1.1", Reason::http_request_line},
      {"GET / Http/1.1", Reason::http_version},
      {"GET / HTTP/1,1", Reason::http_version},
      {"GET / HTTP/1.1 ", Reason::http_version},
      {"GET / HTTP /1.1", Reason::http_version},
      {"GET / HTTPS/1.1", Reason::http_version},
      {"GET / ", Reason::http_request_line},
      {"GET / x HTTP/1.1", Reason::http_request_line},
  });
  EXPECT_EQ(read_request("GET / HTTP/1.0\r\nHost: a\r\n\r\n").head->minor, 0);
}

TEST(RequestAttack, MalformedRequestLines) {
  expect_start_lines({
      {"", Reason::http_request_line},
      {" GET / HTTP/1.1", Reason::http_request_line},
      {"GET  / HTTP/1.1", Reason::http_request_line},
      {"GET /  HTTP/1.1", Reason::http_request_line},
      {"GET\t/ HTTP/1.1", Reason::http_request_line},
      {"GET", Reason::http_request_line},
      {"G(T / HTTP/1.1", Reason::http_request_line},
      {"G\x80T / HTTP/1.1", Reason::http_request_line},
      {"GET a HTTP/1.1", Reason::http_target},
      {"GET ?a HTTP/1.1", Reason::http_target},
      {"GET /a\tb HTTP/1.1", Reason::http_target},
      {"GET /\x7f HTTP/1.1", Reason::http_target},
      {"GET /\x80 HTTP/1.1", Reason::http_target},
      {"GET /\xc3\xa9 HTTP/1.1", Reason::http_target},
  });
  using namespace std::string_view_literals;
  EXPECT_EQ(reason_of("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"sv), Reason::http_target);
}

TEST(RequestAttack, EmptyLinesBeforeTheRequest) {
  EXPECT_EQ(reason_of("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), Reason::http_request_line);
  EXPECT_EQ(reason_of("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), Reason::http_request_line);
}

TEST(RequestAttack, ConnectTraceAndUpgradeAreNotServed) {
  expect_start_lines({{"CONNECT a:443 HTTP/1.1", Reason::http_upgrade},
                      {"TRACE / HTTP/1.1", Reason::http_upgrade},
                      {"connect a:443 HTTP/1.1", Reason::http_upgrade},
                      {"Trace / HTTP/1.1", Reason::http_upgrade},
                      {"TRACER / HTTP/1.1", Reason::none}});
  expect_fields(
      {{"Connection: Upgrade\r\nUpgrade: websocket\r\n", Reason::http_upgrade},
       {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n", Reason::http_upgrade},
       {"upgrade:\r\n", Reason::http_upgrade}});
  EXPECT_NE(reason_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Reason::none);
}

TEST(RequestAttack, ExpectOtherThanOneContinue) {
  expect_fields({
      {"Expect: 100-continue\r\n", Reason::none},
      {"Expect: 100-Continue\r\n", Reason::none},
      {"Expect: 200-ok\r\n", Reason::http_expect},
      {"Expect:\r\n", Reason::http_expect},
      {"Expect: 100-continue, 100-continue\r\n", Reason::http_expect},
      {"Expect: 100-continue\r\nExpect: 100-continue\r\n", Reason::http_expect},
      {"Expect: 100-continue;a=b\r\n", Reason::http_expect},
  });
  EXPECT_TRUE(read_request(with("Expect: 100-continue\r\nContent-Length: 1\r\n")).head->expect_continue);
  EXPECT_TRUE(
      read_request(with("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n")).head->expect_continue);
  EXPECT_FALSE(read_request(with("Expect: 100-continue\r\nContent-Length: 0\r\n")).head->expect_continue);
  EXPECT_FALSE(read_request("POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
                   .head->expect_continue);
}

TEST(RequestAttack, MethodsHaveOneSpelling) {
  expect_start_lines({{"DELETE / HTTP/1.1", Reason::none},
                      {"M-SEARCH / HTTP/1.1", Reason::none},
                      {"delete / HTTP/1.1", Reason::http_method},
                      {"dELETE / HTTP/1.1", Reason::http_method},
                      {"DELETe / HTTP/1.1", Reason::http_method},
                      {"options * HTTP/1.1", Reason::http_method},
                      {"connect a:1 HTTP/1.1", Reason::http_upgrade},
                      {"PRI * HTTP/2.0", Reason::http_upgrade}});
}

TEST(RequestAttack, AsteriskOnlyForOptions) {
  expect_start_lines({{"OPTIONS * HTTP/1.1", Reason::none},
                      {"OPTIONS / HTTP/1.1", Reason::none},
                      {"GET * HTTP/1.1", Reason::http_target},
                      {"OPTIONS ** HTTP/1.1", Reason::http_target},
                      {"OPTIONS *?a HTTP/1.1", Reason::http_target},
                      {"OPTIONS http://a HTTP/1.1", Reason::http_target}});
  EXPECT_EQ(read_request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").head->path, "*");
}

TEST(RequestAttack, ConnectionAndTeMustBeTokenLists) {
  expect_fields({
      {"Connection: keep-alive\r\n", Reason::none},
      {"Connection: close , TE,x-mine\r\nTE: trailers\r\n", Reason::none},
      {"Connection: , ,close,\r\n", Reason::none},  // RFC 9110 section 5.6.1.2: empty members are skipped
      {"Connection: close keep-alive\r\n", Reason::http_te},
      {"Connection: clo\"se\r\n", Reason::http_te},
      {"Connection: close;a=b\r\n", Reason::http_te},
      {"Connection: clo\x80se\r\n", Reason::http_te},
      {"TE: trailers, deflate;q=0.5, gzip ; q=1\r\n", Reason::none},
      {"TE:\r\n", Reason::none},
      {"TE: tra ilers\r\n", Reason::http_te},
      {"TE: trailers;\r\n", Reason::http_te},
      {"TE: trailers;q\r\n", Reason::http_te},
      {"TE: ;q=1\r\n", Reason::http_te},
      {"TE: a;q=\"1\"\r\n", Reason::http_te},
  });
}

TEST(RequestAttack, ConnectionMayNotNameIdentityOrFraming) {
  for (const ByteView name :
       {"Host", "content-length", "Transfer-Encoding", "Authorization", "Cookie", "Forwarded",
        "X-Forwarded-For", "X-Forwarded-Anything", "X-Request-Id", "Content-Type", "Via", "Content-Language",
        "X-Real-IP", "Expect", "If-Match", "Cache-Control"}) {
    EXPECT_EQ(reason_of(with("Connection: close, " + std::string(name) + "\r\n")), Reason::http_te) << name;
  }
  for (const ByteView name : {"Keep-Alive", "TE", "Trailer", "Proxy-Authorization", "X-Mine", "X-Forwarded"})
    EXPECT_EQ(reason_of(with("Connection: " + std::string(name) + "\r\n")), Reason::none) << name;
}

TEST(RequestHead, KeepAliveIsWhatVersionAndConnectionSay) {
  struct Alive {
    ByteView version, fields;
    bool expected;
  };
  for (const Alive& c : std::initializer_list<Alive>{
           {"1", "", true},
           {"1", "Connection: close\r\n", false},
           {"1", "Connection: x\r\nConnection: y, CLOSE\r\n", false},
           {"1", "Connection: keep-alive, close\r\n", false},
           {"1", "Connection: closed\r\n", true},
           {"0", "", false},
           {"0", "Connection: Keep-Alive\r\n", true},
           {"0", "Connection: close, keep-alive\r\n", false},
           {"0", "Proxy-Connection: keep-alive\r\n", false},
       }) {
    const auto parsed = read_request("GET / HTTP/1." + std::string(c.version) + "\r\nHost: a\r\n" +
                                     std::string(c.fields) + "\r\n");
    ASSERT_EQ(parsed.result.status, ParseStatus::complete) << c.fields;
    EXPECT_EQ(parsed.head->keep_alive, c.expected) << c.version << c.fields;
  }
}

TEST(RequestLimits, HeadBytes) {
  Limits limits;
  const std::string text = with("X: y\r\n");
  limits.head_bytes = static_cast<uint32_t>(text.size());
  EXPECT_EQ(reason_of(text, limits), Reason::none);
  EXPECT_EQ(reason_of(text + "body", limits), Reason::none);
  --limits.head_bytes;
  EXPECT_EQ(reason_of(text, limits), Reason::limit_head_bytes);
  EXPECT_EQ(reason_of(text + "body", limits), Reason::limit_head_bytes);
  limits.head_bytes = 100;
  EXPECT_EQ(reason_of("GET /" + std::string(94, 'a'), limits), Reason::client_closed);
  EXPECT_EQ(reason_of("GET /" + std::string(95, 'a'), limits), Reason::limit_head_bytes);
}

TEST(RequestLimits, HeadFields) {
  Limits limits;
  limits.head_fields = 3;
  EXPECT_EQ(reason_of(with("A: 1\r\nB: 2\r\n"), limits), Reason::none);
  EXPECT_EQ(reason_of(with("A: 1\r\nB: 2\r\nC: 3\r\n"), limits), Reason::limit_head_fields);
  limits.head_fields = 1'000'000;  // the list has room for kHeadFieldsMax, whatever the configuration says
  std::string fields;
  for (size_t i = 1; i < kHeadFieldsMax; ++i) fields += "A: 1\r\n";
  EXPECT_EQ(reason_of(with(fields), limits), Reason::none);
  EXPECT_EQ(reason_of(with(fields + "A: 1\r\n"), limits), Reason::limit_head_fields);
}

TEST(RequestLimits, TargetBytes) {
  Limits limits;
  limits.target_bytes = 10;
  EXPECT_EQ(reason_of("GET /" + std::string(9, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits), Reason::none);
  EXPECT_EQ(reason_of("GET /" + std::string(10, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits),
            Reason::limit_target_bytes);
  EXPECT_EQ(reason_of("GET /" + std::string(10, 'a'), limits), Reason::limit_target_bytes);
}

}  // namespace
}  // namespace gatehouse::http
