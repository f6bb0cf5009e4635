#include "telemetry/exposition.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace gatehouse::telemetry {
namespace {

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

struct Two {
  std::unique_ptr<WorkerMetrics> a = std::make_unique<WorkerMetrics>();
  std::unique_ptr<WorkerMetrics> b = std::make_unique<WorkerMetrics>();
  std::vector<const WorkerMetrics*> all{a.get(), b.get()};
};

std::string expose(const Two& two, const RouteSeries& routes) {
  Exposition out;
  expose_workers(out, two.all);
  routes.expose(out, two.all);
  return out.take();
}

TEST(Histogram, PutsEachLatencyInItsBucket) {
  Histogram histogram;
  EXPECT_EQ(Histogram::bound_ns(0), 25'000u);
  EXPECT_EQ(Histogram::bound_ns(Histogram::kBuckets - 1), 104'857'600'000u);
  for (const uint64_t ns : {0ul, 25'000ul, 25'001ul, 50'000ul, 104'857'600'000ul, 104'857'600'001ul}) histogram.add(ns);
  EXPECT_EQ(histogram.count(0), 2u);
  EXPECT_EQ(histogram.count(1), 2u);
  EXPECT_EQ(histogram.count(Histogram::kBuckets - 1), 1u);
  EXPECT_EQ(histogram.count(Histogram::kBuckets), 1u);
  EXPECT_EQ(histogram.sum_ns(), 209'715'300'002u);
}

TEST(Exposition, SumsWorkers) {
  Two two;
  two.a->sessions_opened.add(3);
  two.b->sessions_opened.add(4);
  two.a->sessions_now.set(2);
  two.a->handshakes.add(5);
  two.b->handshakes_resumed.add(2);
  two.a->snapshot_version.set(3);
  two.b->snapshot_version.set(2);
  two.b->ended_by_reason[reason_index(Reason::guard_hit)].add(7);
  const std::string text = expose(two, {});
  EXPECT_TRUE(has(text, "# TYPE gatehouse_sessions_opened_total counter"));
  EXPECT_TRUE(has(text, "gatehouse_sessions_opened_total 7"));
  EXPECT_TRUE(has(text, "gatehouse_sessions 2"));
  EXPECT_TRUE(has(text, "gatehouse_tls_handshakes_total{result=\"full\"} 3"));
  EXPECT_TRUE(has(text, "gatehouse_tls_handshakes_total{result=\"resumed\"} 2"));
  EXPECT_TRUE(has(text, "gatehouse_snapshot_version 2"));
  EXPECT_TRUE(has(text, "gatehouse_exchanges_total{reason=\"guard_hit\"} 7"));
  EXPECT_TRUE(has(text, "gatehouse_exchanges_total{reason=\"none\"} 0"));
}

TEST(Exposition, EscapesLabels) {
  Exposition out;
  out.family("x", "gauge", "Help.");
  out.sample({{"a", "q\"b\\n\nz"}, {"c", "d"}}, 1.5);
  EXPECT_EQ(out.take(), "# HELP gatehouse_x Help.\n# TYPE gatehouse_x gauge\n"
                        "gatehouse_x{a=\"q\\\"b\\\\n\\nz\",c=\"d\"} 1.5\n");
}

TEST(RouteSeries, AddsUpBuckets) {
  Two two;
  RouteSeries routes;
  routes.rename(two.all, {"chunk", "embed"});
  two.a->exchange_seconds[0].add(20'000);
  two.b->exchange_seconds[0].add(30'000);
  two.b->exchange_seconds[0].add(200'000 * kNsPerMs);
  const std::string text = expose(two, routes);
  EXPECT_TRUE(has(text, "# TYPE gatehouse_exchange_duration_seconds histogram"));
  EXPECT_TRUE(has(text, "gatehouse_exchange_duration_seconds_bucket{route=\"chunk\",le=\"2.5e-05\"} 1")) << text;
  EXPECT_TRUE(has(text, "gatehouse_exchange_duration_seconds_bucket{route=\"chunk\",le=\"5e-05\"} 2"));
  EXPECT_TRUE(has(text, "gatehouse_exchange_duration_seconds_bucket{route=\"chunk\",le=\"104.8576\"} 2"));
  EXPECT_TRUE(has(text, "gatehouse_exchange_duration_seconds_bucket{route=\"chunk\",le=\"+Inf\"} 3"));
  EXPECT_TRUE(has(text, "gatehouse_exchange_duration_seconds_sum{route=\"chunk\"} 200.00005"));
  EXPECT_TRUE(has(text, "gatehouse_exchange_duration_seconds_count{route=\"chunk\"} 3"));
  EXPECT_TRUE(has(text, "gatehouse_exchange_duration_seconds_count{route=\"embed\"} 0"));
}

TEST(RouteSeries, KeepsASeriesWhenItsPlaceChanges) {
  Two two;
  RouteSeries routes;
  const auto count = [&](const std::string& route, int n) {
    return has(expose(two, routes),
               "gatehouse_exchange_duration_seconds_count{route=\"" + route + "\"} " + std::to_string(n));
  };
  routes.rename(two.all, {"chunk", "embed"});
  two.a->exchange_seconds[0].add(1);
  two.a->exchange_seconds[1].add(1);
  two.a->exchange_seconds[1].add(1);
  routes.rename(two.all, {"new", "chunk", "embed"});
  EXPECT_TRUE(count("chunk", 1) && count("embed", 2) && count("new", 0));
  two.b->exchange_seconds[1].add(1);
  two.b->exchange_seconds[0].add(1);
  EXPECT_TRUE(count("chunk", 2) && count("embed", 2) && count("new", 1));
  routes.rename(two.all, {"chunk"});
  two.b->exchange_seconds[0].add(1);
  EXPECT_TRUE(count("chunk", 3) && count("embed", 2) && count("new", 1));
}

TEST(RouteSeries, SharesTheLastPlace) {
  Two two;
  RouteSeries routes;
  std::vector<std::string> many;
  for (size_t i = 0; i < kRoutes + 5; ++i) many.push_back("r" + std::to_string(i));
  routes.rename(two.all, many);
  two.a->exchange_seconds[kRoutes - 1].add(1);
  EXPECT_TRUE(has(expose(two, routes), "gatehouse_exchange_duration_seconds_count{route=\"other\"} 1"));
  EXPECT_EQ(expose(two, routes).find("route=\"r63\""), std::string::npos);
}

TEST(Exposition, PassesPromtool) {
  if (system("promtool --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no promtool (Debian package prometheus)";
  Two two;
  RouteSeries routes;
  routes.rename(two.all, {"chunk", "a \"quoted\" \\ rule"});
  two.a->exchange_seconds[1].add(123'456);
  FILE* promtool = popen("promtool check metrics 2>&1", "w");
  ASSERT_NE(promtool, nullptr);
  fputs(expose(two, routes).c_str(), promtool);
  EXPECT_EQ(pclose(promtool), 0);
}

}  // namespace
}  // namespace gatehouse::telemetry
