#include "config/note.h"

#include <algorithm>

namespace gatehouse::config {
namespace {

constexpr size_t kLinesMax = 56;     // of each list: all lists fit record::Sections, and a ring of 1 MiB
constexpr size_t kLineMax = 2048;

using Values = std::map<std::string, std::string>;
using Named = std::map<std::string, Values>;

void add(std::vector<std::string>& list, std::string line) {
  if (line.size() > kLineMax) line = line.substr(0, kLineMax) + "...";
  list.push_back(std::move(line));
}

void bound(std::vector<std::string>& list) {
  if (list.size() <= kLinesMax) return;
  const size_t more = list.size() - kLinesMax;
  list.resize(kLinesMax);
  list.push_back(std::to_string(more) + " more");
}

const Named& section(const Inventory& all, const char* name) {
  static const Named kNone;
  const auto found = all.find(name);
  return found == all.end() ? kNone : found->second;
}

const std::string& value(const Values& values, const char* key) {
  static const std::string kNone;
  const auto found = values.find(key);
  return found == values.end() ? kNone : found->second;
}

std::string change_text(const std::string& what, const std::string& from, const std::string& to) {
  return what + ": " + (from.empty() ? "none" : from) + " -> " + (to.empty() ? "none" : to);
}

/// rank orders the words of a key from what protects least.
int rank(const std::string& word, std::initializer_list<const char*> words) {
  int at = 0;
  for (const char* each : words) {
    if (word == each || word == '"' + std::string(each) + '"') return at;
    ++at;
  }
  return at;
}

void changes_of(const std::vector<Difference>& all, std::vector<std::string>& out) {
  for (const Difference& one : all) {
    for (const std::string& name : one.added) add(out, one.section + ": " + name + " added");
    for (const std::string& name : one.removed) add(out, one.section + ": " + name + " removed");
    for (const Difference::Changed& each : one.changed) {
      std::string keys;
      for (const std::string& key : each.keys) keys += (keys.empty() ? "" : ", ") + key;
      add(out, one.section == "settings" ? change_text(each.name, each.from, each.to)
                                         : one.section + ": " + each.name + " changed (" + keys + ")");
    }
  }
}

/// lost says whether a list of names ("[\"a\", \"b\"]") has not all that another has.
bool lost(const std::string& from, const std::string& to) {
  for (size_t at = from.find('"'); at != std::string::npos;) {
    const size_t end = from.find('"', at + 1);
    if (end == std::string::npos) return from != to;
    if (to.find(from.substr(at, end + 1 - at)) == std::string::npos) return true;
    at = from.find('"', end + 1);
  }
  return false;
}

void rule_alerts(const Named& before, const Named& fresh, std::vector<std::string>& out) {
  static constexpr std::initializer_list<const char*> kKeeps = {"digest", "heads", "masked", "full"};
  static constexpr std::initializer_list<const char*> kEffects = {"allow", "approve", "deny"};
  for (const auto& [name, said] : fresh) {
    const auto& values = said;   // lambdas capture no binding
    const std::string who = "rule " + name;
    const auto was = before.find(name);
    if (was == before.end()) {
      if (rank(value(values, "effect"), kEffects) < 2 && rank(value(values, "record"), kKeeps) < 3)
        add(out, who + " is new and records " + value(values, "record"));
      continue;
    }
    const auto alert = [&](const char* key) {
      add(out, change_text(who + ", " + key, value(was->second, key), value(values, key)));
    };
    const auto lower = [&](const char* key, std::initializer_list<const char*> words) {
      if (rank(value(values, key), words) < rank(value(was->second, key), words)) alert(key);
    };
    lower("record", kKeeps);
    lower("effect", kEffects);
    lower("commit", {"interval", "now"});
    lower("sender", {"any", "bound"});
    for (const char* key : {"guards", "masks"})
      if (lost(value(was->second, key), value(values, key))) alert(key);
  }
  for (const auto& [name, values] : before)
    if (!fresh.contains(name) && rank(value(values, "effect"), kEffects) > 0)
      add(out, "rule " + name + " is gone: it was " + value(values, "effect"));
}

void guard_alerts(const Named& before, const Named& fresh, std::vector<std::string>& out) {
  for (const auto& [name, values] : before) {
    const auto now = fresh.find(name);
    if (now == fresh.end()) {
      add(out, "guard " + name + " is gone");
      continue;
    }
    std::string keys;
    for (const auto& [key, was] : values)
      if (value(now->second, key.c_str()) != was) keys += (keys.empty() ? "" : ", ") + key;
    if (!keys.empty()) add(out, "guard " + name + " is another: " + keys);
  }
}

/// caller_alerts: who is believed about callers.
void caller_alerts(const char* what, const Named& before, const Named& fresh, std::vector<std::string>& out) {
  for (const auto& [name, values] : fresh) {
    const auto was = before.find(name);
    if (was == before.end()) add(out, std::string(what) + name + " is new");
    else if (was->second != values) add(out, std::string(what) + name + " is another");
  }
  for (const auto& [name, values] : before)
    if (!fresh.contains(name)) add(out, std::string(what) + name + " is gone");
}

/// plain: neither a place nor a size; what is in the files is.
bool plain(const std::string& key) {
  static constexpr const char* kPlaces[] = {"records.dir", "records.ring_dir", "records.ring_size", "records.segment_size",
                                            "records.commit_interval"};
  return std::find(std::begin(kPlaces), std::end(kPlaces), key) == std::end(kPlaces);
}

void setting_alerts(const Named& before, const Named& fresh, std::vector<std::string>& out) {
  for (const auto& [key, values] : fresh) {
    if (!(key.starts_with("records.") && plain(key)) && !key.starts_with("token_exchange.")) continue;
    const auto was = before.find(key);
    const std::string old = was == before.end() ? "" : value(was->second, "value");
    if (old != value(values, "value")) add(out, change_text(key, old, value(values, "value")));
  }
}

/// Client certificates prove callers, too.
void listener_alerts(const Named& before, const Named& fresh, std::vector<std::string>& out) {
  for (const auto& [name, values] : fresh) {
    const auto was = before.find(name);
    if (was == before.end()) continue;
    for (const auto& [key, now] : values)
      if (key.starts_with("clients") && value(was->second, key.c_str()) != now) {
        add(out, "listener " + name + ": " + key + " is another");
        break;
      }
  }
}

/// tenant_alerts: whose records could be erased by themselves and cannot any more, or by another secret.
void tenant_alerts(const Inventory& before, const Inventory& fresh, std::vector<std::string>& out) {
  const Named& tenants = section(fresh, "tenants");
  for (const auto& [name, values] : section(before, "tenants")) {
    const auto now = tenants.find(name);
    if (now == tenants.end()) add(out, "tenant " + name + " is gone");
    else if (value(now->second, "key") != value(values, "key"))
      add(out, change_text("tenant " + name + ", key", value(values, "key"), value(now->second, "key")));
  }
  const Named& routes = section(fresh, "routes");
  for (const auto& [name, values] : section(before, "routes")) {
    const auto now = routes.find(name);
    const std::string& was = value(values, "tenant");
    if (was.empty()) continue;
    if (now == routes.end()) add(out, "route " + name + " of tenant " + was + " is gone");
    else if (value(now->second, "tenant") != was)
      add(out, change_text("route " + name + ", tenant", was, value(now->second, "tenant")));
  }
}

/// tenant_demands writes "tenants=route:tenant,...", in as many lines as it takes. Neither name has a comma or a colon.
void tenant_demands(const Named& routes, std::vector<std::string>& out) {
  std::string line;
  for (const auto& [name, values] : routes) {
    std::string tenant = value(values, "tenant");
    std::erase(tenant, '"');
    if (tenant.empty()) continue;
    if (line.size() + name.size() + tenant.size() + 2 > kLineMax) add(out, std::exchange(line, {}));
    line += (line.empty() ? "tenants=" : ",") + name + ":" + tenant;
  }
  if (!line.empty()) add(out, std::move(line));
}

void demands_of(const Inventory& fresh, std::vector<std::string>& out) {
  for (const auto& [key, values] : section(fresh, "settings"))
    if (key.starts_with("records.") && plain(key)) add(out, key + "=" + value(values, "value"));
  tenant_demands(section(fresh, "routes"), out);
  std::map<std::string, std::string> keeps;
  for (const auto& [name, values] : section(fresh, "rules")) {
    std::string& names = keeps[value(values, "record")];
    names += (names.empty() ? "" : ",") + name;
  }
  for (const auto& [level, names] : keeps) add(out, "record " + level + "=" + names);
}

}  // namespace

SnapshotNote note_of(const Inventory* before, const Inventory& fresh, const std::string& by) {
  SnapshotNote note;
  note.loaded_by = by;
  if (before != nullptr) {
    changes_of(difference(*before, fresh), note.changes);
    setting_alerts(section(*before, "settings"), section(fresh, "settings"), note.alerts);
    rule_alerts(section(*before, "rules"), section(fresh, "rules"), note.alerts);
    guard_alerts(section(*before, "guards"), section(fresh, "guards"), note.alerts);
    caller_alerts("issuer ", section(*before, "issuers"), section(fresh, "issuers"), note.alerts);
    caller_alerts("saml ", section(*before, "saml"), section(fresh, "saml"), note.alerts);
    tenant_alerts(*before, fresh, note.alerts);
    listener_alerts(section(*before, "listeners"), section(fresh, "listeners"), note.alerts);
  }
  demands_of(fresh, note.demands);
  for (std::vector<std::string>* list : {&note.changes, &note.alerts, &note.demands}) bound(*list);
  return note;
}

void add_note(const Snapshot& snapshot, record::Sections& sections) {
  using record::Tag;
  sections.bytes(Tag::policy_hash, view_of(std::span<const uint8_t>(snapshot.policy_hash)));
  sections.number(Tag::snapshot_version, snapshot.version);
  sections.bytes(Tag::loaded_by, snapshot.note.loaded_by);
  for (const std::string& each : snapshot.note.changes) sections.bytes(Tag::change, each);
  for (const std::string& each : snapshot.note.alerts) sections.bytes(Tag::alert, each);
  for (const std::string& each : snapshot.note.demands) sections.bytes(Tag::demands, each);
}

}  // namespace gatehouse::config
