#include "detect/custom_scan.h"

#include <gtest/gtest.h>

#include "detect/candidates.h"
#include "tests/unit/detect/found.h"

namespace gatehouse::detect {
namespace {

CustomDetector by_pattern(std::string pattern, Checksum checksum = Checksum::none, std::vector<std::string> nearby = {}) {
  return {.name = "own", .pattern = std::move(pattern), .words = {}, .caseless = true, .whole_words = true, .checksum = checksum,
          .nearby = std::move(nearby), .distance = 20};
}

CustomDetector by_words(std::vector<std::string> words, bool caseless = true, bool whole = true) {
  return {.name = "own", .pattern = {}, .words = std::move(words), .caseless = caseless, .whole_words = whole};
}

struct World {
  std::shared_ptr<const CustomSet> set;
  CustomScan scan;
  explicit World(const std::vector<CustomDetector>& detectors) {
    auto made = CustomSet::compile(detectors);
    GH_ASSERT(bool{made});
    set = *made;
    GH_ASSERT(scan.prepare(*set));
    scan.ask(*set, ~uint64_t{0});
  }
  Wanted wanted() { return {set_of(Detector::custom), &scan}; }

  std::string values(ByteView text, ByteView field = {}) {
    const testing::Padded padded(text);
    Room<Found> room;
    detect({.bytes = padded.view(), .field = field}, wanted(), &room);
    std::string out;
    for (const Found& one : room)
      out += (out.empty() ? "" : "|") + (set->size() > 1 ? std::to_string(one.custom) + "=" : "") + std::string(text.substr(one.begin, one.end - one.begin));
    return out;
  }
};

std::string values(const CustomDetector& detector, ByteView text, ByteView field = {}) { return World({detector}).values(text, field); }

std::string error_of(const CustomDetector& detector) {
  const auto made = CustomSet::compile({detector});
  return made ? "" : made.error().text;
}

TEST(Custom, patterns) {
  EXPECT_EQ(values(by_pattern("EMP-\\d{6}"), "id emp-123456, EMP-1234567 and EMP-12345"), "emp-123456|EMP-123456");
  EXPECT_EQ(values(by_pattern("\\bEMP-\\d+\\b"), "EMP-1 xEMP-2 EMP-3x EMP-4."), "EMP-1|EMP-4");
  EXPECT_EQ(values(by_pattern("(?<=id )\\w+(?=;)"), "id abc; id def, id \xc3\xa4;"), "abc");
  EXPECT_EQ(values(by_pattern("(\\w{2,8})-\\1"), "ab-ab abc-abd xyz-xyz"), "ab-ab|xyz-xyz") << "back references";
  EXPECT_EQ(values(by_pattern("^K\\d+$"), "K12\nxK13\nK14"), "K12|K14");
  EXPECT_EQ(values(by_pattern("[äö]+x"), "ÄÖx äx"), "ÄÖx|äx");
  EXPECT_EQ(values(by_pattern("a|ab"), "ab"), "a") << "the first alternative, as PCRE has it";
  CustomDetector strict = by_pattern("EMP-\\d{6}");
  strict.caseless = false;
  EXPECT_EQ(values(strict, "emp-123456 EMP-123456"), "EMP-123456");
}

TEST(Custom, words) {
  EXPECT_EQ(values(by_words({"Falcon", "Project X", "größe", "C++"}), "falcon, FALCONS project x. GRÖSSE GRÖßE c++ xFalcon Falcon_1"), "falcon|project x|GRÖßE|c++");
  EXPECT_EQ(values(by_words({"Falcon"}, false), "falcon Falcon"), "Falcon");
  EXPECT_EQ(values(by_words({"falcon"}, true, false), "XFalcons"), "Falcon");
  EXPECT_EQ(values(by_words({"kelvin"}), "\xe2\x84\xaa" "elvin Kelvin"), "\xe2\x84\xaa" "elvin|Kelvin") << "U+212A is a k";
  EXPECT_EQ(values(by_words({"red", "red fox", "fox"}), "a red fox"), "red fox");
  std::vector<std::string> many;
  for (int i = 0; i < 2000; ++i) many.push_back("word" + std::to_string(i));
  EXPECT_EQ(values(by_words(many), "word0 word1999 word2000 sword7"), "word0|word1999");
}

TEST(Custom, checksums) {
  EXPECT_EQ(values(by_pattern("\\b\\d{4}( ?\\d){4,12}\\b", Checksum::luhn), "49927398716 49927398717 4111 1111 1111 1111"), "49927398716|4111 1111 1111 1111");
  EXPECT_EQ(values(by_pattern("\\b[A-Z]{2}\\d{2}[A-Z0-9]{11,30}\\b", Checksum::mod97), "GB82WEST12345698765432 GB83WEST12345698765432"), "GB82WEST12345698765432");
  EXPECT_EQ(values(by_pattern("\\b\\d{9}[\\dX]\\b", Checksum::mod11), "0306406152 080442957X 0306406153"), "0306406152|080442957X");
  EXPECT_EQ(values(by_pattern("\\b\\d+\\b", Checksum::mod97), "3214282912345698765432161182"), "3214282912345698765432161182") << "the check digits last";
  Checksum checksum;
  EXPECT_TRUE(checksum_from_name("mod11", &checksum) && checksum == Checksum::mod11);
  EXPECT_FALSE(checksum_from_name("crc", &checksum));
}

TEST(Custom, nearby_words) {
  const CustomDetector detector = by_pattern("\\b\\d{6}\\b", Checksum::none, {"badge", "staff no"});
  EXPECT_EQ(values(detector, "badge 123456; and then the 654321 is far from any; 111111 (Staff No)"), "123456|111111");
  EXPECT_EQ(values(detector, "badges: 123456"), "123456");
  EXPECT_EQ(values(detector, "notabadge 123456"), "");
  EXPECT_EQ(values(detector, "badge of many, many words, 123456"), "");
  EXPECT_EQ(values(detector, "123456", "staffBadge"), "123456");
}

TEST(Custom, several_of_them) {
  World world({by_pattern("EMP-\\d+"), {.name = "other", .pattern = {}, .words = {"falcon"}}});
  EXPECT_EQ(world.values("EMP-1 falcon"), "0=EMP-1|1=falcon");
  world.scan.ask(*world.set, 2);
  EXPECT_EQ(world.values("EMP-1 falcon"), "1=falcon");
}

TEST(Custom, what_is_refused) {
  EXPECT_NE(error_of(by_pattern("a(")), "");
  EXPECT_NE(error_of(by_pattern("a*")), "") << "matches nothing at all";
  EXPECT_NE(error_of(by_pattern("\\Aabc")), "");
  EXPECT_NE(error_of(by_pattern("(\\w+ )+")), "") << "too long";
  EXPECT_NE(error_of(by_pattern("(?<=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)b")), "");
  EXPECT_NE(error_of(by_words({""})), "");
  EXPECT_NE(error_of(by_words({"a\nb"})), "");
  EXPECT_NE(error_of(by_words({"\xff"})), "");
  EXPECT_NE(error_of({.name = "email", .pattern = "abc", .words = {}}), "");
  EXPECT_NE(error_of({.name = "Own", .pattern = "abc", .words = {}}), "");
  EXPECT_NE(error_of({.name = "own", .pattern = "abc", .words = {"abc"}}), "");
  EXPECT_NE(error_of({.name = "own", .pattern = {}, .words = {}}), "");
  const auto made = CustomSet::compile({by_words({"a", "b"}), by_words({"a", "b", ""})});
  ASSERT_FALSE(bool{made});
  EXPECT_EQ(made.error().detector, 1u);
  EXPECT_EQ(made.error().word, 2u);
}

TEST(Custom, repeats_get_a_bound) {
  EXPECT_EQ(bounded("a+b*?c{3,}d{2}e{2,5}f?"), "a{1,128}b{0,128}?c{3,131}d{2}e{2,5}f?");
  EXPECT_EQ(bounded("[a+]+[^]*]*\\+\\*(?:a)+(?<n>x)*a{,3}"), "[a+]{1,128}[^]*]{0,128}\\+\\*(?:a){1,128}(?<n>x){0,128}a{,3}");
}

TEST(Custom, what_costs_too_much_is_hidden) {
  const CustomDetector detector = by_pattern("(?=(\\w{1,60}){1,9}!)x\\w{3}");
  std::string text = "before ";
  for (int i = 0; i < 3000; ++i) text += 'x';
  World world({detector});
  EXPECT_EQ(world.values(text + " behind"), text + " behind");
  EXPECT_EQ(world.values("before \xff"), "before \xff") << "what is no UTF-8";
}

TEST(Custom, every_string_may_hold_one) {
  World world({by_words({"falcon"})});
  Candidates candidates;
  const std::string document = "[\"f\\u0061lcon\",\"" + std::string(200, 'x') + "\"]";
  const testing::Padded padded(document);
  candidates.start(padded.view(), world.wanted());
  EXPECT_TRUE(candidates.any(0, 10));
  EXPECT_TRUE(candidates.any(100, 110));
}

TEST(Custom, cut_anywhere) {
  World world({by_pattern("\\bEMP-\\d+\\b"), by_pattern("(?<=id )\\w+(?=;)"), by_pattern("\\b\\d{6}\\b", Checksum::none, {"badge"}),
               by_words({"Falcon", "größe", "red fox", "red"}), by_words({"heron"}, false, false), by_pattern("q[^q]{1,40}q", Checksum::luhn)});
  const std::string text = "EMP-12 xEMP-3 EMP-4x id abc; id def, badge 123456 and 654321 too, 111111 of a badge. FALCON falcons GRÖßE \xe2\x84\xaa red fox "
                           "red foxes xheronx q49927398716q q4992739871q red f";
  Pieces pieces(world.wanted());
  const std::string whole = pieces.cut(text, {});
  EXPECT_NE(whole.find('x'), std::string::npos);
  for (size_t a = 0; a <= text.size(); ++a)
    for (size_t b = a; b <= text.size(); b += 1 + (a + b) % 5) ASSERT_EQ(pieces.cut(text, {a, b}), whole) << a << " " << b;
  std::vector<size_t> all;
  for (size_t i = 1; i < text.size(); ++i) all.push_back(i);
  EXPECT_EQ(pieces.cut(text, all), whole);
  EXPECT_FALSE(pieces.held_too_much);
}

}  // namespace
}  // namespace gatehouse::detect
