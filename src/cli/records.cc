#include "cli/records.h"

#include <memory>

#include "cli/commands.h"
#include "cli/records_keeping.h"
#include "cli/exit_code.h"
#include "cli/records_where.h"
#include "config/nearest.h"

namespace gatehouse::cli {
namespace {

Option add_id(Command command, ExchangeId& id) {
  return command.add_checked("id", "The exchange id, as in an answer, a log line or `records list`", "ID", exchange_id(id));
}

constexpr ByteView kPartNames[] = {"all", "client-request", "origin-request", "origin-answer", "client-answer"};   // ReplayPart

void add_show(Command records) {
  auto options = std::make_shared<RecordsShow>();
  auto where = std::make_shared<Where>();
  const Command command = records.add_subcommand("show", "Everything that is known of one exchange");
  add_id(command, options->id).required();
  where->add_to(command);
  command.add_flag("--json", options->json, "As JSON");
  command.footer(
      "Examples:\n"
      "  gatehouse records show 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml");
  command.runs(with_place(options, where, records_show));
}

void add_replay(Command records) {
  auto options = std::make_shared<RecordsReplay>();
  auto where = std::make_shared<Where>();
  const Command command =
      records.add_subcommand("replay", "Re-make the bytes of one exchange, or of a job's run, as they were on the wire");
  const Option one = add_id(command, options->id);
  const Option job = add_claim(command, "--job", options->job, "Every exchange of one run of a job, in order, by a claim");
  job.excludes(one);
  where->add_to(command);
  command.add_choice("--part", kPartNames, options->part, config::listed(kPartNames) + "; default: all", "PART");
  command.add_flag("--body-only", options->body_only, "Only the body, without the head");
  command.footer(
      "Examples:\n"
      "  gatehouse records replay 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml\n"
      "  gatehouse records replay --job run_id=8461932 --config gateway.toml\n"
      "  gatehouse records replay ID --config gateway.toml --part origin-answer --body-only > answer.json");
  command.runs(with_place(options, where, records_replay), [=] {
    if (!one.given() && !job.given()) missing("ID or --job NAME=VALUE");
  });
}

void add_snapshots(Command records) {
  auto options = std::make_shared<RecordsSnapshots>();
  auto where = std::make_shared<Where>();
  const Command command = records.add_subcommand("snapshots", "Configurations that came into force, and what they weakened");
  where->add_to(command);
  command.add_flag("--json", options->json, "One JSON object per line");
  command.footer(
      "Each worker's stream has its own; lines with ! are changes of keys, levels, issuers, guards that weaken.\n\n"
      "Examples:\n"
      "  gatehouse records snapshots --config gateway.toml");
  command.runs(with_keys(options, where, records_snapshots));
}

}  // namespace

void add_records(Command app) {
  const Command records = app.add_subcommand("records", "Read what was recorded, also while the gateway runs");
  records.require_subcommand();
  records.footer(
      "Examples:\n"
      "  gatehouse records list --config gateway.toml\n"
      "  gatehouse records verify --config gateway.toml");
  add_reading(records);
  add_show(records);
  add_replay(records);
  add_snapshots(records);
  add_verify(records);
  add_rewrap(records);
  add_keeping(records);
}

}  // namespace gatehouse::cli
