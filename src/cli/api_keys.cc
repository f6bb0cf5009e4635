// `gatehouse api-keys`: keys for callers that have no token.
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <vector>

#include "cli/admin_options.h"
#include "cli/answer_text.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/exit_code.h"
#include "cli/json_lines.h"
#include "config/json_text.h"
#include "config/units.h"
#include "record/layout.h"

namespace gatehouse::cli {
namespace {

struct ApiKeyOptions : AdminOptions {
  std::string id, name, within, at, output;
  std::vector<std::string> groups;
  bool never = false;
};

constexpr WallNs kDay = 24 * 3600 * kNsPerSecond;

/// time_in is the moment that a duration ("90d", "12h") from now ends at, as the gateway reads it; an empty text when it is none.
std::string time_in(const std::string& duration) {
  uint64_t length = 0;
  const bool days = duration.size() > 1 && duration.size() < 7 && duration.back() == 'd' &&
                    std::all_of(duration.begin(), duration.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
  if (days) length = std::stoull(duration) * kDay;
  else if (const auto parsed = config::parse_duration(duration); parsed) length = *parsed;
  if (length == 0 || length > 36500 * kDay) return {};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return record::format_time(static_cast<WallNs>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()) + length);
}

int print_key(const ApiKeyOptions& options, const AdminAnswer& answer) {
  std::fputs(options.json ? answer.body.c_str() : json_lines(answer.body).c_str(), stdout);
  return kExitOk;
}

int create(const ApiKeyOptions& options) {
  std::string json = "{\"name\":";
  config::append_json(json, options.name);
  json += ",\"groups\":[";
  for (const std::string& group : options.groups) {
    if (json.back() != '[') json += ',';
    config::append_json(json, group);
  }
  json += ']';
  if (!options.never) {
    const std::string expires = time_in(options.within.empty() ? "90d" : options.within);
    if (expires.empty()) return complain(kExitUsage, "--expires-in is a duration such as 90d or 12h");
    json += ",\"expires\":\"" + expires + '"';
  }
  const auto socket = socket_of(options);
  if (!socket) return socket.error();
  const auto answer = ask_well(*socket, "POST", "/api-keys", json + "}");
  if (!answer) return answer.error();
  if (options.output.empty()) {
    print_key(options, *answer);
    if (!options.json) std::fputs("\nThis is the only time that the key is shown; what is kept is a digest of it.\n", stdout);
    return kExitOk;
  }
  simdjson::dom::parser parser;
  simdjson::dom::element made;
  std::string_view key;
  if (parser.parse(answer->body).get(made) != simdjson::SUCCESS || made["key"].get(key) != simdjson::SUCCESS)
    return complain(kExitUnavailable, "the gateway's answer is malformed");
  if (!write_new_file(options.output, std::string(key) + "\n"))
    return complain(kExitIo, "nobody has the key now: gatehouse api-keys revoke " + text_of(made, "id"));
  std::printf("%s written to %s\n", text_of(made, "id").c_str(), config::printable(options.output).c_str());
  return kExitOk;
}

int list(const ApiKeyOptions& options) {
  const auto socket = socket_of(options);
  if (!socket) return socket.error();
  const auto answer = ask_well(*socket, "GET", "/api-keys", "");
  if (!answer) return answer.error();
  if (options.json) return print_key(options, *answer);
  simdjson::dom::parser parser;
  simdjson::dom::array keys;
  if (parser.parse(answer->body).get(keys) != simdjson::SUCCESS)
    return complain(kExitUnavailable, "the gateway's answer is malformed");
  if (keys.size() == 0) std::puts("there are no API keys");
  else std::printf("%-16s  %-7s  %-20s  %-24s  %s\n", "ID", "STATE", "EXPIRES", "NAME", "GROUPS");
  for (const simdjson::dom::element key : keys) {
    std::string groups;
    for (const simdjson::dom::element group : key["groups"].get_array())
      if (std::string_view text; group.get(text) == simdjson::SUCCESS) groups += (groups.empty() ? ""
          : ", ") + config::printable(text);
    std::string expires = text_of(key, "expires");
    if (expires.size() > 20) expires = expires.substr(0, 19) + "Z";
    std::printf("%-16s  %-7s  %-20s  %-24s  %s\n", text_of(key, "id").c_str(), text_of(key, "state").c_str(), expires.c_str(),
                text_of(key, "name").c_str(), groups.c_str());
  }
  return kExitOk;
}

int change(const ApiKeyOptions& options, const char* verb) {
  std::string json;
  if (verb == std::string("expire")) {
    if (options.within.empty() == options.at.empty()) return complain(kExitUsage, "when? give --in DURATION or --at TIME");
    const std::string expires = options.at.empty() ? time_in(options.within) : options.at;
    if (expires.empty()) return complain(kExitUsage, "--in is a duration such as 7d or 12h");
    json = "{\"expires\":";
    config::append_json(json, expires);
    json += '}';
  }
  const auto socket = socket_of(options);
  if (!socket) return socket.error();
  const auto answer = ask_well(*socket, "POST", "/api-keys/" + options.id + "/" + verb, json);
  return answer ? print_key(options, *answer) : answer.error();
}

std::string plain_id(const std::string& id) {
  const bool plain = id.size() == 16 && std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >=
      '2' && c <= '7'); });
  return plain ? "" : "'" + config::printable(id.substr(0, 40)) +
      "' is no id of an API key: 16 of a to z and 2 to 7, what stands between ghk_ and the next _";
}

Command add_one(Command parent, ApiKeyOptions& options, const char* verb, const char* says) {
  const Command command = parent.add_subcommand(verb, says);
  command.add_option("id", options.id, "The key's id, as `api-keys list` shows it", "ID").required().check(plain_id);
  add_admin_options(command, options);
  return command;
}

void add_create(Command parent) {
  auto options = std::make_shared<ApiKeyOptions>();
  const Command command = parent.add_subcommand("create", "Make a key, and show it this once");
  command.add_option("--name", options->name, "Whose it is: the subject in rules, approvals and records", "NAME").required();
  command.add_option("--group", options->groups, "A group that its bearer is in; repeats", "GROUP").required();
  const Option within = command.add_option("--expires-in", options->within, "When it ends; 90d unless said", "DURATION");
  command.add_flag("--never", options->never, "It does not end by itself").excludes(within);
  command.add_option("--output", options->output, "Write the key to a new file (0600) instead of showing it", "FILE");
  add_admin_options(command, *options);
  command.footer(
      "Only the user that the gateway runs as, and root, may make keys.\n\n"
      "Examples:\n"
      "  gatehouse api-keys create --name nightly-import --group ingest --config gateway.toml --output import.key\n"
      "  gatehouse api-keys create --name probe --group readers --expires-in 12h --socket /run/gatehouse/admin.sock --json");
  command.runs([options] { return create(*options); });
}

}  // namespace

void add_api_keys(Command app) {
  const Command keys = app.add_subcommand("api-keys", "Keys for callers that have no token of an issuer");
  keys.require_subcommand();
  keys.footer(
      "A key is sent as a token is: Authorization: Bearer ghk_..., or in the route's token_header. The gateway keeps digests.\n\n"
      "Examples:\n"
      "  gatehouse api-keys create --name nightly-import --group ingest --config gateway.toml\n"
      "  gatehouse api-keys list --config gateway.toml");
  add_create(keys);
  auto listed = std::make_shared<ApiKeyOptions>();
  const Command all = keys.add_subcommand("list", "All keys, those that ended in the last 30 days too");
  add_admin_options(all, *listed);
  all.footer("Examples:\n  gatehouse api-keys list --config gateway.toml\n  gatehouse api-keys list --socket "
      "/run/gatehouse/admin.sock --json");
  all.runs([listed] { return list(*listed); });
  auto ending = std::make_shared<ApiKeyOptions>();
  const Command expire = add_one(keys, *ending, "expire", "Bring a key's end forward");
  const Option within = expire.add_option("--in", ending->within, "It ends after this", "DURATION");
  expire.add_option("--at", ending->at, "It ends at this time (UTC, 2026-01-31T23:59:59Z)", "TIME").excludes(within);
  expire.footer(
      "For changing keys: make the new one, then let the old one end when all have the new one.\n\n"
      "Examples:\n  gatehouse api-keys expire abcdefghijklmnop --in 7d --config gateway.toml");
  expire.runs([ending] { return change(*ending, "expire"); });
  auto revoked = std::make_shared<ApiKeyOptions>();
  const Command revoke = add_one(keys, *revoked, "revoke", "End a key now, and the requests that run with it");
  revoke.footer("Examples:\n  gatehouse api-keys revoke abcdefghijklmnop --config gateway.toml");
  revoke.runs([revoked] { return change(*revoked, "revoke"); });
}

}  // namespace gatehouse::cli
