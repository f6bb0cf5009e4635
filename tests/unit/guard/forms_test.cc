// Shipped sets, normal forms, skeletons, and what PCRE2 must confirm.
#include <gtest/gtest.h>

#include <stdexcept>

#include "guard/guard.h"
#include "tests/support/coded.h"
#include "tests/support/padded.h"

namespace gatehouse::guard {
namespace {

using testing::Padded;

const http::Field kJsonType[] = {{"Content-Type", "application/json", http::FieldId::content_type}};
const http::Field kTextType[] = {{"Content-Type", "text/plain", http::FieldId::content_type}};

/// One set and an inspector for it; what is told is kept as text.
struct World {
  struct Told {
    Reason reason;
    bool slow;
    std::vector<std::string> hits;   // "guard place offset evidence"
    bool operator==(const Told&) const = default;
  };
  std::shared_ptr<const Set> set;
  Inspector inspector;

  explicit World(const std::vector<GuardRule>& rules) {
    auto compiled = Set::compile(rules);
    if (!compiled) throw std::runtime_error(compiled.error().text);
    set = *compiled;
    if (!inspector.prepare(*set)) throw std::runtime_error("not prepared");
  }
  Told ask(ByteView body, Patience patient = Patience::all, Selection guards = ~Selection{0}) {
    const Padded padded(body);
    return told(inspector.inspect(*set, guards, {.fields = kJsonType, .body = padded.view()}, patient));
  }
  Told told(const Verdict& verdict) const {
    Told all{verdict.reason, verdict.slow, {}};
    for (const Hit& hit : verdict.hits)
      all.hits.push_back(set->name(hit.guard) + " " + std::string(hit.place) + " " + std::to_string(hit.offset) + " " + std::string(hit.evidence));
    return all;
  }
  Reason reason(ByteView body, Patience patient = Patience::all, Selection guards = ~Selection{0}) { return ask(body, patient, guards).reason; }
};

GuardRule with_sets(std::vector<std::string> sets, bool confusables = false) {
  GuardRule rule{"shipped", {}, false};
  rule.sets = std::move(sets);
  rule.confusables = confusables;
  return rule;
}

GuardRule own(std::vector<std::string> patterns, bool confusables = false, bool case_sensitive = false) {
  GuardRule rule{"own", std::move(patterns), case_sensitive};
  rule.confusables = confusables;
  return rule;
}

GuardRule statements(bool confusables = false) {
  GuardRule rule{"sql", {}, false};
  rule.statements = StatementChecks{{"/statement"}, {"/text"}, true, {}};
  rule.confusables = confusables;
  return rule;
}

using Told = World::Told;

// Patterns of ASCII are looked for byte by byte, in which U+017F is no s and U+212A no k: their normal forms are.
TEST(Forms, letters_that_are_taken_for_ascii_are_found) {
  World world({{"own", {R"(\binsert\s+into\b)", "drop_task", "[a-k]{5};"}, false}});
  for (const char* text : {"insert into", "in\u017fert  into", "IN\u017fERT INTO x", "drop_tas\u212a", "drop_ta\u017f\u212as",
                           "abc\u212aa;"})
    EXPECT_EQ(world.reason("{\"a\":\"" + std::string(text) + "\"}"), Reason::guard_hit) << text;
  EXPECT_EQ(world.reason("{\"a\":\"in\u017f into, drop_ta\u017f\"}"), Reason::none);
}

TEST(GuardSets, a_hit_names_the_shipped_pattern_and_shows_no_secret) {
  World world({with_sets({"secrets", "destructive-commands"})});
  const std::string key = "AKIA" "IOSFODNN7EXAMPLE";
  EXPECT_EQ(world.ask(R"({"a":"key )" + key + R"("})"), (Told{Reason::guard_hit, false, {"shipped /a 6 secrets/aws-access-key"}}));
  EXPECT_EQ(world.ask(R"({"a":"key akiaiosfodnn7example"})"), (Told{Reason::none, false, {}})) << "each minds the case for itself";
  const Told seen = world.ask(R"(["x","sudo rm -rf / now"])");
  ASSERT_EQ(seen.hits.size(), 1u);
  EXPECT_TRUE(seen.hits[0].starts_with("shipped /1 6 destructive-commands/")) << seen.hits[0];
  EXPECT_NE(seen.hits[0].find(": sudo rm -rf /"), std::string::npos) << seen.hits[0];
}

TEST(GuardSets, stand_beside_own_patterns_and_other_guards) {
  GuardRule both = with_sets({"secrets"});
  both.patterns = {"Wipe"};
  both.case_sensitive = true;
  World world({both, own({"other"})});
  EXPECT_EQ(world.ask(R"(["Wipe it"])").hits, (std::vector<std::string>{"shipped /0 2 Wipe it"}));
  EXPECT_EQ(world.reason(R"(["wipe it"])"), Reason::none);
  EXPECT_EQ(world.ask("[\"AKIA" "IOSFODNN7EXAMPLE\"]", Patience::all, 1).hits.size(), 1u);
  EXPECT_EQ(world.reason("[\"AKIA" "IOSFODNN7EXAMPLE\"]", Patience::all, 2), Reason::none);
  auto none = Set::compile({with_sets({"secrets", "nonsense"})});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().what, Set::CompileError::What::sets);
  EXPECT_EQ(none.error().entry, 1u);
}

TEST(GuardForms, a_second_member_is_another_body_to_some) {
  World world({own({"drop table"})});
  const auto reason = [&](const char* coding, const std::string& body, bool answer) {
    const http::Field coded{"Content-Encoding", coding, http::FieldId::content_encoding};
    Request request;
    request.body = body;
    request.fields = {&coded, 1};
    request.answer = answer;
    return world.inspector.inspect(*world.set, 1, request, Patience::all).reason;
  };
  const std::string one = R"({"a":1,)", other = R"("b":2})";
  const auto gzip = [](const std::string& text) { return testing::deflated(text, 31); };
  const auto zstd = [](const std::string& text) { return testing::zstded(text); };
  for (const auto& [coding, body] : {std::pair("gzip", gzip(one) + gzip(other)), std::pair("zstd", zstd(one) + zstd(other)),
                                     std::pair("gzip", gzip(one + other) + gzip("")), std::pair("zstd", zstd(one + other) + zstd("")),
                                     std::pair("zstd, gzip", gzip(zstd(one) + zstd(other)))}) {
    EXPECT_EQ(reason(coding, body, false), Reason::guard_coding) << coding;
    EXPECT_EQ(reason(coding, body, true), Reason::none) << coding << ": who reads one of an answer sees less of it";
  }
  EXPECT_EQ(reason("gzip", gzip(one + other), false), Reason::none);
  EXPECT_EQ(reason("zstd", zstd(one + other), false), Reason::none);
}

TEST(GuardForms, lines_of_bulk_may_be_called_json) {
  GuardRule bulk{"bulk", {}, false};
  bulk.bulk.emplace();
  World world({own({"drop table"}), bulk});
  const auto ask = [&](ByteView path, ByteView body, Selection guards) {
    const Padded padded(body);
    return world.inspector.inspect(*world.set, guards, {.path = path, .fields = kJsonType, .body = padded.view()}, Patience::all).reason;
  };
  const ByteView good = "{\"index\":{\"_id\":\"1\"}}\n{\"a\":\"b\"}\n", deletes = "{\"delete\":{\"_id\":\"1\"}}\n";
  const ByteView hidden = "{\"index\":{}}\n{\"a\":\"b\"}\n{\"index\":{}}\n{\"a\":\"drop table x\"}\n";
  for (const ByteView path : {"/_bulk", "/chunks/_bulk", "/_bulk/", "/i/_msearch"}) {
    EXPECT_EQ(ask(path, good, 1), Reason::none) << path;
    EXPECT_EQ(ask(path, hidden, 1), Reason::guard_hit) << path;
    EXPECT_EQ(ask(path, "{\"index\":{}}\n{\"a\":\n1}\n", 1), Reason::guard_uninspectable) << path;
  }
  EXPECT_EQ(ask("/x", good, 1), Reason::guard_uninspectable) << "two documents to some, one to others";
  EXPECT_EQ(ask("/x", good, 2), Reason::none) << "whoever asks for a body of _bulk";
  EXPECT_EQ(ask("/x", deletes, 2), Reason::guard_hit);
}

TEST(GuardForms, heads_of_answers_lead_to_listed_addresses_alone) {
  GuardRule rule{"links", {}, false};
  rule.addresses.emplace();
  rule.addresses->rules.hosts = {"files.example.org"};
  World world({rule});
  const auto reason = [&](ByteView name, ByteView value, bool answer = true) {
    const http::Field field{name, value, http::FieldId::other};
    return world.inspector.inspect(*world.set, 1, {.fields = {&field, 1}, .answer = answer}, Patience::all).reason;
  };
  constexpr ByteView kAway = "https://bucket.s3.amazonaws.com/r?X-Amz-Signature=1";
  for (const auto& [name, value] : {std::pair<ByteView, ByteView>("Location", kAway), {"content-location", "//evil.example/r"},
                                    {"Location", "https://evil.example/a b"}, {"Location", "\\\\evil.example"}, {"Location", "/\\evil.example"},
                                    {"Refresh", "5; url=https://evil.example/"}, {"Refresh", "0;URL='https://evil.example/'"}, {"refresh", "0, https://evil.example"},
                                    {"Link", "</next>; rel=next, <https://evil.example/r>; rel=\"preload\""}, {"Operation-Location", kAway},
                                    {"Link", "<a<https://evil.example/r>"}, {"Link", "<https://evil.example/r<x>"},
                                    {"Refresh", "0; url=' https://evil.example/'"}, {"Refresh", "0; url=/\t/evil.example/"},
                                    {"Location", "/\t/evil.example/"}, {"Location", "ht\ttps://evil.example/"}, {"Location", "https://evil.example/\xc2\xa0x"},
                                    {"Link", "https://evil.example/r; rel=next"}, {"Link", "'https://evil.example/r'; rel=next"}, {"Link", ">https://evil.example/r>"}, {"Link", "<<>//evil.example,<>"}, {"Link", "<//<a@evil.example/>"}, {"Link", "<//>a@evil.example/>"}, {"Location", "// @evil.example/"},
                                    {"Location", "https:// @evil.example/"}, {"Refresh", "0; url=\\\\ @evil.example"}, {"Link", "<//\xe3\x80\x80@evil.example/>"}, {"Link", "<h\tttps://evil.example/r>"},
                                    {"Location", "https://files.example.org@evil.example/"}, {"Location", "javascript:alert(1)"}})
    EXPECT_EQ(reason(name, value), Reason::guard_hit) << name << ": " << value;
  for (const auto& [name, value] : {std::pair<ByteView, ByteView>("Location", "https://files.example.org/r/1"), {"Location", "/v1/result/1"}, {"Location", "../result?x=https"},
                                    {"Refresh", "5"}, {"Refresh", "5; url=/wait"}, {"Link", "</next>; rel=next"}, {"Link", "<https://files.example.org/a,b>; rel=up"}, {"Link", "https://files.example.org/r; rel=next, </x>; title=\"https://evil.example\""},
                                    {"Location", "result/1"}, {"Location", "/a b"}, {"Link", "<https://files.example.org>"}, {"X-Note", kAway}, {"Content-Type", "text/plain"}})
    EXPECT_EQ(reason(name, value), Reason::none) << name << ": " << value;
  EXPECT_EQ(reason("Location", kAway, false), Reason::none) << "of requests, which lead nowhere";
}

TEST(GuardForms, full_width_letters_are_letters) {
  World world({own({R"(\bdrop\s+table\b)"})});
  EXPECT_EQ(world.ask(R"({"q":"ＤＲＯＰ　ＴＡＢＬＥ users"})").hits, (std::vector<std::string>{"own /q 6 DROP TABLE users"}));
  EXPECT_EQ(world.reason(R"({"ｄｒｏｐ table":1})"), Reason::guard_hit);
  EXPECT_EQ(world.reason(R"(["\uff24\uff32\uff2f\uff30 table"])"), Reason::guard_hit);
  EXPECT_EQ(world.reason(R"(["ＤＲＯＰ","ＴＡＢＬＥ"])"), Reason::none) << "never across two texts";
  EXPECT_EQ(world.told(world.inspector.inspect(*world.set, 1, {.query = "a=1&q=%EF%BC%A4rop+table"})).hits,
            (std::vector<std::string>{"own ?q 4 Drop table"}));
}

TEST(GuardForms, what_cannot_be_seen_hides_nothing) {
  World world({own({"drop table", "^wipe$"})});
  for (const char* hidden : {"[\"dr\u200dop table\"]", "[\"dr\u00adop ta\u00adble\"]", "[\"d\u200br\u200bo\u2060p table\"]", "[\"\ufeffwipe\"]",
                             "[\"drop\u00a0table\"]", "[\"drop table\u2026\"]", R"(["dr\u200dop table"])", "[\"x\",\"\u202ewipe\"]"})
    EXPECT_EQ(world.ask(hidden).hits.size(), 1u) << hidden;
  for (const char* blank : {"[\"drop\u2028table\"]", "[\"drop\u2029table\"]", "[\"drop\xc2\x85table\"]", "[\"drop\u1680table\"]", R"(["drop\u2028table"])",
                            "[\"drop\u3000table\"]", "[\"drop\u2028ta\u00adble\"]"})
    EXPECT_EQ(world.ask(blank).hits.size(), 1u) << blank;
  EXPECT_EQ(world.reason("[\"dr\u200dop\",\"table\u00ad\"]"), Reason::none);
  EXPECT_EQ(world.reason("[\"Caf\u00e9, \u4e2d\u6587, na\u00efve: plain\"]"), Reason::none);
}

TEST(GuardForms, look_alikes_count_for_guards_that_ask) {
  const char* cyrillic = "[\"DR\u041eP \u0422\u0410BLE x\"]";
  World plain({own({"drop table"})}), asking({own({"drop table"}, true)});
  EXPECT_EQ(plain.reason(cyrillic), Reason::none);
  EXPECT_EQ(asking.ask(cyrillic).hits, (std::vector<std::string>{"own /0 2 DRoP taBLE x"}));
  World two({own({"drop table"}), own({"drop table"}, true)});
  EXPECT_EQ(two.reason(cyrillic, Patience::all, 1), Reason::none);
  EXPECT_EQ(two.reason(cyrillic, Patience::all, 2), Reason::guard_hit);
  EXPECT_EQ(two.ask(cyrillic).hits.size(), 1u);
  // A skeleton has no case of its own.
  World strict({own({"Purge"}, true, true)});
  EXPECT_EQ(strict.reason("[\"Purg\u0435\"]"), Reason::guard_hit);
  EXPECT_EQ(strict.reason("[\"purge\"]"), Reason::none);
  EXPECT_EQ(strict.reason("[\"purge \u0416\"]"), Reason::none) << "nothing in it looks like ASCII";
  World secrets({with_sets({"secrets"}, true)});
  EXPECT_EQ(secrets.reason("[\"\u0410KIAIOSFODNN7EXAMPLE\"]"), Reason::guard_hit);
}

TEST(GuardForms, a_text_and_its_forms_tell_once) {
  World world({own({"drop table"}, true), own({R"(\A\s*drop table)"}, true)});
  EXPECT_EQ(world.ask("[\"drop table\u2026 \u0430\"]").hits.size(), 2u) << "once for each guard";
}

TEST(GuardForms, statements_are_judged_in_normal_form) {
  World world({statements()});
  EXPECT_EQ(world.reason("{\"statement\":\"ＤＲＯＰ ＴＡＢＬＥ users\"}"), Reason::guard_hit);
  EXPECT_EQ(world.reason("{\"other\":\"ＤＲＯＰ ＴＡＢＬＥ users;\"}"), Reason::guard_hit);
  EXPECT_EQ(world.reason("{\"text\":\"ＤＲＯＰ ＴＡＢＬＥ users;\"}"), Reason::none) << "text of a document stays text";
  EXPECT_EQ(world.reason("{\"statement\":\"select '\u2026'\"}"), Reason::none);
  EXPECT_EQ(world.reason("{\"other\":\"DR\u041eP TABLE users;\"}"), Reason::none);
  World asking({statements(true)});
  EXPECT_EQ(asking.reason("{\"other\":\"DR\u041eP TABLE users;\"}"), Reason::guard_hit);
  EXPECT_EQ(asking.reason("{\"statement\":\"select 'it\u2019s \u0430'\"}"), Reason::none);
}

TEST(GuardForms, what_has_no_form_cannot_be_inspected) {
  World world({own({"drop"})});
  std::string marks = "[\"a";
  for (int i = 0; i < 200; ++i) marks += "\u0301\u0323";
  EXPECT_EQ(world.reason(marks + "\"]"), Reason::guard_uninspectable);
  GuardRule field{"field", {"drop"}, false, Effect::block, 0, {"x-note"}};
  World headers({field});
  const http::Field latin[] = {{"X-Note", "caf\xe9", {}}};
  EXPECT_EQ(headers.inspector.inspect(*headers.set, 1, {.fields = latin}).reason, Reason::guard_uninspectable);
  EXPECT_EQ(headers.reason(marks + "\"]"), Reason::none) << "nobody looks at it";
  std::string many = "[\"\ufdfa\"";
  for (int i = 0; i < 20'000; ++i) many += ",\"\ufdfa\"";
  EXPECT_EQ(world.reason(many + "]"), Reason::guard_uninspectable) << "forms are bounded in sum";
}

TEST(GuardConfirms, small_texts_here_and_hard_ones_elsewhere) {
  World world({own({"(?<!q)(?:x+x+)+y"}), own({"(?<!never )drop"})});
  EXPECT_EQ(world.ask(R"(["please drop it"])", Patience::none), (Told{Reason::guard_hit, false, {"own /0 2 please drop it"}}));
  EXPECT_EQ(world.ask(R"(["never drop it"])", Patience::none), (Told{Reason::none, false, {}}));
  const std::string hard = "[\"" + std::string(2000, 'x') + "z xxy\"]";
  EXPECT_TRUE(world.ask(hard, Patience::none).slow);
  for (const Patience longer : {Patience::some, Patience::all})
    EXPECT_EQ(world.ask(hard, longer), (Told{Reason::guard_uninspectable, false, {}})) << "a limit that is hit refuses";
  std::string many = "[\"xxxxxxxxxxxxxxz xxy\"";
  for (int i = 0; i < 5000; ++i) many += ",\"xxxxxxxxxxxxxxz xxz\"";
  EXPECT_TRUE(world.ask(many + ",\"xxy\"]", Patience::none).slow) << "many small texts are as one large one";
}

TEST(GuardConfirms, only_for_guards_that_are_selected) {
  World world({own({"(?<!q)(?:x+x+)+y"}), own({"(?<!never )drop"}), own({"z xxy"})});
  const std::string hard = "[\"" + std::string(2000, 'x') + "z xxy\"]";
  EXPECT_EQ(world.ask(hard, Patience::none, 6).hits.size(), 1u);
  EXPECT_EQ(world.reason(hard, Patience::all, 6), Reason::guard_hit);
  EXPECT_EQ(world.reason(hard, Patience::all, 7), Reason::guard_uninspectable);
}

TEST(GuardForms, bodies_of_plain_text_have_them_too) {
  World world({own({"drop table"})});
  const Padded padded("first line\n\uff24\uff32\uff2f\uff30 table x\n");
  EXPECT_EQ(world.inspector.inspect(*world.set, 1, {.fields = kTextType, .body = padded.view()}).reason, Reason::guard_hit);
}

}  // namespace
}  // namespace gatehouse::guard
