#include "mask/map.h"

#include <gtest/gtest.h>

#include <array>
#include <span>

namespace gatehouse::mask {
namespace {

const std::string kOriginal = R"({"a":"x@y.com","b":["123-45-6789",4111111111111111]})";

struct Made {
  std::string masked, map;
};

Made make() {
  MapWriter writer;
  writer.start(kOriginal.size());
  std::string masked;
  size_t at = 0;
  const auto change = [&](ByteView original, ByteView replacement, size_t mask, ByteView name, detect::Detector detector,
                          Method method, ByteView place) {
    const size_t offset = kOriginal.find(original);
    writer.add(static_cast<uint32_t>(offset), original, replacement, mask, name, detector, method, detect::Evidence::luhn, place);
    masked += kOriginal.substr(at, offset - at) + std::string(replacement);
    at = offset + original.size();
  };
  change("x@y.com", "R", 7, "seven", detect::Detector::email, Method::redact, "/a");
  change("123-45-6789", "***-**-6789", 0, "zero", detect::Detector::us_ssn, Method::partial, "/b/0");
  change("4111111111111111", "0", 7, "seven", detect::Detector::payment_card, Method::redact, "/b/1");
  masked += kOriginal.substr(at);
  return {masked, std::string(writer.finish(masked.size()))};
}

TEST(MaskMap, reads_what_was_written) {
  const Made made = make();
  MapReader reader;
  ASSERT_TRUE(reader.open(made.map));
  EXPECT_EQ(reader.count(), 3u);
  EXPECT_EQ(reader.original_length(), kOriginal.size());
  EXPECT_EQ(reader.masked_length(), made.masked.size());
  Change change;
  ASSERT_TRUE(reader.next(&change));
  EXPECT_EQ(change.original_offset, 6u);
  EXPECT_EQ(change.masked_offset, 6u);
  EXPECT_EQ(change.original, "x@y.com");
  EXPECT_EQ(change.replacement, "R");
  EXPECT_EQ(change.mask, "seven");
  EXPECT_EQ(change.place, "/a");
  ASSERT_TRUE(reader.next(&change));
  EXPECT_EQ(change.original_offset, kOriginal.find("123"));
  EXPECT_EQ(change.masked_offset, made.masked.find("***"));
  EXPECT_EQ(change.mask, "zero");
  EXPECT_EQ(change.detector, detect::Detector::us_ssn);
  EXPECT_EQ(change.evidence, detect::Evidence::luhn);
  EXPECT_EQ(change.method, Method::partial);
  EXPECT_EQ(change.place, "/b/0");
  ASSERT_TRUE(reader.next(&change));
  EXPECT_EQ(change.place, "/b/1");
  EXPECT_EQ(change.detector, detect::Detector::payment_card);
  EXPECT_FALSE(reader.next(&change));
  EXPECT_TRUE(reader.ok());
}

TEST(MaskMap, undo_gives_the_original_and_only_for_its_own_body) {
  const Made made = make();
  std::string original;
  ASSERT_TRUE(undo(made.masked, made.map, &original));
  EXPECT_EQ(original, kOriginal);
  std::string other = made.masked;
  other[6] = 'S';
  EXPECT_FALSE(undo(other, made.map, &original)) << "the replacement does not stand there";
  EXPECT_FALSE(undo(made.masked + " ", made.map, &original));
  EXPECT_FALSE(undo("", made.map, &original));
}

TEST(MaskMap, every_cut_is_found) {
  const Made made = make();
  std::string original;
  for (size_t length = 0; length < made.map.size(); ++length)
    EXPECT_FALSE(undo(made.masked, ByteView(made.map).substr(0, length), &original)) << length;
  EXPECT_FALSE(undo(made.masked, made.map + "x", &original));
}

/// A changed byte is either found or changes only what it stands for; nothing is read out of bounds.
TEST(MaskMap, every_flipped_bit_is_survived) {
  const Made made = make();
  for (size_t i = 0; i < made.map.size() * 8; ++i) {
    std::string map = made.map;
    map[i / 8] = static_cast<char>(map[i / 8] ^ (1 << (i % 8)));
    MapReader reader;
    if (!reader.open(map)) continue;
    Change change;
    size_t count = 0;
    while (reader.next(&change)) {
      ++count;
      EXPECT_LE(change.original_offset + change.original.size(), reader.original_length());
      EXPECT_LE(change.masked_offset + change.replacement.size(), reader.masked_length());
    }
    EXPECT_TRUE(!reader.ok() || count == reader.count());
    std::string original;
    if (undo(made.masked, map, &original)) {
      EXPECT_EQ(original.size(), reader.original_length());
    }
  }
}

TEST(MaskMap, hostile_lengths) {
  std::string original;
  for (const ByteView map : {ByteView("GMM1\xff\xff\xff\xff\x0f\x00\x00\x00", 12), ByteView("GMM1\x00\x00\x41", 7),
                             ByteView("GMM1\x00\x00\x00\xff\xff\xff\xff\x0f", 12), ByteView("GMM1\xff\xff\xff\xff\x7f", 9),
                             ByteView("GMM1\x80\x80\x80\x80\x80\x80", 10), ByteView("GMM3\0\0\0\0", 8),
                             ByteView("GMM1\x01\x00\x00\x00", 8)})
    EXPECT_FALSE(undo("", map, &original));
  EXPECT_TRUE(undo("", ByteView("GMM1\0\0\0\0", 8), &original));
  EXPECT_TRUE(undo("ab", ByteView("GMM1\2\2\0\0", 8), &original));
  EXPECT_EQ(original, "ab");
}

/// Records of earlier gateways stay readable.
TEST(MaskMap, version_1_has_no_evidence) {
  const std::string body = "ab***zz";
  MapReader reader;
  Change change;
  const std::string whole("GMM1\5\7\1\1m\1\2\1x\3***\0\1\2\0\2/a", 24);
  ASSERT_TRUE(reader.open(whole) && reader.next(&change) && reader.ok());
  EXPECT_EQ(change.detector, detect::Detector::email);
  EXPECT_EQ(change.method, Method::partial);
  EXPECT_EQ(change.evidence, detect::Evidence::none);
  EXPECT_EQ(change.place, "/a");
  std::string original;
  ASSERT_TRUE(undo(body, whole, &original));
  EXPECT_EQ(original, "abxzz");
  // A detector that version 1 did not know.
  std::string later = whole;
  later[later.size() - 6] = 4;
  EXPECT_FALSE(undo(body, later, &original));
}

TEST(MaskMap, a_place_shares_no_more_than_there_was) {
  const std::string head("GMM1\1\1\1\1m\2", 10);
  const std::string first("\0\0\0\0\1\1\0\2/a", 10);
  std::string original;
  EXPECT_TRUE(undo("x", head + first + std::string("\0\0\0\0\1\1\2\1b", 9), &original));
  EXPECT_FALSE(undo("x", head + first + std::string("\0\0\0\0\1\1\3\1b", 9), &original));
}

TEST(MaskMap, places_share_their_beginnings) {
  MapWriter writer;
  writer.start(1000);
  const std::string deep = "/" + std::string(500, 'k') + "/";
  for (uint32_t i = 0; i < 10; ++i)
    writer.add(i * 10, "a", "b", 1, "m", detect::Detector::field, Method::redact, detect::Evidence::none, deep + std::to_string(i));
  EXPECT_LT(writer.finish(1000).size(), 700u);
}

TEST(Notes, SayAllButWhatWasTaken) {
  const crypto::HmacSha256 key("0123456789abcdef0123456789abcdef");
  MapWriter writer;
  writer.start(40);
  writer.add(3, "ada@example.org", "***", 5, "mail", detect::Detector::email, Method::redact, detect::Evidence{}, "/docs/0/mail");
  writer.add(20, "bob@example.org", "", 5, "mail", detect::Detector::email, Method::drop, detect::Evidence{}, "/docs/1/mail");
  const std::string map(writer.finish(13));
  std::string notes;
  ASSERT_TRUE(write_notes(map, key, &notes));
  EXPECT_EQ(notes.find("ada"), std::string::npos);
  EXPECT_LE(notes.size(), map.size() + 2 * kNoteBytes);
  MapReader reader, original;
  ASSERT_TRUE(reader.open(notes) && original.open(map) && reader.notes() && !original.notes());
  Change a, b;
  while (original.next(&a)) {
    ASSERT_TRUE(reader.next(&b));
    EXPECT_EQ(b.original_bytes, a.original.size());
    const auto digest = key.digest(std::array{a.original});
    EXPECT_EQ(b.original, view_of(std::span<const uint8_t>(digest)).substr(0, 16));
    EXPECT_EQ(b.replacement, a.replacement);
    EXPECT_EQ(b.mask, a.mask);
    EXPECT_EQ(b.place, a.place);
    EXPECT_EQ(b.masked_offset, a.masked_offset);
    EXPECT_EQ(b.original_offset, a.original_offset);
  }
  EXPECT_FALSE(reader.next(&b));
  EXPECT_TRUE(reader.ok());
  std::string back;
  EXPECT_FALSE(undo("abc***0123456", notes, &back));
  EXPECT_FALSE(write_notes(notes, key, &back));
  EXPECT_FALSE(write_notes(map.substr(0, map.size() - 1), key, &back));
}

}  // namespace
}  // namespace gatehouse::mask
