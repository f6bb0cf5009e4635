#include "codec/base64url.h"
#include "tests/unit/codec/form_splits.h"

namespace gatehouse::codec {
namespace {

constexpr Base64Options kMime{.line_breaks = true};
constexpr Base64Options kOptional{.padding = Base64Padding::optional};
constexpr Base64Options kBare{.alphabet = Base64Alphabet::url, .padding = Base64Padding::refused};

Base64Error verdict(ByteView text, const Base64Options& options = {}) {
  return verdict_of<Base64Error>([&] { return Base64Decoder(options); }, text);
}

TEST(Base64, KnownAnswers) {   // RFC 4648 section 10
  const std::pair<ByteView, ByteView> answers[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
                                                   {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : answers) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
    EXPECT_EQ(verdict(text), Base64Error::none);
  }
  EXPECT_EQ(encode_base64("\xfb\xff"), "+/8=");
  EXPECT_EQ(encode_base64("\xfb\xff", kBare), "-_8");
  EXPECT_EQ(decode_base64("-_8", kBare), "\xfb\xff");
}

TEST(Base64, EveryLengthComesBackInEveryDress) {
  std::string bytes;
  for (int i = 0; i < 400; ++i) {
    for (const Base64Options& options : {Base64Options{}, kMime, kOptional, kBare}) {
      const size_t line = options.line_breaks ? 76 : 0;
      const std::string text = encode_base64(bytes, options, line);
      ASSERT_EQ(decode_base64(text, options), bytes) << i;
      if (line != 0 && bytes.size() > 57) {
        ASSERT_EQ(text.find("\r\n"), 76U);
      }
    }
    ASSERT_EQ(encode_base64(bytes, kBare), encode_base64url(bytes));
    bytes.push_back(static_cast<char>(i * 37 + i / 256));
  }
}

TEST(Base64, OneValueHasOneText) {
  EXPECT_EQ(verdict("Zh=="), Base64Error::trailing_bits);
  EXPECT_EQ(verdict("Zm9="), Base64Error::trailing_bits);
  EXPECT_EQ(verdict("Zm9", kOptional), Base64Error::trailing_bits);
  EXPECT_EQ(verdict("Zg", kOptional), Base64Error::none);
  EXPECT_EQ(verdict("Zg==", kOptional), Base64Error::none);
  EXPECT_EQ(verdict("Zg=", kOptional), Base64Error::padding);
  EXPECT_EQ(verdict("Zg"), Base64Error::padding);
  EXPECT_EQ(verdict("Zm8"), Base64Error::padding);
  EXPECT_EQ(verdict("Zm9vY"), Base64Error::length);
  EXPECT_EQ(verdict("Zg==", kBare), Base64Error::character);
}

TEST(Base64, WhatReadersPassOverOrStopAtIsRefused) {
  EXPECT_EQ(verdict("Zg==Zg=="), Base64Error::after_end);
  EXPECT_EQ(verdict("Zg==="), Base64Error::after_end);
  EXPECT_EQ(verdict("Zg==Zm9v"), Base64Error::after_end);
  EXPECT_EQ(verdict("Zg==\nZm9v", kMime), Base64Error::after_end);
  EXPECT_EQ(verdict("Zg=v"), Base64Error::padding);
  EXPECT_EQ(verdict("="), Base64Error::padding);
  EXPECT_EQ(verdict("A==="), Base64Error::padding);
  EXPECT_EQ(verdict("Zm 9v"), Base64Error::character);
  EXPECT_EQ(verdict("Zm9v\n"), Base64Error::character);
  EXPECT_EQ(verdict("Zm-_"), Base64Error::character);
  EXPECT_EQ(verdict("Zm+/", kBare), Base64Error::character);
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    if (isalnum(c) != 0 || character == '+' || character == '/' || character == '=') continue;
    std::string text(100, 'A');
    text[70] = character;
    EXPECT_EQ(verdict(text), Base64Error::character) << c;
  }
}

TEST(Base64, LineBreaks) {
  EXPECT_EQ(decode_base64("\r\nZm\n9vYm\r\n\r\nFy\n", kMime), "foobar");
  EXPECT_EQ(verdict("Zg==\r\n", kMime), Base64Error::none);
  EXPECT_EQ(verdict("Zg=\n=", kMime), Base64Error::line_break);
  EXPECT_EQ(verdict("Zm9v\rYmFy", kMime), Base64Error::line_break);
  EXPECT_EQ(verdict("Zm9v\r\r\n", kMime), Base64Error::line_break);
  EXPECT_EQ(verdict("Zm9v\r", kMime), Base64Error::line_break);
}

TEST(Base64, EveryCutOfALargeTextSaysTheSame) {
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) bytes += static_cast<char>(i * i >> 3);
  for (const size_t line : {0, 4, 76}) {
    const std::string text = encode_base64(bytes, kMime, line);
    const FormLog log = said_of([&] { return Base64Decoder(kMime); }, text);
    EXPECT_EQ(log.said, bytes + "\nverdict=0");
    struct Collect {
      std::string out;
      void text(ByteView text) { out += text; }
    };
    for (const size_t piece : {1, 2, 3, 5, 1000, 3069, 3070, 7000}) {
      Collect collect;
      Base64Encoder encoder(kMime, line);
      for (size_t at = 0; at < bytes.size(); at += piece) encoder.feed(ByteView(bytes).substr(at, piece), collect);
      encoder.finish(collect);
      EXPECT_EQ(collect.out, text) << piece;
    }
  }
}

}  // namespace
}  // namespace gatehouse::codec
