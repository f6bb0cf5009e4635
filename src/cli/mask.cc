#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/exit_code.h"
#include "cli/prepared.h"
#include "cli/recorded.h"
#include "config/nearest.h"
#include "mask/map.h"
#include "mask/stream.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kPiece = 64 * 1024;

struct MaskOptions {
  std::string config, route, type, map_file;
  std::vector<std::string> groups;
};

/// MaskChoice is which masks a caller's answers get.
struct MaskChoice {
  mask::Selection masks = 0;
  const config::Route* route = nullptr;
};

bool has_group(const policy::Rule& rule, const std::vector<std::string>& groups) {
  return std::any_of(rule.groups.begin(), rule.groups.end(), [&groups](const std::string& group) {
    return group == "*" || std::find(groups.begin(), groups.end(), group) != groups.end();
  });
}

/// choose adds up the masks of all rules that let the groups pass (on the route); returns an ExitCode.
int choose(const MaskOptions& options, const config::Snapshot& snapshot, MaskChoice* chosen) {
  uint32_t number = 0;
  if (!options.route.empty()) {
    std::vector<ByteView> names;
    for (const config::Route& route : snapshot.routes) names.push_back(route.name);
    while (number < names.size() && names[number] != options.route) ++number;
    if (number == names.size()) {
      const ByteView near = config::nearest(options.route, names);
      return complain(kExitUsage, "--route: there is no route '" + options.route + "'" +
                                      (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"));
    }
    chosen->route = &snapshot.routes[number];
  }
  for (const policy::Rule& rule : snapshot.policy.rules) {
    const bool there = chosen->route == nullptr || rule.routes.empty() ||
                       std::find(rule.routes.begin(), rule.routes.end(), number) != rule.routes.end();
    if (rule.effect != policy::Effect::deny && there && has_group(rule, options.groups)) chosen->masks |= rule.masks;
  }
  if (chosen->masks != 0) return kExitOk;
  return complain(kExitUsage, "no rule lays masks over answers for " +
                                  std::string(options.groups.size() == 1 ? "this group" : "these groups") +
                                  (chosen->route == nullptr ? "" : " on this route") + ": the gateway would change nothing");
}

/// Output is what comes of a body: masked bytes, and a line for each change.
class Output {
 public:
  explicit Output(FILE* map) : map_(map) {}

  /// take writes one slice; false when it cannot be written.
  bool take(const mask::Stream::Slice& slice) {
    if (map_ != nullptr && !slice.map.empty()) write_changes(slice.map);
    original_ += slice.original_length;
    masked_ += slice.masked.size();
    return std::fwrite(slice.masked.data(), 1, slice.masked.size(), stdout) == slice.masked.size();
  }

 private:
  void write_changes(ByteView map) {
    mask::MapReader reader;
    mask::Change change;
    if (!reader.open(map)) return;
    while (reader.next(&change)) {
      const std::string line = "{\"place\":" + cli::quoted(change.place) + ",\"offset\":" +
                               std::to_string(original_ + change.original_offset) + ",\"masked_offset\":" +
                               std::to_string(masked_ + change.masked_offset) + ",\"mask\":" + cli::quoted(change.mask) +
                               ",\"detector\":" + cli::quoted(detect::detector_name(change.detector)) + ",\"method\":" +
                               cli::quoted(mask::method_name(change.method)) + ",\"evidence\":" +
                               cli::quoted(detect::evidence_name(change.evidence)) + ",\"original\":" +
                               cli::quoted(change.original) + ",\"replacement\":" + cli::quoted(change.replacement) + "}\n";
      std::fwrite(line.data(), 1, line.size(), map_);
    }
  }

  FILE* map_;
  uint64_t original_ = 0, masked_ = 0;
};

/// run masks standard input; *why is a reason when that cannot be done, false when the input or output fails.
bool run(mask::Stream& stream, Output& output, Reason* why) {
  std::vector<char> piece(kPiece);
  const auto write_all = [&] {
    for (; stream.slice() != nullptr; stream.pop())
      if (!output.take(*stream.slice())) return false;
    return true;
  };
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) break;
    for (ByteView rest{piece.data(), static_cast<size_t>(count)}; !rest.empty();) {
      size_t consumed = 0;
      if (*why = stream.feed(rest, &consumed); *why != Reason::none) return true;
      rest.remove_prefix(consumed);
      if (!write_all()) return false;
    }
    if (std::fflush(stdout) != 0) return false;   // an event that is through must not wait for the next
  }
  while (!stream.ended()) {
    if (*why = stream.finish(); *why != Reason::none) return true;
    if (!write_all()) return false;
  }
  return true;
}

int mask_input(const MaskOptions& options) {
  config::RuntimeInputs inputs;
  inputs.tickets = tls::make_ticket_keys(nullptr);
  config::Prepared prepared;
  if (const int code = prepare_or_complain(options.config, inputs, &prepared); code != kExitOk) return code;
  MaskChoice chosen;
  if (const int code = choose(options, *prepared.snapshot, &chosen); code != kExitOk) return code;
  std::unique_ptr<FILE, int (*)(FILE*)> map(nullptr, std::fclose);
  if (!options.map_file.empty()) {   // it holds the values themselves
    const int descriptor = ::open(options.map_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0 || ::fchmod(descriptor, 0600) != 0)   // it may have been there, for all to read
      return complain(kExitIo, "cannot write " + options.map_file + ": " + std::strerror(errno));
    map.reset(::fdopen(descriptor, "w"));
  }
  mask::Stream stream;
  if (!stream.prepare(*prepared.snapshot->masks)) return complain(kExitSoftware, "no memory for the masks");
  const bool routed = chosen.route != nullptr;
  const mask::Answer answer{options.type, routed ? chosen.route->leniency : json::Leniency{},
                            routed && chosen.route->best_effort};
  Reason why = stream.start(*prepared.snapshot->masks, chosen.masks, answer);
  Output output(map.get());
  const bool moved = why != Reason::none || run(stream, output, &why);
  if (!moved) return complain(kExitIo, std::string("reading or writing failed: ") + std::strerror(errno));
  if (why != Reason::none) {
    std::fflush(stdout);
    return complain(kExitData, std::string(reason_text(why)) + " (" + std::string(reason_name(why)) +
                                   "); what was written is not all of it");
  }
  if (map != nullptr && std::fflush(map.get()) != 0)
    return complain(kExitIo, "cannot write " + options.map_file + ": " + std::strerror(errno));
  if (stream.uninspected()) std::fputs("gatehouse: a part passed that no mask could read: the route is best_effort\n", stderr);
  return flush_output();
}

constexpr const char* kMaskFooter =
    "Reads a body from standard input and writes it to standard output as a caller of these groups would get it: the same\n"
    "masks run as in `gatehouse serve`, in a stream, whatever the length. Masks of all rules that let one of the groups pass\n"
    "add up, as in the gateway; --route leaves out rules for other routes. The form is found by --type and by the first\n"
    "bytes. Header fields and content codings belong to a connection and are not looked at: uncompress first.\n"
    "The changes (--map) are one JSON object a line: place, offset, mask, detector, method, evidence, the value and what stands\n"
    "instead. The file holds the values: its mode becomes 0600.\n"
    "Exit code 65 when the body cannot be masked: then what was written is a part of it.\n\n"
    "Examples:\n"
    "  gatehouse mask --config gateway.toml --group readers < answer.json > masked.json\n"
    "  gatehouse mask --config gateway.toml --group readers --type text/csv --map changes.jsonl < rows.csv > masked.csv\n"
    "  gatehouse mask --config gateway.toml --group readers --route chunking --type text/event-stream < events.txt";

}  // namespace

void add_mask(Command app) {
  auto options = std::make_shared<MaskOptions>();
  const Command command = app.add_subcommand("mask", "Mask a file as an answer to a caller would be masked");
  command.add_option("-c,--config", options->config, "The configuration file", "FILE").required();
  command.add_option("--group", options->groups, "A group of the caller; may be repeated", "GROUP").required().repeats();
  command.add_option("--route", options->route, "The route that the request would take", "NAME");
  command.add_option("--type", options->type, "Content-Type of the body; default: as its first bytes look", "TYPE");
  command.add_option("--map", options->map_file, "Write the changes there, one JSON object a line", "FILE");
  command.footer(kMaskFooter);
  command.runs([options] { return mask_input(*options); });
}

}  // namespace gatehouse::cli
