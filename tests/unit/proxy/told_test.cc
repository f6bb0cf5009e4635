// What origins are told of what was verified: every hostile text stands in exactly one field, and no two are told alike.
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "http/h1_parser.h"
#include "proxy/heads.h"
#include "proxy/told.h"

namespace gatehouse::proxy {
namespace {

using config::Told;

struct Case {
  identity::Identity caller;
  Address client = *parse_address("192.0.2.7:40000");
  config::Route route;
  config::Origin origin;
  http::RequestHead request;
  Trace trace;
  Arena arena;

  Case() { origin.host = "origin.internal"; }

  Verified known() { return {&caller, &client, "Gate.Example.org.:8443", true}; }

  std::string value(Told told) { return std::string(told_value({"X-A", "", told}, known(), arena)); }

  /// What the origin gets: the fields of the head that our own parser reads, as "name=value" in order; of a request with `fields`.
  std::vector<std::string> head(const Verified& verified, std::vector<std::pair<ByteView, ByteView>> fields = {},
                                ByteView method = "GET") {
    request.method = method;
    request.fields.count = 0;
    for (const auto& [name, text] : fields) request.fields.items[request.fields.count++] = {name, text, http::field_id(name)};
    ByteSpan credential;
    const ByteView bytes =
        origin_head({request, origin, &route, trace, "/x", http::Framing::none, 0, false, verified}, arena, &credential);
    const auto read = std::make_unique<http::RequestHead>();
    http::HeadScan scan;
    Limits limits;
    limits.head_bytes = 1 << 20;
    const http::ParseResult parsed = http::parse_request_head(bytes, limits, scan, *read);
    std::vector<std::string> out;
    if (parsed.status != http::ParseStatus::complete || parsed.consumed != bytes.size()) return {"unreadable: " + std::string(bytes)};
    for (const http::Field& field : read->fields.all()) out.push_back(std::string(field.name) + "=" + std::string(field.value));
    return out;
  }
};

using Lines = std::vector<std::string>;

TEST(Told, TheOriginsCredentialIsOneAsteriskHoweverLongItIs) {
  Case one;
  one.origin.credential_header = "X-Key";
  for (const size_t size : {12, 400}) {
    one.origin.credential = crypto::Secret(std::string(size, 'k'));
    EXPECT_EQ(one.head(one.known()).back(), "X-Key=*");
  }
}

TEST(Told, AHeadFitsHoweverLongItsMethodIs) {
  Case one;
  for (const size_t size : {100, 600, 30'000}) {
    const std::string method(size, 'M');
    EXPECT_EQ(one.head(one.known(), {{"X-Kept", "y"}}, method), (Lines{"Host=origin.internal", "X-Kept=y"})) << size;
    EXPECT_EQ(one.request.method, method);
  }
}

TEST(Told, EveryWordSaysWhatWasVerified) {
  Case one;
  one.caller.subject = "job-7";
  one.caller.issuer = "dev";
  one.caller.groups = {"chunk-readers", "eu"};
  for (const Told told : {Told::subject, Told::issuer, Told::groups, Told::address, Told::scheme, Told::host})
    one.route.set_headers.push_back({"X-" + std::to_string(static_cast<int>(told)), "{}", told});
  one.route.set_headers.push_back({"X-Text", "{subject} as text", Told::text});
  EXPECT_EQ(one.head(one.known()), (Lines{"Host=origin.internal", "X-1=job-7", "X-2=dev", "X-3=chunk-readers,eu", "X-4=192.0.2.7",
                                         "X-5=https", "X-6=gate.example.org", "X-Text={subject} as text"}));
  Verified plain = one.known();
  plain.tls = false;
  EXPECT_EQ(one.head(plain)[5], "X-5=http");
}

TEST(Told, WhatIsNotKnownIsNotSent) {
  Case one;
  for (const Told told : {Told::subject, Told::issuer, Told::groups, Told::address, Told::scheme, Told::host})
    one.route.set_headers.push_back({"X-A", "{}", told});
  one.route.remove_headers = {"X-A"};   // as the configuration does
  EXPECT_EQ(one.head({}), Lines{"Host=origin.internal"});
  one.client = *parse_address("unix:/run/job.sock");
  EXPECT_EQ(one.head({&one.caller, &one.client, {}, {}}), Lines{"Host=origin.internal"});
  EXPECT_EQ(one.head({nullptr, nullptr, {}, {}}, {{"X-A", "forged"}, {"X-Forwarded-For", "forged"}}),
            Lines{"Host=origin.internal"}) << "a client never says it instead";
}

TEST(Told, HostileNamesAreEncoded) {
  Case one;
  for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
           {"a\r\nX-Admin: 1", "a%0D%0AX-Admin:%201"}, {"a,b", "a%2Cb"}, {"100%", "100%25"}, {"%0D", "%250D"},
           {"j\xc3\xb6" "b", "j%C3%B6b"}, {std::string("a\0b", 3), "a%00b"}, {" a\t", "%20a%09"}, {"\x7f\xff", "%7F%FF"},
           {"!\"#$&'()*+-./09:;<=>?@AZ[\\]^_`az{|}~", "!\"#$&'()*+-./09:;<=>?@AZ[\\]^_`az{|}~"}}) {
    one.caller.subject = one.caller.issuer = text;
    EXPECT_EQ(one.value(Told::subject), said);
    EXPECT_EQ(one.value(Told::issuer), said);
  }
  one.caller.groups = {"a,admin", "b%2C", "c d"};
  EXPECT_EQ(one.value(Told::groups), "a%2Cadmin,b%252C,c%20d");
  one.caller.groups = {"", "a", "", "b"};
  EXPECT_EQ(one.value(Told::groups), "a,b");
}

TEST(Told, AddressesStandWithoutPort) {
  Case one;
  for (const auto& [address, said] : std::vector<std::pair<const char*, const char*>>{
           {"10.0.0.1:1", "10.0.0.1"}, {"[2001:db8::7]:40000", "2001:db8::7"}, {"[::ffff:192.0.2.1]:5", "192.0.2.1"}, {"[::1]:1", "::1"},
           {"unix:/run/x", ""}}) {
    one.client = *parse_address(address);
    EXPECT_EQ(one.value(Told::address), said);
  }
  one.client = {};
  EXPECT_EQ(one.value(Told::address), "");
}

TEST(Told, WhatDoesNotFitIsRefusedAndNeverCut) {
  Case one;
  one.route.set_headers = {{"X-Groups", "{groups}", Told::groups}};
  one.caller.groups = {std::string(kToldBytesMax - 4, 'a'), "b%"};   // with comma and two more for '%': exactly as much as fits
  EXPECT_EQ(one.value(Told::groups).size(), kToldBytesMax + 1);
  EXPECT_EQ(untold(&one.route, one.known(), one.arena), Reason::token_groups);
  EXPECT_EQ(one.head(one.known()), Lines{"unreadable: "});
  one.caller.groups[1] = "%";
  EXPECT_EQ(untold(&one.route, one.known(), one.arena), Reason::none);
  EXPECT_EQ(one.head(one.known())[1], "X-Groups=" + std::string(kToldBytesMax - 4, 'a') + ",%25");
  one.caller.groups.assign(256, std::string(256, '\xff'));   // as many as an identity can have
  EXPECT_EQ(untold(&one.route, one.known(), one.arena), Reason::token_groups);
  one.route.set_headers = {{"X-A", std::string(kToldBytesMax + 1, 'a'), Told::text}};   // the configuration's own text
  EXPECT_EQ(untold(&one.route, one.known(), one.arena), Reason::none);
  EXPECT_EQ(one.head(one.known()).size(), 2U);
  EXPECT_EQ(untold(nullptr, one.known(), one.arena), Reason::none);
  one.route.set_headers = {{"X-Host", "{host}", Told::host}};
  EXPECT_EQ(untold(&one.route, {nullptr, nullptr, std::string(5000, 'a'), {}}, one.arena), Reason::http_host);
}

// Whatever the bytes are: one field, in which they can be read back, and no others.
TEST(Told, AnyBytesAreExactlyOneFieldAndReadBack) {
  std::mt19937 random(1);
  Case one;
  one.route.set_headers = {{"X-User", "{subject}", Told::subject}, {"X-Groups", "{groups}", Told::groups}};
  const auto text = [&](size_t most) {
    constexpr char kOften[] = "\r\n,%: \t\"a2C";
    std::string out(1 + random() % most, '\0');
    for (char& c : out) c = random() % 2 != 0 ? kOften[random() % (sizeof kOften - 1)] : static_cast<char>(random());
    return out;
  };
  const auto decoded = [](ByteView value) {
    std::string out;
    for (size_t i = 0; i < value.size(); ++i) {
      out += value[i] == '%' ? static_cast<char>(std::stoi(std::string(value.substr(i + 1, 2)), nullptr, 16)) : value[i];
      if (value[i] == '%') i += 2;
    }
    return out;
  };
  for (int i = 0; i < 3000; ++i) {
    one.caller.subject = text(40);
    one.caller.groups.clear();
    for (size_t count = 1 + random() % 5; count > 0; --count) one.caller.groups.push_back(text(12));
    const Lines got = one.head(one.known(), {{"X-User", "forged"}, {"x-groups", "forged"}, {"X_User", "forged"}});
    ASSERT_EQ(got.size(), 3U) << got[0];
    ASSERT_EQ(decoded(got[1]), "X-User=" + one.caller.subject);
    ASSERT_TRUE(got[2].starts_with("X-Groups="));
    std::vector<std::string> groups;
    for (ByteView rest = ByteView(got[2]).substr(9);;) {
      const size_t comma = rest.find(',');
      groups.push_back(decoded(rest.substr(0, comma)));
      if (comma == ByteView::npos) break;
      rest.remove_prefix(comma + 1);
    }
    ASSERT_EQ(groups, one.caller.groups);
    one.arena.reset();
  }
}

}  // namespace
}  // namespace gatehouse::proxy
