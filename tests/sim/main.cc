// sim: runs seeded worlds. One seed is one run, equal to the last event.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>

#include "main.h"
#include "world.h"

namespace gatehouse::sim {
namespace {

constexpr const char* kUsage =
    "usage: sim [--seed N [--trace]] [--seeds A..B] [--twice] [--quiet]\n"
    "  --seed N       run one seed\n"
    "  --trace        print one line per event\n"
    "  --seeds A..B   run the seeds A to B, stop at the first that fails\n"
    "  --twice        run every seed twice and compare the runs (those without TLS)\n"
    "  --all-faults   fail when a kind of fault was never injected\n";

struct Options {
  uint64_t first = 1, last = 1000;
  bool trace = false;
  bool twice = false;
  bool all_faults = false;
};

char g_command[80];  // how to see the running seed again: for the signal below

// A broken invariant aborts: say which seed it was, by what a signal may call.
void on_abort(int) {
  const char text[] = "\nthis seed fails; to see it again: ";
  static_cast<void>(!write(2, text, sizeof text - 1));
  static_cast<void>(!write(2, g_command, strlen(g_command)));
  static_cast<void>(!write(2, "\n", 1));
}

bool parse(int count, char** words, Options* options) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const char* next = i + 1 < count ? words[i + 1] : nullptr;
    if (word == "--trace") {
      options->trace = true;
    } else if (word == "--twice") {
      options->twice = true;
    } else if (word == "--all-faults") {
      options->all_faults = true;
    } else if (word == "--seed" && next != nullptr) {
      options->first = options->last = strtoull(next, nullptr, 10);
      ++i;
    } else if (word == "--seeds" && next != nullptr) {
      char* rest = nullptr;
      options->first = strtoull(next, &rest, 10);
      if (strncmp(rest, "..", 2) != 0) return false;
      options->last = strtoull(rest + 2, nullptr, 10);
      ++i;
    } else {
      return false;
    }
  }
  return options->first <= options->last;
}

struct Totals {
  std::array<uint64_t, kFaults> faults{};
  uint64_t exchanges = 0, events = 0, runs = 0;
};

bool run_seed(uint64_t seed, Fixed& fixed, const Options& options, Totals* totals) {
  snprintf(g_command, sizeof g_command, "sim --seed %llu --trace", static_cast<unsigned long long>(seed));
  uint64_t digests[2] = {};
  bool repeatable = true;
  for (int round = 0; round < (options.twice ? 2 : 1); ++round) {
    World world(seed, fixed, options.trace && round == 0);
    const bool held = world.run();
    digests[round] = world.kernel().trace().digest();
    repeatable = world.repeatable();
    if (!held) {
      fflush(stdout);
      fprintf(stderr, "seed %llu fails; to see it again: %s\n", static_cast<unsigned long long>(seed),
              g_command);
      _exit(1);  // a broken run leaves fibers behind: nothing is tidied up
    }
    ++totals->runs;
    totals->exchanges += world.exchanges();
    totals->events += world.kernel().trace().lines();
    for (size_t i = 0; i < kFaults; ++i) totals->faults[i] += world.faults().counts()[i];
  }
  if (options.twice && repeatable && digests[0] != digests[1]) {
    fprintf(stderr, "seed %llu: two runs differ\n", static_cast<unsigned long long>(seed));
    return false;
  }
  return true;
}

}  // namespace

int run_command(int count, char** words) {
  Options options;
  if (!parse(count, words, &options)) {
    fputs(kUsage, stderr);
    return 64;
  }
  signal(SIGABRT, on_abort);
  Fixed fixed;
  Totals totals;
  for (uint64_t seed = options.first; seed <= options.last; ++seed)
    if (!run_seed(seed, fixed, options, &totals)) return 1;
  printf("%llu runs, %llu exchanges, %llu events; injected:\n", static_cast<unsigned long long>(totals.runs),
         static_cast<unsigned long long>(totals.exchanges), static_cast<unsigned long long>(totals.events));
  bool missing = false;
  for (size_t i = 0; i < kFaults; ++i) {
    printf("  %-22s %10llu\n", fault_name(static_cast<Fault>(i)),
           static_cast<unsigned long long>(totals.faults[i]));
    missing = missing || totals.faults[i] == 0;
  }
  if (options.all_faults && missing) {
    fprintf(stderr, "a kind of fault was never injected\n");
    return 1;
  }
  return 0;
}

}  // namespace gatehouse::sim
