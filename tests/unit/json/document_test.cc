#include "json/document.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <random>
#include <string>
#include <vector>

#include "json/place.h"
#include "tests/support/collect_json.h"
#include "tests/support/padded.h"

namespace gatehouse::json {
namespace {

using testing::CollectJson;
using testing::Leaf;
using testing::Padded;
using testing::PlainJson;

Error walk(ByteView text) {
  Document document;
  const Padded padded(text);
  CollectJson seen{document, {}, {}, {}};
  return document.walk(padded.view(), seen);
}

std::vector<Leaf> leaves(ByteView text) {
  Document document;
  const Padded padded(text);
  CollectJson seen{document, {}, {}, {}};
  EXPECT_EQ(document.walk(padded.view(), seen), Error::none) << text;
  seen.find_places();
  return seen.leaves;
}

/// The two readers agree on everything: verdict, spans, texts, places, shape.
void compare(ByteView text) {
  Document document;
  const Padded padded(text);
  CollectJson seen{document, {}, {}, {}};
  const bool ok = document.walk(padded.view(), seen) == Error::none;
  const PlainJson plain(text);
  ASSERT_EQ(ok, plain.ok()) << text;
  if (!ok) return;
  seen.find_places();
  ASSERT_EQ(seen.shape, plain.shape()) << text;
  ASSERT_EQ(seen.leaves.size(), plain.leaves().size()) << text;
  for (size_t i = 0; i < seen.leaves.size(); ++i) {
    const Leaf &a = seen.leaves[i], &b = plain.leaves()[i];
    ASSERT_EQ(a.kind, b.kind) << text;
    ASSERT_EQ(a.offset, b.offset) << text;
    ASSERT_EQ(a.length, b.length) << text;
    ASSERT_EQ(a.text, b.text) << text;
    ASSERT_EQ(a.place, b.place) << text;
  }
}

TEST(Document, spans_texts_and_places) {
  const auto seen = leaves(R"( {"a" : ["x\n\u00e9\ud83d\ude00", -1.5e+3 , true], "b~/":{"":null}} )");
  ASSERT_EQ(seen.size(), 7u);
  EXPECT_EQ(seen[0].text, "a");
  EXPECT_EQ(seen[0].place, "/a");
  EXPECT_EQ(seen[1].text, "x\n\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(seen[1].offset, 10u);
  EXPECT_EQ(seen[1].length, 21u);
  EXPECT_EQ(seen[1].place, "/a/0");
  EXPECT_EQ(seen[2].text, "-1.5e+3");
  EXPECT_EQ(seen[2].place, "/a/1");
  EXPECT_EQ(seen[3].text, "true");
  EXPECT_EQ(seen[4].place, "/b~0~1");
  EXPECT_EQ(seen[5].place, "/b~0~1/");
  EXPECT_EQ(seen[6].text, "null");
}

TEST(Document, numbers_are_judged_by_grammar_not_by_range) {
  for (const char* good : {"0", "-0", "1e999", "-1E-999", "123456789012345678901234567890", "0.000", "1.5e+3", "10"})
    EXPECT_EQ(walk(good), Error::none) << good;
  for (const char* bad : {"01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "1_0", "--1", "1.2.3", "NaN", "Infinity",
                          "1e5e", "1 2", "1,", "-a", "1\x0c", "1\x1a", "1\x0b",
                          "1234567;", "12345678;12345678", "1234=67812", "0.1234567?", "1e1234567>", "1;000000e5"})
    EXPECT_EQ(walk(bad), Error::malformed) << bad;
  EXPECT_EQ(leaves("[123456789012345678901234567890]")[0].text, "123456789012345678901234567890");
}

TEST(Document, every_token_is_judged_where_nobody_looks) {
  for (const char* bad :
       {R"({"a":1,"b":tru})", R"({"a":1,"b":truee})", R"({"a":{"b":[1,2,{"c":nul}]}})", R"(["a"b])", R"(["a""b"])",
        R"([1"a"])", R"(["a" "b"])", R"(["a"1])", R"({"a":"b"c})", R"([true false])", R"({"a" 1})", R"({1:2})",
        R"({"a":1,})", R"([1,])", R"([,1])", R"([1,,2])", R"([1}])", R"({"a":1])", R"([1]])", R"([1] x)", R"([1]"")",
        R"(["a\q"])", R"(["\u12"])", R"(["\u12g4"])", R"([\"a"])", R"({"\x":1})", R"(["a\)", R"(["\ud800"])",
        R"(["\udc00\ud800"])", R"(["\ud800\u0041"])", R"({"\udc00":1})", "[\"a\nb\"]", "[\"\x01\"]", "[\"\xff\"]",
        "[\"\xed\xa0\x80\"]", "[\"\xc0\x80\"]", "\xef\xbb\xbf[]", "", " ", "\t", "[", "{", "\"", "]", "}", ",", ":",
        "'a'", "// x\n1", "\x0c[]"})
    EXPECT_EQ(walk(bad), Error::malformed) << bad;
  EXPECT_EQ(walk(ByteView("[1]\0", 4)), Error::malformed);
  EXPECT_EQ(walk(ByteView("\0", 1)), Error::malformed);
}

TEST(Document, scalars_alone_are_documents) {
  for (const char* good : {"1", "\"\"", " true ", "null\n", "\"a\\\\\"", "[]", "{}", "[[]]", "{\"\":{}}"})
    EXPECT_EQ(walk(good), Error::none) << good;
}

TEST(Document, repeated_keys_are_refused_however_they_are_written) {
  for (const char* bad : {R"({"a":1,"a":1})", R"({"a":1,"\u0061":2})", R"({"x":{"k/":1,"k\/":2}})",
                          R"([{"":1,"":2}])", R"({"a":1,"b":{"a":1},"a":2})", R"({"\n":1,"\u000a":1})",
                          R"({"\ud83d\ude00":1,"😀":2})", R"({"same_long_key":1,"same_long_ke\u0079":2})"})
    EXPECT_EQ(walk(bad), Error::duplicate_key) << bad;
  for (const char* good : {R"({"a":1,"A":1})", R"({"a":{"a":1}})", R"([{"a":1},{"a":1}])", R"({"a":1,"a ":1})",
                           R"({"a":1,"a\u0000":1})", R"({"":1,"\u0000":1})", R"({"aaaaaaaab":1,"aaaaaaaac":1})"})
    EXPECT_EQ(walk(good), Error::none) << good;
}

TEST(Document, what_a_route_lets_pass_is_still_seen) {
  const testing::Padded padded(R"({"a":"one","\u0061":"\ud800x\udc00","b":"\ud83d\ude00\ud83d"})");
  Document document;
  testing::CollectJson seen{document, {}, {}, {}};
  EXPECT_EQ(document.walk(padded.view(), seen, {true, false}), Error::malformed);
  EXPECT_EQ(document.walk(padded.view(), seen, {false, true}), Error::duplicate_key);
  seen.leaves.clear();
  EXPECT_EQ(document.walk(padded.view(), seen, {true, true}), Error::none);
  ASSERT_EQ(seen.leaves.size(), 6u);
  EXPECT_EQ(seen.leaves[1].text, "one");
  EXPECT_EQ(seen.leaves[3].text, "\uFFFDx\uFFFD");
  EXPECT_EQ(seen.leaves[5].text, "\U0001F600\uFFFD");
}

TEST(Document, repeated_keys_are_found_among_many) {
  for (const size_t count : {11u, 12u, 13u, 14u, 1000u, 20000u}) {
    std::string text = "{";
    for (size_t i = 0; i < count; ++i) text += "\"common_prefix_" + std::to_string(i * 7919 % count) + "\":0,";
    EXPECT_EQ(walk(text + "\"last\":1}"), Error::none) << count;
    EXPECT_EQ(walk(text + "\"common_prefix_3\":1}"), Error::duplicate_key) << count;
    EXPECT_EQ(walk(text + "\"common_prefi\\u0078_4\":1}"), Error::duplicate_key) << count;
  }
}

TEST(Document, nesting_is_bounded) {
  const std::string open(kJsonDepthMax, '['), close(kJsonDepthMax, ']');
  EXPECT_EQ(walk(open + close), Error::none);
  EXPECT_EQ(walk("[" + open + close + "]"), Error::too_deep);
  EXPECT_EQ(walk(std::string(100000, '[')), Error::too_deep);
  std::string objects;
  for (int i = 0; i < 50000; ++i) objects += "[{\"\":";
  EXPECT_EQ(walk(objects + "\n"), Error::too_deep);
}

TEST(Document, places_may_be_asked_in_any_order) {
  Document document;
  const Padded padded(R"([{"a":[1,2]},{"b":{"c":3}},4])");
  CollectJson seen{document, {}, {}, {}};
  ASSERT_EQ(document.walk(padded.view(), seen), Error::none);
  seen.find_places();
  Place place;
  place.start(document);
  for (size_t i = seen.leaves.size(); i-- > 0;) EXPECT_EQ(place.of(seen.indexes[i]), seen.leaves[i].place);
  EXPECT_EQ(place.of(seen.indexes[1]), "/0/a/0");
  EXPECT_EQ(place.of(seen.indexes[1]), "/0/a/0");
}

TEST(Document, long_places_are_cut_on_a_character) {
  Document document;
  std::string key;
  for (int i = 0; i < 400; ++i) key += "\xc3\xa9";
  const Padded padded("{\"a" + key + "\":1}");
  CollectJson seen{document, {}, {}, {}};
  ASSERT_EQ(document.walk(padded.view(), seen), Error::none);
  Place place;
  place.start(document);
  const std::string cut(place.of(seen.indexes[1]));
  EXPECT_LE(cut.size(), kPlaceMax);
  EXPECT_EQ(cut.substr(cut.size() - 3), "\xe2\x80\xa6");
  EXPECT_TRUE(PlainJson("\"" + cut + "\"").ok());
}

/// Mutations of a small document, compared with the plain reader on every kernel this machine has.
TEST(Document, agrees_with_a_plain_reader_on_every_kernel) {
  const std::string seed = R"({"a\u0041":[1,-2.5e3,"x\"y\\",true,null,{"":{}}],"b":"\ud83d\ude00 )"
                           "\xc3\xa9\xe2\x82\xac" R"(", "long":"0123456789012345678901234567890123456789\n012345"} )";
  const std::string alphabet = "\"\\{}[],: \n\tu0d8ce1-.+tfn\x01\x0c\x1a\x80\xff\xc3";
  const auto* const before = simdjson::get_active_implementation().operator->();
  for (const auto* kernel : simdjson::get_available_implementations()) {
    if (!kernel->supported_by_runtime_system()) continue;
    SCOPED_TRACE(kernel->name());
    simdjson::get_active_implementation() = kernel;
    std::mt19937 random(7);
    const auto pick = [&](size_t n) { return static_cast<size_t>(random() % n); };
    for (int round = 0; round < 6000; ++round) {
      std::string text = seed;
      for (size_t edits = pick(4); edits-- > 0;) {
        const size_t at = pick(text.size());
        switch (pick(4)) {
          case 0: text[at] = alphabet[pick(alphabet.size())]; break;
          case 1: text.erase(at, 1 + pick(3)); break;
          case 2: text.insert(at, 1, alphabet[pick(alphabet.size())]); break;
          default: text.insert(at, std::string(1 + pick(70), alphabet[pick(alphabet.size())])); break;
        }
        if (text.empty()) text = " ";
      }
      ASSERT_NO_FATAL_FAILURE(compare(text));
    }
  }
  simdjson::get_active_implementation() = before;
}

}  // namespace
}  // namespace gatehouse::json
