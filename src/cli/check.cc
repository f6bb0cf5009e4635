
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cli/callers.h"
#include "cli/check_report.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "config/compile.h"
#include "config/json_text.h"
#include "config/nearest.h"
#include "config/reference.h"
#include "config/units.h"
#include "control/known_issuers.h"

namespace gatehouse::cli {
namespace {

struct CheckOptions {
  std::string config;
  std::string key;
  bool json = false;
  bool schema = false;
  bool print = false;
  bool reference = false;
  Traffic traffic;
  std::string body;
};

int check_key(const std::string& path) {
  const std::string text = config::describe_key(path);
  if (!text.empty()) {
    std::fputs(text.c_str(), stdout);
    return kExitOk;
  }
  std::vector<ByteView> paths;
  for (const config::Key& key : config::keys()) paths.push_back(key.path);
  const ByteView near = config::nearest(path, paths);
  std::fprintf(stderr, "gatehouse: there is no key '%s'%s%s%s\n", config::printable(path).c_str(),
               near.empty() ? "; keys are like limits.head_bytes or rule.paths" : "; did you mean '",
               std::string(near).c_str(), near.empty() ? "" : "'?");
  return kExitUsage;
}

int check_file(const CheckOptions& options) {
  config::RuntimeInputs inputs;
  inputs.now = wall_now();
  inputs.tickets = tls::make_ticket_keys(nullptr);
  config::Prepared prepared = config::prepare(options.config, inputs);
  if (prepared.ok())   // of a store that cannot be read from here nothing is said
    if (const KeptLedger kept = read_ledger(prepared); kept.ledger != nullptr)
      control::warn_of_strays(*kept.ledger->revocations, *prepared.snapshot, inputs.now, &prepared.loaded.diagnostics);
  const config::Diagnostics& found = prepared.loaded.diagnostics;
  const Needs needs = prepared.ok() ? needs_of(prepared.loaded.config, options.traffic) : Needs{};
  if (options.json) {
    std::string out = config::to_json(options.config, found);
    if (prepared.ok()) out.insert(out.size() - 1, "," + report_json(prepared.loaded, needs, options.traffic) + "," +
                                        callers_json(prepared.loaded.config) + "," + records_json(*prepared.snapshot) + "," +
                                        guards_json(prepared));
    std::puts(out.c_str());
  } else {
    for (const config::Diagnostic& each : found) std::fprintf(stderr, "%s\n", config::render(each).c_str());
    if (prepared.ok() && options.print) std::fputs(config::effective(config::resolved(prepared.loaded)).c_str(), stdout);
    else
      std::printf("%s: %s, %s\n", config::printable(options.config).c_str(),
                  prepared.ok() ? "good" : "not usable", config::summary(found).c_str());
    if (prepared.ok() && !options.print)
      for (const std::string& part : {callers_text(prepared.loaded.config), report_text(prepared.loaded, needs, options.traffic),
                                      records_text(*prepared.snapshot),
                                      guards_text(prepared)})
        std::fputs(part.c_str(), stdout);
  }
  if (prepared.ok()) return needs.unfit && needs.unfit->there ? needs.unfit->exit_code : kExitOk;
  const bool unreadable = !found.empty() && found.front().code == config::Code::unreadable;
  return unreadable ? kExitNoInput : kExitConfig;
}

int check(const CheckOptions& options) {
  if (options.schema) {
    std::fputs(config::json_schema().c_str(), stdout);
    return kExitOk;
  }
  if (options.reference) {
    std::fputs(config::reference_page().c_str(), stdout);
    return kExitOk;
  }
  if (!options.key.empty()) return check_key(options.key);
  if (!options.config.empty()) return check_file(options);
  std::fputs("gatehouse: nothing to check: give --config FILE\nFor all options: gatehouse check --help\n",
             stderr);
  return kExitUsage;
}

std::string possible_rate(const std::string& text) {
  char* end = nullptr;
  const double rate = std::strtod(text.c_str(), &end);
  const bool good = !text.empty() && end == text.c_str() + text.size() && rate >= 0 && rate <= 1e7;   // not so of nan
  return good ? "" : "'" + text + "' is no number from 0 to 10000000";
}

}  // namespace

void add_check(Command app) {
  auto options = std::make_shared<CheckOptions>();
  const Command command = app.add_subcommand("check", "Say what is wrong with a configuration, or explain a key");
  const Option file = command.add_option("-c,--config", options->config, "The configuration file", "FILE");
  const Option json = command.add_flag("--json", options->json, "Print the findings as JSON");
  const Option print =
      command.add_flag("--print", options->print, "Print every value in force, defaults and what presets say, too");
  const Option schema = command.add_flag("--schema", options->schema, "Print the JSON Schema of the configuration");
  const Option reference = command.add_flag("--reference", options->reference, "Print the page that explains every key (Markdown)");
  const Option key = command.add_option("--key", options->key, "Explain one key or table", "KEY");
  command.add_option("--rate", options->traffic.requests, "Requests per second that the disk is reckoned with; default: 100",
                     "NUMBER")
      .check(possible_rate)
      .needs(file);
  command.add_option("--body", options->body, "Bytes of a request's and its answer's body together; default: 24KiB", "SIZE")
      .needs(file)
      .check([](const std::string& text) { return config::parse_size(text) ? "" : "'" + text + "' is no size, such as 24KiB"; });
  json.excludes(print).needs(file);
  print.needs(file);
  schema.excludes(file).excludes(key);
  reference.excludes(file).excludes(key).excludes(schema);
  key.excludes(file);
  command.footer(
      "Judges exactly as `gatehouse serve` does, and changes nothing. Of a good configuration it prints the policy,\n"
      "the memory it needs, what a crash may cost, when the disk of the records is full, and what guards' patterns cost.\n\n"
      "Examples:\n"
      "  gatehouse check --config gateway.toml\n"
      "  gatehouse check --config gateway.toml --json\n"
      "  gatehouse check --config gateway.toml --rate 2000 --body 24KiB\n"
      "  gatehouse check --key limits.head_bytes\n"
      "  gatehouse check --key rule\n"
      "  gatehouse check --schema > gatehouse.schema.json\n"
      "  gatehouse check --reference > configuration.md");
  command.runs([options] {
    if (!options->body.empty()) options->traffic.body_bytes = *config::parse_size(options->body);
    return check(*options);
  });
}

}  // namespace gatehouse::cli
