// `gatehouse keys`: pairs for records made and shown, and every key that a configuration uses.

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/clock.h"
#include "cli/complain.h"
#include "cli/exit_code.h"
#include "cli/keys_list.h"
#include "codec/base64url.h"
#include "config/json_text.h"
#include "config/nearest.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "record/keys_file.h"
#include "record/tenant.h"

namespace gatehouse::cli {
namespace {

constexpr ByteView kUses[] = {"operations", "auditor", "heads", "tenant", "hash", "tls"};

struct KeyOptions {
  std::string use, name, file, config;
  bool json = false;
};

record::KeyUse use_of(const std::string& word) {
  for (const record::KeyUse use : {record::KeyUse::operations, record::KeyUse::auditor, record::KeyUse::tenant})
    if (word == record::key_use_name(use)) return use;
  return record::KeyUse::heads;
}


/// next_step says what is to be done with a new pair.
std::string next_step(record::KeyUse use, const std::string& file) {
  switch (use) {
    case record::KeyUse::auditor:
      return "records.auditor_keys = [\"" + file + ".pub\"]; keep " + file +
             " off every gateway, and a copy of it where it cannot burn";
    case record::KeyUse::operations: return "records.operations_key = \"" + file + ".pub\"";
    case record::KeyUse::heads: return "records.heads_key_file = \"" + file + "\"; give " + file + ".pub to whoever verifies";
    case record::KeyUse::tenant: return {};
  }
  return {};
}

std::string id_of(const record::KeySecret& key) { return crypto::hex(record::tenant_digest(key.bytes)).substr(0, 16); }

/// make_tenant: a tenant's key has no public half.
int make_tenant(const KeyOptions& options, const std::string& name) {
  const record::KeySecret key = record::make_key(record::KeyUse::tenant, name);
  if (const auto made = record::write_secret(options.file, key); !made) return complain(kExitIo, made.error());
  const std::string file = config::printable(options.file);
  std::printf("tenant key %s, id %s\n  secret  %s (0600)\n"
              "  next    [[tenant]] name = \"%s\", key_file = \"%s\"; route.tenant = \"%s\"\n"
              "  erase   destroy all copies of it: nobody opens any more what it sealed\n",
              name.c_str(), id_of(key).c_str(), file.c_str(), name.c_str(), file.c_str(), name.c_str());
  return kExitOk;
}

/// make_other: keys that are of no record's form. What the gateway makes and changes by itself (tickets, keys of its own tokens) is
/// made by nobody else.
int make_other(const KeyOptions& options) {
  const bool hash = options.use == "hash";
  std::string text;
  if (hash) {
    std::array<char, 32> bytes{};
    crypto::random_bytes(bytes);
    text = codec::encode_base64url({bytes.data(), bytes.size()}) + "\n";
    crypto::wipe(ByteSpan(bytes));
  }
  const crypto::Secret secret = hash ? crypto::Secret(text) : crypto::PrivateKey::make_p256().to_pem();
  crypto::wipe(text);
  if (const auto made = record::write_secret(options.file, secret); !made) return complain(kExitIo, made.error());
  const std::string file = config::printable(options.file);
  std::printf("%s key\n  secret  %s (0600)\n  next    ", options.use.c_str(), file.c_str());
  if (hash) std::printf("mask.hash_key_file or records.digest_key_file = \"%s\"\n", file.c_str());
  else
    std::printf("a certificate for it, such as by openssl req -new -key %s -subj /CN=NAME -out request.pem\n"
                "          listener.certificate key_file = \"%s\"\n", file.c_str(), file.c_str());
  return kExitOk;
}

int make(const KeyOptions& options) {
  if (options.use == "hash" || options.use == "tls") return make_other(options);
  const std::string name = options.name.empty() ? std::filesystem::path(options.file).stem().string() : options.name;
  if (!record::key_name_fits(name))
    return complain(kExitUsage, "a key's name is made of a-z A-Z 0-9 . _ - @, at most 64 of them: give --name NAME");
  if (use_of(options.use) == record::KeyUse::tenant) return make_tenant(options, name);
  const auto made = record::write_key(options.file, record::make_key(use_of(options.use), name));
  if (!made) return complain(kExitIo, made.error());
  const std::string file = config::printable(options.file);
  std::printf("%s key %s, id %s\n  secret  %s (0600)\n  public  %s.pub\n  next    %s\n", options.use.c_str(), name.c_str(),
              key_id(*made).c_str(), file.c_str(), file.c_str(), next_step(made->use, file).c_str());
  return kExitOk;
}

int show_public(const KeyOptions& options) {
  const auto key = record::read_key_secret(options.file);
  if (!key) return complain(kExitNoInput, key.error());
  if (!key->has_public()) return complain(kExitUsage, "a tenant's key is one secret: it has no public half");
  std::fputs(record::format_key(record::public_half(*key)).c_str(), stdout);
  return kExitOk;
}

int list(const KeyOptions& options) {
  config::RuntimeInputs inputs;
  inputs.now = wall_now();
  inputs.tickets = tls::make_ticket_keys(nullptr);
  const config::Prepared prepared = config::prepare(options.config, inputs);
  if (!prepared.ok()) {
    for (const config::Diagnostic& each : prepared.loaded.diagnostics)
      if (each.severity == config::Severity::error) std::fprintf(stderr, "%s\n", config::render(each).c_str());
    return prepared.loaded.diagnostics.front().code == config::Code::unreadable ? kExitNoInput : kExitConfig;
  }
  const auto keys = keys_of(prepared.loaded, *prepared.snapshot);
  std::fputs((options.json ? keys_json(keys) : keys_text(keys)).c_str(), stdout);
  return kExitOk;
}

void add_make(Command keys) {
  auto options = std::make_shared<KeyOptions>();
  const Command command = keys.add_subcommand("make", "Make a key: a secret file (0600) and FILE.pub beside it");
  command.add_option("use", options->use, "What it is for: " + config::listed(kUses), "USE").required().one_of(kUses);
  command.add_option("--out", options->file, "The secret half's new file", "FILE").required();
  command.add_option("--name", options->name,
                     "What records call it (a tenant's: the tenant); default: the file's base name", "NAME");
  command.footer(
      "An auditor's key opens all of a record, an operations key what clients got; a heads key signs what was written;\n"
      "a tenant's key, which has no public half, is needed beside these for what is recorded of that tenant.\n"
      "hash: for mask.hash_key_file or records.digest_key_file. tls: a listener's (P-256, PEM), to be certified.\n"
      "Keys of TLS tickets and of the gateway's own tokens are made and changed by the gateway.\n"
      "Make an auditor's key on the auditor's own machine: its secret half is for no gateway.\n\n"
      "Examples:\n"
      "  gatehouse keys make auditor --name ann --out ann.key\n"
      "  gatehouse keys make operations --out operations.key");
  command.runs([options] { return make(*options); });
}

}  // namespace

void add_keys(Command app) {
  const Command keys = app.add_subcommand("keys", "Keys that records are sealed and signed with, and all others in use");
  keys.require_subcommand();
  keys.footer(
      "Examples:\n"
      "  gatehouse keys make auditor --name ann --out ann.key\n"
      "  gatehouse keys list --config gateway.toml");
  add_make(keys);
  auto listed = std::make_shared<KeyOptions>();
  const Command all = keys.add_subcommand("list", "Every key that a configuration uses: where, who reads it, how it is changed");
  all.add_option("-c,--config", listed->config, "The gateway's configuration file", "FILE").required();
  all.add_flag("--json", listed->json, "As JSON");
  all.footer("No secret is shown.\n\nExamples:\n  gatehouse keys list --config gateway.toml");
  all.runs([listed] { return list(*listed); });
  auto shown = std::make_shared<KeyOptions>();
  const Command show = keys.add_subcommand("show-public", "The public half of a secret key");
  show.add_option("file", shown->file, "The secret half's file", "FILE").required();
  show.footer("Examples:\n  gatehouse keys show-public ann.key > ann.key.pub");
  show.runs([shown] { return show_public(*shown); });
}

}  // namespace gatehouse::cli
