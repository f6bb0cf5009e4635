// What is looked for in many texts at once, by anchors and only where a run stands, is what each text by itself says.
#include "guard/search.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "pattern/confirm.h"
#include "pattern/cost.h"
#include "pattern/shipped.h"

namespace gatehouse::guard {
namespace {

std::shared_ptr<const Set> make_sets() {
  GuardRule secrets{"secrets", {}}, both{"both", {"drop\\s+table", "\\bkey-[a-z]{20}", "\\Aexactly\\z"}};
  both.case_sensitive = true;
  secrets.sets = {"secrets"};
  both.sets = {"destructive-commands", "secrets"};
  return *Set::compile({secrets, both, {"own", {"delete_all", "(?<!x)yz{3}"}}});
}

const std::shared_ptr<const Set>& sets() {
  static const std::shared_ptr<const Set> set = make_sets();   // seconds
  return set;
}

std::vector<std::string> examples() {
  std::vector<std::string> all;
  for (const auto set : {pattern::destructive_commands(), pattern::secrets()})
    for (const auto& one : set) all.emplace_back(one.hits);
  return all;
}

/// Who finds something in which text: by the patterns of each guard, one text after the other.
std::set<std::pair<uint32_t, uint32_t>> one_by_one(const Set& set, Selection guards, const std::vector<std::string>& texts) {
  std::set<std::pair<uint32_t, uint32_t>> found;
  const Patterns& patterns = set.state().patterns;
  pattern::Scratch scratch;
  scratch.fit(patterns.all.exact);
  for (uint32_t i = 0; i < texts.size(); ++i)
    scratch.scan(patterns.all.exact, texts[i], [&](uint32_t id, size_t) {
      const uint32_t guard = patterns.rules[id].guard;
      if ((guards >> guard & 1) != 0) found.emplace(guard, i);
      return true;
    });
  return found;
}

std::string pick(std::mt19937& random, const std::vector<std::string>& hits) {
  const auto of = [&](auto... each) {
    const std::string all[] = {each...};
    return all[random() % sizeof...(each)];
  };
  switch (random() % 8) {
    case 0: return hits[random() % hits.size()];
    case 1: return "a " + hits[random() % hits.size()] + of("", "\n", " z", "9");
    case 2: return of("", "a", "drop table", "key-abcdefghijklmnopqrst", "exactly", "not exactly", "delete_all", "yzzz", "xyzzz");
    case 3: return "0b5a2f7e-6f1d-4c38-9a52-" + std::to_string(100000000000 + random() % 1000);
    case 4: return of("sudo helm", "rm -r", "AKIA", "api_key=", "ghp_", "kind: Secret", "://a:", "\xe2\x84\xaa");
    default: {
      const ByteView sample = pattern::cost_sample();
      return std::string(sample.substr(random() % (sample.size() - 900), random() % 900));
    }
  }
}

TEST(Search, of_many_texts_finds_what_each_text_has) {
  const auto& set = sets();
  Search search;
  ASSERT_TRUE(search.prepare(*set));
  const std::vector<std::string> hits = examples();
  std::mt19937 random(11);
  size_t told = 0;
  for (int round = 0; round < 400; ++round) {
    std::vector<std::string> list(1 + random() % (round % 10 == 0 ? 60 : 6));
    const Selection guards = round % 4 == 0 ? Selection{1} << random() % 3 : 7;
    Texts texts;
    for (std::string& text : list) texts.add_plain(text = pick(random, hits), {0, 0, 0, Source::value, false, Form::read, 0, 0, 7});
    Room<Search::Match> matches;
    ASSERT_EQ(search.run(*set, guards, texts, pattern::confirm_steps(1 << 20), &matches), Search::Known::all);
    std::set<std::pair<uint32_t, uint32_t>> found;
    for (const Search::Match& match : matches) found.emplace(set->state().patterns.rules[match.pattern].guard, match.text);
    const auto expected = one_by_one(*set, guards, list);
    ASSERT_EQ(found, expected) << round;
    told += expected.size();
  }
  EXPECT_GT(told, 500u);
}

TEST(Search, each_shipped_pattern_is_found_beside_ordinary_text) {
  const auto& set = sets();
  Search search;
  ASSERT_TRUE(search.prepare(*set));
  const std::string prose(pattern::cost_sample().substr(0, 2000));
  for (const std::string& hit : examples())
    for (const bool joined : {false, true}) {
      Texts texts;
      const auto add = [&](const std::string& text) { texts.add_plain(text, {0, 0, 0, Source::value, false, Form::read, 0, 0, 7}); };
      if (joined) add(prose + "\n" + hit + "\n" + prose);
      else add(prose), add(hit), add(prose);
      Room<Search::Match> matches;
      ASSERT_EQ(search.run(*set, 2, texts, pattern::confirm_steps(1 << 20), &matches), Search::Known::all);
      EXPECT_FALSE(matches.empty()) << hit;
    }
}

}  // namespace
}  // namespace gatehouse::guard
