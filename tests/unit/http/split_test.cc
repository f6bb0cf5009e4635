// However the bytes are cut, the reading is the same; and what cannot become valid fails at once.
#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "heads.h"

namespace gatehouse::http {
namespace {

const std::vector<std::string>& requests() {
  static const std::vector<std::string> texts = {
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "OPTIONS * HTTP/1.0\r\nHost: [::1]:80\r\nConnection: keep-alive\r\n\r\nrest",
      "POST https://a.example:8443/v1/chunk?x=1&y HTTP/1.1\r\nhost:A.example:8443\r\nContent-Length: 12\r\n"
      "X-Empty:\r\nX-Long: " + std::string(200, 'v') + "\r\nExpect: 100-continue\r\n\r\n{\"text\": \"\"}",
      "GET " "http://a HTTP/1.1\r\nHost: a\r\n\r\n",
      // refused, each for another reason and at another place
      "GE(T / HTTP/1.1\r\n",
      "CONNECT a:1 HTTP/1.1\r\n",
      "GET /a#b HTTP/1.1\r\n",
      "GET /a HTTP/1.1\nHost: a\r\n",
      "GET /a HTTP/1.3\r\nHost: a\r\n",
      "GET /a\r\n",
      "GET /a HTTP/1.1\r\nX: y\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: a\r\nX: y\x01\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: a\r\n\rX",
      "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n",
      "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(33000, 'a') + "\r\n\r\n",
  };
  return texts;
}

const std::vector<std::string>& responses() {
  static const std::vector<std::string> texts = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.0 204 \r\nServer: x\r\nConnection: keep-alive\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: " + std::string(300, 'v') + "\r\n\r\n",
      "HTTP/1.1 101 x\r\n",
      "HTTP/1.1 200 O\x01K\r\n",
      "HTTP/1.1 600 O\r\n",
      "HTTP/1.1 204 x\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 204 x\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA: " + std::string(33000, 'v'),
  };
  return texts;
}

/// Feeds growing prefixes that end at the cuts, each copied elsewhere, until the parser has decided.
template <typename Head, typename Parse>
ParseResult feed_in_pieces(const std::string& text, const std::vector<size_t>& cuts, Head& head,
                           std::string& storage, Parse&& parse) {
  HeadScan scan;
  ParseResult result;
  for (const size_t cut : cuts) {
    storage = std::string(text.data(), cut);  // a fresh place each time: nothing may point into the last one
    result = parse(storage, scan, head);
    if (result.status != ParseStatus::need_more) return result;
  }
  return result;
}

template <typename Head, typename Parse>
void expect_cuts_do_not_matter(const std::string& text, Parse&& parse) {
  auto whole = std::make_unique<Head>();
  HeadScan scan;
  const ParseResult expected = parse(text, scan, *whole);
  auto pieces = std::make_unique<Head>();
  std::string storage;
  const auto check = [&](const std::vector<size_t>& cuts) {
    const ParseResult result = feed_in_pieces(text, cuts, *pieces, storage, parse);
    EXPECT_EQ(result.status, expected.status) << text.substr(0, 80);
    EXPECT_EQ(result.reason, expected.reason) << text.substr(0, 80);
    EXPECT_EQ(result.consumed, expected.consumed);
    const bool complete = expected.status == ParseStatus::complete;
    EXPECT_TRUE(!complete || same(*pieces, *whole)) << text.substr(0, 80);
  };
  std::vector<size_t> every;
  for (size_t i = 0; i <= text.size(); ++i) every.push_back(i);
  check(every);
  const size_t step = text.size() > 1000 ? 501 : 1;
  for (size_t i = 0; i <= text.size(); i += step) check({i, text.size()});
  for (size_t i = 0; i <= text.size(); i += step)
    for (size_t j = i; j <= text.size(); j += std::max<size_t>(step, 7)) check({i, j, text.size()});
}

TEST(Split, RequestHeadsAreReadAlikeHoweverTheyAreCut) {
  for (const std::string& text : requests())
    expect_cuts_do_not_matter<RequestHead>(text, [](ByteView bytes, HeadScan& scan, RequestHead& head) {
      return parse_request_head(bytes, Limits{}, scan, head);
    });
}

TEST(Split, ResponseHeadsAreReadAlikeHoweverTheyAreCut) {
  for (const std::string& text : responses())
    expect_cuts_do_not_matter<ResponseHead>(text, [](ByteView bytes, HeadScan& scan, ResponseHead& head) {
      return parse_response_head(bytes, "GET", Limits{}, scan, head);
    });
}

TEST(Split, EveryPrefixOfAValidHeadWantsMore) {
  for (const std::string& text : requests()) {
    const auto whole = read_request(text);
    if (whole.result.status != ParseStatus::complete) continue;
    for (size_t i = 0; i < whole.result.consumed; ++i)
      ASSERT_EQ(read_request(text.substr(0, i)).result.status, ParseStatus::need_more) << i;
  }
}

TEST(Split, BadBytesFailAsSoonAsTheyAreThere) {
  struct Case {
    ByteView start;  // still fine
    ByteView bad;    // bytes that each end it
  };
  using namespace std::string_view_literals;
  for (const Case& c : std::initializer_list<Case>{
           {"", "\r\n \t(\x16\0\x80:/"sv},
           {"GE", "\r\n\t:\x80"},
           {"GET ", " \r\nabc#?\x80"},
           {"GET /a", "#\t\r\n\x7f\x80"},
           {"GET /a ", " \r\nhG"},
           {"GET /a HTTP/1", "1 /\r"},
           {"GET /a HTTP/1.", "2 \r9"},
           {"GET /a HTTP/1.1", "\n 1"},
           {"GET /a HTTP/1.1\r", "\r x"},
           {"GET /a HTTP/1.1\r\n", " \t\n:(\x80"},
           {"GET /a HTTP/1.1\r\nHost", " \t\n\r(\x80"},
           {"GET /a HTTP/1.1\r\nHost: a", "\n\0\x01\x7f"sv},
           {"GET /a HTTP/1.1\r\nHost: a\r", "\r x"},
           {"GET /a HTTP/1.1\r\nHost: a\r\n\r", "\r x"},
       }) {
    EXPECT_EQ(read_request(c.start).result.status, ParseStatus::need_more) << c.start;
    for (const char bad : c.bad) {
      const std::string text = std::string(c.start) + bad;
      EXPECT_EQ(read_request(text).result.status, ParseStatus::error) << c.start << "+" << int{bad};
      HeadScan scan;
      RequestHead head;
      (void)parse_request_head(c.start, Limits{}, scan, head);
      EXPECT_EQ(parse_request_head(text, Limits{}, scan, head).status, ParseStatus::error) << c.start;
    }
  }
}

TEST(Split, ABadLineFailsWithItsLastByteNotWithTheHead) {
  for (const ByteView line : {"Content-Length: x\r\n", "Host: a b\r\n", "Transfer-Encoding: gzip\r\n",
                              "Upgrade: h2c\r\n", "Expect: x\r\n", "Connection: host\r\n", "TE: ;\r\n"})
    EXPECT_EQ(read_request("GET / HTTP/1.1\r\n" + std::string(line)).result.status, ParseStatus::error)
        << line;
}

TEST(Split, NoByteIsSearchedAgainButALoneCr) {
  for (const std::string& text : requests()) {
    HeadScan scan;
    RequestHead head;
    for (size_t i = 0; i <= text.size(); ++i) {
      if (parse_request_head({text.data(), i}, Limits{}, scan, head).status != ParseStatus::need_more) break;
      ASSERT_GE(scan.searched + 1, i) << text.substr(0, 80);
    }
  }
}

/// Old bytes are made unreadable while a long part arrives byte by byte: reading any of them again, which
/// would make the cost quadratic, ends the test with a fault. Only the part's first page stays readable.
void expect_old_bytes_are_not_read(ByteView start) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  constexpr size_t kPages = 6;
  void* mapped = mmap(nullptr, kPages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  char* bytes = static_cast<char*>(mapped);
  std::memset(bytes, 'a', kPages * page);
  std::memcpy(bytes, start.data(), start.size());
  Limits limits;
  limits.head_bytes = limits.target_bytes = 1 << 20;
  const auto head = std::make_unique<RequestHead>();
  HeadScan scan;
  for (size_t i = 1; i <= kPages * page; ++i) {
    ASSERT_EQ(parse_request_head({bytes, i}, limits, scan, *head).status, ParseStatus::need_more) << start;
    ASSERT_EQ(scan.searched, i);
    const size_t behind = (scan.searched - 1) / page;  // whole pages behind the last byte
    if (behind > 1) {
      ASSERT_EQ(mprotect(bytes + page, (behind - 1) * page, PROT_NONE), 0);
    }
  }
  munmap(mapped, kPages * page);
}

TEST(Split, ALongMethodTargetNameOrValueIsReadOnce) {
  expect_old_bytes_are_not_read("");
  expect_old_bytes_are_not_read("GET /");
  expect_old_bytes_are_not_read("GET / HTTP/1.1\r\nX");
  expect_old_bytes_are_not_read("GET / HTTP/1.1\r\nX: ");
}

}  // namespace
}  // namespace gatehouse::http
