#include "cli/records.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/records_where.h"
#include "cli/words.h"
#include "config/json_text.h"
#include "config/nearest.h"

namespace gatehouse::cli {
namespace {

CLI::Option* add_id(CLI::App* command, ExchangeId& id) {
  const auto read = [&id](std::string& word) {
    const auto parsed = parse_exchange_id(word);
    if (parsed) id = *parsed;
    return parsed ? std::string{} : "'" + config::printable(word) + "' is not an exchange id";
  };
  return command->add_option("id", "The exchange id, as in an answer, a log line or `records list`")
      ->type_name("ID")
      ->expected(1)
      ->check(CLI::Validator(read, ""));
}

constexpr ByteView kPartNames[] = {"all", "client-request", "origin-request", "origin-answer", "client-answer"};
constexpr ReplayPart kParts[] = {ReplayPart::all, ReplayPart::client_request, ReplayPart::origin_request,
                                 ReplayPart::origin_answer, ReplayPart::client_answer};

void add_show(CLI::App* records, Run& chosen) {
  auto options = std::make_shared<RecordsShow>();
  auto where = std::make_shared<Where>();
  CLI::App* command = records->add_subcommand("show", "Everything that is known of one exchange");
  add_id(command, options->id)->required();
  where->add_to(command);
  command->add_flag("--json", options->json, "As JSON");
  command->footer(
      "Examples:\n"
      "  gatehouse records show 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml");
  command->callback([=, &chosen] { chosen = with_place(options, where, records_show); });
}

void add_replay(CLI::App* records, Run& chosen) {
  auto options = std::make_shared<RecordsReplay>();
  auto where = std::make_shared<Where>();
  CLI::App* command =
      records->add_subcommand("replay", "Re-make the bytes of one exchange, or of a job's run, as they were on the wire");
  CLI::Option* const one = add_id(command, options->id);
  CLI::Option* const job = add_claim(command, "--job", options->job, "Every exchange of one run of a job, in order, by a claim");
  job->excludes(one);
  where->add_to(command);
  const auto take = [options](const std::string& word) {
    options->part = kParts[std::find(std::begin(kPartNames), std::end(kPartNames), word) - std::begin(kPartNames)];
  };
  command->add_option_function<std::string>("--part", take, config::listed(kPartNames) + "; default: all")
      ->type_name("PART")
      ->check(one_of(kPartNames));
  command->add_flag("--body-only", options->body_only, "Only the body, without the head");
  command->footer(
      "Examples:\n"
      "  gatehouse records replay 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml\n"
      "  gatehouse records replay --job run_id=8461932 --config gateway.toml\n"
      "  gatehouse records replay 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml --part origin-answer --body-only > answer.json");
  command->callback([=, &chosen] {
    if (one->count() + job->count() == 0) throw CLI::RequiredError("ID or --job NAME=VALUE");
    chosen = with_place(options, where, records_replay);
  });
}

void add_snapshots(CLI::App* records, Run& chosen) {
  auto options = std::make_shared<RecordsSnapshots>();
  auto where = std::make_shared<Where>();
  CLI::App* command = records->add_subcommand("snapshots", "Configurations that came into force, and what they weakened");
  where->add_to(command);
  command->add_flag("--json", options->json, "One JSON object per line");
  command->footer(
      "Each worker's stream has its own; lines with ! are changes of keys, levels, issuers, guards that weaken.\n\n"
      "Examples:\n"
      "  gatehouse records snapshots --config gateway.toml");
  command->callback([=, &chosen] { chosen = with_place(options, where, records_snapshots); });
}

}  // namespace

void add_records(CLI::App& app, Run& chosen) {
  CLI::App* records = app.add_subcommand("records", "Read what was recorded, also while the gateway runs");
  records->require_subcommand(1);
  records->footer(
      "Examples:\n"
      "  gatehouse records list --config gateway.toml\n"
      "  gatehouse records verify --config gateway.toml");
  add_reading(records, chosen);
  add_show(records, chosen);
  add_replay(records, chosen);
  add_snapshots(records, chosen);
  add_verify(records, chosen);
  add_rewrap(records, chosen);
}

}  // namespace gatehouse::cli
