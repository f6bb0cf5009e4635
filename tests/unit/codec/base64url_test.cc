#include "codec/base64url.h"

#include <gtest/gtest.h>

namespace gatehouse::codec {
namespace {

TEST(Base64url, KnownAnswers) {  // RFC 4648 section 10 without padding, RFC 7515 appendix C
  EXPECT_EQ(encode_base64url(""), "");
  EXPECT_EQ(encode_base64url("f"), "Zg");
  EXPECT_EQ(encode_base64url("fo"), "Zm8");
  EXPECT_EQ(encode_base64url("foo"), "Zm9v");
  EXPECT_EQ(encode_base64url("foob"), "Zm9vYg");
  EXPECT_EQ(encode_base64url("\x03\xec\xff\xe0\xc1"), "A-z_4ME");
  EXPECT_EQ(decode_base64url("A-z_4ME"), "\x03\xec\xff\xe0\xc1");
  EXPECT_EQ(decode_base64url(""), "");
}

TEST(Base64url, EveryLengthAndByteComesBack) {
  std::string bytes;
  for (int i = 0; i < 700; ++i) {
    const std::string text = encode_base64url(bytes);
    ASSERT_EQ(decode_base64url(text), bytes) << i;
    ASSERT_EQ(base64url_decoded_bytes(text.size()), bytes.size()) << i;
    bytes.push_back(static_cast<char>(i * 37 + i / 256));
  }
}

TEST(Base64url, EveryOtherCharacterIsRefusedAtEveryPlace) {
  const ByteView alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    if (alphabet.find(character) != ByteView::npos) continue;
    for (const size_t length : {4, 8, 6, 7})
      for (size_t place = 0; place < length; ++place) {
        std::string text(length, 'A');
        text[place] = character;
        EXPECT_FALSE(decode_base64url(text).has_value()) << c << " at " << place << " of " << length;
      }
  }
}

TEST(Base64url, PaddingIsRefused) {
  for (const char* text : {"Zg==", "Zg=", "Zm8=", "Zm9v====", "=", "===="})
    EXPECT_FALSE(decode_base64url(text).has_value()) << text;
}

TEST(Base64url, LengthOfFourPlusOneIsRefused) {
  for (const char* text : {"A", "AAAAA", "AAAAAAAAA"})
    EXPECT_FALSE(decode_base64url(text).has_value()) << text;
  EXPECT_FALSE(decode_base64url(ByteView("AAAAAAAA").substr(0, 5)).has_value());  // whatever follows the view
}

TEST(Base64url, TrailingBitsMustBeZero) {  // else one value would have several texts
  const ByteView alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(decode_base64url(std::string("A") + alphabet[i]).has_value(), i % 16 == 0) << i;
    EXPECT_EQ(decode_base64url(std::string("AA") + alphabet[i]).has_value(), i % 4 == 0) << i;
  }
}

TEST(Base64url, WritesOnlyWithinItsRoom) {
  std::string room(base64url_decoded_bytes(7) + 1, '\x55');
  const auto size = decode_base64url("A-z_4ME", {room.data(), room.size() - 1});
  ASSERT_TRUE(size.has_value());
  EXPECT_EQ(*size, 5U);
  EXPECT_EQ(room.back(), '\x55');
}

}  // namespace
}  // namespace gatehouse::codec
