// Histogram, expectations, checks and plan of gatehouse-load.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "load/checks.h"
#include "load/options.h"
#include "load/verdict.h"

namespace gatehouse::load {
namespace {

MonotonicNs exact(std::vector<MonotonicNs> values, double percent) {
  std::sort(values.begin(), values.end());
  const auto hundredths = static_cast<size_t>(std::lround(percent * 100));   // whole numbers: no rounding of 99.9
  const size_t rank = (hundredths * values.size() + 9999) / 10000;
  return values[std::max<size_t>(rank, 1) - 1];
}

TEST(LoadHistogram, PercentilesAreRightToThreeDigitsAtEverySize) {
  std::mt19937_64 random(1);
  for (const double centre : {50.0, 5e3, 3e5, 2e7, 4e9, 1e12}) {
    std::lognormal_distribution<double> spread(std::log(centre), 1.5);
    Histogram histogram;
    std::vector<MonotonicNs> values;
    for (int i = 0; i < 20000; ++i) {
      values.push_back(static_cast<MonotonicNs>(spread(random)));
      histogram.record(values.back());
    }
    for (const double percent : {0.01, 10.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
      const double right = static_cast<double>(exact(values, percent));
      const double told = static_cast<double>(histogram.percentile(percent));
      EXPECT_GE(told, right) << centre << " p" << percent;
      EXPECT_LE(told, right * (1 + 1.0 / 1024)) << centre << " p" << percent;
    }
    EXPECT_EQ(histogram.max(), exact(values, 100));
    EXPECT_EQ(histogram.min(), *std::min_element(values.begin(), values.end()));
  }
}

TEST(LoadHistogram, BordersAndTheLargestValue) {
  for (unsigned shift = 0; shift < 64; ++shift) {
    for (const uint64_t value : {(uint64_t{1} << shift) - 1, uint64_t{1} << shift, (uint64_t{1} << shift) + 1}) {
      Histogram histogram;
      histogram.record(value);
      EXPECT_EQ(histogram.percentile(50), value);   // never more than the largest that was recorded
      histogram.for_each([value](MonotonicNs highest, uint64_t count) {
        EXPECT_EQ(count, 1u);
        EXPECT_GE(highest, value);
        EXPECT_LE(highest - value, value / 1024);
      });
    }
  }
}

TEST(LoadVerdict, ARunWhoseToolHadNoCoreIsInvalid) {
  EXPECT_TRUE(doubts_of(0.5, 0.24).empty());
  EXPECT_TRUE(doubts_of(0.89, 0).empty());
  EXPECT_EQ(doubts_of(0.7, 0.21).size(), 1U);
  EXPECT_EQ(doubts_of(0.01, 0.26).size(), 1U) << "it had little to do, and each answer waited for it";
}

TEST(LoadHistogram, AddIsTheSameAsRecordingAll) {
  Histogram one, two, all;
  for (MonotonicNs value = 1; value < 100'000'000; value = value * 3 + 1) {
    (value % 2 == 0 ? one : two).record(value);
    all.record(value);
  }
  one.add(two);
  EXPECT_EQ(one.count(), all.count());
  EXPECT_EQ(one.max(), all.max());
  EXPECT_EQ(one.min(), all.min());
  EXPECT_DOUBLE_EQ(one.mean(), all.mean());
  for (const double percent : {1.0, 25.0, 50.0, 75.0, 99.0}) EXPECT_EQ(one.percentile(percent), all.percentile(percent));
  EXPECT_EQ(Histogram().percentile(99), 0u);
}

TEST(LoadExpectations, AreReadWithTheirUnits) {
  const auto read = parse_expectations("p99.9<=1.5ms, errors=0,rate>=2000,max<2s,cpu_us<20,status=1");
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->size(), 6u);
  EXPECT_EQ((*read)[0].name, "p99.9");
  EXPECT_EQ((*read)[0].relation, "<=");
  EXPECT_DOUBLE_EQ((*read)[0].wanted, 1.5e6);
  EXPECT_DOUBLE_EQ((*read)[3].wanted, 2e9);
  for (const char* wrong : {"", "p99", "p99<", "p99<5", "p99<5 parsecs", "errors=0ms", "p0<1ms", "p101<1ms", "px<1ms",
                            "speed>1", "<5ms", "errors==0", "errors=0,", ",errors=0", "p99<infs", "p99<nanms", "rate>-inf"})
    EXPECT_FALSE(parse_expectations(wrong)) << wrong;
}

bool met(const char* text, const Figures& figures) {
  auto read = parse_expectations(text);
  EXPECT_TRUE(read) << text;
  hold(read->front(), figures);
  return read->front().met;
}

TEST(LoadExpectations, AreHeldAgainstTheFigures) {
  Figures figures;
  EXPECT_FALSE(met("p99<5ms", figures)) << "no good answer proves nothing";
  EXPECT_FALSE(met("p99>=0ns", figures));
  EXPECT_FALSE(met("cpu_us<100", figures)) << "no process was watched";
  EXPECT_TRUE(met("errors=0", figures));
  for (int i = 1; i <= 100; ++i) figures.total.latency.record(static_cast<MonotonicNs>(i) * 1000);
  figures.total.failures[static_cast<size_t>(Failed::timeout)] = 3;
  EXPECT_TRUE(met("p50<51us", figures));
  EXPECT_FALSE(met("p50<50us", figures));
  EXPECT_TRUE(met("max<=100us", figures));
  EXPECT_FALSE(met("max<100us", figures));
  EXPECT_TRUE(met("timeout=3", figures));
  EXPECT_FALSE(met("errors<3", figures));
  EXPECT_TRUE(met("closed=0", figures));
}

TEST(LoadChecks, JudgeStatusBodyAndForbiddenValues) {
  Checks plain;
  EXPECT_EQ(plain.judge(204, "", 0), std::nullopt);
  EXPECT_EQ(plain.judge(302, "", 0), Failed::status);
  Checks checks;
  checks.expect_status({403});
  checks.expect_body("no");
  ASSERT_TRUE(checks.forbid({"a.b", "Jürgen (x)"}));
  EXPECT_EQ(checks.judge(403, "head: aXb\r\n\r\nno", 13), std::nullopt);   // a value is no pattern
  EXPECT_EQ(checks.judge(200, "no", 0), Failed::status);
  EXPECT_EQ(checks.judge(403, "nO", 0), Failed::body);
  EXPECT_EQ(checks.seen(), 0u);
  EXPECT_EQ(checks.judge(403, "head: Jürgen (x)\r\n\r\nno", 21), Failed::forbidden);
  EXPECT_EQ(checks.seen(), 2u);
  EXPECT_EQ(checks.judge(403, "a.b", 0), Failed::forbidden);
  EXPECT_EQ(checks.seen(), 2u) << "the first one is told";
}

TEST(LoadPlan, RefusesWhatWouldNotBeOneRequest) {
  Url url;
  url.host_field = "h";
  url.path = "/";
  Plan plan;
  EXPECT_FALSE(plan.add(url, {"GET /x", "", {}, ""}, false));
  EXPECT_FALSE(plan.add(url, {"GET", "/a b", {}, ""}, false));
  EXPECT_FALSE(plan.add(url, {"GET", "", {{"A", "b\r\nC: d"}}, ""}, false));
  EXPECT_FALSE(plan.add(url, {"POST", "", {{"content-LENGTH", "7"}}, "x"}, false));
  EXPECT_FALSE(plan.add(url, {"POST", "", {{"Transfer-Encoding", "chunked"}}, "x"}, false));
  EXPECT_EQ(plan.size(), 0u);
  ASSERT_TRUE(plan.add(url, {"", "", {{"Host", "other"}}, "x"}, true));
  EXPECT_EQ(plan.request(0).head, "POST / HTTP/1.1\r\nHost: other\r\nConnection: close\r\nContent-Length: 1\r\n");
}

TEST(LoadOptions, Durations) {
  EXPECT_EQ(parse_duration("500ms"), 500 * kNsPerMs);
  EXPECT_EQ(parse_duration("1.5s"), 1500 * kNsPerMs);
  EXPECT_EQ(parse_duration("2m"), 120 * kNsPerSecond);
  EXPECT_EQ(parse_duration("3"), 3 * kNsPerSecond);
  for (const char* wrong : {"", "s", "-1s", "5h", "1e30s", "nan", "10 s"}) EXPECT_FALSE(parse_duration(wrong)) << wrong;
}

}  // namespace
}  // namespace gatehouse::load
