#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/usage.h"

namespace gatehouse::cli {
namespace {

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
      "Exit codes are 1 where the answer is no (`explain`, `whoami`: refused; `records what-if`: it would change), else\n"
      "those of sysexits(3): 64 usage, 65 data, 66 no input, 69 unavailable, 70 internal, 74 input or output, 78 configuration.");
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
    std::fputs(usage_complaint(app, error).c_str(), stderr);
    return kExitUsage;
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
