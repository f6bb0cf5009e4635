#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <charconv>
#include <cstddef>
#include <cstring>

namespace gatehouse {
namespace {

std::optional<uint16_t> parse_port(ByteView text) {
  uint16_t port = 0;
  if (text.empty() || text.size() > 5) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<Address> parse_unix(ByteView path) {
  sockaddr_un un{};
  if (path.empty() || path[0] != '/' || path.size() >= sizeof un.sun_path) return std::nullopt;
  if (path.find('\0') != ByteView::npos) return std::nullopt;
  Address address;
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, path.data(), path.size());
  std::memcpy(&address.storage, &un, sizeof un);
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

}  // namespace

bool Address::is_unix() const { return family() == AF_UNIX; }

bool Address::is_loopback() const {
  if (family() == AF_UNIX) return true;
  if (family() == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &storage, sizeof in);
    return (ntohl(in.sin_addr.s_addr) >> 24) == 127;
  }
  if (family() == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, &storage, sizeof in);
    return IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
  }
  return false;
}

std::optional<Address> parse_address(ByteView text) {
  if (text.starts_with("unix:")) return parse_unix(text.substr(5));
  const size_t colon = text.rfind(':');
  if (colon == ByteView::npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;
  ByteView host = text.substr(0, colon);
  Address address;
  char buffer[INET6_ADDRSTRLEN + 1];
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.size() >= sizeof buffer) return std::nullopt;
    buffer[host.copy(buffer, host.size())] = 0;
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(*port);
    if (inet_pton(AF_INET6, buffer, &in.sin6_addr) != 1) return std::nullopt;
    std::memcpy(&address.storage, &in, sizeof in);
    address.length = sizeof in;
    return address;
  }
  if (host.size() >= sizeof buffer) return std::nullopt;
  buffer[host.copy(buffer, host.size())] = 0;
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(*port);
  if (inet_pton(AF_INET, buffer, &in.sin_addr) != 1) return std::nullopt;
  std::memcpy(&address.storage, &in, sizeof in);
  address.length = sizeof in;
  return address;
}

std::string format_address(const Address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.family() == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &address.storage, sizeof in);
    inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ntohs(in.sin_port));
  }
  if (address.family() == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, &address.storage, sizeof in);
    inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(in.sin6_port));
  }
  if (address.family() == AF_UNIX) {
    sockaddr_un un;
    std::memcpy(&un, &address.storage, sizeof un);
    return "unix:" + std::string(un.sun_path, strnlen(un.sun_path, sizeof un.sun_path));
  }
  return "unknown";
}

Sender sender_of(const Address& address) {
  Sender sender{};
  const char* const bytes = reinterpret_cast<const char*>(&address.storage);
  if (address.family() == AF_INET) {
    in_addr host;
    std::memcpy(&host, bytes + offsetof(sockaddr_in, sin_addr), sizeof host);
    sender = {AF_INET, host.s_addr};
  } else if (address.family() == AF_INET6) {
    in6_addr host;
    std::memcpy(&host, bytes + offsetof(sockaddr_in6, sin6_addr), sizeof host);
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&host);   // IPv4 through a listener for both
    in_addr_t tail;
    std::memcpy(&tail, host.s6_addr + 12, sizeof tail);
    sender = {AF_INET, tail};
    if (mapped) return sender;
    sender[0] = AF_INET6;
    std::memcpy(&sender[1], &host, sizeof sender[1]);
  }
  return sender;
}

}  // namespace gatehouse
