#include "guard/shape.h"

#include <gtest/gtest.h>

#include "json/place.h"
#include "tests/support/padded.h"

namespace gatehouse::guard {
namespace {

using Wrong = ShapeViolation::Wrong;

struct Found {
  std::vector<ShapeViolation> violations;
  std::vector<std::string> places, texts;
};

Found look(const std::vector<ShapeRule>& rules, ByteView body, uint64_t guards = UINT64_MAX) {
  const auto compiled = ShapeRules::compile(rules);
  EXPECT_TRUE(compiled.ok()) << (compiled.ok() ? "" : compiled.error().text);
  json::Document document;
  ShapeCheck check;
  check.prepare(**compiled);
  check.start(**compiled, guards, document);
  const testing::Padded padded(body);
  Found found;
  EXPECT_TRUE(body.empty() || document.walk(padded.view(), check) == json::Error::none) << body;
  const auto violations = check.finish();
  json::Place place;
  if (!body.empty()) place.start(document);
  for (const ShapeViolation& each : violations) {
    found.violations.push_back(each);
    found.places.emplace_back(each.token == kNoToken ? ByteView() : place.of(each.token));
    found.texts.push_back(words(**compiled, each));
  }
  return found;
}

/// What one clause says of a body: "" or place and words.
std::string said(const ShapeClause& clause, ByteView body) {
  const Found found = look({{0, {clause}}}, body);
  return found.texts.empty() ? "" : found.places[0] + ": " + found.texts[0];
}

ShapeClause at(std::initializer_list<std::string> pointers) {
  ShapeClause clause;
  clause.at = pointers;
  return clause;
}

TEST(Shape, Present) {
  ShapeClause clause = at({"/ids"});
  clause.present = true;
  EXPECT_EQ(said(clause, R"({"ids":[]})"), "");
  EXPECT_EQ(said(clause, R"({"ids":0})"), "");
  EXPECT_EQ(said(clause, R"({"id":[1]})"), ": /ids is missing");
  EXPECT_EQ(said(clause, R"({"a":{"ids":1}})"), ": /ids is missing");
  EXPECT_EQ(said(clause, R"({"ids":null})"), ": /ids is missing");
  EXPECT_EQ(said(clause, "[]"), ": /ids is missing");
  EXPECT_EQ(said(clause, ""), ": /ids is missing");
  EXPECT_EQ(said(clause, R"({"\u0069ds":1})"), "");
  clause.types = kNull | kArray;
  EXPECT_EQ(said(clause, R"({"ids":null})"), "");
  clause = at({"/points", "/filter"});
  clause.present = true;
  EXPECT_EQ(said(clause, R"({"filter":{}})"), "");
  EXPECT_EQ(said(clause, "{}"), ": /points or /filter is missing");
  clause = at({""});
  clause.present = true;
  EXPECT_EQ(said(clause, "[]"), "");
  EXPECT_EQ(said(clause, ""), ": the document is missing");
}

TEST(Shape, Absent) {
  ShapeClause clause = at({"/**/match_all"});
  clause.absent = true;
  EXPECT_EQ(said(clause, R"({"query":{"term":{"doc":"match_all"}}})"), "");
  EXPECT_EQ(said(clause, R"({"query":{"match_all":{}}})"), "/query/match_all: /**/match_all must not be there");
  EXPECT_EQ(said(clause, R"({"match_all":null})"), "/match_all: /**/match_all must not be there");
  EXPECT_EQ(said(clause, R"([[1,{"a":[{"match_all":{"boost":1}}]}]])"), "/0/1/a/0/match_all: /**/match_all must not be there");
}

TEST(Shape, Types) {
  const char* const bodies[] = {R"("x")", "1.5", "1", "true", "[]", "{}", "null"};
  const uint8_t types[] = {kString, kNumber, kInteger, kBoolean, kArray, kObject, kNull};
  for (size_t t = 0; t < 7; ++t)
    for (size_t b = 0; b < 7; ++b) {
      ShapeClause clause = at({"/v"});
      clause.types = types[t];
      const bool fits = t == b || (types[t] == kNumber && types[b] == kInteger);
      EXPECT_EQ(said(clause, "{\"v\":" + std::string(bodies[b]) + "}"), fits ? "" : "/v: /v has another type than asked for") << t << b;
    }
  ShapeClause clause = at({"/v"});
  clause.types = kInteger;
  for (const char* whole : {"0", "-0.0", "1.0", "1e2", "1.50e1", "150e-1", "0e-999", "1E+999999999999", "-12.300e1"})
    EXPECT_EQ(said(clause, "{\"v\":" + std::string(whole) + "}"), "") << whole;
  for (const char* broken : {"0.5", "1e-1", "1.55e1", "15e-2", "1e-99999999999999999999", "100.01"})
    EXPECT_NE(said(clause, "{\"v\":" + std::string(broken) + "}"), "") << broken;
  clause.types = kString | kArray;
  EXPECT_EQ(said(clause, R"({"v":[]})") + said(clause, R"({"v":""})") + said(clause, "{}"), "");
}

TEST(Shape, NonEmptyMinMax) {
  ShapeClause clause = at({"/ids"});
  clause.non_empty = true;
  EXPECT_EQ(said(clause, R"({"ids":["a"]})"), "");
  EXPECT_EQ(said(clause, R"({"ids":{"a":1}})"), "");
  EXPECT_EQ(said(clause, R"({"ids":[[]]})"), "");
  EXPECT_EQ(said(clause, R"({"ids":[]})"), "/ids: /ids is empty, at least 1 is asked for");
  EXPECT_EQ(said(clause, R"({"ids":[ ]})"), "/ids: /ids is empty, at least 1 is asked for");
  EXPECT_EQ(said(clause, R"({"ids":""})"), "/ids: /ids is empty, at least 1 is asked for");
  EXPECT_EQ(said(clause, R"({"ids":{}})"), "/ids: /ids is empty, at least 1 is asked for");
  EXPECT_EQ(said(clause, R"({"ids":null})"), "/ids: /ids is empty, at least 1 is asked for");
  EXPECT_EQ(said(clause, R"({"ids":false})"), "/ids: /ids has no length");
  EXPECT_EQ(said(clause, R"({"document_ids":["a"]})"), ": /ids is missing");
  clause = at({"/v"});
  clause.min = 2;
  clause.max = 3;
  EXPECT_EQ(said(clause, "{}"), "");
  EXPECT_EQ(said(clause, R"({"v":[1]})"), "/v: /v has only 1, at least 2 are asked for");
  EXPECT_EQ(said(clause, R"({"v":[1,2]})"), "");
  EXPECT_EQ(said(clause, R"({"v":{"a":1,"b":[1,2,3,4],"c":{}}})"), "");
  EXPECT_EQ(said(clause, R"({"v":[1,2,[3],4]})"), "/v: /v has 4, at most 3 are allowed");
  EXPECT_EQ(said(clause, R"({"v":"\u00e9\ud83d\ude00é"})"), "");
  EXPECT_EQ(said(clause, R"({"v":"abcd"})"), "/v: /v has 4, at most 3 are allowed");
  EXPECT_EQ(said(clause, R"({"v":7})"), "/v: /v has no length");
  clause.types = kNumber | kString;
  EXPECT_EQ(said(clause, R"({"v":7})"), "");
  clause = at({""});
  clause.max = 2;
  EXPECT_EQ(said(clause, "[1,2,3]"), ": the document has 3, at most 2 are allowed");
}

TEST(Shape, In) {
  ShapeClause clause = at({"/target/kind"});
  clause.in = {{"inbody"}, {"1", false}, {"null", false}};
  EXPECT_EQ(said(clause, R"({"target":{"kind":"inbody"}})") + said(clause, R"({"target":{"kind":1}})") + said(clause, R"({"target":{"kind":null}})"), "");
  for (const char* value : {R"("s3")", R"("INBODY")", R"("1")", "1.0", "true", R"(["inbody"])", "{}", R"("null")"})
    EXPECT_EQ(said(clause, "{\"target\":{\"kind\":" + std::string(value) + "}}"), "/target/kind: /target/kind has a value that is not listed") << value;
  EXPECT_EQ(said(clause, "{}"), "");
}

TEST(Shape, NotInComparesAsACarelessService) {
  ShapeClause clause = at({"/disposition"});
  clause.not_in = {{"EXTERNAL_LINKS"}, {"true", false}, {"7", false}};
  for (const char* value : {R"("INLINE")", "null", "false", "8", R"("EXTERNAL")"})
    EXPECT_EQ(said(clause, "{\"disposition\":" + std::string(value) + "}"), "") << value;
  for (const char* value : {R"("EXTERNAL_LINKS")", R"("external_links")", R"("\u0045XTERNAL_LINKS")", R"(" external_links\n")", R"("TRUE")", "7.0", "70e-1", R"("7")"})
    EXPECT_EQ(said(clause, "{\"disposition\":" + std::string(value) + "}"), "/disposition: /disposition has a forbidden value") << value;
  EXPECT_EQ(said(clause, R"({"disposition":["EXTERNAL_LINKS"]})"), "/disposition: /disposition is an array or object where a value was expected");
  clause.types = kArray;
  EXPECT_EQ(said(clause, R"({"disposition":[]})"), "");
}

TEST(Shape, Only) {
  ShapeClause clause = at({""});
  clause.only = {"ids", "a/b"};
  EXPECT_EQ(said(clause, "{}") + said(clause, R"({"ids":[{"x":1}]})") + said(clause, R"({"a\/b":1})"), "");
  EXPECT_EQ(said(clause, R"({"ids":[],"document_ids":[]})"), "/document_ids: the document has a member that is not listed");
  EXPECT_EQ(said(clause, R"({"IDS":[]})"), "/IDS: the document has a member that is not listed");
  EXPECT_EQ(said(clause, "[]"), ": the document is no object");
  EXPECT_EQ(said(clause, "null"), ": the document is no object");
  clause.types = kObject | kNull;
  EXPECT_EQ(said(clause, "null"), "");
  clause = at({"/docs/*"});
  clause.only = {"id"};
  EXPECT_EQ(said(clause, R"({"docs":[{"id":1},{"id":2,"all":true}]})"), "/docs/1/all: /docs/* has a member that is not listed");
}

TEST(Shape, EveryAndSome) {
  ShapeClause clause = at({"/docs/*/id"});
  clause.types = kString;
  EXPECT_EQ(said(clause, R"({"docs":[]})"), "");
  EXPECT_EQ(said(clause, R"({"docs":[{"id":"a"},{}]})"), "");
  EXPECT_EQ(said(clause, R"({"docs":[{"id":"a"},{"id":1}]})"), "/docs/1/id: /docs/*/id has another type than asked for");
  clause.some = true;
  EXPECT_EQ(said(clause, R"({"docs":[{"id":"a"},{"id":1}]})"), "");
  EXPECT_EQ(said(clause, R"({"docs":{"x":{"id":"a"}}})"), "");
  EXPECT_EQ(said(clause, R"({"docs":[{"id":2},{"id":1}]})"), ": /docs/*/id has no value that fits");
  EXPECT_EQ(said(clause, R"({"docs":[]})"), ": /docs/*/id is missing");
  clause = at({"/filter/*"});
  clause.some = true;
  clause.min = 1;
  EXPECT_EQ(said(clause, R"({"filter":{"must":[],"should":[1]}})"), "");
  EXPECT_EQ(said(clause, R"({"filter":{"must":[],"should":[]}})"), ": /filter/* has no value that fits");
}

TEST(Shape, ElementsByNumber) {
  ShapeClause clause = at({"/a/1"});
  clause.types = kString;
  EXPECT_EQ(said(clause, R"({"a":[1,"x",1]})"), "");
  EXPECT_EQ(said(clause, R"({"a":["x",[],"x"]})"), "/a/1: /a/1 has another type than asked for");
  EXPECT_EQ(said(clause, R"({"a":{"1":2}})"), "/a/1: /a/1 has another type than asked for");
  clause = at({"/a/0/b"});
  clause.absent = true;
  EXPECT_EQ(said(clause, R"({"a":[[{"b":1}],{"b":1}]})"), "");
  EXPECT_EQ(said(clause, R"({"a":[{"b":1}]})"), "/a/0/b: /a/0/b must not be there");
}

TEST(Shape, PlacesOfContainers) {
  ShapeClause clause = at({"/**"});
  clause.max = 1;
  clause.types = kArray | kObject | kNumber | kString;
  EXPECT_EQ(said(clause, R"({"a":[[ ],[1]],"b":1})").substr(0, 2), "/a");
  const char* body = R"({"k":[1,[2],{"x":[],"y":[[3],[4,5]]}]})";
  EXPECT_EQ(said(clause, body).substr(0, 9), "/k/2/y/1:");
  clause = at({"/k/2/y/*"});
  clause.min = 2;
  EXPECT_EQ(said(clause, body).substr(0, 9), "/k/2/y/0:");
  clause = at({"/k/2"});
  clause.max = 1;
  EXPECT_EQ(said(clause, body).substr(0, 5), "/k/2:");
}

TEST(Shape, ManyRulesAndASelection) {
  std::vector<ShapeRule> rules;
  for (uint32_t guard = 0; guard < 64; ++guard) {
    ShapeClause clause = at({"/f" + std::to_string(guard)});
    clause.non_empty = true;
    rules.push_back({guard, {clause}});
  }
  EXPECT_EQ(look(rules, "{}", 0).violations.size(), 0u);
  const Found found = look(rules, R"({"f3":[1],"f5":[]})", 0b101001);
  ASSERT_EQ(found.violations.size(), 2u);
  EXPECT_EQ(found.violations[0].guard, 5u);
  EXPECT_EQ(found.violations[0].wrong, Wrong::short_);
  EXPECT_EQ(found.violations[1].guard, 0u);
  EXPECT_EQ(found.violations[1].wrong, Wrong::missing);
  EXPECT_EQ(look(rules, "{}").violations.size(), ShapeCheck::kViolationsMax);
}

TEST(Shape, AClauseIsNotedOnceAndMemoryIsKept) {
  ShapeClause clause = at({"/*"});
  clause.types = kString;
  EXPECT_EQ(look({{0, {clause}}}, "[1,2,3,4]").violations.size(), 1u);
}

std::string wrong(const ShapeRule& rule) {
  const auto compiled = ShapeRules::compile({rule});
  if (compiled.ok()) return "";
  return std::to_string(compiled.error().clause) + "/" + std::to_string(compiled.error().column) + " " + compiled.error().text;
}

TEST(Shape, CompileErrors) {
  ShapeClause good = at({"/a"});
  good.present = true;
  ShapeClause clause = at({"/a", "/b*"});
  clause.present = true;
  EXPECT_EQ(wrong({0, {good, clause}}), "1/3 * stands for a whole step only; inside a name it is ~2");
  EXPECT_EQ(wrong({64, {good}}), "0/0 a guard's index is below 64");
  EXPECT_EQ(wrong({0, {at({"/a"})}}), "0/0 a clause that asks nothing");
  EXPECT_EQ(wrong({0, {at({})}}), "0/0 a clause without a pointer");
  clause = good;
  clause.absent = true;
  EXPECT_EQ(wrong({0, {clause}}), "0/0 absent stands alone");
  clause = good;
  clause.some = true;
  clause.only.emplace();
  EXPECT_EQ(wrong({0, {clause}}), "0/0 only is asked of every object, not of some");
  clause = good;
  clause.min = 3;
  clause.max = 2;
  EXPECT_EQ(wrong({0, {clause}}), "0/0 min is above max");
  clause = good;
  clause.in = {{"nope", false}};
  EXPECT_EQ(wrong({0, {clause}}), "0/0 a value that is no string, number, true, false or null");
  EXPECT_EQ(wrong({0, std::vector<ShapeClause>(kClausesMax + 1, good)}), "1024/0 more clauses than a snapshot may have");
}

}  // namespace
}  // namespace gatehouse::guard
