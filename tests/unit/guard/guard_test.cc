#include "guard/guard.h"

#include <gtest/gtest.h>

#include <tuple>

#include "tests/support/padded.h"

namespace gatehouse::guard {
namespace {

using testing::Padded;

const std::vector<GuardRule> kRules = {
    {"sql", {R"(\bdrop\s+table\b)", R"(\btruncate\s+table\b)", R"(\bdelete\s+from\b)"}, false},
    {"exact", {"Purge"}, true},
    {"whole", {R"(\A\s*reset\s*\z)"}, false},
    {"lines", {"^wipe$"}, false},
    {"wide", {"begin.*end"}, false},
};
constexpr Selection kAll = 31;

const http::Field kJsonType[] = {{"Content-Type", "application/json", http::FieldId::content_type}};

Request json(const Padded& body) { return {.fields = kJsonType, .body = body.view()}; }

struct Seen {
  Reason reason;
  std::string guard, place, evidence;
};

class Guard : public ::testing::Test {
 protected:
  void SetUp() override {
    auto compiled = Set::compile(kRules);
    ASSERT_TRUE(compiled.ok());
    set_ = *compiled;
    ASSERT_TRUE(inspector_.prepare(*set_));
  }

  Seen inspect(ByteView body, Selection guards = kAll) {
    const Padded padded(body);
    return seen(inspector_.inspect(*set_, guards, json(padded), Patience::all));
  }
  Seen seen(const Verdict& verdict) {
    if (verdict.hits.empty()) return {verdict.reason, "", "", ""};
    const Hit& first = verdict.hits[0];
    return {verdict.reason, set_->name(first.guard), std::string(first.place), std::string(first.evidence)};
  }
  Reason reason(ByteView body, Selection guards = kAll) { return inspect(body, guards).reason; }

  std::shared_ptr<const Set> set_;
  Inspector inspector_;
};

TEST(GuardConfirms, look_around_is_asked_of_each_text_by_itself) {
  auto set = Set::compile({{"around", {"begin.*stop(?!ped)"}, false}});
  ASSERT_TRUE(set.ok());
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(**set));
  const auto reason = [&](ByteView body) {
    const Padded padded(body);
    return inspector.inspect(**set, 1, json(padded)).reason;
  };
  EXPECT_EQ(reason(R"(["begin and stop","x","stop"])"), Reason::guard_hit);  // not only the longest over all texts
  EXPECT_EQ(reason(R"(["begin","stop"])"), Reason::none);
  EXPECT_EQ(reason(R"(["begin, stopped"])"), Reason::none);
  EXPECT_EQ(reason(R"(["begin, stop","ped"])"), Reason::guard_hit);
}

TEST_F(Guard, passes_what_is_clean) {
  for (const char* clean : {R"({"text":"a table to drop things on"})", R"(["drop","table"])", "1", "\"\"", "{}",
                            R"({"drop":"table x"})", R"(["purge"])", R"(["Xdelete from"])", R"(["a reset"])"})
    EXPECT_EQ(reason(clean), Reason::none) << clean;
}

TEST_F(Guard, finds_a_command_in_any_value_and_key) {
  const Seen seen = inspect(R"({"a":[{"b/c":"x"},{"q":"please DROP   TABLE users; now"}]})");
  EXPECT_EQ(seen.reason, Reason::guard_hit);
  EXPECT_EQ(seen.guard, "sql");
  EXPECT_EQ(seen.place, "/a/1/q");
  EXPECT_EQ(seen.evidence, "please DROP   TABLE users; now");
  const Seen key = inspect(R"({"a":{"delete from x":1}})");
  EXPECT_EQ(key.reason, Reason::guard_hit);
  EXPECT_EQ(key.place, "/a/delete from x");
  EXPECT_EQ(inspect(R"(["x","delete from"])").place, "/1");
}

TEST_F(Guard, sees_through_every_escape) {
  for (const char* hit : {R"(["\u0044ROP TABLE x"])", R"(["drop\ntable x"])", R"(["drop\u0020table x"])",
                          R"(["drop\ttable"])", R"(["\u0064\u0072\u006f\u0070\u0020\u0074\u0061\u0062\u006c\u0065"])",
                          R"({"drop\u000atable":0})", R"(["\/\bdrop table"])", R"(["x\\\u0020drop\r\n\r\n  table y"])"})
    EXPECT_EQ(reason(hit), Reason::guard_hit) << hit;
}

TEST_F(Guard, never_matches_across_two_strings) {
  for (const char* clean : {R"(["drop","table"])", R"({"drop":"table"})", R"(["drop ","  table"])", R"(["begin","end"])",
                            R"(["begin",["x"],"y end"])", R"({"begin":{"k":"end"}})"})
    EXPECT_EQ(reason(clean), Reason::none) << clean;
  EXPECT_EQ(inspect(R"(["begin","end","begin end"])").place, "/2");
  EXPECT_EQ(inspect(R"(["begin","x end","", "y begin\nend"])").place, "/3");
}

TEST_F(Guard, borders_of_texts_are_borders_of_lines) {
  EXPECT_EQ(inspect(R"(["a","wipe","b"])").place, "/1");
  EXPECT_EQ(inspect(R"(["a\nwipe\nb"])").guard, "lines");
  EXPECT_EQ(reason(R"(["a wipe"])"), Reason::none);
  EXPECT_EQ(inspect(R"(["delete from"])").guard, "sql");
}

TEST_F(Guard, patterns_of_whole_texts_are_asked_text_by_text) {
  EXPECT_EQ(inspect(R"(["x"," reset\n","y"])").place, "/1");
  EXPECT_EQ(reason(R"(["x reset"])"), Reason::none);
  EXPECT_EQ(reason(R"(["reset\nx"])"), Reason::none);
}

TEST_F(Guard, only_selected_guards_count) {
  EXPECT_EQ(reason(R"(["drop table"])", 2), Reason::none);
  EXPECT_EQ(reason(R"(["drop table"])", 0), Reason::none);
  EXPECT_EQ(reason(R"(["drop table"])", 1), Reason::guard_hit);
  EXPECT_EQ(inspect(R"(["drop table","Purge"])", 2 | 8).guard, "exact");
  EXPECT_EQ(reason(R"(["reset"])", 1 | 2), Reason::none);
  EXPECT_EQ(reason(R"(["reset"])", 4), Reason::guard_hit);
  EXPECT_EQ(reason(R"(["drop table"])", Selection{1} << 40), Reason::none);
}

TEST_F(Guard, refuses_what_it_cannot_inspect) {
  for (const char* bad : {" ", "{", "[1,]", "nul", "[\"\\ud800\"]", "[\"\xff\"]", "[1]x", "drop table"})
    EXPECT_EQ(reason(bad), Reason::guard_uninspectable) << bad;
  EXPECT_EQ(reason(R"({"a":1,"\u0061":2})"), Reason::guard_duplicate_key);
  EXPECT_EQ(reason(std::string(1000, '[')), Reason::guard_depth);
  EXPECT_EQ(reason("[1,]", 0), Reason::guard_uninspectable) << "judged even when no guard is selected";
}

TEST_F(Guard, an_inspector_that_was_not_prepared_passes_nothing) {
  Inspector fresh;
  const Padded padded(R"(["clean"])");
  EXPECT_EQ(fresh.inspect(*set_, kAll, json(padded)).reason, Reason::guard_uninspectable);
}

TEST_F(Guard, evidence_is_bounded_and_fit_to_print) {
  const Seen seen = inspect("[\"" + std::string(500, 'x') + "\\u001b[31m drop\\ntable " + std::string(500, 'y') + "\"]");
  EXPECT_EQ(seen.reason, Reason::guard_hit);
  EXPECT_EQ(seen.evidence.size(), 64u);
  EXPECT_NE(seen.evidence.find(".[31m drop.table yyy"), std::string::npos) << seen.evidence;
  std::string wide = "[\"drop table";
  for (int i = 0; i < 30; ++i) wide += "\xe2\x82\xac";
  const Seen cut = inspect(wide + "\"]");
  EXPECT_LE(cut.evidence.size(), 64u);
  EXPECT_EQ((cut.evidence.size() - 10) % 3, 0u) << "whole characters only";
}

TEST_F(Guard, large_bodies_after_small_ones) {
  std::string body = "[";
  for (int i = 0; i < 20000; ++i) body += "\"chunk number " + std::to_string(i) + "\\n of text\",";
  EXPECT_EQ(reason(body + "\"\"]"), Reason::none);
  EXPECT_EQ(inspect(body + "\"drop\\u0020table\"]").place, "/20000");
  EXPECT_EQ(reason("[]"), Reason::none);
}

TEST_F(Guard, finds_a_command_in_names_and_values_of_a_query) {
  const auto ask = [this](ByteView query) {
    return seen(inspector_.inspect(*set_, kAll, {.query = query}));
  };
  for (const char* clean : {"", "a=1&b=2", "q=drop&r=table", "q=drop;r=table", "drop=table", "&&;;&=&", "q=%C3%A4"})
    EXPECT_EQ(ask(clean).reason, Reason::none) << clean;
  for (const char* hit : {"q=drop%20table%20users", "q=DROP+TABLE", "a=1&q=%64rop%0Atable", "x&drop+table", "drop+table=1",
                          "q=1;drop+table+x", "a=b;c=drop%09table;d", "q=a=drop+table", "wipe", "q=x;wipe;y", "q=wipe"})
    EXPECT_EQ(ask(hit).reason, Reason::guard_hit) << hit;
  for (const char* broken : {"q=%", "q=%4", "q=%zz", "q=%u0064rop", "%", "q=%C0%AF", "q=%ED%A0%80", "q=%FF", "q=a%C3",
                             "q=%C3&%A4"})
    EXPECT_EQ(ask(broken).reason, Reason::guard_query) << broken;
  EXPECT_EQ(ask("a=1&q=please+drop+table+x&b").place, "?q");
  EXPECT_EQ(ask("a=1&q=please+drop+table+x&b").evidence, "please drop table x");
  EXPECT_EQ(ask("a=1;r=drop+table").place, "?a");
  EXPECT_EQ(ask(std::string(100, 'n') + "=drop+table").place, "?" + std::string(63, 'n'));
  std::string many = "a";
  for (int i = 0; i < 5000; ++i) many += "&a";
  EXPECT_EQ(ask(many).reason, Reason::none);
  EXPECT_EQ(ask(many + "&drop+table").place, "?drop+table");
}

TEST(GuardHits, all_are_told_the_gravest_first) {
  auto set = Set::compile({{"note", {"secret"}, false, Effect::tag},
                           {"ask", {"delete"}, false, Effect::approve},
                           {"stop", {"drop"}, false, Effect::block}});
  ASSERT_TRUE(set.ok());
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(**set));
  const Padded all(R"({"a":"a secret","b":["delete, and delete","drop it"]})");
  Verdict verdict = inspector.inspect(**set, 7, {.query = "x=drop", .fields = kJsonType, .body = all.view()});
  EXPECT_EQ(verdict.reason, Reason::guard_hit);
  EXPECT_EQ(verdict.effect, Effect::block);
  ASSERT_EQ(verdict.hits.size(), 4u);
  EXPECT_EQ(verdict.hits[0].place, "?x");
  EXPECT_EQ(verdict.hits[1].place, "/b/1");
  EXPECT_EQ(verdict.hits[1].offset, 43u);
  EXPECT_EQ(verdict.hits[2].place, "/b/0");
  EXPECT_EQ(verdict.hits[2].effect, Effect::approve);
  EXPECT_EQ(verdict.hits[3].evidence, "a secret");
  verdict = inspector.inspect(**set, 3, json(all));
  EXPECT_EQ(verdict.reason, Reason::none);
  EXPECT_EQ(verdict.effect, Effect::approve);
  EXPECT_EQ(inspector.inspect(**set, 1, json(all)).effect, Effect::tag);
  std::string many = "[\"drop\"";
  for (int i = 0; i < 5000; ++i) many += ",\"drop\"";
  const Padded flood(many + "]");
  EXPECT_TRUE(inspector.inspect(**set, 7, json(flood)).slow);   // so many texts are no work for a worker
  EXPECT_EQ(inspector.inspect(**set, 7, json(flood), Patience::all).hits.size(), kHitsMax);
}

TEST(GuardHits, malformed_json_is_text_where_a_route_says_so) {
  auto set = Set::compile({{"g", {"drop"}, false}});
  ASSERT_TRUE(set.ok());
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(**set));
  const Padded hit("{\"a\":NaN,\"b\":\"drop\"}"), clean("{\"a\":NaN}"), bad("{\"a\":\"\xff\"}");
  const auto reason = [&](const Padded& body) {
    return inspector.inspect(**set, 1, {.fields = kJsonType, .body = body.view(), .malformed = true}).reason;
  };
  EXPECT_EQ(reason(hit), Reason::guard_hit);
  EXPECT_EQ(reason(clean), Reason::none);
  EXPECT_EQ(reason(bad), Reason::guard_uninspectable) << "what is no text is not looked at as text";
  EXPECT_EQ(inspector.inspect(**set, 1, json(clean)).reason, Reason::guard_uninspectable);
  GuardRule commands{"commands", {}}, own{"own", {"^.{0,2}s3"}};   // a part of a form keeps its name
  commands.statements = StatementChecks{.commands = {"/sql"}};
  own.fields = {"/target"};
  set = Set::compile({commands, own});
  ASSERT_TRUE(set.ok() && inspector.prepare(**set));
  const http::Field form[] = {{"Content-Type", "multipart/form-data; boundary=b", http::FieldId::content_type}};
  for (const auto& [name, data, expected] : {std::tuple("sql", "CALL x()", Reason::guard_hit), std::tuple("target", "[s3", Reason::guard_hit),
                                             std::tuple("a", "CALL x()", Reason::none), std::tuple("a", "[s3", Reason::none)}) {
    const Padded body("--b\r\nContent-Disposition: form-data; name=" + std::string(name) +
                      "\r\nContent-Type: application/json\r\n\r\n" + data + "\r\n--b--\r\n");
    EXPECT_EQ(inspector.inspect(**set, 3, {.fields = form, .body = body.view(), .malformed = true}).reason, expected) << name << data;
  }
}

TEST(GuardHits, patterns_look_where_they_are_told_to) {
  const auto only = [](Source source) { return GuardRule{"g", {"drop"}, false, Effect::block, bit(source)}; };
  GuardRule field{"g", {"drop"}, false, Effect::block, 0, {"x-note"}};
  auto set = Set::compile({only(Source::value), only(Source::key), only(Source::query), only(Source::path), field});
  ASSERT_TRUE(set.ok());
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(**set));
  const http::Field fields[] = {{"X-Other", "drop", {}}, {"X-Note", "please drop", {}}, kJsonType[0]};
  const Padded body(R"({"v":"drop","drop":1})");
  const Request request{.path = "/drop/x", .query = "q=drop", .fields = fields, .body = body.view()};
  const char* places[] = {"/v", "/drop", "?q", "path", "header X-Note"};
  for (size_t i = 0; i < 5; ++i) {
    const Verdict verdict = inspector.inspect(**set, Selection{1} << i, request);
    ASSERT_EQ(verdict.hits.size(), 1u) << i;
    EXPECT_EQ(verdict.hits[0].place, places[i]);
    EXPECT_EQ(verdict.hits[0].guard, i);
  }
  EXPECT_TRUE((*set)->reads_bodies(3));
  EXPECT_FALSE((*set)->reads_bodies(4 | 8 | 16));
}

TEST(GuardSet, says_which_pattern_is_wrong) {
  auto bad = Set::compile({{"a", {"x"}, false}, {"b", {"fine", "("}, false}});
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().rule, 1u);
  EXPECT_EQ(bad.error().entry, 1u);
  EXPECT_FALSE(bad.error().text.empty());
  bad = Set::compile({{"a", {"x*"}, false}});
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().rule, 0u);
  EXPECT_FALSE(Set::compile({{"a", {}, false}}).ok());
  EXPECT_FALSE(Set::compile(std::vector<GuardRule>(65, GuardRule{"g", {"x"}, false})).ok());
  auto most = Set::compile(std::vector<GuardRule>(64, GuardRule{"g", {"x"}, false}));
  ASSERT_TRUE(most.ok());
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(**most));
  const Padded padded("[\"x\"]");
  EXPECT_EQ(inspector.inspect(**most, Selection{1} << 63, json(padded)).hits[0].guard, 63u);
}

TEST(GuardSet, one_inspector_serves_several_sets) {
  auto first = Set::compile({{"a", {"one"}, false}});
  auto second = Set::compile({{"b", {"two", "t.*o.*x{2,90}"}, false}, {"c", {"three"}, false}});
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(**first));
  ASSERT_TRUE(inspector.prepare(**second));
  const Padded padded(R"(["one","two"])");
  EXPECT_EQ(inspector.inspect(**first, 1, json(padded)).hits[0].place, "/0");
  EXPECT_EQ(inspector.inspect(**second, 3, json(padded)).hits[0].place, "/1");
  EXPECT_EQ(inspector.inspect(**first, 1, json(padded)).hits[0].place, "/0");
}

}  // namespace
}  // namespace gatehouse::guard
