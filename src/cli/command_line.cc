#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "config/json_text.h"
#include "config/nearest.h"

namespace gatehouse::cli {
namespace {

/// deepest returns the innermost command that was named.
const CLI::App& deepest(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::string full_name(const CLI::App& app) {
  const std::string before = app.get_parent() == nullptr ? "" : full_name(*app.get_parent()) + " ";
  return before + app.get_name();
}

/// words_like returns what could have stood where `typed` did: options for "-x", else commands.
std::vector<std::string> words_like(const CLI::App& app, const std::string& typed) {
  std::vector<std::string> words;
  if (typed.starts_with('-')) {
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  } else {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
      words.push_back(command->get_name());
  }
  return words;
}

/// holder returns the command that was given the word nobody knows: the outermost that has one.
const CLI::App& holder(const CLI::App& app) {
  const CLI::App* at = &app;
  while (at->remaining().empty() && !at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

/// misplaced says where an option belongs that stands before its command; empty when it is none of it.
std::string misplaced(const CLI::App& before, const CLI::App& command, const std::string& typed) {
  if (&before == &command || !typed.starts_with('-')) return {};
  const auto known = command.get_options(
      [&typed](const CLI::Option* option) { return option->check_name(typed) && !option->get_positional(); });
  if (known.empty()) return {};
  return "'" + typed + "' stands behind its command: " + full_name(command) + " " + typed;
}

/// given_twice names an option that was given more often than it can be; empty when none was.
std::string given_twice(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options())
    if (option->get_expected_max() == 1 && option->count() > 1)
      return option->get_name() + " is given more than once";
  return {};
}

std::vector<ByteView> views_of(const std::vector<std::string>& words) { return {words.begin(), words.end()}; }

/// reason_of says what is wrong in our words; an unknown word comes before what is missing because of it.
std::string reason_of(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = deepest(app);
  const std::vector<std::string> unknown = app.remaining(true);
  if (unknown.empty()) {
    const std::vector<std::string> commands = words_like(command, "");
    const std::string listed_words = config::listed(views_of(commands));
    if (const std::string twice = given_twice(command); !twice.empty()) return twice;
    if (command.get_subcommands([](const CLI::App*) { return true; }).empty()) return error.what();
    return "'" + full_name(command) + "' needs a command: " + listed_words;
  }
  const std::string typed = unknown.front().substr(0, unknown.front().find('='));
  const CLI::App& held_by = holder(app);
  if (std::string where = misplaced(held_by, command, typed); !where.empty()) return where;
  const std::vector<std::string> words = words_like(held_by, typed);
  const std::vector<ByteView> views = views_of(words);
  const ByteView near = config::nearest(typed, views);
  const char* what = typed.starts_with('-') ? "unknown option '"
                     : words.empty()        ? "unexpected word '"
                                            : "unknown command '";
  std::string text = what + config::printable(typed) + "' of '" + full_name(held_by) + "'";
  if (!near.empty()) return text + "; did you mean '" + std::string(near) + "'?";
  if (!views.empty() && !typed.starts_with('-')) return text + "; commands are " + config::listed(views);
  return text;
}

int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  std::fprintf(stderr, "gatehouse: %s\nFor all options: %s --help\n", reason_of(app, error).c_str(),
               full_name(deepest(app)).c_str());
  return kExitUsage;
}

/// words_of returns what was typed, last word first, as the library wants it. "help X" is "X --help".
std::vector<std::string> words_of(int argc, char** argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  std::reverse(words.begin(), words.end());
  return words;
}

int parse_and_run(int argc, char** argv) {
  CLI::App app(
      "Gatehouse stands between batch jobs and the services they call: it verifies who calls, decides\n"
      "what they may do, guards requests, masks answers and records everything.",
      "gatehouse");
  Run chosen;
  bool version = false;
  app.add_flag("--version", version, "Print the versions, as `gatehouse version`");
  app.footer(
      "Examples:\n"
      "  gatehouse check --config gateway.toml\n"
      "  gatehouse serve --config gateway.toml\n"
      "  gatehouse explain --config gateway.toml --token-file job.token --method POST --path /v1/chunk --body request.json\n"
      "  gatehouse mask --config gateway.toml --group readers < answer.json > masked.json\n"
      "  gatehouse reload --config gateway.toml\n"
      "  gatehouse records list --config gateway.toml\n"
      "  gatehouse approvals list --config gateway.toml\n"
      "  gatehouse api-keys create --name nightly-import --group ingest --config gateway.toml\n"
      "  gatehouse revocations add --subject job-7 --issuer login --config gateway.toml\n\n"
      "Exit codes are 1 for a request that `explain` finds refused, else those of sysexits(3): 64 usage, 65 data,\n"
      "66 no input, 69 unavailable, 70 internal, 74 input or output, 78 configuration.");
  app.require_subcommand(0, 1);
  add_init(app, chosen);
  add_serve(app, chosen);
  add_check(app, chosen);
  add_explain(app, chosen);
  add_mask(app, chosen);
  add_whoami(app, chosen);
  add_reload(app, chosen);
  add_records(app, chosen);
  add_keys(app, chosen);
  add_approvals(app, chosen);
  add_api_keys(app, chosen);
  add_revocations(app, chosen);
  add_version(app, chosen);
  add_bugreport(app, chosen);
  add_completion(app, chosen);
  add_man(app, chosen);
  try {
    app.parse(words_of(argc, argv));
    if (!chosen && !version) throw CLI::RequiredError("a command");
  } catch (const CLI::Success& success) {
    return app.exit(success) == 0 ? kExitOk : kExitSoftware;
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error);
  }
  return version && !chosen ? print_version(false) : chosen();
}

}  // namespace

int run_command_line(int argc, char** argv) {
  int code = kExitSoftware;
  try {
    code = parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gatehouse: internal error: %s\n", error.what());
  }
  const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (lost && code == kExitOk) {
    std::perror("gatehouse: cannot write to standard output");
    code = kExitIo;
  }
  return code;
}

}  // namespace gatehouse::cli
