#include "http/uri.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

namespace gatehouse::http {
namespace {

std::optional<std::string> normal(ByteView raw) {
  Arena arena;
  const auto path = normalise_path(raw, arena);
  if (!path.ok()) {
    EXPECT_EQ(path.error(), Reason::http_path);
    return std::nullopt;
  }
  return std::string(*path);
}

void expect_refused(std::initializer_list<ByteView> paths) {
  for (const ByteView path : paths) EXPECT_EQ(normal(path), std::nullopt) << path;
}

TEST(Path, NormalPathsAreReturnedUntouched) {
  Arena arena;
  for (const ByteView raw : {"/", "/v1/chunk/token", "/a/", "/a.b/c..d/..e/...", "/x:delete/@me/a,b;"}) {
    if (raw.back() == ';') continue;
    const auto path = normalise_path(raw, arena);
    ASSERT_TRUE(path.ok()) << raw;
    EXPECT_EQ(*path, raw);
    EXPECT_EQ(path.value().data(), raw.data()) << raw;
  }
  EXPECT_EQ(normal("*"), "*");
}

TEST(Path, EveryByteHasOneSpelling) {
  EXPECT_EQ(normal("/%61%2D%7e"), "/a-~");
  EXPECT_EQ(normal("/v1/x%3Adelete"), "/v1/x:delete");
  EXPECT_EQ(normal("/a%20b%3f%23%5b"), "/a%20b%3F%23%5B");
  EXPECT_EQ(normal("/%c3%a9"), "/%C3%A9");
  EXPECT_EQ(normal("/%e2%82%ac/%F0%9f%98%80"), "/%E2%82%AC/%F0%9F%98%80");
  EXPECT_EQ(normal("/100%25"), "/100%25");
  EXPECT_EQ(normal("/%25zz"), "/%25zz");
}

TEST(Path, SingleDotSegmentsGo) {
  EXPECT_EQ(normal("/./a"), "/a");
  EXPECT_EQ(normal("/a/./b"), "/a/b");
  EXPECT_EQ(normal("/a/."), "/a/");
  EXPECT_EQ(normal("/."), "/");
  EXPECT_EQ(normal("/%2e/a/%2E"), "/a/");
  EXPECT_EQ(normal("/.well-known/x"), "/.well-known/x");
  EXPECT_EQ(normal("/a/.../b"), "/a/.../b");
}

TEST(PathAttack, ParentSegments) {
  expect_refused({"/..", "/../a", "/a/..", "/a/../b", "/a/../../b", "/./..", "/a/.././b"});
}

TEST(PathAttack, EncodedParentSegments) {
  expect_refused({"/%2e%2e", "/%2e.", "/.%2e", "/a/%2E%2e/b", "/%2E%2E/", "/.%2E/a"});
}

TEST(PathAttack, EncodedSlashes) {
  expect_refused({"/a%2fb", "/a%2Fb", "/..%2f", "/%2f", "/%2f%2e%2e"});
}

TEST(PathAttack, Backslashes) { expect_refused({"/a\\b", "/\\", "/a%5cb", "/a%5Cb", "/..\\a", "/..%5ca"}); }

TEST(PathAttack, Parameters) {
  expect_refused({"/a;b", "/;", "/a;x=1/b", "/..;/a", "/a%3bb", "/a%3B", "/.;/a"});
}

TEST(PathAttack, DoubleEncoding) {
  expect_refused({"/%252e%252e", "/%252f", "/a%255c", "/%25%32%65", "/%2525", "/%25%32e", "/%252%65"});
}

TEST(PathAttack, EmptySegments) { expect_refused({"//", "//a", "/a//b", "/a//", "/.//a", "/a/.//", "///"}); }

TEST(PathAttack, BrokenEscapes) {
  expect_refused({"/%", "/%4", "/%g1", "/%1g", "/a%", "/%%41", "/% 1", "/%u0041"});
}

TEST(PathAttack, ControlAndForeignBytes) {
  using namespace std::string_view_literals;
  expect_refused({"/\0"sv,     "/a\0b"sv, "/%00", "/%0a", "/%0D", "/%1f", "/%7f", "/\x7f", "/\t",  "/a b",
                  "/\xc3\xa9", "/a\"b",   "/<a>", "/a|b", "/{a}", "/a^b", "/`",   "/[a]",  "/a?b", "/a#b"});
}

TEST(PathAttack, EscapesThatAreNotUtf8) {
  expect_refused({"/%c0%af", "/%c0%ae%c0%ae", "/%e0%80%af", "/%f0%80%80%af", "/%80", "/%c3", "/%c3%28",
                  "/%a5%80", "/%f9%80%80%80", "/%c3a", "/%ff", "/%ed%a0%80", "/%f4%90%80%80", "/%f5%80%80%80",
                  "/%e2%82", "/%e2%82/%ac", "/%c2%80", "/%c2%9f"});
  EXPECT_EQ(normal("/%c2%a0"), "/%C2%A0");
}

TEST(PathAttack, NotAPath) { expect_refused({"", "a", "**", "*/", "http://a/", "%2fa", "?"}); }

TEST(Path, NormalisingTwiceChangesNothing) {
  std::mt19937 random(3);
  const ByteView parts[] = {"/",  "/",   ".",   "%2e", "%2E", "a",   "%61",    "%25",      "2",
                            "e",  "%32", "%65", "%3A", ":",   "%20", "%c3%a9", "%C3",      "%2f",
                            "..", ";",   "%",   "~",   "%7E", "b/",  "/./",    "%e2%82%ac"};
  size_t accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string raw = "/";
    for (size_t count = random() % 8; count > 0; --count) raw += parts[random() % std::size(parts)];
    const auto once = normal(raw);
    if (!once) continue;
    ++accepted;
    ASSERT_EQ(normal(*once), once) << raw;
    ASSERT_EQ(once->find("//"), std::string::npos) << raw;
    ASSERT_EQ((*once + "/").find("/../"), std::string::npos) << raw;
    ASSERT_EQ((*once + "/").find("/./"), std::string::npos) << raw;
  }
  EXPECT_GT(accepted, 10'000u);
}

}  // namespace
}  // namespace gatehouse::http
