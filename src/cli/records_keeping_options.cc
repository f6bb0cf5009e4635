#include <memory>

#include "cli/export_sink.h"
#include "cli/records_keeping.h"
#include "cli/records_where.h"
#include "config/json_text.h"

namespace gatehouse::cli {
namespace {

constexpr ByteView kForms[] = {"jsonl", "ocsf", "otlp"};   // ExportForm

std::string collector_url(const std::string& word) {
  const auto place = post_place(word);
  return place ? std::string() : "'" + config::printable(word) + "' " + place.error();
}

void add_chosen(Command command, Chosen& chosen) {
  command.add_option("segments", chosen.segments, "File names of segments", "SEGMENT");
  command.add_checked("--exchange", "All segments in which a record of this exchange stands", "ID", exchange_id(chosen.exchange));
  command.add_checked("--since", "All segments with records that are younger: than a time, or how long ago", "TIME",
                      past_time(chosen.since));
  command.add_checked("--until", "All segments with records that are older: than a time, or how long ago", "TIME",
                      past_time(chosen.until));
  command.add_flag("--all", chosen.all, "All segments");
}

void add_export(Command records) {
  auto options = std::make_shared<RecordsExport>();
  auto where = std::make_shared<Where>();
  const Command command = records.add_subcommand("export", "Each exchange that has ended, as an event for a collector");
  where->add_to(command);
  const Option form = command.add_choice("--format", kForms, options->form,
                                         "jsonl, ocsf (API Activity, Data Security and Detection Finding) or otlp", "FORM");
  command.add_option("--cursor", options->cursor, "File that remembers how far it came", "FILE");
  const Option output = command.add_option("--output", options->output, "Append to this file; default: standard output", "FILE");
  command.add_option("--post", options->post, "Send OTLP to a collector on this host: http://127.0.0.1:4318/v1/logs", "URL")
      .check(collector_url)
      .excludes(output);
  command.add_flag("--follow", options->follow, "Go on with what ends later, until interrupted");
  command.footer(
      "With a cursor each exchange comes at least once, whatever is killed meanwhile; its id tells what came before. Bodies and\n"
      "heads are left out; so is what is sealed and no --key opens.\n\n"
      "Examples:\n"
      "  gatehouse records export --config gateway.toml --cursor /var/lib/siem/cursor --output /var/log/gatehouse/events.jsonl\n"
      "  gatehouse records export --config gateway.toml --format ocsf\n"
      "  gatehouse records export --config gateway.toml --post http://127.0.0.1:4318/v1/logs --cursor cursor --follow");
  command.runs(with_keys(options, where, records_export), [=] {
    if (options->post.empty()) return;
    if (form.given() && options->form != ExportForm::otlp) missing("--format otlp, or none, with --post");
    options->form = ExportForm::otlp;
  });
}

void add_hold(Command records) {
  auto options = std::make_shared<RecordsHold>();
  auto where = std::make_shared<Where>();
  const Command command = records.add_subcommand("hold", "Keep segments, whatever retention says");
  where->add_to(command);
  add_chosen(command, options->chosen);
  command.add_option("--note", options->note, "Why; it is listed", "TEXT");
  command.add_flag("--list", options->list, "What is held, and what is to be deleted");
  command.footer(
      "Examples:\n"
      "  gatehouse records hold --config gateway.toml --since 720h --note \"case 4711\"\n"
      "  gatehouse records hold --config gateway.toml --list");
  command.runs(with_place(options, where, records_hold));
}

void add_release(Command records) {
  auto options = std::make_shared<RecordsRelease>();
  auto where = std::make_shared<Where>();
  const Command command = records.add_subcommand("release", "Leave segments to retention again");
  where->add_to(command);
  add_chosen(command, options->chosen);
  command.footer(
      "Examples:\n"
      "  gatehouse records release --config gateway.toml --all");
  command.runs(with_place(options, where, records_release));
}

void add_erase(Command records) {
  auto options = std::make_shared<RecordsErase>();
  auto where = std::make_shared<Where>();
  const Command command = records.add_subcommand("erase", "Delete segments, and leave a tombstone");
  where->add_to(command);
  add_chosen(command, options->chosen);
  command.add_option("--note", options->note, "Why", "TEXT");
  command.add_option("--heads-key", options->heads_key,
                     "Secret key that signs heads: where there are some and no gateway runs", "FILE");
  command.footer(
      "A gateway that writes there deletes them within seconds; else it is done at once. What is held, what a running\n"
      "gateway needs and what is damaged stays. `records verify` still proves the rest.\n\n"
      "Examples:\n"
      "  gatehouse records erase --config gateway.toml --exchange 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --note \"request 17\"\n"
      "  gatehouse records erase --config gateway.toml --until 2160h");
  command.runs(with_place(options, where, records_erase));
}

void add_clock(Command records) {
  auto options = std::make_shared<RecordsClock>();
  auto where = std::make_shared<Where>();
  const Command command = records.add_subcommand("trust-clock", "Confirm that this host's clock is right, for records.keep");
  where->add_to(command);
  command.add_flag("--if-synchronised", options->if_synchronised,
                   "Only where the kernel calls its clock synchronised (NTP, PTP); exit code 1 where it does not");
  command.footer(
      "A gateway that begins with a clock that nothing vouches for, long after it ran last, deletes nothing by age until this was\n"
      "said, or the kernel calls its clock synchronised. Look at `date` first: what is too old by it goes within minutes. Under\n"
      "a filter of system calls the gateway does not ask the kernel: configs/gatehouse-clock.service does it in its place.\n\n"
      "Examples:\n"
      "  gatehouse records trust-clock --config gateway.toml\n"
      "  gatehouse records trust-clock --if-synchronised --config gateway.toml");
  command.runs(with_place(options, where, records_clock));
}

}  // namespace

void add_keeping(Command records) {
  add_export(records);
  add_hold(records);
  add_release(records);
  add_erase(records);
  add_clock(records);
}

}  // namespace gatehouse::cli
