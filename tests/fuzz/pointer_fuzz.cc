// A pointer that is read means the same when it is written anew, and its automaton selects what a plain matcher selects.
// Input: the pointer, a line end, and a byte for each step down a document.
#include <cstring>
#include <string>

#include "base/assert.h"
#include "base/limits.h"
#include "json/automaton.h"
#include "json/pointer.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;
using json::Segment;

namespace {

struct Step {
  bool element;
  std::string text;
};

std::string written(const std::vector<Segment>& path) {
  std::string out;
  for (const Segment& segment : path) {
    out += '/';
    if (segment.kind == Segment::Kind::deep) out += "**";
    if (segment.kind == Segment::Kind::any) out += '*';
    for (const char c : segment.name) {
      if (c == '~') out += "~0";
      else if (c == '/') out += "~1";
      else if (c == '*') out += "~2";
      else out += c;
    }
  }
  return out;
}

bool same(const std::vector<Segment>& a, const std::vector<Segment>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].kind != b[i].kind || a[i].name != b[i].name) return false;
  return true;
}

/// Plain matching, one row of the table of path and place after the other.
bool fits(const std::vector<Segment>& path, const std::vector<Step>& place) {
  std::vector<bool> at(path.size() + 1);
  at[0] = true;
  const auto close = [&] {
    for (size_t i = 0; i < path.size(); ++i)
      if (at[i] && path[i].kind == Segment::Kind::deep) at[i + 1] = true;
  };
  close();
  for (const Step& step : place) {
    std::vector<bool> next(path.size() + 1);
    for (size_t i = 0; i < path.size(); ++i) {
      if (!at[i]) continue;
      const Segment& segment = path[i];
      if (segment.kind == Segment::Kind::deep) next[i] = true;
      else if (segment.kind == Segment::Kind::any || (segment.name == step.text && (!step.element || segment.kind == Segment::Kind::index)))
        next[i + 1] = true;
    }
    at = next;
    close();
  }
  return at[path.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView input(reinterpret_cast<const char*>(data), size);
  const ByteView text = input.substr(0, input.find('\n'));
  std::vector<Segment> path, again;
  json::PathError error{0, ""};
  if (!json::parse_pointer(text, &path, &error)) {
    GH_ASSERT(error.column >= 1 && error.column <= text.size() + 1 && !error.text.empty());
    return 0;
  }
  GH_ASSERT(path.size() <= json::kSegmentsMax);
  GH_ASSERT(json::parse_pointer(written(path), &again, &error) && same(path, again));
  json::Automaton automaton;
  GH_ASSERT(automaton.add(path, 3));
  automaton.build();
  std::vector<json::Automaton::Word> from(automaton.words()), to(automaton.words());
  automaton.begin(8, from.data());
  std::vector<Step> place;
  const ByteView walk = text.size() < input.size() ? input.substr(text.size() + 1, 80) : ByteView();
  for (size_t i = 0; i <= walk.size(); ++i) {
    bool found = automaton.matches(from.data());
    PLANT(if (path.size() > 2 && path.back().kind == Segment::Kind::index && !place.empty() && place.back().element) found = false);
    GH_ASSERT(found == fits(path, place));
    if (i == walk.size()) break;
    const auto byte = static_cast<uint8_t>(walk[i]);
    Step step{(byte & 1) != 0, std::to_string(byte >> 5)};
    if (!path.empty() && (byte & 2) != 0) {
      const Segment& segment = path[(byte >> 2) % path.size()];
      if (!step.element || segment.kind == Segment::Kind::index) step.text = segment.name;
    }
    std::string padded = step.text + std::string(kSimdPadding, 'x');
    if (step.element) automaton.element(from.data(), static_cast<uint32_t>(std::stoul(step.text)), to.data());
    else automaton.key(from.data(), automaton.symbol({padded.data(), step.text.size()}), to.data());
    place.push_back(std::move(step));
    from.swap(to);
  }
  return 0;
}
