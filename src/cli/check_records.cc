// Who can open what is recorded, and what nobody can prove.
#include "cli/check_report.h"
#include "cli/keys_list.h"
#include "config/json_text.h"
#include "crypto/digest.h"
#include "record/sealing.h"

namespace gatehouse::cli {
namespace {

using record::KeyPublic;
using record::KeyUse;

std::string id_of(const record::TenantKey& tenant) { return crypto::hex(tenant.digest).substr(0, 16); }

/// names_of lists the recipients of one use: "ann (0123456789abcdef)".
std::string names_of(const record::Sealing& sealing, KeyUse use) {
  std::string out;
  for (const KeyPublic& key : sealing.recipients)
    if (key.use == use) out += (out.empty() ? "" : ", ") + key.name + " (" + key_id(key) + ")";
  return out;
}

/// signer names the key that signs heads; empty: nobody does.
std::string signer(const config::Snapshot& snapshot) {
  if (snapshot.heads_key == nullptr) return {};
  return crypto::hex(crypto::sha256(snapshot.heads_key->public_key().parts().first)).substr(0, 16);
}

std::string signing_text(const config::Snapshot& snapshot) {
  const std::string key = signer(snapshot);
  if (key.empty())
    return "signing  none: whoever can write the files can change, cut and set them back unseen (records.heads_key_file)\n";
  return "signing  heads by key " + key + "\n";
}

}  // namespace

std::string records_text(const config::Snapshot& snapshot) {
  const record::Sealing& sealing = snapshot.sealing;
  if (!sealing.on())
    return "sealing  none: whoever reads the files reads everything, and can change it (records.auditor_keys)\n" +
           signing_text(snapshot);
  const std::string operations = names_of(sealing, KeyUse::operations);
  std::string tenants;
  for (const auto& tenant : snapshot.tenants)
    tenants += (tenants.empty() ? "\n  on their routes it takes a tenant's key besides: " : ", ") + tenant->name + " (" +
               id_of(*tenant) + ")";
  return "sealing  " +
         std::string(sealing.sealed == record::Sealed::all ? "paths, heads, bodies and who called"
                                                           : "paths, heads and bodies; who called is in clear") +
         "\n  all of it opens with the key of " + names_of(sealing, KeyUse::auditor) + "\n  what clients got " +
         (operations.empty() ? "opens with no other key (records.operations_key)"
                             : "opens with the key of " + operations + ", too") +
         tenants + "\n" + signing_text(snapshot);
}

std::string records_json(const config::Snapshot& snapshot) {
  const record::Sealing& sealing = snapshot.sealing;
  std::string out = "\"sealing\":{\"sealed\":\"";
  out += !sealing.on() ? "none" : sealing.sealed == record::Sealed::all ? "all" : "content";
  out += "\",\"recipients\":[";
  for (const KeyPublic& key : sealing.recipients) {
    out += out.back() == '[' ? "{\"use\":\"" : ",{\"use\":\"";
    out += std::string(record::key_use_name(key.use)) + "\",\"name\":";
    config::append_json(out, key.name);
    out += ",\"id\":\"" + key_id(key) + "\"}";
  }
  out += "],\"tenants\":[";
  for (const auto& tenant : snapshot.tenants) {
    out += out.back() == '[' ? "{\"name\":" : ",{\"name\":";
    config::append_json(out, tenant->name);
    out += ",\"id\":\"" + id_of(*tenant) + "\"}";
  }
  return out + "]},\"heads_key\":\"" + signer(snapshot) + "\"";
}

}  // namespace gatehouse::cli
