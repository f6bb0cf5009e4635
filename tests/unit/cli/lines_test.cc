// JSON for people, ages of libraries, and the admin client against a socket that misbehaves.
#include <gtest/gtest.h>
#include <hs.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <thread>

#include "cli/admin_client.h"
#include "cli/json_lines.h"
#include "cli/version_text.h"

namespace gatehouse::cli {
namespace {

TEST(JsonLines, ObjectsAreLinesAndListsHaveTheIdFirst) {
  EXPECT_EQ(json_lines(R"({"id":"1","n":3,"who":{"subject":"job","groups":["a","b"]},"none":null})"),
            "id: 1\nn: 3\nwho.subject: job\nwho.groups: a, b\nnone: null\n");
  EXPECT_EQ(json_lines(R"([{"state":"waiting","id":"1","digest":"ff"},{"id":"2"}])"),
            "1  state=waiting\n2\n");
  EXPECT_EQ(json_lines(R"({"approvals":[{"id":"1","path":"/a"}]})"), "1  path=/a\n");
  EXPECT_EQ(json_lines("[]"), "");
  EXPECT_EQ(json_lines("not json"), "not json\n");
}

TEST(JsonLines, NothingReachesTheTerminalThatSteersIt) {
  for (const char* document : {R"({"id":"\u001b[2J","\u202ek":"\u0007"})",
                               R"([{"id":"a\nb","x":["\u001b"]}])", "\x1b[31m not json"}) {
    const std::string text = json_lines(document);
    for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << text;
    EXPECT_EQ(text.find("\u202e"), std::string::npos);
  }
  EXPECT_EQ(json_lines(R"([{"id":"a\nb"}])"), "a\\u{a}b\n");  // one entry stays one line
}

TEST(JsonLines, DeepDocumentsAreBounded) {
  std::string deep;
  for (int i = 0; i < 500; ++i) deep += "{\"a\":";
  deep += "1" + std::string(500, '}');
  EXPECT_FALSE(json_lines(deep).empty());
}

TEST(Version, AgesAreSaidInMonthsThenYears) {
  const Month month{2023, 4};
  EXPECT_EQ(month.text(), "2023-04");
  EXPECT_EQ(month.age(2023 * 12 + 3), 0);
  EXPECT_EQ(month.age(2024 * 12 + 4), 13);
  EXPECT_EQ(month.age(2020 * 12), 0);  // a clock that is wrong
  EXPECT_EQ(month.described(2023 * 12 + 4), "released 2023-04, 1 month old");
  EXPECT_EQ(month.described(2026 * 12 + 3), "released 2023-04, 3 years old");
  EXPECT_EQ(Month{}.described(2026 * 12), "release date unknown");
  EXPECT_TRUE(release_month("simdjson", "3.0.1").known());
  EXPECT_FALSE(release_month("simdjson", "9.9.9").known());
}

/// Where a library tells when it was released, the table says the same; where it tells when it was built, nothing later.
TEST(Version, AgreesWithWhatLibrariesTellOfThemselves) {
  char pcre2[64] = {};
  ASSERT_GT(pcre2_config(PCRE2_CONFIG_VERSION, pcre2), 0);
  const std::string text = pcre2;   // "10.42 2022-12-11"
  const size_t space = text.find(' ');
  EXPECT_EQ(release_month("PCRE2", text.substr(0, space)).text(), text.substr(space + 1, 7)) << text;
  const std::string patterns = hs_version();   // "5.4.0 2021-01-26"
  const size_t end = patterns.find(' ');
  const bool fork = HS_MAJOR == 5 && HS_MINOR == 4 && HS_PATCH > 2;
  const Month month = release_month(fork ? "Vectorscan" : "Hyperscan", patterns.substr(0, end));
  ASSERT_TRUE(month.known()) << patterns;
  EXPECT_LE(month.text(), patterns.substr(end + 1, 7));
}

/// Gateway answers one connection on a Unix socket with fixed bytes.
class Gateway {
 public:
  explicit Gateway(std::string answer) : answer_(std::move(answer)) {
    char folder[] = "/tmp/gatehouse-admin-XXXXXX";
    folder_ = mkdtemp(folder);
    path_ = folder_ + "/admin.sock";
    socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size());
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(socket_, 1), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Gateway() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }
  const std::string& path() const { return path_; }
  std::string request() const { return request_; }

 private:
  void serve() {
    const int client = accept(socket_, nullptr, nullptr);
    if (client < 0) return;
    char room[4096];
    while (request_.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = recv(client, room, sizeof room, 0);
      if (got <= 0) break;
      request_.append(room, static_cast<size_t>(got));
    }
    for (size_t at = 0; at < answer_.size();) {  // in small pieces
      const ssize_t sent =
          send(client, answer_.data() + at, std::min<size_t>(7, answer_.size() - at), MSG_NOSIGNAL);
      if (sent <= 0) break;
      at += static_cast<size_t>(sent);
    }
    close(client);
  }

  std::string answer_, folder_, path_, request_;
  int socket_ = -1;
  std::thread thread_;
};

Result<AdminAnswer, std::string> asked(const std::string& answer) {
  Gateway gateway(answer);
  return ask_admin(gateway.path(), "GET", "/approvals", "");
}

TEST(AdminClient, ReadsEveryFraming) {
  const auto length = asked("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_TRUE(length.ok()) << length.error();
  EXPECT_EQ(length->status, 200);
  EXPECT_EQ(length->body, "hello");
  EXPECT_EQ(
      asked("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
          ->body,
      "hello");
  EXPECT_EQ(asked("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")->body, "hello");
  EXPECT_EQ(asked("HTTP/1.1 204 No Content\r\n\r\n")->status, 204);
}

TEST(AdminClient, RefusesWhatIsNoAnswer) {
  for (const char* answer :
       {"", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"})
    EXPECT_FALSE(asked(answer).ok()) << answer;
}

TEST(AdminClient, SendsTheWholeRequest) {
  std::string request;
  {
    Gateway gateway("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(ask_admin(gateway.path(), "POST", "/approvals/1/approve", "{}").ok());
    request = gateway.request();
  }
  EXPECT_TRUE(request.starts_with("POST /approvals/1/approve HTTP/1.1\r\nHost: gatehouse\r\n")) << request;
  EXPECT_NE(request.find("Content-Length: 2\r\n"), std::string::npos);
}

TEST(AdminClient, SaysWhyItCannotReachTheGateway) {
  const auto none = ask_admin("/nonexistent/admin.sock", "GET", "/", "");
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().find("No such file"), std::string::npos);
  EXPECT_FALSE(ask_admin("/" + std::string(300, 'x'), "GET", "/", "").ok());
}

}  // namespace
}  // namespace gatehouse::cli
