// [listener.clients]: whose client certificates are believed, and who their holders are.
#include <algorithm>

#include "config/group_rules.h"
#include "config/read.h"
#include "identity/api_key.h"

namespace gatehouse::config {
namespace {

identity::CertificateName kind_of(const std::string& word) {
  if (word == "spiffe") return identity::CertificateName::spiffe;
  if (word == "dns") return identity::CertificateName::dns;
  return word == "email" ? identity::CertificateName::email : identity::CertificateName::none;
}

/// check_identity: names belong to an identity, and to no identity belong all names.
void check_identity(const Table& table, const identity::CertificateRules& rules, Report& report) {
  if (rules.kind != identity::CertificateName::none) {
    if (!table.has("subjects"))
      report
          .error(Code::together, table.place_of("identity"), "whose certificates are callers?", "'identity' needs 'subjects'")
          .help = "write for example subjects = [\"spiffe://prod.example.org/*\"]";
    for (const Text& name : table.list("subjects"))
      if (identity::matches_all(name.value))
        report
            .error(Code::unenforceable, name.place, "'" + name.value + "' is every certificate that the authorities signed",
                   "whoever gets one could take any name")
            .help = "narrow it by a trust domain, a domain or a prefix";
    return;
  }
  for (const ByteView key : {"subjects", "group_prefix", "group", "name"})
    if ((table.has(key) && (key != "group_prefix" || !table.text(key).value.empty())) || !table.all(key).empty())
      report.error(Code::together, table.place_of(key), "'" + std::string(key) + "' without 'identity'",
                   "certificates would name nobody");
}

void check_paths(const Table& table, Report& report) {
  for (const Table* group : table.all("group"))
    for (const Match& match : group->matches("when")) {
      const auto& known = identity::kCertificatePaths;
      if (std::find(std::begin(known), std::end(known), match.path.value) != std::end(known)) continue;
      report.error(Code::unknown_name, match.path.place, "a certificate has no '" + match.path.value + "'",
                   "uri, dns, email, organization or unit");
    }
}

}  // namespace

std::optional<ClientsSettings> read_clients(const Table& listener, const std::string& base_dir, Report& report) {
  const Table& table = listener.one("clients");
  if (!table.place.known()) return std::nullopt;
  ClientsSettings settings;
  settings.authorities_file = read_path(table, "ca_file", base_dir);
  settings.revocations_file = read_path(table, "crl_file", base_dir);
  settings.required = table.boolean("required");
  settings.name = table.find("name") != nullptr ? table.text("name") : listener.text("name");
  settings.prefix_stated = table.has("group_prefix");
  settings.rules.name = settings.name.value;
  settings.rules.kind = kind_of(table.text("identity").value);
  for (Text& name : table.list("subjects")) settings.rules.patterns.push_back(std::move(name.value));
  settings.rules.group_prefix = table.text("group_prefix").value;
  settings.rules.groups = read_group_rules(table, report);
  if (table.find("identity") != nullptr || !table.has("identity")) check_identity(table, settings.rules, report);
  check_paths(table, report);
  if (!listener.has("certificate") && listener.all("certificate").empty())
    report.error(Code::together, table.place, "client certificates on a listener that has none itself",
                 "without TLS nobody can show one")
        .help = "add [[listener.certificate]] with chain_file and key_file";
  return settings;
}

void check_client_names(const Config& config, Report& report) {
  std::vector<Text> taken;
  for (const IssuerSettings& issuer : config.issuers) taken.push_back(issuer.name);
  for (const SamlSettings& provider : config.saml) taken.push_back(provider.name);
  taken.push_back({std::string(identity::kApiKeyIssuer), {}});
  for (const ListenerSettings& listener : config.listeners) {
    if (!listener.clients || listener.clients->rules.kind == identity::CertificateName::none) continue;
    const Text& name = listener.clients->name;
    for (const Text& other : taken) {
      if (other.value != name.value || name.value.empty()) continue;
      Diagnostic& diagnostic = report.error(Code::duplicate, name.place, "two issue callers by the name '" + name.value + "'",
                                            "records and revocations could not tell them apart");
      if (other.place.known()) diagnostic.notes.push_back({other.place, "the other"});
      diagnostic.help = "give [listener.clients] a name of its own";
    }
    taken.push_back(name);
    for (const IssuerSettings& issuer : config.issuers)
      if (issuer.url.value == identity::certificate_issuer(name.value))
        report.error(Code::duplicate, issuer.url.place, "'" + issuer.url.value + "' is what certificates are issued under");
  }
}

GroupSource group_source(const ClientsSettings& settings) {
  return {"client certificates", settings.name, settings.rules.group_prefix, settings.prefix_stated, false, settings.rules.groups};
}

}  // namespace gatehouse::config
