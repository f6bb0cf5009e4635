// `gatehouse revocations`: who is believed no longer.
#include <simdjson.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/admin_options.h"
#include "cli/answer_text.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/exit_code.h"
#include "config/json_text.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kBatchBytes = 900 * 1024;   // of one question; the gateway takes 1 MiB
constexpr size_t kBatchEntries = 10'000;
constexpr size_t kLineMax = 8 * 1024;

struct RevocationOptions : AdminOptions {
  std::string token, subject, certificate, key, issuer, ends, note, file;
};

/// total_of is how many are in force, as the gateway says.
uint64_t total_of(const std::string& body) {
  simdjson::dom::parser parser;
  uint64_t total = 0;
  return parser.parse(body)["total"].get(total) == simdjson::SUCCESS ? total : 0;
}

/// one_entry is the entry that the options name, as JSON; empty when they name none or two, which is said.
std::string one_entry(const RevocationOptions& options) {
  const std::pair<const char*, const std::string*> all[] = {
      {"token", &options.token}, {"subject", &options.subject}, {"certificate", &options.certificate}, {"key", &options.key}};
  std::string json;
  for (const auto& [what, value] : all) {
    if (value->empty()) continue;
    if (!json.empty()) return complain(0, "give one of --jti, --subject, --certificate and --key"), "";
    json = std::string("{\"what\":\"") + what + "\",\"value\":";
    config::append_json(json, *value);
  }
  if (json.empty()) return complain(0, "whom? give --jti, --subject, --certificate, --key or --file"), "";
  const std::pair<const char*, const std::string*> more[] = {{"issuer", &options.issuer}, {"ends", &options.ends}, {"note",
      &options.note}};
  for (const auto& [name, value] : more) {
    if (value->empty()) continue;
    json.append(",\"").append(name).append("\":");
    config::append_json(json, *value);
  }
  return json + "}";
}

/// Batch is a part of a file on its way to the gateway.
struct Batch {
  const std::string& socket;
  const char* path;
  std::string json;
  size_t entries = 0;
  size_t first_line = 1;
  size_t done = 0;       // of the batches before
  uint64_t total = 0;    // in force, as the gateway last said

  int send() {
    if (entries == 0) return kExitOk;
    const auto answer = ask_well(socket, "POST", path, "{\"revocations\":[" + json + "]}");
    if (!answer) {
      complain(0, "it was asked from line " + std::to_string(first_line) +
          " on; of the lines before it " + std::to_string(done) + " entries are done");
      return answer.error();
    }
    total = total_of(answer->body);
    done += entries;
    json.clear();
    entries = 0;
    return kExitOk;
  }
};

/// send_lines sends a file of JSON objects, one a line, as `revocations list --json` writes them.
int send_lines(const RevocationOptions& options, const std::string& socket, const char* path) {
  std::ifstream file;
  if (options.file != "-") file.open(options.file);
  std::istream& in = options.file == "-" ? std::cin : file;
  if (!in) return complain(kExitNoInput, "cannot read " + options.file);
  Batch batch{socket, path, {}};
  simdjson::dom::parser parser;
  std::string line;
  for (size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.find_first_not_of(" \t\r") == std::string::npos) continue;
    simdjson::dom::object object;
    if (line.size() > kLineMax || parser.parse(line).get(object) != simdjson::SUCCESS)
      return complain(kExitData, options.file + " line " + std::to_string(number) +
          " is no JSON object; " + std::to_string(batch.done) + " entries are done");
    if (batch.entries == kBatchEntries || batch.json.size() + line.size() > kBatchBytes)
      if (const int code = batch.send(); code != kExitOk) return code;
    if (batch.entries++ == 0) batch.first_line = number;
    else batch.json += ',';
    batch.json += line;
  }
  if (in.bad()) return complain(kExitNoInput, "cannot read " + options.file);
  if (const int code = batch.send(); code != kExitOk) return code;
  std::printf("%zu entries done, %llu in force\n", batch.done, static_cast<unsigned long long>(batch.total));
  return kExitOk;
}

int tell(const RevocationOptions& options, const char* path) {
  const bool named = !options.token.empty() || !options.subject.empty() || !options.certificate.empty() || !options.key.empty();
  if (!options.file.empty() && (named || options.json)) return complain(kExitUsage, "--file names all entries by itself");
  const std::string entry = options.file.empty() ? one_entry(options) : "";
  if (options.file.empty() && entry.empty()) return kExitUsage;
  const auto socket = socket_of(options);
  if (!socket) return socket.error();
  if (!options.file.empty()) return send_lines(options, *socket, path);
  const auto answer = ask_well(*socket, "POST", path, "{\"revocations\":[" + entry + "]}");
  if (!answer) return answer.error();
  if (options.json) return std::fputs(answer->body.c_str(), stdout), kExitOk;
  const uint64_t total = total_of(answer->body);
  std::printf("%s; %llu revocations in force\n", path == std::string("/revocations") ? "in force on all workers" : "removed",
              static_cast<unsigned long long>(total));
  return kExitOk;
}

int list(const RevocationOptions& options) {
  const auto socket = socket_of(options);
  if (!socket) return socket.error();
  std::string after;
  bool any = false;
  do {
    const auto answer = ask_well(*socket, "GET", "/revocations" + after, "");
    if (!answer) return answer.error();
    simdjson::dom::parser parser;
    simdjson::dom::element page;
    simdjson::dom::array entries;
    if (parser.parse(answer->body).get(page) != simdjson::SUCCESS || page["revocations"].get(entries) != simdjson::SUCCESS)
      return complain(kExitUnavailable, "the gateway's answer is malformed");
    for (const simdjson::dom::element entry : entries) {
      if (options.json) {
        std::puts(std::string(simdjson::minify(entry)).c_str());
        continue;
      }
      if (!any) std::printf("%-11s  %-16s  %-36s  %-20s  %s\n", "WHAT", "ISSUER", "VALUE", "ENDS", "NOTE");
      any = true;
      std::string ends = text_of(entry, "ends");
      if (ends.size() > 20) ends = ends.substr(0, 19) + "Z";
      std::printf("%-11s  %-16s  %-36s  %-20s  %s\n", text_of(entry, "what").c_str(), text_of(entry, "issuer").c_str(),
                  text_of(entry, "value").c_str(), ends.c_str(), text_of(entry, "note").c_str());
    }
    std::string_view next;
    after = page["next"].get(next) == simdjson::SUCCESS ? "?after=" + std::string(next) : "";
  } while (!after.empty());
  if (!any && !options.json) std::puts("nobody is revoked");
  return kExitOk;
}

void add_change(Command parent, const char* verb, const char* says, const char* path, bool adds) {
  auto options = std::make_shared<RevocationOptions>();
  const Command command = parent.add_subcommand(verb, says);
  command.add_option("--jti", options->token, "A token's jti, an assertion's ID", "ID");
  command.add_option("--subject", options->subject, "A caller, with all tokens that it has or gets", "SUBJECT");
  command.add_option("--certificate", options->certificate, "Whoever is bound to a client certificate: SHA-256 of its DER", "HEX");
  command.add_option("--key", options->key, "All that an issuer signed with this key: its kid", "KID");
  command.add_option("--issuer", options->issuer,
                     "Whose token, subject or key: the configured name or URL; '*' for every issuer", "NAME");
  if (adds) {
    command.add_option("--ends", options->ends, "When the token expires: kept until then, and ten minutes", "TIME");
    command.add_option("--note", options->note, "Why; it is listed", "TEXT");
  }
  command.add_option("--file", options->file,
                     "Entries as JSON, one a line, as `revocations list --json` writes them; - is standard input", "FILE");
  add_admin_options(command, *options);
  const std::string start = std::string("  gatehouse revocations ") + verb;
  command.footer(
      std::string(adds ? "In force at once, in the middle of a body, too, and kept over restarts. Values are compared byte by "
          "byte.\n\n"
                       : "Only the user that the gateway runs as, and root, may do it.\n\n") +
      "Examples:\n" + start + " --jti 5f0c1c1e-8d7c-4b52-9d57-0c0f8a1b2c3d --issuer login --config gateway.toml\n" + start +
      " --subject system:serviceaccount:etl:loader --issuer cluster --config gateway.toml\n" + start +
          " --file revoked.jsonl --config gateway.toml");
  command.runs([options, path] { return tell(*options, path); });
}

}  // namespace

void add_revocations(Command app) {
  const Command revocations = app.add_subcommand("revocations", "Who is believed no longer: tokens, subjects, certificates, keys");
  revocations.require_subcommand();
  revocations.footer(
      "Examples:\n"
      "  gatehouse revocations add --subject job-7 --issuer login --note \"ticket 4711\" --config gateway.toml\n"
      "  gatehouse revocations list --config gateway.toml");
  add_change(revocations, "add", "Shut somebody out, now", "/revocations", true);
  auto options = std::make_shared<RevocationOptions>();
  const Command listed = revocations.add_subcommand("list", "Whom, since when, until when, and why");
  add_admin_options(listed, *options);
  listed.footer("With --json one entry a line, which `revocations add --file` reads.\n\n"
                "Examples:\n  gatehouse revocations list --config gateway.toml\n  gatehouse revocations list --socket "
                     "/run/gatehouse/admin.sock --json");
  listed.runs([options] { return list(*options); });
  add_change(revocations, "remove", "Believe somebody again", "/revocations/remove", false);
}

}  // namespace gatehouse::cli
