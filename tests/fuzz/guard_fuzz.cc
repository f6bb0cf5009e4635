// A guard hits exactly when one of its patterns matches in some string or key by itself, or in its normal form, or where
// the guard asks in its skeleton; and likewise in the strings and keys of documents that strings are, up to four within each other.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>
#include <string>

#include "base/assert.h"
#include "guard/guard.h"
#include "json/place.h"
#include "pattern/database.h"
#include "pattern/normal_form.h"
#include "tests/fuzz/plant.h"
#include "tests/support/collect_json.h"
#include "tests/support/padded.h"
#include "tests/support/plain_json.h"

using namespace gatehouse;

namespace {

const std::vector<guard::GuardRule> kRules = {
    {"plain", {"ab", "drop\\s+table"}, false},
    {"borders", {"\\bw\\b", "\\Bz\\B", "^c$", "q$", "^r"}, false},
    {"whole", {"\\Ad", "e\\z", "(?-m)^f"}, true},
    {"wide", {"g.*h", "[^i]{3}i", "\xc3\xa9.\xc3\xa9", "k{2,5}\\n"}, false},
    {.name = "alike", .patterns = {"pay", "x(?!y)"}, .confusables = true},
};
constexpr size_t kAlike = 4;

const http::Field kJsonType[] = {{"Content-Type", "application/json", http::FieldId::content_type}};

struct World {
  std::shared_ptr<const guard::Set> set = *guard::Set::compile(kRules);
  guard::Inspector inspector;
  std::vector<pattern::Database> single;  // one per guard
  pattern::Scratch scratch;
  pattern::NormalForm form;

  World() {
    GH_ASSERT(inspector.prepare(*set));
    for (const guard::GuardRule& rule : kRules) {
      std::vector<pattern::Pattern> patterns;
      for (const std::string& text : rule.patterns) patterns.push_back({text, 0, !rule.case_sensitive});
      auto compiled = pattern::Database::compile(patterns);
      single.push_back(std::move(compiled).value());
      GH_ASSERT(scratch.fit(single.back()));
    }
  }

  using Made = pattern::NormalForm::Outcome;
  /// Whether guards could tell at all what is in a text.
  bool has_form(ByteView text) { return form.make(text) != Made::failed && form.make_skeleton(text) != Made::failed; }

  bool matches(size_t guard, ByteView text) {
    if (matches_as_it_is(guard, text)) return true;
    if (form.make(text) == Made::changed && matches_as_it_is(guard, std::string(form.text()))) return true;
    return guard == kAlike && form.make_skeleton(text) == Made::changed && matches_as_it_is(guard, std::string(form.text()));
  }
  bool matches_as_it_is(size_t guard, ByteView text) {
    return scratch.scan(single[guard], text, [](uint32_t, size_t) { return false; }) == pattern::Scratch::Outcome::stopped;
  }
};

bool too_deep = false;   // some text was, since this was set

/// A text, and those that it holds when it is a document.
void unfold(ByteView text, int level, std::vector<std::string>* all) {
  all->emplace_back(text);
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (level == 4 || first == ByteView::npos || (text[first] != '{' && text[first] != '[')) return;
  json::Document document;
  const testing::Padded padded(text);
  testing::CollectJson seen{document, {}, {}, {}};
  const json::Error error = document.walk(padded.view(), seen, {.duplicates = true, .lone_surrogates = true, .constants = true});
  too_deep = too_deep || error == json::Error::too_deep;
  if (error != json::Error::none) return;
  for (const testing::Leaf& leaf : seen.leaves) {
    if (leaf.kind == 'k') all->push_back(leaf.text);
    if (leaf.kind == 's') unfold(leaf.text, level + 1, all);
  }
}

std::vector<std::string> unfolded(ByteView text) {
  std::vector<std::string> all;
  unfold(text, 0, &all);
  return all;
}

// What a service makes of a name or value; nothing when it cannot be told.
std::optional<std::string> decoded(ByteView raw) {
  std::string text;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '+') text += ' ';
    else if (raw[i] != '%') text += raw[i];
    else {
      const auto digit = [&](size_t at) {
        const size_t value = at < raw.size() ? ByteView("0123456789abcdef").find(static_cast<char>(tolower(raw[at])))
                                             : ByteView::npos;
        return value == ByteView::npos ? -1 : static_cast<int>(value);
      };
      const int high = digit(i + 1), low = digit(i + 2);
      if (high < 0 || low < 0) return std::nullopt;
      text += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  const std::string quoted = "\"" + [&] {   // a JSON parser judges the UTF-8
    std::string inside;
    for (const char c : text) inside += static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\' ? '.' : c;
    return inside;
  }() + "\"";
  return testing::PlainJson(quoted).ok() ? std::optional(text) : std::nullopt;
}

void look_at_query(World& world, guard::Selection guards, ByteView query) {
  const guard::Verdict verdict = world.inspector.inspect(*world.set, guards, {.query = query}, guard::Patience::all);
  bool hit = false, clear = true, formed = true;
  too_deep = false;
  for (const char* separators : {"&", "&;"}) {
    for (size_t at = 0; at <= query.size();) {
      const size_t end = std::min(query.find_first_of(separators, at), query.size());
      const ByteView parameter = query.substr(at, end - at);
      const size_t equals = std::min(parameter.find('='), parameter.size());
      for (const ByteView raw : {parameter.substr(0, equals), parameter.substr(std::min(equals + 1, parameter.size()))}) {
        const auto whole = decoded(raw);
        clear = clear && whole.has_value();
        if (!whole || parameter.empty()) continue;
        for (const std::string& text : unfolded(*whole)) {
          formed = formed && (guards == 0 || world.has_form(text));
          for (size_t guard = 0; guard < kRules.size(); ++guard)
            hit = hit || ((guards >> guard & 1) != 0 && world.matches(guard, text));
        }
      }
      at = end + 1;
    }
  }
  GH_ASSERT(verdict.reason == (!clear                     ? Reason::guard_query
                               : too_deep && guards != 0 ? Reason::guard_depth
                               : !formed                 ? Reason::guard_uninspectable
                               : hit                     ? Reason::guard_hit
                                                         : Reason::none));
  GH_ASSERT((verdict.reason == Reason::guard_hit) == !verdict.hits.empty());
  for (const guard::Hit& each : verdict.hits)
    GH_ASSERT(each.place.starts_with('?') && each.evidence.size() <= 64 && each.place.size() <= 64);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size == 0) return 0;
  const guard::Selection guards = data[0] & 31;
  const ByteView body(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 0x80) != 0) {
    look_at_query(world, guards, body);
    return 0;
  }
  const testing::Padded padded(body);
  guard::Verdict verdict = world.inspector.inspect(*world.set, guards, {.fields = kJsonType, .body = padded.view()}, guard::Patience::all);
  PLANT(if ((guards & 8) == 0 && verdict.reason == Reason::guard_hit) verdict.reason = Reason::none);
  const testing::PlainJson plain(body);
  if (body.empty()) {
    GH_ASSERT(verdict.reason == Reason::none);
    return 0;
  }
  if (!plain.ok()) {
    // UTF-16 and UTF-32 have zeros, and are JSON that this oracle does not read; as is what has a mark before it.
    GH_ASSERT(body.find('\0') != ByteView::npos || body.starts_with("\xef\xbb\xbf") ||
              (verdict.reason != Reason::none && verdict.reason != Reason::guard_hit));
    return 0;
  }
  bool hit = false, formed = true;
  too_deep = false;
  size_t found = 0;   // of the hits that were told, which are true
  for (const testing::Leaf& leaf : plain.leaves()) {
    if (leaf.kind != 's' && leaf.kind != 'k') continue;
    for (const std::string& text : leaf.kind == 's' ? unfolded(leaf.text) : std::vector{leaf.text}) {
      formed = formed && (guards == 0 || world.has_form(text));
      for (size_t guard = 0; guard < kRules.size(); ++guard) {
        if ((guards >> guard & 1) == 0 || !world.matches(guard, text)) continue;
        hit = true;
        for (const guard::Hit& each : verdict.hits)
          found += guard == each.guard && (leaf.place == each.place || leaf.place.size() > json::kPlaceMax);
      }
    }
  }
  if (too_deep && guards != 0) {
    GH_ASSERT(verdict.reason == Reason::guard_depth);
    return 0;
  }
  GH_ASSERT(verdict.reason == (!formed ? Reason::guard_uninspectable : hit ? Reason::guard_hit : Reason::none));
  GH_ASSERT(found >= verdict.hits.size());
  for (const guard::Hit& each : verdict.hits) GH_ASSERT(each.evidence.size() <= 64);
  return 0;
}
