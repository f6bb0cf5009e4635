#include "mask/copies.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/decoder.h"
#include "mask/mask.h"
#include "tests/support/coded.h"
#include "tests/support/padded.h"

namespace gatehouse::mask {
namespace {

/// Masks "SECRET" as "[gone]" in whatever text it is given; refuses what says BROKEN; knows copies within.
class Plain : public Inner {
 public:
  explicit Plain(Copies* copies = nullptr) : copies_(copies) {}
  Outcome mask(ByteView document, codec::Form form, uint8_t depth, Room<char>* out) override {
    seen.emplace_back(document);
    form_ = form;
    depth_ = depth;
    std::string text(document);
    Outcome outcome{true, 0};
    if (text.find("BROKEN") != text.npos) return {};
    if (copies_ != nullptr && text.starts_with("copy:")) {
      Copies inner;
      const Copies::Outcome deep = inner.look(ByteView(text).substr(5), depth, *this);
      if (deep.kind == Copies::Kind::rewritten) text = "copy:" + std::string(deep.text);
      if (deep.kind == Copies::Kind::dropped) text = "copy:";
      outcome.changes = deep.kind != Copies::Kind::same && deep.kind != Copies::Kind::none;
    }
    for (size_t at; (at = text.find("SECRET")) != text.npos; ++outcome.changes) text.replace(at, 6, "[gone]");
    out->append(text.data(), text.size());
    return outcome;
  }
  Outcome mask_lines(ByteView documents, Room<char>* out) override { return mask(documents, codec::Form::ndjson, depth_, out); }
  std::vector<std::string> seen;
  codec::Form form_ = codec::Form::unknown;
  uint8_t depth_ = 0;

 private:
  Copies* copies_;
};

std::string packed(const std::string& text, codec::Coding coding) { return testing::coded(coding, text); }
std::string unpacked(const std::string& bytes, codec::Coding coding) {
  codec::Decoder decoder;
  Room<char> out;
  EXPECT_EQ(codec::decode_whole(decoder, {{coding}, 1}, bytes, {}, out), codec::Status::done);
  return {out.data(), out.size()};
}

class CopiesTest : public ::testing::Test {
 protected:
  Copies::Outcome look(const std::string& text, uint8_t depth = 0) { return copies_.look(text, depth, plain_); }
  Copies copies_;
  Plain plain_{&copies_};
};

TEST_F(CopiesTest, CompressedJsonIsMaskedAndPackedTheSameWay) {
  const std::string json = R"([{"type":"Text","text":"call SECRET now"}])";
  for (const auto coding : {codec::Coding::deflate, codec::Coding::gzip, codec::Coding::zstd}) {
    const auto outcome = look(codec::encode_base64(packed(json, coding)));
    ASSERT_EQ(outcome.kind, Copies::Kind::rewritten);
    EXPECT_EQ(plain_.form_, codec::Form::json);
    EXPECT_EQ(plain_.depth_, 1);
    const auto bytes = codec::decode_base64(outcome.text);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(unpacked(*bytes, coding), R"([{"type":"Text","text":"call [gone] now"}])");
  }
  EXPECT_EQ(look(codec::encode_base64(packed("[1,2,\"nothing here\"]", codec::Coding::gzip))).kind, Copies::Kind::same);
}

TEST_F(CopiesTest, TextKeepsItsAlphabetPaddingAndLines) {
  const std::string text = "?>?>?> some lines of text with a SECRET inside, and more words behind it, so that lines are broken";
  const auto masked = [](std::string value) { return value.replace(value.find("SECRET"), 6, "[gone]"); };
  for (const auto alphabet : {codec::Base64Alphabet::standard, codec::Base64Alphabet::url})
    for (const auto padding : {codec::Base64Padding::required, codec::Base64Padding::refused})
      for (const size_t line : {0U, 76U}) {
        const codec::Base64Options options{alphabet, padding, line != 0};
        const auto outcome = look(codec::encode_base64(text, options, line));
        ASSERT_EQ(outcome.kind, Copies::Kind::rewritten);
        EXPECT_EQ(outcome.text, codec::encode_base64(masked(text), options, line));
      }
  std::string lines = codec::encode_base64(text).insert(100, "\n") + "\n";
  const auto outcome = look(lines);
  ASSERT_EQ(outcome.kind, Copies::Kind::rewritten);
  EXPECT_EQ(outcome.text, codec::encode_base64(masked(text)).insert(100, "\n") + "\n");
}

TEST_F(CopiesTest, WhatCannotBePackedTheSameWayIsDropped) {
  std::string odd = codec::encode_base64("a text with a SECRET in it");
  EXPECT_EQ(look(odd.insert(20, " ")).kind, Copies::Kind::dropped);                 // a blank within
  EXPECT_EQ(look(codec::encode_base64("a text that is BROKEN inside")).kind, Copies::Kind::dropped);
  std::string cut = packed(R"(["a document that ends too early, with a SECRET in it"])", codec::Coding::gzip);
  EXPECT_EQ(look(codec::encode_base64(ByteView(cut).substr(0, cut.size() - 9))).kind, Copies::Kind::dropped);
  EXPECT_EQ(look(codec::encode_base64("caf\xe9 and a SECRET of Latin-1")).kind, Copies::Kind::dropped);
  EXPECT_EQ(look(codec::encode_base64(ByteView("{\0\"\0S\0E\0C\0R\0E\0T\0\"\0:\0001\0}\0", 22))).kind, Copies::Kind::dropped);
}

TEST_F(CopiesTest, PagesAreDropped) {
  for (const std::string& head : {std::string("\x89PNG\r\n\x1a\n"), std::string("%PDF-1.7\n"), std::string("\xff\xd8\xff\xe0"), std::string("PK\x03\x04")}) {
    EXPECT_EQ(look(codec::encode_base64(head + std::string(40, '\x11'))).kind, Copies::Kind::dropped);
    EXPECT_TRUE(Copies::hides(codec::encode_base64(head + std::string(200, '\x11'))));
  }
  EXPECT_EQ(look(codec::encode_base64(packed("\x89PNG\r\n\x1a\n..........", codec::Coding::gzip))).kind, Copies::Kind::dropped);
}

TEST_F(CopiesTest, IdentifiersHashesAndVectorsAreNoCopies) {
  for (const char* text : {"", "word", "Internationalisation", "38aef9a940b488e19b2adc98f1f74dfc", "not base64 because of blanks and more",
                           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "6f1ed002ab5595859014ebf0951522d9"})
    EXPECT_EQ(look(text).kind, Copies::Kind::none) << text;
  std::string floats;
  for (int i = 0; i < 300; ++i) {
    const float value = 1.0F / static_cast<float>(i + 3);
    floats.append(reinterpret_cast<const char*>(&value), 4);
  }
  EXPECT_EQ(look(codec::encode_base64(floats)).kind, Copies::Kind::none);
  EXPECT_FALSE(Copies::hides(codec::encode_base64(floats)));
  EXPECT_FALSE(Copies::hides("A sentence of plain words that goes on for more than sixty-four characters, as they do."));
}

TEST_F(CopiesTest, CopiesWithinCopiesToTheirBound) {
  std::string text = "a text with a SECRET in it";
  for (int depth = 1; depth <= 4; ++depth) {
    text = codec::encode_base64(text);
    const auto outcome = look(text);
    ASSERT_EQ(outcome.kind, Copies::Kind::rewritten);
    std::string out(outcome.text);
    for (int i = 0; i < depth; ++i) out = *codec::decode_base64(i == 0 ? ByteView(out) : ByteView(out).substr(5));
    if (depth <= 3) EXPECT_EQ(out, depth == 1 ? "a text with a [gone] in it" : "a text with a [gone] in it");
    else EXPECT_EQ(out, "");
    text = "copy:" + text;
  }
}

TEST_F(CopiesTest, BombsAreDropped) {
  const std::string zeros(16 * 1024 * 1024, ' ');
  EXPECT_EQ(look(codec::encode_base64(packed(zeros, codec::Coding::gzip))).kind, Copies::Kind::dropped);
}

TEST_F(CopiesTest, DeflateWithoutHeadAndTextsAmongOtherBytesGoWhenSomethingIsInThem) {
  const auto raw = [](const std::string& text) {
    const std::string zlib = packed(text, codec::Coding::deflate);
    return codec::encode_base64(zlib.substr(2, zlib.size() - 6));
  };
  std::string longer;   // a block with codes of its own
  for (int i = 0; i < 60; ++i) longer += std::to_string(i * 7919) + " word" + std::to_string(i % 13) + ", ";
  for (const std::string& text : {std::string(R"({"mail":"SECRET","more":"and some words"})"), longer + "SECRET"}) {
    EXPECT_TRUE(Copies::hides(raw(text)));
    EXPECT_EQ(look(raw(text)).kind, Copies::Kind::dropped);
    EXPECT_EQ(plain_.seen.back(), text);
  }
  EXPECT_EQ(look(raw(longer)).kind, Copies::Kind::same);
  const std::string pack = std::string("\x83\xa4name\xa6") + "SECRET" + "\xa4text\xd9\x20" + "some words in MessagePack, no more";
  EXPECT_TRUE(Copies::hides(codec::encode_base64(pack)));
  EXPECT_EQ(look(codec::encode_base64(pack)).kind, Copies::Kind::dropped);
  EXPECT_EQ(look(codec::encode_base64("\x83" + pack.substr(12))).kind, Copies::Kind::none);
  std::string numbers;   // a vector, which is none of these
  for (unsigned i = 0, x = 1; i < 4096; ++i) numbers.push_back(static_cast<char>((x = x * 1664525 + 1013904223) >> 24));
  EXPECT_FALSE(Copies::hides(codec::encode_base64(numbers)));
}

}  // namespace
}  // namespace gatehouse::mask
