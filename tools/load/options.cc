#include "load/options.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "cli/command.h"

namespace gatehouse::load {
namespace {

using cli::Command;
using cli::Option;

constexpr double kRateMax = 1e7;

constexpr const char* kFooter =
    "Examples:\n"
    "  gatehouse-load --url https://localhost:8443/v1/chunk --ca-file ca.pem --token-file tokens \\\n"
    "      --body-file request.json --connections 64 --duration 10s --expect 'p99<5ms,errors=0'\n"
    "  gatehouse-load --url http://127.0.0.1:9700/ --rate 1000,2000,4000 --duration 20s --json run.json\n"
    "  gatehouse-load --origin 127.0.0.1:9800 --origin-body answer.json\n\n"
    "Latency counts from the intended send time: in the open loop (--rate) from when a request was due, so that a\n"
    "stalled server cannot hide behind requests that were not sent. Percentiles are those of good answers only.\n\n"
    "Exit codes: 0 what was expected holds (without --expect: some answer was good); 1 an answer failed a check\n"
    "(--expect-status, --expect-body, --forbid), --expect was missed, or no answer was good; 3 the tool or its core\n"
    "was the limit: the figures say nothing about the server; 64 usage; 66 a file cannot be used; 69 nothing could be\n"
    "sent. A failed check outranks 3, and 3 outranks a missed --expect.\n\n"
    "A run is invalid when the tool used its core, or waited for it, for more than nine tenths of the time; when it\n"
    "waited for it for more than a quarter, for then latencies are the wait's as much as the server's; when more than\n"
    "1 % of the due requests were noticed over 1 ms late; and when a watched process was not there all the time.";

std::string no_rate(const std::string& text) {
  const double rate = std::strtod(text.c_str(), nullptr);
  return rate > 0 && rate <= kRateMax ? "" : "'" + text + "' is no rate above 0, at most 10000000";
}

std::string no_number(const std::string& text) {
  uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() && number > 0 ? "" : "'" + text + "' is no number above 0";
}

std::string is_empty(const std::string& text) { return text.empty() ? "nothing is given" : ""; }

void add_requests(Command app, Options& options) {
  app.add_option("--url", options.url, "where requests go; without it only --origin runs");
  app.add_option("--method", options.method, "GET, or POST with a body, if not given");
  app.add_option("--header", options.headers, "a field, as 'Name: value'; may be repeated").one_at_a_time();
  const Option body = app.add_option("--body-file", options.body_file, "the body of every request");
  const Option bodies = app.add_option("--bodies", options.bodies, "a folder; its files are the bodies, in turn").excludes(body);
  app.add_option("--trace", options.trace, "JSON lines {method, path, headers, body or body_file}; the requests, in turn")
      .excludes(body)
      .excludes(bodies);
  app.add_option("--token-file", options.token_file, "bearer tokens, one a line, used in turn");
  app.add_option("--ca-file", options.ca_file, "trusted CA certificates (PEM); the system's if not given");
  app.add_flag("--insecure", options.insecure, "do not verify the server's certificate");
  app.add_option("--server-name", options.server_name, "name for TLS; the URL's host if not given");
}

void add_load(Command app, Options& options) {
  app.add_option("--connections", options.connections, "open at the same time").show_default().range(1, 60000);
  app.add_flag("--new-connections", options.new_connections, "a new connection for every request");
  app.add_option("--duration", options.duration, "of the run, or of each step of --rate").show_default();
  app.add_option("--requests", options.requests, "stop after so many instead; those of --warmup do not count").check(no_number);
  app.add_option("--warmup", options.warmup, "load that is not measured, before").show_default();
  app.add_option("--timeout", options.timeout, "of one request").show_default();
  app.add_option("--rate", options.rates, "open loop: requests a second; several, with commas, are steps")
      .delimiter(',')
      .check(no_rate);
  app.add_option("--mode", options.mode,
                 "connections that behave badly, all or, as NAME:N, only N of them:\n"
                 "  slow-reader  takes answers at --pace\n"
                 "  slow-writer  sends requests at --pace\n"
                 "  drip         sends requests byte by byte, 100 a second\n"
                 "  abort        leaves in the middle, of the request or of the answer in turn\n"
                 "  churn        connects, shakes hands and leaves; latency is the time that this took");
  app.add_option("--pace", options.pace, "bytes a second of the slow modes").show_default().check(no_number);
  app.add_flag("--gather", options.gather,
               "when busy, wait up to 50 us for more answers: cheaper, for CPU figures; latencies grow by as much");
}

void add_judgement(Command app, Options& options) {
  app.add_option("--expect-status", options.expect_status, "good statuses, with commas; 2xx if not given")
      .delimiter(',')
      .range(200, 599);
  app.add_option("--expect-body", options.expect_body, "a file: good answers have exactly these bytes");
  app.add_option("--forbid", options.forbid, "a file, a value a line: none may appear in any answer, head or body; what is in a\n"
                                              "content coding cannot be looked through, and counts as if one did");
  app.add_option("--expect", options.expect,
                 "such as 'p99<5ms,errors=0'; figures: pN min max mean errors rate good sent late unsent cpu_us\n"
                 "rss_mib and the kinds of failure: connect tls closed timeout malformed status body forbidden");
  app.add_option("--pid", options.pids, "a process to watch, with its children: CPU a request, memory; may be repeated")
      .check(no_number);
  app.add_option("--json", options.json_file, "write the report as JSON too, to this file (-: standard output only)");
  app.add_flag("--quiet", options.quiet, "no live view");
}

void add_origin(Command app, Options& options) {
  app.add_option("--origin", options.origin, "also answer HTTP/1.1 here, on the same thread: 127.0.0.1:9800");
  app.add_option("--origin-body", options.origin_body, "the body of its answers");
  app.add_option("--origin-status", options.origin_status, "and their status").show_default().range(200, 599);
  app.add_option("--origin-type", options.origin_type, "and their Content-Type").show_default();
}

Complaint usage(const std::string& text) { return {kExitUsage, text}; }
Complaint no_input(const std::string& text) { return {kExitNoInput, text}; }

std::optional<std::string> take_mode(const Options& options, RunWish& wish) {
  static const std::map<std::string, Mode> kModes = {{"slow-reader", Mode::slow_reader},
                                                     {"slow-writer", Mode::slow_writer},
                                                     {"drip", Mode::drip},
                                                     {"abort", Mode::abort},
                                                     {"churn", Mode::churn}};
  if (options.mode.empty()) return std::nullopt;
  const size_t colon = options.mode.find(':');
  const auto found = kModes.find(options.mode.substr(0, colon));
  if (found == kModes.end())
    return "--mode: there is no mode '" + options.mode + "': slow-reader, slow-writer, drip, abort or churn";
  wish.mode = found->second;
  wish.mode_connections = wish.connections;
  if (colon != std::string::npos) {
    const char* end = options.mode.data() + options.mode.size();
    const auto [stop, error] = std::from_chars(options.mode.data() + colon + 1, end, wish.mode_connections);
    if (error != std::errc() || stop != end || wish.mode_connections == 0)
      return "--mode: not a number of connections: " + options.mode;
    if (wish.mode_connections > wish.connections)
      return "--mode: more than there are connections (" + std::to_string(wish.connections) + "): " + options.mode;
  }
  if (!wish.rates.empty() && wish.mode_connections == wish.connections)
    return std::string("--rate needs connections that are not in the mode: --mode NAME:COUNT");
  return std::nullopt;
}

Result<Done, Complaint> take_requests(const Options& options, Prepared& prepared) {
  RunWish& wish = prepared.wish;
  Plan& plan = prepared.plan;
  RequestWish request;
  request.method = options.method;
  for (const std::string& field : options.headers) {
    const size_t colon = field.find(':');
    const size_t value = field.find_first_not_of(' ', colon == std::string::npos ? colon : colon + 1);
    if (colon == std::string::npos) return Failure{usage("--header: not 'Name: value': " + field)};
    request.fields.emplace_back(field.substr(0, colon), value == std::string::npos ? "" : field.substr(value));
  }
  const bool close = wish.new_connections;
  if (auto done = Plan().add(wish.url, request, close); !done) return Failure{usage(done.error())};   // whatever the files say
  auto done = !options.body_file.empty() ? plan.add_body(wish.url, request, options.body_file, close)
              : !options.bodies.empty()  ? plan.add_folder(wish.url, request, options.bodies, close)
              : !options.trace.empty()   ? plan.add_trace(wish.url, request, options.trace, close)
                                         : plan.add(wish.url, request, close);
  if (!done) return Failure{no_input(done.error())};
  if (!options.token_file.empty())
    if (auto added = plan.add_tokens(options.token_file); !added) return Failure{no_input(added.error())};
  if (wish.url.tls) {
    auto settings = trust(options.ca_file, options.insecure);
    if (!settings) return Failure{no_input(settings.error())};
    prepared.tls = std::move(*settings);
    wish.tls = prepared.tls.get();
    wish.server_name = options.server_name.empty() ? wish.url.host : options.server_name;
  }
  return Done{};
}

Result<Done, Complaint> take_checks(const Options& options, Prepared& prepared) {
  prepared.checks.expect_status(options.expect_status);
  if (!options.expect_body.empty()) {
    auto body = read_file(options.expect_body);
    if (!body) return Failure{no_input(body.error())};
    prepared.checks.expect_body(std::move(*body));
  }
  if (!options.forbid.empty()) {
    auto text = read_file(options.forbid);
    if (!text) return Failure{no_input(text.error())};
    const auto values = lines_of(*text);
    if (values.empty()) return Failure{no_input(options.forbid + ": no value in it")};
    if (auto done = prepared.checks.forbid(values); !done)
      return Failure{no_input(options.forbid + ": " + done.error())};
  }
  if (!options.expect.empty()) {
    auto expectations = parse_expectations(options.expect);
    if (!expectations) return Failure{usage("--expect: " + expectations.error())};
    for (const Expectation& each : *expectations)
      if (options.pids.empty() && (each.name == "cpu_us" || each.name == "rss_mib"))
        return Failure{usage("--expect: '" + each.text + "' is of a watched process: give --pid")};
    prepared.expectations = std::move(*expectations);
  }
  return Done{};
}

}  // namespace

std::optional<MonotonicNs> parse_duration(const std::string& text) {
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(stop, text.data() + text.size());
  const double factor = unit == "ms" ? 1e6 : unit == "s" || unit.empty() ? 1e9 : unit == "m" ? 60e9 : 0;
  if (error != std::errc() || factor == 0 || !(number >= 0 && number * factor <= 1e15)) return std::nullopt;
  return static_cast<MonotonicNs>(number * factor);
}

std::optional<int> read_command_line(int argc, char** argv, Options& options) {
  cli::Program app("Load for HTTP/1.1 servers, with answers checked, and the tool itself judged in every report.",
                   "gatehouse-load");
  add_requests(app, options);
  add_load(app, options);
  add_judgement(app, options);
  add_origin(app, options);
  app.footer(kFooter);
  app.check_all(is_empty);   // --forbid "$FILE" checks nothing without FILE
  return app.parse(argc, argv, [&options] {
    if (options.url.empty() && options.origin.empty()) cli::missing("--url");
  });
}

Result<Done, Complaint> prepare(const Options& options, Prepared& prepared) {
  RunWish& wish = prepared.wish;
  const auto duration = parse_duration(options.duration), warmup = parse_duration(options.warmup),
             timeout = parse_duration(options.timeout);
  if (!duration || !warmup || !timeout || *duration == 0 || *timeout == 0)
    return Failure{usage("--duration, --warmup and --timeout are like 500ms, 10s or 2m")};
  wish.duration = *duration;
  wish.warmup = *warmup;
  wish.timeout = *timeout;
  wish.requests = options.requests;
  wish.rates = options.rates;
  wish.pids = options.pids;
  wish.pace = options.pace;
  wish.new_connections = options.new_connections;
  wish.connections = options.connections;
  if (options.url.empty()) {   // the origin alone: until it is interrupted
    wish.connections = 0;
    wish.requests = UINT64_MAX;
    return Done{};
  }
  if (wish.requests != 0 && wish.rates.size() > 1) return Failure{usage("--requests goes with one --rate only")};
  if (auto wrong = take_mode(options, wish)) return Failure{usage(*wrong)};
  auto url = parse_url(options.url);
  if (!url) return Failure{usage(url.error())};
  wish.url = std::move(*url);
  if (auto done = look_up(wish.url); !done) return Failure{Complaint{kExitUnavailable, "--url: " + done.error()}};
  for (const int pid : wish.pids)
    if (!process_usage({pid}).alive) return Failure{no_input("--pid: there is no process " + std::to_string(pid))};
  if (auto done = take_requests(options, prepared); !done) return done;
  return take_checks(options, prepared);
}

}  // namespace gatehouse::load
