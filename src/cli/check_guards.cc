// What the patterns of guards cost, for `gatehouse check`.
#include <time.h>

#include "cli/check_report.h"
#include "config/json_text.h"

namespace gatehouse::cli {
namespace {

/// The processor's time of this thread: others that run meanwhile do not count.
MonotonicNs thread_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<MonotonicNs>(now.tv_sec) * kNsPerSecond + static_cast<MonotonicNs>(now.tv_nsec);
}

std::string count_text(size_t patterns) { return std::to_string(patterns) + (patterns == 1 ? " pattern" : " patterns"); }

std::string here(uint32_t ns_per_kib) {
  return ns_per_kib == pattern::kCostUnknown ? "beyond the limits" : std::to_string(ns_per_kib);
}

bool has_patterns(const config::Prepared& prepared) {
  return prepared.ok() && prepared.snapshot->guards != nullptr && prepared.snapshot->guards->cost().patterns > 0;
}

}  // namespace

std::string guards_text(const config::Prepared& prepared) {
  if (!has_patterns(prepared)) return {};
  const guard::Set& set = *prepared.snapshot->guards;
  const guard::Cost& cost = set.cost();
  const guard::Measured measured = guard::measure(set, thread_time);
  const uint64_t limit = prepared.loaded.config.guard_cost;
  std::string out = "guards   " + count_text(cost.patterns) + ", reckoned at " + std::to_string(cost.ns_per_kib) +
                    " ns per KiB of text of " + std::to_string(limit) + " allowed; measured here " + here(measured.all) +
                    (measured.all > limit ? ": more than allowed, see the dearest\n" : "\n");
  for (size_t i = 0; i < set.size(); ++i) {
    const guard::Cost::Guard& guard = cost.guards[i];
    if (guard.patterns == 0) {
      out += "  guard " + config::printable(set.name(i)) + ": no patterns\n";
      continue;
    }
    out += "  guard " + config::printable(set.name(i)) + ": " + count_text(guard.patterns) + ", reckoned at " +
           std::to_string(guard.ns_per_kib) + ", measured " + here(measured.guards[i]) + "; dearest: `" +
           config::printable(guard.dearest.name) + "` " + guard.dearest.words + "\n";
    for (const guard::Cost::Share& share : guard.each)
      out += "    " + here(share.ns_per_kib) + " `" + config::printable(share.name) + "`\n";
  }
  return out;
}

std::string guards_json(const config::Prepared& prepared) {
  if (!has_patterns(prepared)) return "\"guards\":null";
  const guard::Set& set = *prepared.snapshot->guards;
  const guard::Cost& cost = set.cost();
  const guard::Measured measured = guard::measure(set, thread_time);
  const auto number = [](uint32_t ns) { return ns == pattern::kCostUnknown ? std::string("null") : std::to_string(ns); };
  std::string out = "\"guards\":{\"patterns\":" + std::to_string(cost.patterns) + ",\"ns_per_kib\":" + number(cost.ns_per_kib) +
                    ",\"measured_ns_per_kib\":" + number(measured.all) +
                    ",\"allowed_ns_per_kib\":" + std::to_string(prepared.loaded.config.guard_cost) + ",\"each\":[";
  for (size_t i = 0; i < set.size(); ++i) {
    const guard::Cost::Guard& guard = cost.guards[i];
    out += out.back() == '[' ? "{\"name\":" : ",{\"name\":";
    config::append_json(out, set.name(i));
    out += ",\"patterns\":" + std::to_string(guard.patterns) + ",\"ns_per_kib\":" + number(guard.ns_per_kib) +
           ",\"measured_ns_per_kib\":" + number(measured.guards[i]) + ",\"dearest\":";
    if (guard.patterns == 0) out += "null";
    else {
      out += "{\"pattern\":";
      config::append_json(out, guard.dearest.name);
      out += ",\"ns_per_kib\":" + number(guard.dearest.ns_per_kib) + "}";
    }
    out += ",\"of_patterns\":[";
    for (const guard::Cost::Share& share : guard.each) {
      out += out.back() == '[' ? "{\"pattern\":" : ",{\"pattern\":";
      config::append_json(out, share.name);
      out += ",\"ns_per_kib\":" + number(share.ns_per_kib) + "}";
    }
    out += "]}";
  }
  return out + "]}";
}

}  // namespace gatehouse::cli
