#include "telemetry/log_line.h"

#include <gtest/gtest.h>

#include <string>

#include "telemetry/json_text.h"

namespace gatehouse::telemetry {
namespace {

using namespace std::string_literals;

std::string json(const std::string& text, size_t limit = SIZE_MAX) {
  std::string out;
  append_json_text(out, text, limit);
  return out;
}

TEST(JsonText, KeepsPlainTextAndEscapesTheRest) {
  EXPECT_EQ(json("plain text / 42"), "plain text / 42");
  EXPECT_EQ(json("Grüße 日本 🙂"), "Grüße 日本 🙂");
  EXPECT_EQ(json("a\"b\\c"), R"(a\"b\\c)");
  EXPECT_EQ(json("a\nb\tc\rd\0e"s), R"(a\nb\tc\rd\u0000e)");
  EXPECT_EQ(json("\x1b[31mred\x07\x7f"), R"(\u001b[31mred\u0007\u007f)");
  EXPECT_EQ(json("\xc2\x9b""31m"), R"(\u009b31m)") << "C1 CSI";
  EXPECT_EQ(json("\u202egnp\u2066x\u200f"), R"(\u202egnp\u2066x\u200f)") << "bidi";
  EXPECT_EQ(json("a\u200bb\ufeff\u2028\u00ad"), R"(a\u200bb\ufeff\u2028\u00ad)");
  EXPECT_EQ(json("\U000e0041"), R"(\udb40\udc41)") << "tag characters hide text";
}

TEST(JsonText, ReplacesWhatIsNoUtf8) {
  const std::string broken = "\xef\xbf\xbd";
  EXPECT_EQ(json("a\xff""b"), "a" + broken + "b");
  EXPECT_EQ(json("\xc0\x80"), broken + broken) << "overlong";
  EXPECT_EQ(json("\xe0\x80\x80"), broken + broken + broken) << "overlong";
  EXPECT_EQ(json("\xed\xa0\x80"), broken + broken + broken) << "surrogate";
  EXPECT_EQ(json("\xf4\x90\x80\x80"), broken + broken + broken + broken) << "past the end";
  EXPECT_EQ(json("\xe6\x97"), broken + broken) << "cut";
}

TEST(DisplayText, StaysOnOneLine) {
  std::string out;
  EXPECT_TRUE(append_display_text(out, "{\"a\\\": 日\n\x1b[2J\u202e\xff\U000e0041}"));
  EXPECT_EQ(out, "{\"a\\\": 日<U+000A><U+001B>[2J<U+202E>\xef\xbf\xbd<U+E0041>}");
  out.clear();
  EXPECT_FALSE(append_display_text(out, "ab\x1b", 9));
  EXPECT_EQ(out, "ab");
}

TEST(JsonText, NeverCutsACharacter) {
  EXPECT_EQ(json("ab\x1b", 8), R"(ab\u001b)");
  EXPECT_EQ(json("ab\x1b", 7), "ab");
  EXPECT_EQ(json("日本", 5), "日");
  std::string out = "x";
  EXPECT_FALSE(append_json_text(out, "abc", 2));
  EXPECT_TRUE(append_json_text(out, "abc", 3));
  EXPECT_EQ(out, "xababc");
  char room[4];
  bool whole = true;
  EXPECT_EQ(write_json_text(room, "ab\n\n", &whole), 4u);
  EXPECT_FALSE(whole);
}

std::string time_text(WallNs wall) {
  std::string text(kTimeText, '?');
  format_time(wall, text.data());
  return text;
}

TEST(LogLine, WritesTime) {
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(time_text(951'782'400 * kNsPerSecond + 1'999), "2000-02-29T00:00:00.000001Z");
  EXPECT_EQ(time_text(1'767'225'599 * kNsPerSecond + 999'999'999), "2025-12-31T23:59:59.999999Z");
  EXPECT_EQ(time_text(4'107'542'400 * kNsPerSecond), "2100-03-01T00:00:00.000000Z");
}

TEST(LogLine, IsOneObject) {
  LogText out;
  LogLine line(out, 0, Level::warning, "started");
  line.text("name", "a\"b").number("port", 18446744073709551615u).boolean("tls", true);
  line.finish();
  EXPECT_EQ(out.view(),
            R"({"time":"1970-01-01T00:00:00.000000Z","level":"warning","event":"started",)"
            R"("name":"a\"b","port":18446744073709551615,"tls":true})"
            "\n");
}

TEST(LogLine, CutsWhatDoesNotFit) {
  LogText out;
  LogLine cut(out, 0, Level::info, "x");
  cut.text("path", std::string(5000, 'p')).number("after", 1);
  cut.finish();
  const std::string text(out.view());
  EXPECT_NE(text.find(std::string(256, 'p') + "\""), std::string::npos);
  EXPECT_EQ(text.find(std::string(257, 'p')), std::string::npos);
  EXPECT_TRUE(text.ends_with(",\"after\":1,\"truncated\":true}\n")) << text;

  LogLine full(out, 0, Level::info, std::string(9000, 'e'));
  for (int i = 0; i < 1000; ++i) full.text("n", "\x1b\x1b\x1b").number("m", 77777777).boolean("f", false);
  full.finish();
  const std::string line(out.view());
  EXPECT_LE(line.size(), LogText::kMax);
  EXPECT_GT(line.size(), LogText::kMax - 64);
  EXPECT_TRUE(line.ends_with(",\"truncated\":true}\n")) << line.substr(line.size() - 40);
}

}  // namespace
}  // namespace gatehouse::telemetry
