// What a configuration's text comes to.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "config/load.h"
#include "config/toml.h"
#include "folder.h"

namespace gatehouse::config {
namespace {

namespace fs = std::filesystem;

fs::path sample(const char* name) { return fs::path(SOURCE_ROOT) / "configs" / name; }

void names_of(const Raw& raw, const std::string& before, std::set<std::string>& names) {
  for (const Raw& each : raw.list) names_of(each, before, names);
  for (const Raw::Entry& entry : raw.table) {
    const std::string path = before.empty() ? entry.key : before + "." + entry.key;
    names.insert(path);
    names_of(entry.value, path, names);
  }
}

TEST(Samples, AllLoadWithoutErrors) {
  size_t count_of = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(SOURCE_ROOT) / "configs")) {
    if (entry.path().extension() != ".toml") continue;
    ++count_of;
    const Loaded loaded = load_file(entry.path().string());
    for (const Diagnostic& each : loaded.diagnostics) {
      EXPECT_NE(each.severity, Severity::error) << render(each);
      EXPECT_NE(each.code, Code::unused) << render(each);
    }
  }
  EXPECT_GE(count_of, 5U);
}

TEST(Samples, OneHasEveryKey) {
  Report report(std::make_shared<Source>("f", read_text(sample("every-key.toml"))));
  const auto raw = read_toml(report);
  ASSERT_TRUE(raw.has_value());
  std::set<std::string> names;
  names_of(*raw, "", names);
  for (const Key& key : keys()) EXPECT_TRUE(names.contains(std::string(key.path))) << key.path;
}

// Each value differs from its default, so that a key nobody reads is found.
TEST(Load, ReadsEveryKey) {
  const Loaded loaded = load_file(sample("every-key.toml").string());
  ASSERT_TRUE(loaded.ok());
  const Config& config = loaded.config;
  const std::string base = sample("").string();
  EXPECT_EQ(config.gateway.workers, 2U);
  EXPECT_EQ(config.gateway.run_dir, base + "run");
  EXPECT_EQ(format_address(config.gateway.health_address), "127.0.0.1:9901");
  EXPECT_EQ(config.log_level, LogLevel::debug);
  EXPECT_EQ(config.records.dir, base + "log");
  ASSERT_EQ(config.records.auditor_keys.size(), 2U);
  EXPECT_EQ(config.records.auditor_keys[1].value, base + "keys/max.key.pub");
  EXPECT_EQ(config.records.operations_key.value, base + "keys/operations.key.pub");
  EXPECT_EQ(config.records.sealed, record::Sealed::all);
  EXPECT_EQ(config.records.ring_dir, "/dev/shm/gatehouse");
  EXPECT_EQ(config.records.ring_size, 8U << 20);
  EXPECT_EQ(config.records.segment_size, 128U << 20);
  EXPECT_EQ(config.records.commit_interval, 2 * kNsPerMs);
  EXPECT_EQ(config.records.on_full, record::OnFull::fail_closed);
  const Limits& limits = config.limits;
  EXPECT_EQ(limits.head_bytes, 16U << 10);
  EXPECT_EQ(limits.head_fields, 64U);
  EXPECT_EQ(limits.target_bytes, 4U << 10);
  EXPECT_EQ(limits.inspect_bytes, 4U << 20);
  EXPECT_EQ(limits.body_bytes, uint64_t{2} << 30);
  EXPECT_EQ(limits.body_memory, 64U << 20);
  EXPECT_EQ(limits.queued_bytes, 128U << 10);
  EXPECT_EQ(limits.body_rate, 2U << 10);
  EXPECT_EQ(limits.connections, 1000U);
  EXPECT_EQ(limits.held, 10U);
  EXPECT_EQ(limits.mask_streams, 64U);
  EXPECT_EQ(limits.failed_tokens, 256U);
  EXPECT_EQ(limits.failed_tokens_connection, 8U);
  EXPECT_EQ(limits.origin_idle, 8U);
  const Deadlines& deadlines = config.deadlines;
  const auto seconds = [](uint64_t count_of) { return count_of * kNsPerSecond; };
  EXPECT_EQ(deadlines.handshake, seconds(5));
  EXPECT_EQ(deadlines.head, seconds(6));
  EXPECT_EQ(deadlines.progress, seconds(7));
  EXPECT_EQ(deadlines.idle, seconds(90));
  EXPECT_EQ(deadlines.connect, seconds(2));
  EXPECT_EQ(deadlines.answer, seconds(180));
  EXPECT_EQ(deadlines.hold, seconds(600));
  EXPECT_EQ(deadlines.drain, seconds(20));
}

TEST(Load, ReadsEveryEndpoint) {
  const Config config = load_file(sample("every-key.toml").string()).config;
  const std::string base = sample("").string();
  ASSERT_EQ(config.listeners.size(), 2U);
  EXPECT_EQ(config.listeners[1].name.value, "main");
  EXPECT_EQ(format_address(config.listeners[1].address), "0.0.0.0:8443");
  ASSERT_EQ(config.listeners[1].proxy_from.size(), 3U);
  EXPECT_TRUE(config.listeners[1].proxy_from[0].contains(*parse_address("10.1.2.3:4")));
  ASSERT_EQ(config.listeners[1].certificates.size(), 1U);
  EXPECT_EQ(config.listeners[1].certificates[0].chain_file.value, base + "tls/cert.pem");
  EXPECT_EQ(config.listeners[1].certificates[0].key_file.value, base + "tls/key.pem");
  ASSERT_EQ(config.issuers.size(), 3U);
  const IssuerSettings& issuer = config.issuers[0];
  EXPECT_EQ(issuer.url.value, "https://one.example.org");
  EXPECT_EQ(issuer.audiences, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(issuer.algorithms, (std::vector{identity::Algorithm::es256, identity::Algorithm::eddsa}));
  EXPECT_EQ(issuer.groups_claim, "realm.groups");
  EXPECT_EQ(issuer.leeway, 10 * kNsPerSecond);
  EXPECT_EQ(issuer.preset, "generic");
  EXPECT_EQ(issuer.group_prefix, "one/");
  EXPECT_EQ(issuer.subject_text, "{iss-name}:{sub}");
  EXPECT_EQ(issuer.require, (std::vector<identity::Condition>{{"env", {"prod", "test-*"}}, {"sub", {"job-*"}}}));
  ASSERT_EQ(issuer.record_claims.size(), 1U);
  EXPECT_EQ(issuer.record_claims[0].path, "run_id");
  EXPECT_EQ(config.issuers[1].groups_claim, "");
  EXPECT_EQ(config.issuers[1].require,
            (std::vector<identity::Condition>{{"kubernetes.io.namespace", {"team-*"}}, {"sub", {"system:serviceaccount:*"}}}));
  EXPECT_EQ(config.issuers[2].groups_claim, "groups");
  EXPECT_EQ(config.issuers[2].group_rules, (std::vector<identity::GroupRule>{{"night", {{"schedule.kind", {"nightly"}}}}}));
  EXPECT_EQ(issuer.jwks_file.value, base + "keys.json");
  EXPECT_EQ(config.issuers[1].jwks_url.value, "https://two.example.org/keys");
  EXPECT_EQ(config.issuers[1].jwks_refresh, 120 * kNsPerSecond);
  EXPECT_EQ(config.issuers[1].algorithms.size(), 3U);
  EXPECT_TRUE(config.issuers[2].discovers());
  EXPECT_EQ(config.issuers[2].keys_source(), "https://three.example.org/realm");
  EXPECT_EQ(config.issuers[2].keys_host, "keys.example.org");
  EXPECT_EQ(config.issuers[1].leeway, 30 * kNsPerSecond);
  ASSERT_EQ(config.origins.size(), 2U);
  const OriginSettings& origin = config.origins[0];
  EXPECT_EQ(format_address(origin.address), "10.0.0.7:8443");
  EXPECT_EQ(origin.host, "chunker.example.org");
  EXPECT_TRUE(origin.tls);
  EXPECT_EQ(origin.server_name, "chunker.example.org");
  EXPECT_EQ(origin.trust_file.value, base + "tls/ca.pem");
  EXPECT_EQ(origin.credential_header, "Authorization");
  EXPECT_EQ(origin.credential_prefix, "Bearer ");
  EXPECT_EQ(origin.credential_file.value, base + "secrets/chunker.key");
  EXPECT_TRUE(origin.other_addresses.empty());
  EXPECT_EQ(format_address(config.origins[1].address), "unix:/run/chunker.sock");
  ASSERT_EQ(config.origins[1].other_addresses.size(), 1U);
  EXPECT_EQ(format_address(config.origins[1].other_addresses[0]), "127.0.0.1:9701");
  EXPECT_EQ(config.origins[1].credential_name.value, "local-key");
  EXPECT_EQ(config.origins[1].host, "localhost");
}

TEST(Load, ReadsEveryRoute) {
  const Config config = load_file(sample("every-key.toml").string()).config;
  ASSERT_EQ(config.routes.size(), 2U);
  const RouteSettings& first = config.routes[1];
  EXPECT_EQ(first.name.value, "chunking");
  EXPECT_EQ(first.route.name, "chunking");
  EXPECT_EQ(first.hosts, (std::vector<std::string>{"chunks.example.org", "*.chunks.example.org"}));
  EXPECT_EQ(first.route.prefix, "/v1/chunk");
  EXPECT_EQ(first.route.origin, 0U);
  EXPECT_EQ(first.route.rewrite, "/api/chunk");
  EXPECT_EQ(first.route.refusals, RefusalShape::plain);
  EXPECT_EQ(first.route.token_header, "unstructured-api-key");
  ASSERT_EQ(first.route.set_headers.size(), 7U);
  EXPECT_EQ(first.route.set_headers[0].name, "X-Tenant");
  EXPECT_EQ(first.route.set_headers[0].value, "blue");
  EXPECT_EQ(first.route.set_headers[0].told, Told::text);
  constexpr Told kAll[] = {Told::subject, Told::issuer, Told::groups, Told::address, Told::scheme, Told::host};
  for (size_t i = 0; i < std::size(kAll); ++i) EXPECT_EQ(first.route.set_headers[i + 1].told, kAll[i]) << i;
  EXPECT_EQ(first.route.remove_headers,
            (std::vector<std::string>{"X-Tenant", "X-User", "X-Issuer", "X-Groups", "X-Forwarded-For", "X-Forwarded-Proto",
                                      "X-Forwarded-Host", "X-Debug"}));
  EXPECT_EQ(first.route.limits.inspect_bytes, 1U << 20);
  EXPECT_EQ(first.route.limits.body_bytes, 20U << 20);
  EXPECT_EQ(first.route.limits.queued_bytes, 64U << 10);
  EXPECT_EQ(first.route.limits.body_rate, 0U);
  EXPECT_EQ(first.route.limits.body_memory, 64U << 20);
  EXPECT_EQ(first.route.deadlines.progress, 8 * kNsPerSecond);
  EXPECT_EQ(first.route.deadlines.connect, 1 * kNsPerSecond);
  EXPECT_EQ(first.route.deadlines.answer, 1200 * kNsPerSecond);
  EXPECT_EQ(first.route.deadlines.hold, 3600 * kNsPerSecond);
  EXPECT_EQ(first.route.deadlines.idle, 90 * kNsPerSecond);
  const RouteSettings& second = config.routes[0];
  EXPECT_TRUE(second.hosts.empty());
  EXPECT_EQ(second.route.prefix, "");
  EXPECT_EQ(second.route.origin, 1U);
  EXPECT_FALSE(second.route.rewrite.has_value());
  EXPECT_FALSE(second.route.refusals.has_value());
  EXPECT_EQ(second.route.token_header, "");
  EXPECT_EQ(second.route.limits.inspect_bytes, config.limits.inspect_bytes);
  EXPECT_EQ(second.route.limits.body_rate, config.limits.body_rate);
  EXPECT_EQ(second.route.deadlines.answer, config.deadlines.answer);
}

// What a field of a route says: a text, one word and nothing else, or it is an error; each complaint and its help.
TEST(Load, FieldsOfARouteTellWhatWasVerified) {
  const auto said = [](const std::string& fields, const std::string& more = "hosts = ['a.example']") {
    const Loaded loaded = load_text("[[origin]]\nname = 'a'\naddress = '127.0.0.1:1'\n[[route]]\nname = 'x'\npath = '/x'\norigin = 'a'\n"
                                    "set_headers = [" + fields + "]\n" + more + "\n", "f", "");
    std::string out;
    for (const Diagnostic& each : loaded.diagnostics)
      if (each.severity == Severity::error && each.code != Code::missing && each.code != Code::refuses_all)
        out += each.message + "|" + each.label + "|" + each.help + "\n";
    return out;
  };
  for (const char* good : {"'X-User: {subject}'", "'X-Tenant: {issuer}', 'X-Groups: {groups}'", "'X-Forwarded-For: {address}'",
                           "'x-real-ip: {address}'", "'X-Forwarded-User: {subject}', 'Remote-User: {subject}', 'X-Remote-User: {subject}'",
                           "'X-Forwarded-Groups: {groups}'", "'X-Forwarded-Proto: {scheme}', 'X-Forwarded-Host: {host}'",
                           "'X-A: 1', 'X-A: 2'", "'X-A: a{b}c'"})
    EXPECT_EQ(said(good), "") << good;
  EXPECT_EQ(said("'X-A: {scheme}'", ""), "");
  EXPECT_EQ(said("'X-A: {sbject}'"),
            "'{sbject}' stands for nothing that is verified|possible is {subject}, {issuer}, {groups}, {address}, {scheme} or "
            "{host}|did you mean \"{subject}\"?\n");
  EXPECT_NE(said("'X-A: {}'").find("stands for nothing"), std::string::npos);
  EXPECT_NE(said("'X-A: {Subject}'").find("did you mean \"{subject}\"?"), std::string::npos);
  for (const char* more : {"'X-A: user {subject}'", "'X-A: {subject}.'", "'X-A: {subject}{groups}'", "'X-A: {subject} '"})
    EXPECT_NE(said(more).find("such a word stands alone"), std::string::npos) << more;
  EXPECT_EQ(said("'X-Forwarded-For: {subject}'"),
            "'X-Forwarded-For' cannot be set by a route|says who calls from where, which only the gateway may|it can tell what was "
            "verified: \"X-Forwarded-For: {address}\"\n");
  for (const char* bad : {"'X-Forwarded-For: 1.2.3.4'", "'X-Real-IP: {host}'", "'Remote-User: root'", "'X_Forwarded_For: {address}'",
                          "'Forwarded: {address}'", "'X-Forwarded-Port: {scheme}'", "'Gatehouse-Subject: {subject}'",
                          "'Host: {host}'", "'Authorization: {subject}'"})
    EXPECT_NE(said(bad).find("cannot be set by a route"), std::string::npos) << bad;
  for (const char* twice : {"'X-A: {subject}', 'x-a: {issuer}'", "'X-A: 1', 'X-A: {subject}'", "'X-A: {subject}', 'X-A: 1'"})
    EXPECT_NE(said(twice).find("is set twice"), std::string::npos) << twice;
  EXPECT_EQ(said("'X-A: {host}'", ""),
            "route 'x' tells the host and takes every one|what the client says there is not verified|say the route's hosts\n");
}

// Where a rule applies: the routes it names, those that lead to its origin, or all.
TEST(Load, RulesAreForRoutes) {
  const auto routes_of = [](const std::string& rule) {
    const std::string text =
        "[[origin]]\nname = 'a'\naddress = '127.0.0.1:1'\n[[origin]]\nname = 'b'\naddress = '127.0.0.1:2'\n"
        "[[route]]\nname = 'x'\npath = '/x'\norigin = 'a'\n[[route]]\nname = 'y'\npath = '/y'\norigin = 'b'\n"
        "[[route]]\nname = 'z'\npath = '/z/'\norigin = 'b'\nrewrite = '/'\n"
        "[[rule]]\nname = 'r'\neffect = 'allow'\ngroups = ['*']\n" + rule;
    const Loaded loaded = load_text(text, "f", "");
    for (const Diagnostic& each : loaded.diagnostics)
      EXPECT_FALSE(each.severity == Severity::error && each.code != Code::missing) << render(each);
    return loaded.config.rules.at(0).routes;
  };
  using List = std::vector<uint32_t>;
  EXPECT_EQ(routes_of(""), List{});
  EXPECT_EQ(routes_of("routes = ['y', 'x']"), (List{1, 0}));
  EXPECT_EQ(routes_of("origin = 'b'"), (List{1, 2}));
  EXPECT_EQ(routes_of("origin = 'b'\nroutes = ['x', 'z']"), List{2});
  EXPECT_EQ(routes_of("paths = ['/z/**', '/x']"), List{});
}

TEST(Load, ReadsClients) {
  const Config config = load_file(sample("every-key.toml").string()).config;
  ASSERT_TRUE(config.listeners[1].clients.has_value());
  const ClientsSettings& clients = *config.listeners[1].clients;
  EXPECT_EQ(clients.authorities_file.value, sample("").string() + "tls/clients.pem");
  EXPECT_EQ(clients.revocations_file.value, sample("").string() + "tls/clients.crl");
  EXPECT_TRUE(clients.required);
  EXPECT_EQ(clients.rules.name, "workloads");
  EXPECT_EQ(clients.rules.kind, identity::CertificateName::spiffe);
  EXPECT_EQ(clients.rules.patterns, std::vector<std::string>{"spiffe://prod.example.org/ns/etl/*"});
  EXPECT_EQ(clients.rules.group_prefix, "cert-");
  const std::vector<identity::Condition> when{{"uri", {"spiffe://prod.example.org/ns/etl/*"}}, {"unit", {"etl", "etl-night"}}};
  EXPECT_EQ(clients.rules.groups, (std::vector<identity::GroupRule>{{"etl", when}}));
  EXPECT_TRUE(std::any_of(config.rules.begin(), config.rules.end(), [](const auto& rule) { return rule.bound; }));
  EXPECT_FALSE(load_file(sample("minimal.toml").string()).config.listeners[0].clients.has_value());
}

TEST(Load, ReadsEveryMask) {
  const Loaded loaded = load_file(sample("every-key.toml").string());
  const Config& config = loaded.config;
  ASSERT_EQ(config.detectors.size(), 2U);
  const detect::CustomDetector& staff = config.detectors[0].detector;
  EXPECT_EQ(staff.name, "staff_number");
  EXPECT_EQ(staff.pattern, "\\bST-[0-9]{6}\\b");
  EXPECT_FALSE(staff.caseless);
  EXPECT_EQ(staff.checksum, detect::Checksum::luhn);
  EXPECT_EQ(staff.nearby, (std::vector<std::string>{"staff", "employee"}));
  EXPECT_EQ(staff.distance, 30U);
  EXPECT_EQ(config.detectors[1].detector.words, (std::vector<std::string>{"Bluebird", "Nightjar"}));
  EXPECT_FALSE(config.detectors[1].detector.whole_words);
  ASSERT_EQ(config.masks.size(), 3U);
  const mask::MaskRule& author = config.masks[0].rule;
  EXPECT_EQ(config.masks[0].fields[0].value, "[*].metadata.author_email");
  EXPECT_EQ(config.masks[0].joined[0].value, "[*].parts[*].line");
  EXPECT_EQ(author.detectors, (std::vector{detect::Detector::email, detect::Detector::payment_card}));
  EXPECT_EQ(author.custom, std::vector<uint32_t>{1});
  EXPECT_EQ(author.method, mask::Method::partial);
  const mask::MaskRule& numbers = config.masks[1].rule;
  EXPECT_EQ(numbers.method, mask::Method::hash);
  EXPECT_EQ(config.masks[1].hash_key_file.value, sample("").string() + "secrets/hash.key");
  EXPECT_EQ(numbers.purpose, "statistics");
  EXPECT_EQ(numbers.tenant, "blue");
  EXPECT_EQ(config.masks[2].rule.method, mask::Method::replace);
  EXPECT_EQ(config.masks[2].rule.text, "(a title)");
}

/// masks_read reads a mask with these keys, behind two detectors.
mask::MaskRule mask_with(const std::string& keys) {
  const Loaded loaded = load_text(read_text(sample("minimal.toml")) +
                                  "\n[[detector]]\nname = 'a'\nwords = ['x']\n[[detector]]\nname = 'b'\nwords = ['y']\n"
                                  "[[mask]]\nname = 'm'\n" + keys, "f.toml", "/base");
  EXPECT_TRUE(loaded.ok()) << keys;
  return loaded.config.masks.back().rule;
}

TEST(Load, SetsOfDetectorsStandForTheirOwn) {
  using Custom = std::vector<uint32_t>;
  const mask::MaskRule all = mask_with("detectors = ['all']"), shipped = mask_with("detectors = ['default']");
  EXPECT_EQ(all.custom, (Custom{0, 1}));
  EXPECT_EQ(all.detectors, shipped.detectors);
  EXPECT_TRUE(shipped.custom.empty());
  EXPECT_EQ(mask_with("detectors = ['personal', 'network', 'secrets', 'email']").detectors, shipped.detectors);
  EXPECT_EQ(mask_with("detectors = ['b', 'b', 'iban']").custom, Custom{1});
  EXPECT_EQ(mask_with("detectors = ['b', 'b', 'iban']").detectors, std::vector{detect::Detector::iban});
}

/// oracles counts the warnings about hashes that callers can try out.
size_t oracles(const std::string& rules) {
  const std::string text = read_text(sample("minimal.toml"));
  const Loaded loaded = load_text(text.substr(0, text.find("[[rule]]")) +
                                  "\n[[mask]]\nname = 'm'\nmethod = 'hash'\nhash_key_file = 'k'\nfields = ['a']\n" + rules,
                                  "f.toml", "/base");
  EXPECT_TRUE(loaded.ok()) << rules;
  return static_cast<size_t>(std::count_if(loaded.diagnostics.begin(), loaded.diagnostics.end(),
                                           [](const Diagnostic& each) { return each.code == Code::oracle; }));
}

TEST(Load, HashesForCallersWhoCanSubmitTextAreWarnedOf) {
  const auto rule = [](const char* name, const char* groups, const char* methods, bool masked, const char* effect = "allow") {
    return std::string("[[rule]]\nname = '") + name + "'\neffect = '" + effect + "'\ngroups = ['" + groups + "']\norigin = 'chunker'\n" +
           methods + (masked ? "\nmasks = ['m']\n" : "\n");
  };
  EXPECT_EQ(oracles(rule("a", "g", "methods = ['GET', 'DELETE']", true)), 0U);
  EXPECT_EQ(oracles(rule("a", "g", "", true)), 1U);
  EXPECT_EQ(oracles(rule("a", "g", "methods = ['POST']", true, "approve")), 1U);
  const std::string reads = rule("a", "g", "methods = ['GET']", true);
  EXPECT_EQ(oracles(reads + rule("b", "other", "methods = ['PUT']", false)), 0U);
  EXPECT_EQ(oracles(reads + rule("b", "g", "methods = ['PUT']", false)), 1U);
  EXPECT_EQ(oracles(reads + rule("b", "*", "methods = ['PATCH']", false)), 1U);
  EXPECT_EQ(oracles(rule("a", "*", "methods = ['GET']", true) + rule("b", "other", "methods = ['PUT']", true)), 2U);
}

TEST(Load, ReadsEveryRule) {
  const Config config = load_file(sample("every-key.toml").string()).config;
  ASSERT_EQ(config.guards.size(), 1U);
  EXPECT_TRUE(config.guards[0].rule.case_sensitive);
  EXPECT_EQ(config.guards[0].patterns.size(), 2U);
  ASSERT_EQ(config.rules.size(), 3U);
  const policy::Rule& rule = config.rules[0];
  EXPECT_EQ(rule.name, "chunk");
  EXPECT_EQ(rule.effect, policy::Effect::allow);
  EXPECT_EQ(rule.groups, (std::vector<std::string>{"readers", "writers"}));
  EXPECT_EQ(rule.methods, (std::vector<std::string>{"GET", "POST"}));
  ASSERT_EQ(rule.paths.size(), 2U);
  EXPECT_EQ(rule.paths[0].text, "/v1/chunk/*");
  EXPECT_EQ(rule.origin, 0U);
  EXPECT_EQ(rule.routes, std::vector<uint32_t>{1});
  ASSERT_EQ(rule.sources.size(), 1U);
  EXPECT_TRUE(rule.sources[0].contains(*parse_address("10.2.3.4:5")));
  EXPECT_EQ(rule.guards, 1U);
  EXPECT_EQ(rule.masks, 7U);
  EXPECT_TRUE(rule.origin_cache);
  EXPECT_EQ(config.rules[1].effect, policy::Effect::approve);
  EXPECT_EQ(config.rules[1].origin, 1U);
  EXPECT_EQ(config.rules[2].effect, policy::Effect::deny);
}

/// unknown returns the complaint of an unknown key at a place, also of one that seems to hold a secret; or nullptr.
const Diagnostic* unknown(const Loaded& loaded, size_t line, size_t column) {
  for (const Diagnostic& each : loaded.diagnostics)
    if ((each.code == Code::unknown_key || each.code == Code::secret_in_text) && each.place.line == line &&
        each.place.column == column)
      return &each;
  return nullptr;
}

TEST(Load, EveryKeyMisspeltIsAnErrorWhereItStandsAndKnownAgain) {
  const std::string text = read_text(sample("every-key.toml"));
  size_t tried = 0, line = 0;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    ++line;
    const size_t begin = text[at] == '[' ? text.find_first_not_of('[', at) : at;
    const size_t end = text.find_first_of(" ]", begin);
    const size_t dot = text.rfind('.', end);
    const size_t word = dot != std::string::npos && dot > begin ? dot + 1 : begin;   // of a table, its last name
    const std::string name = text.substr(word, end - word);
    if (name.empty() || name[0] < 'a' || name[0] > 'z') continue;
    std::string wrong = text;
    wrong.insert(end, 1, name.back());   // the last letter twice
    const Loaded loaded = load_text(wrong, "f.toml", "/base");
    EXPECT_FALSE(loaded.ok());
    const Diagnostic* found = unknown(loaded, line, word - at + 1);
    ASSERT_NE(found, nullptr) << line << ": " << name;
    EXPECT_EQ(found->place.length, name.size() + 1);
    EXPECT_EQ(found->help, "did you mean '" + name + "'?");
    ++tried;
  }
  EXPECT_GT(tried, keys().size());
}

TEST(Load, UnknownKeysAreFoundInEveryWayToWriteATable) {
  const std::string text = read_text(sample("minimal.toml"));
  const size_t next = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const auto& [more, column] : std::vector<std::pair<std::string, size_t>>{
           {"[limits]\nhead_bytess = 1\n", 1}, {"[deadlines.idle]\nx = 1\n", 0}, {"[[mask]]\nname = 'm'\nfields = []\nfeilds = []\n", 1},
           {"[gateway]\nlog.levell = 'x'\n", 1}, {"[log]\nlevel = 'info'\n[log.more]\n", 6}, {"[[issuer.keyss]]\n", 10}}) {
    const Loaded loaded = load_text(text + more, "f.toml", "/base");
    EXPECT_FALSE(loaded.ok()) << more;
    if (column == 0) continue;   // of the wrong type instead
    size_t found = 0;
    for (size_t line = next; line < next + 5; ++line) found += unknown(loaded, line, column) != nullptr;
    EXPECT_EQ(found, 1U) << more;
  }
  const Loaded inlined = load_text("limits = {head_bytess = 1, heldd = 2}\ndeadlines.idlee = '1s'\n" + text, "f.toml", "/base");
  EXPECT_NE(unknown(inlined, 1, 11), nullptr);
  EXPECT_NE(unknown(inlined, 1, 28), nullptr);
  EXPECT_NE(unknown(inlined, 2, 11), nullptr);
}

TEST(Load, PathsAreRelativeToTheFileAndAbsoluteOnesStay) {
  const auto dir = [](const std::string& value, const std::string& base) {
    const Loaded loaded = load_text("[records]\ndir = \"" + value + "\"\n", "f", base);
    return loaded.config.records.dir;
  };
  EXPECT_EQ(dir("log", "/etc/gatehouse"), "/etc/gatehouse/log");
  EXPECT_EQ(dir("../log", "/etc/gatehouse"), "/etc/log");
  EXPECT_EQ(dir("/var/log", "/etc/gatehouse"), "/var/log");
  EXPECT_EQ(dir("log", ""), "log");
}

TEST(Load, NothingIsTakenFromTheEnvironment) {
  setenv("RECORDS", "/tmp/elsewhere", 1);
  EXPECT_FALSE(load_text("[records]\ndir = \"${RECORDS}\"\n", "f", "").ok());
  EXPECT_FALSE(load_text("[records]\ndir = \"$RECORDS/x\"\n", "f", "").ok());
  unsetenv("RECORDS");
}

TEST(Load, DeepAndLongTextsAreRefusedBeforeTheyAreParsed) {
  const auto code = [](const std::string& text) { return load_text(text, "f", "").diagnostics.front().code; };
  std::string deep = "a";
  for (int i = 0; i < 400'000; ++i) deep += ".a";
  EXPECT_EQ(code(deep + " = 1\n"), Code::too_large);
  EXPECT_EQ(code("[" + deep + "]\n"), Code::too_large);
  EXPECT_EQ(code("x = " + std::string(15'000, '[')), Code::syntax);
  EXPECT_EQ(code("# " + std::string(kTextBytesMax, '\n')), Code::too_large);
  EXPECT_EQ(code("x = '" + std::string(20'000, '.') + "'\n"), Code::too_large);  // the line
  EXPECT_EQ(code("zzz = '" + std::string(10'000, '.') + "'  # " + std::string(100, '.') + "\n"),
            Code::unknown_key);
}

TEST(Load, AMissingFileSaysSo) {
  const Loaded loaded = load_file("/nonexistent/gateway.toml");
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.diagnostics[0].code, Code::unreadable);
  EXPECT_NE(loaded.diagnostics[0].message.find("No such file"), std::string::npos);
}

TEST(Load, HashIsOfTheText) {
  const std::string text = read_text(sample("minimal.toml"));
  EXPECT_EQ(load_text(text, "a", "").config.hash, load_text(text, "b", "/x").config.hash);
  EXPECT_NE(load_text(text, "a", "").config.hash, load_text(text + "\n", "a", "").config.hash);
}

}  // namespace
}  // namespace gatehouse::config
