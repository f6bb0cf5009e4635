#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/reason.h"
#include "cli/records_reading.h"
#include "cli/records_what_if.h"
#include "cli/records_where.h"
#include "config/json_text.h"
#include "config/units.h"

namespace gatehouse::cli {
namespace {

#define GH_REASON_NAME(reason, code, http_status, text) #reason,
constexpr ByteView kReasonNames[] = {GATEHOUSE_REASONS(GH_REASON_NAME)};
#undef GH_REASON_NAME

constexpr ByteView kFormatNames[] = {"table", "json", "csv"};   // ListFormat

Check byte_size(uint64_t& out) {
  return [&out](const std::string& word) {
    const auto size = config::parse_size(word);
    if (size) out = *size;
    return size ? std::string() : "'" + config::printable(word) + "': " + size.error();
  };
}

std::span<const ByteView> all_detectors() {
  static const std::vector<ByteView> names = [] {
    std::vector<ByteView> out;
    for (uint8_t i = 0; i <= static_cast<uint8_t>(detect::Detector::custom); ++i)
      out.push_back(detect::detector_name(static_cast<detect::Detector>(i)));
    return out;
  }();
  return names;
}

void add_filter(Command command, RecordFilter& filter) {
  const auto text = [&](const char* name, std::string& into, const char* about, const char* type) {
    return command.add_option(name, into, about, type);
  };
  text("--identity", filter.identity,
       "Only callers with this subject, token id, or certificate (a name in it, or its SHA-256)", "WHO");
  text("--subject", filter.subject, "Only exchanges of this caller", "SUBJECT");
  text("--group", filter.group, "Only callers in this group", "GROUP");
  add_claim(command, "--claim", filter.claim, "Only callers with this claim, of those that issuer.record_claims keeps");
  text("--origin", filter.origin, "Only exchanges with this origin", "NAME");
  text("--route", filter.route, "Only exchanges on this route", "NAME");
  text("--rule", filter.rule, "Only exchanges that this rule decided, perhaps among others", "NAME");
  text("--guard", filter.guard, "Only exchanges in which this guard found something", "NAME");
  text("--detector", filter.detector, "Only exchanges in which this detector found something", "NAME").one_of(all_detectors());
  text("--reason", filter.reason, "Only exchanges that ended with this reason", "NAME").one_of(kReasonNames);
  text("--correlation", filter.correlation, "Only exchanges with this X-Request-Id, traceparent or trace id", "ID");
  command.add_checked("--since", "Only exchanges that began since then: a time, or how long ago", "TIME", past_time(filter.since));
  command.add_checked("--until", "Only exchanges that began until then", "TIME", past_time(filter.until));
  command.add_checked("--size-min", "Only exchanges with at least so many bytes in both bodies", "SIZE",
                      byte_size(filter.bytes_min));
  command.add_checked("--size-max", "Only exchanges with at most so many bytes in both bodies", "SIZE",
                      byte_size(filter.bytes_max));
}

void add_format(Command command, ListFormat& format) {
  const Option named = command.add_choice(
      "--format", kFormatNames, format, "table, json (lines) or csv; default: a table on a terminal, else json", "FORMAT");
  command.add_flag("--json", [&format] { format = ListFormat::json; }, "One JSON object per line").excludes(named);
}

void add_rows(Command command, std::shared_ptr<RecordsList> options, std::shared_ptr<Where> where) {
  where->add_to(command);
  add_filter(command, options->filter);
  command.add_option("--limit", options->limit, "Only the newest N; 0: all", "N");
  add_format(command, options->format);
  command.runs(with_keys(options, where, records_list));
}

constexpr const char* kFilters =
    "What is given must hold all at once. In texts * stands for anything; claims, groups and the like repeat, one must fit.\n"
    "Of each segment that nobody writes to any more an index is kept beside it, as SEGMENT.index; it may be deleted.\n\n";

void add_list(Command records) {
  auto options = std::make_shared<RecordsList>();
  const Command command = records.add_subcommand("list", "One line per exchange, oldest first");
  add_rows(command, options, std::make_shared<Where>());
  command.add_flag("--follow", options->follow, "Go on with each exchange as it ends or is held, until interrupted");
  command.footer(std::string(kFilters) +
                 "Examples:\n"
                 "  gatehouse records list --config gateway.toml --limit 20\n"
                 "  gatehouse records list --dir /var/lib/gatehouse/records --reason guard_hit --json\n"
                 "  gatehouse records list --config gateway.toml --claim run_id=8461932\n"
                 "  gatehouse records list --config gateway.toml --since 15m --follow\n"
                 "  gatehouse records list --config gateway.toml --detector email --format csv > found.csv");
}

void add_search(Command records) {
  auto options = std::make_shared<RecordsList>();
  const Command command =
      records.add_subcommand("search", "Exchanges with a text in who called, what was asked or what was decided");
  command.add_option("text", options->filter.text,
                     "What to look for, to the letter, anywhere in those texts; not in bodies", "TEXT").required();
  add_rows(command, options, std::make_shared<Where>());
  command.footer(std::string(kFilters) +
                 "Examples:\n"
                 "  gatehouse records search nightly --config gateway.toml\n"
                 "  gatehouse records search /v1/chunk --config gateway.toml --guard destructive-sql --since 24h");
}

void add_job(Command records) {
  auto options = std::make_shared<RecordsJob>();
  auto where = std::make_shared<Where>();
  const Command command = records.add_subcommand("job", "Every exchange of one run of a job, over all connections, in order");
  add_claim(command, "claim", options->claim, "A claim that names the run, of those that issuer.record_claims keeps").required();
  where->add_to(command);
  add_format(command, options->format);
  command.footer(
      "Examples:\n"
      "  gatehouse records job run_id=8461932 --config gateway.toml\n"
      "  gatehouse records replay --job run_id=8461932 --config gateway.toml");
  command.runs(with_keys(options, where, records_job));
}

void add_what_if(Command records) {
  auto options = std::make_shared<RecordsWhatIf>();
  auto where = std::make_shared<Where>();
  const Command command = records.add_subcommand("what-if", "What another policy would have decided of recorded exchanges");
  command.add_option("--policy", options->policy, "The other policy: a whole configuration file", "FILE").required();
  where->add_to(command);
  add_filter(command, options->filter);
  command.add_flag("--decisions-only", options->decisions_only,
                   "Fast: look at no body, compare which guards and masks would be asked by name");
  command.add_flag("--json", options->json, "One JSON object per exchange that would change, then one with the counts");
  command.footer(
      "Guards and masks of the other policy run over the recorded bodies as far as the records hold them and --key FILE opens\n"
      "them; how many were looked at, and why others were not, is counted. Those are compared by the names of guards and masks.\n"
      "Groups, paths and client addresses are taken as they were recorded. No value out of a body is printed. Exit code 1 when\n"
      "anything would change.\n\n"
      "Examples:\n"
      "  gatehouse records what-if --policy candidate.toml --config gateway.toml --since 24h\n"
      "  gatehouse records what-if --policy candidate.toml --dir /var/lib/gatehouse/records --group chunk-readers --json");
  command.runs(with_keys(options, where, records_what_if));
}

void add_view(Command records) {
  auto options = std::make_shared<RecordsView>();
  auto where = std::make_shared<Where>();
  const Command command =
      records.add_subcommand("view", "A page for a browser: what was asked, said, changed and got, side by side");
  const Option what =
      command.add_option("what", options->what, "An exchange id, or a segment file (then without --config or --dir)", "ID|FILE");
  add_claim(command, "--job", options->job, "Every exchange of one run of a job, in order, by a claim").excludes(what);
  where->add_to(command);
  command.add_option("-o,--output", options->output, "The page; default: standard output, unless that is a terminal", "FILE");
  command.footer(
      "The page is one file without scripts, and asks no network for anything. It holds what the keys open: keep it as you keep\n"
      "what it shows.\n\n"
      "Examples:\n"
      "  gatehouse records view 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml --key auditor.key --output page.html\n"
      "  gatehouse records view copy/20251123T120000.000000Z-0190f3c2-w0000-00000000.ghr --key auditor.key > page.html\n"
      "  gatehouse records view --job run_id=8461932 --config gateway.toml --key auditor.key --output run.html");
  command.runs(with_keys(options, where, records_view), [=] {
    if (options->what.empty() == options->job.empty()) missing("ID, FILE or --job NAME=VALUE");
    if (!options->job.empty() || parse_exchange_id(options->what)) return;
    const size_t slash = options->what.rfind('/');   // of a file, its own folder
    where->dir = slash == std::string::npos ? "." : options->what.substr(0, std::max<size_t>(slash, 1));
  });
}

}  // namespace

Option add_claim(Command command, const char* name, std::string& into, const char* about) {
  const auto judge = [](const std::string& word) {
    const size_t at = word.find('=');
    return at != std::string::npos && at > 0 ? std::string() : "'" + config::printable(word) + "' is not NAME=VALUE";
  };
  return command.add_option(name, into, about, "NAME=VALUE").check(judge);
}

void add_reading(Command records) {
  add_list(records);
  add_search(records);
  add_job(records);
  add_what_if(records);
  add_view(records);
}

}  // namespace gatehouse::cli
