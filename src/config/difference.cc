#include "config/difference.h"

#include <set>

#include "config/json_text.h"
#include "config/reference.h"
#include "crypto/digest.h"

namespace gatehouse::config {
namespace {

struct Section {
  ByteView table;
  ByteView section;
};
constexpr Section kTables[] = {{"rule", "rules"},     {"mask", "masks"},     {"detector", "detectors"}, {"guard", "guards"},
                               {"issuer", "issuers"}, {"saml", "saml"}, {"origin", "origins"}, {"route", "routes"},
                               {"listener", "listeners"}, {"tenant", "tenants"}};
constexpr ByteView kSettings = "settings";

using Named = std::map<std::string, std::map<std::string, std::string>>;

constexpr ByteView kCertificate = "listener.certificate";   // a section of its own

/// add_values adds a table's values, and those of tables in it as "inner.key" or "inner[0].key".
void add_values(const Table& table, const std::string& before, std::map<std::string, std::string>& out) {
  for (const Key& key : keys()) {
    if (key.parent() != table.key->path || key.path == kCertificate) continue;
    const std::string name = before + std::string(key.name());
    if (!key.is_table()) {
      out[name] = value_text(table, key);
      continue;
    }
    const std::vector<const Table*> inner = table.all(key.name());
    for (size_t i = 0; i < inner.size(); ++i)
      add_values(*inner[i], name + (key.type == Type::tables ? "[" + std::to_string(i) + "]." : "."), out);
  }
}

std::string digest_text(const Snapshot::Digest& digest) {
  return digest == Snapshot::Digest{} ? "" : crypto::hex(digest);
}

/// words writes "a, b (keys)".
template <typename List, typename Word>
std::string words(const List& list, Word word) {
  std::string text;
  for (const auto& each : list) text += (text.empty() ? "" : ", ") + word(each);
  return text;
}

std::string changed_text(const Difference::Changed& one) {
  if (!one.to.empty()) return printable(one.name) + " (" + printable(one.from) + " -> " + printable(one.to) + ")";
  return printable(one.name) + " (" + words(one.keys, [](const std::string& key) { return key; }) + ")";
}

void append_list(std::string& out, const char* name, const std::vector<std::string>& list) {
  out += std::string("\"") + name + "\":[";
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ',';
    append_json(out, list[i]);
  }
  out += ']';
}

/// compare fills one section; false when nothing differs.
bool compare(const Named& old, const Named& fresh, Difference& out) {
  for (const auto& [name, values] : fresh) {
    const auto before = old.find(name);
    if (before == old.end()) {
      out.added.push_back(name);
      continue;
    }
    Difference::Changed changed{name, {}, {}, {}};
    for (const auto& [key, value] : values) {
      const auto was = before->second.find(key);
      if (was != before->second.end() && was->second == value) continue;
      changed.keys.push_back(key);
      if (out.section == kSettings) changed.from = was != before->second.end() ? was->second : "", changed.to = value;
    }
    for (const auto& [key, value] : before->second)   // of a table in it that is gone
      if (!values.contains(key)) changed.keys.push_back(key);
    if (!changed.keys.empty()) out.changed.push_back(std::move(changed));
  }
  for (const auto& [name, values] : old)
    if (!fresh.contains(name)) out.removed.push_back(name);
  return !out.added.empty() || !out.changed.empty() || !out.removed.empty();
}

}  // namespace

Inventory inventory_of(const Table& tree, const Snapshot& snapshot) {
  Inventory all;
  for (const Section& section : kTables) {
    Named& named = all[std::string(section.section)];
    for (const Table* table : tree.all(section.table)) add_values(*table, "", named[table->text("name").value]);
  }
  Named& settings = all[std::string(kSettings)];
  for (const Key& table : keys()) {
    if (table.type != Type::table || !table.parent().empty()) continue;
    std::map<std::string, std::string> values;
    add_values(tree.one(table.path), std::string(table.path) + ".", values);
    for (auto& [key, value] : values) settings[key]["value"] = std::move(value);
  }
  for (size_t i = 0; i < snapshot.issuers.issuers.size(); ++i)
    all["issuers"][snapshot.issuers.issuers[i].name]["keys"] = digest_text(snapshot.keys_digests[i]);
  for (size_t i = 0; i < snapshot.metadata_digests.size(); ++i)
    all["saml"][snapshot.saml->issuers[i].name]["metadata"] = digest_text(snapshot.metadata_digests[i]);
  for (const record::KeyPublic& key : snapshot.sealing.recipients)
    settings[(key.use == record::KeyUse::auditor ? "records.auditor_keys: " : "records.operations_key: ") + key.name]["value"] =
        crypto::hex(record::key_digest(key)).substr(0, 16);
  if (snapshot.heads_key != nullptr)
    settings["records.heads_key_file: key"]["value"] =
        crypto::hex(crypto::sha256(snapshot.heads_key->public_key().parts().first)).substr(0, 16);
  for (const Origin& origin : snapshot.origins) {
    auto& values = all["origins"][origin.name];
    values["credential"] = origin.credential_version;
    values["trust"] = origin.trust_version;
  }
  for (const Listener& listener : snapshot.listeners)
    all["listeners"][listener.name]["clients.content"] =
        listener.clients == nullptr ? "" : crypto::hex(listener.clients->trust->digest());
  for (const auto& tenant : snapshot.tenants)
    all["tenants"][tenant->name]["key"] = crypto::hex(tenant->digest).substr(0, 16);
  for (const auto& [name, version] : snapshot.hash_key_versions) all["masks"][name]["hash_key"] = version;
  Named& certificates = all["certificates"];
  for (const Snapshot::Certificate& one : snapshot.certificates) {
    auto& values = certificates[one.listener + ": " + one.chain_file];
    values["key_file"] = one.key_file;
    values["content"] = digest_text(one.digest);
    values["order"] = std::to_string(one.place);   // the first is the default
  }
  return all;
}

std::vector<Difference> difference(const Inventory& old, const Inventory& fresh) {
  std::vector<Difference> all;
  for (const ByteView section : kSections) {
    const std::string name(section);
    Difference one;
    one.section = name;
    const auto before = old.find(name), after = fresh.find(name);
    static const Named kNone;
    if (compare(before != old.end() ? before->second : kNone, after != fresh.end() ? after->second : kNone, one))
      all.push_back(std::move(one));
  }
  return all;
}

std::string describe_difference(const std::vector<Difference>& all) {
  std::string text;
  for (const Difference& one : all) {
    std::string line;
    const auto part = [&line](const char* what, const std::string& names) {
      if (!names.empty()) line += (line.empty() ? "" : "; ") + std::string(what) + " " + names;
    };
    const auto plain = [](const std::string& name) { return printable(name); };
    part("added", words(one.added, plain));
    part("changed", words(one.changed, changed_text));
    part("removed", words(one.removed, plain));
    text += one.section + std::string(14 - one.section.size(), ' ') + line + "\n";
  }
  return text;
}

std::string difference_json(const std::vector<Difference>& all) {
  std::string out = "{";
  for (const Difference& one : all) {
    if (out.size() > 1) out += ',';
    append_json(out, one.section);
    out += ":{";
    append_list(out, "added", one.added);
    out += ",\"changed\":[";
    for (size_t i = 0; i < one.changed.size(); ++i) {
      const Difference::Changed& changed = one.changed[i];
      out += i > 0 ? ",{\"name\":" : "{\"name\":";
      append_json(out, changed.name);
      out += ',';
      append_list(out, "keys", changed.keys);
      if (!changed.to.empty()) {
        out += ",\"from\":";
        append_json(out, changed.from);
        out += ",\"to\":";
        append_json(out, changed.to);
      }
      out += '}';
    }
    out += "],";
    append_list(out, "removed", one.removed);
    out += '}';
  }
  return out + "}";
}

}  // namespace gatehouse::config
