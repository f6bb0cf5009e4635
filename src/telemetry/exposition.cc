#include "telemetry/exposition.h"

#include <algorithm>
#include <charconv>

namespace gatehouse::telemetry {

namespace {

using Workers = std::span<const WorkerMetrics* const>;

void append_number(std::string& out, double value) {
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void append_label(std::string& out, ByteView value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

uint64_t sum(Workers workers, Counter WorkerMetrics::*counter) {
  uint64_t total = 0;
  for (const WorkerMetrics* worker : workers) total += (worker->*counter).get();
  return total;
}

struct Total {
  ByteView name, help;
  Counter WorkerMetrics::*counter;
};

constexpr Total kTotals[] = {
    {"sessions_opened_total", "Client connections accepted.", &WorkerMetrics::sessions_opened},
    {"sessions_closed_total", "Client connections ended.", &WorkerMetrics::sessions_closed},
    {"sessions_refused_total", "Client connections that were not let in; sessions_ended_total says why.",
     &WorkerMetrics::sessions_refused},
    {"accept_pauses_total", "Times accepting paused because descriptors or memory ran out.",
     &WorkerMetrics::accept_pauses},
    {"proxy_headers_refused_total", "Connections from a listener's proxy_from without a good PROXY v2 header.",
     &WorkerMetrics::proxy_headers_refused},
    {"exchanges_begun_total", "Requests whose head began to arrive.", &WorkerMetrics::exchanges_begun},
    {"request_body_bytes_total", "Body bytes taken from clients.", &WorkerMetrics::client_bytes_in},
    {"answer_body_bytes_total", "Body bytes delivered to clients.", &WorkerMetrics::client_bytes_out},
    {"origin_connects_total", "Connections to origins begun.", &WorkerMetrics::origin_connects},
    {"origin_connects_failed_total", "Connections to origins that failed.",
     &WorkerMetrics::origin_connects_failed},
    {"origin_reused_total", "Requests sent over a kept origin connection.", &WorkerMetrics::origin_reused},
    {"origin_resent_total", "Requests sent again because a kept origin connection had just ended.",
     &WorkerMetrics::origin_resent},
    {"token_cache_hits_total", "Tokens found in the cache of verified tokens.", &WorkerMetrics::token_hits},
    {"token_cache_misses_total", "Tokens that had to be verified.", &WorkerMetrics::token_misses},
    {"guard_checks_total", "Bodies checked by guards.", &WorkerMetrics::guard_checks},
    {"guard_hits_total", "Requests in which a guard found something.", &WorkerMetrics::guard_hits},
    {"guard_aways_total", "Requests that guards looked at on a job thread.", &WorkerMetrics::guard_aways},
    {"mask_bodies_total", "Answers that went through masks.", &WorkerMetrics::mask_bodies},
    {"mask_streams_total", "Answers that were masked as they came, not as a whole.", &WorkerMetrics::mask_streams},
    {"mask_changes_total", "Values replaced by masks.", &WorkerMetrics::mask_changes},
    {"holds_total", "Requests held for a person.", &WorkerMetrics::holds},
    {"record_gaps_total", "Records that found no room and were not written, as records.on_full = \"overwrite\" says.",
     &WorkerMetrics::record_gaps},
    {"record_waits_total", "Times an exchange waited for room in the record ring.",
     &WorkerMetrics::record_waits},
    {"record_failures_total", "Records that could not be written.", &WorkerMetrics::record_failures},
    {"receive_starved_total", "Receives that found no free buffer.", &WorkerMetrics::receive_starved},
    {"worker_turns_total", "Turns of the workers' loops.", &WorkerMetrics::turns},
    {"log_lines_lost_total", "Log lines dropped because the control thread was behind.",
     &WorkerMetrics::log_lines_lost},
};

constexpr Total kGauges[] = {
    {"sessions", "Client connections now.", &WorkerMetrics::sessions_now},
    {"exchanges_held", "Requests that wait for a person now.", &WorkerMetrics::exchanges_held_now},
    {"receive_buffers_free", "Receive buffers that are free now.", &WorkerMetrics::receive_buffers_free},
    {"mask_streams", "Answers that are being masked as they come, now.", &WorkerMetrics::mask_streams_now},
    {"collected_body_bytes", "Memory taken by collected bodies now.", &WorkerMetrics::body_bytes_now},
};

void expose_handshakes(Exposition& out, Workers workers) {
  const uint64_t resumed = sum(workers, &WorkerMetrics::handshakes_resumed);
  const uint64_t done = sum(workers, &WorkerMetrics::handshakes);
  out.family("tls_handshakes_total", "counter", "TLS handshakes with clients.");
  out.sample({{"result", "full"}}, done > resumed ? done - resumed : 0);
  out.sample({{"result", "resumed"}}, resumed);
  out.sample({{"result", "failed"}}, sum(workers, &WorkerMetrics::handshakes_failed));
}

void expose_holds(Exposition& out, Workers workers) {
  out.family("holds_ended_total", "counter", "Held requests by how the hold ended.");
  out.sample({{"end", "granted"}}, sum(workers, &WorkerMetrics::hold_grants));
  out.sample({{"end", "denied"}}, sum(workers, &WorkerMetrics::hold_denials));
  out.sample({{"end", "expired"}}, sum(workers, &WorkerMetrics::hold_expiries));
  out.sample({{"end", "cancelled"}}, sum(workers, &WorkerMetrics::hold_cancellations));
}

// Connections have few reasons of their own: what ends an exchange is counted there.
void expose_session_reasons(Exposition& out, Workers workers) {
  out.family("sessions_ended_total", "counter", "Client connections that ended or were not let in without a request, by reason.");
  for (const Reason reason : {Reason::limit_connections, Reason::deadline_handshake, Reason::client_tls, Reason::client_idle,
                              Reason::client_user, Reason::gateway_draining}) {
    uint64_t total = 0;
    for (const WorkerMetrics* worker : workers) total += worker->sessions_by_reason[reason_index(reason)].get();
    out.sample({{"reason", reason_name(reason)}}, total);
  }
}

// All reasons, also those that never happened: an alert needs the zero before the one.
void expose_reasons(Exposition& out, Workers workers) {
  out.family("exchanges_total", "counter", "Requests ended, by reason; none is success.");
  for (size_t i = 0; i < kReasons; ++i) {
    uint64_t total = 0;
    for (const WorkerMetrics* worker : workers) total += worker->ended_by_reason[i].get();
    out.sample({{"reason", reason_name(reason_at(i))}}, total);
  }
}

}  // namespace

void Exposition::family(ByteView name, ByteView type, ByteView help) {
  name_ = "gatehouse_";
  name_ += name;
  text_.append("# HELP ").append(name_).append(" ").append(help);
  text_.append("\n# TYPE ").append(name_).append(" ").append(type).append("\n");
}

void Exposition::begin_sample(ByteView suffix, Labels labels) {
  text_.append(name_).append(suffix);
  char separator = '{';
  for (const auto& [name, value] : labels) {
    text_ += std::exchange(separator, ',');
    text_.append(name).append("=\"");
    append_label(text_, value);
    text_ += '"';
  }
  if (separator == ',') text_ += '}';
  text_ += ' ';
}

void Exposition::sample(Labels labels, double value) {
  begin_sample("", labels);
  append_number(text_, value);
  text_ += '\n';
}

void Exposition::sample(Labels labels, uint64_t value) {
  begin_sample("", labels);
  text_ += std::to_string(value);
  text_ += '\n';
}

void Exposition::counter(ByteView name, ByteView help, uint64_t value) {
  family(name, "counter", help);
  sample({}, value);
}

void Exposition::gauge(ByteView name, ByteView help, double value) {
  family(name, "gauge", help);
  sample({}, value);
}

void Exposition::histogram(ByteView label, ByteView value, std::span<const uint64_t> counts, uint64_t sum_ns) {
  uint64_t running = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    running += counts[i];
    std::string bound = "+Inf";
    if (i + 1 < counts.size()) {
      bound.clear();
      append_number(bound, static_cast<double>(Histogram::bound_ns(i)) / 1e9);
    }
    begin_sample("_bucket", {{label, value}, {"le", bound}});
    text_.append(std::to_string(running)).append("\n");
  }
  begin_sample("_sum", {{label, value}});
  append_number(text_, static_cast<double>(sum_ns) / 1e9);
  text_ += '\n';
  begin_sample("_count", {{label, value}});
  text_.append(std::to_string(running)).append("\n");
}

void expose_workers(Exposition& out, Workers workers) {
  for (const Total& one : kTotals) out.counter(one.name, one.help, sum(workers, one.counter));
  for (const Total& one : kGauges) out.gauge(one.name, one.help, static_cast<double>(sum(workers, one.counter)));
  uint64_t oldest = UINT64_MAX;
  for (const WorkerMetrics* worker : workers) oldest = std::min(oldest, worker->snapshot_version.get());
  out.gauge("snapshot_version", "The oldest configuration that a worker still runs on.",
            oldest == UINT64_MAX ? 0 : static_cast<double>(oldest));
  expose_handshakes(out, workers);
  expose_holds(out, workers);
  expose_session_reasons(out, workers);
  expose_reasons(out, workers);
}

void vacate(WorkerMetrics& metrics) {
  for (const Total& one : kGauges) (metrics.*one.counter).set(0);
  metrics.snapshot_version.set(UINT64_MAX);
}

void RouteSeries::Counts::add(const Counts& other) {
  for (size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
  sum_ns += other.sum_ns;
}

void RouteSeries::Counts::subtract(const Counts& other) {
  for (size_t i = 0; i < buckets.size(); ++i) buckets[i] -= other.buckets[i];
  sum_ns -= other.sum_ns;
}

RouteSeries::Counts RouteSeries::read(Workers workers, size_t place) {
  Counts counts;
  for (const WorkerMetrics* worker : workers) {
    const Histogram& histogram = worker->exchange_seconds[place];
    for (size_t i = 0; i < counts.buckets.size(); ++i) counts.buckets[i] += histogram.count(i);
    counts.sum_ns += histogram.sum_ns();
  }
  return counts;
}

void RouteSeries::add_current(Workers workers, Series& series) const {
  for (size_t place = 0; place < routes_.size(); ++place) {
    Counts counts = read(workers, place);
    counts.subtract(base_[place]);
    const auto found = std::find_if(series.begin(), series.end(),
                                    [&](const auto& one) { return one.first == routes_[place]; });
    if (found == series.end()) {
      series.emplace_back(routes_[place], counts);
    } else {
      found->second.add(counts);
    }
  }
}

void RouteSeries::rename(Workers workers, std::vector<std::string> routes) {
  if (routes.size() >= kRoutes) {
    routes.resize(kRoutes);
    routes.back() = "other";
  }
  add_current(workers, finished_);
  for (size_t place = 0; place < routes.size(); ++place) base_[place] = read(workers, place);
  routes_ = std::move(routes);
}

void RouteSeries::expose(Exposition& out, Workers workers) const {
  Series series = finished_;
  add_current(workers, series);
  out.family("exchange_duration_seconds", "histogram",
             "From the first byte of a request to the last of its answer, by route (without routes: by rule).");
  for (const auto& [route, counts] : series) out.histogram("route", route, counts.buckets, counts.sum_ns);
}

}  // namespace gatehouse::telemetry
