#include "control/lookup.h"

#include <gtest/gtest.h>

namespace gatehouse::control {
namespace {

TEST(LookUp, ANameLeadsToNoAddressThatNoIssuerHas) {
  for (const char* good : {"127.0.0.1:443", "10.1.2.3:443", "192.168.1.1:443", "203.0.113.9:443", "[::1]:443", "[2001:db8::1]:443",
                           "[fd00::1]:443", "[::ffff:10.1.2.3]:443"})
    EXPECT_TRUE(may_be_an_issuers(*parse_address(good))) << good;
  for (const char* bad : {"0.0.0.0:443", "169.254.169.254:80", "224.0.0.1:443", "255.255.255.255:443", "[::]:443", "[fe80::1]:443",
                          "[ff02::1]:443", "[::ffff:169.254.169.254]:443", "unix:/run/issuer.sock"})
    EXPECT_FALSE(may_be_an_issuers(*parse_address(bad))) << bad;
}

}  // namespace
}  // namespace gatehouse::control
