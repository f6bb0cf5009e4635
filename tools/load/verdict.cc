#include "load/verdict.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <sstream>

namespace gatehouse::load {
namespace {

constexpr double kLateShare = 0.01;
const double kUnknown = std::numeric_limits<double>::quiet_NaN();

std::string percent(double share) {
  char text[32];
  snprintf(text, sizeof text, "%.0f %%", share * 100);
  return text;
}

bool is_percentile(const std::string& name, double* percent_out) {
  if (name.size() < 2 || name[0] != 'p') return false;
  const auto [stop, error] = std::from_chars(name.data() + 1, name.data() + name.size(), *percent_out);
  return error == std::errc() && stop == name.data() + name.size() && *percent_out > 0 && *percent_out <= 100;
}

bool is_duration(const std::string& name) {
  double any;
  return is_percentile(name, &any) || name == "min" || name == "max" || name == "mean";
}

double duration_value(const std::string& name, const Histogram& latency) {
  double wanted = 0;
  if (latency.count() == 0) return kUnknown;
  if (is_percentile(name, &wanted)) return static_cast<double>(latency.percentile(wanted));
  if (name == "mean") return latency.mean();
  return static_cast<double>(name == "min" ? latency.min() : latency.max());
}

/// value_of returns nothing known (NaN) for a name that is none; `known` says whether it is one.
double value_of(const std::string& name, const Figures& figures, bool* known) {
  *known = true;
  const Tally& total = figures.total;
  if (is_duration(name)) return duration_value(name, total.latency);
  if (name == "errors") return static_cast<double>(total.failed());
  for (size_t i = 0; i < kFailures; ++i)
    if (name == kFailureNames[i]) return static_cast<double>(total.failures[i]);
  if (name == "rate") return figures.rate;
  if (name == "good") return static_cast<double>(total.good);
  if (name == "sent") return static_cast<double>(total.sent);
  if (name == "late") return static_cast<double>(total.late);
  if (name == "unsent") return static_cast<double>(total.unsent);
  if (name == "cpu_us") return figures.cpu_us > 0 ? figures.cpu_us : kUnknown;
  if (name == "rss_mib") return figures.rss_mib > 0 ? figures.rss_mib : kUnknown;
  *known = false;
  return kUnknown;
}

bool unit_factor(const std::string& unit, bool duration, double* factor) {
  if (!duration) return unit.empty();
  if (unit == "ns") *factor = 1;
  else if (unit == "us") *factor = 1e3;
  else if (unit == "ms") *factor = 1e6;
  else if (unit == "s") *factor = 1e9;
  else return false;
  return true;
}

}  // namespace

std::vector<std::string> doubts_of(double used, double waited) {
  const std::string said =
      "gatehouse-load used " + percent(used) + " of its core and waited " + percent(waited) + " of the time for it: ";
  if (used + waited > kBusyShare) return {said + "the tool was the limit"};
  if (waited > kWaitingShare) return {said + "latencies are this wait's as much as the server's"};
  return {};
}

Figures figures_of(const Run& run) {
  Figures figures;
  figures.total = run.total();
  figures.seconds = run.seconds();
  const UsageSpan& usage = run.usage();
  const Tally& total = figures.total;
  if (figures.seconds > 0) figures.rate = static_cast<double>(total.good_in_time) / figures.seconds;
  if (!run.wish().pids.empty() && total.in_time > 0) {
    figures.cpu_us = static_cast<double>(usage.process_cpu_ns()) / 1e3 / static_cast<double>(total.in_time);
  }
  figures.rss_mib = static_cast<double>(usage.rss_max_bytes) / (1024.0 * 1024.0);
  figures.tool_share = usage.cpu_share();
  figures.waiting_share = usage.waiting_share();
  figures.judged = usage.wall() >= static_cast<double>(kJudged);
  if (figures.judged) figures.doubts = doubts_of(figures.tool_share, figures.waiting_share);
  if (total.lag.count() > 0 && total.lag.percentile(100 * (1 - kLateShare)) > kLate)
    figures.doubts.push_back("more than 1 % of the requests were noticed over 1 ms after they were due");
  if (!run.wish().pids.empty() && (!usage.before.alive || !usage.after.alive))
    figures.doubts.push_back("a watched process was not there from begin to end");
  return figures;
}

Result<std::vector<Expectation>, std::string> parse_expectations(const std::string& text) {
  std::vector<Expectation> list;
  std::istringstream parts(text + ',');   // so that a comma at the end has nothing behind it, which is no expectation
  for (std::string part; std::getline(parts, part, ',');) {
    std::erase(part, ' ');
    Expectation expectation;
    expectation.text = part;
    const size_t at = part.find_first_of("<>=");
    if (at == std::string::npos || at == 0) return Failure{"'" + part + "' is not like p99<5ms"};
    const bool two = part[at] != '=' && at + 1 < part.size() && part[at + 1] == '=';
    expectation.name = part.substr(0, at);
    expectation.relation = part.substr(at, two ? 2 : 1);
    const std::string rest = part.substr(at + expectation.relation.size());
    bool known = false;
    value_of(expectation.name, {}, &known);
    if (!known) return Failure{"'" + expectation.name + "' is no figure of a run"};
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), expectation.wanted);
    const std::string unit(stop, rest.data() + rest.size());
    double factor = 1;
    if (error != std::errc() || !std::isfinite(expectation.wanted) || !unit_factor(unit, is_duration(expectation.name), &factor))
      return Failure{"'" + part + "': the number or its unit (ns, us, ms, s for durations) is wrong"};
    expectation.wanted *= factor;
    list.push_back(std::move(expectation));
  }
  return list;
}

void hold(Expectation& expectation, const Figures& figures) {
  bool known = false;
  const double found = value_of(expectation.name, figures, &known);
  expectation.found = found;
  const std::string& relation = expectation.relation;
  const double wanted = expectation.wanted;
  expectation.met = relation == "<"    ? found < wanted
                    : relation == "<=" ? found <= wanted
                    : relation == ">"  ? found > wanted
                    : relation == ">=" ? found >= wanted
                                       : std::abs(found - wanted) < 1e-9;
  if (std::isnan(found)) {
    expectation.met = false;
    expectation.found = 0;
  }
}

}  // namespace gatehouse::load
