#include "load/plan.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "http/head_writer.h"

namespace gatehouse::load {
namespace {

using Refused = Failure<std::string>;

constexpr size_t kHeadMax = 64 * 1024;

constexpr time_t kConnectSeconds = 2;

bool token_byte(char c) { return c > 0x20 && c < 0x7f; }

/// listens asks whether anything takes connections there.
bool listens(const addrinfo& one) {
  const int wire = socket(one.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (wire < 0) return false;
  const timeval limit{kConnectSeconds, 0};
  setsockopt(wire, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);   // bounds connect(), too
  const bool taken = connect(wire, one.ai_addr, one.ai_addrlen) == 0;
  close(wire);
  return taken;
}

}  // namespace

Result<std::string, std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || std::filesystem::is_directory(path)) return Refused{path + ": cannot be read"};
  text << file.rdbuf();
  return std::move(text).str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

Result<Url, std::string> parse_url(const std::string& text) {
  Url url;
  ByteView rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return Refused{"--url: http:// or https:// is missing: " + text};
  }
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const ByteView authority = rest.substr(0, end);
  url.path = rest.substr(end);
  if (!url.path.starts_with('/')) url.path.insert(0, "/");
  if (authority.find('@') != ByteView::npos || url.path.find('#') != std::string::npos)
    return Refused{"--url: no user and no fragment, please: " + text};
  const bool bracketed = authority.starts_with('[');
  const size_t host_end = bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == ByteView::npos) return Refused{"--url: the host is malformed: " + text};
  url.host = bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
  const ByteView after = authority.substr(host_end + (bracketed ? 1 : 0));
  url.port = url.tls ? 443 : 80;
  if (!after.empty()) {
    const auto [stop, error] = std::from_chars(after.data() + 1, after.data() + after.size(), url.port);
    if (after[0] != ':' || error != std::errc() || stop != after.data() + after.size() || url.port == 0)
      return Refused{"--url: the port is malformed: " + text};
  }
  if (url.host.empty()) return Refused{"--url: the host is missing: " + text};
  url.host_field = authority;
  return url;
}

Result<Done, std::string> look_up(Url& url) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const int result = getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found);
  if (result != 0) return Refused{url.host + ": " + gai_strerror(result)};
  const addrinfo* chosen = found;
  if (found->ai_next != nullptr)
    while (chosen != nullptr && !listens(*chosen)) chosen = chosen->ai_next;
  if (chosen == nullptr) chosen = found;
  std::memcpy(&url.address.storage, chosen->ai_addr, chosen->ai_addrlen);
  url.address.length = chosen->ai_addrlen;
  freeaddrinfo(found);
  return Done{};
}

Result<Done, std::string> Plan::add(const Url& url, const RequestWish& wish, bool close) {
  std::array<char, kHeadMax> room;
  http::HeadWriter head(room);
  Request request;
  request.method = !wish.method.empty() ? wish.method : wish.body.empty() ? "GET" : "POST";
  request.body = wish.body;
  const std::string& path = wish.path.empty() ? url.path : wish.path;
  head.request_line(request.method, path);
  if (head.failed()) return Refused{"not a request line of HTTP: " + request.method + " " + path};
  bool host = false;
  for (const auto& [name, value] : wish.fields) host |= http::field_id(name) == http::FieldId::host;
  if (!host) head.field("Host", url.host_field);
  for (const auto& [name, value] : wish.fields) {
    const http::FieldId id = http::field_id(name);
    if (id == http::FieldId::content_length || id == http::FieldId::transfer_encoding)
      return Refused{name + " is written by gatehouse-load itself"};
    head.field(name, value);
    if (head.failed()) return Refused{"not a field of HTTP, or too many of them: " + name + ": " + value};
    authorized_ = authorized_ || id == http::FieldId::authorization;
  }
  if (close) head.field("Connection", "close");
  const bool sized = !request.body.empty() || request.method == "POST" || request.method == "PUT";
  if (sized) head.field("Content-Length", request.body.size());
  if (head.failed()) return Refused{"the head of this request is too large: " + path};
  request.head = head.bytes();
  requests_.push_back(std::move(request));
  return Done{};
}

Result<Done, std::string> Plan::add_body(const Url& url, RequestWish wish, const std::string& file, bool close) {
  auto body = read_file(file);
  if (!body) return Refused{body.error()};
  wish.body = std::move(*body);
  return add(url, wish, close);
}

Result<Done, std::string> Plan::add_folder(const Url& url, const RequestWish& wish, const std::string& folder,
                                           bool close) {
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  if (error || files.empty()) return Refused{folder + ": no folder with files"};
  std::sort(files.begin(), files.end());
  for (const std::string& file : files)
    if (auto done = add_body(url, wish, file, close); !done) return done;
  return Done{};
}

Result<Done, std::string> Plan::add_tokens(const std::string& file) {
  auto text = read_file(file);
  if (!text) return Refused{text.error()};
  if (authorized_) return Refused{file + ": requests have an Authorization field already"};
  for (const std::string& line : lines_of(*text)) {
    if (!std::all_of(line.begin(), line.end(), token_byte)) return Refused{file + ": not a token in one of the lines"};
    token_lines_.push_back("Authorization: Bearer " + line + "\r\n");
  }
  if (token_lines_.empty()) return Refused{file + ": no token in it"};
  return Done{};
}

}  // namespace gatehouse::load
