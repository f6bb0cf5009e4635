// Units, words, places and diagnostics.
#include <gtest/gtest.h>

#include "base/time.h"
#include "config/diagnostic.h"
#include "config/json_text.h"
#include "config/nearest.h"
#include "config/units.h"

namespace gatehouse::config {
namespace {

TEST(Units, SizesAndDurations) {
  EXPECT_EQ(parse_size("0").value(), 0U);
  EXPECT_EQ(parse_size("4096").value(), 4096U);
  EXPECT_EQ(parse_size("64MiB").value(), 64U << 20);
  EXPECT_EQ(parse_size("64 KiB").value(), 64U << 10);
  EXPECT_EQ(parse_duration("5ms").value(), 5 * kNsPerMs);
  EXPECT_EQ(parse_duration("2m").value(), 120 * kNsPerSecond);
  EXPECT_EQ(parse_duration("0").value(), 0U);
  for (const char* text : {"", "KiB", "-1", "+1", "1.5MiB", "1MB", "1kib", "1KiB ", "1  KiB", " 1KiB",
                           "1KiBx", "18446744073709551616", "17179869184GiB"})
    EXPECT_FALSE(parse_size(text).ok()) << text;
  for (const char* text : {"", "10", "10sec", "1.5s", "s", "10S", "99999999999999h"})
    EXPECT_FALSE(parse_duration(text).ok()) << text;
}

TEST(Units, FormattedValuesReadBack) {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{1}, uint64_t{1023}, uint64_t{1} << 20, (uint64_t{1} << 30) + 1024}) {
    EXPECT_EQ(parse_size(format_size(value)).value(), value);
    EXPECT_EQ(parse_duration(format_duration(value)).value(), value);
  }
  EXPECT_EQ(format_size(65536), "64KiB");
  EXPECT_EQ(format_duration(90 * kNsPerSecond), "90s");
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<ByteView> words = {"groups", "methods", "paths", "origin", "head_bytes"};
  EXPECT_EQ(nearest("gruops", words), "groups");  // swapped
  EXPECT_EQ(nearest("group", words), "groups");   // left out
  EXPECT_EQ(nearest("pathes", words), "paths");   // put in
  EXPECT_EQ(nearest("origen", words), "origin");  // changed
  EXPECT_EQ(nearest("GROUPS", words), "groups");
  EXPECT_EQ(nearest("head-bytes", words), "head_bytes");
  EXPECT_EQ(nearest("colour", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest(std::string(1000, 'g'), words), "");
  EXPECT_EQ(nearest("x", {}), "");
  EXPECT_EQ(listed(words), "groups, methods, paths, origin or head_bytes");
}

Place inside(const std::string& value, size_t index) {
  return Source("f", "k = " + value + "\n").inside({1, 5, 1}, index);
}

TEST(Source, FindsCharactersInsideStrings) {
  EXPECT_EQ(inside("'abc'", 1).column, 7U);
  EXPECT_EQ(inside("\"abc\"", 2).column, 8U);
  EXPECT_EQ(inside("\"a\\tb\"", 2).column, 9U);          // after an escape of two characters
  EXPECT_EQ(inside("\"\\u00e9x\"", 2).column, 12U);      // six characters that are two bytes
  EXPECT_EQ(inside("\"\\U0001F600x\"", 4).column, 16U);  // ten that are four
  EXPECT_EQ(inside("'\u00e9x'", 2).column, 7U);          // columns count characters, indexes bytes
  EXPECT_EQ(inside("'''\nab'''", 1).line, 2U);
  EXPECT_EQ(inside("'''\nab'''", 1).column, 2U);
  EXPECT_EQ(inside("\"\"\"a\\\n   b\"\"\"", 1).line, 2U);
  EXPECT_EQ(inside("\"\"\"a\\\n   b\"\"\"", 1).column, 4U);
  EXPECT_EQ(inside("'abc'", 1000).line, 2U);  // past the end: the end, no further
}

TEST(Printable, LeavesNothingForTheTerminal) {
  EXPECT_EQ(printable("a\tb"), "a b");
  EXPECT_EQ(printable("\x1b[31m\x07\x7f"), "\\u{1b}[31m\\u{7}\\u{7f}");
  EXPECT_EQ(printable("\u202egnp\u200b\u0085"), "\\u{202e}gnp\\u{200b}\\u{85}");
  EXPECT_EQ(printable("\xff\xc0\x80\xed\xa0\x80"), "\\xff\\xc0\\x80\\xed\\xa0\\x80");
  EXPECT_EQ(printable("gr\u00fc\u00df \U0001F600"), "gr\u00fc\u00df \U0001F600");
}

TEST(Json, EscapesAndStaysUtf8) {
  std::string out;
  append_json(out, "a\"b\\c\nd\x01\u202e\xff");
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\nd\\u0001\\u202e\\ufffd\"");
}

Diagnostic complaint(const std::string& text, Place place) {
  Diagnostic diagnostic;
  diagnostic.code = Code::unknown_key;
  diagnostic.message = "unknown key";
  diagnostic.place = place;
  diagnostic.source = std::make_shared<Source>("f.toml", text);
  return diagnostic;
}

TEST(Render, LooksLikeRustc) {
  Diagnostic diagnostic = complaint("a = 1\n  gruops = 2\n", {2, 3, 6});
  diagnostic.label = "not a key";
  diagnostic.help = "did you mean 'groups'?";
  diagnostic.notes.push_back({{1, 1, 1}, "first here"});
  EXPECT_EQ(render(diagnostic),
            "error[GH0101]: unknown key\n"
            " --> f.toml:2:3\n"
            "  |\n"
            "2 |   gruops = 2\n"
            "  |   ^^^^^^ not a key\n"
            "  |\n"
            "1 | a = 1\n"
            "  | - first here\n"
            "  |\n"
            "  = help: did you mean 'groups'?\n");
}

TEST(Render, CaretStandsUnderItsCharacterAlsoAfterWideOnes) {
  const std::string text = render(complaint("\u00e9\t\x1b = 'x'\n", {1, 7, 3}));
  EXPECT_NE(text.find("| \u00e9 \\u{1b} = 'x'\n  |            ^^^\n"), std::string::npos) << text;
}

TEST(Render, LongLinesAreCutAroundThePlace) {
  const std::string text =
      render(complaint(std::string(5000, 'a') + "BAD" + std::string(5000, 'c'), {1, 5001, 3}));
  EXPECT_LT(text.size(), 500U);
  EXPECT_NE(text.find("aBADc"), std::string::npos);
}

TEST(Report, KeepsFiftyErrorsAndSaysHowManyMore) {
  Report report(std::make_shared<Source>("f", std::string(300, '\n')));
  for (uint32_t i = 0; i < 70; ++i) report.warn(Code::unused, {i + 1, 1, 1}, "w");
  for (uint32_t i = 0; i < 70; ++i) report.error(Code::range, {200 - i, 1, 1}, "e").help = "h";
  EXPECT_EQ(report.errors(), 70U);
  const Diagnostics all = report.take();
  EXPECT_EQ(count(all, Severity::error), 70U);
  EXPECT_EQ(all.size(), 2 * kDiagnosticsMax + 1);
  EXPECT_EQ(count(all, Severity::warning), kDiagnosticsMax);
  EXPECT_EQ(all.back().message, "20 more errors are not shown");
  for (size_t i = 1; i + 1 < all.size(); ++i) EXPECT_LE(all[i - 1].place.line, all[i].place.line);
}

}  // namespace
}  // namespace gatehouse::config
