// The walk in pieces says what the walk over the whole says, wherever the pieces are cut.
#include "json/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/collect_json.h"
#include "tests/support/collect_stream.h"

namespace gatehouse::json {
namespace {

using testing::CollectStream;
using testing::Padded;
using testing::stream_pieces;

/// One document, whole and in every pair of pieces and in pieces of 1 to 7 bytes.
void same_in_any_pieces(const std::string& text, Leniency leniency) {
  Document document;
  const Padded padded(text);
  testing::CollectJson whole{document, {}, {}, {}};
  const bool good = document.walk(padded.view(), whole, leniency) == Error::none;
  Stream stream;
  const auto check = [&](const auto& next, size_t cut) {
    CollectStream seen;
    const StreamError error = stream_pieces(stream, text, next, &seen, leniency);
    ASSERT_EQ(error == StreamError::none, good) << text.substr(0, 200) << " cut at " << cut;
    ASSERT_TRUE(seen.contiguous);
    if (!good) return;
    ASSERT_EQ(seen.shape, whole.shape);
    ASSERT_EQ(seen.leaves.size(), whole.leaves.size());
    for (size_t i = 0; i < seen.leaves.size(); ++i) ASSERT_TRUE(testing::same_leaf(seen.leaves[i], whole.leaves[i])) << text << " cut at " << cut;
  };
  check([](size_t left) { return left; }, 0);
  for (size_t size = 1; size < 8; ++size) check([&](size_t left) { return std::min(left, size); }, size);
  for (size_t cut = 1; cut < std::min<size_t>(text.size(), 3000); ++cut)
    check([&](size_t left) { return left == text.size() ? cut : left; }, cut);
}

void in_any_pieces(const std::string& text) {
  same_in_any_pieces(text, {});
  same_in_any_pieces(text, {true, true});
}

TEST(JsonStream, tricky_documents) {
  for (const char* text :
       {"", " ", "1", "-0", "1e5", " 12.50e+3 ", "01", "1.", "-", "[1,2]", "[1 2]", "[1,]", "[,1]", "{}", "[]", "{\"a\":1,}", "{\"a\" : [ ] , \"b\":{}}",
        "\"\"", "\"\\ud83d\\ude00\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\\ud83d\\u0041\"", "\"\\ud83d\\ud83d\\ude00\"", "\"\\ude00\"", "\"\\ud83d\"",
        "\"\\ud83d\\\"\"", "\"\\ud83d\\udb\"", "\"\\ud83d\xc3\xa9\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u12", "\"a\nb\"", "\"\x7f\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
        "\"\xc3\"", "\"\xe2\xe2\xe2\xe2\xe2\xe2\"", "\"\xf0\xf0\xf0\xf0\xf0\xf0\xf0\xf0\xf0\xf0\"", "\"\xe2\x82\xe2\x82\xac\"", "\"\xe2\x82\"", "\"\xf0\x9f\x98\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "\"\xf4\x90\x80\x80\"", "\xef\xbb\xbf[]", "[true,false,null]",
        "[nul]", "[nullx]", "tru", "truefalse", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"a\":{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}}",
        "{\"\":1,\"\":2}", "{\"\\ud83d\\udc00\\udc00\":1,\"a\\ud83d\":2,\"\\ud83d\\uda80\":3}", "{\"k\\n\\u00e9\":\"v\",\"k\\n\":[{}]}", "{\"a\"}", "{\"a\":}", "{1:2}", "{\"a\"1}", "[}", "{]", "[[]", "]", "\"a\" \"b\"", "[] []",
        "{\"abcdefgh1\":1,\"abcdefgh2\":2,\"abcdefgh1\":3}", "[1e400,123456789012345678901234567890]", "[\"\\\\\",\"\\/\"]", "[-]", "[--1]", "[1e]", "[+1]", ":", ","})
    in_any_pieces(text);
}

TEST(JsonStream, every_file_of_the_suite) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(JSON_TEST_SUITE)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (text.size() < 2000) in_any_pieces(text);
    ++files;
  }
  EXPECT_GT(files, 300u);
}

TEST(JsonStream, depth_keys_and_numbers_are_bounded) {
  Stream stream;
  const auto verdict = [&](const std::string& text, size_t piece) {
    CollectStream seen;
    return stream_pieces(stream, text, [&](size_t left) { return std::min(left, piece); }, &seen);
  };
  for (const size_t piece : {size_t{1}, size_t{1000}, size_t{1} << 30}) {
    EXPECT_EQ(verdict(std::string(128, '[') + std::string(128, ']'), piece), StreamError::none);
    EXPECT_EQ(verdict(std::string(129, '[') + std::string(129, ']'), piece), StreamError::too_deep);
    EXPECT_EQ(verdict("{\"" + std::string(kStreamKeyMax, 'k') + "\":1}", piece), StreamError::none);
    EXPECT_EQ(verdict("{\"" + std::string(kStreamKeyMax + 1, 'k') + "\":1}", piece), StreamError::too_large);
    EXPECT_EQ(verdict("[" + std::string(kStreamNumberMax, '1') + "]", piece), StreamError::none);
    EXPECT_EQ(verdict("[" + std::string(kStreamNumberMax + 1, '1') + "]", piece), StreamError::too_large);
  }
}

TEST(JsonStream, keys_of_open_objects_are_bounded_and_forgotten) {
  std::string wide = "{", many = "[";
  for (size_t i = 0; i < kStreamKeysMax; ++i) wide += "\"" + std::to_string(i) + "\":" + (i == 0 ? "{\"0\":{}}" : "0") + ",";
  wide.back() = '}';
  for (size_t i = 0; i < 3 * kStreamKeysMax; ++i) many += "{\"a\":1,\"b\":{\"a\":2}},";
  many.back() = ']';
  Stream stream;
  CollectStream seen;
  const auto whole = [](size_t left) { return left; };
  EXPECT_EQ(stream_pieces(stream, wide, whole, &seen), StreamError::none);
  EXPECT_EQ(stream_pieces(stream, many, whole, &seen), StreamError::none);
  EXPECT_EQ(stream_pieces(stream, wide.substr(0, wide.size() - 1) + ",\"x\":0}", whole, &seen), StreamError::too_large);
  EXPECT_EQ(stream_pieces(stream, wide.substr(0, wide.size() - 10) + ",\"77\":0}", whole, &seen), StreamError::duplicate_key);
  EXPECT_LT(stream.memory_bytes(), 96u * 1024);
}

}  // namespace
}  // namespace gatehouse::json
