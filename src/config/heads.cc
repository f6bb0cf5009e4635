// Who signs what was recorded, and who is told: [records] heads_key_file, head_interval, strict, witness.
#include "config/compile.h"
#include "config/files.h"
#include "config/read.h"
#include "record/keys.h"

namespace gatehouse::config {

void read_heads(const Table& table, const std::string& base_dir, RecordSettings& settings, Report& report) {
  settings.heads_key_file = read_path(table, "heads_key_file", base_dir);
  settings.witness = table.text("witness");
  settings.strict = table.boolean("strict");
  settings.head_interval = table.number("head_interval");
  if (settings.heads_key_file.value.empty()) {
    for (const char* name : {"witness", "strict"})   // defaults may be written down
      if (table.has(name) && (settings.strict || *name == 'w'))
        report.error(Code::together, table.place_of(name), "'" + std::string(name) + "' without heads_key_file",
                     "it is about signed heads, and nobody signs any");
    return;
  }
  const std::string& url = settings.witness.value;
  if (url.empty()) return;
  const bool odd = url.find_first_of("@# \"\\<>^`{|}") != std::string::npos;
  if (!https_or_loopback(url) || odd)
    report.error(Code::form, settings.witness.place, "'witness' is no URL that heads may be sent to",
                 "https://HOST/PATH, or http:// to a loopback address in figures");
}

std::shared_ptr<const crypto::PrivateKey> load_heads_key(const RecordSettings& settings, Report& report) {
  const Text& file = settings.heads_key_file;
  if (file.value.empty()) return nullptr;
  auto text = read_file(file.value, {record::kKeyLineMax, Access::owner_only});
  if (!text) {
    const bool open = text.error().code == Code::secret_mode;
    report.error(text.error().code, file.place,
                 (open ? "the secret file '" : "cannot read '") + file.value + "'" + (open ? " is not secret" : ""),
                 text.error().text).help = text.error().help;
    return nullptr;
  }
  const auto key = record::parse_key_secret(*text);
  wipe(*text);
  if (key && key->use == record::KeyUse::heads)
    return std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::from_ed25519_seed(key->bytes.reveal()));
  report.error(Code::credential, file.place, "the file is no key that signs heads:",
               key ? "it is one of " + std::string(record::key_use_name(key->use)) : "it " + key.error()).help =
      "gatehouse keys make heads --out " + file.value + " makes one";
  return nullptr;
}

}  // namespace gatehouse::config
