// gatehouse-load: closed and open loop load on the gateway's own engine.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

#include "load/options.h"
#include "load/report.h"
#include "net/listener.h"

namespace gatehouse::load {
namespace {

int complain(const Complaint& complaint) {
  fprintf(stderr, "gatehouse-load: %s\n", complaint.text.c_str());
  return complaint.code;
}

int take_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void prepare_process() {
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1);   // due times are kept to the microsecond, not to 50
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

Result<std::unique_ptr<Origin>, Complaint> open_origin(const Options& options) {
  if (options.origin.empty()) return std::unique_ptr<Origin>();
  const auto address = parse_address(options.origin);
  if (!address) return Failure{Complaint{kExitUsage, "--origin: not an address: " + options.origin}};
  std::string body = "{}\n";
  if (!options.origin_body.empty()) {
    auto text = read_file(options.origin_body);
    if (!text) return Failure{Complaint{kExitNoInput, text.error()}};
    body = std::move(*text);
  }
  const auto listener = net::open_listener(*address);
  if (!listener) return Failure{Complaint{kExitUnavailable, listener.error()}};
  auto origin = Origin::make(*listener, options.origin_status, options.origin_type, body);
  if (origin == nullptr) return Failure{Complaint{kExitUsage, "--origin-type cannot be written as a field"}};
  fprintf(stderr, "gatehouse-load: origin listening on %s\n", format_address(net::bound_address(*listener)).c_str());
  return origin;
}

int exit_code_of(const Options& options, const Figures& figures, const std::vector<Expectation>& expectations) {
  const auto failed = [&figures](Failed kind) { return figures.total.failures[static_cast<size_t>(kind)] != 0; };
  if (figures.total.sent == 0) return kExitUnavailable;
  if (failed(Failed::body) || failed(Failed::forbidden)) return kExitMissed;
  if (!options.expect_status.empty() && failed(Failed::status)) return kExitMissed;
  if (!figures.doubts.empty()) return kExitInvalid;
  for (const Expectation& expectation : expectations)
    if (!expectation.met) return kExitMissed;
  return expectations.empty() && figures.total.good == 0 && figures.total.aborted == 0 ? kExitMissed : kExitOk;
}

/// Report is where the JSON goes: opened before the run, so that none is for nothing.
struct Report {
  FILE* file = nullptr;   // null: nowhere
  ~Report() {
    if (file != nullptr && file != stdout) fclose(file);
  }
  Report() = default;
  Report(const Report&) = delete;

  std::optional<Complaint> open(const std::string& path) {
    if (path.empty()) return std::nullopt;
    file = path == "-" ? stdout : fopen(path.c_str(), "we");
    if (file != nullptr) return std::nullopt;
    return Complaint{kExitNoInput, "--json: " + path + ": " + std::strerror(errno)};
  }
};

/// unwritten says why not all that was printed to `file` arrived, as on a full disk.
std::optional<Complaint> unwritten(FILE* file, const std::string& name) {
  if (fflush(file) == 0 && ferror(file) == 0) return std::nullopt;
  return Complaint{kExitNoInput, name + ": " + std::strerror(errno)};
}

int report(const Options& options, Prepared& prepared, const Run& run, const Report& to) {
  const Figures figures = figures_of(run);
  for (Expectation& expectation : prepared.expectations) hold(expectation, figures);
  const int code = exit_code_of(options, figures, prepared.expectations);
  const uint32_t seen = prepared.checks.seen();
  if (options.json_file != "-") {
    printf("%s\n", options.url.c_str());
    fputs(table(run, figures, prepared.expectations, prepared.checks.why_forbidden()).c_str(), stdout);
  }
  if (to.file != nullptr) {
    const std::string text = json(run, options.url, figures, prepared.expectations, seen, code);
    fwrite(text.data(), 1, text.size(), to.file);
    if (const auto wrong = unwritten(to.file, "--json: " + options.json_file)) return complain(*wrong);
  }
  if (const auto wrong = unwritten(stdout, "standard output")) return complain(*wrong);
  return code;
}

int go(const Options& options) {
  Prepared prepared;
  if (auto done = prepare(options, prepared); !done) return complain(done.error());
  Report to;
  if (const auto wrong = to.open(options.json_file)) return complain(*wrong);
  prepare_process();
  const int signals = take_signals();
  auto origin = open_origin(options);
  if (!origin) return complain(origin.error());
  uring::RingOptions wanted;
  wanted.sockets = 65536;
  wanted.gather = options.gather;
  auto ring = uring::Ring::open(wanted);
  if (!ring) return complain({kExitUnavailable, ring.error()});
  const bool live = !options.quiet && isatty(STDERR_FILENO) != 0 && !options.url.empty();
  if (live) prepared.wish.every_second = [](const Run& run) { fprintf(stderr, "\r\033[K%s", live_line(run).c_str()); };
  Run run(**ring, prepared.wish, prepared.plan, prepared.checks, origin->get());
  run.go(signals);
  if (live) fputs("\r\033[K", stderr);
  return options.url.empty() ? static_cast<int>(kExitOk) : report(options, prepared, run, to);
}

}  // namespace
}  // namespace gatehouse::load

int main(int argc, char** argv) {
  gatehouse::load::Options options;
  if (const auto code = gatehouse::load::read_command_line(argc, argv, options)) return *code;
  return gatehouse::load::go(options);
}
