// A small HTTP/1.1 server for the development programs in tools/: one thread, poll(2), loopback only.
// It reads with the gateway's own parser; it is no part of the gateway.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "http/message.h"

namespace gatehouse::web {

/// Call is one complete request. The views live until the answer is returned.
struct Call {
  const http::RequestHead& head;
  ByteView body;  // after transfer coding
};

/// Answer is what goes back; Content-Length, Content-Type and Connection are added.
struct Answer {
  int status = 200;
  std::string body;
  std::string type = "application/json";
  std::vector<std::pair<std::string, std::string>> fields;  // more header fields
};

using Answerer = std::function<Answer(const Call&)>;

/// json_answer is an Answer with this JSON text.
Answer json_answer(int status, std::string body);

/// Server owns the listening socket. Requests of one connection are answered in order; bodies are held
/// whole, up to kBodyMax.
class Server {
 public:
  static constexpr size_t kBodyMax = 64 * 1024 * 1024;
  static constexpr size_t kConnectionsMax = 1024;

  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// listen binds a loopback address or a Unix path; port 0 takes a free one. Returns what went wrong, ""
  /// when nothing did.
  std::string listen(const Address& address);

  /// bound is the address with the port that was taken. After listen.
  Address bound() const;

  /// run serves until SIGTERM or SIGINT, which it blocks for this thread and takes from a descriptor.
  void run(const Answerer& answerer);

 private:
  int listener_ = -1;
};

}  // namespace gatehouse::web
