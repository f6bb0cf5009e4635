// For whom records are sealed: key files named well and badly.
#include <gtest/gtest.h>

#include <filesystem>

#include "config/compile.h"
#include "config/difference.h"
#include "folder.h"
#include "record/keys.h"
#include "record/tenant.h"

namespace gatehouse::config {
namespace {

using record::KeyUse;

struct SealingFolder : Folder {
  record::KeySecret ann = record::make_key(KeyUse::auditor, "ann"), max = record::make_key(KeyUse::auditor, "max"),
                    host = record::make_key(KeyUse::operations, "host");

  SealingFolder() {
    write("ann.pub", record::format_key(record::public_half(ann)));
    write("max.pub", record::format_key(record::public_half(max)));
    write("host.pub", record::format_key(record::public_half(host)));
    write("ann.key", std::string(record::format_key(ann).reveal()));
    write("rubbish", "no key\n");
  }
  /// load gives what [records] with these lines comes to, and its complaints.
  record::Sealing load(const std::string& lines, std::string* said) {
    const std::string text = "[records]\n" + lines +
                             "\n[[listener]]\nname = 'main'\naddress = '127.0.0.1:8080'\n"
                             "[[issuer]]\nname = 'i'\nurl = 'http://127.0.0.1:9800'\naudiences = ['a']\n"
                             "jwks_url = 'http://127.0.0.1:9800/k'\n"
                             "[[origin]]\nname = 'o'\naddress = '127.0.0.1:9700'\n"
                             "[[rule]]\nname = 'r'\neffect = 'allow'\ngroups = ['g']\norigin = 'o'\n";
    const Prepared prepared = prepare_text(text, "f", path(), {});
    said->clear();
    for (const Diagnostic& each : prepared.loaded.diagnostics)
      if (each.code == Code::unsealed || each.severity == Severity::error) *said += render(each) + "\n";
    return prepared.ok() ? prepared.snapshot->sealing : record::Sealing{};
  }
};

TEST(RecordSealing, IsForTheNamedKeysInTheirOrder) {
  SealingFolder folder;
  std::string said;
  const auto sealing = folder.load("auditor_keys = ['ann.pub', 'max.pub']\noperations_key = 'host.pub'\nsealed = 'all'", &said);
  EXPECT_EQ(said, "");
  const std::vector<record::KeyPublic> expected{public_half(folder.ann), public_half(folder.max), public_half(folder.host)};
  EXPECT_EQ(sealing.recipients, expected);
  EXPECT_EQ(sealing.sealed, record::Sealed::all);
}

TEST(RecordSealing, IsWarnedAboutWhenItIsOff) {
  SealingFolder folder;
  std::string said;
  EXPECT_FALSE(folder.load("", &said).on());
  EXPECT_NE(said.find("records are not sealed"), std::string::npos);
}

TEST(RecordSealing, RefusesWhatIsNoKeyForIt) {
  SealingFolder folder;
  const std::pair<const char*, const char*> cases[] = {
      {"auditor_keys = ['ann.key']", "is a secret key"},
      {"auditor_keys = ['rubbish']", "is no key"},
      {"auditor_keys = ['host.pub']", "for another use"},
      {"auditor_keys = ['ann.pub', 'ann.pub']", "stands twice"},
      {"auditor_keys = ['nowhere.pub']", "cannot read the key"},
      {"auditor_keys = ['ann.pub']\noperations_key = 'max.pub'", "for another use"},
      {"operations_key = 'host.pub'", "without auditor_keys"},
      {"sealed = 'all'", "without auditor_keys"},
      {"auditor_keys = []", "auditor_keys"},
  };
  for (const auto& [lines, why] : cases) {
    std::string said;
    EXPECT_FALSE(folder.load(lines, &said).on()) << lines;
    EXPECT_NE(said.find(why), std::string::npos) << lines << "\n" << said;
    EXPECT_EQ(said.find(record::format_key(folder.ann).reveal().substr(27, 12)), std::string::npos) << "no secret is printed";
  }
}

TEST(RecordSealing, ItsFilesAreWatched) {
  SealingFolder folder;
  RecordSettings settings;
  settings.auditor_keys = {{"a.pub", {}}, {"b.pub", {}}};
  settings.operations_key = {"o.pub", {}};
  Config config;
  config.records = settings;
  EXPECT_EQ(named_files(config), (std::vector<std::string>{"a.pub", "b.pub", "o.pub"}));
}

/// TenantFolder has two tenants' keys, and routes that name them.
struct TenantFolder : SealingFolder {
  record::KeySecret acme = record::make_key(KeyUse::tenant, "acme"), globex = record::make_key(KeyUse::tenant, "globex");

  TenantFolder() {
    for (const auto& [name, key] : {std::pair{"acme.key", &acme}, std::pair{"globex.key", &globex}, std::pair{"ann.key", &ann}})
      write(name, std::string(record::format_key(*key).reveal()));
  }
  Prepared prepare(const std::string& records, const std::string& tenants, const std::string& route) {
    return prepare_text("[records]\n" + records + tenants +
                            "[[listener]]\nname = 'main'\naddress = '127.0.0.1:8080'\n"
                            "[[issuer]]\nname = 'i'\nurl = 'http://127.0.0.1:9800'\naudiences = ['a']\n"
                            "jwks_url = 'http://127.0.0.1:9800/k'\n"
                            "[[origin]]\nname = 'o'\naddress = '127.0.0.1:9700'\n"
                            "[[route]]\nname = 'first'\npath = '/'\norigin = 'o'\n" + route +
                            "[[rule]]\nname = 'r'\neffect = 'allow'\ngroups = ['g']\n",
                        "f", path(), {});
  }
};

const std::string kSealed = "auditor_keys = ['ann.pub']\n";
std::string tenant(const std::string& name, const std::string& file) {
  return "[[tenant]]\nname = '" + name + "'\nkey_file = '" + file + "'\n";
}

std::string said_by(const Prepared& prepared, Severity least) {
  std::string said;
  for (const Diagnostic& each : prepared.loaded.diagnostics)
    if (each.severity == Severity::error || least != Severity::error) said += render(each) + "\n";
  return said;
}

TEST(Tenants, AreTheirRoutesAndTheirKeysAreWatched) {
  TenantFolder folder;
  const Prepared prepared = folder.prepare(kSealed, tenant("acme", "acme.key") + tenant("globex", "globex.key"),
                                           "tenant = 'globex'\n[[route]]\nname = 'second'\npath = '/b'\norigin = 'o'\n");
  ASSERT_TRUE(prepared.ok()) << said_by(prepared, Severity::error);
  EXPECT_NE(said_by(prepared, Severity::warning).find("no route uses the tenant 'acme'"), std::string::npos);
  const auto& routes = prepared.snapshot->routes;
  ASSERT_EQ(routes.size(), 2u);
  ASSERT_NE(routes[0].tenant, nullptr);
  EXPECT_EQ(routes[0].tenant->name, "globex");
  EXPECT_TRUE(routes[0].tenant->secret.equals(folder.globex.bytes.reveal()));
  EXPECT_EQ(routes[1].tenant, nullptr);
  const auto files = named_files(prepared.loaded.config);
  EXPECT_NE(std::find(files.begin(), files.end(), folder.path() + "/acme.key"), files.end());
  const Inventory inventory = inventory_of(prepared.loaded.tree, *prepared.snapshot);
  EXPECT_EQ(inventory.at("tenants").at("globex").at("key").size(), 16u);
  EXPECT_EQ(inventory.at("routes").at("first").at("tenant"), "\"globex\"");
}

TEST(Tenants, NothingIsRecordedWithoutAKeyThatIsDemanded) {
  TenantFolder folder;
  struct Case {
    std::string records, tenants, route;
    const char* why;
  };
  const std::string acme = tenant("acme", "acme.key");
  const Case cases[] = {
      {"", acme, "tenant = 'acme'\n", "without records.auditor_keys"},
      {kSealed, tenant("acme", "nowhere.key"), "tenant = 'acme'\n", "nowhere.key"},
      {kSealed, tenant("acme", "rubbish"), "", "rubbish"},
      {kSealed, tenant("acme", "ann.key"), "", "no tenant's key"},
      {kSealed, tenant("acme", "globex.key"), "", "of 'globex'"},
      {kSealed, acme + acme, "", "acme"},
      {kSealed, acme, "tenant = 'acne'\n", "did you mean"},
      {kSealed, "[[tenant]]\nname = 'acme'\n", "", "key_file"},
  };
  for (const Case& each : cases) {
    const Prepared prepared = folder.prepare(each.records, each.tenants, each.route);
    EXPECT_FALSE(prepared.ok()) << each.why;
    const std::string said = said_by(prepared, Severity::error);
    EXPECT_NE(said.find(each.why), std::string::npos) << each.why << "\n" << said;
    EXPECT_EQ(said.find(record::format_key(folder.acme).reveal().substr(27, 12)), std::string::npos) << "no secret is printed";
  }
  std::filesystem::permissions(folder.path() + "/acme.key", std::filesystem::perms::owner_read | std::filesystem::perms::others_read);
  EXPECT_FALSE(folder.prepare(kSealed, acme, "tenant = 'acme'\n").ok()) << "others may read it";
}

TEST(Tenants, OneSecretIsOneTenants) {
  TenantFolder folder;
  const record::KeySecret same{KeyUse::tenant, "globex", folder.acme.bytes.copy()};
  folder.write("same.key", std::string(record::format_key(same).reveal()));
  const Prepared prepared = folder.prepare(kSealed, tenant("acme", "acme.key") + tenant("globex", "same.key"), "");
  EXPECT_FALSE(prepared.ok());
  EXPECT_NE(said_by(prepared, Severity::error).find("have one secret"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::config
