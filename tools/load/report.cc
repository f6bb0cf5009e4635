#include "load/report.h"

#include <array>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>

namespace gatehouse::load {
namespace {

struct Percentile {
  double percent;
  const char* name;   // in the table
};
constexpr std::array<Percentile, 7> kPercentiles = {
    {{50, "p50"}, {75, "p75"}, {90, "p90"}, {95, "p95"}, {99, "p99"}, {99.9, "p99.9"}, {99.99, "p99.99"}}};

[[gnu::format(printf, 2, 3)]] void put(std::string& out, const char* format, ...) {
  char text[512];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  out += text;
}

std::string duration(double ns) {
  char text[32];
  if (ns < 1e3) snprintf(text, sizeof text, "%.0f ns", ns);
  else if (ns < 1e6) snprintf(text, sizeof text, "%.3g us", ns / 1e3);
  else if (ns < 1e9) snprintf(text, sizeof text, "%.*f ms", ns < 1e7 ? 2 : ns < 1e8 ? 1 : 0, ns / 1e6);
  else snprintf(text, sizeof text, "%.2f s", ns / 1e9);
  return text;
}

/// percentile_text is "-" where nothing was counted.
std::string percentile_text(const Histogram& latency, double percent) {
  return latency.count() == 0 ? "-" : duration(static_cast<double>(latency.percentile(percent)));
}

void put_latency(std::string& out, const Histogram& latency, const char* what) {
  if (latency.count() == 0) {
    out += "  no good answer: no latency to tell\n";
    return;
  }
  put(out, "  %s\n   ", what);
  for (const Percentile& p : kPercentiles)
    put(out, " %s %s%s", p.name, percentile_text(latency, p.percent).c_str(), &p == &kPercentiles.back() ? "" : ",");
  put(out, "\n    min %s, mean %s, max %s\n", duration(static_cast<double>(latency.min())).c_str(),
      duration(latency.mean()).c_str(), duration(static_cast<double>(latency.max())).c_str());
}

void put_failures(std::string& out, const Tally& tally) {
  if (tally.failed() == 0) return;
  put(out, "  failed   ");
  for (size_t i = 0; i < kFailures; ++i)
    if (tally.failures[i] != 0) put(out, " %s %" PRIu64, kFailureNames[i], tally.failures[i]);
  out += '\n';
}

void put_counts(std::string& out, const Tally& tally, double rate, double seconds) {
  put(out, "  good      %" PRIu64 " of %" PRIu64 " sent, %.1f a second over %.2f s\n", tally.good, tally.sent, rate,
      seconds);
  put_failures(out, tally);
  if (tally.aborted != 0) put(out, "  aborted   %" PRIu64 " on purpose\n", tally.aborted);
  const auto failed = [&tally](Failed kind) { return tally.failures[static_cast<size_t>(kind)]; };
  const uint64_t broken = failed(Failed::closed) + failed(Failed::timeout) + failed(Failed::malformed);
  const uint64_t over = tally.answers + tally.aborted + broken;
  if (tally.sent > over) put(out, "  open      %" PRIu64 " had no whole answer when the run ended\n", tally.sent - over);
  put(out, "  statuses ");
  for (const auto& [status, count] : tally.statuses) put(out, " %u: %" PRIu64, unsigned{status}, count);
  put(out, "\n  bytes     %" PRIu64 " in, %" PRIu64 " out, %" PRIu64 " new connections\n", tally.bytes_in,
      tally.bytes_out, tally.connections);
}

double step_seconds(const Step& step) {
  return step.end > step.begin ? static_cast<double>(step.end - step.begin) / 1e9 : 0;
}

double rate_of(const Step& step) {
  const double seconds = step_seconds(step);
  return seconds > 0 ? static_cast<double>(step.tally.good_in_time) / seconds : 0;
}

// ---- JSON -------------------------------------------------------------------------------------

void put_text(std::string& out, const std::string& text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) put(out, "\\u%04x", static_cast<unsigned>(c));
    else out += c;
  }
  out += '"';
}

void put_histogram(std::string& out, const Histogram& latency) {
  put(out, "{\"count\":%" PRIu64 ",\"min\":%" PRIu64 ",\"mean\":%.1f,\"max\":%" PRIu64, latency.count(), latency.min(),
      latency.mean(), latency.max());
  for (const Percentile& p : kPercentiles)
    put(out, ",\"%s\":%" PRIu64, p.name, latency.percentile(p.percent));
  out += ",\"histogram\":[";
  bool first = true;
  latency.for_each([&](MonotonicNs highest, uint64_t count) {
    put(out, "%s[%" PRIu64 ",%" PRIu64 "]", first ? "" : ",", highest, count);
    first = false;
  });
  out += "]}";
}

void put_tally(std::string& out, const Tally& tally) {
  put(out, "\"sent\":%" PRIu64 ",\"answers\":%" PRIu64 ",\"answers_in_time\":%" PRIu64 ",\"good\":%" PRIu64
      ",\"aborted\":%" PRIu64 ",\"unsent\":%" PRIu64 ",\"late\":%" PRIu64,
      tally.sent, tally.answers, tally.in_time, tally.good, tally.aborted, tally.unsent, tally.late);
  put(out, ",\"longest_lag_ns\":%" PRIu64 ",\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64
      ",\"connections_opened\":%" PRIu64 ",\"errors\":%" PRIu64 ",\"failures\":{",
      tally.lag.max(), tally.bytes_in, tally.bytes_out, tally.connections, tally.failed());
  for (size_t i = 0; i < kFailures; ++i)
    put(out, "%s\"%s\":%" PRIu64, i == 0 ? "" : ",", kFailureNames[i], tally.failures[i]);
  out += "},\"statuses\":{";
  bool first = true;
  for (const auto& [status, count] : tally.statuses) {
    put(out, "%s\"%u\":%" PRIu64, first ? "" : ",", unsigned{status}, count);
    first = false;
  }
  out += "},\"latency_ns\":";
  put_histogram(out, tally.latency);
}

void put_tool(std::string& out, const Figures& figures) {
  put(out, ",\"tool\":{\"cpu_share\":%.4f,\"waiting_share\":%.4f,\"judged\":%s,\"valid\":%s,\"doubts\":[",
      figures.tool_share, figures.waiting_share, figures.judged ? "true" : "false", figures.doubts.empty() ? "true" : "false");
  for (const std::string& doubt : figures.doubts) {
    if (&doubt != &figures.doubts.front()) out += ',';
    put_text(out, doubt);
  }
  out += "]}";
}

}  // namespace

std::string table(const Run& run, const Figures& figures, const std::vector<Expectation>& expectations,
                  const std::string& why_forbidden) {
  std::string out;
  put_counts(out, figures.total, figures.rate, figures.seconds);
  const bool churns = run.wish().mode == Mode::churn && run.wish().mode_connections == run.wish().connections;
  put_latency(out, figures.total.latency,
              churns ? "time to connect and shake hands" : "latency of good answers, from the intended send time");
  if (run.steps().size() > 1) {
    out += "  steps\n";
    for (const Step& step : run.steps())
      put(out, "    %.0f a second: %.1f good, p50 %s, p99 %s, failed %" PRIu64 ", late %" PRIu64 ", unsent %" PRIu64 "\n",
          step.rate, rate_of(step), percentile_text(step.tally.latency, 50).c_str(),
          percentile_text(step.tally.latency, 99).c_str(), step.tally.failed(),
          step.tally.late, step.tally.unsent);
  }
  if (run.side().sent != 0) {
    out += "  connections in the mode\n";
    put_counts(out, run.side(), figures.seconds > 0 ? static_cast<double>(run.side().good) / figures.seconds : 0,
               figures.seconds);
  }
  if (!why_forbidden.empty()) out += "  FORBIDDEN " + why_forbidden + "\n";
  if (!run.wish().pids.empty())
    put(out, "  process   %.2f us of CPU a request, %.1f MiB resident at most\n", figures.cpu_us, figures.rss_mib);
  put(out, "  this tool %.0f %% of a core, %.0f %% waiting for it; late %" PRIu64 ", unsent %" PRIu64 ", longest lag %s\n",
      100 * figures.tool_share, 100 * figures.waiting_share, figures.total.late, figures.total.unsent,
      duration(static_cast<double>(figures.total.lag.max())).c_str());
  if (!figures.judged) out += "  too short to say whether the tool was the limit\n";
  for (const std::string& doubt : figures.doubts) out += "  INVALID   " + doubt + "\n";
  for (const Expectation& expectation : expectations)
    out += std::string(expectation.met ? "  met       " : "  MISSED    ") + expectation.text + "\n";
  return out;
}

std::string json(const Run& run, const std::string& url, const Figures& figures,
                 const std::vector<Expectation>& expectations, uint32_t forbidden_seen, int exit_code) {
  std::string out = "{\"schema\":\"gatehouse-load/1\",\"url\":";
  put_text(out, url);
  put(out, ",\"loop\":\"%s\",\"connections\":%u,\"seconds\":%.4f,\"rate\":%.2f,",
      run.wish().rates.empty() ? "closed" : "open", run.wish().connections, figures.seconds, figures.rate);
  put_tally(out, figures.total);
  out += ",\"steps\":[";
  for (const Step& step : run.steps()) {
    put(out, "%s{\"wanted_rate\":%.3f,\"seconds\":%.4f,\"rate\":%.2f,", &step == &run.steps().front() ? "" : ",",
        step.rate, step_seconds(step), rate_of(step));
    put_tally(out, step.tally);
    out += '}';
  }
  out += "],\"in_mode\":{";
  put_tally(out, run.side());
  out += '}';
  put_tool(out, figures);
  if (run.wish().pids.empty()) out += ",\"process\":null";
  else put(out, ",\"process\":{\"cpu_us_per_request\":%.3f,\"cpu_ns\":%" PRIu64 ",\"rss_bytes\":%" PRIu64
           ",\"rss_max_bytes\":%" PRIu64 "}",
           figures.cpu_us, run.usage().process_cpu_ns(), run.usage().after.rss_bytes,
           run.usage().rss_max_bytes);
  put(out, ",\"forbidden_line\":%u,\"expectations\":[", forbidden_seen);
  for (const Expectation& expectation : expectations) {
    if (&expectation != &expectations.front()) out += ',';
    out += "{\"text\":";
    put_text(out, expectation.text);
    put(out, ",\"found\":%.3f,\"met\":%s}", expectation.found, expectation.met ? "true" : "false");
  }
  put(out, "],\"exit_code\":%d}\n", exit_code);
  return out;
}

std::string live_line(const Run& run) {
  const Tally total = run.total();
  std::string out;
  put(out, "%6.1f s  %" PRIu64 " good  p50 %s  p99 %s  failed %" PRIu64 "  late %" PRIu64 "  open %" PRIu64,
      run.elapsed(), total.good, percentile_text(total.latency, 50).c_str(),
      percentile_text(total.latency, 99).c_str(), total.failed(), total.late,
      run.clients_open());
  return out;
}

}  // namespace gatehouse::load
