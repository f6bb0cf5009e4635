// Sealed records, keys records, what lies beside segments, and key files, all of unknown origin. The first byte chooses:
// texts of keys; rows of a keys record; a rewrapped file; a payload that claims to be sealed; or sections that are sealed
// as a worker does it, at any place in a ring, and must come back as they were, or not at all once a byte is changed.
#include <map>
#include <string>

#include "base/assert.h"
#include "crypto/digest.h"
#include "record/opening.h"
#include "record/rewrapped.h"
#include "record/sealed_payload.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::record {
namespace {

constexpr uint64_t kCapacity = 64 * 1024;
constexpr Tag kTags[] = {Tag::path,       Tag::subject,        Tag::client_head, Tag::guard_hit, Tag::guard_check,
                         Tag::guard_place, Tag::guard_evidence, Tag::mask_map,    Tag::body,      Tag::rule,
                         Tag::client_answer_head, Tag::origin_head};

/// Room is a ring, keys for it, and an opening that has seen the record with these keys.
struct Room {
  KeySecret auditor = make_key(KeyUse::auditor, "fuzz");
  alignas(64) char memory[kPage + kCapacity] = {};
  Epoch epoch;
  Sealer sealer{epoch, Sealing{{public_half(auditor)}, Sealed::content}};
  std::shared_ptr<const TenantKey> tenant = make_tenant_key(make_key(KeyUse::tenant, "tenant")),
                                   erased = make_tenant_key(make_key(KeyUse::tenant, "erased"));   // whose secret nobody has
  OpenKeys keys;
  Opening opening{&keys, nullptr};

  Room() {
    GH_ASSERT(keys.add({auditor.use, auditor.name, auditor.bytes.copy()}).ok());
    GH_ASSERT(keys.add({KeyUse::tenant, tenant->name, tenant->secret.copy()}).ok());
    RecordView record;
    record.header.kind = GATEHOUSE_RECORD_KEYS;
    record.stored = sealer.next_payload();
    opening.open(record);
    sealer.take();
  }
};

Room& room() {
  static Room one;
  return one;
}

void read_key(ByteView text) {
  const auto lined = [](ByteView line) { return std::string(line) + (line.ends_with('\n') ? "" : "\n"); };
  if (const auto key = parse_key_public(text); key) GH_ASSERT(format_key(*key) == lined(text));
  const auto secret = parse_key_secret(text);
  if (secret.ok()) GH_ASSERT(format_key(secret.value()).equals(lined(text)));
  GH_ASSERT(!secret.ok() || !parse_key_public(text).ok());
}

void read_keys(ByteView row) {
  const auto keys = parse_keys(row);
  if (!keys) return;
  GH_ASSERT(keys->key_epoch != 0 && !keys->wrapped.empty() && keys->wrapped.size() <= kWrappedReadMax);
  for (const Wrapped& wrapped : keys->wrapped) {
    GH_ASSERT(wrapped.wrapped.data() >= row.data() && wrapped.wrapped.data() + wrapped.wrapped.size() <= row.data() + row.size());
    GH_ASSERT(!unwrap_keys(wrapped, room().auditor, room().epoch, keys->key_epoch));   // nothing was wrapped for it
  }
  RecordView record;
  record.header.kind = GATEHOUSE_RECORD_KEYS;
  record.stored = row;
  Opening opening(&room().keys, nullptr);
  opening.open(record);
  GH_ASSERT(opening.recipients().size() == keys->wrapped.size());
}

void read_beside(ByteView bytes) {
  const auto read = parse_rewrapped(bytes);
  if (!read) return;
  const KeysRecord keys = read->keys();
  GH_ASSERT(read->key_epoch() != 0 && !keys.wrapped.empty() && read->row.size() <= bytes.size());
}

void open_hostile(ByteView bytes) {
  RecordView record;
  record.header.kind = GATEHOUSE_RECORD_PIECE;
  record.header.tier = static_cast<uint8_t>(bytes[0]);
  record.header.key_epoch = 1;
  record.stored = bytes.substr(1);
  record.header.payload_bytes = static_cast<uint32_t>(record.stored.size());
  room().opening.open(record);
  GH_ASSERT(record.operations != Seal::opened && record.auditor != Seal::opened);
  GH_ASSERT(record.header.tier == 0 || record.payload.size() < record.stored.size() || record.stored.empty());
}

/// sections_of reads which sections there are: two bytes each, a tag and a length, then the bytes.
void sections_of(ByteView bytes, Sections* out) {
  while (bytes.size() >= 2 && out->all().size() < 64) {
    const Tag tag = kTags[static_cast<uint8_t>(bytes[0]) % std::size(kTags)];
    const size_t length = std::min<size_t>(static_cast<uint8_t>(bytes[1]) * 7, bytes.size() - 2);
    if (length == 0) out->number(Tag::reason, static_cast<uint8_t>(bytes[0]));
    else out->bytes(tag, bytes.substr(2, length));
    bytes.remove_prefix(2 + length);
  }
}

using Row = std::map<Tag, std::string>;   // of each tag all that stands there, in order

void add(Row& row, Tag tag, ByteView value) { row[tag].append(value).append(1, '\n'); }

Row row_of(const RecordView& record) {
  Row row;
  SectionReader reader(record.payload);
  Tag tag;
  ByteView value;
  while (reader.next(&tag, &value)) add(row, tag, value);
  GH_ASSERT(!reader.malformed());
  return row;
}

void seal_and_open(ByteView bytes) {
  Room& r = room();
  const uint64_t offset = kCapacity - static_cast<uint8_t>(bytes[0]) * 8;   // near the ring's end: it wraps
  const size_t flip = static_cast<uint8_t>(bytes[1]);
  const TenantKey* const tenants[] = {nullptr, nullptr, r.tenant.get(), r.erased.get()};
  const TenantKey* const tenant = tenants[(flip ^ static_cast<uint8_t>(bytes[0])) % 4];
  Sections sections;
  sections_of(bytes.substr(2), &sections);
  sections.of(tenant);
  Row expected;
  for (const auto& section : sections.all())
    add(expected, section.tag, section.is_number ? ByteView(reinterpret_cast<const char*>(&section.number), 8) : section.view);

  Rows rows;
  const uint64_t payload = plan_rows(Kind::request, sections, Sealed::content, &rows);
  if (round_up(kHeaderBytes + payload, 8) > kCapacity / 2) return;
  const RingMemory ring{ByteSpan(r.memory)};
  RecordView record;
  record.header.kind = GATEHOUSE_RECORD_REQUEST;
  static uint64_t sequence = 0;
  record.header.sequence = sequence++;
  begin_header(record.header, payload);
  put_sealed(ring, offset, sections, rows, r.sealer, &record.header);
  std::string stored(record.header.total_bytes - kHeaderBytes, '\0');
  ring.copy_out(offset + kHeaderBytes, stored);
  GH_ASSERT(crypto::crc32c(stored) == record.header.payload_crc);
  stored.resize(payload);
  record.stored = stored;
  r.opening.open(record);
  GH_ASSERT(record.tenant == (tenant == nullptr ? gatehouse::ByteView() : gatehouse::ByteView(tenant->name)));
  if (tenant == r.erased.get()) {
    GH_ASSERT(record.operations == Seal::no_tenant && record.auditor != Seal::opened && record.payload.size() < payload);
    return;
  }
  GH_ASSERT(record.operations == Seal::opened);
  GH_ASSERT(record.auditor == (rows.of(Tier::auditor) > 0 ? Seal::opened : Seal::absent));
  Row found = row_of(record);
  PLANT(if (found.size() > 3) found.erase(found.begin()));
  GH_ASSERT(found == expected);
  if (flip == 0) return;
  stored[flip % stored.size()] = static_cast<char>(stored[flip % stored.size()] ^ flip);
  r.opening.open(record);
  GH_ASSERT(record.operations != Seal::opened);
}

}  // namespace
}  // namespace gatehouse::record

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse::record;
  if (size < 4 || size > 64 * 1024) return 0;
  const gatehouse::ByteView bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0: read_key(bytes); break;
    case 1: read_keys(bytes); break;
    case 2: read_beside(bytes); break;
    case 3: open_hostile(bytes); break;
    default: seal_and_open(bytes); break;
  }
  return 0;
}
