#include "control/status.h"

#include <dirent.h>

#include <algorithm>

namespace gatehouse::control {

namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

double seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }

// Only this process may look: it is not dumpable, and so /proc shows them to nobody else but root.
size_t open_descriptors() {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  size_t count = 0;
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count > 3 ? count - 3 : 0;  // ".", ".." and the folder itself
}

constexpr MonotonicNs kStalled = 5 * kNsPerSecond;   // without a commit, while something waits for one

/// check_records: what fails, or how far the disk is behind.
Check check_records(const record::WriterStats& records) {
  if (!records.healthy) return {"records", false, records.last_error};
  const std::string behind = std::to_string(records.lag_bytes) + " bytes are not durable yet, the fullest ring is at " +
                             std::to_string(records.occupied / 10) + "%";
  if (records.silent < kStalled) return {"records", true, behind};
  return {"records", false, "nothing has become durable for " + std::to_string(records.silent / kNsPerSecond) + " s; " + behind};
}

// One issuer that is down must not take the gateway out of service for the others; none at all must.
void check_issuers(const Standing& standing, Health& health) {
  const auto& issuers = standing.issuers;
  const auto usable = [](const KeyKeeper::Issuer* issuer) { return issuer->url.empty() || issuer->keys != nullptr; };
  const bool any = issuers.empty() || std::any_of(issuers.begin(), issuers.end(), usable);
  for (const KeyKeeper::Issuer* issuer : issuers) {
    Check check{"issuer " + issuer->name, any, ""};
    if (issuer->url.empty()) {
      check.detail = "keys from a file";
    } else if (issuer->keys == nullptr) {
      check.detail = "no keys yet" + (issuer->error.empty() ? "" : ": " + issuer->error);
    } else {
      const std::string& left_out = issuer->keys->left_out();
      check.detail = std::to_string(issuer->keys->size()) + " keys" + (left_out.empty() ? "" : ", left out: " + left_out) +
                     (issuer->error.empty() ? "" : ", the last refresh failed: " + issuer->error);
    }
    health.checks.push_back(std::move(check));
  }
}

void metrics_of_records(const Standing& standing, telemetry::Exposition& out) {
  const record::WriterStats& records = standing.records;
  out.gauge("record_lag_bytes", "Record bytes that are not durable yet.", static_cast<double>(records.lag_bytes));
  out.counter("record_written_bytes_total", "Record bytes written.", records.written_bytes);
  out.counter("record_commits_total", "Commits of the record log.", records.commits);
  out.counter("record_stalls_total", "Rounds in which a ring was more than three quarters full.", records.stalls);
  out.counter("record_writer_failures_total", "Writes and syncs of the record log that failed.", records.failures);
  out.gauge("record_commit_worst_seconds", "Longest time from the beginning of a round to durable.",
            seconds(records.commit_worst));
  out.gauge("record_commit_last_seconds", "From the beginning of the last round to durable.", seconds(records.commit_last));
  out.counter("record_commits_urged_total", "Rounds that an answer waited for (rule.commit = \"now\").", records.urged);
  out.gauge("record_ring_occupied_ratio", "Of the fullest ring: how much of it is not durable yet.",
            static_cast<double>(records.occupied) / 1000);
  out.gauge("record_stalled_seconds", "How long nothing has become durable though something waits for it.",
            seconds(records.silent));
  out.gauge("record_healthy", "1 when the record log works.", records.healthy ? 1 : 0);

  out.gauge("record_clock_in_doubt", "1 while the clock may be wrong, and so nothing is deleted by records.keep.",
            standing.clock_in_doubt ? 1 : 0);
  if (records.heads.on) {
    out.counter("record_heads_total", "Signed heads of records on disk.", records.heads.written);
    out.counter("record_head_failures_total", "Writes of heads that failed.", records.heads.failures);
    out.gauge("record_last_head_time_seconds", "When the last head was signed, since 1970.", seconds(records.heads.last));
  }
  if (standing.witness.on) {
    out.counter("witness_heads_total", "Heads that the witness took.", standing.witness.sent);
    out.counter("witness_failures_total", "Requests to the witness that failed.", standing.witness.failures);
    out.counter("witness_dropped_total", "Heads that it will not get, because too many waited.", standing.witness.dropped);
    out.gauge("witness_waiting_heads", "Heads that it has not taken yet.", static_cast<double>(standing.witness.waiting));
    out.gauge("witness_lag_seconds", "How long the oldest of them waits.", seconds(standing.witness.lag));
  }
}

}  // namespace

Health health_of(const Standing& standing) {
  Health health;
  health.live = standing.stuck.empty() && standing.ended.empty();
  std::string config = "version " + std::to_string(standing.publisher->current().version);
  if (standing.publisher->last_failed()) config += ", the last change was refused";
  health.checks.push_back({"config", true, std::move(config)});
  std::vector<std::string> bad = standing.stuck;
  bad.insert(bad.end(), standing.ended.begin(), standing.ended.end());
  health.checks.push_back({"workers", bad.empty(), bad.empty() ? "" : join(bad)});
  health.checks.push_back(check_records(standing.records));
  // Heads that cannot be written are a matter of proof, not of service: said, and counted, but no reason to refuse requests.
  if (standing.records.heads.on) health.checks.push_back({"heads", true, standing.records.heads.error});
  if (standing.clock_in_doubt) health.checks.push_back({"clock", true, "in doubt: nothing is deleted by records.keep"});
  if (standing.witness.on) health.checks.push_back({"witness", true, standing.witness.error});
  check_issuers(standing, health);
  if (standing.draining) health.checks.push_back({"draining", false, "the gateway is shutting down"});
  return health;
}

std::string metrics_of(const Standing& standing) {
  telemetry::Exposition out;
  telemetry::expose_workers(out, standing.workers);
  standing.routes->expose(out, standing.workers);

  out.gauge("process_start_time_seconds", "When the process began, since 1970.", seconds(standing.started));
  out.gauge("process_open_fds", "Descriptors in the process's own table; sockets of the rings are not in it.",
            static_cast<double>(open_descriptors()));
  out.gauge("workers", "Worker threads.", static_cast<double>(standing.running));
  out.gauge("generations", "Generations of workers that live; more than one while those before end what they run.",
            static_cast<double>(standing.generations));
  out.gauge("draining", "1 while the gateway shuts down.", standing.draining ? 1 : 0);
  out.gauge("config_version", "The configuration in force; grows with each change.",
            static_cast<double>(standing.publisher->current().version));
  out.gauge("config_snapshots", "Configurations that are still in use somewhere.",
            static_cast<double>(standing.publisher->alive()));
  out.counter("config_refused_total", "Changed configurations that were refused.", standing.publisher->failures());
  out.gauge("config_last_change_refused", "1 when the last change was refused.",
            standing.publisher->last_failed() ? 1 : 0);
  out.gauge("approvals_waiting", "Requests on the board of the approvers.",
            static_cast<double>(standing.board->waiting().size()));
  out.gauge("revocations", "Revocations in force.", static_cast<double>(standing.ledger->revocations->size()));
  out.gauge("api_keys", "API keys that are kept, those that expired or were revoked in the last 30 days too.",
            static_cast<double>(standing.ledger->api_keys->keys().size()));
  out.counter("control_log_lines_lost_total", "Log lines of the control thread that were dropped.",
              standing.log_lines_lost);

  metrics_of_records(standing, out);
  out.family("issuer_keys", "gauge", "Keys known of an issuer that publishes them at a URL.");
  for (const auto* issuer : standing.issuers)
    if (!issuer->url.empty()) out.sample({{"issuer", issuer->name}}, uint64_t{issuer->keys ? issuer->keys->size() : 0});
  out.family("issuer_keys_fetched_time_seconds", "gauge", "When an issuer's keys were last fetched, since 1970.");
  for (const auto* issuer : standing.issuers)
    if (!issuer->url.empty()) out.sample({{"issuer", issuer->name}}, seconds(issuer->fetched));
  out.family("issuer_fetch_failures_total", "counter", "Fetches of an issuer's keys that failed.");
  for (const auto* issuer : standing.issuers)
    if (!issuer->url.empty()) out.sample({{"issuer", issuer->name}}, issuer->failures);

  out.family("certificate_expiry_timestamp_seconds", "gauge", "When a certificate that a listener shows ends, since 1970.");
  for (const config::Snapshot::Certificate& one : standing.publisher->current().certificates) {
    const std::string place = std::to_string(one.place);
    out.sample({{"listener", one.listener}, {"certificate", place}}, seconds(one.info.not_after));
  }
  out.counter("config_alerts_total", "Changes that weakened what is recorded or guarded, or who is believed.",
              standing.publisher->alerts());
  out.family("client_crl_expiry_timestamp_seconds", "gauge",
             "When the first revocation list of a listener's clients ends, since 1970: its authority is not believed then.");
  for (const config::Listener& one : standing.publisher->current().listeners)
    if (one.clients != nullptr && one.clients->trust->revocations_end() != tls::ClientTrust::kEndless)
      out.sample({{"listener", one.name}}, seconds(one.clients->trust->revocations_end()));
  out.counter("reloads_total", "Reloads that were asked for, well or not.", standing.publisher->reloads());
  return out.take();
}

}  // namespace gatehouse::control
