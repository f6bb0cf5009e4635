// Ranges of addresses.
#include <gtest/gtest.h>

#include "base/network.h"

namespace gatehouse {
namespace {

bool in(const char* range, const char* address) {
  const auto network = Network::parse(range);
  EXPECT_TRUE(network.ok()) << range;
  return network.ok() && network->contains(*parse_address(address));
}

TEST(Network, ContainsWhatItsBitsSay) {
  EXPECT_TRUE(in("10.0.0.0/8", "10.255.0.1:80"));
  EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.0:80"));
  EXPECT_TRUE(in("192.0.2.128/25", "192.0.2.200:1"));
  EXPECT_FALSE(in("192.0.2.128/25", "192.0.2.127:1"));
  EXPECT_TRUE(in("127.0.0.1", "127.0.0.1:9"));
  EXPECT_FALSE(in("127.0.0.1", "127.0.0.2:9"));
  EXPECT_TRUE(in("0.0.0.0/0", "8.8.8.8:9"));
  EXPECT_FALSE(in("0.0.0.0/0", "[::1]:9"));
  EXPECT_TRUE(in("::/0", "[::1]:9"));
  EXPECT_TRUE(in("2001:db8::/33", "[2001:db8:7fff::1]:9"));
  EXPECT_FALSE(in("2001:db8::/33", "[2001:db8:8000::1]:9"));
  EXPECT_TRUE(in("10.0.0.0/8", "[::ffff:10.0.0.1]:9"));   // the IPv4 address that it is
  EXPECT_FALSE(in("::/0", "[::ffff:10.0.0.1]:9"));
  EXPECT_TRUE(in("unix", "unix:/run/x.sock"));
  EXPECT_FALSE(in("unix", "127.0.0.1:1"));
  EXPECT_FALSE(in("0.0.0.0/0", "unix:/run/x.sock"));
}

TEST(Network, IsWrittenInOneWay) {
  for (const char* bad : {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "::/129", "::1/64",
                          "10.0.0", "a.example", "[::1]", "10.0.0.0:80", "::ffff:10.0.0.0/104", "unix:/x", "10.0.0.0/ 8"})
    EXPECT_FALSE(Network::parse(bad).ok()) << bad;
}

}  // namespace
}  // namespace gatehouse
