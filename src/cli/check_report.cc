#include "cli/check_report.h"

#include <algorithm>
#include <linux/magic.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "config/json_text.h"
#include "config/reference.h"
#include "config/units.h"
#include "record/disk.h"
#include "record/folder.h"
#include "uring/ring.h"

namespace gatehouse::cli {
namespace {

constexpr uint64_t kKiB = 1024, kMiB = 1024 * kKiB;
constexpr uint64_t kProcess = 32 * kMiB;              // code, compiled patterns, the control thread
constexpr uint64_t kTokenCache = 16384 * 100;         // identity/token_cache.h
constexpr uint64_t kRingHeader = 64 * kKiB;
constexpr uint64_t kConnection = 10 * kKiB;           // an idle one with TLS
constexpr uint64_t kBusy = 2 * 64 * kKiB;             // input of both sides of an exchange
constexpr uint64_t kHeads = 2 * kKiB;                 // of an exchange, recorded
constexpr double kDaySeconds = 86400;
constexpr double kDaysMost = 36500;
constexpr const char* kListed[] = {"route", "rule"};

uint32_t cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return static_cast<uint32_t>(std::max(count, 1));
}

/// standing is a folder, or the nearest one above it that exists.
std::string standing(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::path path = std::filesystem::absolute(folder, ignored);
  while (!path.empty() && path != path.root_path() && !std::filesystem::exists(path, ignored)) path = path.parent_path();
  return path.string();
}

std::string size_text(uint64_t bytes) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, value < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  return text;
}

std::string days_text(double days) {
  char text[48];
  const double minutes = days * 24 * 60;
  if (days >= kDaysMost) return "more than 100 years";
  if (minutes < 1) return "less than a minute";
  if (minutes < 100) std::snprintf(text, sizeof text, "%.0f minutes", minutes);
  else if (days < 2) std::snprintf(text, sizeof text, "%.1f hours", days * 24);
  else std::snprintf(text, sizeof text, days < 10 ? "%.1f days" : "%.0f days", days);
  return text;
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

/// values_of lists what a table says, defaults too, without its name.
std::vector<std::pair<std::string, std::string>> values_of(const config::Table& table) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const config::Key& key : config::keys()) {
    if (key.is_table() || key.parent() != table.key->path || key.name() == "name") continue;
    const std::string text = config::value_text(table, key);
    if (!text.empty() && text != "\"\"") values.emplace_back(key.name(), text);
  }
  return values;
}

std::string on_full_name(record::OnFull on_full) {
  if (on_full == record::OnFull::overwrite) return "overwrite";
  return on_full == record::OnFull::block ? "block" : "fail_closed";
}

std::string full_text(record::OnFull on_full) {
  if (on_full == record::OnFull::overwrite) return "lets requests pass without records, and says so";
  return on_full == record::OnFull::block ? "makes requests wait" : "refuses requests";
}

std::string crash_text(const config::Config& config, const Needs& needs) {
  return "a killed process loses no record of an answered request; a power loss loses at most the last " +
         config::format_duration(config.records.commit_interval) + " and what a commit takes; a full ring " +
         full_text(config.records.on_full) +
         (needs.rings_in_memory ? "" : "; rings lie on a disk, appends may wait for it (records.ring_dir)");
}

std::string memlock_text(const Needs& needs) {
  std::string text = size_text(needs.memlock) + " for the record rings; ";
  if (needs.memlock_limit == UINT64_MAX) return text + "no limit here";
  text += "the limit here is " + size_text(needs.memlock_limit);
  return needs.memlock <= needs.memlock_limit
             ? text
             : text + ": too low, records are written without registered memory (slower; LimitMEMLOCK=, ulimit -l)";
}

}  // namespace

Needs needs_of(const config::Config& config, const Traffic& traffic) {
  Needs needs;
  needs.workers = config.gateway.workers != 0 ? config.gateway.workers : cores();
  const uring::RingOptions ring;
  const uint64_t buffers = uint64_t{ring.hot_buffers + ring.overflow_buffers} * kRecvBufferBytes;
  const uint64_t each = buffers + kTokenCache + config.records.ring_size + kRingHeader;
  needs.memory_idle = kProcess + needs.workers * each;
  const uint64_t connection = kConnection + kBusy + 2 * config.limits.queued_bytes;
  needs.memory_most =
      needs.memory_idle + needs.workers * (config.limits.connections * connection + config.limits.body_memory);
  const bool now = std::any_of(config.rules.begin(), config.rules.end(), [](const policy::Rule& rule) { return rule.commit_now; });
  const uint64_t decisions = now ? record::kDecisionRingBytes : 0;
  needs.memlock = needs.workers * (config.records.ring_size + kRingHeader + decisions);
  rlimit limit{};
  needs.memlock_limit = getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_max == RLIM_INFINITY || record::may_lock_all()
                            ? UINT64_MAX
                            : limit.rlim_max;   // the gateway raises its own to what it may
  struct statfs where {};
  if (statfs(standing(config.records.ring_dir).c_str(), &where) == 0)
    needs.rings_in_memory = where.f_type == TMPFS_MAGIC || where.f_type == HUGETLBFS_MAGIC;
  struct statvfs disk {};
  if (statvfs(standing(config.records.dir).c_str(), &disk) == 0) needs.disk_free = disk.f_bavail * disk.f_frsize;
  needs.unfit = control::unfit_folder(config);
  const double rate = traffic.requests * static_cast<double>(traffic.body_bytes + kHeads);
  needs.disk_per_second = static_cast<uint64_t>(std::llround(rate));
  needs.days = rate <= 0 ? kDaysMost : std::min(kDaysMost, static_cast<double>(needs.disk_free) / rate / kDaySeconds);
  return needs;
}

std::string report_text(const config::Loaded& loaded, const Needs& needs, const Traffic& traffic) {
  const config::Config& config = loaded.config;
  std::string out = "policy   deny by default; deny beats approve beats allow\n";
  for (const char* kind : kListed) {
    for (const config::Table* table : loaded.tree.all(kind)) {
      out += std::string("  ") + kind + " " + config::printable(table->text("name").value) + ":";
      const char* between = " ";
      for (const auto& [key, value] : values_of(*table)) {
        out += between + key + " " + config::printable(value);
        between = "; ";
      }
      out += "\n";
    }
  }
  out += "memory   " + size_text(needs.memory_idle) + " with " + std::to_string(needs.workers) +
         (needs.workers == 1 ? " worker" : " workers") + " and no connection; at most " + size_text(needs.memory_most) +
         " when all limits are reached at once\n";
  out += "memlock  " + memlock_text(needs) + "\n";
  out += "crash    " + crash_text(config, needs) + "\n";
  out += "disk     " + size_text(needs.disk_free) + " free for records; " + number_text(traffic.requests) +
         " requests/s with bodies of " + size_text(traffic.body_bytes) + " write " + size_text(needs.disk_per_second) +
         "/s, " + size_text(static_cast<uint64_t>(static_cast<double>(needs.disk_per_second) * kDaySeconds)) +
         " a day: full in " + days_text(needs.days) + "\n";
  if (needs.unfit) out += "folders  `serve` would not start here, as this user: " + config::printable(needs.unfit->text) + "\n";
  return out;
}

std::string report_json(const config::Loaded& loaded, const Needs& needs, const Traffic& traffic) {
  std::string out = "\"policy\":{";
  for (const char* kind : kListed) {
    out += (out.back() == '{' ? "\"" : ",\"") + std::string(kind) + "s\":[";
    for (const config::Table* table : loaded.tree.all(kind)) {
      out += out.back() == '[' ? "{\"name\":" : ",{\"name\":";
      config::append_json(out, table->text("name").value);
      for (const auto& [key, value] : values_of(*table)) out += ",\"" + key + "\":" + value;   // TOML and JSON write these alike
      out += "}";
    }
    out += "]";
  }
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  out += "},\"memory\":{\"workers\":" + std::to_string(needs.workers) + ",\"idle_bytes\":" + std::to_string(needs.memory_idle) +
         ",\"most_bytes\":" + std::to_string(needs.memory_most) + "}";
  out += ",\"memlock\":{\"bytes\":" + std::to_string(needs.memlock) + ",\"limit\":" +
         (needs.memlock_limit == UINT64_MAX ? "null" : std::to_string(needs.memlock_limit)) +
         ",\"enough\":" + flag(needs.memlock <= needs.memlock_limit) + "}";
  out += std::string(",\"crash\":{\"survives_kill\":") + flag(needs.rings_survive) + ",\"rings_in_memory\":" +
         flag(needs.rings_in_memory) + ",\"power_loss_ns\":" + std::to_string(loaded.config.records.commit_interval) +
         ",\"on_full\":\"" + on_full_name(loaded.config.records.on_full) + "\"}";
  char days[32];
  std::snprintf(days, sizeof days, "%.3f", needs.days);
  out += ",\"disk\":{\"free_bytes\":" + std::to_string(needs.disk_free) + ",\"requests_per_second\":" +
         number_text(traffic.requests) + ",\"body_bytes\":" + std::to_string(traffic.body_bytes) +
         ",\"bytes_per_second\":" + std::to_string(needs.disk_per_second) + ",\"days_until_full\":" + days + ",\"trouble\":";
  config::append_json(out, needs.unfit ? needs.unfit->text : "");
  out += "}";
  return out;
}

}  // namespace gatehouse::cli
