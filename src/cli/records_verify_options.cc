// The options of `gatehouse records verify`.
#include <memory>

#include "cli/records_where.h"

namespace gatehouse::cli {

void add_verify(Command records) {
  auto options = std::make_shared<RecordsVerify>();
  auto where = std::make_shared<Where>();
  const Command command =
      records.add_subcommand("verify", "Check that nothing was changed, lost or put in, and say what was proved");
  where->add_to(command);
  const auto files = [command](const char* name, std::vector<std::string>& into, const char* about) {
    command.add_option(name, into, about, "FILE").repeats();
  };
  files("--heads-key", options->heads_keys,
        "A public key that may sign heads (.pub); may be repeated. Default: the configuration's");
  files("--witness", options->witnesses, "A file of heads that a witness kept; may be repeated");
  command.add_flag("--part", options->part, "The folder is a part of a copy: what is not there is not asked for");
  command.add_checked("--explain", "Print each step of the proof of this exchange", "ID", exchange_id(options->explain));
  command.add_flag("--json", options->json, "As JSON: a line for each finding, then one of totals");
  command.footer(
      "Without keys: order, completeness and headers; contents too where the gateway wrote digests (records.strict). With an\n"
      "auditor's key: everything. Exit code 0 when all that was asked for was proved, 74 when not.\n\n"
      "Examples:\n"
      "  gatehouse records verify --config gateway.toml\n"
      "  gatehouse records verify --dir copy/records --heads-key heads.key.pub --witness heads.log --key ann.key\n"
      "  gatehouse records verify --config gateway.toml --explain 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e");
  command.runs(with_place(options, where, records_verify));
}

}  // namespace gatehouse::cli
