// Sealed records: who opens what, and that nothing else does.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "crypto/digest.h"
#include "record/rewrap.h"
#include "record/verify.h"
#include "record/writer.h"
#include "tests/support/allocation_count.h"
#include "world.h"

namespace gatehouse::record {
namespace {

/// Texts are what a record holds, by tag, in the order in which it is read.
std::string texts(const RecordView& record) {
  std::string all;
  SectionReader sections(record.payload);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    uint64_t number = 0;
    all.append(tag_name(tag)).append("=");
    if (tag_is_number(tag) && read_number(value, &number)) all.append(std::to_string(number));
    else all.append(value);
    all.append(" ");
  }
  return sections.malformed() ? "malformed" : all;
}

struct SealedWorld {
  TempFolder dir, rings;
  TestKeys keys;
  RingStart start;
  std::unique_ptr<RingFile> file;
  std::unique_ptr<Sealer> sealer;
  std::unique_ptr<RingLog> log;

  explicit SealedWorld(uint64_t capacity = 64 * 1024, Sealed sealed = Sealed::content) {
    start.process = test_id(1);
    start.segment_bytes = 8 * kPage;
    start.created = 1;
    start.boot_id = boot_id();
    auto made = RingFile::create(rings.folder(), start, capacity);
    EXPECT_TRUE(made.ok()) << made.error();
    file = std::make_unique<RingFile>(std::move(*made));
    Sealing sealing = keys.sealing();
    sealing.sealed = sealed;
    sealer = std::make_unique<Sealer>(Epoch{start.process, start.worker}, sealing);
    log = RingLog::open(file->memory().memory(), sealer.get());
  }

  Append append(Kind kind, const Sections& sections) { return log->append(kind, test_id(1), 0, ++wall, sections); }

  std::vector<RecordView> read(const OpenKeys* open, std::vector<std::string>* contents) const {
    std::vector<RecordView> all;
    auto reader = Reader::open({dir.path(), rings.path(), 0, open});
    EXPECT_TRUE(reader.ok());
    for (auto step = (*reader)->next(); step != Stream::Step::end; step = (*reader)->next()) {
      if (step != Stream::Step::record) continue;
      all.push_back((*reader)->record());
      contents->push_back(texts(all.back()));
    }
    return all;
  }
  WallNs wall = 1;
};

Sections request_sections() {
  Sections sections;
  sections.bytes(Tag::subject, "job");
  sections.bytes(Tag::path, "/documents");
  sections.bytes(Tag::client_head, "GET /documents?q=secret");
  sections.number(Tag::reason, 100);
  for (const ByteView which : {"one", "two"}) {
    sections.bytes(Tag::guard_hit, which);
    sections.bytes(Tag::guard_effect, "tag");
    sections.bytes(Tag::guard_check, "pattern");
    sections.bytes(Tag::guard_place, which == "one" ? "/a" : "-");
    sections.number(Tag::guard_offset, 5);
    sections.bytes(Tag::guard_evidence, which == "one" ? "found" : "too");
  }
  return sections;
}

TEST(Sealing, EachKeyOpensItsTierAndNoneOpensNone) {
  SealedWorld world;
  ASSERT_EQ(world.append(Kind::request, request_sections()), Append::ok);
  Sections answer;
  answer.number(Tag::direction, 2);
  answer.bytes(Tag::body, "masked");
  answer.bytes(Tag::mask_map, "original");
  ASSERT_EQ(world.append(Kind::piece, answer), Append::ok);
  Sections asked;
  asked.number(Tag::direction, 1);
  asked.bytes(Tag::body, "question");
  ASSERT_EQ(world.append(Kind::piece, asked), Append::ok);

  const std::string hits = "guard_hit=one guard_effect=tag guard_check=pattern guard_offset=5 "
                           "guard_hit=two guard_effect=tag guard_check=pattern guard_offset=5 ";
  const std::string woven = "guard_hit=one guard_effect=tag guard_check=pattern guard_place=/a guard_offset=5 guard_evidence=found "
                            "guard_hit=two guard_effect=tag guard_check=pattern guard_place=- guard_offset=5 guard_evidence=too ";
  struct Case {
    const char* what;
    const KeySecret* key;
    Seal operations, auditor;
    std::vector<std::string> contents;
  };
  const Case cases[] = {
      {"none", nullptr, Seal::no_key, Seal::no_key,
       {"subject=job reason=100 " + hits, "direction=2 ", "direction=1 "}},
      {"operations", &world.keys.operations, Seal::opened, Seal::no_key,
       {"subject=job reason=100 " + woven + "path=/documents ", "direction=2 body=masked ", "direction=1 "}},
      {"auditor", &world.keys.auditor, Seal::opened, Seal::opened,
       {"subject=job reason=100 " + woven + "client_head=GET /documents?q=secret path=/documents ",
        "direction=2 mask_map=original body=masked ", "direction=1 body=question "}},
      {"stranger", &world.keys.stranger, Seal::wrong_key, Seal::wrong_key,
       {"subject=job reason=100 " + hits, "direction=2 ", "direction=1 "}},
  };
  for (const Case& each : cases) {
    const OpenKeys open = each.key == nullptr ? OpenKeys() : TestKeys::with(*each.key);
    std::vector<std::string> contents;
    const auto records = world.read(&open, &contents);
    ASSERT_EQ(records.size(), 4u) << each.what;
    EXPECT_EQ(records[0].kind(), Kind::keys);
    EXPECT_FALSE(records[0].is_sealed());
    EXPECT_EQ(std::vector<std::string>(contents.begin() + 1, contents.end()), each.contents) << each.what;
    for (size_t i = 1; i < 4; ++i) {
      EXPECT_EQ(records[i].operations, each.operations) << each.what << i;
      EXPECT_EQ(records[i].auditor, each.auditor) << each.what << i;
      EXPECT_EQ(records[i].header.key_epoch, 1u);
    }
  }
}

TEST(Sealing, AllSealsWhoCalledToo) {
  SealedWorld world(64 * 1024, Sealed::all);
  ASSERT_EQ(world.append(Kind::request, request_sections()), Append::ok);
  std::vector<std::string> contents;
  world.read(nullptr, &contents);
  EXPECT_EQ(contents[1].find("job"), std::string::npos);
  const OpenKeys open = TestKeys::with(world.keys.operations);
  contents.clear();
  world.read(&open, &contents);
  EXPECT_NE(contents[1].find("subject=job"), std::string::npos);
}

TEST(Sealing, NothingSealedStandsInTheRing) {
  SealedWorld world;
  ASSERT_EQ(world.append(Kind::request, request_sections()), Append::ok);
  const ByteSpan memory = world.file->memory().memory();
  const ByteView all(memory.data(), memory.size());
  EXPECT_NE(all.find("job"), ByteView::npos);
  for (const ByteView secret : {"secret", "/documents", "found"}) EXPECT_EQ(all.find(secret), ByteView::npos) << secret;
}

// Sizes around every seam: none, short, a block, what is gathered, a wrap at the ring's end, borders of segments.
TEST(Sealing, EverySizeComesBackOverWrapsAndBorders) {
  SealedWorld world(64 * 1024);
  const OpenKeys open = TestKeys::with(world.keys.auditor);
  const RingMemory memory = world.file->memory();
  uint64_t keys_records = 0;
  for (uint64_t n = 0; n < 600; ++n) {
    const size_t size = n % 3 == 0 ? n * 37 % 5000 : n % 700;
    const std::string body = test_body(n, size), head = test_body(n + 1, n * 13 % 900);
    Sections sections;
    sections.number(Tag::offset, n);
    sections.bytes(Tag::client_head, head);
    sections.bytes(Tag::body, body);
    sections.number(Tag::reason, n);
    if (world.sealer->wants_keys()) ++keys_records, world.sealer->prepare();
    ASSERT_EQ(world.append(Kind::outcome, sections), Append::ok) << n;
    auto reader = Reader::open({world.dir.path(), world.rings.path(), 0, &open});
    bool found = false;
    for (auto step = (*reader)->next(); step != Stream::Step::end; step = (*reader)->next()) {
      if (step != Stream::Step::record) continue;
      const RecordView& record = (*reader)->record();
      ByteView value;
      uint64_t number = 0;
      if (!find_section(record.payload, Tag::offset, &value) || !read_number(value, &number) || number != n) continue;
      ASSERT_EQ(record.operations, Seal::opened) << n;
      ASSERT_EQ(record.auditor, head.empty() ? Seal::absent : Seal::opened) << n;
      ASSERT_EQ(find_section(record.payload, Tag::body, &value), size > 0);
      if (size > 0) { ASSERT_EQ(value, body) << n; }
      ASSERT_EQ(find_section(record.payload, Tag::client_head, &value), !head.empty());
      if (!head.empty()) { ASSERT_EQ(value, head) << n; }
      found = true;
    }
    ASSERT_TRUE(found) << n;
    const uint64_t border = memory.head() / (7 * kPage) * (7 * kPage);   // keep this segment in the ring
    if (border > memory.committed()) memory.publish_committed(border);
  }
  EXPECT_GT(memory.head(), 8 * memory.capacity());
  EXPECT_GT(keys_records, 20u);
}

TEST(Sealing, ASegmentWithoutKeysWaits) {
  SealedWorld world(256 * 1024);
  const std::string body(5000, 'x');
  Sections sections;
  sections.bytes(Tag::body, body);
  Append result = Append::ok;
  uint64_t records = 0;
  while ((result = world.append(Kind::piece, sections)) == Append::ok) ++records;
  EXPECT_EQ(result, Append::full) << "one segment's keys were there";
  EXPECT_LT(world.log->room(), 2 * body.size()) << "and who asked for room was told";
  EXPECT_EQ(records, 5u);
  const uint64_t head = world.file->memory().head();
  EXPECT_EQ(world.append(Kind::piece, sections), Append::full);
  EXPECT_EQ(world.file->memory().head(), head) << "a refused record leaves nothing";
  world.sealer->prepare();
  EXPECT_EQ(world.append(Kind::piece, sections), Append::ok);
  EXPECT_EQ(world.sealer->key_epoch(), 2u);
}

TEST(Sealing, ARecordOfTheLargestSizeFitsAndOneMoreByteDoesNot) {
  SealedWorld world(64 * 1024);
  const uint64_t rest = GATEHOUSE_RECORD_HEADER_BYTES + 2 * GATEHOUSE_RECORD_SECTION_BYTES;
  const std::string body(world.log->largest() - rest, 'x');
  Sections sections;
  sections.bytes(Tag::body, body);
  ASSERT_EQ(world.append(Kind::piece, sections), Append::ok);
  const std::string more = body + std::string(8, 'x');
  Sections larger;
  larger.bytes(Tag::body, more);
  EXPECT_EQ(world.append(Kind::piece, larger), Append::failed);
}

/// mend makes checksums and chain fit again behind a change: only GCM is left to find it.
void mend(const RingMemory& ring, uint64_t end) {
  Chain chain{};
  for (uint64_t at = 0; at < end;) {
    auto* header = reinterpret_cast<RecordHeader*>(ring.data() + at);
    const ByteView payload(ring.data() + at + kHeaderBytes, header->total_bytes - kHeaderBytes);
    chain = seal_header(*header, header->payload_bytes, crypto::crc32c(payload), chain);
    at += header->total_bytes;
  }
  auto& tail = const_cast<gatehouse_ring_tail&>(*ring.tail());
  std::memcpy(tail.chain, chain.data(), chain.size());
}

struct Places {
  uint64_t first = 0, second = 0;   // records behind the keys record
  RecordHeader* header(const RingMemory& ring, uint64_t at) const { return reinterpret_cast<RecordHeader*>(ring.data() + at); }
};

Places two_records(SealedWorld& world) {
  Places places;
  EXPECT_EQ(world.append(Kind::request, request_sections()), Append::ok);
  places.first = reinterpret_cast<RecordHeader*>(world.file->memory().data())->total_bytes;
  places.second = world.file->memory().head();
  EXPECT_EQ(world.append(Kind::request, request_sections()), Append::ok);
  return places;
}

// Whoever recomputes every checksum and the chain behind a change still lacks the keys.
TEST(Sealing, AFlippedBitAnywhereIsFoundThoughAllChecksumsFit) {
  SealedWorld world;
  const Places places = two_records(world);
  const RingMemory ring = world.file->memory();
  const OpenKeys open = TestKeys::with(world.keys.auditor);
  const RecordHeader before = *places.header(ring, places.first);
  const Parts parts = parts_of(before, {ring.data() + places.first + kHeaderBytes, before.payload_bytes});
  ASSERT_TRUE(parts.good && !parts.auditor.empty());
  const auto in_record = [&](ByteView part) { return static_cast<uint64_t>(part.data() - ring.data()) - places.first; };
  // What the checksums cover is mended, so only fields that stay readable are flipped: exchange, sequence is linked, time,
  // stream, tag, key_epoch; every byte of the payload.
  std::vector<uint64_t> bytes;
  for (uint64_t at = 16; at < 32; ++at) bytes.push_back(at);
  for (uint64_t at = 40; at < 52; ++at) bytes.push_back(at);
  for (uint64_t at = 56; at < 76; ++at) bytes.push_back(at);
  for (uint64_t at = 0; at < before.payload_bytes; ++at) bytes.push_back(kHeaderBytes + at);
  for (const uint64_t at : bytes) {
    char& byte = ring.data()[places.first + at];
    byte = static_cast<char>(byte ^ (1 << (at % 8)));
    mend(ring, ring.head());
    std::vector<std::string> contents;
    const auto records = world.read(&open, &contents);
    ASSERT_EQ(records.size(), 3u) << at;
    const RecordView& hit = records[1];
    EXPECT_NE(hit.operations, Seal::opened) << at;
    const bool in_key_epoch = at >= 72 && at < 76;
    EXPECT_EQ(hit.operations, in_key_epoch && hit.header.key_epoch != 0 ? Seal::no_keys : Seal::damaged) << at;
    // What only the operations part binds leaves the auditor's part as it was.
    const bool behind = (at >= 56 && at < 72) || at >= in_record(parts.auditor) + parts.auditor.size();
    EXPECT_TRUE(hit.auditor != Seal::opened || (behind && contents[1].find("client_head") != std::string::npos)) << at;
    EXPECT_EQ(records[2].operations, Seal::opened) << "the next one is whole";
    byte = static_cast<char>(byte ^ (1 << (at % 8)));
  }
  mend(ring, ring.head());
  std::vector<std::string> contents;
  EXPECT_EQ(world.read(&open, &contents)[1].operations, Seal::opened);
}

// The same key, another sequence: two records of one size change places, everything else is made to fit.
TEST(Sealing, AMovedRecordIsRefused) {
  SealedWorld world;
  const Places places = two_records(world);
  const RingMemory ring = world.file->memory();
  const uint64_t bytes = places.header(ring, places.first)->total_bytes;
  ASSERT_EQ(bytes, places.header(ring, places.second)->total_bytes);
  std::swap_ranges(ring.data() + places.first, ring.data() + places.first + bytes, ring.data() + places.second);
  std::swap(places.header(ring, places.first)->sequence, places.header(ring, places.second)->sequence);
  mend(ring, ring.head());
  const OpenKeys open = TestKeys::with(world.keys.auditor);
  std::vector<std::string> contents;
  const auto records = world.read(&open, &contents);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[1].operations, Seal::damaged);
  EXPECT_EQ(records[1].auditor, Seal::damaged);
  EXPECT_EQ(records[2].operations, Seal::damaged);
}

TEST(Sealing, AChangedKeysRecordIsNotAWrongKey) {
  SealedWorld world;
  two_records(world);
  const RingMemory ring = world.file->memory();
  const auto* header = reinterpret_cast<RecordHeader*>(ring.data());
  const auto keys = parse_keys({ring.data() + kHeaderBytes, header->payload_bytes});
  ASSERT_TRUE(keys);
  const OpenKeys open = TestKeys::with(world.keys.auditor);
  std::vector<std::string> contents;
  const uint64_t in_wrapped = static_cast<uint64_t>(keys->wrapped[0].wrapped.data() - ring.data()) + 40;
  ring.data()[in_wrapped] ^= 1;
  mend(ring, ring.head());
  EXPECT_EQ(world.read(&open, &contents)[1].operations, Seal::damaged);
  ring.data()[in_wrapped] ^= 1;
  ring.data()[kHeaderBytes + GATEHOUSE_RECORD_SECTION_BYTES] ^= 2;   // its key epoch
  mend(ring, ring.head());
  EXPECT_EQ(world.read(&open, &contents)[1].operations, Seal::no_keys);
}

TEST(Sealing, AnAppendAllocatesNothingAndTakesNoKeysApart) {
  SealedWorld world(1 << 20);
  const std::string body(20'000, 'x');
  Sections large, small;
  large.bytes(Tag::body, body);
  Sections request = request_sections();
  ASSERT_EQ(world.append(Kind::request, request), Append::ok);
  world.sealer->prepare();
  const uint64_t before = ::gatehouse::testing::allocations();
  for (int n = 0; n < 2; ++n)
    for (Sections* each : {&request, &large, &small}) ASSERT_EQ(world.append(Kind::outcome, *each), Append::ok);
  EXPECT_EQ(::gatehouse::testing::allocations(), before);
  EXPECT_EQ(world.sealer->key_epoch(), 2u) << "a border was among them";
}

// Keys come from the system's generator for each process: a sequence that comes again meets other keys.
TEST(Sealing, NoKeyComesTwiceInAThousandStarts) {
  std::set<std::string> seen;
  const Epoch epoch{test_id(1), 0};
  const TestKeys keys;
  const Sealing sealing{{public_half(keys.operations)}, Sealed::content};
  for (int run = 0; run < 1000; ++run) {
    Sealer sealer(epoch, sealing);
    const auto read = parse_keys(sealer.next_payload());
    ASSERT_TRUE(read);
    const auto opened = unwrap_keys(read->wrapped[0], keys.operations, epoch, read->key_epoch);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(seen.insert(std::string(opened->operations.reveal())).second) << run;
  }
}

TEST(Sealing, NoncesOfARecordsPartsDiffer) {
  std::set<std::array<uint8_t, 12>> seen;
  for (uint64_t sequence = 0; sequence < 1000; ++sequence)
    for (const Tier tier : {Tier::operations, Tier::auditor}) EXPECT_TRUE(seen.insert(seal_nonce(tier, sequence)).second);
}

/// WrittenWorld is a folder of several sealed segments, written by a Writer that has ended.
struct WrittenWorld {
  TempFolder dir, rings{"/dev/shm"};
  TestKeys keys;

  WrittenWorld() {
    WriterOptions options;
    options.dir = dir.path();
    options.ring_dir = rings.path();
    options.ring_bytes = 256 * 1024;
    options.segment_bytes = 64 * 1024;
    options.commit_interval = kNsPerMs;
    options.version = "test";
    options.sealing = keys.sealing();
    auto writer = Writer::start(options);
    EXPECT_TRUE(writer.ok()) << writer.error();
    if (!writer) return;
    auto log = RingLog::open((*writer)->ring(0), (*writer)->sealer(0));
    for (uint64_t n = 0; n < 400;) {
      const Append result = append_test_record(*log, n, n * 97 % 3000, Kind::snapshot);
      EXPECT_NE(result, Append::failed);
      if (result == Append::failed) return;
      if (result == Append::ok) ++n;
      else std::this_thread::yield();
    }
    EXPECT_TRUE((*writer)->stop());
  }
  Everything read(const KeySecret& key) const {
    const OpenKeys open = TestKeys::with(key);
    return read_everything(dir.path(), rings.path(), &open);
  }
  std::vector<SegmentEntry> segments() const {
    std::vector<SegmentEntry> all;
    for (const std::string& name : list_folder(dir.folder(), kSegmentSuffix))
      all.push_back(*read_segment_entry(dir.folder(), name));
    return all;
  }
};

TEST(Sealing, AWriterSealsEverySegmentAnewAndAllOfItOpens) {
  const WrittenWorld world;
  const Everything all = world.read(world.keys.operations);
  EXPECT_EQ(say(all.damages), "");
  EXPECT_EQ(all.numbers.size(), 400u);
  EXPECT_EQ(all.opened, 401u) << "the start record, too";
  EXPECT_EQ(all.shut, 0u);
  const auto segments = world.segments();
  EXPECT_GT(segments.size(), 5u);
  for (const SegmentEntry& each : segments) {   // each opens on its own
    RecordHeader first;
    uint64_t size = 0;
    const Descriptor file = open_regular(world.dir.folder(), each.name, false, &size);
    ASSERT_EQ(read_at(file, kPage, {reinterpret_cast<char*>(&first), sizeof first}), sizeof first);
    EXPECT_EQ(first.kind, GATEHOUSE_RECORD_KEYS) << each.name;
  }
}

TEST(Rewrap, AnAuditorLetsAnotherOneInAndNobodyElseCan) {
  const WrittenWorld world;
  EXPECT_EQ(world.read(world.keys.stranger).opened, 0u);
  const auto rewrap = [&](const KeySecret& with, const KeySecret& whom) {
    std::map<Rewrap, size_t> results;
    const OpenKeys open = TestKeys::with(with);
    for (const SegmentEntry& each : world.segments()) {
      const auto result = rewrap_segment(world.dir.folder(), each, open, public_half(whom));
      EXPECT_TRUE(result.ok()) << result.error();
      if (result) ++results[result.value()];
    }
    return results;
  };
  using Results = std::map<Rewrap, size_t>;
  const size_t all = world.segments().size();
  EXPECT_EQ(rewrap(world.keys.operations, world.keys.stranger), (Results{{Rewrap::shut, all}})) << "an operations key has one half";
  EXPECT_EQ(rewrap(world.keys.stranger, world.keys.stranger), (Results{{Rewrap::shut, all}}));
  EXPECT_EQ(rewrap(world.keys.auditor, world.keys.auditor), (Results{{Rewrap::already, all}}));
  EXPECT_EQ(rewrap(world.keys.auditor, world.keys.stranger), (Results{{Rewrap::done, all}}));
  EXPECT_EQ(rewrap(world.keys.auditor, world.keys.stranger), (Results{{Rewrap::already, all}}));
  EXPECT_EQ(world.read(world.keys.stranger).opened, 401u);

  const KeySecret third = make_key(KeyUse::auditor, "max"), clerk = make_key(KeyUse::operations, "clerk");
  EXPECT_EQ(rewrap(world.keys.stranger, third), (Results{{Rewrap::done, all}})) << "who was let in lets in";
  EXPECT_EQ(rewrap(world.keys.operations, clerk), (Results{{Rewrap::done, all}}));
  for (const KeySecret* each : {&world.keys.auditor, &world.keys.stranger, &third, &world.keys.operations, &clerk}) {
    const Everything read = world.read(*each);
    EXPECT_EQ(read.opened, 401u) << each->name;
    EXPECT_EQ(say(read.damages), "");
  }
}

/// A checksum tells a damaged file from a key that was never let in; who was let in otherwise reads on.
TEST(Rewrap, ADamagedFileBesideASegmentIsNoWrongKey) {
  const WrittenWorld world;
  const OpenKeys own = TestKeys::with(world.keys.auditor), stranger = TestKeys::with(world.keys.stranger);
  const auto changes = [&](const OpenKeys* keys) {
    std::set<std::string> all;
    VerifyOptions options;
    options.dir = world.dir.path();
    options.ring_dir = world.rings.path();
    options.keys = keys;
    options.problem = [&](const Damage& damage) { all.insert(std::string(change_name(damage.change)) + " " + damage.file); };
    EXPECT_TRUE(verify(options).ok());
    return all;
  };
  const auto segments = world.segments();
  for (const SegmentEntry& each : segments)
    ASSERT_TRUE(rewrap_segment(world.dir.folder(), each, own, public_half(world.keys.stranger)).ok());
  using Changes = std::set<std::string>;
  ASSERT_EQ(changes(&stranger), Changes{});
  const std::string name = segments[1].name + ".rewrapped", path = world.dir.path() + "/" + name;
  const Changes damaged = {"contents " + name};
  std::string whole;
  {
    std::ifstream file(path, std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto write = [&](const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; };
  for (const size_t at : {size_t{0}, size_t{20}, size_t{40}, size_t{62}, size_t{70}, whole.size() / 2, whole.size() - 1}) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    write(changed);
    EXPECT_EQ(changes(nullptr), damaged) << at;
    EXPECT_EQ(changes(&own), damaged) << at;
    const Changes shut = changes(&stranger);
    EXPECT_EQ(shut.count("contents " + name), 1u) << at;
    EXPECT_EQ(shut.count("seal " + segments[1].name), 1u) << at;
    EXPECT_EQ(shut.size(), 2u) << at << ": " << *shut.rbegin();
  }
  write("");
  EXPECT_EQ(changes(&own), damaged);
  std::filesystem::copy_file(world.dir.path() + "/" + segments[2].name + ".rewrapped", path,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(changes(&own), damaged) << "of another segment";
  for (const SegmentEntry& each : segments) std::filesystem::remove(world.dir.path() + "/" + each.name + ".rewrapped");
  EXPECT_EQ(changes(&stranger).count("wrong_key " + segments[1].name), 0u);
  EXPECT_EQ(changes(&stranger).count("wrong_key " + segments[0].name), 1u) << "once for all of an epoch";
}

}  // namespace
}  // namespace gatehouse::record
