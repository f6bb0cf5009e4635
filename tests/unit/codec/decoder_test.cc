#include "codec/decoder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "base/limits.h"
#include "codec/encoder.h"
#include "splits.h"
#include "tests/support/allocation_count.h"
#include "tests/support/coded.h"

namespace gatehouse::codec {
namespace {

using testing::Decoded;
using testing::coded;
using testing::decode_once;
using testing::decode_split;
using testing::deflated;

constexpr Coding kReal[] = {Coding::gzip, Coding::deflate, Coding::br, Coding::zstd};
constexpr size_t kMiB = 1024 * 1024;

Codings of(std::initializer_list<Coding> list) {
  Codings codings;
  for (const Coding coding : list) codings.applied[codings.count++] = coding;
  return codings;
}

std::string file(const std::string& name) {
  std::ifstream stream(GATEHOUSE_TEST_DATA "/" + name, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

std::string noise(size_t size) {
  std::string bytes;
  uint32_t state = 7;
  while (bytes.size() < size) {
    state = state * 1664525 + 1013904223;
    bytes.push_back(static_cast<char>(state >> 24));
  }
  return bytes;
}

std::vector<Codings> every_pair() {
  std::vector<Codings> all;
  for (const Coding a : kReal) {
    all.push_back(of({a}));
    for (const Coding b : kReal) all.push_back(of({a, b}));
  }
  return all;
}

Status status_of(const Codings& codings, ByteView body, const Bounds& bounds = {}) {
  Decoder decoder;
  return decode_once(decoder, codings, body, bounds).status;
}

TEST(Decoder, WhatOtherProgramsWrote) {
  const std::string text = file("pairs/ticket.json");
  Decoder decoder;
  const Decoded whole{Status::done, text};
  EXPECT_EQ(decode_once(decoder, of({Coding::gzip}), file("codings/ticket.gz"), {}), whole);
  EXPECT_EQ(decode_once(decoder, of({Coding::gzip}), file("codings/members.gz"), {}), whole);
  EXPECT_EQ(decode_once(decoder, of({Coding::deflate}), file("codings/ticket.zlib"), {}), whole);
  EXPECT_EQ(decode_once(decoder, of({Coding::deflate}), file("codings/ticket.raw"), {}), whole);
  EXPECT_EQ(decode_once(decoder, of({Coding::br}), file("codings/ticket.br"), {}), whole);
  EXPECT_EQ(decode_once(decoder, of({Coding::zstd}), file("codings/ticket.zst"), {}), whole);
  EXPECT_EQ(decode_once(decoder, {}, text, {}), whole);
}

TEST(Decoder, EveryPairOfCodingsInEverySplit) {
  const std::string text = file("pairs/ticket.json").substr(0, 300);
  Decoder decoder;
  for (const Codings& codings : every_pair()) {
    const std::string body = coded(codings, text);
    const Decoded whole = decode_once(decoder, codings, body, {});
    ASSERT_EQ(whole, (Decoded{Status::done, text})) << coding_name(codings.applied[0]) << " " << coding_name(codings.applied[1]);
    for (size_t first = 1; first < body.size(); ++first)
      ASSERT_EQ(decode_split(decoder, codings, body, {}, body.size(), 4096, first), whole) << first;
    for (const size_t piece : {1, 2, 3, 7, 64})
      for (const size_t room : {1, 2, 3, 300, 4096}) ASSERT_EQ(decode_split(decoder, codings, body, {}, piece, room), whole) << piece << " " << room;
  }
}

TEST(Decoder, LargeBodiesAndSmallPieces) {
  std::string text;
  while (text.size() < 3 * kMiB) text += file("pairs/clean-16k.json").substr(0, 9000) + noise(2000);
  Decoder decoder;
  const Bounds bounds{.ratio = 1000};   // the same text again and again
  for (const Codings& codings : every_pair()) {
    const std::string body = coded(codings, text);
    const Decoded whole{Status::done, text};
    ASSERT_EQ(decode_once(decoder, codings, body, bounds), whole);
    ASSERT_EQ(decode_split(decoder, codings, body, bounds, 64, 4096), whole);
    ASSERT_EQ(decode_split(decoder, codings, body, bounds, 40000, 777), whole);
  }
}

TEST(Decoder, TruncatedAtEveryByte) {
  const std::string text = file("pairs/ticket.json").substr(0, 200);
  Decoder decoder;
  for (const Codings& codings : every_pair()) {
    const std::string body = coded(codings, text);
    for (size_t size = 0; size < body.size(); ++size) {
      ASSERT_EQ(decode_once(decoder, codings, ByteView(body).substr(0, size), {}).status, Status::truncated) << size;
      ASSERT_EQ(decode_split(decoder, codings, ByteView(body).substr(0, size), {}, 1, 64).status, Status::truncated) << size;
    }
  }
}

TEST(Decoder, BytesBehindTheEndAreRefused) {
  for (const Codings& codings : every_pair())
    for (const ByteView tail : {ByteView("\0", 1), ByteView("x"), ByteView("garbage"), ByteView("\0\0\0\0\0\0\0\0", 8)}) {
      const std::string body = coded(codings, "some text") + std::string(tail);
      const Status status = status_of(codings, body);   // too short for a frame of zstd, or for a member of gzip
      EXPECT_TRUE(status == Status::malformed || (status == Status::truncated && tail.size() == 1)) << int(status) << " " << tail;
      Decoder decoder;
      EXPECT_EQ(decode_split(decoder, codings, body, {}, 1, 9).status, status);
    }
}

TEST(Decoder, AllMembersAndFramesAreContent) {
  for (const Coding coding : {Coding::gzip, Coding::zstd}) {
    std::string body;
    for (int i = 0; i < 3000; ++i) body += coded(coding, i % 3 == 0 ? "" : "ab");
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "ab";
    Decoder decoder;
    EXPECT_EQ(decode_once(decoder, of({coding}), body, {}), (Decoded{Status::done, text}));
    EXPECT_EQ(decode_split(decoder, of({coding}), body, {}, 5, 3), (Decoded{Status::done, text}));
  }
  for (const Coding coding : {Coding::br, Coding::deflate})   // of these there is only one
    EXPECT_EQ(status_of(of({coding}), coded(coding, "ab") + coded(coding, "ab")), Status::malformed);
}

TEST(Decoder, WrongChecksumsAndLengths) {
  const std::string text = file("pairs/ticket.json");
  const auto damaged = [](std::string body, size_t from_end) {
    body[body.size() - from_end] = static_cast<char>(body[body.size() - from_end] ^ 1);
    return body;
  };
  for (size_t i = 1; i <= 8; ++i) EXPECT_EQ(status_of(of({Coding::gzip}), damaged(deflated(text, 31), i)), Status::malformed) << i;
  for (size_t i = 1; i <= 4; ++i) EXPECT_EQ(status_of(of({Coding::deflate}), damaged(deflated(text, 15), i)), Status::malformed) << i;
  for (size_t i = 1; i <= 4; ++i) EXPECT_EQ(status_of(of({Coding::zstd}), damaged(testing::zstded(text, true), i)), Status::malformed) << i;
  std::string frame = testing::zstded("hello", false);   // one byte of content size behind the descriptor
  ASSERT_EQ(frame[5], 5);
  for (const char size : {4, 6}) {
    frame[5] = size;
    EXPECT_EQ(status_of(of({Coding::zstd}), frame), Status::malformed);
  }
  const char empty_block[] = "\x28\xb5\x2f\xfd\x20\x05\x01\0";   // says five bytes, holds an empty last block
  EXPECT_EQ(status_of(of({Coding::zstd}), {empty_block, 9}), Status::malformed);
}

TEST(Decoder, AnyDamageIsTheSameForEverySplit) {
  const std::string text = file("pairs/ticket.json").substr(0, 150);
  Decoder decoder;
  for (const Coding coding : kReal) {
    const std::string good = coded(coding, text);
    for (size_t at = 0; at < good.size(); ++at)
      for (const int bit : {1, 16, 128}) {
        std::string body = good;
        body[at] = static_cast<char>(body[at] ^ bit);
        const Decoded whole = decode_once(decoder, of({coding}), body, {});
        ASSERT_EQ(decode_split(decoder, of({coding}), body, {}, 1, 5), whole) << coding_name(coding) << " " << at;
        ASSERT_EQ(decode_split(decoder, of({coding}), body, {}, 17, 4096), whole) << coding_name(coding) << " " << at;
      }
  }
}

TEST(Decoder, LyingNamesAreRefused) {
  const std::string text = "plain text, and long enough to be no accident";
  for (const Coding said : kReal) {
    EXPECT_NE(status_of(of({said}), text), Status::done) << coding_name(said);
    for (const Coding is : kReal)
      if (is != said) {
        EXPECT_NE(status_of(of({said}), coded(is, text)), Status::done) << coding_name(said) << " " << coding_name(is);
      }
  }
  EXPECT_NE(status_of(of({Coding::gzip, Coding::br}), coded(of({Coding::br, Coding::gzip}), text)), Status::done);
}

TEST(Decoder, DeflateIsZlibOrRawButNeverBoth) {
  const std::string text = "text";
  EXPECT_EQ(status_of(of({Coding::deflate}), deflated(text, 15)), Status::done);
  EXPECT_EQ(status_of(of({Coding::deflate}), deflated(text, -15)), Status::done);
  EXPECT_EQ(status_of(of({Coding::deflate}), deflated(text, -15, 0)), Status::done);   // stored
  // A stored block whose padding makes it begin like zlib's header: raw for one reader, zlib for another.
  EXPECT_EQ(status_of(of({Coding::deflate}), {"\x78\x01\x00\xfe\xff" "a" "\x03\x00", 8}), Status::malformed);
  EXPECT_EQ(status_of(of({Coding::deflate}), {"\x08\x01\x00\xfe\xff" "a" "\x03\x00", 8}), Status::malformed);
  EXPECT_EQ(status_of(of({Coding::deflate}), {"\x00\x01\x00\xfe\xff" "a" "\x03\x00", 8}), Status::done);
  EXPECT_EQ(status_of(of({Coding::deflate}), {"\x78\xbb\0\0\0\1\x03\0", 8}), Status::malformed);   // asks for a dictionary
}

TEST(Decoder, ZstdFramesThatReadersDisagreeOnAreRefused) {
  const Codings zstd = of({Coding::zstd});
  const std::string frame = testing::zstded("hello");
  EXPECT_EQ(status_of(zstd, std::string("\x50\x2a\x4d\x18\x03\0\0\0abc", 11) + frame), Status::malformed);
  EXPECT_EQ(status_of(zstd, frame + std::string("\x5f\x2a\x4d\x18\x00\0\0\0", 8)), Status::malformed);
  std::string dictionary = frame;
  dictionary[4] = static_cast<char>(dictionary[4] | 1);   // one byte of dictionary ID
  dictionary.insert(5, 1, '\x07');
  EXPECT_EQ(status_of(zstd, dictionary), Status::malformed);
  dictionary[5] = 0;   // "no dictionary", said aloud
  EXPECT_EQ(status_of(zstd, dictionary), Status::done);
  const std::string text = noise(100000);
  EXPECT_EQ(status_of(zstd, testing::zstded(text, true, 3, 23)), Status::done);
  EXPECT_EQ(status_of(zstd, testing::zstded(text, true, 3, 17)), Status::done);
  std::string wide = testing::zstded(text, true, 3, 23);
  ASSERT_EQ(wide[5], (23 - 10) << 3);
  wide[5] = static_cast<char>(wide[5] + 1);   // 9 MiB
  EXPECT_EQ(status_of(zstd, wide), Status::memory);
}

TEST(Decoder, BombsEndBeforeTheyAreLarge) {
  const std::string zeros(10 * kMiB, '\0');
  Decoder decoder;
  Room<char> out;
  for (const Coding coding : kReal) {
    const std::string bomb = coded(coding, zeros);
    Room<char> fresh;
    EXPECT_EQ(decode_whole(decoder, of({coding}), bomb, {.max_bytes = 16 * kMiB, .ratio = 100}, fresh), Status::bomb) << coding_name(coding);
    EXPECT_EQ(fresh.size(), 0U);
    EXPECT_LT(fresh.capacity(), 4 * kMiB) << coding_name(coding);
    EXPECT_EQ(decode_whole(decoder, of({coding}), bomb, {.max_bytes = 8 * kMiB, .ratio = 4000000}, out), Status::too_large);
    EXPECT_EQ(decode_whole(decoder, of({coding}), bomb, {.max_bytes = 10 * kMiB - 1, .ratio = 4000000}, out), Status::too_large);
    EXPECT_EQ(decode_whole(decoder, of({coding}), bomb, {.max_bytes = 10 * kMiB, .ratio = 4000000}, out), Status::done);
    EXPECT_EQ(out.size(), 10 * kMiB);
    for (const Coding outer : kReal) {   // doubled: some hundred bytes
      const Codings both = of({coding, outer});
      EXPECT_EQ(status_of(both, coded(both, zeros), {.max_bytes = 16 * kMiB, .ratio = 100}), Status::bomb);
    }
  }
}

TEST(Decoder, WhatLiesBetweenDoubledCodingsIsBounded) {
  std::string members;   // a body of 20 MiB that decodes to nothing, in a small one
  const std::string nothing = deflated("", 31);
  while (members.size() < 20 * kMiB) members += nothing;
  for (const Coding outer : {Coding::gzip, Coding::br, Coding::zstd}) {
    const std::string body = coded(outer, members);
    EXPECT_EQ(status_of(of({Coding::gzip, outer}), body, {.max_bytes = 8 * kMiB, .ratio = 100}), Status::bomb);
    EXPECT_EQ(status_of(of({Coding::gzip, outer}), body, {.max_bytes = 8 * kMiB, .ratio = 4000000}), Status::too_large);
  }
}

TEST(Decoder, OfDoubledCodingsTheFirstFaultInTheBodyCounts) {
  Decoder decoder;
  const std::string text = noise(60000);
  for (const Coding outer : {Coding::gzip, Coding::deflate, Coding::zstd}) {
    const Codings both = of({Coding::gzip, outer});
    const auto verdict = [&](const std::string& inner, const Bounds& bounds, int flipped) {
      std::string body = outer == Coding::zstd ? testing::zstded(inner, true) : coded(outer, inner);
      body.back() = static_cast<char>(body.back() ^ flipped);   // in the last sum
      const Decoded whole = decode_once(decoder, both, body, bounds);
      EXPECT_EQ(decode_split(decoder, both, body, bounds, 1, 4096), whole);
      EXPECT_EQ(decode_split(decoder, both, body, bounds, 999, 7), whole);
      return whole.status;
    };
    const std::string inner = coded(Coding::gzip, text);
    EXPECT_EQ(verdict(inner, {}, 0), Status::done);
    EXPECT_EQ(verdict(inner, {}, 1), Status::malformed);
    EXPECT_EQ(verdict(inner, {.max_bytes = text.size() - 1}, 1), Status::too_large);
    EXPECT_EQ(verdict(inner.substr(0, inner.size() - 1), {}, 0), Status::truncated);
    EXPECT_EQ(verdict(inner.substr(0, inner.size() - 1), {}, 1), Status::malformed);
  }
}

TEST(Decoder, LargestWindowOfBrotliFits) {
  const std::string text = noise(kMiB) + std::string(20 * kMiB, 'a');
  const std::string body = testing::brotlied(text, 3, 24);
  Decoder decoder;
  Room<char> out;
  ASSERT_EQ(decode_whole(decoder, of({Coding::br}), body, {.max_bytes = text.size(), .ratio = 1000}, out), Status::done);
  EXPECT_EQ(ByteView(out.data(), out.size()), text);
}

TEST(Decoder, MapsThatOnlyCostTimeAreRefused) {
  Decoder decoder;
  const std::string body = file("codings/maps.br");   // of 16 KiB each, one for each byte that comes out
  EXPECT_EQ(decode_once(decoder, of({Coding::br}), body, {}).status, Status::memory);
  for (const size_t piece : {1, 100, 4095, 4096, 4097})
    EXPECT_EQ(decode_split(decoder, of({Coding::br}), body, {}, piece, 64).status, Status::memory) << piece;
}

TEST(Decoder, RatioIsTheSameForEverySplit) {
  Decoder decoder;
  for (const Coding coding : kReal)
    for (const size_t zeros : {60000, 66000, 130000, 400000, 420000, 900000}) {
      const std::string body = coded(coding, noise(9000) + std::string(zeros, 'a') + noise(300));
      for (const uint32_t ratio : {1U, 10U, 30U, 50U, 100U}) {
        const Bounds bounds{.max_bytes = 500000, .ratio = ratio};
        const Decoded whole = decode_once(decoder, of({coding}), body, bounds);
        ASSERT_EQ(decode_split(decoder, of({coding}), body, bounds, 1, 1000), whole) << coding_name(coding) << " " << zeros << " " << ratio;
        ASSERT_EQ(decode_split(decoder, of({coding}), body, bounds, 4097, 33), whole) << coding_name(coding) << " " << zeros << " " << ratio;
      }
    }
  EXPECT_EQ(status_of(of({Coding::gzip}), coded(Coding::gzip, std::string(kRatioFloor, 'a')), {.ratio = 1}), Status::done);
  EXPECT_EQ(status_of(of({Coding::gzip}), coded(Coding::gzip, std::string(kRatioFloor + 1, 'a')), {.ratio = 1}), Status::bomb);
}

TEST(Decoder, IdentityIsBoundedToo) {
  Decoder decoder;
  EXPECT_EQ(decode_once(decoder, {}, "abcd", {.max_bytes = 4}), (Decoded{Status::done, "abcd"}));
  EXPECT_EQ(decode_once(decoder, {}, "abcde", {.max_bytes = 4}).status, Status::too_large);
  EXPECT_EQ(decode_split(decoder, {}, "abcde", {.max_bytes = 4}, 1, 1).status, Status::too_large);
  EXPECT_EQ(decode_once(decoder, {}, "", {.max_bytes = 0}), (Decoded{Status::done, ""}));
}

TEST(Decoder, FinishDoesNotForgetWhatIsInside) {
  Decoder decoder;
  decoder.start(of({Coding::gzip}), {});
  const std::string body = coded(Coding::gzip, "four");
  char room[2];
  EXPECT_EQ(decoder.step(body, room).produced, 2U);
  EXPECT_EQ(decoder.finish(), Status::ok);
}

TEST(Decoder, AWarmOneDoesNotAllocate) {
  const std::string text = file("pairs/clean-16k.json");
  Decoder decoder;
  Room<char> out;
  for (const Coding coding : {Coding::identity, Coding::gzip, Coding::deflate, Coding::zstd}) {
    const Codings codings = coding == Coding::identity ? Codings{} : of({coding, coding});
    const std::string body = coded(codings, text);
    for (int i = 0; i < 2; ++i) ASSERT_EQ(decode_whole(decoder, codings, body, {}, out), Status::done);
    const size_t before = testing::allocations();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(decode_whole(decoder, codings, body, {}, out), Status::done);
    EXPECT_EQ(testing::allocations(), before) << coding_name(coding);
  }
}

TEST(Decoder, SlackBehindTheResultIsZeros) {
  Decoder decoder;
  Room<char> out;
  for (const size_t size : {0, 1, 63, 16384, 16448, 16449, 24000, 100000}) {
    ASSERT_EQ(decode_whole(decoder, of({Coding::zstd}), testing::zstded(noise(size)), {}, out), Status::done);
    ASSERT_EQ(out.size(), size);
    ASSERT_GE(out.capacity(), size + kSimdPadding);
    for (size_t i = 0; i < kSimdPadding; ++i) ASSERT_EQ(out.data()[size + i], 0);
  }
}

}  // namespace
}  // namespace gatehouse::codec
