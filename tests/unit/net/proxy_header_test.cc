// PROXY v2 headers, right and wrong ones.
#include <gtest/gtest.h>


#include "crypto/digest.h"
#include "net/proxy_header.h"

namespace gatehouse::net {
namespace {

using State = ProxyHeader::State;

std::string header(int version_command, int family, const std::string& body) {
  std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
  out += static_cast<char>(version_command);
  out += static_cast<char>(family);
  out += static_cast<char>(body.size() >> 8);
  out += static_cast<char>(body.size());
  return out + body;
}

const std::string kV4{"\xc0\x00\x02\x07\x0a\x00\x00\x01\x9c\x40\x01\xbb", 12};   // 192.0.2.7:40000 to 10.0.0.1:443
const std::string kV6 = std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16) + std::string(15, '\0') + "\x01" +
                        std::string("\x9c\x40\x01\xbb", 4);

std::string client_of(const std::string& bytes) {
  const ProxyHeader read = parse_proxy_header(bytes);
  EXPECT_EQ(read.state, State::complete) << read.error;
  EXPECT_EQ(read.wants, bytes.size());
  return read.has_client ? format_address(read.client) : "none";
}

std::string error_of(const std::string& bytes) {
  const ProxyHeader read = parse_proxy_header(bytes);
  EXPECT_EQ(read.state, State::malformed);
  return read.error;
}

TEST(ProxyHeader, NamesTheClient) {
  EXPECT_EQ(client_of(header(0x21, 0x11, kV4)), "192.0.2.7:40000");
  EXPECT_EQ(client_of(header(0x21, 0x21, kV6)), "[2001:db8::7]:40000");
  std::string path = "/run/client.sock";
  path.resize(216, '\0');
  EXPECT_EQ(client_of(header(0x21, 0x31, path)), "unix:/run/client.sock");
  EXPECT_EQ(client_of(header(0x21, 0x31, std::string(216, 'x'))), "unix:" + std::string(107, 'x'));
  EXPECT_EQ(client_of(header(0x21, 0x31, std::string(216, '\0'))), "unix:");
}

TEST(ProxyHeader, NamesNobodyForLocalAndUnknown) {
  EXPECT_EQ(client_of(header(0x20, 0x00, "")), "none");
  EXPECT_EQ(client_of(header(0x20, 0x11, kV4)), "none");       // a health check of the proxy itself
  EXPECT_EQ(client_of(header(0x20, 0x11, "short")), "none");   // what it speaks of is not looked at
  EXPECT_EQ(client_of(header(0x20, 0xff, "any bytes")), "none");
  EXPECT_EQ(client_of(header(0x21, 0x00, "")), "none");
  EXPECT_EQ(client_of(header(0x21, 0x00, "any bytes")), "none");
}

TEST(ProxyHeader, SkipsWellFormedTlvsWithinABound) {
  EXPECT_EQ(client_of(header(0x21, 0x11, kV4 + std::string("\x05\x00\x02id\x04\x00\x00", 8))), "192.0.2.7:40000");
  EXPECT_EQ(client_of(header(0x21, 0x11, kV4 + std::string("\x04\x0f\xe1", 3) + std::string(4065, 'x'))), "192.0.2.7:40000");
  EXPECT_EQ(error_of(header(0x21, 0x11, kV4 + std::string("\x04\x0f\xe2", 3) + std::string(4066, 'x'))), "longer than 4096 bytes");
  EXPECT_EQ(error_of(header(0x21, 0x11, kV4 + "\x05")), "a TLV is cut off");
  EXPECT_EQ(error_of(header(0x21, 0x11, kV4 + std::string("\x05\x00\x03id", 5))), "a TLV is longer than the header");
}

TEST(ProxyHeader, ChecksTheChecksum) {
  std::string sealed = header(0x21, 0x11, kV4 + std::string("\x03\x00\x04\0\0\0\0", 7));
  const uint32_t sum = crypto::crc32c(sealed);
  for (int i = 0; i < 4; ++i) sealed[sealed.size() - 4 + static_cast<size_t>(i)] = static_cast<char>(sum >> (24 - 8 * i));
  EXPECT_EQ(client_of(sealed), "192.0.2.7:40000");
  for (size_t at = 16; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_EQ(parse_proxy_header(changed).has_client && at != 28, false) << at;   // 28: another TLV then, no checksum
  }
  EXPECT_EQ(error_of(header(0x21, 0x11, kV4 + std::string("\x03\x00\x02\0\0", 5))), "the checksum is malformed");
}

TEST(ProxyHeader, RefusesWhatIsNotOne) {
  EXPECT_EQ(error_of("PROXY TCP4 192.0.2.7 10.0.0.1 40000 443\r\n"), "no PROXY v2 header");
  EXPECT_EQ(error_of("\x16\x03\x01"), "no PROXY v2 header");
  EXPECT_EQ(error_of("G"), "no PROXY v2 header");
  EXPECT_EQ(error_of(header(0x11, 0x11, kV4)), "not version 2");
  EXPECT_EQ(error_of(header(0x31, 0x11, kV4)), "not version 2");
  EXPECT_EQ(error_of(header(0x22, 0x11, kV4)), "neither LOCAL nor PROXY");
  EXPECT_EQ(error_of(header(0x21, 0x41, kV4)), "unknown address family or transport");
  EXPECT_EQ(error_of(header(0x21, 0x13, kV4)), "unknown address family or transport");
  EXPECT_EQ(error_of(header(0x21, 0x12, kV4)), "not a stream");
  EXPECT_EQ(error_of(header(0x21, 0x11, kV4.substr(1))), "shorter than its addresses");
  EXPECT_EQ(error_of(header(0x21, 0x21, kV4)), "shorter than its addresses");
  EXPECT_EQ(error_of(header(0x21, 0x31, kV6)), "shorter than its addresses");
}

TEST(ProxyHeader, WantsNothingThatIsNotItsOwn) {
  const std::string whole = header(0x21, 0x11, kV4 + std::string("\x05\x00\x02id", 5));
  for (size_t part = 0; part < whole.size(); ++part) {
    const ProxyHeader read = parse_proxy_header(ByteView(whole).substr(0, part));
    EXPECT_EQ(read.state, State::need_more) << part;
    EXPECT_EQ(read.wants, part < 16 ? 16 : whole.size()) << part;
  }
  const ProxyHeader read = parse_proxy_header(whole + "GET / HTTP/1.1\r\n");
  EXPECT_EQ(read.state, State::complete);
  EXPECT_EQ(read.wants, whole.size());
}

}  // namespace
}  // namespace gatehouse::net
