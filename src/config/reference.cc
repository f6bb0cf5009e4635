#include "config/reference.h"

#include <algorithm>

#include "config/diagnostic.h"
#include "config/json_text.h"
#include "config/units.h"

namespace gatehouse::config {
namespace {

/// cell is a text as it may stand in a Markdown table.
std::string cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + text + "`"; }

void append_section(std::string& out, const Key& table) {
  const std::string kind = table.type == Type::tables
                               ? range_text(table) + (table.required ? ", at least one is required" : "")
                               : "once, optional";
  out += "\n## " + header_of(table.path) + "\n\n" + std::string(table.text) + " (" + kind + ")\n\n";
  out += "| key | type | default | range | meaning |\n|--|--|--|--|--|\n";
  for (const Key& key : keys()) {
    if (key.is_table() || key.parent() != table.path) continue;
    const bool literal = !key.required && !key.fallback.empty();
    out += "| `" + std::string(key.name()) + "` | " + type_text(key) + " | " +
           cell(literal ? code(default_text(key)) : default_text(key)) + " | " + cell(range_text(key)) +
           " | " + cell(std::string(key.text)) + " |\n";
  }
}

constexpr const char* kHead = R"(# Configuration reference

Generated from the table of keys in `src/config/keys_*.cc`; a test keeps it equal. For one key:
`gatehouse check --key limits.head_bytes`; for editors: `gatehouse check --schema`.

One TOML 1.0 file of at most 1 MiB. An unknown key is an error wherever it stands. Nothing is expanded: no
environment variables, no `~`. Secrets stand in files that only their owner may read, never in this text, on the
command line or in the environment. Names are not resolved: addresses are written in figures.

- size: bytes, or a text with a unit: `65536`, `"64KiB"`, `"8MiB"`, `"1GiB"`
- duration: a text with a unit: `"5ms"`, `"10s"`, `"2m"`, `"1h"`
- address: `"127.0.0.1:8443"`, `"[::1]:8443"`, `"unix:/run/gatehouse.sock"`
- path: relative to the folder of the configuration file
- patterns by path: `{ sub = "job-*", "realm.env" = ["prod", "test"] }`, or as a table of its own
- name: how other keys, logs and metrics refer to it
)";

constexpr const char* kCodesHead = R"(
## Codes of complaints

`gatehouse check` and `gatehouse serve` judge by the same function and show every error of a run, at most 50.
Warnings do not keep the gateway from starting.

| code | what |
|--|--|
)";

// JSON Schema -----------------------------------------------------------------------------------------

std::string number_bounds(const Key& key) {
  return "\"minimum\":" + std::to_string(key.least) + ",\"maximum\":" + std::to_string(key.most);
}

std::string word_list(const Key& key) {
  std::string out = "\"enum\":[";
  for (const ByteView word : split_words(key.words)) {
    if (out.back() != '[') out += ',';
    append_json(out, word);
  }
  return out + "]";
}

std::string list_of(const Key& key, const std::string& item) {
  return "\"type\":\"array\",\"minItems\":" + std::to_string(key.least) +
         ",\"maxItems\":" + std::to_string(key.most) + ",\"items\":{" + item + "}";
}

constexpr const char* kName = R"("type":"string","pattern":"^[A-Za-z0-9._-]{1,64}$")";

constexpr const char* kAddress = R"("type":"string","pattern":"^(unix:/.+|.+:[0-9]{1,5})$")";

constexpr const char* kPattern = R"({"type":"string","minLength":1,"maxLength":512})";

std::string schema_table(ByteView path);

std::string schema_type(const Key& key) {
  switch (key.type) {
    case Type::table: return schema_table(key.path);
    case Type::tables: return list_of(key, schema_table(key.path));
    case Type::boolean: return "\"type\":\"boolean\"";
    case Type::integer: return "\"type\":\"integer\"," + number_bounds(key);
    case Type::size:
      return "\"anyOf\":[{\"type\":\"integer\"," + number_bounds(key) +
             R"(},{"type":"string","pattern":"^[0-9]+ ?([KMG]i)?B?$"}])";
    case Type::duration: return R"("type":"string","pattern":"^[0-9]+ ?(ns|us|ms|s|m|h)$|^0$")";
    case Type::text:
      return "\"type\":\"string\",\"minLength\":" + std::to_string(key.least) +
             ",\"maxLength\":" + std::to_string(key.most);
    case Type::name: return kName;
    case Type::word: return word_list(key);
    case Type::address: return kAddress;
    case Type::addresses: return list_of(key, kAddress);
    case Type::path: return R"("type":"string","minLength":1,"maxLength":4096)";
    case Type::texts: return list_of(key, R"("type":"string","minLength":1)");
    case Type::names: return list_of(key, kName);
    case Type::words: return list_of(key, word_list(key));
    case Type::matches:
      return "\"type\":\"object\",\"minProperties\":" + std::to_string(key.least) + ",\"maxProperties\":" +
             std::to_string(key.most) + ",\"additionalProperties\":{\"anyOf\":[" + kPattern +
             ",{\"type\":\"array\",\"minItems\":1,\"maxItems\":64,\"items\":" + kPattern + "}]}";
  }
  return {};
}

/// json_default is a default as JSON: scalars and lists of texts are written alike in TOML.
std::string json_default(const Key& key) {
  return key.fallback.empty() ? std::string{} : ",\"default\":" + std::string(key.fallback);
}

std::string schema_table(ByteView path) {
  std::string properties, required;
  for (const Key& key : keys()) {
    if (key.parent() != path || key.path == path) continue;
    if (!properties.empty()) properties += ",";
    append_json(properties, key.name());
    properties += ":{\"description\":";
    append_json(properties, key.text);
    properties += "," + schema_type(key) + json_default(key) + "}";
    if (!key.required) continue;
    if (!required.empty()) required += ",";
    append_json(required, key.name());
  }
  return "\"type\":\"object\",\"additionalProperties\":false,\"properties\":{" + properties +
         "},\"required\":[" + required + "]";
}

// Effective values ------------------------------------------------------------------------------------

std::string toml_text(ByteView text) {
  std::string out;
  append_json(out, text);
  return out;
}

std::string toml_list(const std::vector<Text>& list) {
  std::string out = "[";
  for (const Text& each : list) out += (out.size() > 1 ? ", " : "") + toml_text(each.value);
  return out + "]";
}

std::string toml_matches(const std::vector<Match>& matches) {
  std::string out = "{";
  for (const Match& match : matches)
    out += (out.size() > 1 ? ", " : " ") + toml_text(match.path.value) + " = " +
           (match.patterns.size() == 1 ? toml_text(match.patterns.front().value) : toml_list(match.patterns));
  return out + " }";
}

std::string toml_value(const Value& value) {
  switch (value.key->type) {
    case Type::boolean: return value.boolean ? "true" : "false";
    case Type::integer: return std::to_string(value.number);
    case Type::size: return toml_text(format_size(value.number));
    case Type::duration: return toml_text(format_duration(value.number));
    case Type::text:
    case Type::name:
    case Type::word:
    case Type::address:
    case Type::path: return toml_text(value.text);
    case Type::texts:
    case Type::names:
    case Type::addresses:
    case Type::words: return toml_list(value.list);
    case Type::matches: return toml_matches(value.matches);
    case Type::table:
    case Type::tables: break;
  }
  return {};
}

/// needs_keys: a table that is left out means something else than one with all its defaults.
bool needs_keys(const Key& table) {
  return std::any_of(keys().begin(), keys().end(), [&](const Key& key) { return key.parent() == table.path && key.required; });
}

void append_effective(std::string& out, const Table& table) {
  if (table.key != nullptr) out += (out.empty() ? "" : "\n") + header_of(table.key->path) + "\n";
  const ByteView path = table.key == nullptr ? ByteView{} : table.key->path;
  for (const Key& key : keys()) {
    if (key.is_table() || key.parent() != path) continue;
    const Value* value = table.find(key.name());
    if (value == nullptr && key.fallback.empty()) continue;
    out += std::string(key.name()) + " = " + toml_value(value != nullptr ? *value : default_value(key)) +
           (value == nullptr ? "  # default" : value->because.empty() ? "" : "  # " + value->because) + "\n";
  }
  for (const Key& key : keys()) {
    if (!key.is_table() || key.parent() != path) continue;
    for (const Table* inner : table.all(key.name()))
      if (inner->place.known() || !needs_keys(key)) append_effective(out, *inner);
  }
}

}  // namespace

std::string reference_page() {
  std::string out = kHead;
  for (const Key& key : keys())
    if (key.is_table()) append_section(out, key);
  out += kCodesHead;
#define GH_CODE(name, number, text) out += "| " + code_text(Code::name) + " | " text " |\n";
  GATEHOUSE_CONFIG_CODES(GH_CODE)
#undef GH_CODE
  return out;
}

std::string json_schema() {
  return R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Gatehouse configuration",)" +
         schema_table("") + "}\n";
}

std::string describe_key(ByteView path) {
  const Key* key = find_key(path);
  if (key == nullptr) return {};
  std::string out = std::string(key->path) + "\n  " + std::string(key->text) + "\n";
  const auto line = [&](const char* what, const std::string& value) {
    if (!value.empty()) out += "  " + std::string(what) + value + "\n";
  };
  line("type:     ", type_text(*key));
  line("range:    ", range_text(*key));
  line("default:  ", key->is_table() ? "" : default_text(*key));
  line("stands in ", key->parent().empty() ? "" : header_of(key->parent()));
  size_t longest = 0;
  for (const Key& inner : keys())
    if (inner.parent() == path) longest = std::max(longest, inner.name().size());
  for (const Key& inner : keys())
    if (inner.parent() == path && key->is_table())
      line("  ", std::string(inner.name()) + std::string(longest + 2 - inner.name().size(), ' ') + std::string(inner.text));
  return out;
}

std::string value_text(const Table& table, const Key& key) {
  if (const Value* value = table.find(key.name()); value != nullptr) return toml_value(*value);
  return key.fallback.empty() ? std::string{} : toml_value(default_value(key));
}

std::string effective(const Table& top) {
  std::string out;
  append_effective(out, top);
  return out;
}

}  // namespace gatehouse::config
