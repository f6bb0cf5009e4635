// Twenty-six kinds of tampering, each many times with other choices, in each of the three ways to verify: without keys, without keys
// where the gateway wrote digests (strict), with an auditor's key. What has to come of each is the table below, and in docs/records.md.
// GATEHOUSE_LONG=1: 100 of each kind; else 10, with sanitizers the first 4. GATEHOUSE_SEED: where the choices begin.
#include <cstdlib>
#include <random>
#include <set>

#include "forger.h"
#include "proof_world.h"
#include "tests/support/sanitized.h"

namespace gatehouse::record {
namespace {

enum class Mode : uint8_t { keyless, strict, keys };
constexpr const char* kModes[] = {"keyless", "strict", "keys"};

using Any = std::set<Change>;   // one of these must be found; empty: nothing can be found

const Any kNothing;
const Any kRecomputed{Change::recomputed};

/// Tampering is one that was done: where, as far as verify has to say it.
struct Tampering {
  bool done = false;
  std::string file;            // with the record that was changed
  uint64_t sequence = 0;       // of it
  bool exactly = false;        // verify names this record in every mode that finds its contents changed
};

class Tamperer {
 public:
  Tamperer(const std::string& dir, const std::string& older, uint64_t seed)
      : dir_(dir), older_(older), random_(seed), forger_(dir, pick(2)) {}

  Tampering flip_bit() {
    auto [segment, record] = any_record();
    std::string bytes = read_whole(path(*segment));
    flip(&bytes, record->place + kHeaderBytes + pick(record->header.payload_bytes));
    write_whole(path(*segment), bytes);
    return at(*segment, *record, true);
  }

  Tampering change_and_mend() {
    auto [segment, record] = any_record();
    flip(&record->body, cipher(*record));
    return mended(*segment, *record, true);
  }

  Tampering change_within_checksum() {
    auto [segment, record] = any_record();
    const Parts parts = parts_of(record->header, ByteView(record->body).substr(0, record->header.payload_bytes));
    if (parts.operations.size() < 8) return {};
    const auto from = static_cast<size_t>(parts.operations.data() - record->body.data());
    std::string bytes = read_whole(path(*segment));
    keep_crc(&record->body, from + pick(parts.operations.size() - 5));
    bytes.replace(record->place + kHeaderBytes, record->body.size(), record->body);
    write_whole(path(*segment), bytes);
    return at(*segment, *record, true);
  }

  Tampering flip_in_header() {
    auto [segment, record] = any_record();
    std::string bytes = read_whole(path(*segment));
    flip(&bytes, record->place + pick(kHeaderBytes));
    write_whole(path(*segment), bytes);
    return at(*segment, *record, false);
  }

  Tampering flip_in_segment_header() {
    ForgedSegment& segment = any_segment();
    std::string bytes = read_whole(path(segment));
    flip(&bytes, pick(kPage));
    write_whole(path(segment), bytes);
    return {true, segment.name, 0, false};
  }

  /// No chain covers a segment's header: who changes it can make its checksum fit.
  Tampering change_segment_header() {
    ForgedSegment& segment = any_segment();
    std::string bytes = read_whole(path(segment));
    SegmentHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    switch (pick(4)) {
      case 0: header.created_ns += pick(2) == 0 ? 1 : UINT64_MAX; break;
      case 1: header.previous_process[pick(16)] ^= 1; break;
      case 2: header.sequence += 1; break;
      default: header.chain[pick(32)] ^= 1; break;
    }
    seal_segment(header);
    std::memcpy(bytes.data(), &header, sizeof header);
    write_whole(path(segment), bytes);
    return {true, segment.name, 0, false};
  }

  /// rename_segment: names sort by time, and say it to whoever looks.
  Tampering rename_segment() {
    const ForgedSegment& segment = any_segment();
    std::string name = segment.name;
    char& digit = name[pick(8)];
    digit = digit == '9' ? '0' : static_cast<char>(digit + 1);
    std::filesystem::rename(path(segment), dir_ + "/" + name);
    return {true, segment.name, 0, false};
  }

  /// take_out_process removes all of one process, heads, too, as if it had never been.
  Tampering take_out_process() {
    const auto epochs = forger_.epochs();
    const std::string process = ring_name(std::next(epochs.begin(), static_cast<ptrdiff_t>(pick(epochs.size())))->first).substr(0, kExchangeIdText);
    for (const std::string& folder : {dir_, dir_ + "/heads"})
      for (const auto& file : std::filesystem::directory_iterator(folder))
        if (file.path().filename().string().find(process) != std::string::npos) std::filesystem::remove(file.path());
    return {true, "", 0, false};
  }

  /// take_out_epoch removes one worker of one process.
  Tampering take_out_epoch() {
    for (const ForgedSegment& segment : any_epoch()) std::filesystem::remove(path(segment));
    return {true, "", 0, false};
  }

  /// put_in_epoch makes a copy of an epoch into one of a worker that never was.
  Tampering put_in_epoch() {
    auto& [epoch, segments] = *forger_.epochs().rbegin();
    Chain chain{};
    const Epoch fresh{epoch.process, 7};
    for (const ForgedSegment& segment : segments) {
      std::string bytes = read_whole(path(segment));
      SegmentHeader header = segment.header;
      header.worker = fresh.worker;
      std::memset(header.previous_process, 0, sizeof header.previous_process);
      std::memcpy(header.chain, chain.data(), chain.size());
      seal_segment(header);
      std::memcpy(bytes.data(), &header, sizeof header);
      for (uint64_t at = kPage; at + kHeaderBytes <= bytes.size();) {
        RecordHeader record;
        std::memcpy(&record, bytes.data() + at, sizeof record);
        if (!header_fits(record, bytes.size() - at)) break;
        record.epoch_tag = epoch_tag(fresh);
        chain = seal_header(record, record.payload_bytes, record.payload_crc, chain);
        std::memcpy(bytes.data() + at, &record, sizeof record);
        at += record.total_bytes;
      }
      write_whole(dir_ + "/" + segment_name(fresh, header.index, header.created_ns), bytes);
    }
    return {true, "", 0, false};
  }

  /// forge_tombstone deletes a segment and says that this was an order.
  Tampering forge_tombstone() {
    auto& segments = any_epoch();
    const size_t which = pick(segments.size());
    if (which + 1 == segments.size()) return {};
    const ForgedSegment& gone = segments[which];
    const SegmentHeader& next = segments[which + 1].header;
    ErasedSegment entry;
    entry.name = gone.name;
    entry.base = gone.header.base;
    entry.sequence = gone.header.sequence;
    entry.next_sequence = next.sequence;
    entry.chain = chain_of(next.chain);
    entry.why = "command";
    entry.by = "uid:0";
    if (entry.base == 0) {
      entry.previous_process = id_of(gone.header.previous_process);
      entry.first_chain = chain_of(gone.header.chain);
    }
    const auto folder = open_folder(dir_);
    if (!folder || !write_tombstone(*folder, {entry}, wall_now(), "test").ok()) return {};
    std::filesystem::remove(path(gone));
    return {true, gone.name, 0, false};
  }

  /// forge_living_tombstone does so, and puts a ring beside it: as if it were written still, and not signed yet.
  Tampering forge_living_tombstone() {
    const Tampering done = forge_tombstone();
    if (!done.done) return done;
    Forger tombstones(dir_, kTombstones);
    const auto& [epoch, segments] = *tombstones.epochs().rbegin();
    const ForgedSegment& only = segments.front();
    const ForgedRecord& end = only.records.back();
    std::string bytes = read_whole(path(only));
    std::fill(bytes.begin() + static_cast<ptrdiff_t>(end.place), bytes.end(), '\0');
    write_whole(path(only), bytes);
    put_ring(epoch, only.header, end.place - kPage);
    return done;
  }

  /// put_in_living makes a copy of an epoch's beginning into one of a worker or a process that never was, with a ring: as if it
  /// were written still, and not signed yet.
  Tampering put_in_living() {
    auto& [epoch, segments] = *forger_.epochs().rbegin();
    Epoch fresh{epoch.process, 7};
    if (pick(2) == 0) ++fresh.process.bytes[15];
    const ForgedSegment& from = segments.front();
    SegmentHeader header = from.header;
    header.worker = fresh.worker;
    put_id(fresh.process, header.process);
    std::memset(header.previous_process, 0, sizeof header.previous_process);
    std::memset(header.chain, 0, sizeof header.chain);
    seal_segment(header);
    std::string bytes(header.segment_bytes, '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    Chain chain{};
    uint64_t place = kPage;
    for (size_t i = 0; i < 4; ++i) {
      RecordHeader record = from.records[i].header;
      record.epoch_tag = epoch_tag(fresh);
      chain = seal_header(record, record.payload_bytes, record.payload_crc, chain);
      std::memcpy(bytes.data() + place, &record, sizeof record);
      std::memcpy(bytes.data() + place + kHeaderBytes, from.records[i].body.data(), from.records[i].body.size());
      place += record.total_bytes;
    }
    write_whole(dir_ + "/" + segment_name(fresh, 0, header.created_ns), bytes);
    put_ring(fresh, header, place - kPage);
    return {true, "", 0, false};
  }

  /// put_ring puts in an empty ring: all is in the segment.
  void put_ring(const Epoch& epoch, const SegmentHeader& header, uint64_t end) {
    RingHeader ring{};
    ring.magic = GATEHOUSE_RING_MAGIC;
    ring.layout = GATEHOUSE_RECORD_LAYOUT;
    ring.header_bytes = kPage;
    put_id(epoch.process, ring.process);
    ring.worker = epoch.worker;
    ring.capacity = kPage;
    ring.segment_bytes = header.segment_bytes;
    ring.created_ns = header.created_ns;
    std::memcpy(ring.chain, header.chain, sizeof ring.chain);
    ring.header_crc = crypto::crc32c({reinterpret_cast<const char*>(&ring), offsetof(RingHeader, header_crc)});
    ring.head = ring.committed = end;
    std::string file(2 * kPage, '\0');
    std::memcpy(file.data(), &ring, sizeof ring);
    std::filesystem::create_directories(dir_ + "/rings");
    write_whole(dir_ + "/rings/" + ring_name(epoch), file);
  }

  /// swap_heads gives the heads of one process the name of another.
  Tampering swap_heads() {
    std::vector<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(dir_ + "/heads")) files.push_back(file.path().string());
    if (files.size() < 2) return {};
    std::filesystem::rename(files[0], dir_ + "/x");
    std::filesystem::rename(files[1], files[0]);
    std::filesystem::rename(dir_ + "/x", files[1]);
    return {true, "", 0, false};
  }

  /// set_back_both sets one process's heads back to fewer, with whole ones, and its records behind them, end and all.
  Tampering set_back_both() {
    auto& [epoch, segments] = *forger_.epochs().rbegin();
    const std::string file = dir_ + "/heads/" + heads_name(epoch.process);
    const std::string bytes = read_whole(file);
    size_t at = 0, used = 0, before = 0;
    for (Head head; at < bytes.size() && parse_head(ByteView(bytes).substr(at), &head, &used) == HeadParse::whole; at += used) before = at;
    write_whole(file, bytes.substr(0, before));
    std::string content = read_whole(path(segments.back()));
    const ForgedRecord& end = segments.back().records.back();
    std::fill(content.begin() + static_cast<ptrdiff_t>(end.place), content.end(), '\0');
    write_whole(path(segments.back()), content);
    return {true, "", 0, false};
  }

  Tampering swap_records() {
    ForgedSegment& segment = any_segment();
    if (segment.records.size() < 4) return {};
    const size_t i = 2 + pick(segment.records.size() - 3);   // behind the keys record
    std::swap(segment.records[i - 1], segment.records[i]);
    return mended(segment, segment.records[i - 1], false);
  }

  Tampering take_out_record() {
    auto [segment, record] = any_record();
    const Tampering done = at(*segment, *record, false);
    segment->records.erase(segment->records.begin() + (record - segment->records.data()));
    return forger_.mend() ? done : Tampering{};
  }

  Tampering put_in_record() {
    auto [segment, record] = any_record();
    const Tampering done = at(*segment, *record, false);
    const ForgedRecord copy = *record;
    segment->records.insert(segment->records.begin() + (record - segment->records.data()), copy);
    return forger_.mend() ? done : Tampering{};
  }

  Tampering cut_end() {
    auto& segments = any_epoch();
    ForgedSegment& last = segments.back();
    const ForgedRecord& record = last.records[pick(last.records.size())];
    std::string bytes = read_whole(path(last));
    const size_t from = record.place + pick(2) * pick(record.header.total_bytes);
    if (pick(2) == 0) bytes.resize(from);
    else std::fill(bytes.begin() + static_cast<ptrdiff_t>(from), bytes.end(), '\0');
    write_whole(path(last), bytes);
    return at(last, record, false);
  }

  Tampering cut_and_forge_end() {
    auto& segments = any_epoch();
    ForgedSegment& last = segments.back();
    if (last.records.size() < 3) return {};
    const size_t from = 1 + pick(last.records.size() - 2);
    const Tampering done = at(last, last.records[from], false);
    last.records.erase(last.records.begin() + static_cast<ptrdiff_t>(from), last.records.end() - 1);
    return forger_.mend() ? done : Tampering{};
  }

  Tampering take_out_segment() {
    ForgedSegment& segment = any_segment();
    std::filesystem::remove(path(segment));
    return {true, segment.name, 0, false};
  }

  Tampering splice_segment() {
    ForgedSegment& segment = any_segment();
    Forger other(dir_, segment.header.worker == 0 ? 1 : 0);
    auto& segments = std::next(other.epochs().begin(), static_cast<ptrdiff_t>(pick(other.epochs().size())))->second;
    segment.records = segments[pick(segments.size())].records;
    return mended(segment, segment.records.front(), false);
  }

  Tampering roll_back() {
    std::filesystem::remove_all(dir_);
    std::filesystem::copy(older_, dir_, std::filesystem::copy_options::recursive);
    return {true, "", 0, false};
  }

  Tampering seal_again() {
    ForgedSegment& segment = any_segment();
    auto& segments = forger_.epochs().rbegin()->second;
    ForgedSegment& newer = segments.back();
    if (newer.name <= segment.name || newer.records.size() < 3) return {};
    ForgedRecord& old = segment.records[1 + pick(segment.records.size() - 1)];
    ForgedRecord fresh = newer.records[1 + pick(newer.records.size() - 2)];   // sealed with newer keys, in the old one's place
    std::memcpy(fresh.header.exchange, old.header.exchange, sizeof fresh.header.exchange);
    fresh.header.wall_ns = old.header.wall_ns;
    old = fresh;
    return mended(segment, old, false);
  }

  Tampering unseal() {
    auto [segment, record] = any_record();
    std::string payload;
    const auto add = [&payload](Tag tag, ByteView value) {
      char head[8] = {};
      const auto code = static_cast<uint16_t>(tag);
      const auto length = static_cast<uint32_t>(value.size());
      std::memcpy(head, &code, 2);
      std::memcpy(head + 4, &length, 4);
      payload.append(head, 8).append(value);
    };
    add(pick(2) == 0 ? Tag::path : Tag::route, "/forged");   // what a key guards, or nothing of the kind
    record->header.payload_bytes = static_cast<uint32_t>(payload.size());
    payload.resize(round_up(payload.size(), 8));
    record->body = payload;
    record->header.tier = 0;
    record->header.key_epoch = 0;
    std::memset(record->header.tag, 0, sizeof record->header.tag);
    return mended(*segment, *record, false);
  }

  Tampering change_heads() {
    std::vector<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(dir_ + "/heads")) files.push_back(file.path().string());
    const std::string& file = files[pick(files.size())];
    std::string bytes = read_whole(file);
    std::vector<size_t> places{0};
    for (Head head; places.back() < bytes.size();) {
      size_t used = 0;
      if (parse_head(ByteView(bytes).substr(places.back()), &head, &used) != HeadParse::whole) break;
      places.push_back(places.back() + used);
    }
    const size_t which = pick(places.size() - 1), begin = places[which], length = places[which + 1] - begin;
    Head head;
    size_t used = 0;
    parse_head(ByteView(bytes).substr(begin), &head, &used);
    switch (pick(4)) {
      case 0: flip(&bytes, begin + pick(length)); break;
      case 1: bytes.erase(begin, length); break;
      case 2:
        for (HeadRing& ring : head.rings) ring.chain[0] ^= 1;
        bytes.replace(begin, length, sign_head(head, crypto::PrivateKey::make_ed25519()));
        break;
      default: bytes.resize(begin); break;   // it and all behind it
    }
    write_whole(file, bytes);
    return {true, "", 0, false};
  }

 private:
  uint64_t pick(uint64_t count) { return random_() % count; }
  void flip(std::string* bytes, size_t place) { (*bytes)[place] = static_cast<char>((*bytes)[place] ^ 1 << pick(8)); }
  std::string path(const ForgedSegment& segment) const { return dir_ + "/" + segment.name; }

  std::vector<ForgedSegment>& any_epoch() {
    return std::next(forger_.epochs().begin(), static_cast<ptrdiff_t>(pick(forger_.epochs().size())))->second;
  }
  ForgedSegment& any_segment() {
    auto& segments = any_epoch();
    return segments[pick(segments.size())];
  }
  /// any_record is a sealed one of an exchange.
  std::pair<ForgedSegment*, ForgedRecord*> any_record() {
    for (;;) {
      ForgedSegment& segment = any_segment();
      ForgedRecord& record = segment.records[pick(segment.records.size())];
      if (record.header.tier != 0 && !id_of(record.header.exchange).is_nil()) return {&segment, &record};
    }
  }
  /// cipher is a place in the ciphertext of the operations part, or in the clear sections where that has none.
  size_t cipher(const ForgedRecord& record) {
    const Parts parts = parts_of(record.header, ByteView(record.body).substr(0, record.header.payload_bytes));
    if (parts.operations.empty()) return record.header.payload_bytes - 9 - pick(4);   // of the last number before the parts
    return static_cast<size_t>(parts.operations.data() - record.body.data()) + pick(parts.operations.size());
  }
  Tampering at(const ForgedSegment& segment, const ForgedRecord& record, bool exactly) const {
    return {true, segment.name, record.header.sequence, exactly};
  }
  Tampering mended(const ForgedSegment& segment, const ForgedRecord& record, bool exactly) {
    const Tampering done = at(segment, record, exactly);
    return forger_.mend() ? done : Tampering{};
  }

  std::string dir_, older_;
  std::mt19937_64 random_;
  Forger forger_;
};

/// The table: what each kind must come to, in each mode. docs/records.md says the same in words.
struct TriedKind {
  const char* name;
  Tampering (Tamperer::*make)();
  Any expected[3];   // by Mode
};

const Any kGone{Change::segment_missing, Change::tail, Change::epoch_missing};
const Any kHeader{Change::header, Change::chain, Change::contents, Change::missing, Change::order, Change::behind, Change::tail};
const Any kHeads{Change::head_damaged, Change::head_missing, Change::head_forged, Change::not_signed, Change::rolled_back};

const Any kSegmentHeader{Change::segment_header, Change::chain, Change::order, Change::epoch_link, Change::epoch_missing};
const Any kTakenOut{Change::head_missing, Change::epoch_missing, Change::epoch_link, Change::rolled_back};

/// Zeros that begin within the chain value of the very last record leave all of it that its checksums are of.
const Any kEnd = {Change::tail, Change::chain};
const TriedKind kKinds[] = {
    {"a bit of a payload flipped", &Tamperer::flip_bit, {{Change::contents}, {Change::contents}, {Change::contents}}},
    {"contents changed, checksums and chain recomputed", &Tamperer::change_and_mend, {kRecomputed, {Change::digest}, {Change::seal}}},
    {"contents changed such that the checksum still fits", &Tamperer::change_within_checksum, {kNothing, {Change::digest}, {Change::seal}}},
    {"a bit of a record's header flipped", &Tamperer::flip_in_header, {kHeader, kHeader, kHeader}},
    {"a bit of a segment's header flipped", &Tamperer::flip_in_segment_header,
     {{Change::segment_header}, {Change::segment_header}, {Change::segment_header}}},
    {"two records swapped, recomputed", &Tamperer::swap_records, {kRecomputed, kRecomputed, {Change::seal}}},
    {"a record taken out, recomputed", &Tamperer::take_out_record, {kRecomputed, kRecomputed, kRecomputed}},
    {"a record put in twice, recomputed", &Tamperer::put_in_record, {kRecomputed, kRecomputed, {Change::seal}}},
    {"the end cut off or zeroed", &Tamperer::cut_end, {kEnd, kEnd, kEnd}},
    {"the end cut off and another one forged", &Tamperer::cut_and_forge_end, {{Change::tail}, {Change::tail}, {Change::tail}}},
    {"a segment taken out", &Tamperer::take_out_segment,
     {kGone, kGone, kGone}},
    {"a segment of another worker put in its place, recomputed", &Tamperer::splice_segment, {kRecomputed, kRecomputed, kRecomputed}},
    {"the folder set back to what it was, heads too", &Tamperer::roll_back,
     {{Change::rolled_back}, {Change::rolled_back}, {Change::rolled_back}}},
    {"an old record sealed again with newer keys, recomputed", &Tamperer::seal_again, {kRecomputed, kRecomputed, {Change::seal}}},
    {"a sealed record replaced by one in clear, recomputed", &Tamperer::unseal,
     {{Change::sealed_less}, {Change::sealed_less}, {Change::sealed_less}}},
    {"heads changed, taken out, cut off, or signed by another key", &Tamperer::change_heads, {kHeads, kHeads, kHeads}},
    {"a field of a segment's header changed, its checksum recomputed", &Tamperer::change_segment_header,
     {kSegmentHeader, kSegmentHeader, kSegmentHeader}},
    {"a segment renamed to another time", &Tamperer::rename_segment,
     {{Change::segment_header}, {Change::segment_header}, {Change::segment_header}}},
    {"all of one process taken out, heads too", &Tamperer::take_out_process, {kTakenOut, kTakenOut, kTakenOut}},
    {"one worker's records of one process taken out", &Tamperer::take_out_epoch,
     {{Change::epoch_missing}, {Change::epoch_missing}, {Change::epoch_missing}}},
    {"the records of a worker put in that never was", &Tamperer::put_in_epoch,
     {{Change::not_signed}, {Change::not_signed}, {Change::not_signed}}},
    {"records of a worker or a process put in that never was, with a ring, as if they were written still", &Tamperer::put_in_living,
     {{Change::not_signed}, {Change::not_signed}, {Change::not_signed}}},
    {"a segment deleted, and a tombstone forged for it", &Tamperer::forge_tombstone,
     {{Change::not_signed}, {Change::not_signed}, {Change::not_signed}}},
    {"a segment deleted, and a tombstone forged for it with a ring, as if it were written still", &Tamperer::forge_living_tombstone,
     {{Change::not_signed}, {Change::not_signed}, {Change::not_signed}}},
    {"heads of two processes swapped", &Tamperer::swap_heads, {{Change::head_damaged}, {Change::head_damaged}, {Change::head_damaged}}},
    {"the last head and the records' end taken out", &Tamperer::set_back_both,
     {{Change::rolled_back}, {Change::rolled_back}, {Change::rolled_back}}},
};

/// Pristine is a folder that nobody has touched yet, and what it was before its second start.
struct Pristine {
  ProofWorld world;
  TempFolder older{"/dev/shm"}, witness{"/dev/shm"};
  OpenKeys keys;

  explicit Pristine(Mode mode) {
    world.options.strict = mode == Mode::strict;
    world.run(40);
    std::filesystem::copy(world.dir.path(), older.path(), std::filesystem::copy_options::recursive);
    world.run(40);
    write_whole(witness.path() + "/witness", world.witness);
    if (mode == Mode::keys) keys = TestKeys::with(world.keys.auditor);
  }

  VerifyOptions verifying(const std::string& dir) const {
    VerifyOptions wanted = world.verifying(dir);
    wanted.witnesses = {witness.path() + "/witness"};
    if (!keys.empty()) wanted.keys = &keys;
    return wanted;
  }
};

class Tampered : public ::testing::TestWithParam<Mode> {};

TEST_P(Tampered, IsFoundAsTheTableSays) {
  const Mode mode = GetParam();
  const Pristine pristine(mode);
  ASSERT_EQ(findings(pristine.verifying(pristine.world.dir.path())).text(), "");
  const int each = std::getenv("GATEHOUSE_LONG") != nullptr ? 100 : testing::kSanitized ? 4 : 10;
  const char* from = std::getenv("GATEHOUSE_SEED");
  uint64_t seed = from != nullptr ? std::strtoull(from, nullptr, 10) : 1;
  for (const TriedKind& kind : kKinds) {
    int made = 0;
    for (int attempt = 0; made < each && attempt < each * 20; ++attempt, ++seed) {
      const TempFolder copy("/dev/shm");
      std::filesystem::remove_all(copy.path());
      std::filesystem::copy(pristine.world.dir.path(), copy.path(), std::filesystem::copy_options::recursive);
      Tamperer tamperer(copy.path(), pristine.older.path(), seed);
      const Tampering tampering = (tamperer.*kind.make)();
      if (!tampering.done) continue;
      ++made;
      const Findings found = findings(pristine.verifying(copy.path()));
      const Any& expected = kind.expected[static_cast<size_t>(mode)];
      const std::string where = std::string(kind.name) + ", " + kModes[static_cast<size_t>(mode)] + ", seed " + std::to_string(seed) +
                                ", " + tampering.file + " sequence " + std::to_string(tampering.sequence) + "\n" + found.text();
      const bool hit = std::any_of(expected.begin(), expected.end(), [&](Change change) { return found.has(change); });
      EXPECT_EQ(hit, !expected.empty()) << where;
      EXPECT_EQ(found.damages.empty(), expected.empty()) << where;
      if (!tampering.exactly) continue;
      const bool named = std::any_of(found.damages.begin(), found.damages.end(), [&](const Damage& damage) {
        return damage.sequence == tampering.sequence && damage.file == tampering.file &&
               (damage.change == Change::contents || damage.change == Change::seal);
      });
      if (expected.count(Change::contents) != 0 || expected.count(Change::seal) != 0) {
        EXPECT_TRUE(named) << where;
      }
    }
    EXPECT_EQ(made, each) << kind.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, Tampered, ::testing::Values(Mode::keyless, Mode::strict, Mode::keys),
                         [](const auto& one) { return kModes[static_cast<size_t>(one.param)]; });

}  // namespace
}  // namespace gatehouse::record
