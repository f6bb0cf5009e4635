#include <string>

#include "codec/coding.h"

#include <gtest/gtest.h>

#include "tests/support/coded.h"

namespace gatehouse::codec {
namespace {

using namespace std::string_view_literals;

Codings of(std::initializer_list<Coding> list) {
  Codings codings;
  for (const Coding coding : list) codings.applied[codings.count++] = coding;
  return codings;
}

TEST(ContentEncoding, NamesAndOrder) {
  EXPECT_EQ(parse_content_encoding("gzip"), of({Coding::gzip}));
  EXPECT_EQ(parse_content_encoding("X-GZip"), of({Coding::gzip}));
  EXPECT_EQ(parse_content_encoding(" \tbr "), of({Coding::br}));
  EXPECT_EQ(parse_content_encoding("deflate,zstd"), of({Coding::deflate, Coding::zstd}));
  EXPECT_EQ(parse_content_encoding("gzip , \tgzip"), of({Coding::gzip, Coding::gzip}));
  EXPECT_EQ(parse_content_encoding("identity"), of({}));
  EXPECT_EQ(parse_content_encoding("identity, Gzip"), of({Coding::gzip}));
  for (const Coding coding : {Coding::gzip, Coding::deflate, Coding::br, Coding::zstd})
    EXPECT_EQ(parse_content_encoding(coding_name(coding)), of({coding}));
}

TEST(ContentEncoding, WhatTwoReadersCouldReadAsTwoThingsIsRefused) {
  for (const ByteView value : {""sv, " "sv, ","sv, "gzip,"sv, ",gzip"sv, "gzip,,br"sv, "compress"sv, "x-compress"sv, "gzip;q=1"sv, "gzip br"sv,
                               "gzip, br, zstd"sv, "identity, gzip, br"sv, "gzip\0"sv, "\vgzip"sv, "*"sv, "\"gzip\""sv, "gzi"sv, "gzipx"sv, "x-br"sv})
    EXPECT_FALSE(parse_content_encoding(value)) << value;
}

TEST(AcceptEncoding, HighestWeight) {
  EXPECT_EQ(choose_coding("gzip"), Coding::gzip);
  EXPECT_EQ(choose_coding("x-gzip"), Coding::gzip);
  EXPECT_EQ(choose_coding("GZIP;Q=0.5, br;q=0.501"), Coding::br);
  EXPECT_EQ(choose_coding("gzip;q=0.001"), Coding::gzip);
  EXPECT_EQ(choose_coding("gzip, deflate, br, zstd"), Coding::gzip);
  EXPECT_EQ(choose_coding("gzip, deflate, br, zstd", Coding::br), Coding::br);
  EXPECT_EQ(choose_coding("deflate, br ; q=1.000", Coding::gzip), Coding::br);
  EXPECT_EQ(choose_coding("zstd;q=1, gzip;q=0.9", Coding::gzip), Coding::zstd);
  EXPECT_EQ(choose_coding("compress, , deflate"), Coding::deflate);
  EXPECT_EQ(choose_coding("identity, gzip"), Coding::gzip);
}

TEST(AcceptEncoding, IdentityWhenNothingElseIsAskedFor) {
  for (const char* value : {"", " ", "identity", "*", "*;q=0.5", "compress", "gzip;q=0", "gzip;q=0.0, x-gzip", "br;q=0.5, identity;q=0.7",
                            "gzip;q=0, *", "identity;q=0", "*;q=0", "gzip, gzip;q=0"})
    EXPECT_EQ(choose_coding(value), Coding::identity) << value;
}

TEST(AcceptEncoding, IdentityWhenInDoubt) {
  for (const char* value : {"gzip;q=2", "gzip;q=1.001", "gzip;q=0.1234", "gzip;q=.5", "gzip;q=", "gzip;level=9", "gzip;q=1;q=1", "gzip;", "gzip br",
                            "gzip;q=0,5", "gzip;q=-1", "br, \"gzip\"", "gzip;q =1"})
    EXPECT_EQ(choose_coding(value), Coding::identity) << value;
}

TEST(AcceptEncoding, WithoutIdentityWhatIsAllowed) {
  EXPECT_EQ(choose_coding("identity;q=0, gzip;q=0.1"), Coding::gzip);
  EXPECT_EQ(choose_coding("*;q=0, br;q=0.1"), Coding::br);
  EXPECT_EQ(choose_coding("identity;q=0, *"), Coding::gzip);
  EXPECT_EQ(choose_coding("identity;q=0, *", Coding::zstd), Coding::zstd);
  EXPECT_EQ(choose_coding("identity;q=0, *, gzip;q=0"), Coding::zstd);
  EXPECT_EQ(choose_coding("identity;q=0.2, *;q=0"), Coding::identity);
}

TEST(LooksCoded, MagicIsCertainOnlyWhereNoTextBeginsSo) {
  const auto looks = [](ByteView body) { return std::pair(looks_coded(body).coding, looks_coded(body).certain); };
  const std::string text(1000, 'a');
  EXPECT_EQ(looks(testing::coded(Coding::gzip, text)), std::pair(Coding::gzip, true));
  EXPECT_EQ(looks(testing::coded(Coding::zstd, text)), std::pair(Coding::zstd, true));
  EXPECT_EQ(looks(testing::deflated(text, 15, 6)), std::pair(Coding::deflate, true));
  EXPECT_EQ(looks(testing::deflated(text, 15, 1)), std::pair(Coding::deflate, false));
  EXPECT_EQ(looks("x^2"), std::pair(Coding::deflate, false));
  EXPECT_EQ(looks("80"), std::pair(Coding::deflate, false));
  EXPECT_EQ(looks("x\xda\x80"), std::pair(Coding::deflate, false));   // "x" and an Arabic letter
  EXPECT_EQ(looks("x\xda\x4b"), std::pair(Coding::deflate, true));
  EXPECT_EQ(looks("P*M\x18"), std::pair(Coding::zstd, false));
  for (const ByteView body : {""sv, "x"sv, "{\"a\":1}"sv, "[1]"sv, " {}"sv, "\xef\xbb\xbf{}"sv, "\"x\""sv, "\x1f"sv, "\x28\xb5\x2f"sv, "hello"sv})
    EXPECT_EQ(looks_coded(body).coding, Coding::identity) << body;
}

}  // namespace
}  // namespace gatehouse::codec
