#include <algorithm>

#include "config/group_rules.h"
#include "config/read.h"

namespace gatehouse::config {
namespace {

/// check_name: callers of two issuers with one name would be the same identities.
void check_name(const Table& top, const Text& name, Report& report) {
  for (const Table* issuer : top.all("issuer"))
    if (issuer->text("name").value == name.value && !name.value.empty())
      report.error(Code::duplicate, name.place, "a [[saml]] and an [[issuer]] have the name '" + name.value + "'", "again here")
          .notes.push_back({issuer->place_of("name"), "first here"});
}

}  // namespace

std::vector<SamlSettings> read_saml(const Table& top, const std::string& base_dir, Report& report) {
  std::vector<SamlSettings> all;
  for (const Table* table : top.all("saml")) {
    SamlSettings settings;
    settings.name = table->text("name");
    settings.metadata_file = read_path(*table, "metadata_file", base_dir);
    settings.audiences = values_of(table->list("audiences"));
    settings.recipient = table->text("recipient").value;
    settings.groups = read_group_rules(*table, report);
    settings.groups_attribute = table->text("groups_attribute").value;
    if (settings.groups_attribute.empty() && settings.groups.empty()) settings.groups_attribute = "groups";
    settings.group_prefix = table->text("group_prefix").value;
    settings.require = read_conditions(*table, "require");
    settings.recorded = values_of(table->list("record_attributes"));
    settings.leeway = table->number("leeway");
    settings.bearer_life = table->number("bearer_life");
    settings.exchange_life = table->number("exchange_life");
    check_name(top, settings.name, report);
    all.push_back(std::move(settings));
  }
  return all;
}

GroupSource group_source(const Table& table, const SamlSettings& settings) {
  return {"provider", settings.name, settings.group_prefix, table.has("group_prefix"), !settings.groups_attribute.empty(),
          settings.groups};
}

}  // namespace gatehouse::config
