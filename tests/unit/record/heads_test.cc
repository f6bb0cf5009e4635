// Signed heads, what they prove, and what verify says that it proved.
#include "forger.h"
#include "proof_world.h"

namespace gatehouse::record {
namespace {

HeadRing some_ring(uint64_t n) {
  HeadRing ring{{test_id(n), static_cast<uint32_t>(n)}, 8 * kPage, 1200, 7, {}, n % 2 == 1, {}};
  ring.chain.fill(static_cast<uint8_t>(n));
  return ring;
}

TEST(Head, ComesBackAsItWasSigned) {
  const auto key = crypto::PrivateKey::make_ed25519();
  Head head;
  head.name = {test_id(3), 5, {}};
  head.before = {test_id(2), 9, crypto::sha256(ByteView("before"))};
  head.wall = 1234;
  head.interval = 99;
  head.final = true;
  head.strict = true;
  head.rings = {some_ring(1), some_ring(2)};
  head.rings[1].digests = {{0, 64, crypto::sha256(ByteView("a"))}, {128, 1072, crypto::sha256(ByteView("b"))}};
  const std::string bytes = sign_head(head, key);
  Head back;
  size_t used = 0;
  ASSERT_EQ(parse_head(bytes + "more", &back, &used), HeadParse::whole);
  EXPECT_EQ(used, bytes.size());
  EXPECT_EQ(back.name, head.name);
  EXPECT_EQ(back.before, head.before);
  EXPECT_EQ(back.rings, head.rings);
  EXPECT_TRUE(back.final && back.strict && back.wall == 1234 && back.interval == 99);
  EXPECT_EQ(back.key, key_part(key.public_key()));
  EXPECT_TRUE(head_signed(bytes, back.key));
  for (size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_EQ(parse_head(ByteView(bytes).substr(0, cut), &back, &used), HeadParse::cut) << cut;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    if (parse_head(changed, &back, &used) == HeadParse::whole && used == changed.size()) {
      EXPECT_FALSE(head_signed(changed, back.key) && back.key == head.key) << bit;
    }
  }
}

TEST(Heads, ProveAWholeFolder) {
  for (const bool strict : {false, true}) {
    ProofWorld world;
    world.options.strict = strict;
    world.run(20);
    world.run(20);
    auto wanted = world.verifying();
    const OpenKeys keys = TestKeys::with(world.keys.auditor);
    wanted.keys = &keys;
    const Findings found = findings(wanted);
    EXPECT_EQ(found.text(), "");
    EXPECT_EQ(found.totals.segments, found.totals.segments_expected);
    EXPECT_GT(found.totals.segments, 4u);
    EXPECT_GT(found.totals.heads, 8u);
    EXPECT_EQ(found.totals.heads, found.totals.heads_expected);
    EXPECT_TRUE(found.totals.heads_believed);
    EXPECT_EQ(found.totals.unsigned_records, 0u);
    EXPECT_GE(found.totals.signed_records, found.totals.records);
    EXPECT_EQ(found.totals.operations.opened, 80u * 5 + 4) << "every record of an exchange, and the start records";
    EXPECT_GT(found.totals.auditor.opened, 0u);
    EXPECT_EQ(found.totals.notes.size(), 0u);
    if (strict) {
      EXPECT_EQ(found.totals.undigested_bytes, 0u);
      EXPECT_GT(found.totals.digested_bytes, found.totals.bytes - 1);
    } else {
      EXPECT_EQ(found.totals.digested_bytes, 0u);
    }
  }
}

}  // namespace
}  // namespace gatehouse::record
