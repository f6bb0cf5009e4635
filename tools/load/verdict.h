// What is thought of a finished run: can its figures be believed, and are they what was expected?
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "load/run.h"

namespace gatehouse::load {

/// Figures of one run, computed once, for report, expectations and validity.
struct Figures {
  Tally total;
  double seconds = 0;
  double rate = 0;             // good answers a second
  double cpu_us = 0;           // of the watched processes, a request answered; 0: none watched
  double rss_mib = 0;          // largest seen
  double tool_share = 0;       // of a core
  double waiting_share = 0;    // wanted the core, and others had it
  bool judged = false;         // long enough to say whether the tool was the limit
  std::vector<std::string> doubts;   // why the run is invalid; empty: it is valid
};

/// figures_of judges the tool too. A run is invalid when the tool's thread ran or wanted to run for more
/// than kBusyShare of the time, or wanted to and could not for more than kWaitingShare (both in runs of kJudged
/// at least), or when more than 1 % of the due requests were noticed kLate too late.
Figures figures_of(const Run& run);
inline constexpr double kBusyShare = 0.9;
inline constexpr double kWaitingShare = 0.25;

/// doubts_of says why a run is invalid whose thread used and waited for its core for these shares of the time.
std::vector<std::string> doubts_of(double used, double waited);
inline constexpr MonotonicNs kJudged = 200 * kNsPerMs;

/// Expectation is one part of --expect, such as p99<5ms.
struct Expectation {
  std::string text;
  std::string name;
  std::string relation;   // < <= > >= =
  double wanted = 0;      // durations in nanoseconds
  double found = 0;
  bool met = false;
};

/// parse_expectations reads "p99<5ms,errors=0"; the error names the part that is wrong.
Result<std::vector<Expectation>, std::string> parse_expectations(const std::string& text);

/// hold fills `found` and `met`. A figure of good answers is not met when there is none.
void hold(Expectation& expectation, const Figures& figures);

}  // namespace gatehouse::load
