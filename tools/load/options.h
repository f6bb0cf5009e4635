// The command line of gatehouse-load.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "load/checks.h"
#include "load/plan.h"
#include "load/run.h"
#include "load/verdict.h"

namespace gatehouse::load {

/// Exit codes; the first that fits, from the top.
enum ExitCode : int {
  kExitUsage = 64,
  kExitNoInput = 66,       // a file cannot be read or is not what it should be
  kExitUnavailable = 69,   // no request could be sent at all, or io_uring is refused
  kExitMissed = 1,         // an answer failed a check that was asked for (status, body, forbidden value)
  kExitInvalid = 3,        // the tool or its core was the limit: the figures say nothing about the server
                           // ... and 1 also when --expect was missed in a valid run
  kExitOk = 0,
};

/// Options are the words of the command line, as typed.
struct Options {
  std::string url, method, body_file, bodies, trace, token_file, ca_file, server_name, mode, expect, json_file;
  std::string expect_body, forbid, origin, origin_body, origin_type = "application/json";
  std::vector<std::string> headers;
  std::vector<double> rates;
  std::vector<uint16_t> expect_status;
  std::vector<int> pids;
  std::string duration = "10s", warmup = "0s", timeout = "30s";
  uint32_t connections = 64;
  uint64_t requests = 0, pace = 1024;
  int origin_status = 200;
  bool insecure = false, new_connections = false, quiet = false, gather = false;
};

/// read_command_line returns an exit code when there is nothing more to do.
std::optional<int> read_command_line(int argc, char** argv, Options& options);

/// parse_duration reads 500ms, 10s, 2m.
std::optional<MonotonicNs> parse_duration(const std::string& text);

/// Complaint ends the program before the run.
struct Complaint {
  int code = kExitUsage;
  std::string text;
};

/// Prepared is everything that a run needs, made of the options. Outlives the run.
struct Prepared {
  RunWish wish;
  Plan plan;
  Checks checks;
  std::unique_ptr<tls::ClientSettings> tls;
  std::vector<Expectation> expectations;
};
Result<Done, Complaint> prepare(const Options& options, Prepared& prepared);

/// trust makes the TLS settings of --ca-file and --insecure (trust.cc).
Result<std::unique_ptr<tls::ClientSettings>, std::string> trust(const std::string& ca_file, bool insecure);

}  // namespace gatehouse::load
