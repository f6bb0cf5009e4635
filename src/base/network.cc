#include "base/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>

namespace gatehouse {
namespace {

using Bytes = std::array<uint8_t, 16>;

/// same_bits compares the first `bits` bits.
bool same_bits(const Bytes& a, const Bytes& b, uint32_t bits) {
  const size_t whole = bits / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  const uint32_t rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/// numbers_of gives an address's bytes and family; false for others than IPv4 and IPv6.
bool numbers_of(const Address& address, int* family, Bytes* bytes) {
  *family = address.family();
  if (*family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &address.storage, sizeof in);
    std::memcpy(bytes->data(), &in.sin_addr, 4);
    return true;
  }
  if (*family != AF_INET6) return false;
  sockaddr_in6 in;
  std::memcpy(&in, &address.storage, sizeof in);
  std::memcpy(bytes->data(), &in.sin6_addr, 16);
  if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) {
    *family = AF_INET;
    std::memcpy(bytes->data(), in.sin6_addr.s6_addr + 12, 4);
  }
  return true;
}

}  // namespace

Result<Network, const char*> Network::parse(ByteView text) {
  Network network;
  if (text == "unix") {
    network.family_ = AF_UNIX;
    return network;
  }
  const size_t slash = text.find('/');
  char host[INET6_ADDRSTRLEN + 1] = {};
  const ByteView address = text.substr(0, slash);
  if (address.size() >= sizeof host) return Failure{"not an address range"};
  address.copy(host, address.size());
  if (inet_pton(AF_INET, host, network.bytes_.data()) == 1) network.family_ = AF_INET;
  else if (inet_pton(AF_INET6, host, network.bytes_.data()) == 1) network.family_ = AF_INET6;
  else return Failure{"not an address range"};
  const uint32_t most = network.family_ == AF_INET ? 32 : 128;
  network.bits_ = most;
  if (slash != ByteView::npos) {
    const ByteView bits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), network.bits_);
    if (error != std::errc{} || end != bits.data() + bits.size() || network.bits_ > most)
      return Failure{"behind '/' stands how many bits count"};
  }
  in6_addr whole;
  std::memcpy(&whole, network.bytes_.data(), sizeof whole);
  if (network.family_ == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&whole)) return Failure{"write the IPv4 address itself"};
  Bytes rest = network.bytes_;
  for (uint32_t bit = 0; bit < network.bits_; ++bit) rest[bit / 8] &= static_cast<uint8_t>(~(0x80 >> bit % 8));
  if (rest != Bytes{}) return Failure{"bits are set behind those that count"};
  return network;
}

bool Network::contains(const Address& address) const {
  if (family_ == AF_UNIX) return address.is_unix();
  int family = 0;
  Bytes bytes{};
  return numbers_of(address, &family, &bytes) && family == family_ && same_bits(bytes, bytes_, bits_);
}

}  // namespace gatehouse
