#include "cli/records.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/reason.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/places.h"
#include "cli/words.h"
#include "config/json_text.h"
#include "config/nearest.h"

namespace gatehouse::cli {
namespace {

/// Where holds what the user said about the place, and what it came to.
struct Where {
  std::string config;
  std::string dir;
  std::string rings;

  void add_to(CLI::App* command) {
    CLI::Option* file =
        command->add_option("-c,--config", config, "The gateway's configuration file")->type_name("FILE");
    CLI::Option* folder =
        command->add_option("--dir", dir, "Folder of the records, instead of --config")->type_name("DIR");
    command->add_option("--rings", rings, "Folder of the rings; default: rings in --dir")
        ->type_name("DIR")
        ->needs(folder);
    folder->excludes(file);
  }

  /// resolve fills the place or returns an ExitCode.
  int resolve(RecordsPlace& place) const {
    if (!config.empty()) {
      auto found = records_place(config);
      if (!found) return found.error();
      place = found.value();
      return kExitOk;
    }
    if (dir.empty()) {
      std::fputs("gatehouse: which records? give --config FILE or --dir DIR\n", stderr);
      return kExitUsage;
    }
    place = {dir, rings.empty() ? dir + "/rings" : rings};
    return kExitOk;
  }
};

/// with_place runs a command once its place is known.
template <typename Options>
Run with_place(std::shared_ptr<Options> options, std::shared_ptr<Where> where,
               int (*command)(const Options&)) {
  return [=] {
    const int code = where->resolve(options->place);
    return code == kExitOk ? command(*options) : code;
  };
}

void add_id(CLI::App* command, ExchangeId& id) {
  const auto read = [&id](std::string& word) {
    const auto parsed = parse_exchange_id(word);
    if (parsed) id = *parsed;
    return parsed ? std::string{} : "'" + config::printable(word) + "' is not an exchange id";
  };
  command->add_option("id", "The exchange id, as in an answer, a log line or `records list`")
      ->required()
      ->type_name("ID")
      ->expected(1)
      ->check(CLI::Validator(read, ""));
}

#define GH_REASON_NAME(reason, code, http_status, text) #reason,
constexpr ByteView kReasonNames[] = {GATEHOUSE_REASONS(GH_REASON_NAME)};
#undef GH_REASON_NAME

constexpr ByteView kPartNames[] = {"all", "client-request", "origin-request", "origin-answer", "client-answer"};
constexpr ReplayPart kParts[] = {ReplayPart::all, ReplayPart::client_request, ReplayPart::origin_request,
                                 ReplayPart::origin_answer, ReplayPart::client_answer};

void add_list(CLI::App* records, Run& chosen) {
  auto options = std::make_shared<RecordsList>();
  auto where = std::make_shared<Where>();
  CLI::App* command = records->add_subcommand("list", "One line per exchange, oldest first");
  where->add_to(command);
  command->add_option("--reason", options->reason, "Only exchanges that ended with this reason")
      ->type_name("NAME")
      ->check(one_of(kReasonNames));
  command->add_option("--subject", options->subject, "Only exchanges of this caller")->type_name("SUBJECT");
  command->add_option("--claim", options->claim, "Only callers with this claim, of those that issuer.record_claims keeps")
      ->type_name("NAME=VALUE");
  command->add_option("--limit", options->limit, "Only the newest N")->type_name("N")->check(whole_number());
  command->add_flag("--json", options->json, "One JSON object per line");
  command->footer(
      "Examples:\n"
      "  gatehouse records list --config gateway.toml --limit 20\n"
      "  gatehouse records list --dir /var/lib/gatehouse/records --reason guard_hit --json\n"
      "  gatehouse records list --config gateway.toml --claim run_id=8461932");
  command->callback([=, &chosen] { chosen = with_place(options, where, records_list); });
}

void add_show(CLI::App* records, Run& chosen) {
  auto options = std::make_shared<RecordsShow>();
  auto where = std::make_shared<Where>();
  CLI::App* command = records->add_subcommand("show", "Everything that is known of one exchange");
  add_id(command, options->id);
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
      records->add_subcommand("replay", "Re-make the bytes of one exchange as they were on the wire");
  add_id(command, options->id);
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
      "  gatehouse records replay ID --config gateway.toml\n"
      "  gatehouse records replay ID --config gateway.toml --part origin-answer --body-only > answer.json");
  command->callback([=, &chosen] { chosen = with_place(options, where, records_replay); });
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

void add_verify(CLI::App* records, Run& chosen) {
  auto options = std::make_shared<RecordsVerify>();
  auto where = std::make_shared<Where>();
  CLI::App* command = records->add_subcommand("verify", "Check that nothing was changed, lost or put in");
  where->add_to(command);
  command->add_flag("--json", options->json, "As JSON");
  command->footer(
      "Exit code 74 when anything is wrong.\n\n"
      "Examples:\n"
      "  gatehouse records verify --config gateway.toml\n"
      "  gatehouse records verify --dir copy/records");
  command->callback([=, &chosen] { chosen = with_place(options, where, records_verify); });
}

}  // namespace

void add_records(CLI::App& app, Run& chosen) {
  CLI::App* records = app.add_subcommand("records", "Read what was recorded, also while the gateway runs");
  records->require_subcommand(1);
  records->footer(
      "Examples:\n"
      "  gatehouse records list --config gateway.toml\n"
      "  gatehouse records verify --config gateway.toml");
  add_list(records, chosen);
  add_show(records, chosen);
  add_replay(records, chosen);
  add_snapshots(records, chosen);
  add_verify(records, chosen);
}

}  // namespace gatehouse::cli
