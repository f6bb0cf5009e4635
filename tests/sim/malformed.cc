#include "malformed.h"

#include <vector>

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

const std::vector<Malformed>& requests() {
  static const std::vector<Malformed> all = {
      {Fault::request_framing, head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {Fault::request_framing, head("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") + "0\r\n\r\n"},
      {Fault::request_framing, head("Transfer-Encoding: chunked\r\n", "POST /open/x HTTP/1.0") + "0\r\n\r\n"},
      {Fault::request_length, head("Content-Length: 1\r\nContent-Length: 1\r\n") + "x"},
      {Fault::request_length, head("Content-Length: 1, 1\r\n") + "x"},
      {Fault::request_length, head("Content-Length: +1\r\n") + "x"},
      {Fault::request_length, head("Content-Length: 18446744073709551617\r\n") + "x"},
      {Fault::request_encoding, head("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n"},
      {Fault::request_encoding, head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {Fault::request_encoding, head("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n"},
      {Fault::request_line_end, "GET /open/x HTTP/1.1\nHost: a\n\n"},
      {Fault::request_line_end, head("X: a\nContent-Length: 1\r\n") + "x"},
      {Fault::request_line_end, head("X: a\rTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {Fault::request_field, head("Content-Length : 1\r\n") + "x"},
      {Fault::request_field, head("X: a\r\n Content-Length: 1\r\n") + "x"},
      {Fault::request_field, head("X(a): b\r\n")},
      {Fault::request_field, head("X: \0\r\n"s)},
      {Fault::request_field, head("Connection: authorization\r\n")},
      {Fault::request_host, "GET /open/x HTTP/1.1\r\n\r\n"},
      {Fault::request_host, head("Host: gateway.example\r\n")},
      {Fault::request_host, "GET /open/x HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {Fault::request_host, target("http://other.example/open/x")},
      {Fault::request_target, target("/open/../denied/x")},
      {Fault::request_target, target("/open/%2e%2e/denied/x")},
      {Fault::request_target, target("/open/a%2fx")},
      {Fault::request_target, target("/open//x")},
      {Fault::request_target, target("/open/%252e/x")},
      {Fault::request_target, target("/open/x#f")},
      {Fault::request_target, target("*")},
      {Fault::request_start, "\0\1\2\3\r\n\r\n"s},
      {Fault::request_start, "GET /open/x\r\n\r\n"},
      {Fault::request_start, head("", "GET /open/x HTTP/2.0")},
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
      {Fault::request_size, head("X: " + std::string(70'000, 'x') + "\r\n")},
      {Fault::request_size, target("/open/" + std::string(20'000, 'x'))},
  };
  return all;
}

struct Answer {
  Malformed message;
  bool to_head;   // malformed also as an answer to HEAD
};

const std::vector<Answer>& answers() {
  static const std::string ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  static const std::vector<Answer> all = {
      {{Fault::answer_framing, ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}, true},
      {{Fault::answer_framing, ok + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"}, true},
      {{Fault::answer_framing, ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"}, true},
      {{Fault::answer_framing, ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"}, true},
      {{Fault::answer_start, "hello\r\n\r\n"}, true},
      {{Fault::answer_start, "\0\0\0\0\0\r\n"s}, true},
      {{Fault::answer_start, "HTTP/2 200 OK\r\n\r\n"}, true},
      {{Fault::answer_start, "HTTP/1.1 700 What\r\n\r\n"}, true},
      {{Fault::answer_field, ok + "Content-Length : 3\r\n\r\nabc"}, true},
      {{Fault::answer_field, ok + "X: a\r\n b\r\n\r\n"}, true},
      {{Fault::answer_field, ok + "X: a\nContent-Length: 0\r\n\r\n"}, true},
      {{Fault::answer_field, ok + "X: \0\r\n\r\n"s}, true},
      {{Fault::answer_interim, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"}, true},
      {{Fault::answer_interim, "HTTP/1.1 103 Early\r\nContent-Length: 3\r\n\r\nabc" + ok + "\r\n"}, true},
      {{Fault::answer_interim, "HTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\n"
                               "HTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\nHTTP/1.1 102 A\r\n\r\n"
                               "HTTP/1.1 102 A\r\n\r\n"}, true},
      {{Fault::answer_bodiless, "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc"}, true},
      {{Fault::answer_bodiless, "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}, true},
      {{Fault::answer_chunk, ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"}, false},
      {{Fault::answer_chunk, ok + "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n"}, false},
      {{Fault::answer_chunk, ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n"}, false},
      {{Fault::answer_chunk, ok + "Transfer-Encoding: chunked\r\n\r\n;" + std::string(600, 'x') + "\r\n"}, false},
  };
  return all;
}

}  // namespace

const Malformed& malformed_request(Random& random) {
  const std::vector<Malformed>& all = requests();
  return all[random.below(all.size())];
}

const Malformed& malformed_answer(Random& random, bool to_head) {
  const std::vector<Answer>& all = answers();
  for (;;)
    if (const Answer& drawn = all[random.below(all.size())]; drawn.to_head || !to_head) return drawn.message;
}

}  // namespace gatehouse::sim
