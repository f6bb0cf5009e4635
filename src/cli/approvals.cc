#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/json_lines.h"
#include "cli/places.h"
#include "config/json_text.h"

namespace gatehouse::cli {
namespace {

struct ApprovalOptions {
  std::string config;
  std::string socket;
  std::string id;
  std::string note;
  bool json = false;
};

void add_common(CLI::App* command, ApprovalOptions& options) {
  CLI::Option* file = command->add_option("-c,--config", options.config, "The gateway's configuration file")
                          ->type_name("FILE");
  command->add_option("--socket", options.socket, "The admin socket, instead of --config")
      ->type_name("PATH")
      ->excludes(file);
  command->add_flag("--json", options.json, "The gateway's answer as it is: JSON");
}

std::string plain_id(const std::string& id) {
  const bool plain = !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
  return plain ? "" : "'" + config::printable(id) + "' is not an id";
}

void add_id(CLI::App* command, ApprovalOptions& options) {
  command->add_option("id", options.id, "The exchange id, as `approvals list` shows it")
      ->required()
      ->type_name("ID")
      ->check(CLI::Validator(plain_id, ""));
}

/// ask sends one request and prints the answer.
int ask(const ApprovalOptions& options, const std::string& method, const std::string& path,
        const std::string& json, const char* nothing) {
  std::string socket = options.socket;
  if (socket.empty() && options.config.empty()) {
    std::fputs("gatehouse: which gateway? give --config FILE or --socket PATH\n", stderr);
    return kExitUsage;
  }
  if (socket.empty()) {
    auto found = admin_socket(options.config);
    if (!found) return found.error();
    socket = found.value();
  }
  const auto answer = ask_admin(socket, method, path, json);
  if (!answer) {
    std::fprintf(stderr, "gatehouse: %s\n", config::printable(answer.error()).c_str());
    return kExitUnavailable;
  }
  std::string lines = options.json ? answer->body : json_lines(answer->body);
  if (!lines.empty() && lines.back() != '\n') lines += '\n';
  if (answer->status >= 300) {
    std::fprintf(stderr, "gatehouse: the gateway refused (%u)\n%s", static_cast<unsigned>(answer->status),
                 lines.c_str());
    return answer->status == 404 ? kExitNoInput : kExitUnavailable;
  }
  std::fputs(answer->body.empty() || lines.empty() ? nothing : lines.c_str(), stdout);
  return kExitOk;
}

void add_list(CLI::App* approvals, Run& chosen) {
  auto options = std::make_shared<ApprovalOptions>();
  CLI::App* command = approvals->add_subcommand("list", "Requests that wait for a person");
  add_common(command, *options);
  command->footer(
      "Examples:\n  gatehouse approvals list --config gateway.toml\n"
      "  gatehouse approvals list --socket /run/gatehouse/admin.sock --json");
  command->callback([=, &chosen] {
    chosen = [options] { return ask(*options, "GET", "/approvals", "", "nothing waits for a person\n"); };
  });
}

void add_show(CLI::App* approvals, Run& chosen) {
  auto options = std::make_shared<ApprovalOptions>();
  CLI::App* command = approvals->add_subcommand("show", "Who asks for what, and why it is held");
  add_id(command, *options);
  add_common(command, *options);
  command->footer(
      "Examples:\n  gatehouse approvals show 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml");
  command->callback([=, &chosen] {
    chosen = [options] { return ask(*options, "GET", "/approvals/" + options->id, "", ""); };
  });
}

void add_answer(CLI::App* approvals, Run& chosen, const char* verb, const char* says, const char* done) {
  auto options = std::make_shared<ApprovalOptions>();
  CLI::App* command = approvals->add_subcommand(verb, says);
  add_id(command, *options);
  add_common(command, *options);
  command->add_option("--note", options->note, "Why; it is recorded")->type_name("TEXT");
  command->footer(std::string("Examples:\n  gatehouse approvals ") + verb +
                  " 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml --note \"ticket 4711\"");
  command->callback([=, &chosen] {
    chosen = [=] {
      std::string json = "{";
      if (!options->note.empty()) {
        json += "\"note\":";
        config::append_json(json, options->note);
      }
      return ask(*options, "POST", "/approvals/" + options->id + "/" + verb, json + "}", done);
    };
  });
}

}  // namespace

void add_approvals(CLI::App& app, Run& chosen) {
  CLI::App* approvals = app.add_subcommand("approvals", "Answer for requests that wait for a person");
  approvals->require_subcommand(1);
  approvals->footer(
      "Whoever may write to the admin socket may approve; the gateway records who it was.\n\n"
      "Examples:\n"
      "  gatehouse approvals list --config gateway.toml\n"
      "  gatehouse approvals approve ID --config gateway.toml --note \"ticket 4711\"");
  add_list(approvals, chosen);
  add_show(approvals, chosen);
  add_answer(approvals, chosen, "approve", "Let exactly this request go, once", "approved\n");
  add_answer(approvals, chosen, "deny", "Refuse this request", "denied\n");
}

}  // namespace gatehouse::cli
