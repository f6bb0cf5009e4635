#include "malformed.h"

#include <algorithm>

namespace gatehouse::sim {

namespace {

using namespace std::string_literals;

// Paths end in no number of the book: an origin that sees one of these reports it.
std::string head(const std::string& fields, const std::string& line = "POST /open/x HTTP/1.1") {
  return line + "\r\nHost: gateway.example\r\nAuthorization: Bearer %TOKEN%\r\n" + fields + "\r\n";
}

std::string chunks(const std::string& body) {
  return head("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n", "POST /guarded/x HTTP/1.1") + body;
}

std::string target(const std::string& text) { return head("", "GET " + text + " HTTP/1.1"); }

}  // namespace

const std::vector<Malformed>& malformed_requests() {
  static const std::vector<Malformed> all = {
      {Fault::request_framing, head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {Fault::request_framing, head("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") + "0\r\n\r\n"},
      {Fault::request_framing, head("Transfer-Encoding: chunked\r\n", "POST /open/x HTTP/1.0") + "0\r\n\r\n"},
      {Fault::request_length, head("Content-Length: 1\r\nContent-Length: 1\r\n") + "x"},
      {Fault::request_length, head("Content-Length: 1, 1\r\n") + "x"},
      {Fault::request_length, head("Content-Length: 1\r\nContent-Length: 2\r\n") + "x"},
      {Fault::request_length, head("Content-Length:\r\n") + "x"},
      {Fault::request_length, head("Content-Length: -1\r\n") + "x"},
      {Fault::request_length, head("Content-Length: 0x1\r\n") + "x"},
      {Fault::request_length, head("Content-Length: +1\r\n") + "x"},
      {Fault::request_length, head("Content-Length: 18446744073709551617\r\n") + "x"},
      {Fault::request_encoding, head("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n"},
      {Fault::request_encoding, head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {Fault::request_encoding, head("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n"},
      {Fault::request_encoding, head("Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n"},
      {Fault::request_encoding, head("Transfer-Encoding: identity\r\n")},
      {Fault::request_encoding, head("Transfer-Encoding: chunked;q=1\r\n") + "0\r\n\r\n"},
      {Fault::request_encoding, head("Transfer-Encoding:\tchunked\r\n") + "0\r\n\r\n"},
      {Fault::request_line_end, "GET /open/x HTTP/1.1\nHost: a\n\n"},
      {Fault::request_line_end, head("X: a\nContent-Length: 1\r\n") + "x"},
      {Fault::request_line_end, head("X: a\rTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {Fault::request_field, head("Content-Length : 1\r\n") + "x"},
      {Fault::request_field, head("X: a\r\n Content-Length: 1\r\n") + "x"},
      {Fault::request_field, head("X(a): b\r\n")},
      {Fault::request_field, head("X: \0\r\n"s)},
      {Fault::request_field, head("X\x7f: b\r\n")},
      {Fault::request_field, head("X: \x1b[2J\r\n")},
      {Fault::request_field, head("\xc3\xa4: b\r\n")},
      {Fault::request_field, head(": b\r\n")},
      {Fault::request_field, head("Connection: host\r\n")},
      {Fault::request_field, head("Connection: x-forwarded-for\r\n")},
      {Fault::request_field, head("Connection: authorization\r\n")},
      {Fault::request_host, "GET /open/x HTTP/1.1\r\n\r\n"},
      {Fault::request_host, head("Host: gateway.example\r\n")},
      {Fault::request_host, "GET /open/x HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {Fault::request_host, target("http://other.example/open/x")},
      {Fault::request_host, target("http://gateway.example:81/open/x")},
      {Fault::request_host, "GET /open/x HTTP/1.0\r\n\r\n"},
      {Fault::request_host, "GET /open/x HTTP/1.1\r\nHost:\r\n\r\n"},
      {Fault::request_host, "GET /open/x HTTP/1.1\r\nHost: a,b\r\n\r\n"},
      {Fault::request_host, "GET /open/x HTTP/1.1\r\nHost: u@gateway.example\r\n\r\n"},
      {Fault::request_target, target("/open/../denied/x")},
      {Fault::request_target, target("/open/%2e%2e/denied/x")},
      {Fault::request_target, target("/open/a%2fx")},
      {Fault::request_target, target("/open//x")},
      {Fault::request_target, target("/open/%252e/x")},
      {Fault::request_target, target("/open/a%5cx")},
      {Fault::request_target, target("/open/a\\x")},
      {Fault::request_target, target("/open;a/x")},
      {Fault::request_target, target("/open/..;/x")},
      {Fault::request_target, target("/open/%00/x")},
      {Fault::request_target, target("/open/%c0%ae/x")},
      {Fault::request_target, target("/open/x#f")},
      {Fault::request_target, target("*")},
      {Fault::request_start, "\0\1\2\3\r\n\r\n"s},
      {Fault::request_start, "GET /open/x\r\n\r\n"},
      {Fault::request_start, head("", "GET /open/x HTTP/2.0")},
      {Fault::request_start, head("", "GET /open/x HTTP/1.2")},
      {Fault::request_start, head("", "GET /open/x HTTP/01.1")},
      {Fault::request_start, head("", "GET http://u@gateway.example/open/x HTTP/1.1")},
      {Fault::request_start, head("", "get /open/x HTTP/1.1")},
      {Fault::request_start, head("", "GET  /open/x HTTP/1.1")},
      {Fault::request_upgrade, head("Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\nHTTP2-Settings: AA\r\n")},
      {Fault::request_upgrade, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"},
      {Fault::request_upgrade, head("", "TRACE /open/x HTTP/1.1")},
      {Fault::request_upgrade, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {Fault::request_chunk, chunks("0x4\r\n{}  \r\n0\r\n\r\n")},
      {Fault::request_chunk, chunks("-4\r\n{}  \r\n0\r\n\r\n")},
      {Fault::request_chunk, chunks("10000000000000004\r\n{}  \r\n0\r\n\r\n")},
      {Fault::request_chunk, chunks("4\n{}  \r\n0\r\n\r\n")},
      {Fault::request_chunk, chunks("4\r\n{}   0\r\n\r\n")},
      {Fault::request_chunk, chunks("4;a=" + std::string(600, 'b') + "\r\n{}  \r\n0\r\n\r\n")},
      {Fault::request_chunk, chunks("0\r\nX : y\r\n\r\n")},
      {Fault::request_chunk, chunks("4 \r\n{}  \r\n0\r\n\r\n")},
      {Fault::request_chunk, chunks("4;a\rb\r\n{}  \r\n0\r\n\r\n")},
      {Fault::request_chunk, chunks("4;a=\"\n\"\r\n{}  \r\n0\r\n\r\n")},
      {Fault::request_chunk, chunks("4\r\n{}  \n0\r\n\r\n")},
      {Fault::request_chunk, chunks("0\r\n\n")},
      {Fault::request_chunk, chunks("0\r\nX: y\n\r\n")},
      {Fault::request_chunk, chunks("0\r\nX: y\r\n z\r\n\r\n")},
      {Fault::request_size, head("X: " + std::string(70'000, 'x') + "\r\n")},
      {Fault::request_size, target("/open/" + std::string(20'000, 'x'))},
  };
  return all;
}

const std::vector<Malformed>& malformed_answers() {
  static const std::string ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  static const std::vector<Malformed> all = {
      {Fault::answer_framing, ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {Fault::answer_framing, ok + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"},
      {Fault::answer_framing, ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"},
      {Fault::answer_framing, ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {Fault::answer_framing, ok + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
      {Fault::answer_framing, ok + "Content-Length: 3, 3\r\n\r\nabc"},
      {Fault::answer_framing, ok + "Content-Length: +3\r\n\r\nabc"},
      {Fault::answer_framing, ok + "Connection: content-length\r\nContent-Length: 3\r\n\r\nabc"},
      {Fault::answer_framing, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {Fault::answer_start, "hello\r\n\r\n"},
      {Fault::answer_start, "\0\0\0\0\0\r\n"s},
      {Fault::answer_start, "HTTP/2 200 OK\r\n\r\n"},
      {Fault::answer_start, "HTTP/1.1 700 What\r\n\r\n"},
      {Fault::answer_field, ok + "Content-Length : 3\r\n\r\nabc"},
      {Fault::answer_field, ok + "X: a\r\n b\r\n\r\n"},
      {Fault::answer_field, ok + "X: a\nContent-Length: 0\r\n\r\n"},
      {Fault::answer_field, ok + "X: \0\r\n\r\n"s},
      {Fault::answer_field, ok + "X: a\rSet-Cookie: b\r\n\r\n"},
      {Fault::answer_field, ok + "X(a): b\r\n\r\n"},
      {Fault::answer_field, "HTTP/1.1 200 O\x1bK\r\n\r\n"},
      {Fault::answer_interim, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"},
      {Fault::answer_interim, "HTTP/1.1 103 Early\r\nContent-Length: 3\r\n\r\nabc" + ok + "\r\n"},
      {Fault::answer_interim, "HTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\n"
                               "HTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\n"
                               "HTTP/1.1 102 A\r\n\r\n"},
      {Fault::answer_bodiless, "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc"},
      {Fault::answer_bodiless, "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {Fault::answer_bodiless, "HTTP/1.1 205 Reset Content\r\nContent-Length: 3\r\n\r\nabc"},
      {Fault::answer_bodiless, "HTTP/1.1 205 Reset Content\r\n\r\nabc"},
      {Fault::answer_chunk, ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", false},
      {Fault::answer_chunk, ok + "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", false},
      {Fault::answer_chunk, ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n", false},
      {Fault::answer_chunk, ok + "Transfer-Encoding: chunked\r\n\r\n;" + std::string(600, 'x') + "\r\n", false},
  };
  return all;
}

Lines::Lines(uint64_t seed) : requests_said_(malformed_requests().size()), answers_said_(malformed_answers().size()) {
  if (seed % 3 == 0) request_ = seed / 3 % malformed_requests().size();
  if (seed % 3 == 1) answer_ = seed / 3 % malformed_answers().size();
}

bool Lines::owes_answer(bool to_head) const {
  return answer_ < malformed_answers().size() && (!to_head || malformed_answers()[answer_].to_head);
}

const Malformed& Lines::request(Random& random) {
  const std::vector<Malformed>& all = malformed_requests();
  const size_t at = owes_request() ? request_ : random.below(all.size());
  request_ = SIZE_MAX;
  ++requests_said_[at];
  return all[at];
}

const Malformed& Lines::answer(Random& random, bool to_head) {
  const std::vector<Malformed>& all = malformed_answers();
  size_t at = answer_;
  if (owes_answer(to_head))
    answer_ = SIZE_MAX;
  else
    do at = random.below(all.size());
    while (to_head && !all[at].to_head);
  ++answers_said_[at];
  return all[at];
}

}  // namespace gatehouse::sim
