#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "detect/custom.h"
#include "json/document.h"
#include "mask/map.h"
#include "mask/mask.h"
#include "tests/support/padded.h"
#include "tests/support/plain_json.h"

namespace gatehouse::mask {
namespace {

using testing::Padded;
using testing::PlainJson;

class MaskTest : public ::testing::Test {
 protected:
  void use(const std::vector<MaskRule>& rules) {
    auto compiled = Plan::compile(rules);
    ASSERT_TRUE(compiled.ok()) << compiled.error().text;
    plan_ = *compiled;
    ASSERT_TRUE(masker_.prepare(*plan_));
  }

  /// Applies, and checks what holds for every document.
  std::string apply(ByteView body, Selection masks = ~Selection{0}) {
    const Padded padded(body);
    const Masker::Outcome outcome = masker_.apply(*plan_, masks, padded.view());
    reason_ = outcome.reason;
    map_ = outcome.map;
    if (outcome.reason != Reason::none) return "refused";
    const std::string masked(outcome.body);
    if (outcome.changes == 0) {
      EXPECT_EQ(outcome.body.data(), padded.view().data());
      EXPECT_TRUE(outcome.map.empty());
      return masked;
    }
    std::string original;
    EXPECT_TRUE(undo(masked, outcome.map, &original)) << masked;
    EXPECT_EQ(original, body);
    EXPECT_EQ(PlainJson(masked).shape(), PlainJson(body).shape());
    EXPECT_TRUE(PlainJson(masked).ok()) << masked;
    return masked;
  }

  std::vector<std::string> places() {
    std::vector<std::string> out;
    MapReader reader;
    EXPECT_TRUE(reader.open(map_));
    Change change;
    while (reader.next(&change))
      out.push_back(std::string(change.place) + " " + std::string(change.mask) + " " +
                    std::string(detector_name(change.detector)) + " " + std::string(change.original) + ">" +
                    std::string(change.replacement));
    EXPECT_TRUE(reader.ok());
    return out;
  }

  std::shared_ptr<const Plan> plan_;
  Masker masker_;
  Reason reason_ = Reason::none;
  std::string map_;
};

const std::vector<detect::Detector> kDetectors = {detect::Detector::email, detect::Detector::us_ssn, detect::Detector::payment_card};

TEST_F(MaskTest, a_name_tells_of_its_value_however_far_it_stands) {
  use({{"p", {}, {detect::Detector::password}}});
  for (size_t blanks = 0; blanks < 200; ++blanks)
    EXPECT_EQ(apply("{\"password\":" + std::string(blanks, ' ') + "\"T6FQQ0BsfTNE\"}"),
              "{\"password\":" + std::string(blanks, ' ') + "\"[redacted:p]\"}");
}

TEST_F(MaskTest, detectors_in_strings) {
  use({{"pii", {}, kDetectors, Method::redact}});
  EXPECT_EQ(apply(R"([{"text":"mail a@b.com\nor 123-45-6789 now","n":3}])"),
            R"([{"text":"mail [redacted:pii]\nor [redacted:pii] now","n":3}])");
  EXPECT_EQ(places(), (std::vector<std::string>{"/0/text pii email a@b.com>[redacted:pii]",
                                                "/0/text pii us_ssn 123-45-6789>[redacted:pii]"}));
  EXPECT_EQ(apply(R"({"text":"nothing here","n":[1,2.5e3,true,null]})"), R"({"text":"nothing here","n":[1,2.5e3,true,null]})");
  EXPECT_EQ(apply(R"("4111 1111 1111 1111")"), R"("[redacted:pii]")");
}

// Values that are whole by themselves stay apart, however many stand side by side and however alike they are.
TEST_F(MaskTest, whole_values_side_by_side_are_not_one) {
  use({{"p", {}, {detect::Detector::email, detect::Detector::us_ssn, detect::Detector::payment_card}}});
  EXPECT_EQ(apply(R"([{"text":"jane.roe@example.org"},{"text":"bob@example.org"}])"),
            R"([{"text":"[redacted:p]"},{"text":"[redacted:p]"}])");
  EXPECT_EQ(apply(R"([{"text":"jane_r@example.org"},{"text":"j+b@example.org"},{"text":"bob@example.org"}])"),
            R"([{"text":"[redacted:p]"},{"text":"[redacted:p]"},{"text":"[redacted:p]"}])");
  EXPECT_EQ(apply(R"({"chunks":["123-45-6789","123-45-6780","123-45-6781"]})"),
            R"({"chunks":["[redacted:p]","[redacted:p]","[redacted:p]"]})");
  for (const std::string value : {"a@b.example", "4111 1111 1111 1111", "4111111111111111"}) {
    std::string body = "[", wanted = "[";
    for (int i = 0; i < 300; ++i) {
      body += "\"" + value + "\",";
      wanted += "\"[redacted:p]\",";
    }
    EXPECT_EQ(apply(body + "\"\"]"), wanted + "\"\"]") << value;
  }
}

TEST_F(MaskTest, escapes_hide_nothing) {
  use({{"p", {}, kDetectors, Method::redact}});
  EXPECT_EQ(apply(R"(["x\u0040y.com"])"), R"(["[redacted:p]"])");
  EXPECT_EQ(apply(R"(["\u0061\u0040\u0062\u002e\u0063\u006f\u006d"])"), R"(["[redacted:p]"])");
  EXPECT_EQ(apply(R"(["n\u00fc\nj\u006fhn@x\u002ecom\n\ud83d\ude00"])"), R"(["n\u00fc\n[redacted:p]\n\ud83d\ude00"])");
  EXPECT_EQ(apply(R"(["\u0031\u0032\u0033-45\u002d6789"])"), R"(["[redacted:p]"])");
  EXPECT_EQ(apply(R"(["\n4111\u00201111 1111 1111\/"])"), R"(["\n[redacted:p]\/"])");
  EXPECT_EQ(apply(R"(["\tjohn@x.com"])"), R"(["\t[redacted:p]"])") << "the t is no part of the address";
  EXPECT_EQ(apply(R"(["\\john@x.com\\n"])"), R"(["\\[redacted:p]\\n"])");
  EXPECT_EQ(apply(R"(["1\u0032\u0033-45-6789\u0030"])"), R"(["1\u0032\u0033-45-6789\u0030"])") << "a longer number";
}

TEST_F(MaskTest, partial_values) {
  use({{"p", {}, kDetectors, Method::partial}});
  EXPECT_EQ(apply(R"(["john.doe@mail.x.com, 123-45-6789, 4111 1111 1111 1111, 3782-822463-10005"])"),
            R"(["j***@***.com, ***-**-6789, **** **** **** 1111, ****-******-*0005"])");
  EXPECT_EQ(apply(R"(["\"john smith\"@x.com \u00fc@x.de"])"), "[\"\\\"***@***.com \xc3\xbc***@***.de\"]");
  EXPECT_EQ(apply(R"(["4111 1111 1111 1111@x.com"])"), R"(["[redacted:p]"])");
}

TEST_F(MaskTest, numbers_that_are_cards) {
  use({{"p", {}, kDetectors, Method::partial}});
  EXPECT_EQ(apply("[4111111111111111, 4.111111111111111e15,-4111111111111111.0,4111111111111112,1e999,0.4111111111111111]"),
            "[0, 0,0,4111111111111112,1e999,0.4111111111111111]");
  EXPECT_EQ(places()[1], "/1 p payment_card 4.111111111111111e15>0");
}

TEST_F(MaskTest, keys_stay_different) {
  use({{"p", {}, kDetectors, Method::redact}});
  EXPECT_EQ(apply(R"({"a@x.com":1,"b@x.com":{"c@x.com":2},"x d@x.com y":3})"),
            R"({"[redacted:p]":1,"[redacted:p]#2":{"[redacted:p]":2},"x [redacted:p]#3 y":3})");
  EXPECT_EQ(places()[2], "/b@x.com/c@x.com p email c@x.com>[redacted:p]");
  EXPECT_EQ(apply(R"({"a@x.com":1,"[redacted:p]":2})"), R"({"[redacted:p]":1,"[redacted:p]#2":2})");
  EXPECT_EQ(apply(R"({"[redacted:p]#1001":0,"a@x.com":1,"\u005bredacted:p]":2})"),
            R"({"[redacted:p]#1001":0,"[redacted:p]":1,"\u005bredacted:p]#2":2})");
  EXPECT_EQ(apply(R"({"[redacted:p]#1001":0,"[redacted:p]#1000001":0,"a@x.com":1,"[redacted:p]":2})"),
            R"({"[redacted:p]#1001":0,"[redacted:p]#1000001":0,"[redacted:p]":1,"[redacted:p]#2":2})");
}

TEST_F(MaskTest, field_paths) {
  use({{"f", {"chunks[*].metadata.author_email", "[*].x", "**.password", "*.any", "[\"odd.key\"]", "list[*][*]"}, {}, Method::redact}});
  EXPECT_EQ(apply(R"({"chunks":[{"metadata":{"author_email":"a","b":"c"}},{"metadata":{"author_email":"d"}}]})"),
            R"({"chunks":[{"metadata":{"author_email":"[redacted:f]","b":"c"}},{"metadata":{"author_email":"[redacted:f]"}}]})");
  EXPECT_EQ(apply(R"([{"x":"1","y":"2"},{"x":"3"},["x"]])"),
            R"([{"x":"[redacted:f]","y":"2"},{"x":"[redacted:f]"},["x"]])");
  EXPECT_EQ(apply(R"({"password":"p","a":[{"b":{"p\u0061ssword":"q"}}],"pass":"w"})"),
            R"({"password":"[redacted:f]","a":[{"b":{"p\u0061ssword":"[redacted:f]"}}],"pass":"w"})");
  EXPECT_EQ(apply(R"({"k":{"any":"x"},"any":"y"})"), R"({"k":{"any":"[redacted:f]"},"any":"y"})");
  EXPECT_EQ(apply(R"({"odd.key":"x","odd":{"key":"y"}})"), R"({"odd.key":"[redacted:f]","odd":{"key":"y"}})");
  EXPECT_EQ(apply(R"({"list":[["a","b"],"c",[["d"]]]})"),
            R"({"list":[["[redacted:f]","[redacted:f]"],"c",[["[redacted:f]"]]]})");
  EXPECT_EQ(apply(R"({"chunks":{"metadata":{"author_email":"a"}}})"), R"({"chunks":{"metadata":{"author_email":"a"}}})");
}

TEST_F(MaskTest, masked_values_keep_their_shape) {
  use({{"f", {"secret"}, {}, Method::redact}});
  EXPECT_EQ(apply(R"({"secret":{"a":[1,-2.5e3,0,true,false,null,"","x"],"b":{}}})"),
            R"({"secret":{"a":[0,0,0,null,null,null,"[redacted:f]","[redacted:f]"],"b":{}}})");
  EXPECT_EQ(apply(R"({"secret":[]})"), R"({"secret":[]})");
  use({{"all", {"**"}, {}, Method::redact}});
  EXPECT_EQ(apply("\"x\""), "\"[redacted:all]\"");
  EXPECT_EQ(apply("[1]"), "[0]");
}

TEST_F(MaskTest, partial_fields) {
  use({{"f", {"[*]"}, {}, Method::partial}});
  EXPECT_EQ(apply(R"(["john@x.com","123-45-6789","4111111111111111","short","Johnathan","Jörgé Müllé","","mail a@b.com","日本語テキスト長い"])"),
            R"(["j***@***.com","***-**-6789","************1111","***","J******n","J******é","***","m******m","日******い"])");
}

TEST_F(MaskTest, masking_twice_is_masking_once) {
  const std::string body =
      R"([{"x":"john@x.com","t":"a@b.de 123-45-6789"},{"x":"123-45-6789"},{"x":"4222 2222 2222 2"},{"x":"short"},)"
      R"({"x":"Johnathan"},{"x":7},{"x":true},{"x":["\"q\"@x.com","r@[1.2.3.4]"]},{"a@b.com":1}])";
  for (const Method method : {Method::redact, Method::partial}) {
    use({{"m", {"[*].x"}, kDetectors, method}});
    const std::string once = apply(body);
    EXPECT_NE(once, body);
    EXPECT_EQ(apply(once), once);
  }
}

TEST_F(MaskTest, the_stronger_mask_wins) {
  use({{"weak", {"a", "b"}, {detect::Detector::email}, Method::partial},
       {"strong", {"b"}, {detect::Detector::email}, Method::redact},
       {"late", {"b.c"}, {}, Method::redact}});
  EXPECT_EQ(apply(R"({"a":"john@x.com","b":"john@x.com","c":"john@x.com"})"),
            R"({"a":"j***@***.com","b":"[redacted:strong]","c":"[redacted:strong]"})");
  EXPECT_EQ(apply(R"({"a":"john@x.com","b":{"c":"x","d":"y"}})", 5), R"({"a":"j***@***.com","b":{"c":"[redacted:late]","d":"***"}})");
  EXPECT_EQ(apply(R"({"a":"john@x.com","b":"john@x.com","c":"john@x.com"})", 1),
            R"({"a":"j***@***.com","b":"j***@***.com","c":"j***@***.com"})");
  EXPECT_EQ(apply(R"({"a":"john@x.com"})", 0), R"({"a":"john@x.com"})");
  EXPECT_EQ(apply(R"({"a":"john@x.com"})", 4), R"({"a":"john@x.com"})");
}

TEST_F(MaskTest, a_weaker_mask_inside_a_stronger_one_changes_nothing) {
  use({{"strong", {"x"}, {}, Method::redact}, {"weak", {"x", "x.y", "**.z"}, {}, Method::partial}});
  EXPECT_EQ(apply(R"({"x":"john@x.com","z":"john@x.com"})"), R"({"x":"[redacted:strong]","z":"j***@***.com"})");
  EXPECT_EQ(apply(R"({"x":{"y":"john@x.com","z":["john@x.com"]}})"),
            R"({"x":{"y":"[redacted:strong]","z":["[redacted:strong]"]}})");
}

TEST_F(MaskTest, refuses_what_it_cannot_inspect) {
  use({{"p", {}, kDetectors, Method::redact}});
  for (const char* bad : {"", "{", "[1,]", "<html>a@b.com</html>", "[\"\\ud800\"]", "[\"\xff\"]", R"({"a":1,"a":2})", "[1] x"}) {
    EXPECT_EQ(apply(bad), "refused") << bad;
    EXPECT_EQ(reason_, Reason::mask_uninspectable);
    EXPECT_EQ(apply(bad, 0), "refused") << "also when no mask is selected";
  }
  EXPECT_EQ(apply(std::string(200, '[') + std::string(200, ']')), "refused");
}

TEST_F(MaskTest, names_are_written_as_json) {
  use({{"a\"b\\c\n\xff\xc3\xa9", {"x"}, {}, Method::redact}});
  EXPECT_EQ(apply(R"({"x":"y"})"), "{\"x\":\"[redacted:a\\\"b\\\\c\\u000a?\xc3\xa9]\"}");
}

TEST_F(MaskTest, many_fields_in_many_masks) {
  std::vector<MaskRule> rules;
  for (int i = 0; i < 64; ++i) {
    MaskRule rule{"m" + std::to_string(i), {}, {}, Method::redact};
    for (int j = 0; j < 10; ++j) rule.fields.push_back("**.k" + std::to_string(i) + "[*].sub_key_" + std::to_string(j));
    rules.push_back(rule);
  }
  use(rules);
  EXPECT_EQ(apply(R"({"a":{"k63":[{"sub_key_9":"x","sub_key_10":"y"}],"k0":[{"sub_key_0":"x"}],"k1":{"sub_key_0":"z"}}})"),
            R"({"a":{"k63":[{"sub_key_9":"[redacted:m63]","sub_key_10":"y"}],"k0":[{"sub_key_0":"[redacted:m0]"}],"k1":{"sub_key_0":"z"}}})");
}

/// Behind a long text with a value the next one is looked at without a cheap pass; what follows is as if it had been.
TEST_F(MaskTest, long_texts_one_after_the_other) {
  use({{"pii", {}, {detect::Detector::email, detect::Detector::us_ssn}, Method::redact}});
  std::string filler;
  while (filler.size() < 1500) filler += "some words and no more ";
  const std::string texts[] = {filler + "jo@example.com " + filler, filler + "ann@example.org " + filler, filler,
                               filler + "jo\\u0040example.org ", filler + "\\n" + filler, filler + "at 123-45-",
                               "6789 " + filler, "jo@example.net"};
  std::string body = "[";
  for (const std::string& text : texts) body += (body.size() > 1 ? ",{\"text\":\"" : "{\"text\":\"") + text + "\"}";
  const std::string masked = apply(body + "]");
  for (const char* value : {"jo@", "ann@", "jo\\u0040", "45-", "6789"}) EXPECT_EQ(masked.find(value), std::string::npos) << value;
  EXPECT_EQ(places().size(), 6u);
  size_t kept = 0;
  for (size_t at = masked.find(filler); at != std::string::npos; at = masked.find(filler, at + 1)) ++kept;
  EXPECT_EQ(kept, 10u);
}

TEST_F(MaskTest, large_bodies) {
  use({{"p", {}, kDetectors, Method::redact}});
  std::string body = "[", expected = "[";
  for (int i = 0; i < 20000; ++i) {
    const std::string head = "{\"text\":\"line " + std::to_string(i) + "\\n";
    body += head + (i % 3 == 0 ? "a@b.com" : "plain") + "\"},";
    expected += head + (i % 3 == 0 ? "[redacted:p]" : "plain") + "\"},";
  }
  EXPECT_EQ(apply(body + "1]"), expected + "1]");
  EXPECT_EQ(places()[6666], "/19998/text p email a@b.com>[redacted:p]");
}

TEST(Plan, errors_name_their_place) {
  const auto error = [](const std::vector<MaskRule>& rules) {
    auto compiled = Plan::compile(rules);
    if (compiled.ok()) return std::string("fine");
    return std::to_string(compiled.error().rule) + "," + std::to_string(compiled.error().field) + "," +
           std::to_string(compiled.error().column);
  };
  EXPECT_EQ(error({{"a", {"x"}, {}, Method::redact}, {"b", {"y", "z..q"}, {}, Method::redact}}), "1,1,3");
  EXPECT_EQ(error({{"a", {}, {}, Method::redact}}), "0,0,1");
  EXPECT_EQ(error({{std::string(129, 'n'), {"x"}, {}, Method::redact}}), "0,0,1");
  EXPECT_EQ(error({{"a", {}, {detect::Detector::field}, Method::redact}}), "0,0,1");
  EXPECT_EQ(error(std::vector<MaskRule>(65, MaskRule{"m", {"x"}, {}, Method::redact})), "64,0,1");
  EXPECT_EQ(error({}), "fine");
  EXPECT_EQ(error({{"a", std::vector<std::string>(10000, "a.b.c"), {}, Method::redact}}), "0,1024,1");
}

TEST(Names, both_ways) {
  for (const detect::Detector detector : kDetectors) {
    detect::Detector again = detect::Detector::field;
    EXPECT_TRUE(detector_from_name(detector_name(detector), &again));
    EXPECT_EQ(again, detector);
  }
  detect::Detector none;
  EXPECT_FALSE(detector_from_name("field", &none));
  EXPECT_FALSE(detector_from_name("Email", &none));
  EXPECT_EQ(method_name(Method::partial), "partial");
}

detect::CustomDetector by_pattern(std::string pattern, std::vector<std::string> nearby = {}) {
  return {.name = "own", .pattern = std::move(pattern), .words = {}, .nearby = std::move(nearby), .distance = 20};
}

TEST(CustomDetectors, AreAskedByIndex) {
  MaskRule staff, birds;
  staff.name = "staff";
  staff.custom = {0};
  birds.name = "birds";
  birds.custom = {1};
  birds.detectors = {detect::Detector::email};
  const std::vector<detect::CustomDetector> detectors = {by_pattern("EMP-\\d+"), {.name = "other", .pattern = {}, .words = {"falcon"}}};
  const auto plan = Plan::compile({staff, birds}, detectors);
  ASSERT_TRUE(bool{plan});
  Masker masker;
  ASSERT_TRUE(masker.prepare(**plan));
  const Padded body("{\"a\":\"EMP-1 f\\u0061lcon a@b.de\",\"Falcon\":[\"emp-2\"]}");
  const auto masked = [&](Selection masks) { return std::string(masker.apply(**plan, masks, body.view()).body); };
  EXPECT_EQ(masked(3), "{\"a\":\"[redacted:staff] [redacted:birds] [redacted:birds]\",\"[redacted:birds]\":[\"[redacted:staff]\"]}");
  EXPECT_EQ(masked(1), "{\"a\":\"[redacted:staff] f\\u0061lcon a@b.de\",\"Falcon\":[\"[redacted:staff]\"]}");
  const Padded numbers("{\"badge\":123456,\"x\":1234}");
  const auto plain = Plan::compile({staff}, {by_pattern("\\b\\d{6}\\b", {"badge"})});
  ASSERT_TRUE(masker.prepare(**plain));
  EXPECT_EQ(masker.apply(**plain, 1, numbers.view()).body, "{\"badge\":0,\"x\":1234}");
  const auto wrong = Plan::compile({staff, birds}, {detectors[0], by_pattern("a(")});
  ASSERT_FALSE(bool{wrong});
  EXPECT_EQ(wrong.error().rule, 1u);
  EXPECT_EQ(wrong.error().text.substr(0, 14), "detector own: ");
}

}  // namespace
}  // namespace gatehouse::mask
