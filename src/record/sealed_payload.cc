#include "record/sealed_payload.h"

#include "crypto/digest.h"
#include "crypto/gcm.h"
#include "record/past_cache.h"

namespace gatehouse::record {
namespace {

constexpr size_t kGathered = 512;   // short sections are sealed together: a call costs as much as some hundred bytes
constexpr size_t kStage = 8192;     // what is sealed in the first-level cache before it goes past it

/// At is a place in the ring that moves on, and wraps.
class At {
 public:
  At(const RingMemory& ring, uint64_t offset) : data_(ring.data()), at_(offset % ring.capacity()), capacity_(ring.capacity()) {}

  /// each_run calls take for the memory of the next `count` bytes, in one run or two, and moves behind them.
  template <typename Take>
  void each_run(uint64_t count, Take take) {
    while (count > 0) {
      const uint64_t step = std::min(count, capacity_ - at_);
      take(data_ + at_, step);
      at_ = at_ + step == capacity_ ? 0 : at_ + step;
      count -= step;
    }
  }
  void put(const char* bytes, uint64_t count) {
    each_run(count, [&bytes](char* to, uint64_t step) {
      std::memcpy(to, bytes, step);
      bytes += step;
    });
  }
  void seal(crypto::GcmSealer& sealer, const char* bytes, uint64_t count) {
    each_run(count, [&](char* to, uint64_t step) {
      sealer.seal({bytes, step}, to);
      bytes += step;
    });
  }
  /// seal_checked seals and keeps the checksum of the ciphertext. Long runs go past the cache.
  void seal_checked(crypto::GcmSealer& sealer, const char* bytes, uint64_t count, uint32_t* crc) {
    if (count >= kStreamed) return seal_past_cache(sealer, bytes, count, crc);
    At here = *this;
    seal(sealer, bytes, count);
    *crc = here.check(count, *crc);
  }
  void seal_past_cache(crypto::GcmSealer& sealer, const char* bytes, uint64_t count, uint32_t* crc) {
    alignas(64) char stage[kStage];
    each_run(count, [&](char* to, uint64_t step) {
      while (step > 0) {
        const uint64_t part = std::min<uint64_t>(step, kStage);
        sealer.seal({bytes, part}, stage);
        *crc = crypto::crc32c({stage, part}, *crc);
        copy_past_cache(to, stage, part);
        bytes += part, to += part, step -= part;
      }
    });
    settle_stores();
  }
  uint32_t check(uint64_t count, uint32_t crc) {
    each_run(count, [&crc](const char* from, uint64_t step) { crc = crypto::crc32c({from, step}, crc); });
    return crc;
  }
  void authenticate(crypto::GcmSealer& sealer, uint64_t count) {
    each_run(count, [&](const char* from, uint64_t step) { sealer.authenticate({from, step}); });
  }

 private:
  char* data_;
  uint64_t at_;
  uint64_t capacity_;
};

/// Gather takes a row's bytes and passes them on in runs that are worth a call.
template <typename Pass>
class Gather {
 public:
  explicit Gather(Pass pass) : pass_(pass) {}
  void put(const char* bytes, uint64_t count) {
    if (count > sizeof held_ - size_) flush();
    if (count > sizeof held_) return pass_(bytes, count);
    std::memcpy(held_ + size_, bytes, count);
    size_ += count;
  }
  void flush() {
    if (size_ > 0) pass_(held_, size_);
    size_ = 0;
  }

 private:
  Pass pass_;
  size_t size_ = 0;
  char held_[kGathered];
};

void put_head(char (&head)[GATEHOUSE_RECORD_SECTION_BYTES], Tag tag, uint64_t length) {
  const auto code = static_cast<uint16_t>(tag);
  const auto bytes = static_cast<uint32_t>(length);
  std::memset(head, 0, sizeof head);
  std::memcpy(head, &code, sizeof code);
  std::memcpy(head + 4, &bytes, sizeof bytes);
}

/// each_bytes calls put for the bytes of one tier's row.
template <typename Put>
void each_bytes(const Sections& sections, const Rows& rows, Tier tier, Put put) {
  size_t nth = 0;
  for (const auto& section : sections.all()) {
    if (rows.tier[nth++] != tier) continue;
    char head[GATEHOUSE_RECORD_SECTION_BYTES];
    put_head(head, section.tag, section.is_number ? sizeof section.number : section.view.size());
    put(head, sizeof head);
    if (section.is_number) put(reinterpret_cast<const char*>(&section.number), sizeof section.number);
    else put(section.view.data(), section.view.size());
  }
}

template <typename Seal>
void seal_row(const Sections& sections, const Rows& rows, Tier tier, Seal seal) {
  Gather gather(seal);
  each_bytes(sections, rows, tier, [&](const char* bytes, uint64_t count) { gather.put(bytes, count); });
  gather.flush();
}

}  // namespace

uint64_t plan_rows(Kind kind, const Sections& sections, Sealed sealed, Rows* rows) {
  Direction direction{};
  if (kind == Kind::piece)
    for (const auto& section : sections.all())
      if (section.tag == Tag::direction) direction = static_cast<Direction>(section.number);
  rows->bytes = {};
  size_t nth = 0;
  for (const auto& section : sections.all()) {
    const Tier tier = tier_of(section.tag, direction, sealed);
    rows->tier[nth++] = tier;
    rows->bytes[static_cast<size_t>(tier)] += GATEHOUSE_RECORD_SECTION_BYTES + (section.is_number ? 8 : section.view.size());
  }
  const uint64_t auditor = rows->of(Tier::auditor);
  return rows->of(Tier::clear) + (auditor == 0 ? 0 : GATEHOUSE_RECORD_SECTION_BYTES + kGcmTagBytes + auditor) +
         GATEHOUSE_RECORD_SECTION_BYTES + rows->of(Tier::operations);
}

void put_sealed(const RingMemory& ring, uint64_t offset, const Sections& sections, const Rows& rows, Sealer& sealer,
                RecordHeader* header) {
  const uint64_t start = offset + kHeaderBytes, clear = rows.of(Tier::clear), auditor = rows.of(Tier::auditor);
  header->key_epoch = sealer.key_epoch();
  header->tier = GATEHOUSE_RECORD_TIER_OPERATIONS | (auditor > 0 ? GATEHOUSE_RECORD_TIER_AUDITOR : 0);
  const auto authenticated = sealed_header(*header);
  const ByteView said(authenticated.data(), authenticated.size());
  char head[GATEHOUSE_RECORD_SECTION_BYTES];

  At at(ring, start);
  each_bytes(sections, rows, Tier::clear, [&at](const char* bytes, uint64_t count) { at.put(bytes, count); });
  uint64_t before = clear;   // bytes of the payload so far
  if (auditor > 0) {
    put_head(head, Tag::sealed_auditor, kGcmTagBytes + auditor);
    at.put(head, sizeof head);
    crypto::GcmSealer& part = sealer.begin(Tier::auditor, header->sequence, sections.tenant());
    part.authenticate(said);
    At(ring, start).authenticate(part, clear);
    At tag_at = at;
    at.each_run(kGcmTagBytes, [](char*, uint64_t) {});
    seal_row(sections, rows, Tier::auditor, [&](const char* bytes, uint64_t count) { at.seal(part, bytes, count); });
    const crypto::GcmTag tag = part.finish();
    tag_at.put(reinterpret_cast<const char*>(tag.data()), tag.size());
    before += sizeof head + kGcmTagBytes + auditor;
  }
  put_head(head, Tag::sealed_operations, rows.of(Tier::operations));
  at.put(head, sizeof head);
  before += sizeof head;
  crypto::GcmSealer& part = sealer.begin(Tier::operations, header->sequence, sections.tenant());
  part.authenticate(said);
  At(ring, start).authenticate(part, before);
  uint32_t crc = At(ring, start).check(before, 0);   // of what was written a moment ago, and is in the cache
  seal_row(sections, rows, Tier::operations, [&](const char* bytes, uint64_t count) { at.seal_checked(part, bytes, count, &crc); });
  const crypto::GcmTag tag = part.finish();
  std::memcpy(header->tag, tag.data(), tag.size());

  static constexpr char kZeros[8] = {};
  const uint64_t payload = before + rows.of(Tier::operations), whole = round_up(payload, 8);
  at.put(kZeros, whole - payload);
  header->payload_crc = crypto::crc32c({kZeros, whole - payload}, crc);
}

}  // namespace gatehouse::record
