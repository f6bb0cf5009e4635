// [[tenant]]: whose exchanges are sealed with a secret of their own, too, and the routes that make an exchange one's.
#include <algorithm>

#include "config/compile.h"
#include "config/files.h"
#include "config/read.h"
#include "record/tenant.h"

namespace gatehouse::config {
namespace {

using TenantRef = std::shared_ptr<const record::TenantKey>;

/// load_key reads a tenant's secret; null after a complaint.
TenantRef load_key(const TenantSettings& settings, Report& report) {
  const auto refuse = [&](Code code, const std::string& what, const std::string& why) -> Diagnostic& {
    return report.error(code, settings.key_file.place, what + " '" + settings.key_file.value + "'", why);
  };
  auto text = read_file(settings.key_file.value, {record::kKeyLineMax, Access::owner_only});
  if (!text) {
    refuse(text.error().code, "cannot read the key of tenant '" + settings.name.value + "':", text.error().text).help =
        text.error().help;
    return nullptr;
  }
  auto key = record::parse_key_secret(*text);
  wipe(*text);
  if (!key || key->use != record::KeyUse::tenant) {
    refuse(Code::credential, "the file is no tenant's key:",
           key ? "it is one of " + std::string(record::key_use_name(key->use)) : "it " + key.error()).help =
        "gatehouse keys make tenant --name " + settings.name.value + " makes one";
    return nullptr;
  }
  if (key->name != settings.name.value) {
    refuse(Code::credential, "the key is another tenant's:", "it is of '" + key->name + "'").help =
        "a key's name is what records and readers know the tenant by";
    return nullptr;
  }
  return record::make_tenant_key(std::move(*key));
}

}  // namespace

std::vector<TenantSettings> read_tenants(const Table& top, const std::string& base_dir, const RecordSettings& records,
                                         Report& report) {
  std::vector<TenantSettings> tenants;
  for (const Table* table : top.all("tenant")) {
    tenants.push_back({table->text("name"), read_path(*table, "key_file", base_dir)});
    if (records.auditor_keys.empty())
      report.error(Code::together, table->place, "tenant '" + tenants.back().name.value + "' without records.auditor_keys",
                   "records are in clear: there would be nothing to erase by destroying its key").help =
          "records.auditor_keys has records sealed";
  }
  return tenants;
}

void build_tenants(const Config& config, Snapshot& snapshot, Report& report) {
  std::vector<TenantRef> keys;
  for (const TenantSettings& settings : config.tenants) {
    keys.push_back(settings.key_file.value.empty() ? nullptr : load_key(settings, report));   // empty: complained about already
    const TenantRef& key = keys.back();
    if (key == nullptr) continue;
    snapshot.tenants.push_back(key);
    for (size_t i = 0; i + 1 < keys.size(); ++i)
      if (keys[i] != nullptr && keys[i]->digest == key->digest)
        report.error(Code::duplicate, settings.key_file.place,
                     "tenants '" + keys[i]->name + "' and '" + key->name + "' have one secret", "neither could be erased alone");
  }
  for (size_t i = 0; i < config.routes.size(); ++i)
    if (const uint32_t tenant = config.routes[i].tenant; tenant < keys.size()) snapshot.routes[i].tenant = keys[tenant];
}

}  // namespace gatehouse::config
