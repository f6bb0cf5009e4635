#include "cli/export_sink.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "record/folder.h"

namespace gatehouse::cli {
namespace {

using record::Descriptor;

constexpr size_t kAnswerMax = 64 * 1024;
constexpr auto kPatience = std::chrono::seconds(10);

class Stdout : public ExportSink {
 public:
  Result<Done, std::string> put(ByteView bytes) override {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return Done{};
    return Failure<std::string>{std::string("cannot write the output: ") + std::strerror(errno)};
  }
  Result<Done, std::string> flush() override {
    if (std::fflush(stdout) == 0) return Done{};
    return Failure<std::string>{std::string("cannot write the output: ") + std::strerror(errno)};
  }
};

class File : public ExportSink {
 public:
  File(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Result<Done, std::string> put(ByteView bytes) override {
    waiting_.append(bytes);
    return waiting_.size() < kAnswerMax ? Result<Done, std::string>(Done{}) : write();
  }
  Result<Done, std::string> flush() override {
    if (auto done = write(); !done) return done;
    if (::fsync(file_.get()) != 0 && errno != EINVAL) return Failure{record::failure("sync", path_, errno)};
    return Done{};
  }

 private:
  Result<Done, std::string> write() {
    while (!waiting_.empty()) {
      const ssize_t put = ::write(file_.get(), waiting_.data(), waiting_.size());
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return Failure{record::failure("write", path_, put < 0 ? errno : EIO)};
      waiting_.erase(0, static_cast<size_t>(put));
    }
    return Done{};
  }

  Descriptor file_;
  std::string path_;
  std::string waiting_;
};

/// whole_lines is how long the file is up to its last line end.
off_t whole_lines(const Descriptor& file, off_t size) {
  char chunk[4096];
  while (size > 0) {
    const auto count = static_cast<size_t>(std::min<off_t>(size, sizeof chunk));
    const size_t got = record::read_at(file, static_cast<uint64_t>(size) - count, {chunk, count});
    for (size_t i = got; i > 0; --i)
      if (chunk[i - 1] == '\n') return size - static_cast<off_t>(count - i);
    size -= static_cast<off_t>(count);
  }
  return 0;
}

class Post : public ExportSink {
 public:
  explicit Post(PostPlace place) : place_(std::move(place)) {}

  Result<Done, std::string> put(ByteView bytes) override {
    until_ = std::chrono::steady_clock::now() + kPatience;
    if (auto done = connect(); !done) return done;
    const bool six = place_.host.find(':') != std::string::npos;
    std::string request = "POST " + place_.path + " HTTP/1.1\r\nHost: " + (six ? "[" + place_.host + "]" : place_.host) + ":" +
                          std::to_string(place_.port) + "\r\nContent-Type: application/json\r\nContent-Length: " +
                          std::to_string(bytes.size()) + "\r\nConnection: close\r\n\r\n";
    request.append(bytes);
    if (!send(request)) return failed("sends nothing on");
    return answered();
  }
  Result<Done, std::string> flush() override { return Done{}; }

 private:
  Failure<std::string> failed(const char* what) const {
    return Failure<std::string>{"the collector at " + place_.host + ":" + std::to_string(place_.port) + " " + what};
  }

  bool wait(short events) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until_ - std::chrono::steady_clock::now()).count();
    pollfd one{socket_.get(), events, 0};
    return left > 0 && ::poll(&one, 1, static_cast<int>(left)) == 1;
  }

  Result<Done, std::string> connect() {
    sockaddr_storage address{};
    socklen_t length = sizeof(sockaddr_in);
    if (auto* four = reinterpret_cast<sockaddr_in*>(&address); ::inet_pton(AF_INET, place_.host.c_str(), &four->sin_addr) == 1) {
      four->sin_family = AF_INET;
      four->sin_port = htons(place_.port);
    } else {
      auto* six = reinterpret_cast<sockaddr_in6*>(&address);
      ::inet_pton(AF_INET6, place_.host.c_str(), &six->sin6_addr);
      six->sin6_family = AF_INET6;
      six->sin6_port = htons(place_.port);
      length = sizeof(sockaddr_in6);
    }
    socket_ = Descriptor(::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    int error = 0;
    socklen_t size = sizeof error;
    if (!socket_.valid()) return failed("cannot be called");
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 && errno != EINPROGRESS)
      return failed("does not answer");
    if (!wait(POLLOUT) || ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
      return failed("does not answer");
    return Done{};
  }

  bool send(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
      else if ((errno != EAGAIN && errno != EINTR) || !wait(POLLOUT)) return false;
    }
    return true;
  }

  Result<Done, std::string> answered() {
    std::string answer;
    char chunk[4096];
    while (answer.size() < kAnswerMax && answer.find("\r\n") == std::string::npos) {
      if (!wait(POLLIN)) return failed("does not answer in time");
      const ssize_t got = ::recv(socket_.get(), chunk, sizeof chunk, 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got <= 0) return failed("hangs up");
      answer.append(chunk, static_cast<size_t>(got));
    }
    if (answer.starts_with("HTTP/1.") && answer.size() > 12 && answer[8] == ' ' && answer[9] == '2') return Done{};
    return failed("refuses what is sent to it");
  }

  PostPlace place_;
  Descriptor socket_;
  std::chrono::steady_clock::time_point until_;
};

}  // namespace

std::unique_ptr<ExportSink> stdout_sink() { return std::make_unique<Stdout>(); }

Result<std::unique_ptr<ExportSink>, std::string> file_sink(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  struct stat info {};
  if (!file.valid() || ::fstat(file.get(), &info) != 0) return Failure{record::failure("open", path, errno)};
  if (!S_ISREG(info.st_mode)) return Failure{path + " is no plain file"};
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return Failure{path + " is being written by another export"};
  const off_t whole = whole_lines(file, info.st_size);
  if (whole != info.st_size && ::ftruncate(file.get(), whole) != 0) return Failure{record::failure("cut", path, errno)};
  return std::unique_ptr<ExportSink>(std::make_unique<File>(std::move(file), path));
}

Result<PostPlace, std::string> post_place(ByteView url) {
  const Failure<std::string> bad{"must be http://127.0.0.1:PORT/PATH or http://[::1]:PORT/PATH: "
                                 "a collector elsewhere is fed by a local one"};
  constexpr ByteView kScheme = "http://";
  if (!url.starts_with(kScheme) || url.size() > 2048) return bad;
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c > '~' || c == '#'; })) return bad;
  url.remove_prefix(kScheme.size());
  const size_t slash = std::min(url.find('/'), url.size());
  PostPlace place;
  place.path = slash < url.size() ? std::string(url.substr(slash)) : "/";
  ByteView authority = url.substr(0, slash);
  const size_t colon = authority.rfind(':');
  const ByteView host = authority.substr(0, colon);
  if (colon == ByteView::npos || (host != "127.0.0.1" && host != "[::1]" && host != "localhost")) return bad;
  place.host = host == "[::1]" ? "::1" : "127.0.0.1";
  const ByteView port = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), place.port);
  if (error != std::errc() || end != port.data() + port.size() || place.port == 0) return bad;
  return place;
}

Result<std::unique_ptr<ExportSink>, std::string> post_sink(const std::string& url) {
  auto place = post_place(url);
  if (!place) return Failure{"'" + url + "' " + place.error()};
  return std::unique_ptr<ExportSink>(std::make_unique<Post>(std::move(*place)));
}

}  // namespace gatehouse::cli
