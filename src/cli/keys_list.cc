#include "cli/keys_list.h"

#include "config/json_text.h"
#include "config/keys.h"
#include "crypto/digest.h"
#include "record/tenant.h"

namespace gatehouse::cli {
namespace {

constexpr const char* kService = "the gateway, at start and reload; root";

void add_transport(const config::Config& config, std::vector<KeyRow>& keys) {
  for (const config::ListenerSettings& listener : config.listeners)
    for (const config::CertificateSettings& certificate : listener.certificates)
      keys.push_back({"TLS key of listener " + listener.name.value, certificate.key_file.value, "", kService,
                      "replace both files, certificate and key; the gateway sees it and reloads",
                      "gone: no start until there is another. Stolen: whoever has it can pose as this gateway until the "
                      "certificate is revoked or ends"});
  if (!config.listeners.empty())
    keys.push_back({"TLS tickets", "in memory alone", "", "the workers", "by itself, every 6 hours and at each start",
                    "gone: clients make a whole handshake. Stolen: resumed connections of at most two hours"});
  for (const config::OriginSettings& origin : config.origins) {
    const bool named = !origin.credential_name.value.empty();
    if (!named && origin.credential_file.value.empty()) continue;
    keys.push_back({"credential for origin " + origin.name.value,
                    named ? "systemd credential " + origin.credential_name.value : origin.credential_file.value, "", kService,
                    "the origin's owner gives another one; replace the file, the gateway sees it",
                    "gone: the origin refuses. Stolen: whoever reaches the origin passes this gateway by"});
  }
}

void add_callers(const config::Config& config, std::vector<KeyRow>& keys) {
  if (config.token_exchange.enabled())
    keys.push_back({"keys of the gateway's own tokens", config.gateway.state_dir.value + " (the store)", "",
                    "the gateway", "by itself (token_exchange.rotation)",
                    "gone: tokens of the last hours are refused. Stolen: tokens for anybody, until the key is changed"});
  keys.push_back({"API keys of callers", config.gateway.state_dir.value + " (digests only)", "",
                  "the gateway; callers have the keys", "gatehouse api-keys create, then expire",
                  "gone: its caller needs a new one. Stolen: gatehouse api-keys revoke"});
}

void add_masks(const config::Config& config, std::vector<KeyRow>& keys) {
  for (const config::MaskSettings& mask : config.masks)
    if (!mask.hash_key_file.value.empty())
      keys.push_back({"hash key of mask " + mask.name.value, mask.hash_key_file.value, "", kService,
                      "replace the file: the same value then hashes to something else",
                      "gone: hashes of before are never made again. Stolen: guessed values can be tried"});
}

void add_records(const config::Config& config, const config::Snapshot& snapshot, std::vector<KeyRow>& keys) {
  size_t auditor = 0;
  for (const record::KeyPublic& key : snapshot.sealing.recipients) {
    const bool auditors = key.use == record::KeyUse::auditor;
    keys.push_back(
        {std::string(record::key_use_name(key.use)) + " key " + key.name + ", public half",
         auditors ? config.records.auditor_keys[auditor++].value : config.records.operations_key.value, key_id(key),
         "everybody may",
         auditors ? "make another pair, name it in records.auditor_keys; keep the old secret half as long as its records, or "
                    "gatehouse records rewrap"
                  : "make another pair, name it in records.operations_key; keep the old secret half as long as its records",
         "gone: made again from the secret half (gatehouse keys show-public)"});
    keys.push_back({std::string(record::key_use_name(key.use)) + " key " + key.name + ", secret half",
                    auditors ? "with the auditor, never on a gateway" : "with whoever runs the gateway, if they shall read answers",
                    key_id(key), auditors ? "the auditor alone" : "operators",
                    "as the public half", auditors
                        ? "gone: with no other auditor's key, what was sealed is lost for good. Stolen: all records it was made "
                          "for can be read"
                        : "gone: auditors still open everything. Stolen: what clients got can be read, not what was masked"});
  }
  if (snapshot.sealing.on())
    keys.push_back({"keys that seal records", "in memory alone; wrapped for the above in each segment's first record", "",
                    "the workers", "by itself, with each segment",
                    "gone: nothing, they are wrapped. Stolen from memory: one segment"});
}

/// add_digests: of what rules with record = "masked" or "digest" do not keep, and of bodies in a content coding.
void add_digests(const config::Config& config, const config::Snapshot& snapshot, std::vector<KeyRow>& keys) {
  const std::string& file = config.records.digest_key_file.value;
  if (file.empty() && snapshot.digest_key == nullptr) return;
  const bool kept = !file.empty();
  keys.push_back({"key of digests in records", kept ? file : "in memory alone", "", kept ? kService : "the workers",
                  kept ? "replace the file: the same value then has another digest"
                       : "by itself, with each start; records.digest_key_file keeps one",
                  kept ? "gone: digests of before are never made again. Stolen: guessed values can be tried"
                       : "gone with the process: its digests compare with each other alone. Stolen from memory: guessed values can "
                         "be tried"});
}

void add_tenants(const config::Config& config, const config::Snapshot& snapshot, std::vector<KeyRow>& keys) {
  for (size_t i = 0; i < snapshot.tenants.size(); ++i)
    keys.push_back({"key of tenant " + snapshot.tenants[i]->name, config.tenants[i].key_file.value,
                    crypto::hex(snapshot.tenants[i]->digest).substr(0, 16),
                    std::string(kService) + "; whoever reads this tenant's records, beside an auditor's or the operations key",
                    "make another (gatehouse keys make tenant), replace the file; keep the old one as long as its records are "
                    "to be read",
                    "gone, all copies: what it sealed is erased, for auditors too, and the gateway does not start until the "
                    "tenant has another key or is taken out. Stolen: nothing without an auditor's or the operations key"});
}

void add_heads(const config::Loaded& loaded, std::vector<KeyRow>& keys) {
  const config::Table& records = loaded.tree.one("records");
  if (config::find_key("records.heads_key_file") == nullptr || !records.has("heads_key_file")) return;
  keys.push_back({"heads key", records.text("heads_key_file").value, "", kService,
                  "make another pair (gatehouse keys make heads) and name it; verifiers keep the old public half for what "
                  "it signed",
                  "gone: nothing, make another. Stolen: heads can be signed for records that were changed; a witness still has "
                  "the true ones"});
}

}  // namespace

std::string key_id(const record::KeyPublic& key) { return crypto::hex(record::key_digest(key)).substr(0, 16); }

std::vector<KeyRow> keys_of(const config::Loaded& loaded, const config::Snapshot& snapshot) {
  const config::Config& config = loaded.config;
  std::vector<KeyRow> keys;
  add_transport(config, keys);
  add_callers(config, keys);
  add_masks(config, keys);
  add_records(config, snapshot, keys);
  add_digests(config, snapshot, keys);
  add_tenants(config, snapshot, keys);
  add_heads(loaded, keys);
  return keys;
}

std::string keys_text(const std::vector<KeyRow>& keys) {
  std::string out;
  for (const KeyRow& key : keys) {
    const auto line = [&out](const char* name, const std::string& text) {
      if (!text.empty()) out += "  " + std::string(name) + config::printable(text) + "\n";
    };
    out += config::printable(key.what) + "\n";
    line("where   ", key.where);
    line("id      ", key.id);
    line("readers ", key.readers);
    line("rotate  ", key.rotate);
    line("loss    ", key.loss);
  }
  return out;
}

std::string keys_json(const std::vector<KeyRow>& keys) {
  std::string out = "[";
  for (const KeyRow& key : keys) {
    const auto field = [&out](const char* name, const std::string& text) {
      out += (out.back() == '{' ? "\"" : ",\"") + std::string(name) + "\":";
      config::append_json(out, text);
    };
    out += out.size() > 1 ? ",{" : "{";
    field("key", key.what);
    field("where", key.where);
    field("id", key.id);
    field("readers", key.readers);
    field("rotate", key.rotate);
    field("loss", key.loss);
    out += "}";
  }
  return out + "]\n";
}

}  // namespace gatehouse::cli
