#include "config/tree.h"

#include <algorithm>

#include "base/assert.h"
#include "config/nearest.h"
#include "config/value.h"

namespace gatehouse::config {
namespace {

std::string path_in(const Key* table, ByteView name) {
  return table == nullptr ? std::string(name) : std::string(table->path) + "." + std::string(name);
}

ByteView path_of(const Key* table) { return table == nullptr ? ByteView{} : table->path; }

/// secret_word: a key of this name would hold a secret, not the name of a file with one.
bool secret_word(ByteView name) {
  if (name.ends_with("_file") || name.ends_with("_name")) return false;
  for (const ByteView word :
       {"secret", "password", "passwd", "token", "credential", "api_key", "apikey", "bearer"})
    if (name.find(word) != ByteView::npos) return true;
  return false;
}

void unknown_key(const Raw::Entry& entry, Table& into, Report& report) {
  const Key* table = into.key;
  const std::string where = header_of(path_of(table));
  const ByteView near = nearest(entry.key, names_in(path_of(table)));
  into.unknown = true;
  if (!near.empty()) into.meant.push_back(near);
  const bool secret = entry.value.kind == Raw::Kind::text && secret_word(entry.key);
  Diagnostic& diagnostic =
      secret ? report.error(Code::secret_in_text, entry.key_place, "'" + entry.key + "' would hold a secret",
                            "secrets stand in files, never here")
             : report.error(Code::unknown_key, entry.key_place, "unknown key '" + entry.key + "' in " + where,
                            "not a key of " + where);
  diagnostic.hide_value = secret;
  if (!near.empty()) diagnostic.help = "did you mean '" + std::string(near) + "'?";
  else if (secret)
    diagnostic.help = "put it into a file that only its owner may read, and name the file here";
  if (!diagnostic.help.empty()) return;
  for (const Key& key : keys()) {
    if (key.name() != entry.key) continue;
    diagnostic.help = "'" + entry.key + "' is a key of " + header_of(key.parent());
    return;
  }
  diagnostic.help = "possible are " + listed(names_in(path_of(table)));
}

Table table_of(const Raw& raw, const Key* key, Report& report);

void wrong_shape(const Raw::Entry& entry, const Key& key, Report& report) {
  const bool many = key.type == Type::tables;
  report
      .error(Code::wrong_type, entry.key_place,
             "'" + entry.key + "' is " + (many ? "a list of tables" : "one table"), "written otherwise here")
      .help = "write " + header_of(key.path) + " on a line of its own";
}

void add_tables(Table& into, const Raw::Entry& entry, const Key& key, Report& report) {
  const bool tables = entry.value.kind == Raw::Kind::list &&
                      std::all_of(entry.value.list.begin(), entry.value.list.end(),
                                  [](const Raw& each) { return each.kind == Raw::Kind::table; });
  if (key.type == Type::table) {
    if (entry.value.kind != Raw::Kind::table) return wrong_shape(entry, key, report);
    into.tables.push_back(table_of(entry.value, &key, report));
    return;
  }
  if (!tables) {
    into.meant.push_back(key.name());
    return wrong_shape(entry, key, report);
  }
  if (entry.value.list.size() < key.least || entry.value.list.size() > key.most) {
    report.error(Code::range, entry.key_place,
                 std::to_string(entry.value.list.size()) + " " + header_of(key.path) + " tables",
                 range_text(key) + " are possible");
  }
  const size_t count = std::min<size_t>(entry.value.list.size(), key.most);
  for (size_t i = 0; i < count; ++i) into.tables.push_back(table_of(entry.value.list[i], &key, report));
}

void check_required(const Raw& raw, const Table& table, Report& report) {
  for (const Key& key : keys()) {
    if (key.parent() != path_of(table.key)) continue;
    const bool there = std::any_of(raw.table.begin(), raw.table.end(),
                                   [&](const Raw::Entry& entry) { return entry.key == key.name(); });
    if (!key.required || there || table.has(key.name())) continue;
    const std::string what = key.is_table() ? header_of(key.path) : "'" + std::string(key.name()) + "'";
    const bool top = table.key == nullptr;
    report
        .error(Code::missing, top ? report.source()->end() : table.place,
               what + " is missing" + (top ? "" : " in " + header_of(table.key->path)), top ? "the text ends without it" : "")
        .help = std::string(key.name()) + ": " + std::string(key.text);
  }
}

Table table_of(const Raw& raw, const Key* key, Report& report) {
  Table table;
  table.key = key;
  table.place = raw.place;
  for (const Raw::Entry& entry : raw.table) {
    const Key* inner = find_key(path_in(key, entry.key));
    if (inner == nullptr || entry.key.find('.') != std::string::npos) {
      unknown_key(entry, table, report);
    } else if (inner->is_table()) {
      add_tables(table, entry, *inner, report);
    } else {
      table.values.push_back(check_value(*inner, entry.value, &report));
    }
  }
  check_required(raw, table, report);
  for (const Key& inner : keys())  // [tables] that the text lacks are there with their defaults
    if (inner.type == Type::table && inner.parent() == path_of(key) && table.all(inner.name()).empty())
      table.tables.push_back({&inner, {}, {}, {}, {}});
  return table;
}

/// raw_default reads a default as the table of keys writes it.
Raw raw_default(ByteView toml) {
  Raw raw;
  if (toml.starts_with('[')) {
    raw.kind = Raw::Kind::list;
    for (size_t open = toml.find('"'); open != ByteView::npos;
         open = toml.find('"', toml.find('"', open + 1) + 1))
      raw.list.push_back(raw_default(toml.substr(open, toml.find('"', open + 1) + 1 - open)));
  } else if (toml.starts_with('"')) {
    raw.kind = Raw::Kind::text;
    raw.text = toml.substr(1, toml.size() - 2);
  } else if (toml == "true" || toml == "false") {
    raw.kind = Raw::Kind::boolean;
    raw.boolean = toml == "true";
  } else {
    raw.kind = Raw::Kind::integer;
    raw.integer = std::stoll(std::string(toml));
  }
  return raw;
}

}  // namespace

Value default_value(const Key& key) {
  if (!key.fallback.empty()) return check_value(key, raw_default(key.fallback), nullptr);
  Value value;
  value.key = &key;
  return value;
}

bool Table::has(ByteView name) const {
  return std::find(meant.begin(), meant.end(), name) != meant.end() ||
         std::any_of(values.begin(), values.end(),
                     [&](const Value& value) { return value.key->name() == name; });
}

bool Table::misread() const {
  return unknown || !meant.empty() || std::any_of(values.begin(), values.end(), [](const Value& value) { return !value.valid; }) ||
         std::any_of(tables.begin(), tables.end(), [](const Table& table) { return table.misread(); });
}

const Value* Table::find(ByteView name) const {
  const auto found = std::find_if(values.begin(), values.end(), [&](const Value& value) {
    return value.valid && value.key->name() == name;
  });
  return found == values.end() ? nullptr : &*found;
}

Place Table::place_of(ByteView name) const {
  for (const Value& value : values)
    if (value.key->name() == name) return value.place;
  return place;
}

Value Table::value_or_default(ByteView name) const {
  if (const Value* value = find(name)) return *value;
  const Key* found = find_key(path_in(key, name));
  GH_ASSERT(found != nullptr);
  Value value = default_value(*found);
  value.place = place;
  return value;
}

bool Table::boolean(ByteView name) const { return value_or_default(name).boolean; }
uint64_t Table::number(ByteView name) const { return value_or_default(name).number; }
std::vector<Text> Table::list(ByteView name) const { return value_or_default(name).list; }
std::vector<Match> Table::matches(ByteView name) const { return value_or_default(name).matches; }

Text Table::text(ByteView name) const {
  Value value = value_or_default(name);
  return {std::move(value.text), value.place};
}

const Table& Table::one(ByteView name) const {
  const auto all_of_name = all(name);
  GH_ASSERT(!all_of_name.empty());
  return *all_of_name.front();
}

std::vector<const Table*> Table::all(ByteView name) const {
  std::vector<const Table*> found;
  for (const Table& table : tables)
    if (table.key->name() == name) found.push_back(&table);
  return found;
}

Table check_tree(const Raw& top, Report& report) { return table_of(top, nullptr, report); }

}  // namespace gatehouse::config
