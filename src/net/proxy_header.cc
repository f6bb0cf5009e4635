#include "net/proxy_header.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "crypto/digest.h"

namespace gatehouse::net {
namespace {

constexpr ByteView kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr size_t kFixedBytes = 16;
constexpr uint8_t kChecksum = 0x03;   // PP2_TYPE_CRC32C
constexpr size_t kPathBytes = 108;    // of a Unix address, one each

enum Family : uint8_t { unspecified = 0, inet = 1, inet6 = 2, unix_socket = 3 };

uint8_t byte(ByteView bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }
size_t pair(ByteView bytes, size_t at) { return size_t{byte(bytes, at)} << 8 | byte(bytes, at + 1); }

ProxyHeader malformed(const char* why) {
  ProxyHeader header;
  header.error = why;
  return header;
}

ProxyHeader need(size_t bytes) {
  ProxyHeader header;
  header.state = ProxyHeader::State::need_more;
  header.wants = bytes;
  return header;
}

size_t address_bytes(uint8_t family) {
  switch (family) {
    case inet: return 12;
    case inet6: return 36;
    case unix_socket: return 2 * kPathBytes;
    default: return 0;   // a number from outside: checked before
  }
}

/// The addresses stand in network order, as in a sockaddr: source, destination, ports.
Address read_client(uint8_t family, ByteView block) {
  Address client;
  if (family == inet) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, block.data(), 4);
    std::memcpy(&in.sin_port, block.data() + 8, 2);
    std::memcpy(&client.storage, &in, sizeof in);
    client.length = sizeof in;
  } else if (family == inet6) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    std::memcpy(&in.sin6_addr, block.data(), 16);
    std::memcpy(&in.sin6_port, block.data() + 32, 2);
    std::memcpy(&client.storage, &in, sizeof in);
    client.length = sizeof in;
  } else {
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    const ByteView path = block.substr(0, std::min(block.substr(0, kPathBytes).find('\0'), sizeof un.sun_path - 1));
    std::memcpy(un.sun_path, path.data(), path.size());
    std::memcpy(&client.storage, &un, sizeof un);
    client.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  }
  return client;
}

/// The header with the checksum's four bytes as zeros.
bool checksum_fits(ByteView header, size_t at) {
  uint32_t told = 0;
  for (size_t i = 0; i < 4; ++i) told = told << 8 | byte(header, at + i);
  uint32_t sum = crypto::crc32c(header.substr(0, at));
  sum = crypto::crc32c(ByteView{"\0\0\0\0", 4}, sum);
  return crypto::crc32c(header.substr(at + 4), sum) == told;
}

/// Type, length, value until the end; nothing is used but the checksum.
const char* tlv_error(ByteView header, size_t at) {
  bool summed = false;
  while (at < header.size()) {
    if (header.size() - at < 3) return "a TLV is cut off";
    const size_t length = pair(header, at + 1);
    if (header.size() - at - 3 < length) return "a TLV is longer than the header";
    if (byte(header, at) == kChecksum) {
      if (length != 4 || summed) return "the checksum is malformed";
      if (!checksum_fits(header, at + 3)) return "the checksum does not fit";
      summed = true;
    }
    at += 3 + length;
  }
  return nullptr;
}

}  // namespace

ProxyHeader parse_proxy_header(ByteView bytes) {
  const size_t signed_bytes = std::min(bytes.size(), kSignature.size());
  if (bytes.substr(0, signed_bytes) != kSignature.substr(0, signed_bytes)) return malformed("no PROXY v2 header");
  if (bytes.size() > 12) {
    if (byte(bytes, 12) >> 4 != 2) return malformed("not version 2");
    if ((byte(bytes, 12) & 15) > 1) return malformed("neither LOCAL nor PROXY");
  }
  if (bytes.size() < kFixedBytes) return need(kFixedBytes);
  const bool proxied = (byte(bytes, 12) & 15) == 1;
  const uint8_t family = byte(bytes, 13) >> 4, transport = byte(bytes, 13) & 15;
  const size_t length = pair(bytes, 14), whole = kFixedBytes + length;
  if (whole > kProxyHeaderMax) return malformed("longer than 4096 bytes");
  if (proxied && (family > unix_socket || transport > 2)) return malformed("unknown address family or transport");
  const bool named = proxied && family != unspecified && transport != 0;
  if (named && transport != 1) return malformed("not a stream");
  if (proxied && family != unspecified && length < address_bytes(family) && (named || length != 0))
    return malformed("shorter than its addresses");
  if (bytes.size() < whole) return need(whole);
  const ByteView header = bytes.substr(0, whole);
  // Of LOCAL everything is skipped, the family too (section 2.2); of unspecified families the addresses, whatever they are: no TLV
  // is looked for behind them.
  if (named)
    if (const char* error = tlv_error(header, kFixedBytes + address_bytes(family))) return malformed(error);
  ProxyHeader result;
  result.state = ProxyHeader::State::complete;
  result.wants = whole;
  result.has_client = named;
  if (named) result.client = read_client(family, header.substr(kFixedBytes));
  return result;
}

}  // namespace gatehouse::net
