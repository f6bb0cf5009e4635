// Configuration and the files it names -> a snapshot.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/compile.h"
#include "config/files.h"
#include "folder.h"

namespace gatehouse::config {
namespace {

constexpr const char* kWhole = R"(
[[listener]]
name = "main"
address = "127.0.0.1:8443"
[[listener.certificate]]
chain_file = "tls/cert.pem"
key_file = "tls/key.pem"
[[listener]]
name = "plain"
address = "127.0.0.1:8080"
[[issuer]]
name = "file"
url = "https://one.example"
audiences = ["a"]
jwks_file = "keys.json"
[[issuer]]
name = "url"
url = "https://two.example"
groups_claim = ""
audiences = ["a"]
jwks_url = "https://two.example/keys"
[[origin]]
name = "chunker"
address = "127.0.0.1:9700"
credential_header = "Authorization"
credential_prefix = "Bearer "
credential_file = "secrets/chunker.key"
[[origin]]
name = "far"
address = "10.0.0.1:443"
tls = true
server_name = "far.example"
trust_file = "tls/cert.pem"
[[guard]]
name = "sql"
patterns = ['\bdrop\s+table\b']
[[mask]]
name = "mail"
detectors = ["email"]
[[rule]]
name = "readers"
effect = "allow"
groups = ["readers"]
paths = ["/near/**"]
origin = "chunker"
guards = ["sql"]
masks = ["mail"]
[[rule]]
name = "far"
effect = "allow"
groups = ["readers"]
paths = ["/far/**"]
origin = "far"
)";

class Compile : public ::testing::Test {
 protected:
  void SetUp() override { folder_.standard(); }

  Config load(std::string text = kWhole) {
    Loaded loaded = load_text(std::move(text), "gateway.toml", folder_.path());
    for (const Diagnostic& each : loaded.diagnostics)
      EXPECT_NE(each.severity, Severity::error) << render(each);
    return std::move(loaded.config);
  }
  static std::shared_ptr<Snapshot> good(const Config& config, const RuntimeInputs& inputs = {}) {
    auto made = compile(config, inputs);
    if (made) return made.value();
    for (const Diagnostic& each : made.error()) ADD_FAILURE() << render(each);
    return nullptr;
  }
  static Code code_of(const Config& config, const RuntimeInputs& inputs = {}) {
    const auto made = compile(config, inputs);
    EXPECT_FALSE(made.ok());
    return made.ok() ? Code::syntax : made.error().front().code;
  }
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }

  Folder folder_;
};

/// With [listener.clients] on the first listener.
std::string with_clients(const std::string& authorities, const std::string& lists) {
  std::string text = kWhole;
  const std::string after = "key_file = \"tls/key.pem\"\n";
  return text.insert(text.find(after) + after.size(),
                     "[listener.clients]\nca_file = \"clients/" + authorities + "\"\n" + (lists.empty() ? "" : "crl_file = \"clients/" + lists + "\"\n"));
}

TEST_F(Compile, ClientsAreVerifiedByTheFilesOfNow) {
  const Config config = load(with_clients("ca.pem", "before.crl"));
  RuntimeInputs inputs;
  const auto first = good(config, inputs);
  ASSERT_NE(first, nullptr);
  ASSERT_NE(first->listeners[0].clients, nullptr);
  EXPECT_EQ(first->listeners[1].clients, nullptr);
  inputs.previous = first.get();
  const auto same = good(config, inputs);
  EXPECT_EQ(same->listeners[0].clients->trust, first->listeners[0].clients->trust) << "taken over";
  folder_.write("clients/before.crl", read_text(folder_ / "clients/after.crl"), 0644);
  const auto changed = good(config, inputs);
  EXPECT_NE(changed->listeners[0].clients->trust, first->listeners[0].clients->trust);
  const auto files = named_files(config);
  for (const char* name : {"clients/ca.pem", "clients/before.crl"})
    EXPECT_NE(std::find(files.begin(), files.end(), folder_ / name), files.end()) << name;
}

TEST_F(Compile, ClientsThatCannotBeVerifiedStopIt) {
  EXPECT_EQ(code_of(load(with_clients("workload.pem", ""))), Code::trust) << "no authority";
  EXPECT_EQ(code_of(load(with_clients("ca.pem", "stranger.crl"))), Code::trust) << "of another authority";
  EXPECT_EQ(code_of(load(with_clients("ca.pem", "ca.pem"))), Code::trust) << "no list";
  EXPECT_EQ(code_of(load(with_clients("ca.pem", "missing.crl"))), Code::file);
  EXPECT_EQ(code_of(load(with_clients("missing.pem", ""))), Code::file);
  RuntimeInputs inputs;
  inputs.now = wall_now();
  const Config config = load(with_clients("ca.pem", "ended.crl"));
  Report report(config.source);
  EXPECT_NE(compile_into(config, inputs, report), nullptr) << "no certificate is believed, others go on";
  const auto found = report.take();
  EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](const Diagnostic& each) {
    return each.code == Code::trust && each.severity == Severity::warning && each.message.find("has ended") != std::string::npos;
  }));
}

TEST_F(Compile, AListThatEndsWithinADayIsWarnedOf) {
  const Config config = load(with_clients("ca.pem", "before.crl"));
  const WallNs end = good(config, {})->listeners[0].clients->trust->revocations_end();
  constexpr WallNs kDay = 24 * 3600 * kNsPerSecond;
  const auto said = [&](WallNs now) {
    RuntimeInputs inputs;
    inputs.now = now;
    Report report(config.source);
    static_cast<void>(compile_into(config, inputs, report));   // other certificates may have ended by then
    for (const Diagnostic& each : report.take())
      if (each.severity == Severity::warning && each.message.find("revocation list") != std::string::npos) return each.message;
    return std::string();
  };
  EXPECT_EQ(said(end - kDay - 1), "");
  EXPECT_NE(said(end - kDay).find("ends within a day"), std::string::npos);
  EXPECT_NE(said(end - 1).find("ends within a day"), std::string::npos);
  EXPECT_NE(said(end).find("has ended"), std::string::npos);
}

TEST_F(Compile, BuildsAllThatWorkersNeed) {
  const Config config = load();
  RuntimeInputs inputs;
  inputs.version = 7;
  inputs.workers = 3;
  inputs.tickets = tls::make_ticket_keys(nullptr);
  const auto snapshot = good(config, inputs);
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->version, 7U);
  EXPECT_EQ(snapshot->policy_hash, config.hash);
  ASSERT_EQ(snapshot->listeners.size(), 2U);
  EXPECT_TRUE(snapshot->listeners[0].tls);
  EXPECT_FALSE(snapshot->listeners[1].tls);
  ASSERT_EQ(snapshot->worker_tls.size(), 3U);
  for (const Snapshot::WorkerTls& worker : snapshot->worker_tls) {
    ASSERT_EQ(worker.listeners.size(), 2U);
    EXPECT_NE(worker.listeners[0], nullptr);
    EXPECT_EQ(worker.listeners[1], nullptr);
    ASSERT_EQ(worker.origins.size(), 2U);
    EXPECT_EQ(worker.origins[0], nullptr);
    EXPECT_NE(worker.origins[1], nullptr);
  }
  EXPECT_NE(snapshot->worker_tls[0].listeners[0], snapshot->worker_tls[1].listeners[0]);
  ASSERT_EQ(snapshot->issuers.issuers.size(), 2U);
  ASSERT_NE(snapshot->issuers.issuers[0].keys, nullptr);
  EXPECT_EQ(snapshot->issuers.issuers[0].keys->size(), 1U);
  EXPECT_EQ(snapshot->issuers.issuers[1].keys, nullptr);
  EXPECT_EQ(snapshot->guards->size(), 1U);
  EXPECT_EQ(snapshot->masks->size(), 1U);
  EXPECT_EQ(snapshot->policy.rules.size(), 2U);
  EXPECT_EQ(snapshot->policy.rules[1].origin, 1U);
  EXPECT_TRUE(snapshot->record_block);
}

TEST_F(Compile, CredentialIsWholeAndAChangedFileIsAnotherVersion) {
  const Config config = load();
  const auto before = good(config);
  EXPECT_EQ(before->origins[0].credential.reveal(), "Bearer s3cr3t-of-the-chunker");
  EXPECT_EQ(before->origins[0].credential_version.size(), 16U);
  EXPECT_EQ(before->origins[0].credential_header, "Authorization");
  EXPECT_TRUE(before->origins[1].credential.empty());
  folder_.write("secrets/chunker.key", "another-one\r\n");
  RuntimeInputs inputs;
  inputs.previous = before.get();
  const auto after = good(config, inputs);
  EXPECT_EQ(after->origins[0].credential.reveal(), "Bearer another-one");
  EXPECT_NE(after->origins[0].credential_version, before->origins[0].credential_version);
}

// What no answer may repeat is the secret itself: an origin that repeats it may leave out what stands before it.
TEST_F(Compile, TheSecretOfACredentialIsWhatStandsBehindItsPrefix) {
  const Config prefixed = load();
  EXPECT_EQ(good(prefixed)->origins[0].secret(), "s3cr3t-of-the-chunker");
  EXPECT_EQ(good(prefixed)->origins[1].secret(), "");
  const Config whole = load(replaced(kWhole, "credential_prefix = \"Bearer \"\n", ""));
  folder_.write("secrets/chunker.key", "Bearer in-the-file");
  EXPECT_EQ(good(whole)->origins[0].secret(), "in-the-file");
  folder_.write("secrets/chunker.key", "two short");
  EXPECT_EQ(good(whole)->origins[0].secret(), "two short");
  const Config other = load(replaced(kWhole, "\"Bearer \"", "\"Key=\""));
  folder_.write("secrets/chunker.key", "12345678");
  EXPECT_EQ(good(other)->origins[0].credential.reveal(), "Key=12345678");
  EXPECT_EQ(good(other)->origins[0].secret(), "12345678");
  folder_.write("secrets/chunker.key", "1234567");
  EXPECT_EQ(code_of(other), Code::credential);
}

TEST_F(Compile, AnotherTrustFileIsAnotherVersionOfTrust) {
  const Config config = load();
  const auto before = good(config);
  EXPECT_EQ(before->origins[0].trust_version, "");
  EXPECT_EQ(before->origins[1].trust_version.size(), 16U);
  EXPECT_EQ(good(config)->origins[1].trust_version, before->origins[1].trust_version);
  folder_.write_certificate("tls/cert.pem", "tls/key.pem", wall_now() + 300 * Folder::kDay);
  EXPECT_NE(good(config)->origins[1].trust_version, before->origins[1].trust_version);
}

TEST_F(Compile, TakesOverWhatIsTheSame) {
  const Config config = load();
  const auto first = good(config);
  RuntimeInputs inputs;
  inputs.previous = first.get();
  const auto same = good(config, inputs);
  EXPECT_EQ(same->guards, first->guards);
  EXPECT_EQ(same->masks, first->masks);
  EXPECT_EQ(same->issuers.issuers[0].keys, first->issuers.issuers[0].keys);
  const auto guards = good(load(replaced(kWhole, "drop", "DROP")), inputs);
  EXPECT_NE(guards->guards, first->guards);
  EXPECT_EQ(guards->masks, first->masks);
  const auto masks =
      good(load(replaced(kWhole, "detectors = [\"email\"]", "detectors = [\"email\"]\nmethod = \"partial\"")),
           inputs);
  EXPECT_EQ(masks->guards, first->guards);
  EXPECT_NE(masks->masks, first->masks);
  folder_.write("keys.json", std::string(kKeySet) + "\n", 0644);
  const auto keys = good(config, inputs);
  EXPECT_NE(keys->issuers.issuers[0].keys, first->issuers.issuers[0].keys);
}

TEST_F(Compile, AnotherKeyForHashesMakesOtherMasks) {
  const std::string text = replaced(kWhole, "detectors = [\"email\"]",
                                    "detectors = [\"email\"]\nmethod = \"hash\"\nhash_key_file = \"secrets/hash.key\"");
  folder_.write("secrets/hash.key", std::string(32, 'k'));
  const Config config = load(text);
  EXPECT_EQ(named_files(config).back(), folder_ / "secrets/hash.key");
  const auto first = good(config);
  ASSERT_EQ(first->hash_key_versions.size(), 1U);
  EXPECT_EQ(first->hash_key_versions[0].first, "mail");
  RuntimeInputs inputs;
  inputs.previous = first.get();
  EXPECT_EQ(good(config, inputs)->masks, first->masks);
  folder_.write("secrets/hash.key", std::string(31, 'k') + "l");
  const auto other = good(config, inputs);
  EXPECT_NE(other->masks, first->masks);
  EXPECT_NE(other->hash_key_versions, first->hash_key_versions);
  for (const std::string keys : {"purpose = 'a'", "tenant = 'a'"})
    EXPECT_NE(good(load(replaced(text, "method = \"hash\"", "method = \"hash\"\n" + keys)), inputs)->masks_digest,
              other->masks_digest);
}

TEST_F(Compile, DifferentGuardsNeverShareADigest) {
  // The same characters, cut differently: a set must not be taken over for another.
  const auto with = [&](const std::string& patterns) {
    return good(load(replaced(kWhole, R"(patterns = ['\bdrop\s+table\b'])", "patterns = " + patterns)));
  };
  const auto one = with("['ab', 'c']"), two = with("['a', 'bc']"), three = with("['abc']");
  EXPECT_NE(one->guards_digest, two->guards_digest);
  EXPECT_NE(one->guards_digest, three->guards_digest);
  EXPECT_NE(two->guards_digest, three->guards_digest);
}

TEST_F(Compile, FetchedKeysComeInByIssuer) {
  RuntimeInputs inputs;
  inputs.fetched_keys = {nullptr, identity::KeySet::parse(kKeySet).value()};
  const auto snapshot = good(load(), inputs);
  EXPECT_NE(snapshot->issuers.issuers[0].keys, nullptr);
  EXPECT_EQ(snapshot->issuers.issuers[1].keys, inputs.fetched_keys[1]);
}

TEST_F(Compile, SecretsThatOthersMayReadAreRefused) {
  const Config config = load();
  ASSERT_NE(good(config), nullptr);
  for (const mode_t mode : {0640, 0604, 0660, 0601, 0700 | 010}) {
    chmod((folder_ / "secrets/chunker.key").c_str(), mode);
    EXPECT_EQ(code_of(config), Code::secret_mode) << mode;
  }
  chmod((folder_ / "secrets/chunker.key").c_str(), 0400);
  EXPECT_NE(good(config), nullptr);
  chmod((folder_ / "tls/key.pem").c_str(), 0644);
  EXPECT_EQ(code_of(config), Code::secret_mode);
}

TEST_F(Compile, LinksAreFollowedToRegularFilesOnly) {
  const Config config = load();
  const std::string path = folder_ / "secrets/chunker.key";
  folder_.write("secrets/real", "the-value\n");
  unlink(path.c_str());
  ASSERT_EQ(symlink("real", path.c_str()), 0);
  EXPECT_EQ(good(config)->origins[0].credential.reveal(), "Bearer the-value");
  chmod((folder_ / "secrets/real").c_str(), 0644);
  EXPECT_EQ(code_of(config), Code::secret_mode);
  unlink(path.c_str());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);  // must not hang
  EXPECT_EQ(code_of(config), Code::file);
  unlink(path.c_str());
  EXPECT_EQ(code_of(config), Code::file);
}

TEST_F(Compile, CredentialsMustFitAHeaderField) {
  const Config config = load();
  for (const std::string& content :
       {std::string("a\nb"), std::string("a\rX: y"), std::string("a\0b", 3), std::string("\xff"),
        std::string(" a"), std::string("a "), std::string("\n"), std::string("a\n\n")}) {
    folder_.write("secrets/chunker.key", content);
    EXPECT_EQ(code_of(config), Code::credential) << testing::PrintToString(content);
  }
  folder_.write("secrets/chunker.key", "");
  EXPECT_EQ(code_of(config), Code::file);
  folder_.write("secrets/chunker.key", std::string(17'000, 'x'));
  EXPECT_EQ(code_of(config), Code::file);
}

TEST_F(Compile, SystemdCredentials) {
  const std::string text =
      replaced(kWhole, "credential_file = \"secrets/chunker.key\"", "credential_name = \"chunker\"");
  const Config config = load(text);
  unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(code_of(config), Code::file);
  setenv("CREDENTIALS_DIRECTORY", "relative", 1);
  EXPECT_EQ(code_of(config), Code::file);
  setenv("CREDENTIALS_DIRECTORY", (folder_ / "given").c_str(), 1);
  EXPECT_EQ(code_of(config), Code::file);
  folder_.write("given/chunker", "from systemd", 0440);
  EXPECT_EQ(good(config)->origins[0].credential.reveal(), "Bearer from systemd");
  chmod((folder_ / "given/chunker").c_str(), 0444);
  EXPECT_EQ(code_of(config), Code::secret_mode);
  unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(Compile, AnEmptyTrustFileNeverMeansTheSystemsStore) {
  folder_.write("tls/empty.pem", "", 0644);
  EXPECT_EQ(code_of(load(replaced(kWhole, "trust_file = \"tls/cert.pem\"", "trust_file = \"tls/empty.pem\""))),
            Code::file);
}

TEST_F(Compile, WarnsOfACertificateThatEndsSoon) {
  folder_.write_certificate("tls/cert.pem", "tls/key.pem", wall_now() + 3 * Folder::kDay);
  RuntimeInputs inputs;
  inputs.now = wall_now();
  const Prepared prepared = prepare_text(kWhole, "gateway.toml", folder_.path(), inputs);
  ASSERT_TRUE(prepared.ok());
  bool warned = false;
  for (const Diagnostic& each : prepared.loaded.diagnostics) warned |= each.code == Code::certificate;
  EXPECT_TRUE(warned);
}

TEST_F(Compile, NamedFilesAreAllThatIsRead) {
  const std::vector<std::string> files = named_files(load());
  EXPECT_EQ(files, (std::vector<std::string>{folder_ / "tls/cert.pem", folder_ / "tls/key.pem",
                                             folder_ / "keys.json", folder_ / "secrets/chunker.key",
                                             folder_ / "tls/cert.pem"}));
}

TEST_F(Compile, ErrorsOfFilesAndOfTextComeInOneRun) {
  std::string text = replaced(kWhole, "groups = [\"readers\"]", "gruops = [\"readers\"]");
  text = replaced(text, "keys.json", "none.json");
  text = replaced(text, R"(\bdrop)", "(drop");
  const Prepared prepared = prepare_text(text, "gateway.toml", folder_.path(), {});
  EXPECT_FALSE(prepared.ok());
  std::vector<Code> codes;
  for (const Diagnostic& each : prepared.loaded.diagnostics)
    if (each.severity == Severity::error) codes.push_back(each.code);
  EXPECT_EQ(codes, (std::vector<Code>{Code::file, Code::pattern, Code::unknown_key}));
}

TEST(ReadFile, BoundsAndWipes) {
  Folder folder;
  folder.write("f", "12345678");
  EXPECT_EQ(read_file(folder / "f", {8, Access::any}).value(), "12345678");
  EXPECT_FALSE(read_file(folder / "f", {7, Access::any}).ok());
  EXPECT_FALSE(read_file(folder.path(), {8, Access::any}).ok());
  EXPECT_FALSE(read_file("/dev/zero", {8, Access::any}).ok());
  std::string secret = "a secret that is long enough for the heap";
  const char* const bytes = secret.data();
  const size_t size = secret.size();
  wipe(secret);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(std::string(bytes, size), std::string(size, '\0'));
}

}  // namespace
}  // namespace gatehouse::config
