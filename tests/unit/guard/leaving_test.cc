#include "guard/leaving.h"

#include <gtest/gtest.h>

namespace gatehouse::guard {
namespace {

using Is = AddressCheck::Is;

std::shared_ptr<const Addresses> compiled(AddressRules rules) {
  auto out = Addresses::compile(std::move(rules));
  EXPECT_TRUE(out.ok());
  return *out;
}

AddressRules listed() {
  AddressRules rules;
  rules.hosts = {"example.org", "*.Example.com", "db.internal"};
  rules.schemes = {"https", "http", "s3"};
  rules.ports = {8443};
  rules.networks = {*Network::parse("10.1.0.0/16"), *Network::parse("2606:4700::/32")};
  rules.buckets = {"out-*", "reports"};
  return rules;
}

AddressRules anybody() {
  AddressRules rules;
  rules.hosts = {"*"};
  rules.schemes = {"https", "http"};
  return rules;
}

TEST(Leaving, ListedAddressesPass) {
  const auto addresses = compiled(listed());
  for (const char* text : {"https://example.org", "https://example.org/", "HTTPS://EXAMPLE.ORG/a?b=c@d#e", "http://a.b.example.com:8443/x",
                           "https://example.org:443/x", "http://example.org:80", "https://example.org./x", "https://10.1.2.3/",
                           "https://[2606:4700::1]/", "https://[::ffff:10.1.2.3]:8443/", "https://example.org/a%20b/\xc3\xa9", "s3://out-7/key", "s3://reports",
                           "http://db.internal/"}) {
    EXPECT_EQ(addresses->check(text).is, Is::allowed) << text << ": " << addresses->check(text).why;
    EXPECT_EQ(addresses->check_any(text).is, Is::allowed) << text;
  }
  for (const char* text : {"example.org", "a.example.com:8443", "db.internal", "10.1.0.1", "[2606:4700::2]:8443", "example.org/path"}) {
    EXPECT_EQ(addresses->check(text).is, Is::allowed) << text << ": " << addresses->check(text).why;
    EXPECT_EQ(addresses->check_any(text).is, Is::no_address) << text;
  }
}

TEST(Leaving, WhatIsNotListedIsRefused) {
  const auto addresses = compiled(listed());
  for (const char* text : {"https://example.com/", "https://example.org.evil.test/", "https://notexample.org/", "https://aexample.com/", "ftp://example.org/",
                           "https://example.org:8080/", "http://example.org:443/", "https://10.2.0.1/", "s3://secrets/x", "s3://out-7:80/x", "gs://out-7/x", "s3n://out-7/x",
                           "https://8.8.8.8/", "https://[2607::1]/", "file:///etc/passwd", "file://example.org/x", "jdbc:postgresql://example.org/x",
                           "javascript:alert(1)", "data:text/html,x", "ssh://example.org/", "git+https://example.org/"}) {
    EXPECT_EQ(addresses->check(text).is, Is::refused) << text;
    EXPECT_EQ(addresses->check_any(text).is, Is::refused) << text;
  }
}

TEST(Leaving, NoSpellingOfAPrivateAddressPasses) {
  const auto addresses = compiled(anybody());
  ASSERT_EQ(addresses->check("https://example.net/").is, Is::allowed);
  ASSERT_EQ(addresses->check("https://8.8.8.8/").is, Is::allowed);
  ASSERT_EQ(addresses->check("https://[2606:4700::1]/").is, Is::allowed);
  for (const char* host : {"169.254.169.254", "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.0.0.1", "0X7F.1", "017700000001", "0177.0.0.1",
                           "0251.0376.0251.0376", "2852039166", "0xa9fea9fe", "169.254.169.254.", "127.0.0.1.", "00000177.0.0.1", "256.256.256.256", "1.2.3.4.5", "4294967296",
                           "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1",
                           "224.0.0.1", "255.255.255.255", "240.0.0.1", "localhost", "LOCALHOST", "localhost.", "a.localhost", "metadata", "metadata.google.internal",
                           "Metadata.Google.Internal.", "redis", "x.local", "127.0.0.1.nip.io", "7f000001.sslip.io", "localtest.me", "a.lvh.me", "[::1]", "[::]",
                           "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:a9fe:a9fe]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]",
                           "[2002:7f00:1::]", "[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[fec0::1]", "[2001:0:1::1]", "[2001:db8::1]",
                           "[4000::1]", "[::1", "[127.0.0.1]", "\xe2\x91\xa0" "27.0.0.1", "\xef\xbc\x91" "27.0.0.1", "127\xe3\x80\x82" "0.0.1", "127%2e0.0.1", "%6c%6f%63alhost", "localhos\xe2\x80\x8bt",
                           "example.org:80@127.0.0.1", "user@127.0.0.1", "127.0.0.1:80:80", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:00080", "127.0.0.1:99999", "a..b", ".a.b", "a.b..", ""}) {
    const std::string url = "http://" + std::string(host) + "/latest/meta-data/";
    EXPECT_EQ(addresses->check(url).is, Is::refused) << url;
    EXPECT_TRUE(*host == 0 || addresses->check(host).is == Is::refused) << host;
    EXPECT_EQ(addresses->check_any(url).is, Is::refused) << url;
  }
}

TEST(Leaving, WhatOnlySomeReaderTakesForAnAddressIsRefused) {
  const auto addresses = compiled(anybody());
  for (const char* text : {"//evil.test/x", "\\\\evil.test\\x", "/\\evil.test", "\\/evil.test", "///evil.test", "http:evil.test", "http:/evil.test", "http:///evil.test", "https:\\\\evil.test",
                           "http://a.test\\@evil.test/", "http://a.test#@evil.test/", "http://a.test?@evil.test/", "http://a.test@evil.test/", "http://a.test?x", "http://a.test#x", "http://a.test?.evil.test/", "http://a.test:80@evil.test/",
                           "ht\ttp://evil.test", "http\n://evil.test", "\thttp://evil.test", " http://evil.test", "http://evil.test ", "http://evil.test\n", "http://ev\til.test/",
                           "http://evil.test/\r\nHost:x", "\x01http://evil.test", "\xef\xbb\xbfhttp://evil.test", "\xc2\xa0http://evil.test", "http://evil.test\x7f",
                           "<http://evil.test>", "<URL:http://evil.test>", "url:http://evil.test", "URL:http://evil.test", "feed:http://evil.test/", "view-source:http://evil.test",
                           "http://\xd0\xb5vil.test/", "http://evil\xef\xbc\x8etest", "http://evil.test\xef\xbc\x8f.a.test/", "http://%65vil.test", "h\xc2\xadttp://evil.test", "file:x", "JDBC:mysql:x", "DATA:,x"}) {
    EXPECT_EQ(addresses->check(text).is, Is::refused) << text;
    EXPECT_EQ(addresses->check_any(text).is, Is::refused) << text;
  }
  for (const char* slash : {"/", "\\"}) {   // a browser passes over any number of them
    std::string many;
    while (many.size() < 400) many += slash;
    EXPECT_EQ(addresses->check_any(many + "evil.test").is, Is::refused);
    EXPECT_EQ(addresses->check_any("http:" + many + "evil.test").is, Is::refused);
    EXPECT_EQ(addresses->check_any(many).is, Is::no_address);
  }
  EXPECT_EQ(addresses->check("http://a.test/" + std::string(kAddressMax, 'x')).is, Is::refused);
  EXPECT_EQ(addresses->check_any("http://a.test/" + std::string(kAddressMax, 'x')).is, Is::refused);
}

TEST(Leaving, OtherStringsAreNoAddresses) {
  const auto addresses = compiled(anybody());
  for (const char* text : {"", "  ", "text", "evil.test", "10.0.0.1", "a: b", "note:x", "urn:isbn:1", "C:\\temp", "12:30", "/path/to", "std::string", "// a comment", "https://x.test is a site", "see http://x.test",
                           "data: the rest", "http:", "//", "a/b//c", "x = y // z", "\\frac{a}{b}", "http", "mailto:a@b.test", "https://a.test\nand more"})
    EXPECT_EQ(addresses->check_any(text).is, Is::no_address) << text;
  EXPECT_EQ(addresses->check("").is, Is::no_address);
  EXPECT_EQ(addresses->check(" \t").is, Is::no_address);
  for (const char* text : {"a b", "/callback", "::1", "a_b c", "mailto:a@b.test", "x", "127.0.0.1 ", "evil.test:70000", "a.test//evil.test", "?x", "#"})
    EXPECT_EQ(addresses->check(text).is, Is::refused) << text;
}

TEST(Leaving, DataPassesWhenListed) {
  AddressRules rules = anybody();
  rules.schemes.push_back("data");
  const auto addresses = compiled(rules);
  EXPECT_EQ(addresses->check("data:image/png;base64,AAAA").is, Is::allowed);
  EXPECT_EQ(addresses->check("data:image/png;base64," + std::string(100000, 'A')).is, Is::allowed);
  EXPECT_EQ(addresses->check_any("data:text/plain,a").is, Is::allowed);
  EXPECT_EQ(addresses->check("jdbc:data:,x").is, Is::refused);
}

TEST(Leaving, BucketsBesideEndpoints) {
  const auto addresses = compiled(listed());
  EXPECT_EQ(addresses->check_bucket("https://example.org", "out-1").is, Is::allowed);
  EXPECT_EQ(addresses->check_bucket("example.org:8443", "reports").is, Is::allowed);
  EXPECT_EQ(addresses->check_bucket("", "reports").is, Is::allowed);
  EXPECT_EQ(addresses->check_bucket("s3.example.test", "out-1").is, Is::refused);
  EXPECT_EQ(addresses->check_bucket("https://example.org", "out").is, Is::refused);
  EXPECT_EQ(addresses->check_bucket("", "out-/../x").is, Is::refused);
  EXPECT_EQ(addresses->check_bucket("", "").is, Is::refused);
  EXPECT_EQ(addresses->check_bucket(" ", "reports").is, Is::no_address);
}

TEST(Leaving, CompileErrors) {
  using List = Addresses::CompileError::List;
  const auto fails = [](AddressRules rules, List list) {
    const auto out = Addresses::compile(std::move(rules));
    return !out.ok() && out.error().list == list;
  };
  for (const char* host : {"", "a*", "*.", "**", "https://a.test", "a.test:80", "a.test.", "127.0.0.1", "0x7f", "*.1", "\xc3\xa9.test", "a..b"})
    EXPECT_TRUE(fails({{host}, {"https"}, {}, {}, {}}, List::hosts)) << host;
  for (const char* scheme : {"", "HTTPS", "https:", "1a", "file", "javascript", "jdbc"})
    EXPECT_TRUE(fails({{}, {scheme}, {}, {}, {}}, List::schemes)) << scheme;
  EXPECT_TRUE(fails({{}, {}, {0}, {}, {}}, List::ports));
  for (const char* bucket : {"", "a/b", "\xc3\xa9"}) EXPECT_TRUE(fails({{}, {}, {}, {}, {bucket}}, List::buckets)) << bucket;
}

}  // namespace
}  // namespace gatehouse::guard
