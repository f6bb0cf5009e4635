// A guard hits exactly when one of its patterns matches in some string or key by itself.
#include <cstdint>

#include "base/assert.h"
#include "guard/guard.h"
#include "json/place.h"
#include "pattern/database.h"
#include "tests/support/padded.h"
#include "tests/support/plain_json.h"

using namespace gatehouse;

namespace {

const std::vector<guard::GuardRule> kRules = {
    {"plain", {"ab", "drop\\s+table"}, false},
    {"borders", {"\\bw\\b", "\\Bz\\B", "^c$", "q$", "^r"}, false},
    {"whole", {"\\Ad", "e\\z", "(?-m)^f"}, true},
    {"wide", {"g.*h", "[^i]{3}i", "\xc3\xa9.\xc3\xa9", "k{2,5}\\n"}, false},
};

struct World {
  std::shared_ptr<const guard::Set> set = *guard::Set::compile(kRules);
  guard::Inspector inspector;
  std::vector<pattern::Database> single;  // one per guard
  pattern::Scratch scratch;

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

  bool matches(size_t guard, ByteView text) {
    return scratch.scan(single[guard], text, [](uint32_t, size_t) { return false; }) == pattern::Scratch::Outcome::stopped;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size == 0) return 0;
  const guard::Selection guards = data[0] & 15;
  const ByteView body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const testing::Padded padded(body);
  const guard::Inspector::Verdict verdict = world.inspector.inspect(*world.set, guards, padded.view());
  const testing::PlainJson plain(body);
  if (!plain.ok()) {
    GH_ASSERT(verdict.reason == Reason::guard_uninspectable || verdict.reason == Reason::guard_duplicate_key ||
              verdict.reason == Reason::guard_depth);
    return 0;
  }
  bool hit = false, here = false;
  for (const testing::Leaf& leaf : plain.leaves()) {
    if (leaf.kind != 's' && leaf.kind != 'k') continue;
    for (size_t guard = 0; guard < kRules.size(); ++guard) {
      if ((guards >> guard & 1) == 0 || !world.matches(guard, leaf.text)) continue;
      hit = true;
      here = here || (guard == verdict.guard && (leaf.place == verdict.place || leaf.place.size() > json::kPlaceMax));
    }
  }
  GH_ASSERT(verdict.reason == (hit ? Reason::guard_hit : Reason::none));
  GH_ASSERT(!hit || here);
  GH_ASSERT(verdict.evidence.size() <= 64);
  return 0;
}
