// `gatehouse init`: a first configuration, from what the issuer says of itself.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/exit_code.h"
#include "config/compile.h"
#include "config/json_text.h"
#include "control/discovery.h"
#include "control/lookup.h"

namespace gatehouse::cli {
namespace {

constexpr MonotonicNs kLookUpPatience = 5 * kNsPerSecond;

struct InitOptions {
  std::string origin;
  std::string issuer;
  std::string keys_host;
  std::string audience = "urn:gatehouse";
  std::string group = "chunk-readers";
};

/// Service is the origin's URL as configuration wants it.
struct Service {
  std::string address;   // in figures
  std::string name;      // empty when the URL had figures
  std::string host_field;
  bool tls = false;
  std::string server_name;   // of its certificate: a name, or figures without brackets
};

/// find_service reads the origin's URL and looks its name up; else an ExitCode, and why.
Result<Service, int> find_service(const std::string& url) {
  const bool plain = url.starts_with("http://");
  const auto failed = [](int code, const std::string& why) { return Failure<int>{complain(code, why)}; };
  if (!plain && !url.starts_with("https://"))
    return failed(kExitUsage, "--origin must begin with https:// or http://");
  const std::string rest = url.substr(plain ? 7 : 8);
  // Read as https, since origins, unlike issuers, may be plain: whether this one may is for `check` to say.
  const auto parsed = control::parse_fetch_url("https://" + rest);
  if (!parsed) return failed(kExitUsage, "--origin: " + parsed.error());
  if (parsed->target != "/")
    return failed(kExitUsage, "--origin has a path; give the service's address alone: the paths that may be called are for rules");
  Service service{{}, {}, parsed->host_field, !plain, parsed->host};
  const bool has_port = parsed->host_field.ends_with(":" + std::to_string(parsed->port));
  const uint16_t port = has_port || !plain ? parsed->port : 80;
  if (parsed->address) {
    const std::string figures = format_address(*parsed->address);
    service.address = figures.substr(0, figures.rfind(':') + 1) + std::to_string(port);
    return service;
  }
  const auto found = control::look_up_within(parsed->host, port, kLookUpPatience);
  if (!found) return failed(kExitUnavailable, "the origin's name " + parsed->host + " is not found: " + found.error());
  service.name = parsed->host;
  service.address = format_address(found.value().front());
  return service;
}

std::string toml(ByteView text) {
  std::string out;
  config::append_json(out, text);   // what it escapes, TOML reads alike
  return out;
}

std::string configuration(const InitOptions& options, const control::Discovered& issuer, const Service& service) {
  std::string out =
      "# Made by `gatehouse init`; `gatehouse check --key issuer.audiences` explains a key, docs/configuration.md all.\n"
      "[[listener]]\nname = \"jobs\"\n"
      "address = \"127.0.0.1:8080\"   # where jobs call; beyond loopback it needs a [[listener.certificate]]\n\n";
  out += "[[issuer]]\nname = \"issuer\"\nurl = " + toml(options.issuer) + "   # equals the tokens' iss\n";
  out += "audiences = [" + toml(options.audience) + "]   # what tokens for this gateway have in aud\n";
  if (!issuer.algorithms.empty()) {
    out += "algorithms = [";
    for (const std::string& each : issuer.algorithms) out += (out.back() == '[' ? "" : ", ") + toml(each);
    out += "]\n";
  }
  out += "jwks_url = " + toml(issuer.jwks_url) + "   # its keys, asked for again every 5 minutes\n\n";
  out += "[[origin]]\nname = \"service\"\naddress = " + toml(service.address);
  out += service.name.empty() ? "\n" : "   # of " + service.name + " today; names are not resolved later\n";
  out += "host = " + toml(service.host_field) + "\n";
  if (service.tls) out += "tls = true\nserver_name = " + toml(service.server_name) + "\n";
  out += "# credential_header = \"X-Api-Key\" and credential_file = \"service.key\" (0600): the gateway's own key\n\n";
  return out + "[[rule]]\nname = \"first\"\neffect = \"allow\"\ngroups = [" + toml(options.group) +
         "]   # of the claim \"groups\"; what no rule allows is refused\norigin = \"service\"\n";
}

int init(const InitOptions& options) {
  const auto service = find_service(options.origin);
  if (!service) return service.error();
  const auto issuer = control::discover(options.issuer, options.keys_host);
  if (!issuer) {
    switch (issuer.error().kind) {
      case control::DiscoveryFailure::Kind::usage: return complain(kExitUsage, "--issuer: " + issuer.error().text);
      case control::DiscoveryFailure::Kind::unavailable: return complain(kExitUnavailable, issuer.error().text);
      case control::DiscoveryFailure::Kind::bad_data: return complain(kExitData, issuer.error().text);
    }
  }
  std::string text = configuration(options, issuer.value(), service.value());
  config::RuntimeInputs inputs;
  inputs.tickets = tls::make_ticket_keys(nullptr);
  const config::Prepared judged = config::prepare_text(text, "gatehouse.toml", ".", inputs);
  if (!judged.ok()) {
    for (const config::Diagnostic& each : judged.loaded.diagnostics)
      std::fprintf(stderr, "%s\n", config::render(each).c_str());
    return complain(kExitUsage, "what was given makes no usable configuration");
  }
  std::fputs(text.c_str(), stdout);
  std::fputs("gatehouse: set audiences and groups, then: gatehouse check --config FILE\n", stderr);
  return kExitOk;
}

}  // namespace

void add_init(Command app) {
  auto options = std::make_shared<InitOptions>();
  const Command command = app.add_subcommand("init", "Write a first configuration, with what the issuer says of itself");
  command.add_option("--origin", options->origin, "The service behind the gateway, without a path", "URL").required();
  command.add_option("--issuer", options->issuer, "Who signs the tokens, exactly as in their iss", "URL").required();
  command.add_option("--keys-host", options->keys_host, "Host of the issuer's keys, when it is another than its own", "HOST");
  command.add_option("--audience", options->audience, "What tokens for this gateway have in aud; default: urn:gatehouse", "TEXT");
  command.add_option("--group", options->group, "The group that may call; default: chunk-readers", "NAME");
  command.footer(
      "Asks the issuer's discovery document once (https only, or http on loopback) and changes nothing.\n\n"
      "Examples:\n"
      "  gatehouse init --origin https://chunker.example.org --issuer https://login.example.org/realm > gatehouse.toml\n"
      "  gatehouse init --origin http://127.0.0.1:9700 --issuer http://127.0.0.1:9800 > gatehouse.toml");
  command.runs([options] { return init(*options); });
}

}  // namespace gatehouse::cli
