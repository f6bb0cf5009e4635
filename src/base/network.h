// Ranges of network addresses as values: "10.0.0.0/8", "fd00::/8", "127.0.0.1", or "unix" for all Unix sockets.
#pragma once

#include <array>

#include "base/address.h"
#include "base/result.h"

namespace gatehouse {

/// Network is a range of IPv4 or IPv6 addresses, or everybody who comes over a Unix socket.
class Network {
 public:
  /// parse: a single address is a range of one. The error says what is wrong with the text.
  static Result<Network, const char*> parse(ByteView text);

  /// contains says whether an address is in the range, its port aside. An IPv4 address that is written as an IPv6
  /// one ("::ffff:10.0.0.1") is the IPv4 address that it is.
  bool contains(const Address& address) const;

 private:
  int family_ = 0;
  std::array<uint8_t, 16> bytes_{};
  uint32_t bits_ = 0;   // of bytes_ that count
};

}  // namespace gatehouse
