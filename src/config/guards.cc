// [[guard]]: what it looks for.
#include <algorithm>
#include <charconv>

#include "config/read.h"

namespace gatehouse::config {
namespace {

using guard::Outcome;

guard::Effect guard_effect(const std::string& word) {
  if (word == "tag") return guard::Effect::tag;
  return word == "approve" ? guard::Effect::approve : guard::Effect::block;
}

Outcome outcome_of(const Table& table, ByteView key) {
  const std::string word = table.text(key).value;
  if (word == "pass") return Outcome::pass;
  return word == "approve" ? Outcome::approve : Outcome::block;
}

std::vector<std::string> values_of(const Table& table, ByteView key) {
  std::vector<std::string> values;
  for (Text& text : table.list(key)) values.push_back(std::move(text.value));
  return values;
}

/// read_sources: where a guard's patterns look; header fields alone when nothing else is named.
void read_sources(const Table& table, guard::GuardRule& rule, Report& report) {
  for (const Text& name : table.list("headers")) {
    if (!is_field_name(name.value))
      report.error(Code::form, name.place, "'" + name.value + "' is not a header field name");
    rule.headers.push_back(name.value);
  }
  if (table.find("look_in") == nullptr && !rule.headers.empty()) rule.sources = 0;
  if (table.find("look_in") == nullptr) return;
  rule.sources = 0;
  for (const Text& word : table.list("look_in"))
    for (const auto& [name, source] : {std::pair("values", guard::Source::value), std::pair("keys", guard::Source::key),
                                       std::pair("query", guard::Source::query), std::pair("path", guard::Source::path)})
      if (word.value == name) rule.sources |= guard::bit(source);
}

guard::StatementChecks read_statements(const Table& table) {
  guard::StatementChecks checks;
  checks.commands = values_of(table, "commands");
  checks.documents = values_of(table, "documents");
  checks.anywhere = table.boolean("anywhere");
  guard::StatementRules& rules = checks.rules;
  rules.read = outcome_of(table, "read");
  rules.write = outcome_of(table, "write");
  rules.remove = outcome_of(table, "delete");
  rules.schema = outcome_of(table, "schema");
  rules.privilege = outcome_of(table, "privilege");
  rules.unknown = outcome_of(table, "unknown");
  rules.incomplete = outcome_of(table, "incomplete");
  rules.tables = values_of(table, "tables");
  rules.asked = 0;
  const Outcome merge = outcome_of(table, "merge");
  if (merge == Outcome::approve) rules.asked |= sql::kMerge;
  if (merge == Outcome::block) rules.blocked |= sql::kMerge;
  constexpr std::pair<ByteView, uint32_t> kForms[] = {
      {"unbounded", sql::kUnbounded}, {"truncate", sql::kTruncate}, {"drop", sql::kDrop},       {"grant", sql::kGrant},
      {"program", sql::kProgram},     {"file", sql::kFile},         {"opaque", sql::kOpaque},   {"several", sql::kSeveral},
      {"cte_write", sql::kCteWrite},  {"quoted", sql::kQuoted},     {"unproven", sql::kUnproven},
      {"listed_function", sql::kListedFunction}};
  for (const Text& word : table.list("allow"))
    for (const auto& [name, flag] : kForms)
      if (word.value == name) rules.blocked &= ~flag;
  return checks;
}

/// A scalar as the configuration writes it: its text, and what it is as JSON when that is no text.
void add_value(const std::string& text, std::vector<guard::ShapeValue>& values) {
  values.push_back({text, true});
  double number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = wrong == std::errc{} && end == text.data() + text.size() &&
                         text.find_first_not_of("0123456789.eE+-") == std::string::npos;
  if (is_number || text == "true" || text == "false" || text == "null") values.push_back({text, false});
}

guard::ShapeClause read_clause(const Table& table) {
  guard::ShapeClause clause;
  clause.at = values_of(table, "at");
  for (std::string& pointer : clause.at)
    if (pointer == "#") pointer.clear();   // RFC 6901 section 6: the whole document
  clause.present = table.boolean("present");
  clause.absent = table.boolean("absent");
  clause.some = table.boolean("some");
  clause.non_empty = table.boolean("non_empty");
  constexpr std::pair<ByteView, uint8_t> kTypes[] = {
      {"string", guard::kString}, {"number", guard::kNumber}, {"integer", guard::kInteger}, {"boolean", guard::kBoolean},
      {"array", guard::kArray},   {"object", guard::kObject}, {"null", guard::kNull}};
  for (const Text& word : table.list("types"))
    for (const auto& [name, type] : kTypes)
      if (word.value == name) clause.types |= type;
  if (const Value* value = table.find("min")) clause.min = value->number;
  if (const Value* value = table.find("max")) clause.max = value->number;
  for (const Text& text : table.list("in")) add_value(text.value, clause.in);
  for (const Text& text : table.list("not_in")) add_value(text.value, clause.not_in);
  if (table.find("only") != nullptr) clause.only = values_of(table, "only");
  return clause;
}

guard::AddressChecks read_addresses(const Table& table, Report& report) {
  guard::AddressChecks checks;
  checks.fields = values_of(table, "fields");
  checks.anywhere = table.boolean("anywhere");
  checks.rules.hosts = values_of(table, "hosts");
  if (table.find("schemes") != nullptr) checks.rules.schemes = values_of(table, "schemes");
  checks.rules.networks = read_networks(table, "networks", report);
  checks.rules.buckets = values_of(table, "buckets");
  for (const Text& text : table.list("ports")) {
    uint16_t port = 0;
    const auto [end, wrong] = std::from_chars(text.value.data(), text.value.data() + text.value.size(), port);
    if (wrong != std::errc{} || end != text.value.data() + text.value.size() || port == 0)
      report.error(Code::form, text.place, "'" + text.value + "' is not a port", "1 to 65535");
    checks.rules.ports.push_back(port);
  }
  return checks;
}

/// is_there: the text has the table; otherwise it was made of defaults.
bool is_there(const Table& table) { return table.place.known(); }

void note_places(const Table& table, GuardSettings& settings) {
  using What = guard::Set::CompileError::What;
  const auto note = [&](const Table& from, ByteView key, What what) {
    for (const Text& text : from.list(key)) settings.places[static_cast<size_t>(what)].push_back(text.place);
  };
  note(table, "fields", What::fields);
  note(table, "sets", What::sets);
  const Table& statements = table.one("statements");
  note(statements, "commands", What::commands);
  note(statements, "documents", What::documents);
  note(statements, "tables", What::tables);
  const Table& addresses = table.one("addresses");
  note(addresses, "fields", What::addresses);
  note(addresses, "hosts", What::hosts);
  note(addresses, "schemes", What::schemes);
  note(addresses, "buckets", What::buckets);
  for (const Table* clause : table.all("shape"))
    settings.places[static_cast<size_t>(What::shape)].push_back(clause->place);
}

}  // namespace

GuardSettings read_guard(const Table& table, Report& report) {
  GuardSettings settings;
  settings.name = table.text("name");
  settings.patterns = table.list("patterns");
  guard::GuardRule& rule = settings.rule;
  rule.name = settings.name.value;
  rule.sets = values_of(table, "sets");
  rule.confusables = table.boolean("confusables");
  rule.case_sensitive = table.boolean("case_sensitive");
  rule.effect = guard_effect(table.text("effect").value);
  rule.fields = values_of(table, "fields");
  if (table.find("messages") != nullptr) {
    const std::vector<std::string> messages = values_of(table, "messages");
    rule.requests = std::find(messages.begin(), messages.end(), "requests") != messages.end();
    rule.answers = std::find(messages.begin(), messages.end(), "answers") != messages.end();
  }
  read_sources(table, rule, report);
  if (is_there(table.one("statements"))) rule.statements = read_statements(table.one("statements"));
  for (const Table* clause : table.all("shape")) rule.shape.push_back(read_clause(*clause));
  if (is_there(table.one("addresses"))) rule.addresses = read_addresses(table.one("addresses"), report);
  if (is_there(table.one("bulk"))) {
    const Table& bulk = table.one("bulk");
    rule.bulk = guard::BulkRules{bulk.number("deletes"), bulk.number("lines"), bulk.boolean("scripts")};
  }
  settings.networks = values_of(table.one("addresses"), "networks");
  note_places(table, settings);
  settings.misread = table.misread();
  return settings;
}

}  // namespace gatehouse::config
