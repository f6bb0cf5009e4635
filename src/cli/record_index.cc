#include "cli/record_index.h"

#include <cstring>

#include "crypto/digest.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Tag;

constexpr uint64_t kMagic = UINT64_C(0x3158444e49524847);   // "GHRINDX1"

struct FileHeader {
  uint64_t magic;
  uint32_t crc;            // CRC32C of all that follows it
  uint32_t header_crc;
  uint64_t segment_bytes;
  uint64_t last_place;
  uint8_t last_chain[32];
  uint64_t count;          // of entries
};
static_assert(sizeof(FileHeader) == 72);
constexpr size_t kCrcEnd = 12;

struct EntryHeader {
  uint16_t kind;
  uint8_t tier;
  uint8_t reserved;        // zero
  uint32_t sections;       // bytes of sections that follow
  uint8_t exchange[16];
  uint64_t wall;
  uint64_t sequence;
  uint64_t bytes;
  uint64_t detectors;
};
static_assert(sizeof(EntryHeader) == 56);

void put_section(std::string& out, Tag tag, ByteView value) {
  const uint16_t head[2] = {static_cast<uint16_t>(tag), 0};
  const auto length = static_cast<uint32_t>(value.size());
  out.append(reinterpret_cast<const char*>(head), sizeof head);
  out.append(reinterpret_cast<const char*>(&length), sizeof length);
  out += value;
}

bool kept(Kind kind) {
  return kind == Kind::request || kind == Kind::piece || kind == Kind::outcome || kind == Kind::close || kind == Kind::approval ||
         kind == Kind::decision || kind == Kind::end;   // the others are of no exchange
}

}  // namespace

bool indexed(Kind kind, Tag tag) {
  if (kind == Kind::piece) return false;
  switch (static_cast<uint16_t>(tag)) {   // a number from outside, not an enum
#define GH_INDEXED(name) case static_cast<uint16_t>(Tag::name):
    GH_INDEXED(client_address) GH_INDEXED(proof) GH_INDEXED(issuer) GH_INDEXED(subject) GH_INDEXED(group) GH_INDEXED(token_id)
    GH_INDEXED(identity_expires) GH_INDEXED(method) GH_INDEXED(path) GH_INDEXED(verdict) GH_INDEXED(reason) GH_INDEXED(rule)
    GH_INDEXED(guard) GH_INDEXED(mask) GH_INDEXED(origin) GH_INDEXED(guard_hit) GH_INDEXED(guard_effect) GH_INDEXED(status)
    GH_INDEXED(mask_changes) GH_INDEXED(to_origin_bytes) GH_INDEXED(to_client_bytes) GH_INDEXED(ended_by) GH_INDEXED(started)
    GH_INDEXED(time_done) GH_INDEXED(approval_step) GH_INDEXED(approval_by) GH_INDEXED(recovered) GH_INDEXED(route)
    GH_INDEXED(traceparent) GH_INDEXED(request_id) GH_INDEXED(certificate_digest) GH_INDEXED(certificate_name)
    GH_INDEXED(claim) return true;
#undef GH_INDEXED
    default: return false;
  }
}

uint64_t detectors_in(ByteView map) {
  mask::MapReader reader;
  mask::Change change;
  uint64_t found = 0;
  if (!reader.open(map)) return 0;
  while (reader.next(&change)) found |= uint64_t{1} << (static_cast<unsigned>(change.detector) & 63);
  return found;
}

IndexEntry entry_of(const record::RecordView& record) {
  IndexEntry entry{record.epoch, record.kind(), record.header.tier, record.exchange(), record.header.wall_ns,
                   record.header.sequence, 0, 0, record.payload};
  record::SectionReader sections(record.payload);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    if (tag == Tag::body) entry.bytes += value.size();
    else if (tag == Tag::mask_map || tag == Tag::mask_notes) entry.detectors |= detectors_in(value);
  }
  return entry;
}

void IndexBuilder::put(const IndexEntry& entry) {
  std::string sections;
  record::SectionReader reader(entry.sections);
  Tag tag;
  ByteView value;
  while (reader.next(&tag, &value))
    if (indexed(entry.kind, tag)) put_section(sections, tag, value);
  EntryHeader header{};
  header.kind = static_cast<uint16_t>(entry.kind);
  header.tier = entry.tier;
  header.sections = static_cast<uint32_t>(sections.size());   // a record is 64 MiB at most
  record::put_id(entry.exchange, header.exchange);
  header.wall = entry.wall;
  header.sequence = entry.sequence;
  header.bytes = entry.bytes;
  header.detectors = entry.detectors;
  entries_.append(reinterpret_cast<const char*>(&header), sizeof header);
  entries_ += sections;
  ++count_;
}

void IndexBuilder::see(const record::RecordView& record) {
  mark_.last_place = record.place;
  mark_.last_chain = record::chain_of(record.header.chain);
  ended_ = ended_ || record.kind() == Kind::end;
  if (!kept(record.kind())) return;
  const IndexEntry entry = entry_of(record);
  if (record.kind() != Kind::piece) return put(entry);
  const auto [at, fresh] = pieces_.try_emplace(entry.exchange, entry);
  if (fresh) {
    at->second.sections = {};
    return;
  }
  at->second.bytes += entry.bytes;
  at->second.detectors |= entry.detectors;
  at->second.tier |= entry.tier;
}

std::string IndexBuilder::finish(const record::SegmentHeader& segment) {
  for (const auto& [id, entry] : pieces_) put(entry);
  pieces_.clear();
  mark_.header_crc = segment.header_crc;
  mark_.segment_bytes = segment.segment_bytes;
  FileHeader header{};
  header.magic = kMagic;
  header.header_crc = mark_.header_crc;
  header.segment_bytes = mark_.segment_bytes;
  header.last_place = mark_.last_place;
  std::memcpy(header.last_chain, mark_.last_chain.data(), sizeof header.last_chain);
  header.count = count_;
  std::string out(reinterpret_cast<const char*>(&header), sizeof header);
  out += entries_;
  header.crc = crypto::crc32c(ByteView(out).substr(kCrcEnd));
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

bool IndexReader::open(ByteView file, const record::Epoch& epoch) {
  ok_ = false;
  FileHeader header;
  if (file.size() < sizeof header) return false;
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != kMagic || header.crc != crypto::crc32c(file.substr(kCrcEnd))) return false;
  rest_ = file.substr(sizeof header);
  if (header.count > rest_.size() / sizeof(EntryHeader)) return false;
  epoch_ = epoch;
  mark_ = {header.header_crc, header.segment_bytes, header.last_place, record::chain_of(header.last_chain)};
  left_ = header.count;
  ok_ = left_ > 0 || rest_.empty();
  return ok_;
}

bool IndexReader::next(IndexEntry* entry) {
  if (!ok_ || left_ == 0) {
    ok_ = ok_ && rest_.empty();
    return false;
  }
  EntryHeader header;
  ok_ = rest_.size() >= sizeof header;
  if (!ok_) return false;
  std::memcpy(&header, rest_.data(), sizeof header);
  rest_.remove_prefix(sizeof header);
  ok_ = header.reserved == 0 && header.sections <= rest_.size() && kept(static_cast<Kind>(header.kind));
  if (!ok_) return false;
  *entry = {epoch_, static_cast<Kind>(header.kind), header.tier, record::id_of(header.exchange), header.wall, header.sequence,
            header.bytes, header.detectors, rest_.substr(0, header.sections)};
  rest_.remove_prefix(header.sections);
  --left_;
  return true;
}

}  // namespace gatehouse::cli
