#include "cli/command_line.h"

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/exit_code.h"

namespace gatehouse::cli {
namespace {

int parse_and_run(int argc, char** argv) {
  static char help[] = "--help";
  std::vector<char*> words(argv, argv + argc);
  if (argc > 1 && std::string(words[1]) == "help") {   // "help X" is "X --help"
    words.erase(words.begin() + 1);
    words.push_back(help);
  }
  Program app(
      "Gatehouse stands between batch jobs and the services they call: it verifies who calls, decides\n"
      "what they may do, guards requests, masks answers and records everything.",
      "gatehouse");
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
  app.require_subcommand(0);
  add_init(app);
  add_serve(app);
  add_check(app);
  add_explain(app);
  add_mask(app);
  add_whoami(app);
  add_reload(app);
  add_records(app);
  add_keys(app);
  add_approvals(app);
  add_api_keys(app);
  add_revocations(app);
  add_version(app);
  add_bugreport(app);
  add_completion(app);
  add_man(app);
  const auto last = [&] {
    if (!app.chosen() && !version) missing("a command");
  };
  if (const auto code = app.parse(argc, words.data(), last)) return *code;
  return app.chosen() ? app.chosen()() : print_version(false);
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
