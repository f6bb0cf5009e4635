// What ShapeCheck says of a document is what a plain look at its tree says, clause by clause; and each guard says the same
// alone as among others. Input: a byte that selects guards, and the document.
#include <algorithm>
#include <string>

#include "base/assert.h"
#include "guard/shape.h"
#include "json/place.h"
#include "tests/fuzz/plant.h"
#include "tests/support/padded.h"
#include "tests/support/plain_json.h"

using namespace gatehouse;
using guard::ShapeClause;
using Wrong = guard::ShapeViolation::Wrong;

namespace {

/// Node is a value: its place in steps, its type as a letter ("{[snbl" with l for null) and its length.
struct Node {
  std::vector<std::string> place;
  char type;
  uint64_t length;
  std::string text;
  std::vector<std::string> keys;
};

/// Builds the nodes of a document from its shape and leaves.
std::vector<Node> nodes_of(const testing::PlainJson& json) {
  std::vector<Node> nodes;
  std::vector<size_t> open;
  size_t leaf = 0;
  for (const char c : json.shape()) {
    if (c == '}' || c == ']') {
      open.pop_back();
      continue;
    }
    Node node{{}, c, 0, "", {}};
    if (!open.empty()) {
      Node& parent = nodes[open.back()];
      node.place = parent.place;
      if (parent.type == '{') parent.keys.push_back(json.leaves()[leaf++].text);
      node.place.push_back(parent.type == '{' ? parent.keys.back() : std::to_string(parent.length));
      ++parent.length;
    }
    if (c == '{' || c == '[') {
      open.push_back(nodes.size());
    } else {
      node.text = json.leaves()[leaf++].text;
      if (c == 'l' && node.text != "null") node.type = 'b';
      if (c == 's') node.length = static_cast<uint64_t>(std::count_if(node.text.begin(), node.text.end(), [](char b) { return (b & 0xc0) != 0x80; }));
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

const std::vector<std::vector<std::string>> kPointers = {{"a"}, {"a", "*"}, {"**", "b"}, {""}, {"a", "0"}, {"**"}, {"*", "*", "b"}, {"c", "**", "1"}};

bool fits(const std::vector<std::string>& path, size_t at, const std::vector<std::string>& place, size_t step) {
  if (at == path.size()) return step == place.size();
  if (path[at].empty()) return place.empty();   // the whole document
  if (path[at] == "**") return fits(path, at + 1, place, step) || (step < place.size() && fits(path, at, place, step + 1));
  return step < place.size() && (path[at] == "*" || path[at] == place[step]) && fits(path, at + 1, place, step + 1);
}

/// One guard for each pointer, with one clause for each kind of demand.
std::vector<guard::ShapeRule> rules() {
  std::vector<guard::ShapeRule> out;
  for (uint32_t g = 0; g < kPointers.size(); ++g) {
    ShapeClause base;
    base.at = {""};
    for (const std::string& step : kPointers[g])
      if (!step.empty()) base.at[0] += "/" + step;
    std::vector<ShapeClause> clauses(6, base);
    clauses[0].present = true;
    clauses[1].absent = true;
    clauses[2].types = guard::kString | guard::kArray;
    clauses[3].min = 1, clauses[3].max = 2;
    clauses[4].only = {"a", "b"};
    clauses[5].some = true, clauses[5].in = {{"x"}, {"1", false}};
    out.push_back({g, clauses});
  }
  return out;
}

bool holds(size_t clause, const std::vector<const Node*>& found) {
  const auto every = [&](auto&& test) { return std::all_of(found.begin(), found.end(), [&](const Node* node) { return test(*node); }); };
  switch (clause) {
    case 0: return !every([](const Node& node) { return node.type == 'l'; });
    case 1: return found.empty();
    case 2: return every([](const Node& node) { return node.type == 's' || node.type == '['; });
    case 3: return every([](const Node& node) { return node.type != 'n' && node.type != 'b' && node.length >= 1 && node.length <= 2; });
    case 4: return every([](const Node& node) {
      return node.type == '{' && std::all_of(node.keys.begin(), node.keys.end(), [](const std::string& key) { return key == "a" || key == "b"; });
    });
    default: return !every([](const Node& node) { return !(node.type == 's' && node.text == "x") && !(node.type == 'n' && node.text == "1"); });
  }
}

/// Whether a violation stands at one of the values, or at a member of one.
bool stands_at(ByteView place, const std::vector<const Node*>& found, Wrong wrong) {
  return place.size() > 400 || std::any_of(found.begin(), found.end(), [&](const Node* node) {
    std::string text;
    for (const std::string& step : node->place) {
      text += '/';
      for (const char c : step) text += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
    }
    return wrong == Wrong::member ? place.substr(0, place.rfind('/')) == text : place == text;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto compiled = *guard::ShapeRules::compile(rules());
  static json::Document document;
  static guard::ShapeCheck check;
  if (size == 0) return 0;
  const ByteView body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const testing::Padded padded(body);
  const testing::PlainJson plain(body);
  const std::vector<Node> nodes = plain.ok() ? nodes_of(plain) : std::vector<Node>();
  size_t together = 0;
  for (uint32_t g = 0; g <= kPointers.size(); ++g) {
    const bool all = g == kPointers.size();
    check.start(*compiled, all ? uint64_t{data[0]} : uint64_t{data[0]} & 1u << g, document);
    const json::Error error = document.walk(padded.view(), check);
    GH_ASSERT((error == json::Error::none) == plain.ok());
    if (!plain.ok()) return 0;
    const auto violations = check.finish();
    if (all) {
      GH_ASSERT(check.count() == together);
      break;
    }
    if ((data[0] >> g & 1) == 0) continue;
    std::vector<const Node*> found;
    for (const Node& node : nodes)
      if (fits(kPointers[g], 0, node.place, 0)) found.push_back(&node);
    json::Place place;
    place.start(document);
    bool broken[6] = {};
    for (const guard::ShapeViolation& each : violations) {
      GH_ASSERT(each.guard == g && each.rule == g && each.clause < 6 && !broken[each.clause]);
      PLANT(if (g == 2 && each.clause == 4 && each.wrong == Wrong::member) continue);
      broken[each.clause] = true;
      GH_ASSERT(!guard::words(*compiled, each).empty());
      if (each.token != guard::kNoToken) GH_ASSERT(stands_at(place.of(each.token), found, each.wrong));
    }
    for (size_t clause = 0; clause < 6; ++clause) GH_ASSERT(broken[clause] == !holds(clause, found));
    together += check.count();
  }
  return 0;
}
