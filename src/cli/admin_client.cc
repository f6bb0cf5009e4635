#include "cli/admin_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/address.h"
#include "http/body.h"
#include "http/h1_parser.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kAnswerBytesMax = 16 * 1024 * 1024;
constexpr time_t kPatienceSeconds = 30;

/// Connection is a connected Unix socket, closed when it goes.
class Connection {
 public:
  ~Connection() {
    if (number_ >= 0) ::close(number_);
  }

  /// open returns 0 or errno.
  int open(const Address& address) {
    number_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (number_ < 0) return errno;
    const timeval patience{kPatienceSeconds, 0};
    ::setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(number_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return ::connect(number_, address.sockaddr_ptr(), address.length) == 0 ? 0 : errno;
  }

  bool send(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(number_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  /// receive returns the bytes read, 0 at the end, -1 with errno.
  ssize_t receive(ByteSpan room) {
    ssize_t got;
    do got = ::recv(number_, room.data(), room.size(), 0);
    while (got < 0 && errno == EINTR);
    return got;
  }

 private:
  int number_ = -1;
};

std::optional<Address> address_of(const std::string& socket_path) {
  char room[4096];
  if (::realpath(socket_path.c_str(), room) != nullptr) return parse_address("unix:" + std::string(room));
  const bool relative = !socket_path.starts_with('/') && ::getcwd(room, sizeof room) != nullptr;
  return parse_address("unix:" + (relative ? room + ("/" + socket_path) : socket_path));   // not there: said when asked
}

std::string request_text(const std::string& method, const std::string& path, const std::string& json) {
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: gatehouse\r\nConnection: close\r\n";
  if (method != "GET")
    text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) + "\r\n";
  return text + "\r\n" + json;
}

/// Reading is an answer being read.
struct Reading {
  std::string received;
  http::ResponseHead head;
  http::HeadScan scan;
  http::BodyDecoder body;
  bool has_head = false;
  AdminAnswer answer;

  /// take works on what was received; true when the answer is whole. Errors set `broken`.
  bool broken = false;
  bool take(const std::string& method) {
    if (!has_head && !take_head(method)) return false;
    ByteView rest = received;
    while (!rest.empty() && !body.done()) {
      const http::BodyDecoder::Step step = body.feed(rest);
      if (step.reason != Reason::none) broken = true;
      if (broken) return false;
      answer.body += step.payload;
      rest.remove_prefix(step.consumed);
    }
    received.clear();
    return body.done();
  }
  bool take_head(const std::string& method) {
    const http::ParseResult result = http::parse_response_head(received, method, Limits{}, scan, head);
    if (result.status == http::ParseStatus::error) broken = true;
    if (result.status != http::ParseStatus::complete) return false;
    has_head = true;
    answer.status = head.status;
    body = http::BodyDecoder(head.framing, head.content_length);
    received.erase(0, result.consumed);
    return true;
  }
};

}  // namespace

bool nobody_listens(const std::string& socket_path) {
  const auto address = address_of(socket_path);
  if (!address) return false;
  Connection probe;
  const int error = probe.open(*address);
  return error == ENOENT || error == ECONNREFUSED;
}

Result<AdminAnswer, std::string> ask_admin(const std::string& socket_path, const std::string& method,
                                           const std::string& path, const std::string& json) {
  const auto address = address_of(socket_path);
  if (!address)
    return Failure<std::string>{"'" + socket_path + "' is not an admin socket, or its path is too long"};
  Connection connection;
  if (const int error = connection.open(*address); error != 0) {
    const char* hint = error == EACCES ? " (its group may use it)" : " (is the gateway running?)";
    return Failure<std::string>{"cannot reach the gateway at " + socket_path + ": " + std::strerror(error) +
                                hint};
  }
  if (!connection.send(request_text(method, path, json)))
    return Failure<std::string>{std::string("cannot send to the gateway: ") + std::strerror(errno)};
  auto reading = std::make_unique<Reading>();
  char room[16 * 1024];
  while (true) {
    const ssize_t got = connection.receive(room);
    if (got < 0)
      return Failure<std::string>{std::string("no answer of the gateway: ") +
                                  (errno == EAGAIN ? "it took too long" : std::strerror(errno))};
    reading->received.append(room, static_cast<size_t>(got));
    if (reading->take(method) || (got == 0 && reading->has_head && reading->body.end()))
      return std::move(reading->answer);
    if (reading->broken || got == 0 || reading->answer.body.size() > kAnswerBytesMax)
      return Failure<std::string>{std::string("the gateway's answer is ") + (got == 0          ? "cut off"
                                                                             : reading->broken ? "malformed"
                                                                                               : "too long")};
  }
}

}  // namespace gatehouse::cli
