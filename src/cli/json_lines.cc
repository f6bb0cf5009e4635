#include "cli/json_lines.h"

#include <simdjson.h>

#include "config/json_text.h"

namespace gatehouse::cli {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr int kDepthMax = 16;

std::string scalar(element value) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return config::printable(text);
  return config::printable(simdjson::minify(value));
}

bool composite(element value) { return value.is_object() || value.is_array(); }

std::string joined(simdjson::dom::array list) {
  std::string out;
  for (const element each : list) {
    if (!out.empty()) out += ", ";
    out += composite(each) ? config::printable(simdjson::minify(each)) : scalar(each);
  }
  return out;
}

/// each_pair calls `say` with the dotted name and the text of every value of an object.
template <typename Say>
void each_pair(simdjson::dom::object object, const std::string& before, int depth, Say&& say) {
  for (const auto field : object) {
    const std::string name = before + config::printable(field.key);
    simdjson::dom::object inner;
    simdjson::dom::array list;
    if (depth < kDepthMax && field.value.get(inner) == simdjson::SUCCESS)
      each_pair(inner, name + ".", depth + 1, say);
    else if (field.value.get(list) == simdjson::SUCCESS) say(name, joined(list));
    else say(name, scalar(field.value));
  }
}

/// wordy values are for `show`: a list has one line for each entry.
bool wordy(const std::string& name) {
  for (const char* known : {"body_excerpt", "digest", "note", "issuer", "groups"})
    if (name == known) return true;
  return false;
}

std::string one_line(simdjson::dom::object object) {
  std::string id, rest;
  each_pair(object, "", 0, [&](const std::string& name, const std::string& value) {
    if (name == "id") id = value;
    else if (!wordy(name)) rest += "  " + name + "=" + value;
  });
  return id + rest + "\n";
}

std::string list_lines(simdjson::dom::array list) {
  std::string out;
  for (const element each : list) {
    simdjson::dom::object object;
    out += each.get(object) == simdjson::SUCCESS ? one_line(object) : scalar(each) + "\n";
  }
  return out;
}

std::string object_lines(simdjson::dom::object object) {
  std::string out;
  for (const auto field : object) {  // {"approvals": [...]} is a list with a name
    simdjson::dom::array list;
    if (object.size() == 1 && field.value.get(list) == simdjson::SUCCESS) return list_lines(list);
  }
  each_pair(object, "", 0,
            [&](const std::string& name, const std::string& value) { out += name + ": " + value + "\n"; });
  return out;
}

}  // namespace

std::string json_lines(ByteView document) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(document);
  element top;
  if (parser.parse(padded).get(top) != simdjson::SUCCESS) return config::printable(document) + "\n";
  simdjson::dom::object object;
  simdjson::dom::array list;
  if (top.get(object) == simdjson::SUCCESS) return object_lines(object);
  if (top.get(list) == simdjson::SUCCESS) return list_lines(list);
  return scalar(top) + "\n";
}

}  // namespace gatehouse::cli
