// sim: runs seeded worlds. One seed is one run, equal to the last event.
#include "main.h"

#include <malloc.h>
#include <unistd.h>

#include <charconv>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "malformed.h"
#include "system_seam.h"
#include "world.h"

namespace gatehouse::sim {
namespace {

constexpr const char* kUsage =
    "usage: sim [--seeds A..B | --seed N] [--trace] [--twice] [--digests] [--all-faults] [--help]\n";

constexpr const char* kHelp =
    "\n"
    "Runs seeded worlds: the gateway's own workers on a simulated ring and network, between clients, origins\n"
    "and people that misbehave as the seed says. One seed is one run, to the last byte on the wire, TLS too.\n"
    "\n"
    "  --seeds A..B   run the seeds A to B and stop at the first that fails; 1..1000 when nothing is said\n"
    "  --seed N       run one seed\n"
    "  --trace        print one line per event: simulated ms, who, what, details\n"
    "  --twice        run every seed twice and compare the runs\n"
    "  --digests      print a line per seed with the digest of its events and of all bytes on its wires\n"
    "  --all-faults   fail when a kind of fault was never injected, or a malformed message never sent\n"
    "\n"
    "examples:\n"
    "  sim --seeds 1..100000 --all-faults\n"
    "  sim --seed 507 --trace | less\n"
    "\n"
    "exit status: 0 every check held, 1 one did not (its seed is named), 64 wrong command line\n";

struct Options {
  uint64_t first = 1, last = 1000;
  bool trace = false;
  bool twice = false;
  bool digests = false;
  bool all_faults = false;
  bool help = false;
};

char g_command[80];  // how to see the running seed again: for the signal below

// A broken invariant aborts: say which seed it was, by what a signal may call.
void on_abort(int) {
  const char text[] = "\nthis seed fails; to see it again: ";
  static_cast<void>(!write(2, text, sizeof text - 1));
  static_cast<void>(!write(2, g_command, strlen(g_command)));
  static_cast<void>(!write(2, "\n", 1));
}

// A seed in decimal, all of the text; false for anything else.
bool parse_seed(std::string_view text, uint64_t* seed) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *seed);
  return error == std::errc() && end == text.data() + text.size() && *seed != UINT64_MAX;
}

bool parse_range(std::string_view text, Options* options) {
  const size_t dots = text.find("..");
  return dots != std::string_view::npos && parse_seed(text.substr(0, dots), &options->first) &&
         parse_seed(text.substr(dots + 2), &options->last) && options->first <= options->last;
}

// What is wrong with the command line; empty when nothing is.
std::string parse(int count, char** words, Options* options) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const char* next = i + 1 < count ? words[i + 1] : "";
    if (word == "--trace") {
      options->trace = true;
    } else if (word == "--twice") {
      options->twice = true;
    } else if (word == "--digests") {
      options->digests = true;
    } else if (word == "--all-faults") {
      options->all_faults = true;
    } else if (word == "--help" || word == "-h") {
      options->help = true;
    } else if (word == "--seed") {
      if (!parse_seed(next, &options->first)) return "--seed needs a number, not '" + std::string(next) + "'";
      options->last = options->first;
      ++i;
    } else if (word == "--seeds") {
      if (!parse_range(next, options)) return "--seeds needs A..B, not '" + std::string(next) + "'";
      ++i;
    } else {
      return "unknown option '" + word + "'";
    }
  }
  return {};
}

// Every world takes and gives back the same tens of megabytes: half of the time would go to the system.
void keep_memory() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

struct Totals {
  std::array<uint64_t, kFaults> faults{};
  uint64_t exchanges = 0, events = 0, runs = 0, tls = 0;
  std::vector<uint64_t> requests = std::vector<uint64_t>(malformed_requests().size());   // malformed ones said, by line
  std::vector<uint64_t> answers = std::vector<uint64_t>(malformed_answers().size());
};

void add(const std::vector<uint64_t>& counts, std::vector<uint64_t>* sums) {
  for (size_t i = 0; i < counts.size(); ++i) (*sums)[i] += counts[i];
}

// One world, in a thread of its own: what the libraries keep per thread begins anew with every run.
uint64_t run_world(uint64_t seed, Fixed& fixed, bool trace, Totals* totals) {
  uint64_t digest = 0;
  std::thread([&] {
    seed_entropy(seed);
    World world(seed, fixed, trace);
    if (!world.run()) {
      fflush(stdout);
      fprintf(stderr, "seed %" PRIu64 " fails; to see it again: %s\n", seed, g_command);
      _exit(1);  // a broken run leaves fibers behind: nothing is tidied up
    }
    digest = world.kernel().trace().digest();
    ++totals->runs;
    totals->tls += world.tls() ? 1 : 0;
    totals->exchanges += world.exchanges();
    totals->events += world.kernel().trace().lines();
    for (size_t i = 0; i < kFaults; ++i) totals->faults[i] += world.faults().counts()[i];
    add(world.lines().requests_said(), &totals->requests);
    add(world.lines().answers_said(), &totals->answers);
  }).join();
  return digest;
}

bool run_seed(uint64_t seed, Fixed& fixed, const Options& options, Totals* totals) {
  snprintf(g_command, sizeof g_command, "sim --seed %" PRIu64 " --trace", seed);
  const uint64_t digest = run_world(seed, fixed, options.trace, totals);
  if (options.digests) printf("seed %" PRIu64 " digest %016" PRIx64 "\n", seed, digest);
  if (!options.twice || run_world(seed, fixed, false, totals) == digest) return true;
  fprintf(stderr, "seed %" PRIu64 ": two runs differ\n", seed);
  return false;
}

// Says what was injected; returns whether a kind never was.
bool print_faults(const Totals& totals) {
  bool missing = false;
  for (size_t i = 0; i < kFaults; ++i) {
    const auto fault = static_cast<Fault>(i);
    printf("  %-22s %10" PRIu64 "  %s\n", fault_name(fault), totals.faults[i], fault_text(fault));
    missing = missing || totals.faults[i] == 0;
  }
  return missing;
}

// The message on one line, harmless to a terminal.
std::string shown(const std::string& bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 100)) {
    char code[5];
    snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(c));
    out += c == '\r' ? "\\r" : c == '\n' ? "\\n" : c >= ' ' && c <= '~' ? std::string(1, c) : std::string(code);
  }
  return out;
}

// Says which malformed messages nobody sent; returns whether there are any.
bool print_unsaid(const std::vector<Malformed>& all, const std::vector<uint64_t>& said) {
  bool missing = false;
  for (size_t i = 0; i < all.size(); ++i) {
    if (said[i] > 0) continue;
    missing = true;
    printf("  never said: %s: %s\n", fault_name(all[i].kind), shown(all[i].bytes).c_str());
  }
  return missing;
}

}  // namespace

int run_command(int count, char** words) {
  Options options;
  if (const std::string problem = parse(count, words, &options); !problem.empty()) {
    fprintf(stderr, "sim: %s\n%s", problem.c_str(), kUsage);
    return 64;
  }
  if (options.help) {
    printf("%s%s", kUsage, kHelp);
    return 0;
  }
  signal(SIGABRT, on_abort);
  keep_memory();
  if (options.trace) setvbuf(stdout, nullptr, _IOLBF, 0);  // a broken invariant must not swallow the last lines
  seed_entropy(0);
  Fixed fixed;
  Totals totals;
  for (uint64_t seed = options.first; seed <= options.last; ++seed)
    if (!run_seed(seed, fixed, options, &totals)) return 1;
  printf("%" PRIu64 " runs (%" PRIu64 " with TLS), %" PRIu64 " exchanges, %" PRIu64 " events; injected:\n",
         totals.runs, totals.tls, totals.exchanges, totals.events);
  bool missing = print_faults(totals);
  missing = print_unsaid(malformed_requests(), totals.requests) || missing;
  missing = print_unsaid(malformed_answers(), totals.answers) || missing;
  if (missing && options.all_faults) {
    fprintf(stderr, "a kind of fault was never injected, or a malformed message never sent\n");
    return 1;
  }
  return 0;
}

}  // namespace gatehouse::sim
