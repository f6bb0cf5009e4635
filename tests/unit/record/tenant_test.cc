// A key per tenant: who opens what, what a destroyed secret takes along, and what verify says of it.
#include "record/tenant.h"

#include <fstream>
#include <map>

#include "crypto/digest.h"
#include "crypto/hmac.h"
#include "record/keys_file.h"
#include "record/verify.h"
#include "record/writer.h"
#include "tests/support/allocation_count.h"
#include "world.h"

namespace gatehouse::record {
namespace {

using TenantRef = std::shared_ptr<const TenantKey>;

KeySecret secret_of(const TenantRef& tenant) { return {KeyUse::tenant, tenant->name, tenant->secret.copy()}; }

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// By hand, with HMAC alone: RFC 5869, 2.2 and 2.3, for one block of output.
TEST(Tenant, KeysAreDerivedAsTheFormatSays) {
  const std::string segment(32, 'k'), secret(32, 's');
  for (const Tier tier : {Tier::operations, Tier::auditor}) {
    const auto prk = crypto::HmacSha256(secret).digest(std::array{ByteView(segment)});
    const std::string info = std::string("gatehouse records 2 tenant ") + (tier == Tier::auditor ? "auditor" : "operations");
    const auto expected =
        crypto::HmacSha256(view_of(std::span<const uint8_t>(prk))).digest(std::array{ByteView(info), ByteView("\x01", 1)});
    EXPECT_EQ(tenant_segment_key(segment, crypto::Secret(secret), tier), expected);
  }
  EXPECT_EQ(tenant_digest(crypto::Secret(secret)), crypto::sha256("gatehouse tenant 1" + secret));
}

// RFC 5869, A.1, cut to 32 bytes.
TEST(Tenant, HkdfIsThatOfTheStandard) {
  const std::string key(22, '\x0b'), salt("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 13),
      info("\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9");
  EXPECT_EQ(crypto::hex(crypto::hkdf_sha256(salt, key, info)), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}

TEST(Tenant, AKeyIsOneSecretFileAndNothingElse) {
  const TempFolder folder;
  const std::string path = folder.path() + "/acme.key";
  const KeySecret key = make_key(KeyUse::tenant, "acme");
  ASSERT_TRUE(write_secret(path, key).ok());
  EXPECT_FALSE(std::filesystem::exists(path + ".pub"));
  EXPECT_FALSE(write_secret(path, key).ok()) << "none is written over";
  const auto read = read_key_secret(path);
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(read->use, KeyUse::tenant);
  EXPECT_EQ(read->name, "acme");
  EXPECT_TRUE(read->bytes.equals(key.bytes.reveal()));
  const std::string text = read_text(path);
  EXPECT_TRUE(text.starts_with("gatehouse-tenant-secret-1 "));
  EXPECT_FALSE(parse_key_public(text).ok());
  EXPECT_FALSE(parse_key_secret("gatehouse-tenant-1 " + text.substr(26)).ok()) << "there is no public half";
}

/// TenantWorld is a ring that two tenants and nobody write to by turns.
struct TenantWorld {
  TempFolder dir, rings;
  TestKeys keys;
  TenantRef acme = make_tenant_key(make_key(KeyUse::tenant, "acme")), globex = make_tenant_key(make_key(KeyUse::tenant, "globex"));
  RingStart start;
  std::unique_ptr<RingFile> file;
  std::unique_ptr<Sealer> sealer;
  std::unique_ptr<RingLog> log;
  WallNs wall = 1;

  explicit TenantWorld(uint64_t capacity = 256 * 1024) {
    start.process = test_id(1);
    start.segment_bytes = 8 * kPage;
    start.created = 1;
    start.boot_id = boot_id();
    auto made = RingFile::create(rings.folder(), start, capacity);
    EXPECT_TRUE(made.ok()) << made.error();
    file = std::make_unique<RingFile>(std::move(*made));
    sealer = std::make_unique<Sealer>(Epoch{start.process, start.worker}, keys.sealing(), 16);
    log = RingLog::open(file->memory().memory(), sealer.get());
  }
  Append append(const TenantKey* tenant, const std::string& body, Kind kind = Kind::outcome) {
    Sections sections;   // views
    const std::string head = "head of " + body;
    sections.bytes(Tag::client_head, head);
    sections.bytes(Tag::body, body);
    sections.of(tenant);
    return log->append(kind, test_id(1), 0, ++wall, sections);
  }
  /// open_with takes keys by copies.
  static OpenKeys open_with(std::initializer_list<const KeySecret*> secrets, std::initializer_list<TenantRef> tenants) {
    OpenKeys open;
    for (const KeySecret* each : secrets) EXPECT_TRUE(open.add({each->use, each->name, each->bytes.copy()}).ok());
    for (const TenantRef& each : tenants) EXPECT_TRUE(open.add(secret_of(each)).ok());
    return open;
  }
  /// counts is how many records came to what, by tenant; those that opened hold what they should.
  std::map<std::string, std::map<Seal, size_t>> counts(const OpenKeys& open, bool auditor_part = false) const {
    std::map<std::string, std::map<Seal, size_t>> all;
    auto reader = Reader::open({dir.path(), rings.path(), 0, &open});
    EXPECT_TRUE(reader.ok());
    for (auto step = (*reader)->next(); step != Stream::Step::end; step = (*reader)->next()) {
      if (step != Stream::Step::record) {
        ADD_FAILURE() << (*reader)->damage().what;
        continue;
      }
      const RecordView& record = (*reader)->record();
      if (!record.is_sealed()) continue;
      ++all[std::string(record.tenant)][auditor_part ? record.auditor : record.operations];
      ByteView body, head;
      EXPECT_EQ(find_section(record.payload, Tag::body, &body), record.operations == Seal::opened);
      if (record.operations == Seal::opened) {
        EXPECT_TRUE(body.starts_with(record.tenant.empty() ? ByteView("nobody") : record.tenant)) << body;
      }
      EXPECT_EQ(find_section(record.payload, Tag::client_head, &head), record.auditor == Seal::opened);
      EXPECT_EQ(record.tenant_key.empty(), record.tenant.empty());
    }
    return all;
  }
};

/// interleave has three write by turns, over several segments.
void interleave(TenantWorld& world, size_t turns) {
  for (size_t i = 0; i < turns; ++i) {
    const std::string text = std::string(i * 37 % 900, 'x');
    ASSERT_EQ(world.append(world.acme.get(), "acme" + text), Append::ok) << i;
    ASSERT_EQ(world.append(nullptr, "nobody" + text), Append::ok) << i;
    ASSERT_EQ(world.append(world.globex.get(), "globex" + text), Append::ok) << i;
  }
}

TEST(Tenant, ItTakesBothKeysAndNeitherOpensAnythingAlone) {
  TenantWorld world;
  interleave(world, 60);
  EXPECT_GT(world.sealer->key_epoch(), 3u) << "several segments";
  using Seals = std::map<std::string, std::map<Seal, size_t>>;
  const auto read = [&](std::initializer_list<const KeySecret*> secrets, std::initializer_list<TenantRef> tenants) {
    return world.counts(TenantWorld::open_with(secrets, tenants));
  };
  const KeySecret *ann = &world.keys.auditor, *host = &world.keys.operations, *eve = &world.keys.stranger;
  const auto& acme = world.acme;
  const auto& globex = world.globex;
  EXPECT_EQ(read({ann}, {acme, globex}), (Seals{{"", {{Seal::opened, 60}}}, {"acme", {{Seal::opened, 60}}}, {"globex", {{Seal::opened, 60}}}}));
  EXPECT_EQ(read({host}, {acme, globex}), (Seals{{"", {{Seal::opened, 60}}}, {"acme", {{Seal::opened, 60}}}, {"globex", {{Seal::opened, 60}}}}));
  EXPECT_EQ(read({ann}, {globex}), (Seals{{"", {{Seal::opened, 60}}}, {"acme", {{Seal::no_tenant, 60}}}, {"globex", {{Seal::opened, 60}}}}));
  EXPECT_EQ(read({ann, host}, {}), (Seals{{"", {{Seal::opened, 60}}}, {"acme", {{Seal::no_tenant, 60}}}, {"globex", {{Seal::no_tenant, 60}}}}));
  EXPECT_EQ(read({}, {acme}), (Seals{{"", {{Seal::no_key, 60}}}, {"acme", {{Seal::no_key, 60}}}, {"globex", {{Seal::no_key, 60}}}}));
  EXPECT_EQ(read({eve}, {acme}), (Seals{{"", {{Seal::wrong_key, 60}}}, {"acme", {{Seal::wrong_key, 60}}}, {"globex", {{Seal::wrong_key, 60}}}}));
  EXPECT_EQ(world.counts(TenantWorld::open_with({host}, {acme}), true)["acme"], (std::map<Seal, size_t>{{Seal::no_key, 60}}))
      << "a tenant's secret makes no auditor";
  EXPECT_EQ(world.counts(TenantWorld::open_with({ann}, {}), true)["acme"], (std::map<Seal, size_t>{{Seal::no_tenant, 60}}));
}

TEST(Tenant, AnotherSecretOfTheSameNameIsAWrongOne) {
  TenantWorld world;
  ASSERT_EQ(world.append(world.acme.get(), "acme one"), Append::ok);
  const TenantRef fresh = make_tenant_key(make_key(KeyUse::tenant, "acme"));
  ASSERT_EQ(world.append(fresh.get(), "acme two"), Append::ok) << "rotated, within a segment";
  using Seals = std::map<Seal, size_t>;
  const KeySecret* ann = &world.keys.auditor;
  EXPECT_EQ(world.counts(TenantWorld::open_with({ann}, {world.acme}))["acme"], (Seals{{Seal::opened, 1}, {Seal::wrong_tenant, 1}}));
  EXPECT_EQ(world.counts(TenantWorld::open_with({ann}, {world.acme, fresh}))["acme"], (Seals{{Seal::opened, 2}}));
  const TenantRef never = make_tenant_key(make_key(KeyUse::tenant, "acme"));
  EXPECT_EQ(world.counts(TenantWorld::open_with({ann}, {never}))["acme"], (Seals{{Seal::wrong_tenant, 2}}));
}

// What a reader of before does: it opens with the segment's keys alone.
TEST(Tenant, TheSegmentsKeysOpenNothingOfIt) {
  TenantWorld world;
  ASSERT_EQ(world.append(world.acme.get(), "acme one"), Append::ok);
  const OpenKeys open = TestKeys::with(world.keys.auditor);
  auto reader = Reader::open({world.dir.path(), world.rings.path(), 0, nullptr});
  std::optional<SegmentKeys> keys;
  for (auto step = (*reader)->next(); step == Stream::Step::record; step = (*reader)->next()) {
    const RecordView& record = (*reader)->record();
    if (record.kind() == Kind::keys) {
      const auto row = parse_keys(record.stored);
      ASSERT_TRUE(row);
      keys = unwrap_keys(row->wrapped[0], world.keys.auditor, record.epoch, row->key_epoch);
      continue;
    }
    ASSERT_TRUE(keys);
    const Parts parts = parts_of(record.header, record.stored);
    ASSERT_TRUE(parts.good);
    const auto said = sealed_header(record.header);
    std::string row(std::max(parts.operations.size(), parts.auditor.size()), '\0');
    crypto::GcmOpener operations(keys->operations.reveal()), auditor(keys->auditor.reveal());
    EXPECT_FALSE(operations.open(seal_nonce(Tier::operations, record.header.sequence), {said.data(), said.size()},
                                 parts.before_operations, parts.operations,
                                 {reinterpret_cast<const char*>(record.header.tag), kGcmTagBytes}, row.data()));
    EXPECT_FALSE(auditor.open(seal_nonce(Tier::auditor, record.header.sequence), {said.data(), said.size()}, parts.clear,
                              parts.auditor, parts.auditor_tag, row.data()));
  }
}

TEST(Tenant, WhoseARecordIsCannotBeChanged) {
  TenantWorld world;
  ASSERT_EQ(world.append(world.acme.get(), "acme one"), Append::ok);
  const RingMemory ring = world.file->memory();
  const ByteView all(ring.data(), ring.head());
  const size_t name = all.rfind("acme", all.rfind(view_of(std::span<const uint8_t>(world.acme->digest))));
  ASSERT_NE(name, ByteView::npos);
  const OpenKeys open = TenantWorld::open_with({&world.keys.auditor}, {world.acme});
  for (const size_t at : {name, name + 4 + GATEHOUSE_RECORD_SECTION_BYTES}) {   // the name, then which secret
    ring.data()[at] ^= 1;
    auto reader = Reader::open({world.dir.path(), world.rings.path(), 0, &open});
    bool opened = false, damaged = false;
    for (auto step = (*reader)->next(); step != Stream::Step::end; step = (*reader)->next()) {
      damaged = damaged || step == Stream::Step::damage;
      opened = opened || (step == Stream::Step::record && (*reader)->record().operations == Seal::opened);
    }
    EXPECT_FALSE(opened);
    EXPECT_TRUE(damaged);
    ring.data()[at] ^= 1;
  }
}

TEST(Tenant, ALogThatSealsNothingTakesNoTenantsRecord) {
  alignas(64) static char memory[64 * 1024];
  create_ring(memory, 0, test_id(1));
  const auto log = RingLog::open(memory);
  const TenantRef tenant = make_tenant_key(make_key(KeyUse::tenant, "acme"));
  Sections sections;
  sections.bytes(Tag::body, "text");
  sections.of(tenant.get());
  EXPECT_EQ(log->append(Kind::piece, test_id(1), 0, 1, sections), Append::failed);
  EXPECT_EQ(log->head(), 0u);
}

TEST(Tenant, OnlyTheFirstRecordOfASegmentAllocates) {
  TenantWorld world;
  ASSERT_EQ(world.append(nullptr, "nobody"), Append::ok);
  Sections sections;
  sections.bytes(Tag::body, "text");
  sections.of(world.acme.get());
  const auto append = [&] { return world.log->append(Kind::piece, test_id(1), 0, ++world.wall, sections); };
  ASSERT_EQ(append(), Append::ok);
  const size_t before = ::gatehouse::testing::allocations();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(append(), Append::ok);
  EXPECT_EQ(::gatehouse::testing::allocations(), before);
}

TEST(Tenant, MoreTenantsThanAWorkerKeepsStillOpen) {
  TenantWorld world(1 << 20);
  std::vector<TenantRef> all;
  OpenKeys open = TenantWorld::open_with({&world.keys.operations}, {});
  for (size_t i = 0; i < kTenantSlots + 8; ++i) {
    all.push_back(make_tenant_key(make_key(KeyUse::tenant, "t" + std::to_string(i))));
    ASSERT_TRUE(open.add(secret_of(all.back())).ok());
  }
  for (int turn = 0; turn < 2; ++turn)
    for (const TenantRef& each : all) {
      if (world.sealer->wants_keys()) world.sealer->prepare();
      Sections sections;
      sections.bytes(Tag::body, each->name);
      sections.of(each.get());
      ASSERT_EQ(world.log->append(Kind::piece, test_id(1), 0, ++world.wall, sections), Append::ok);
    }
  const auto counts = world.counts(open);
  EXPECT_EQ(counts.size(), all.size());
  for (const auto& [name, seals] : counts) EXPECT_EQ(seals, (std::map<Seal, size_t>{{Seal::opened, 2}})) << name;
}

// ---- what verify says, and a process that is killed

/// Written is a folder that a writer left, with exchanges of two tenants.
struct Written {
  TempFolder dir;
  TestKeys keys;
  TenantRef acme = make_tenant_key(make_key(KeyUse::tenant, "acme")), globex = make_tenant_key(make_key(KeyUse::tenant, "globex"));
  WriterOptions options;
  WallNs wall = wall_now();

  Written() {
    options.dir = dir.path();
    options.ring_bytes = 256 * 1024;
    options.segment_bytes = 64 * 1024;
    options.sealing = keys.sealing();
  }
  void demand(RingLog& log, uint64_t version, ByteView tenants) {
    Sections sections;
    sections.number(Tag::snapshot_version, version);
    sections.bytes(Tag::demands, tenants);
    EXPECT_EQ(log.append(Kind::snapshot, {}, 0, ++wall, sections), Append::ok);
  }
  /// exchange appends what one leaves; `piece_of` is who its piece is sealed for.
  void exchange(RingLog& log, uint64_t n, uint64_t version, const char* route, const TenantRef& tenant, const TenantRef& piece_of,
                bool closed = true) {
    Sections request;
    request.bytes(Tag::route, route);
    request.number(Tag::snapshot_version, version);
    const std::string path = "/plain/text/of/" + std::string(tenant == nullptr ? "nobody" : tenant->name);
    request.bytes(Tag::path, path);
    request.of(tenant.get());
    EXPECT_EQ(log.append(Kind::request, test_id(n), 0, ++wall, request), Append::ok);
    Sections piece;
    const std::string body = "plain text of " + std::string(piece_of == nullptr ? "nobody" : piece_of->name);
    piece.number(Tag::direction, 2);
    piece.bytes(Tag::body, body);
    piece.of(piece_of.get());
    EXPECT_EQ(log.append(Kind::piece, test_id(n), 0, ++wall, piece), Append::ok);
    if (!closed) return;
    Sections close;
    close.number(Tag::reason, 0);
    close.of(tenant.get());
    EXPECT_EQ(log.append(Kind::close, test_id(n), 0, ++wall, close), Append::ok);
  }
  Verified verify(const OpenKeys* open, std::vector<Damage>* damages, size_t followed = kTenantsFollowedMax) const {
    VerifyOptions wanted;
    wanted.tenants_followed = followed;
    wanted.dir = dir.path();
    wanted.ring_dir = dir.path() + "/rings";
    wanted.keys = open;
    wanted.problem = [damages](const Damage& damage) { damages->push_back(damage); };
    auto done = record::verify(wanted);
    EXPECT_TRUE(done.ok()) << done.error();
    return std::move(*done);
  }
  bool anywhere(ByteView text) const {
    for (const auto& each : std::filesystem::recursive_directory_iterator(dir.path()))
      if (each.is_regular_file() && read_text(each.path().string()).find(text) != std::string::npos) return true;
    return false;
  }
};

TEST(TenantVerify, TellsOfEachTenantWhatIsProvedAndOfADestroyedKeyThatItIsNot) {
  Written world;
  {
    auto writer = Writer::start(world.options);
    ASSERT_TRUE(writer.ok()) << writer.error();
    const auto log = RingLog::open((*writer)->ring(0), (*writer)->sealer(0));
    world.demand(*log, 1, "tenants=a:acme,g:globex");
    for (uint64_t n = 1; n <= 5; ++n) world.exchange(*log, n, 1, "a", world.acme, world.acme);
    for (uint64_t n = 6; n <= 8; ++n) world.exchange(*log, n, 1, "g", world.globex, world.globex);
    world.exchange(*log, 9, 1, "n", nullptr, nullptr);
    ASSERT_TRUE((*writer)->stop());
  }
  EXPECT_FALSE(world.anywhere("plain text of"));
  EXPECT_FALSE(world.anywhere("/plain/text/of"));
  std::vector<Damage> damages;
  const OpenKeys all = TenantWorld::open_with({&world.keys.auditor}, {world.acme, world.globex});
  Verified totals = world.verify(&all, &damages);
  EXPECT_EQ(say(damages), "");
  ASSERT_EQ(totals.tenants.size(), 2u);
  EXPECT_EQ(totals.tenants["acme"].opened, 15u);
  EXPECT_EQ(totals.tenants["globex"].opened, 9u);

  const OpenKeys destroyed = TenantWorld::open_with({&world.keys.auditor}, {world.globex});
  totals = world.verify(&destroyed, &damages);
  EXPECT_EQ(say(damages), "") << "chain and order are as they were";
  EXPECT_EQ(totals.tenants["acme"].no_tenant_key, 15u);
  EXPECT_EQ(totals.tenants["acme"].opened, 0u);
  EXPECT_EQ(totals.operations.no_key, 15u) << "not proved";
  EXPECT_EQ(totals.tenants["globex"].opened, 9u);

  const OpenKeys wrong = TenantWorld::open_with({&world.keys.auditor}, {make_tenant_key(make_key(KeyUse::tenant, "acme"))});
  world.verify(&wrong, &damages);
  ASSERT_EQ(damages.size(), 1u) << say(damages);
  EXPECT_EQ(damages[0].change, Change::wrong_key);
  EXPECT_NE(damages[0].what.find("'acme'"), std::string::npos);

  damages.clear();
  const OpenKeys absent = TenantWorld::open_with({&world.keys.auditor},
                                                 {world.acme, world.globex, make_tenant_key(make_key(KeyUse::tenant, "nobody"))});
  totals = world.verify(&absent, &damages);
  EXPECT_EQ(say(damages), "") << "a part of a tenant's time has none of his records";
  ASSERT_EQ(totals.notes.size(), 1u) << "and that nothing of his was looked at is said";
  EXPECT_NE(totals.notes[0].find("'nobody'"), std::string::npos);

  totals = world.verify(nullptr, &damages);
  EXPECT_EQ(say(damages), "");
  EXPECT_EQ(totals.tenants["acme"].no_key, 15u);
}

TEST(TenantVerify, AKeyThatWasChangedSinceIsNoWrongOne) {
  Written world;
  const TenantRef fresh = make_tenant_key(make_key(KeyUse::tenant, "acme"));
  {
    auto writer = Writer::start(world.options);
    ASSERT_TRUE(writer.ok()) << writer.error();
    const auto log = RingLog::open((*writer)->ring(0), (*writer)->sealer(0));
    world.exchange(*log, 1, 1, "a", world.acme, world.acme);
    world.exchange(*log, 2, 1, "a", fresh, fresh);
    ASSERT_TRUE((*writer)->stop());
  }
  std::vector<Damage> damages;
  const OpenKeys newest = TenantWorld::open_with({&world.keys.auditor}, {fresh});
  Verified totals = world.verify(&newest, &damages);
  EXPECT_EQ(say(damages), "");
  EXPECT_EQ(totals.tenants["acme"].opened, 3u);
  EXPECT_EQ(totals.tenants["acme"].no_tenant_key, 3u);
}

TEST(TenantVerify, WhatIsNotFollowedIsSaidToBeNotProved) {
  Written world;
  {
    auto writer = Writer::start(world.options);
    ASSERT_TRUE(writer.ok()) << writer.error();
    const auto log = RingLog::open((*writer)->ring(0), (*writer)->sealer(0));
    world.demand(*log, 1, "tenants=a:acme");
    for (uint64_t n = 1; n <= 3; ++n) world.exchange(*log, n, 1, "a", world.acme, world.acme, false);
    world.exchange(*log, 4, 1, "a", world.acme, nullptr, false);   // its piece lacks the tenant's key
    world.exchange(*log, 5, 1, "n", nullptr, nullptr, false);      // nobody's
    ASSERT_TRUE((*writer)->stop());
  }
  const auto notes = [](const Verified& totals) {
    return std::count_if(totals.notes.begin(), totals.notes.end(), [](const std::string& each) { return each.starts_with("not proved: that "); });
  };
  std::vector<Damage> damages;
  Verified totals = world.verify(nullptr, &damages, 4);
  EXPECT_EQ(damages.size(), 1u) << say(damages);
  EXPECT_EQ(totals.tenants_unfollowed, 0u);
  EXPECT_EQ(notes(totals), 0);
  damages.clear();
  totals = world.verify(nullptr, &damages, 3);
  EXPECT_EQ(say(damages), "") << "nobody looked there";
  EXPECT_EQ(totals.tenants_unfollowed, 1u);
  EXPECT_EQ(notes(totals), 1);
}

TEST(TenantVerify, SealedLessThanTheConfigurationDemandsIsAFinding) {
  struct Case {
    const char* what;
    uint64_t version;
    bool request_of, piece_of, other;
    bool found;
  };
  const Case cases[] = {
      {"as demanded", 1, true, true, false, false},       {"a request without", 1, false, true, false, true},
      {"a piece without", 1, true, false, false, true},   {"a piece of another's", 1, true, true, true, true},
      {"begun under another configuration", 2, false, false, false, false},
  };
  for (const Case& each : cases) {
    Written world;
    {
      auto writer = Writer::start(world.options);
      ASSERT_TRUE(writer.ok()) << writer.error();
      const auto log = RingLog::open((*writer)->ring(0), (*writer)->sealer(0));
      world.demand(*log, 1, "tenants=n:globex,a:acme");
      world.demand(*log, 2, "records.strict=false");
      world.exchange(*log, 1, each.version, "a", each.request_of ? world.acme : nullptr,
                     each.other ? world.globex : each.piece_of ? world.acme : nullptr);
      ASSERT_TRUE((*writer)->stop());
    }
    std::vector<Damage> damages;
    world.verify(nullptr, &damages);
    EXPECT_EQ(damages.size(), each.found ? 1u : 0u) << each.what << "\n" << say(damages);
    if (each.found && !damages.empty()) { EXPECT_EQ(damages[0].change, Change::sealed_less) << each.what; }
  }
}

TEST(TenantRecovery, WhatAKilledProcessLeftOpensAndWhatIsAddedTellsNothing) {
  Written world;
  // The ring alone, as a process that was killed leaves it.
  RingStart start;
  start.process = test_id(1);
  start.segment_bytes = world.options.segment_bytes;
  start.created = world.wall;
  start.boot_id = boot_id();
  {
    const std::string rings = world.dir.path() + "/rings";
    auto folder = make_folder(rings);
    ASSERT_TRUE(folder.ok());
    auto made = RingFile::create(*folder, start, world.options.ring_bytes);
    ASSERT_TRUE(made.ok()) << made.error();
    Sealer sealer(Epoch{start.process, 0}, world.keys.sealing(), 4);
    const auto log = RingLog::open(made->memory().memory(), &sealer);
    for (uint64_t n = 1; n <= 40; ++n) world.exchange(*log, n, 1, "a", world.acme, world.acme, n != 40);
    world.exchange(*log, 41, 1, "g", world.globex, world.globex, false);
  }
  {
    auto writer = Writer::start(world.options);
    ASSERT_TRUE(writer.ok()) << writer.error();
    ASSERT_TRUE((*writer)->stop());
  }
  EXPECT_FALSE(world.anywhere("plain text of"));
  EXPECT_FALSE(world.anywhere("/plain/text/of"));
  std::vector<Damage> damages;
  const OpenKeys open = TenantWorld::open_with({&world.keys.auditor}, {world.acme});
  Verified totals = world.verify(&open, &damages);
  EXPECT_EQ(say(damages), "");
  EXPECT_EQ(totals.open, 0u) << "recovery closed what was open";
  EXPECT_EQ(totals.exchanges, 41u);
  EXPECT_EQ(totals.tenants["acme"].opened, 39 * 3u + 2);
  EXPECT_EQ(totals.tenants["globex"].no_tenant_key, 2u);
}

}  // namespace
}  // namespace gatehouse::record
