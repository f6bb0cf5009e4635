// Network addresses as values; no name is ever resolved here.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace gatehouse {

/// Address is IPv4, IPv6 or a Unix path, in the kernel's form. Value type, 112 bytes and a length.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* sockaddr_ptr() const { return reinterpret_cast<const sockaddr*>(&storage); }
  bool is_unix() const;
  bool is_loopback() const;   // 127.0.0.0/8, ::1 or a Unix path
};

/// Sender is what counts as one sender: an IPv4 address, an IPv6 network of 64 bits (one customer has all of it), or
/// all that come over Unix sockets. Comparable, nothing else.
using Sender = std::array<uint64_t, 2>;
Sender sender_of(const Address& address);

/// parse_address reads "127.0.0.1:8443", "[::1]:8443" or "unix:/run/x.sock" (absolute, <= 107 bytes).
std::optional<Address> parse_address(ByteView text);

/// format_address writes the same form back.
std::string format_address(const Address& address);

}  // namespace gatehouse
