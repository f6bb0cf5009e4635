// What counts as a trace: the rest is neither recorded nor passed on.
#include <gtest/gtest.h>

#include <string>

#include "proxy/trace.h"

namespace gatehouse::proxy {
namespace {

constexpr const char* kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Traceparent, IsWhatTheStandardSays) {
  const std::string good = kGood;
  EXPECT_TRUE(is_traceparent(good));
  EXPECT_TRUE(is_traceparent("cc" + good.substr(2)));             // a later version
  EXPECT_TRUE(is_traceparent("cc" + good.substr(2) + "-what-ever"));
  EXPECT_FALSE(is_traceparent("cc" + good.substr(2) + ".x"));
  EXPECT_FALSE(is_traceparent("cc" + good.substr(2) + "-" + std::string(300, 'x')));
  EXPECT_FALSE(is_traceparent(good + "-x"));                      // version 00 has nothing more
  EXPECT_FALSE(is_traceparent("ff" + good.substr(2)));
  EXPECT_FALSE(is_traceparent(good.substr(0, 54)));
  EXPECT_FALSE(is_traceparent(""));
  EXPECT_FALSE(is_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  EXPECT_FALSE(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
  EXPECT_FALSE(is_traceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = 'g';
    EXPECT_FALSE(is_traceparent(bad)) << i;
  }
}

TEST(RequestId, IsShortAndCanStandAnywhere) {
  for (const char* good : {"a", "7f3c-1", "01HV.x_y~z+/=:@", "550e8400-e29b-41d4-a716-446655440000"})
    EXPECT_TRUE(is_request_id(good)) << good;
  EXPECT_TRUE(is_request_id(std::string(128, 'a')));
  EXPECT_FALSE(is_request_id(std::string(129, 'a')));
  for (const char* bad : {"", "a b", "a\"", "<a>", "a,b", "a;b", "\x1b[31m", "\xc3\xa9", "a\\", "${x}"})
    EXPECT_FALSE(is_request_id(bad)) << bad;
}

struct Fields : http::FieldList {
  Fields(std::initializer_list<std::pair<ByteView, ByteView>> all) {
    for (const auto& [name, value] : all) items[count++] = {name, value, http::field_id(name)};
  }
};

TEST(Trace, IsOneOfEachOrNone) {
  const Fields good{{"TraceParent", kGood}, {"tracestate", "a=b"}, {"X-Request-ID", "7"}};
  const Trace trace = trace_of(good);
  EXPECT_EQ(trace.traceparent, kGood);
  EXPECT_EQ(trace.request_id, "7");
  for (const http::Field& field : good.all()) EXPECT_FALSE(is_untold(field, trace)) << field.name;
  const Fields twice{{"traceparent", kGood}, {"traceparent", kGood}, {"tracestate", "a=b"}, {"x-request-id", "7"},
                     {"x-request-id", "7"}, {"other", "x"}};
  const Trace none = trace_of(twice);
  EXPECT_TRUE(none.traceparent.empty() && none.request_id.empty());
  for (const http::Field& field : twice.all()) EXPECT_EQ(is_untold(field, none), field.name != "other") << field.name;
}

}  // namespace
}  // namespace gatehouse::proxy
