#include "config/keys.h"

#include <algorithm>

#include "config/key_row.h"
#include "config/units.h"

namespace gatehouse::config {
namespace {

std::vector<Key> joined() {
  std::vector<Key> all;
  for (const auto part : {process_keys(), caller_keys(), rule_keys()}) all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::string amount(const Key& key, uint64_t value) {
  if (key.type == Type::size) return format_size(value);
  if (key.type == Type::duration) return format_duration(value);
  return std::to_string(value);
}

std::string between(const Key& key, const char* unit) {
  return amount(key, key.least) + " to " + amount(key, key.most) + unit;
}

std::string quoted_words(const Key& key) {
  std::string text;
  for (const ByteView word : split_words(key.words)) {
    if (!text.empty()) text += ", ";
    text += '"';
    text += word;
    text += '"';
  }
  return text;
}

}  // namespace

std::span<const Key> keys() {
  static const std::vector<Key> kAll = joined();
  return kAll;
}

const Key* find_key(ByteView path) {
  const auto all = keys();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Key& key) { return key.path == path; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<ByteView> names_in(ByteView parent) {
  std::vector<ByteView> names;
  for (const Key& key : keys())
    if (key.parent() == parent) names.push_back(key.name());
  return names;
}

std::vector<ByteView> split_words(ByteView words) {
  std::vector<ByteView> out;
  while (!words.empty()) {
    const size_t end = std::min(words.find('|'), words.size());
    out.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

std::string header_of(ByteView path) {
  const Key* key = find_key(path);
  if (key == nullptr) return "the top level";
  return key->type == Type::tables ? "[[" + std::string(path) + "]]" : "[" + std::string(path) + "]";
}

std::string type_text(const Key& key) {
  switch (key.type) {
    case Type::table: return "table";
    case Type::tables: return "list of tables";
    case Type::boolean: return "true or false";
    case Type::integer: return "integer";
    case Type::size: return "size";
    case Type::duration: return "duration";
    case Type::text: return "text";
    case Type::name: return "name";
    case Type::word: return "word";
    case Type::address: return "address";
    case Type::path: return "path";
    case Type::texts: return "list of texts";
    case Type::names: return "list of names";
    case Type::words: return "list of words";
    case Type::addresses: return "list of addresses";
    case Type::matches: return "table of patterns by path";
  }
  return {};
}

std::string range_text(const Key& key) {
  switch (key.type) {
    case Type::boolean:
    case Type::table:
    case Type::address: return {};
    case Type::tables: return between(key, "");
    case Type::integer:
    case Type::size:
    case Type::duration: return between(key, "");
    case Type::text: return between(key, " bytes");
    case Type::path: return "1 to 4096 bytes";
    case Type::name: return "1 to 64 of a-z A-Z 0-9 . _ -";
    case Type::word: return quoted_words(key);
    case Type::words: return "of " + quoted_words(key);
    case Type::texts:
    case Type::names:
    case Type::addresses: return between(key, " entries");
    case Type::matches: return between(key, " paths");
  }
  return {};
}

std::string default_text(const Key& key) {
  if (key.required) return "required";
  if (!key.fallback.empty()) return std::string(key.fallback);
  return std::string(key.otherwise);
}

}  // namespace gatehouse::config
