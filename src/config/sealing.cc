// For whom records are sealed: [records] auditor_keys, operations_key, sealed, and the key files that they name.
#include <algorithm>

#include "config/compile.h"
#include "config/files.h"
#include "config/read.h"
#include "record/sealing.h"

namespace gatehouse::config {
namespace {

/// load_key reads one file into `sealing`; complains where it is named.
void load_key(const Text& file, record::KeyUse use, record::Sealing& sealing, Report& report) {
  const auto refuse = [&](Code code, const std::string& what, const std::string& why) -> Diagnostic& {
    return report.error(code, file.place, what + " '" + file.value + "'", why);
  };
  const auto text = read_file(file.value, {record::kKeyLineMax, Access::any});
  if (!text) {
    refuse(text.error().code, "cannot read the key", text.error().text).help = text.error().help;
    return;
  }
  const auto key = record::parse_key_public(*text);
  if (!key) {
    refuse(Code::credential, "the file is no public key:", "it " + key.error()).help =
        "gatehouse keys make " + std::string(record::key_use_name(use)) + " makes a pair; the public half is the file "
        "that ends in .pub";
    return;
  }
  if (key->use != use) {
    refuse(Code::credential, "the key is for another use:", "it is one of " + std::string(record::key_use_name(key->use)));
    return;
  }
  const auto same = [&](const record::KeyPublic& other) {
    return other.bytes == key->bytes || (other.use == use && other.name == key->name);
  };
  if (std::any_of(sealing.recipients.begin(), sealing.recipients.end(), same)) {
    refuse(Code::duplicate, "the key, or its name, stands twice:", "'" + key->name + "' is named already");
    return;
  }
  sealing.recipients.push_back(*key);
}

}  // namespace

void read_sealing(const Table& table, const std::string& base_dir, RecordSettings& settings, Report& report) {
  for (const Text& text : table.list("auditor_keys")) settings.auditor_keys.push_back(resolve_path(text, base_dir));
  settings.operations_key = read_path(table, "operations_key", base_dir);
  settings.sealed = table.text("sealed").value == "all" ? record::Sealed::all : record::Sealed::content;
  if (!settings.auditor_keys.empty()) return;
  for (const char* name : {"operations_key", "sealed"})   // the default of `sealed` may be written down
    if (table.has(name) && table.text(name).value != "content")
      report.error(Code::together, table.place_of(name), "'" + std::string(name) + "' without auditor_keys",
                   "nothing is sealed as long as no auditor can open it");
  report.warn(Code::unsealed, {}, "records are not sealed: files are 0600").help =
      "whoever reads the records' folder reads bodies and identities; records.auditor_keys names who alone shall";
}

record::Sealing load_sealing(const RecordSettings& settings, Report& report) {
  record::Sealing sealing;
  sealing.sealed = settings.sealed;
  for (const Text& file : settings.auditor_keys) load_key(file, record::KeyUse::auditor, sealing, report);
  if (!settings.operations_key.value.empty() && !settings.auditor_keys.empty())
    load_key(settings.operations_key, record::KeyUse::operations, sealing, report);
  return sealing;
}

}  // namespace gatehouse::config
