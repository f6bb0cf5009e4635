// For whom records are sealed: key files named well and badly.
#include <gtest/gtest.h>

#include "config/compile.h"
#include "config/difference.h"
#include "folder.h"
#include "record/keys.h"

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

}  // namespace
}  // namespace gatehouse::config
