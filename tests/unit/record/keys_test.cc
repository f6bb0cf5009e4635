// Key files and keys records: what is written is read, and nothing else.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "record/keys_file.h"
#include "record/rewrapped.h"
#include "record/sealing.h"
#include "world.h"

namespace gatehouse::record {
namespace {

constexpr KeyUse kUses[] = {KeyUse::operations, KeyUse::auditor, KeyUse::heads};

TEST(Keys, BothHalvesAreReadAsTheyWereWritten) {
  for (const KeyUse use : kUses) {
    const KeySecret key = make_key(use, "ann@example.org");
    const auto secret = parse_key_secret(format_key(key).reveal());
    ASSERT_TRUE(secret.ok()) << secret.error();
    EXPECT_EQ(secret->use, use);
    EXPECT_EQ(secret->name, key.name);
    EXPECT_TRUE(secret.value().bytes.equals(key.bytes.reveal()));
    const KeyPublic half = public_half(key);
    const auto again = parse_key_public(format_key(half));
    ASSERT_TRUE(again.ok()) << again.error();
    EXPECT_EQ(again.value(), half);
    EXPECT_NE(format_key(half).find("gatehouse-" + std::string(key_use_name(use)) + "-1 "), std::string::npos);
  }
}

TEST(Keys, NothingElseIsAKey) {
  const std::string good = format_key(public_half(make_key(KeyUse::auditor, "ann")));
  ASSERT_TRUE(parse_key_public(good).ok());
  EXPECT_TRUE(parse_key_public(ByteView(good).substr(0, good.size() - 1)).ok()) << "the line end may be missing";
  for (size_t at = 0; at < 19 + 1 + 43 + 1; ++at)   // any byte of label and key gone
    EXPECT_FALSE(parse_key_public(std::string(good).erase(at, 1)).ok()) << at;
  for (const std::string& bad : {good + good, good + " ", "x" + good, good.substr(0, 64), good.substr(0, 64) + "an n\n",
                                 good.substr(0, 64) + std::string(65, 'a'),
                                 good.substr(0, 64) + "\x1b[2J", std::string(10'000, 'a'),
                                 std::string()})
    EXPECT_FALSE(parse_key_public(bad).ok()) << bad.substr(0, 100);
  // A point for which no secret exists: nothing could be sealed for it.
  EXPECT_FALSE(parse_key_public("gatehouse-auditor-1 " + std::string(43, 'A') + " nobody\n").ok());
}

TEST(Keys, HalvesAreNotTakenForEachOther) {
  const KeySecret key = make_key(KeyUse::auditor, "ann");
  const auto as_public = parse_key_public(format_key(key).reveal());
  ASSERT_FALSE(as_public.ok());
  EXPECT_NE(as_public.error().find("secret key"), std::string::npos);
  EXPECT_EQ(as_public.error().find(std::string(format_key(key).reveal().substr(27, 10))), std::string::npos);
  const auto as_secret = parse_key_secret(format_key(public_half(key)));
  ASSERT_FALSE(as_secret.ok());
  EXPECT_NE(as_secret.error().find("public key"), std::string::npos);
}

TEST(KeyFiles, AreTheirOwnersAloneAndOfOneUse) {
  const TempFolder dir;
  const std::string path = dir.path() + "/ann.key";
  const KeySecret key = make_key(KeyUse::auditor, "ann");
  const auto half = write_key(path, key);
  ASSERT_TRUE(half.ok()) << half.error();
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto read = read_key_secret(path);
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(public_half(read.value()), half.value());
  const auto read_half = read_key_public(path + ".pub", KeyUse::auditor);
  ASSERT_TRUE(read_half.ok()) << read_half.error();
  EXPECT_EQ(read_half.value(), half.value());

  EXPECT_FALSE(write_key(path, key).ok()) << "never written over";
  EXPECT_FALSE(read_key_public(path + ".pub", KeyUse::operations).ok());
  EXPECT_FALSE(read_key_public(path, KeyUse::auditor).ok()) << "the secret half";
  EXPECT_FALSE(read_key_secret(dir.path()).ok()) << "a folder";
  EXPECT_FALSE(read_key_secret(path + ".not").ok());
  ASSERT_EQ(::symlink(path.c_str(), (path + ".link").c_str()), 0);
  EXPECT_FALSE(read_key_secret(path + ".link").ok());
  ASSERT_EQ(::mkfifo((path + ".pipe").c_str(), 0600), 0);
  EXPECT_FALSE(read_key_secret(path + ".pipe").ok()) << "and it does not wait";
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  const auto open = read_key_secret(path);
  ASSERT_FALSE(open.ok());
  EXPECT_NE(open.error().find("chmod 600"), std::string::npos);
}

struct KeysRow {
  TestKeys keys;
  Epoch epoch{test_id(1), 7};
  SegmentKeys segment{crypto::Secret(std::string(32, 'o')), crypto::Secret(std::string(32, 'a'))};
  std::string row;

  KeysRow() {
    put_key_epoch(&row, 3);
    wrap_keys(&row, public_half(keys.auditor), epoch, 3, segment);
    wrap_keys(&row, public_half(keys.operations), epoch, 3, segment);
  }
};

TEST(KeysRecord, EachRecipientUnwrapsWhatIsHis) {
  const KeysRow world;
  const auto read = parse_keys(world.row);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key_epoch, 3u);
  ASSERT_EQ(read->wrapped.size(), 2u);
  EXPECT_EQ(read->wrapped[0].recipient.name, "ann");
  EXPECT_EQ(read->wrapped[1].recipient.use, KeyUse::operations);
  const auto both = unwrap_keys(read->wrapped[0], world.keys.auditor, world.epoch, 3);
  ASSERT_TRUE(both);
  EXPECT_TRUE(both->operations.equals(world.segment.operations.reveal()) && both->auditor.equals(world.segment.auditor.reveal()));
  const auto one = unwrap_keys(read->wrapped[1], world.keys.operations, world.epoch, 3);
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->operations.equals(world.segment.operations.reveal()));
  EXPECT_TRUE(one->auditor.empty());

  EXPECT_FALSE(unwrap_keys(read->wrapped[0], world.keys.stranger, world.epoch, 3));
  EXPECT_FALSE(unwrap_keys(read->wrapped[0], world.keys.operations, world.epoch, 3));
  EXPECT_FALSE(unwrap_keys(read->wrapped[0], world.keys.auditor, world.epoch, 4)) << "moved to another segment";
  EXPECT_FALSE(unwrap_keys(read->wrapped[0], world.keys.auditor, {world.epoch.process, 8}, 3)) << "to another worker";
  EXPECT_FALSE(unwrap_keys(read->wrapped[0], world.keys.auditor, {test_id(2), 7}, 3)) << "to another process";
}

TEST(KeysRecord, AFlippedBitOpensNothing) {
  const KeysRow world;
  for (size_t at = 0; at < world.row.size(); ++at) {
    std::string row = world.row;
    row[at] = static_cast<char>(row[at] ^ (1 << (at % 8)));
    const auto read = parse_keys(row);
    if (!read) continue;
    for (const Wrapped& wrapped : read->wrapped) {
      const bool auditors = &wrapped == &read->wrapped[0];
      const KeySecret& key = auditors ? world.keys.auditor : world.keys.operations;
      const auto opened = unwrap_keys(wrapped, key, world.epoch, 3);
      EXPECT_TRUE(!opened || opened->operations.equals(world.segment.operations.reveal())) << at;
    }
  }
  for (size_t cut = 0; cut < world.row.size(); ++cut) {
    const auto read = parse_keys(ByteView(world.row).substr(0, cut));
    EXPECT_TRUE(!read || read->wrapped.size() == 1) << cut;
  }
}

TEST(Rewrapped, IsReadAsWrittenAndRefusedWhenChanged) {
  const TempFolder dir;
  const KeysRow world;
  ASSERT_TRUE(write_rewrapped(dir.folder(), "one.ghr", {world.epoch, 2, world.row}).ok());
  ASSERT_TRUE(write_rewrapped(dir.folder(), "one.ghr", {world.epoch, 2, world.row}).ok()) << "written again";
  const auto read = read_rewrapped(dir.folder(), "one.ghr");
  ASSERT_TRUE(read.ok()) << read.error().what;
  EXPECT_EQ(read->epoch, world.epoch);
  EXPECT_EQ(read->index, 2u);
  EXPECT_EQ(read->row, world.row);
  EXPECT_FALSE(read_rewrapped(dir.folder(), "two.ghr").ok());
  std::string bytes;
  {
    std::ifstream file(dir.path() + "/one.ghr.rewrapped", std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  ASSERT_TRUE(parse_rewrapped(bytes).ok());
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    EXPECT_FALSE(parse_rewrapped(changed).ok()) << at;
    EXPECT_FALSE(parse_rewrapped(ByteView(bytes).substr(0, at)).ok()) << at;
  }
}

}  // namespace
}  // namespace gatehouse::record
