// [[issuer]]: whose tokens are believed, what a preset says of them, and which groups come of them.
#include <algorithm>
#include <cstring>

#include "config/read.h"
#include "crypto/digest.h"

namespace gatehouse::config {

bool https_or_loopback(const std::string& url) {
  if (url.starts_with("https://") && url.size() > 8) return true;
  if (!url.starts_with("http://")) return false;
  const ByteView rest = ByteView(url).substr(7);
  std::string authority(rest.substr(0, rest.find_first_of("/?#")));
  const auto address = parse_address(authority);
  if (address) return address->is_loopback() && !address->is_unix();
  const auto with_port = parse_address(authority + ":80");
  return with_port && with_port->is_loopback();
}

namespace {

using identity::Algorithm;
using identity::Condition;

constexpr ByteView kGitHub = "https://token.actions.githubusercontent.com";

/// Preset is what is known of the tokens of one kind of issuer. Each is a default for the key of its name.
struct Preset {
  ByteView word, url, groups_claim;
  std::vector<Algorithm> algorithms;
  std::vector<Condition> require;           // a path that the text names, too, is the text's
  std::vector<std::string> record_claims;
  std::vector<std::pair<ByteView, ByteView>> short_names;   // and the paths that they stand for
};

Preset preset_of(const std::string& word) {
  const std::vector<Algorithm> all = {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa};
  if (word == "kubernetes")   // projected service account tokens
    return {"kubernetes", "", "", all, {{"sub", {"system:serviceaccount:*"}}}, {"namespace", "serviceaccount", "pod"},
            {{"namespace", "kubernetes.io.namespace"}, {"serviceaccount", "kubernetes.io.serviceaccount.name"},
             {"pod", "kubernetes.io.pod.name"}, {"node", "kubernetes.io.node.name"}}};
  if (word == "github-actions")
    return {"github-actions", kGitHub, "", {Algorithm::rs256}, {}, {"repository", "ref", "run_id", "run_attempt"}, {}};
  if (word == "spiffe")       // JWT-SVID; EdDSA is not among its algorithms
    return {"spiffe", "", "", {Algorithm::rs256, Algorithm::es256}, {{"sub", {"spiffe://*"}}}, {}, {}};
  return {"generic", "", "groups", all, {}, {}, {}};
}

std::string path_of(const Preset& preset, const std::string& name) {
  for (const auto& [short_name, path] : preset.short_names)
    if (name == short_name) return std::string(path);
  return name;
}

void resolve(const Preset& preset, std::vector<Condition>& conditions) {
  for (Condition& each : conditions) each.path = path_of(preset, each.path);
}

/// check_fetch_url complains about a URL that must not be asked for keys.
void check_fetch_url(const Text& url, const std::string& key, Report& report) {
  const std::string& text = url.value;
  const bool printable =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!printable || (!text.starts_with("https://") && !text.starts_with("http://")))
    report.error(Code::form, url.place, "'" + key + "' is not a URL", "begins with https://");
  else if (text.find('@') != std::string::npos || text.find('#') != std::string::npos)
    report.error(Code::form, url.place, "'" + key + "' has a user or a fragment", "only host, port and path");
  else if (!https_or_loopback(text))
    report
        .error(Code::plain_keys, url.place,
               "whoever sits on the way to '" + text + "' could issue tokens", "keys would come in clear")
        .help = "write https://; plain http only to a loopback address: http://127.0.0.1:PORT/...";
}

void check_keys_source(const Table& table, const IssuerSettings& settings, Report& report) {
  const bool file = table.has("jwks_file"), url = table.has("jwks_url");
  if (file && url)
    report.error(Code::together, table.place_of("jwks_url"),
                 "issuer '" + settings.name.value + "' has both jwks_file and jwks_url", "either of them, or neither");
  if ((file || url) && table.has("keys_host"))
    report.error(Code::together, table.place_of("keys_host"), "'keys_host' is for discovery",
                 "without jwks_file and jwks_url");
  if (table.find("jwks_url") != nullptr) return check_fetch_url(settings.jwks_url, "jwks_url", report);
  if (file || url || settings.url.value.empty()) return;
  const std::string& text = settings.url.value;
  if (!text.starts_with("https://") && !text.starts_with("http://")) {
    report
        .error(Code::together, settings.name.place, "issuer '" + settings.name.value + "' has no keys",
               "its url is no place to ask for them")
        .help = "give jwks_file or jwks_url";
  } else if (text.find_first_of("?\"\\<>^`{|}") != std::string::npos) {
    report.error(Code::form, settings.url.place, "an issuer that is asked for its keys has no query and no odd bytes",
                 "give jwks_file or jwks_url");
  } else {
    check_fetch_url(settings.url, "url", report);
  }
}

/// narrows: the condition leaves out somebody to whom GitHub gives tokens, which is whoever has an account there.
bool narrows(const Condition& condition) {
  constexpr ByteView kOwners[] = {"sub", "repository", "repository_id", "repository_owner", "repository_owner_id",
                                  "enterprise", "enterprise_id", "job_workflow_ref"};
  if (std::find(std::begin(kOwners), std::end(kOwners), condition.path) == std::end(kOwners)) return false;
  return std::all_of(condition.patterns.begin(), condition.patterns.end(), [&](const std::string& each) {
    ByteView pattern = each;
    if (condition.path == "sub" && pattern.starts_with("repo:")) pattern.remove_prefix(5);
    return !pattern.empty() && pattern.front() != '*';
  });
}

void check_public_issuer(const IssuerSettings& settings, Report& report) {
  const auto& require = settings.require;
  if (settings.url.value != kGitHub || std::any_of(require.begin(), require.end(), narrows)) return;
  report
      .error(Code::unenforceable, settings.name.place,
             "every account on GitHub can get a token of issuer '" + settings.name.value + "'", "with any audience it likes")
      .help = "add require = { repository_owner = \"...\" } or another claim that says whose jobs are meant";
}

void read_subject(const Table& table, IssuerSettings& settings, const Preset& preset, Report& report) {
  const Value* value = table.find("subject");
  if (value == nullptr) return;
  settings.subject_text = value->text;
  auto made = identity::SubjectTemplate::parse(value->text, settings.name.value);
  if (made) {
    settings.subject = std::move(made.value());
    settings.subject.replace_paths([&](const std::string& path) { return path_of(preset, path); });
  } else {
    report.error(Code::form, value->place, "'subject' is not a template", made.error()).help =
        "write for example \"{repository}:{environment}\"";
  }
}

void read_record_claims(const Table& table, IssuerSettings& settings, const Preset& preset, Report& report) {
  std::vector<std::string> names = preset.record_claims;
  if (const Value* value = table.find("record_claims")) {
    names.clear();
    for (const Text& text : value->list) {
      if (text.value.size() <= 256 && text.value.find('=') == std::string::npos) names.push_back(text.value);
      else
        report.error(Code::form, text.place, "'" + text.value + "' cannot be kept in records",
                     "a path of 256 bytes at most, without '='");
    }
  }
  for (std::string& name : names) {
    std::string path = path_of(preset, name);
    settings.record_claims.push_back({std::move(name), std::move(path)});
  }
}

/// check_rules complains about a group that `require` gives to every caller.
void check_rules(const Table& table, const IssuerSettings& settings, Report& report) {
  const std::vector<const Table*> tables = table.all("group");
  for (size_t i = 0; i < settings.group_rules.size() && i < tables.size(); ++i) {
    const auto& when = settings.group_rules[i].when;
    const auto& require = settings.require;
    if (!when.empty() && std::all_of(when.begin(), when.end(), [&](const Condition& each) {
          return std::find(require.begin(), require.end(), each) != require.end();
        }))
      report
          .error(Code::unenforceable, tables[i]->place_of("when"),
                 "every caller would be in group '" + settings.group_rules[i].group + "'", "'require' asks the same of all")
          .help = "narrow the pattern; a rule for every verified caller has groups = [\"*\"]";
  }
}

void read_conditions_of(const Table& table, IssuerSettings& settings, const Preset& preset, Report& report) {
  settings.require = read_conditions(table, "require");
  resolve(preset, settings.require);
  for (const Condition& each : preset.require)
    if (std::none_of(settings.require.begin(), settings.require.end(), [&](const Condition& own) { return own.path == each.path; }))
      settings.require.push_back(each);
  settings.group_rules = read_group_rules(table, report);
  for (identity::GroupRule& rule : settings.group_rules) resolve(preset, rule.when);
  check_rules(table, settings, report);
}

/// mapping_of tells configurations apart that make other identities of the same claims.
uint64_t mapping_of(const IssuerSettings& settings) {
  std::string text;
  const auto add = [&text](ByteView part) { text.append(std::to_string(part.size())).append(":").append(part); };
  const auto add_conditions = [&](const std::vector<Condition>& conditions) {
    for (const Condition& each : conditions) {
      add(each.path);
      for (const std::string& pattern : each.patterns) add(pattern);
      text += ';';
    }
    text += '.';
  };
  for (const std::string* each : {&settings.preset, &settings.groups_claim, &settings.group_prefix, &settings.subject_text})
    add(*each);
  add_conditions(settings.require);
  for (const identity::GroupRule& rule : settings.group_rules) {
    add(rule.group);
    add_conditions(rule.when);
  }
  const crypto::Sha256 digest = crypto::sha256(text);
  uint64_t mapping = 0;
  std::memcpy(&mapping, digest.data(), sizeof mapping);
  return mapping;
}

}  // namespace

IssuerSettings read_issuer(const Table& table, const std::string& base_dir, Report& report) {
  IssuerSettings settings;
  const Preset preset = preset_of(table.text("preset").value);
  settings.preset = preset.word;
  settings.name = table.text("name");
  settings.url = table.text("url");
  if (!table.has("url")) {
    settings.url = {std::string(preset.url), settings.name.place};
    if (preset.url.empty())
      report.error(Code::missing, table.place, "'url' is missing in [[issuer]]").help =
          "url: Must equal the token's iss exactly.";
  }
  for (Text& audience : table.list("audiences")) settings.audiences.push_back(std::move(audience.value));
  for (const Text& word : table.list("algorithms"))
    settings.algorithms.push_back(word.value == "RS256"   ? Algorithm::rs256
                                  : word.value == "ES256" ? Algorithm::es256
                                                          : Algorithm::eddsa);
  if (table.find("algorithms") == nullptr) settings.algorithms = preset.algorithms;
  const Value* groups_claim = table.find("groups_claim");
  settings.groups_claim = path_of(preset, groups_claim != nullptr ? groups_claim->text : std::string(preset.groups_claim));
  settings.group_prefix = table.text("group_prefix").value;
  settings.leeway = table.number("leeway");
  settings.jwks_file = read_path(table, "jwks_file", base_dir);
  settings.jwks_url = table.text("jwks_url");
  settings.keys_host = table.text("keys_host").value;
  settings.jwks_refresh = table.number("jwks_refresh");
  read_subject(table, settings, preset, report);
  read_conditions_of(table, settings, preset, report);
  read_record_claims(table, settings, preset, report);
  check_keys_source(table, settings, report);
  check_public_issuer(settings, report);
  return settings;
}

identity::Issuer make_issuer(const IssuerSettings& settings) {
  identity::Issuer issuer;
  issuer.name = settings.name.value;
  issuer.url = settings.url.value;
  issuer.audiences = settings.audiences;
  issuer.algorithms = settings.algorithms;
  issuer.groups_claim = settings.groups_claim;
  issuer.group_prefix = settings.group_prefix;
  issuer.group_rules = settings.group_rules;
  issuer.require = settings.require;
  issuer.subject = settings.subject;
  issuer.record_claims = settings.record_claims;
  issuer.mapping = mapping_of(settings);
  issuer.leeway = settings.leeway;
  issuer.fetched = !settings.keys_source().empty();
  return issuer;
}

GroupSource group_source(const Table& table, const IssuerSettings& settings) {
  return {"issuer", settings.name, settings.group_prefix, table.has("group_prefix"), !settings.groups_claim.empty(),
          settings.group_rules};
}

}  // namespace gatehouse::config
