#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/detect/found.h"

namespace gatehouse::detect {
namespace {

struct Case {
  const char* text;
  const char* found;
};

void expect(const Case* cases, size_t count, ByteView names) {
  for (size_t i = 0; i < count; ++i) EXPECT_EQ(values(cases[i].text, names), cases[i].found) << cases[i].text;
}
template <size_t N>
void expect(const Case (&cases)[N], ByteView names) { expect(cases, N, names); }

TEST(Ipv4, addresses) {
  constexpr Case cases[] = {
      {"from 192.168.1.10 to 8.8.8.8.", "192.168.1.10|8.8.8.8"},
      {"0.0.0.0 255.255.255.255 1.2.3.4", "0.0.0.0|255.255.255.255|1.2.3.4"},
      {"10.0.0.1:8080 10.1.0.0/16", "10.0.0.1|10.1.0.0"},
      {"10.0.0.1-10.0.0.9 10.0.0.1/10.0.0.2 10.0.0.1..10.0.0.9", "10.0.0.1|10.0.0.9|10.0.0.1|10.0.0.2|10.0.0.1|10.0.0.9"},
      {"http://10.2.3.4/x root@10.2.3.5 GET /10.2.3.6/x", "10.2.3.4|10.2.3.5|10.2.3.6"},
      {"ip=10.2.3.4,host:10.2.3.5;ip-10.2.3.6 [10.2.3.7]", "10.2.3.4|10.2.3.5|10.2.3.6|10.2.3.7"},
      {"one\\n10.2.3.4\\ntwo", "10.2.3.4"},
      {"192.168.001.010 srv1-10.0.0.1", "192.168.001.010|10.0.0.1"},
      {"IP\xe5\x9c\xb0\xe5\x9d\x80" "10.0.0.1\xe3\x81\xa7\xe3\x81\x99", "10.0.0.1"},
      {"version 9 on 10.0.0.1 and host 10.0.0.2", "10.0.0.1|10.0.0.2"},
      {"build=v2.9.1.2 ip=27.173.246.37", "27.173.246.37"},
      {"4.3.2.1.in-addr.arpa", "4.3.2.1"},
      {"2021-07-21 20:37:00 10.20.30.40 - 443", "10.20.30.40"},
  };
  expect(cases, "ipv4");
}

TEST(Ipv4, versions_and_other_numbers) {
  constexpr Case cases[] = {
      {"v1.2.3.4 V1.2.3.4 version 1.2.3.4 Version: 1.2.3.4 ver. 1.2.3.4 build=1.2.3.4 version is 1.2.3.4", ""},
      {"versions 1.2.3.4 and 1.2.3.5, upgraded to 4.6.85.25; __version__ = \"3.5.0.1\" ObjectIdentifier(\"2.5.4.45\")", ""},
      {"section 1.2.3.4, \"version\": \"1.2.3.4\" {\\\"version\\\":\\\"1.2.3.4\\\"} | version | 1.2.3.4 | firmware 1.2.3.4 OID 2.5.29.15", ""},
      {"curl/7.88.1.0 Chrome/109.0.0.0 Safari name==1.2.3.4 name-1.2.3.4 lib.so.1.2.3.4 ^1.2.3.4", ""},
      {"1.2.3.4-rc1 1.2.3.4-SNAPSHOT 1.2.3.4b 1.2.3.4_5", ""},
      {"256.1.1.1 1.2.3 1.2.3.4.5 1.3.6.1.4.1.311 1.2.3.1234 01.02.03.04 12.3.2021", ""},
      {"0.005730421 3.14.15 19.99.", ""},
      {"v2.9.486.26 v9.39.505.57", ""},
  };
  expect(cases, "ipv4");
  EXPECT_EQ(values("1.2.3.4", "ipv4", "agent_version"), "");
  EXPECT_EQ(values("1.2.3.4", "ipv4", "last_login_ip"), "1.2.3.4");
}

TEST(Ipv6, every_form) {
  constexpr Case cases[] = {
      // RFC 4291, section 2.2
      {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789"},
      {"2001:DB8:0:0:8:800:200C:417A, FF01::101; ::1", "2001:DB8:0:0:8:800:200C:417A|FF01::101|::1"},
      {"2001:DB8::8:800:200C:417A.", "2001:DB8::8:800:200C:417A"},
      {"0:0:0:0:0:0:13.1.68.3 ::13.1.68.3 ::FFFF:129.144.52.38", "0:0:0:0:0:0:13.1.68.3|::13.1.68.3|::FFFF:129.144.52.38"},
      {"12AB:0:0:CD30::/60 2001:db8::/32", "12AB:0:0:CD30::|2001:db8::"},
      // RFC 4007, RFC 3986
      {"fe80::1%eth0 (fe80::1ff:fe23:4567:890a%3) [2001:db8::1]:443", "fe80::1%eth0|fe80::1ff:fe23:4567:890a%3|2001:db8::1"},
      {"64:ff9b::192.0.2.33 2001:db8:1:2:3:4:5::", "64:ff9b::192.0.2.33|2001:db8:1:2:3:4:5::"},
      {"addr:2001:db8::7 ip6=2001:db8::8: refused", "2001:db8::7|2001:db8::8"},
      {"e1d9:3d49:e6e7:7a27:28b0:9485:fbb0:d49e", "e1d9:3d49:e6e7:7a27:28b0:9485:fbb0:d49e"},
      {"dead:beef::cafe", "dead:beef::cafe"},
  };
  expect(cases, "ipv6");
}

TEST(Ipv6, what_looks_alike) {
  constexpr Case cases[] = {
      {"12:34:56 2021-07-21T20:37:00.600Z 23:59 1:2:3:4:5:6:7", ""},
      {"std::cout a::b abc::def dead::beef crate::add use std::fs::File ::before ::after", ""},
      {"x[::2] a[1::2] [1::2] :: 1::2", ""},
      {"2001:db8::1::2 2001:db8:::1 1:2:3:4:5:6:7:8:9 12345::1 2001:db8::1g", ""},
      {"16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", ""},
      {"6:D1:20:76:B7:29:73:BD and D1:20:76:B7:29:73:BD:5", ""},  // of a fingerprint, cut
      {"c1:fd:4c:ed:c9:b8 serial:AF:A2:8B:B9:33:AD:DA:AD", ""},
  };
  expect(cases, "ipv6");
}

TEST(Mac, every_form) {
  constexpr Case cases[] = {
      {"c1:fd:4c:ed:c9:b8 C1-FD-4C-ED-C9-B8 c1fd.4ced.c9b8.", "c1:fd:4c:ed:c9:b8|C1-FD-4C-ED-C9-B8|c1fd.4ced.c9b8"},
      {"mac:aa:bb:cc:dd:ee:ff, HWaddr 00:11:22:33:44:55", "aa:bb:cc:dd:ee:ff|00:11:22:33:44:55"},
      {"00-1b-63-ff-fe-84-45-e6 02:11:22:ff:fe:33:44:5a", "00-1b-63-ff-fe-84-45-e6|02:11:22:ff:fe:33:44:5a"},
      {"MAC 00-11-22-33-44-55", "00-11-22-33-44-55"},
      {"mac=3a:d8:0e:a7:42:67\n", "3a:d8:0e:a7:42:67"},
  };
  expect(cases, "mac_address");
}

TEST(Mac, by_the_name_of_the_field) {
  for (const char* field : {"mac", "mac_address", "macAddr", "device.hwaddr", "bssid"}) {
    for (const char* value : {"001A2B3C4D5E", "001a2b3c4d5e", "00 1a 2b 3c 4d 5e", "102030405060", "00:1a:2b:3c:4d:5e"})
      EXPECT_EQ(values(value, "network", field), value) << field;
    EXPECT_EQ(values("eth0 001a2b3c4d5e, up", "network", field), "001a2b3c4d5e");
    for (const char* value : {"001A2B3C4D5", "001A2B3C4D5E6", "Big Sur 11.2", "cafe", "00 1a 2b 3c 4d", "x001a2b3c4d5e", "00 1a 2b 3c 4d 5e7"})
      EXPECT_EQ(values(value, "network", field), "") << value;
  }
  for (const char* field : {"", "machine", "macro", "digest"}) EXPECT_EQ(values("001A2B3C4D5E", "network", field), "") << field;
  const std::string text = "a 001A2B3C4D5E 00 1a 2b 3c 4d 5e 10 20 001a2b3c4d5e6 aa:bb:cc:dd:ee:0f 102030405060";
  Pieces pieces("network", "mac");
  const std::string whole = pieces.cut(text, {});
  for (size_t a = 0; a <= text.size(); ++a)
    for (size_t b = a; b <= text.size(); ++b) ASSERT_EQ(pieces.cut(text, {a, b}), whole) << a << " " << b;
}

TEST(Mac, what_looks_alike) {
  constexpr Case cases[] = {
      {"00 11 22 aa ff 0a [.1FEC.0020.0009] 42EF.0020.0011.000a AF:A2:8B:B9:33:AD:DA:AD", ""},
      {"20-01-02-10-11-12 06-12-34-56-78 1234.5678.9012", ""},
      {"15ab8395-4208-434c-8bab-da4b1ed42a4e aa-bb-cc-dd-ee-ff-00 aa:bb:cc:dd:ee aa:bb:cc:dd:ee:ff:01", ""},
      {"16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48 abcd:aa:bb:cc:dd:ee:ff aa:bb:cc:dd:ee:fff", ""},
      {"aa:bb-cc:dd-ee:ff 12:34:56 xx:aa:bb:cc", ""},
      {":82:FA:8E:D2:A7:63> of a fingerprint", ""},   // cut before its colon
  };
  expect(cases, "mac_address");
}

TEST(Network, cut_anywhere) {
  const std::string text =
      "ip 10.20.30.40-10.20.30.41, v1.2.3.4 version is 1.2.3.4-beta; fe80::1%eth0 ::ffff:1.2.3.4 2001:db8::8:800:200c:417a and "
      "aa:bb:cc:dd:ee:ff aa-bb-cc-dd-ee-0f c1fd.4ced.c9b8 std::cout 12:34:56 curl/7.8.9.1 mac 00-11-22-33-44-55.";
  Pieces pieces("network");
  const std::string whole = pieces.cut(text, {});
  EXPECT_NE(whole.find('x'), std::string::npos);
  for (size_t a = 0; a <= text.size(); ++a)
    for (size_t b = a; b <= text.size(); b += 1 + b % 3) ASSERT_EQ(pieces.cut(text, {a, b}), whole) << a << " " << b;
  std::vector<size_t> all;
  for (size_t i = 1; i < text.size(); ++i) all.push_back(i);
  EXPECT_EQ(pieces.cut(text, all), whole);
  EXPECT_FALSE(pieces.held_too_much);
}

TEST(Mac, twelve_digits_in_one_piece_behind_a_name) {
  for (const std::string text : {"mac=#", "MAC: #,", "mac address: # ", "\"mac\":\"#\"", "device_mac_addr = #", "HWaddr: #"}) {
    const size_t at = text.find('#');
    EXPECT_EQ(values(std::string(text).replace(at, 1, "001A2B3C4D5E"), "mac_address"), "001A2B3C4D5E") << text;
  }
  EXPECT_EQ(values("hmac=001A2B3C4D5E mac=001A2B3C4D5E6F mac=001A2B mac: deadbeefcafe mac os 001A2B3C4D5E", "mac_address"), "");
}

}  // namespace
}  // namespace gatehouse::detect
