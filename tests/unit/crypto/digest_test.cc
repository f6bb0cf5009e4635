#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "crypto/crc32c_portable.h"
#include "crypto/library.h"
#include "crypto/sha256_many.h"

namespace gatehouse::crypto {
namespace {

std::string counting(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 131 + (i >> 8) * 17);
  return bytes;
}

// The definition, bit by bit: what the fast code is held against.
uint32_t crc32c_by_definition(ByteView bytes, uint32_t seed = 0) {
  uint32_t crc = ~seed;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
  }
  return ~crc;
}

TEST(Sha256, KnownAnswers) {  // FIPS 180-4 examples
  EXPECT_EQ(hex(sha256(ByteView(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(ByteView("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(ByteView("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PartsAndStreamEqualTheWhole) {
  const std::string whole = counting(1000);
  for (const size_t cut : {0, 1, 63, 64, 65, 999, 1000}) {
    const ByteView parts[] = {ByteView(whole).substr(0, cut), ByteView(whole).substr(cut)};
    EXPECT_EQ(sha256(parts), sha256(whole)) << cut;
    Sha256Stream stream;
    stream.add(parts[0]);
    Sha256Stream copy = stream;  // a value: the copy goes on from the same place
    stream.add(parts[1]);
    copy.add(parts[1]);
    EXPECT_EQ(stream.finish(), sha256(whole)) << cut;
    EXPECT_EQ(copy.finish(), sha256(whole)) << cut;
  }
}

std::vector<Sha256> many(std::span<const ByteView> texts) {
  std::vector<Sha256> digests(texts.size());
  sha256_many(texts, digests);
  return digests;
}

// Lengths around blocks and paddings, each beside longer and shorter ones, at odd addresses; as many at once as may be, so that they go
// side by side, and two by two, and alone.
TEST(Sha256, ManyAtOnceAreEachAlone) {
  std::string text(300'000, '\0');
  random_bytes(text);
  const ByteView all = text;
  constexpr size_t kLengths[] = {0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 4096, 65'536};
  for (size_t count = 0; count <= kSha256Many; ++count)
    for (size_t n = 0; n < 200; n += count < 2 ? 1 : 7) {
      std::vector<ByteView> texts;
      for (size_t i = 0; i < count; ++i)
        texts.push_back(all.substr(n + 31 * i, i % 3 == 0 ? n : kLengths[(i * i + n) % std::size(kLengths)]));
      const std::vector<Sha256> found = many(texts);
      for (size_t i = 0; i < count; ++i) ASSERT_EQ(found[i], sha256(texts[i])) << i << " of " << count << ": " << texts[i].size();
    }
  std::vector<ByteView> alike;
  for (size_t i = 0; i < kSha256Many; ++i) alike.push_back(all.substr(1001 * i, 65'536));
  const std::vector<Sha256> found = many(alike);
  for (size_t i = 0; i < alike.size(); ++i) EXPECT_EQ(found[i], sha256(alike[i])) << i;
  EXPECT_EQ(many(std::vector<ByteView>{{}, {}}).front(), sha256(ByteView()));   // which has no address
}

TEST(Crc32c, KnownAnswers) {  // RFC 3720 appendix B.4, and the check value of the catalogue
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  std::string up(32, '\0'), down(32, '\0');
  for (int i = 0; i < 32; ++i) {
    up[i] = static_cast<char>(i);
    down[i] = static_cast<char>(31 - i);
  }
  EXPECT_EQ(crc32c(up), 0x46dd794eU);
  EXPECT_EQ(crc32c(down), 0x113fdb5cU);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, EqualsTheDefinitionAtEveryLengthAndAlignment) {
  const std::string bytes = counting(20'000);
  for (size_t size = 0; size < 40; ++size)
    for (size_t start = 0; start < 9; ++start) {
      const ByteView part = ByteView(bytes).substr(start, size);
      ASSERT_EQ(crc32c(part), crc32c_by_definition(part)) << size << " at " << start;
    }
  for (const size_t size : {383, 384, 385, 511, 512, 513, 767, 768, 3071, 3072, 3073, 3080, 6143, 6144, 6145, 9216, 19'990})
    for (size_t start = 0; start < 9; start += 4) {
      const ByteView part = ByteView(bytes).substr(start, size);
      ASSERT_EQ(crc32c(part), crc32c_by_definition(part)) << size << " at " << start;
    }
}

TEST(Crc32c, PortableFormIsTheSame) {
  const std::string bytes = counting(5000);
  EXPECT_EQ(crc32c_portable("123456789"), 0xe3069283U);
  for (const size_t size : {0, 1, 7, 8, 9, 4999})
    EXPECT_EQ(crc32c_portable(ByteView(bytes).substr(0, size), 77), crc32c(ByteView(bytes).substr(0, size), 77));
}

TEST(Crc32c, ContinuesFromASeed) {
  const std::string bytes = counting(7000);
  for (const size_t cut : {0, 1, 3071, 3072, 6999, 7000})
    EXPECT_EQ(crc32c(ByteView(bytes).substr(cut), crc32c(ByteView(bytes).substr(0, cut))), crc32c(bytes));
}

TEST(Random, FillsTheWholeSpanAndDiffers) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_u64());
  EXPECT_EQ(seen.size(), 1000U);
  std::string sum(37, '\0');
  for (int round = 0; round < 64; ++round) {  // a byte that is never written stays 0
    std::string bytes(37, '\0');
    random_bytes(bytes);
    for (size_t i = 0; i < bytes.size(); ++i) sum[i] = static_cast<char>(sum[i] | bytes[i]);
  }
  for (const char byte : sum) EXPECT_NE(byte, '\0');
}

TEST(Hex, TwoLowerCaseDigitsPerByte) {
  const uint8_t bytes[] = {0x00, 0x0f, 0xa5, 0xff};
  EXPECT_EQ(hex(bytes), "000fa5ff");
  EXPECT_EQ(hex({}), "");
}

TEST(Library, NamesItsApi) { EXPECT_EQ(library_version().substr(0, 4), "API "); }

}  // namespace
}  // namespace gatehouse::crypto
