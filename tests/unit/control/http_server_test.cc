#include "control/http_server.h"

#include <gtest/gtest.h>

namespace gatehouse::control {
namespace {

struct Seen {
  std::string text;
  HttpServer server{[this](const Request& request) {
    text += std::string(request.method) + " " + std::string(request.path) + " [" + std::string(request.query) + "] (" +
            std::string(request.body) + ");";
    Answer answer;
    answer.body = "yes\n";
    return answer;
  }};
};

constexpr ByteView kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\nCache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n";

TEST(HttpServer, AnswersInOrder) {
  Seen seen;
  std::string out;
  EXPECT_TRUE(seen.server.feed("GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n"
                               "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /c HTTP/1.1\r\nHo", out));
  EXPECT_EQ(seen.text, "GET /a [x=1] ();POST /b [] (abc);");
  const std::string one = std::string(kHead) + "\r\nyes\n";
  EXPECT_EQ(out, one + one);
  EXPECT_FALSE(seen.server.between());
  EXPECT_TRUE(seen.server.feed("st: h\r\n\r\n", out));
  EXPECT_EQ(out, one + one + one);
  EXPECT_TRUE(seen.server.between());
}

TEST(HttpServer, AnAnswerThatComesLaterKeepsItsPlace) {
  std::vector<std::string> asked;
  HttpServer server([&asked](const Request& request) {
    asked.emplace_back(request.path);
    Answer answer;
    answer.body = "yes\n";
    answer.later = request.path == "/slow";
    return answer;
  });
  std::string out;
  EXPECT_TRUE(server.feed("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n", out));
  EXPECT_EQ(out, "");
  EXPECT_TRUE(server.waiting());
  EXPECT_FALSE(server.between());
  EXPECT_EQ(asked, std::vector<std::string>{"/slow"}) << "nothing is asked meanwhile";
  Answer late;
  late.status = 422;
  late.body = "no\n";
  server.answer(late);
  EXPECT_FALSE(server.waiting());
  EXPECT_TRUE(server.more());
  EXPECT_TRUE(server.feed("", out));
  EXPECT_TRUE(out.starts_with("HTTP/1.1 422 Unprocessable Content\r\n")) << out;
  EXPECT_TRUE(out.ends_with("\r\n\r\nyes\n")) << out;
  EXPECT_EQ(asked, (std::vector<std::string>{"/slow", "/next"}));
  EXPECT_TRUE(server.between());
}

TEST(HttpServer, AnswersNoMoreThanIsTaken) {
  int served = 0;
  HttpServer server([&served](const Request&) {
    ++served;
    Answer answer;
    answer.body = std::string(10'000, 'x');
    return answer;
  });
  std::string pipelined, out;
  for (int i = 0; i < 100; ++i) pipelined += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_TRUE(server.feed(pipelined, out));
  EXPECT_EQ(served, 2);
  for (int i = 2; i < 100; i += 2) {
    EXPECT_EQ(served, i);
    EXPECT_TRUE(server.more());
    EXPECT_FALSE(server.between());
    out.clear();
    EXPECT_TRUE(server.feed({}, out));
    EXPECT_LT(out.size(), 2 * HttpServer::kAnswersMax);
  }
  out.clear();
  EXPECT_TRUE(server.feed({}, out));
  EXPECT_EQ(served, 100);
  EXPECT_EQ(out, "");
  EXPECT_FALSE(server.more());
  EXPECT_TRUE(server.between());
}

TEST(HttpServer, TakesBytesOneByOne) {
  Seen seen;
  std::string out;
  const std::string wire =
      "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  for (size_t i = 0; i + 1 < wire.size(); ++i) ASSERT_TRUE(seen.server.feed(wire.substr(i, 1), out));
  EXPECT_FALSE(seen.server.feed(wire.substr(wire.size() - 1), out)) << "the client asked to close";
  EXPECT_EQ(seen.text, "POST /b [] (abcde);GET / [] ();");
  EXPECT_TRUE(out.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(out.ends_with("Connection: close\r\n\r\nyes\n"));
}

TEST(HttpServer, SendsNoBodyForHead) {
  Seen seen;
  std::string out;
  EXPECT_TRUE(seen.server.feed("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", out));
  EXPECT_EQ(out, std::string(kHead) + "\r\n");
}

struct BadCase {
  std::string wire;
  const char* status;
  const char* reason;
};

TEST(HttpServer, RefusesAndEnds) {
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X: y\r\n";
  const BadCase cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", "400", "http_host"},
      {"GET / HTTP/1.1\nHost: h\n\n", "400", "http_line_end"},
      {"\x16\x03\x01\x02", "400", "http_request_line"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "400",
       "http_length_and_encoding"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n", "413", "limit_body_bytes"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5000\r\n" + std::string(20'480, 'x'), "413",
       "limit_body_bytes"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(10'000, 'x'), "431", "limit_head_bytes"},
      {"GET / HTTP/1.1\r\nHost: h\r\n" + many + "\r\n", "431", "limit_head_fields"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400", "http_chunk"},
  };
  for (const BadCase& bad : cases) {
    Seen seen;
    std::string out;
    EXPECT_FALSE(seen.server.feed(bad.wire, out)) << bad.reason;
    EXPECT_TRUE(out.starts_with("HTTP/1.1 " + std::string(bad.status) + " ")) << out;
    EXPECT_NE(out.find("{\"error\":\"" + std::string(bad.reason) + "\""), std::string::npos) << out;
    EXPECT_NE(out.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_EQ(seen.text, "") << "a refused request reaches nobody";
    EXPECT_EQ(out.find("limits."), std::string::npos) << "no key of the configuration changes what is taken here: " << out;
  }
}

}  // namespace
}  // namespace gatehouse::control
