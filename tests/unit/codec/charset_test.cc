#include <string>

#include "codec/charset.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace gatehouse::codec {
namespace {

using namespace std::string_view_literals;

struct Said {
  Status status;
  std::string text;
  bool operator==(const Said&) const = default;
};

constexpr Charset kWide[] = {Charset::utf16le, Charset::utf16be, Charset::utf32le, Charset::utf32be};

/// The truth, written without the code under test.
std::string wide(Charset charset, std::u32string_view text) {
  std::string out;
  const auto unit = [&](uint32_t value, int bytes, bool little) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i)));
  };
  for (const char32_t c : text) {
    if (charset == Charset::utf32le || charset == Charset::utf32be) unit(c, 4, charset == Charset::utf32le);
    else if (c < 0x10000) unit(c, 2, charset == Charset::utf16le);
    else {
      unit(0xd800 + ((c - 0x10000) >> 10), 2, charset == Charset::utf16le);
      unit(0xdc00 + ((c - 0x10000) & 0x3ff), 2, charset == Charset::utf16le);
    }
  }
  return out;
}

Said whole(ByteView in, const Declared& declared) {
  Room<char> out;
  const Status status = transcode_whole(in, declared, out);
  EXPECT_GE(out.capacity(), out.size() + kSimdPadding);
  return {status, {out.data(), out.size()}};
}

Said split(ByteView in, const Declared& declared, size_t first, size_t piece, size_t room) {
  Transcoder transcoder;
  transcoder.start(declared);
  std::string block(room, '\0');
  std::string out;
  for (size_t at = 0; at < in.size();) {
    ByteView part = in.substr(at, at == 0 ? first : piece);
    at += part.size();
    do {
      const Progress progress = transcoder.step(part, {block.data(), room});
      if (progress.status != Status::ok) return {progress.status, {}};
      out.append(block, 0, progress.produced);
      part.remove_prefix(progress.consumed);
    } while (!part.empty());
  }
  for (;;) {
    const Progress progress = transcoder.finish({block.data(), room});
    out.append(block, 0, progress.produced);
    if (progress.status == Status::ok) continue;
    return {progress.status, progress.status == Status::done ? out : std::string()};
  }
}

void same_for_every_split(ByteView in, const Declared& declared, const Said& expected) {
  EXPECT_EQ(whole(in, declared), expected) << in;
  for (size_t first = 1; first <= in.size(); ++first)
    for (const size_t piece : {size_t{1}, size_t{3}, in.size()})
      for (const size_t room : {kTranscoderRoom, size_t{100}})
        ASSERT_EQ(split(in, declared, first, piece, room), expected) << in << " " << first << " " << piece << " " << room;
}

constexpr std::u32string_view kText = U"{\"a\": \"\u00e9\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff \u20ac\"}\n";
constexpr ByteView kUtf8 = "{\"a\": \"\u00e9\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff \u20ac\"}\n";

TEST(CharsetName, KnownOnesInAnyCaseAndNoOthers) {
  EXPECT_EQ(charset_of("UTF-8"), Charset::utf8);
  EXPECT_EQ(charset_of("utf8"), Charset::utf8);
  EXPECT_EQ(charset_of("US-ASCII"), Charset::ascii);
  EXPECT_EQ(charset_of("utf-16"), Charset::utf16);
  EXPECT_EQ(charset_of("UTF-16le"), Charset::utf16le);
  EXPECT_EQ(charset_of("utf-16BE"), Charset::utf16be);
  EXPECT_EQ(charset_of("utf-32"), Charset::utf32);
  EXPECT_EQ(charset_of("utf-32le"), Charset::utf32le);
  EXPECT_EQ(charset_of("utf-32be"), Charset::utf32be);
  for (const ByteView name : {""sv, "utf-7"sv, "utf7"sv, "iso-8859-1"sv, "latin1"sv, "windows-1252"sv, "utf-8 "sv, "utf-8\0"sv, "\"utf-8\""sv,
                              "utf_8"sv, "cesu-8"sv, "ucs-2"sv, "gb18030"sv, "unicode"sv, "utf-1"sv, "shift_jis"sv, "utf-16lee"sv})
    EXPECT_FALSE(charset_of(name)) << name;
}

TEST(Charset, JsonIsRecognisedWithAndWithoutMarks) {
  const Declared json{.json = true};
  same_for_every_split(kUtf8, json, {Status::done, std::string(kUtf8)});
  for (const Charset charset : kWide) {
    same_for_every_split(wide(charset, kText), json, {Status::done, std::string(kUtf8)});
    same_for_every_split(wide(charset, U"\ufeff" + std::u32string(kText)), json, {Status::done, std::string(kUtf8)});
    same_for_every_split(wide(charset, U"1"), json, {Status::done, "1"});
    same_for_every_split(wide(charset, U"[]"), json, {Status::done, "[]"});
    same_for_every_split(wide(charset, U"\"\u4e2d\""), json, {Status::done, "\"\u4e2d\""});   // beyond RFC 4627's two ASCII characters
    same_for_every_split(wide(charset, U"\"\u0100\""), json, {Status::done, "\"\u0100\""});
    same_for_every_split(wide(charset, U"\ufeff"), json, {Status::done, ""});
  }
  for (const ByteView short_one : {""sv, "1"sv, "{}"sv, "123"sv}) same_for_every_split(short_one, json, {Status::done, std::string(short_one)});
}

TEST(Charset, Utf8KeepsItsMarkWhenAsked) {
  const std::string marked = "\xef\xbb\xbf" + std::string(kUtf8);
  same_for_every_split(marked, {.json = true}, {Status::done, std::string(kUtf8)});
  same_for_every_split(marked, {.json = true, .keep_bom = true}, {Status::done, marked});
  same_for_every_split("\xef\xbb\xbf", {}, {Status::done, ""});
  same_for_every_split("\xef\xbb\xbf" + marked, {}, {Status::done, marked});   // only the first is one
}

TEST(Charset, DeclaredIsTakenAtItsWord) {
  for (const Charset charset : kWide) {
    const bool is16 = charset == Charset::utf16le || charset == Charset::utf16be;
    same_for_every_split(wide(charset, kText), {.charset = charset}, {Status::done, std::string(kUtf8)});
    const std::string marked = wide(charset, U"\ufeff" + std::u32string(kText));
    same_for_every_split(marked, {.charset = charset}, {Status::done, std::string(kUtf8)});
    same_for_every_split(marked, {.charset = is16 ? Charset::utf16 : Charset::utf32}, {Status::done, std::string(kUtf8)});
    for (const Charset other : kWide)
      if (other != charset) same_for_every_split(marked, {.charset = other}, {Status::malformed, ""});
    for (const Charset other : {Charset::utf8, Charset::ascii, is16 ? Charset::utf32 : Charset::utf16}) {
      same_for_every_split(marked, {.charset = other, .json = true}, {Status::malformed, ""});
      same_for_every_split(wide(charset, kText), {.charset = other, .json = true}, {Status::malformed, ""});
    }
    same_for_every_split("\xef\xbb\xbf{}", {.charset = charset}, {Status::malformed, ""});
    same_for_every_split("", {.charset = charset}, {Status::done, ""});
  }
  for (const Charset unordered : {Charset::utf16, Charset::utf32}) same_for_every_split("{}{}", {.charset = unordered}, {Status::malformed, ""});
}

TEST(Charset, WhatIsNotJsonIsUtf8UnlessDeclared) {
  for (const Charset charset : kWide) {   // a reader of UTF-8 would see other text behind two odd characters
    same_for_every_split(wide(charset, kText), {}, {Status::malformed, ""});
    same_for_every_split(wide(charset, U"\ufeffabc"), {}, {Status::malformed, ""});
  }
  same_for_every_split("a\0b"sv, {}, {Status::malformed, ""});
  same_for_every_split("abcd\0"sv, {}, {Status::done, std::string("abcd\0"sv)});
  for (const Declared& declared : {Declared{}, Declared{.json = true}, Declared{.charset = Charset::utf8}, Declared{.charset = Charset::ascii}}) {
    for (const char* utf7 : {"+/v8-abc", "+/v9", "+/v+", "+/v/"}) same_for_every_split(utf7, declared, {Status::malformed, ""});
    same_for_every_split("+/vx", declared, {Status::done, "+/vx"});
  }
}

TEST(Charset, AsciiIsStrict) {
  same_for_every_split("plain\x7f", {.charset = Charset::ascii}, {Status::done, "plain\x7f"});
  same_for_every_split("plain \xc3\xa9", {.charset = Charset::ascii}, {Status::malformed, ""});
  same_for_every_split("\xef\xbb\xbfplain", {.charset = Charset::ascii}, {Status::malformed, ""});
}

TEST(Charset, BrokenUtf8) {
  for (const ByteView bad : {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xe0\x80\x80"sv, "\xe0\x9f\xbf"sv, "\xf0\x80\x80\x80"sv, "\xf0\x8f\xbf\xbf"sv,
                             "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xff"sv, "\xfe"sv, "\xc3\x41"sv,
                             "\xe2\x82\x41"sv, "\xf0\x9f\x98\x41"sv, "\xf8\x88\x80\x80\x80"sv})
    for (const ByteView before : {"text"sv, "text \xf0\x9f\x98\x80 and more than sixty-four bytes, so that the fast way is taken as well"sv}) {
      const std::string text = std::string(before) + std::string(bad);
      same_for_every_split(text + "text", {}, {Status::malformed, ""});
      same_for_every_split(text + " \xc3\xa9", {}, {Status::malformed, ""});
    }
  same_for_every_split("text\xf0\x9f\n", {}, {Status::malformed, ""});   // not only cut short
  for (const ByteView cut : {"\xc3"sv, "\xe2"sv, "\xe2\x82"sv, "\xf0"sv, "\xf0\x9f"sv, "\xf0\x9f\x98"sv})
    same_for_every_split("text" + std::string(cut), {}, {Status::truncated, ""});
}

TEST(Charset, BrokenUtf16AndUtf32) {
  const auto le = [](std::initializer_list<uint16_t> units) {
    std::string out;
    for (const uint16_t u : units) {
      out.push_back(static_cast<char>(u));
      out.push_back(static_cast<char>(u >> 8));
    }
    return out;
  };
  const Declared utf16{.charset = Charset::utf16le};
  same_for_every_split(le({'a', 0xd83d, 'b', 'c'}), utf16, {Status::malformed, ""});
  same_for_every_split(le({'a', 0xde00, 'b', 'c'}), utf16, {Status::malformed, ""});
  same_for_every_split(le({0xd83d, 0xd83d, 0xde00}), utf16, {Status::malformed, ""});
  same_for_every_split(le({'a', 'b', 0xd83d}), utf16, {Status::truncated, ""});
  same_for_every_split(le({'a', 'b'}) + "c", utf16, {Status::truncated, ""});
  const Declared utf32{.charset = Charset::utf32be};
  same_for_every_split("\0\0\0a\0\x11\0\0"sv, utf32, {Status::malformed, ""});
  same_for_every_split("\0\0\xd8\0\0\0\0a"sv, utf32, {Status::malformed, ""});
  same_for_every_split("\xff\xff\xff\xff"sv, utf32, {Status::malformed, ""});
  same_for_every_split("\0\0\0a\0\0\0"sv, utf32, {Status::truncated, ""});
}

TEST(Charset, EveryCodePointOfEveryCharset) {
  std::u32string text;
  std::string expected;
  for (char32_t c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xd800 && c < 0xe000) continue;
    text.push_back(c);
    if (c < 0x80) expected += static_cast<char>(c);
    else if (c < 0x800) (expected += static_cast<char>(0xc0 | c >> 6)) += static_cast<char>(0x80 | (c & 63));
    else if (c < 0x10000)
      ((expected += static_cast<char>(0xe0 | c >> 12)) += static_cast<char>(0x80 | (c >> 6 & 63))) += static_cast<char>(0x80 | (c & 63));
    else
      (((expected += static_cast<char>(0xf0 | c >> 18)) += static_cast<char>(0x80 | (c >> 12 & 63))) += static_cast<char>(0x80 | (c >> 6 & 63))) +=
          static_cast<char>(0x80 | (c & 63));
  }
  EXPECT_EQ(whole(expected, {}), (Said{Status::done, expected}));
  for (const Charset charset : kWide) {
    const std::string body = wide(charset, text);
    EXPECT_EQ(whole(body, {.charset = charset}), (Said{Status::done, expected}));
    EXPECT_EQ(split(body, {.charset = charset}, 5, 61, 99), (Said{Status::done, expected}));
  }
}

}  // namespace
}  // namespace gatehouse::codec
