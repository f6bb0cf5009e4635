#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/admin_options.h"
#include "cli/callers.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/exit_code.h"
#include "cli/explained_text.h"
#include "cli/inputs.h"
#include "cli/prepared.h"
#include "cli/recorded.h"
#include "config/compile.h"
#include "config/json_text.h"
#include "proxy/heads.h"

namespace gatehouse::cli {
namespace {

struct ExplainOptions {
  std::string config, token_file, certificate_file, body_file, requests_file, from, at;
  std::vector<std::string> keys;   // ISSUER=FILE
  AskedRequest asked;
  bool json = false;
};

/// carries_secret: a command line is seen by all who may list processes.
bool carries_secret(const config::Snapshot& snapshot, const std::string& header) {
  const ByteView name = ByteView(header).substr(0, header.find(':'));
  const http::Field field{name, {}, http::field_id(name)};
  return proxy::carries_token(snapshot, field) || proxy::is_credential(field, {});
}

int fill_in(ExplainOptions& options) {
  if (options.asked.path.empty()) return complain(kExitUsage, "nothing to explain: give --path PATH or --requests FILE");
  const std::string* const files[] = {&options.token_file, &options.certificate_file, &options.body_file};
  if (std::count_if(std::begin(files), std::end(files), [](const std::string* file) { return *file == "-"; }) > 1)
    return complain(kExitUsage, "only one file can be standard input");
  if (!options.from.empty() && !(options.asked.from = asked_address(options.from)))
    return complain(kExitUsage, "--from: '" + options.from + "' is no address");
  if (!options.at.empty() && !(options.asked.at = asked_time(options.at)))
    return complain(kExitUsage, "--at: '" + options.at + "' is no time such as 2025-11-23T13:31:12Z");
  if (!options.token_file.empty()) {
    const auto token = read_input(options.token_file);
    if (!token) return complain(kExitNoInput, token.error());
    options.asked.token = bare_token(*token);
  }
  if (!options.certificate_file.empty()) {
    auto certificate = read_input(options.certificate_file);
    if (!certificate) return complain(kExitNoInput, certificate.error());
    options.asked.certificate = std::move(*certificate);
  }
  if (options.body_file.empty()) return kExitOk;
  auto body = read_input(options.body_file);
  if (!body) return complain(kExitNoInput, body.error());
  options.asked.body = std::move(*body);
  return kExitOk;
}

Approval approval_of(const config::Prepared& prepared, const Explained& told) {
  MonotonicNs within = prepared.snapshot->deadlines.hold;
  for (const config::Route& route : prepared.snapshot->routes)
    if (route.name == told.route) within = route.deadlines.hold;
  return {prepared.loaded.config.gateway.run_dir + "/admin.sock", within};
}

/// ledger_for reads the store, and gives `prepared` the keys of the gateway's own tokens; where the store cannot be read and
/// `asked` has an API key the running gateway is asked for those. False: it cannot be asked, which is said.
bool ledger_for(config::Prepared& prepared, ByteView asked, KeptLedger* kept) {
  *kept = read_ledger(prepared);
  put_token_keys(kept, &prepared);
  if (kept->ledger != nullptr || asked.find(identity::kApiKeyMark) == ByteView::npos) return true;
  auto ledger = std::make_shared<identity::Ledger>(*identity::Ledger::none());
  ledger->api_keys = keys_of_gateway(prepared);
  if (ledger->api_keys == nullptr) return false;
  if (kept->state == KeptLedger::State::none) {
    kept->state = KeptLedger::State::unreadable;
    kept->why = "there is no store in " + prepared.loaded.config.gateway.state_dir.value;
  }
  kept->ledger = std::move(ledger);
  return true;
}

int explain_one(const ExplainOptions& options, config::Prepared& prepared) {
  for (const std::string& header : options.asked.headers)
    if (carries_secret(*prepared.snapshot, header))
      return complain(kExitUsage, "--header: a credential does not belong on a command line; tokens go into --token-file");
  KeptLedger kept;
  if (!ledger_for(prepared, options.asked.token.value_or(""), &kept)) return kExitUnavailable;
  Explainer explainer(prepared, std::move(kept));
  const auto told = explainer.explain(options.asked);
  if (!told) return complain(kExitUsage, told.error());
  const Approval approval = approval_of(prepared, *told);
  if (options.json) std::puts(explained_json(*told, approval).c_str());
  else std::fputs(explained_text(*told, approval, options.config).c_str(), stdout);
  const int written = flush_output();
  return written != kExitOk ? written : told->verdict == Explained::Verdict::deny ? kExitRefused : kExitOk;
}

/// explain_lines answers each line of a file with one.
int explain_lines(const ExplainOptions& options, config::Prepared& prepared) {
  const auto text = read_input(options.requests_file);
  if (!text) return complain(kExitNoInput, text.error());
  KeptLedger kept;
  if (!ledger_for(prepared, *text, &kept)) return kExitUnavailable;
  Explainer explainer(prepared, std::move(kept));
  bool good = true;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    const auto asked = asked_request(ByteView(*text).substr(at, end - at));
    at = end + 1;
    const auto told = asked ? explainer.explain(*asked) : Result<Explained, std::string>{Failure<std::string>{asked.error()}};
    good = good && told;
    std::puts(told ? explained_json(*told, approval_of(prepared, *told)).c_str()
                   : ("{\"error\":" + cli::quoted(told.error()) + "}").c_str());
  }
  const int written = flush_output();
  return written != kExitOk ? written : good ? kExitOk : kExitData;
}

int explain(ExplainOptions& options) {
  const bool lines = !options.requests_file.empty();
  if (!lines)
    if (const int code = fill_in(options); code != kExitOk) return code;
  config::RuntimeInputs inputs;
  inputs.tickets = tls::make_ticket_keys(nullptr);
  config::Prepared prepared;
  if (const int code = prepare_or_complain(options.config, inputs, &prepared); code != kExitOk) return code;
  if (!options.keys.empty())
    if (const int code = take_keys(options.keys, inputs, &prepared); code != kExitOk) return code;
  return lines ? explain_lines(options, prepared) : explain_one(options, prepared);
}

constexpr const char* kExplainFooter =
    "Asks the same functions as `gatehouse serve`, sends nothing and records nothing. What only a running gateway knows\n"
    "(its memory, how many requests are held, how many tokens of an address failed, whether the origin answers) is not\n"
    "looked at. API keys and revocations are read from the store in gateway.state_dir, where it can be read.\n"
    "Keys of issuers that are asked over the network are not fetched: give them with --keys; those of tokens that the gateway\n"
    "gave itself are in the store, and where that cannot be read the running gateway is asked.\n"
    "Exit code 0 when the request is allowed or held, 1 when it is refused.\n\n"
    "--requests reads one JSON object a line: path, and where needed method, host, headers (a list of \"Name: value\"),\n"
    "token, certificate (PEM), listener, body or body_base64, from, at. Each is answered with one line, as --json does.\n\n"
    "Examples:\n"
    "  gatehouse explain --config gateway.toml --token-file job.token --method POST --path /v1/chunk --body request.json\n"
    "  gatehouse explain --config gateway.toml --token-file job.token --path '/v1/chunk?x=1' --host chunks.example.org\n"
    "  gatehouse explain --config gateway.toml --token-file job.token --path /v1/x --keys provider=jwks.json --json\n"
    "  gatehouse explain --config gateway.toml --certificate job.pem --listener main --path /v1/chunk\n"
    "  gatehouse explain --config gateway.toml --requests requests.jsonl";

}  // namespace

void add_explain(Command app) {
  auto options = std::make_shared<ExplainOptions>();
  const Command command = app.add_subcommand("explain", "Say what would become of a request, and which rule fires on which bytes");
  command.add_option("-c,--config", options->config, "The configuration file", "FILE").required();
  std::vector<Option> one;
  const auto option = [&](const char* name, std::string& into, const char* about, const char* type) {
    one.push_back(command.add_option(name, into, about, type));
  };
  option("--token-file", options->token_file, "The caller's token, SAML assertion or API key; - for standard input", "FILE");
  option("--certificate", options->certificate_file, "The client certificate, PEM, and those between it and its authority", "FILE");
  option("--listener", options->asked.listener,
         "Which listener it comes in at, where certificates, or what a route tells, hang on it", "NAME");
  option("--method", options->asked.method, "The request's method; default: GET", "METHOD");
  option("--path", options->asked.path, "Its path as a client sends it, with its query", "PATH");
  option("--host", options->asked.host, "Its Host; default: gatehouse", "HOST");
  option("--body", options->body_file, "Its body, byte for byte; - for standard input", "FILE");
  option("--from", options->from, "The client's address, for rules with sources", "ADDRESS");
  option("--at", options->at, "When it is asked, such as 2025-11-23T13:31:12Z or seconds since 1970; default: now", "TIME");
  one.push_back(command.add_option("--header", options->asked.headers, "A header field, 'Name: value'; may be repeated", "FIELD")
                    .repeats());
  one.push_back(command.add_flag("--json", options->json, "Print one JSON object"));
  const Option lines = command.add_option("--requests", options->requests_file,
                                          "Many requests, one JSON object a line; - for standard input", "FILE");
  for (const Option each : one) lines.excludes(each);
  command.add_option("--keys", options->keys, "Keys of an issuer that is asked over the network; may be repeated", "ISSUER=FILE")
      .repeats();
  command.footer(kExplainFooter);
  command.runs([options] { return explain(*options); });
}

}  // namespace gatehouse::cli
