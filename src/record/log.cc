#include "record/log.h"

#include <algorithm>

#include "base/assert.h"
#include "crypto/digest.h"
#include "record/lost_pages.h"
#include "record/past_cache.h"
#include "record/ring_memory.h"
#include "record/sealed_payload.h"

namespace gatehouse::record {
namespace {

constexpr uint64_t kRingBytesMin = 64 * 1024;

/// Cursor writes payload bytes into the ring, wrapping at its end, and keeps their CRC.
class Cursor {
 public:
  Cursor(const RingMemory& ring, uint64_t position)
      : data_(ring.data()), at_(position), checked_(position), capacity_(ring.capacity()) {}

  void put(const char* bytes, uint64_t count) {
    while (count > 0) {
      if (at_ == capacity_) wrap();
      const uint64_t step = std::min(count, capacity_ - at_);
      if (step >= kStreamed) {
        check();
        crc_ = crypto::crc32c({bytes, step}, crc_);
        copy_past_cache(data_ + at_, bytes, step);
        streamed_ = true;
        checked_ = at_ + step;
      } else {
        std::memcpy(data_ + at_, bytes, step);
      }
      at_ += step;
      bytes += step;
      count -= step;
    }
  }

  void pad_to_8(uint64_t payload) {
    static constexpr char kZeros[8] = {};
    put(kZeros, round_up(payload, 8) - payload);
  }

  uint32_t finish() {
    check();
    if (streamed_) settle_stores();
    return crc_;
  }

 private:
  void check() {   // of what was put since the last one, while it is in the first-level cache
    crc_ = crypto::crc32c({data_ + checked_, at_ - checked_}, crc_);
    checked_ = at_;
  }
  void wrap() {
    check();
    at_ = checked_ = 0;
  }

  char* data_;
  uint64_t at_;
  uint64_t checked_;
  uint64_t capacity_;
  uint32_t crc_ = 0;
  bool streamed_ = false;
};

uint64_t payload_bytes(const Sections& sections) {
  uint64_t total = 0;
  for (const auto& section : sections.all())
    total += GATEHOUSE_RECORD_SECTION_BYTES + (section.is_number ? 8 : section.view.size());
  return total;
}

void put_sections(Cursor& cursor, const Sections& sections) {
  for (const auto& section : sections.all()) {
    char head[GATEHOUSE_RECORD_SECTION_BYTES + 8] = {};
    const auto tag = static_cast<uint16_t>(section.tag);
    const auto length = static_cast<uint32_t>(section.is_number ? 8 : section.view.size());
    std::memcpy(head, &tag, sizeof tag);
    std::memcpy(head + 4, &length, sizeof length);
    std::memcpy(head + GATEHOUSE_RECORD_SECTION_BYTES, &section.number, 8);
    cursor.put(head, section.is_number ? sizeof head : GATEHOUSE_RECORD_SECTION_BYTES);
    if (!section.is_number) cursor.put(section.view.data(), section.view.size());
  }
}

}  // namespace

struct RingLog::State {
  RingMemory ring;
  const std::atomic<bool>* lost = nullptr;   // of the mapping
  bool damaged = false;     // the ring's words contradict what this log wrote
  uint64_t head = 0;        // = the published head between two appends
  uint64_t committed = 0;   // the last one seen; only grows
  uint64_t sequence = 0;    // of the next record
  uint64_t segment_data = 0;
  uint32_t tag = 0;
  uint32_t slot = 0;        // the tail that is not the published one
  Chain chain{};
  Sealer* sealer = nullptr;

  bool broken() const { return damaged || lost->load(std::memory_order_acquire); }
  bool has_room(uint64_t bytes);
  void copy_in(uint64_t offset, const char* bytes, uint64_t count);
  void zero(uint64_t offset, uint64_t count);
  void put_header(RecordHeader& header, uint64_t offset, uint64_t payload, uint32_t crc);
  void pad(WallNs wall, uint64_t gap);
  uint64_t keys_due(uint64_t offset) const;
  void put_keys(WallNs wall, uint64_t offset);
  void put_record(RecordHeader& header, uint64_t offset, uint64_t payload, const Sections& sections, const Rows& rows);
  void publish(uint64_t new_head);
};

bool RingLog::State::has_room(uint64_t bytes) {
  if (bytes <= ring.capacity() - (head - committed)) return true;
  const uint64_t now = ring.committed();
  damaged = damaged || now < committed || now > head || head - now > ring.capacity();   // others may write to the file, too
  if (broken()) return false;
  committed = now;
  return bytes <= ring.capacity() - (head - committed);
}

void RingLog::State::copy_in(uint64_t offset, const char* bytes, uint64_t count) {
  const uint64_t at = offset % ring.capacity();
  const uint64_t first = std::min(count, ring.capacity() - at);
  std::memcpy(ring.data() + at, bytes, first);
  std::memcpy(ring.data(), bytes + first, count - first);
}

void RingLog::State::zero(uint64_t offset, uint64_t count) {
  const uint64_t at = offset % ring.capacity();
  const uint64_t first = std::min(count, ring.capacity() - at);
  std::memset(ring.data() + at, 0, first);
  std::memset(ring.data(), 0, count - first);
}

void RingLog::State::put_header(RecordHeader& header, uint64_t offset, uint64_t payload, uint32_t crc) {
  header.sequence = sequence++;
  header.epoch_tag = tag;
  chain = seal_header(header, payload, crc, chain);
  copy_in(offset, reinterpret_cast<const char*>(&header), sizeof header);
}

/// pad ends the segment `gap` bytes before its border: a pad record when one fits, and zeros up to the
/// next page, which is as far as the writer thread writes; beyond lie the zeros the file was made with.
void RingLog::State::pad(WallNs wall, uint64_t gap) {
  uint64_t at = head;
  if (gap >= kHeaderBytes) {
    RecordHeader header{};
    header.kind = GATEHOUSE_RECORD_PAD;
    header.wall_ns = wall;
    put_header(header, at, 0, 0);
    at += kHeaderBytes;
  }
  zero(at, std::min(round_up(at, kPage), head + gap) - at);
}

/// keys_due is what a keys record takes when a record at this offset has to have one before it.
uint64_t RingLog::State::keys_due(uint64_t offset) const {
  return sealer != nullptr && (offset % segment_data == 0 || sealer->key_epoch() == 0) ? sealer->keys_bytes() : 0;
}

void RingLog::State::put_keys(WallNs wall, uint64_t offset) {
  const ByteView payload = sealer->next_payload();
  Cursor cursor(ring, (offset + kHeaderBytes) % ring.capacity());
  cursor.put(payload.data(), payload.size());
  cursor.pad_to_8(payload.size());
  RecordHeader header{};
  header.kind = GATEHOUSE_RECORD_KEYS;
  header.wall_ns = wall;
  put_header(header, offset, payload.size(), cursor.finish());
  sealer->take();
}

void RingLog::State::put_record(RecordHeader& header, uint64_t offset, uint64_t payload, const Sections& sections,
                                const Rows& rows) {
  if (sealer != nullptr) {
    header.sequence = sequence;
    header.epoch_tag = tag;
    begin_header(header, payload);
    put_sealed(ring, offset, sections, rows, *sealer, &header);
    return put_header(header, offset, payload, header.payload_crc);
  }
  Cursor cursor(ring, (offset + kHeaderBytes) % ring.capacity());
  put_sections(cursor, sections);
  cursor.pad_to_8(payload);
  put_header(header, offset, payload, cursor.finish());
}

void RingLog::State::publish(uint64_t new_head) {
  head = new_head;
  RingHeader& header = ring.header();
  gatehouse_ring_tail& tail = header.tail[slot];
  slot ^= 1;
  tail.head = head;
  tail.sequence = sequence;
  std::memcpy(tail.chain, chain.data(), chain.size());
  ring.publish_head(head);
}

RingLog::RingLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
RingLog::~RingLog() = default;

std::unique_ptr<RingLog> RingLog::open(ByteSpan memory, Sealer* sealer) {
  auto state = std::make_unique<State>();
  state->ring = RingMemory(memory);
  state->lost = &LostPages::flag_of(memory.data());
  state->sealer = sealer;
  const RingMemory& ring = state->ring;
  GH_ASSERT(memory.size() >= kRingBytesMin && ring_fits(ring.header(), memory.size()));
  state->head = ring.head();
  state->committed = ring.committed();
  const gatehouse_ring_tail* tail = ring.tail();
  GH_ASSERT(tail != nullptr);
  state->slot = tail == &ring.header().tail[0] ? 1 : 0;
  state->sequence = tail->sequence;
  state->chain = chain_of(tail->chain);
  state->segment_data = segment_data(ring.header().segment_bytes);
  state->tag = epoch_tag(ring.epoch());
  return std::unique_ptr<RingLog>(new RingLog(std::move(state)));
}

Append RingLog::append(Kind kind, const ExchangeId& exchange, uint32_t stream, WallNs wall,
                       const Sections& sections) {
  State& s = *state_;
  Rows rows;
  const uint64_t payload = s.sealer == nullptr ? payload_bytes(sections) : plan_rows(kind, sections, s.sealer->sealed(), &rows);
  const uint64_t total = round_up(kHeaderBytes + payload, 8);
  if (s.ring.state() != kRingOpen || s.broken() || total > largest() || (sections.tenant() != nullptr && s.sealer == nullptr))
    return Append::failed;
  const uint64_t left = s.segment_data - s.head % s.segment_data;
  const uint64_t gap = s.keys_due(s.head) + total > left ? left : 0;
  const uint64_t keys = s.keys_due(s.head + gap);
  if (!s.has_room(gap + keys + total)) return s.broken() ? Append::failed : Append::full;
  if (keys != 0 && !s.sealer->has_next()) return Append::full;

  if (gap != 0) s.pad(wall, gap);
  const uint64_t at = s.head + gap;
  if (keys != 0) s.put_keys(wall, at);
  RecordHeader header{};
  header.kind = static_cast<uint16_t>(kind);
  put_id(exchange, header.exchange);
  header.wall_ns = wall;
  header.stream = stream;
  s.put_record(header, at + keys, payload, sections, rows);
  s.publish(at + keys + total);
  return s.broken() ? Append::failed : Append::ok;   // what stands in pages that the file has no more was not written
}

uint64_t RingLog::head() const { return state_->head; }
uint64_t RingLog::committed() const { return state_->ring.committed(); }
bool RingLog::broken() const { return state_->broken(); }
const std::array<uint8_t, 32>& RingLog::chain() const { return state_->chain; }

uint64_t RingLog::room() const {
  const State& s = *state_;
  const uint64_t lag = s.head - s.ring.committed();
  const bool fails = s.ring.state() != kRingOpen || s.broken() || lag > s.ring.capacity();
  if (fails) return s.ring.capacity();   // append() says failed, waiting would not help
  const uint64_t free = s.ring.capacity() - lag;
  if (s.sealer == nullptr) return free;
  if (s.sealer->has_next()) return free - std::min(free, s.sealer->keys_bytes());
  return s.keys_due(s.head) != 0 ? 0 : std::min(free, s.segment_data - s.head % s.segment_data);   // up to the segment's end
}

// Half a ring: a pad of nearly one record's size may stand before the record, and a keys record between.
uint64_t RingLog::largest() const {
  const uint64_t keys = state_->sealer == nullptr ? 0 : state_->sealer->keys_bytes();
  return std::min({kRecordBytesMax, state_->ring.capacity() / 2, state_->segment_data}) - keys;
}

void create_ring(ByteSpan memory, uint32_t worker, const ExchangeId& process) {
  create_ring(memory, RingStart{.worker = worker, .process = process});
}

void create_ring(ByteSpan memory, const RingStart& start) {
  GH_ASSERT(memory.size() >= kRingBytesMin && memory.size() % kPage == 0 && start.worker < kWorkerMax);
  GH_ASSERT(reinterpret_cast<uintptr_t>(memory.data()) % alignof(RingHeader) == 0);
  RingHeader header{};
  put_id(start.process, header.process);
  put_id(start.previous_process, header.previous_process);
  std::memcpy(header.boot_id, start.boot_id.data(), start.boot_id.size());
  header.worker = start.worker;
  header.pid = start.pid;
  header.pid_start = start.pid_start;
  header.capacity = memory.size() - kPage;
  header.segment_bytes = start.segment_bytes;
  header.created_ns = start.created;
  std::memcpy(header.chain, start.previous_chain.data(), start.previous_chain.size());
  std::memcpy(header.tail[0].chain, start.previous_chain.data(), start.previous_chain.size());
  header.tail[1].head = UINT64_MAX;
  seal_ring(header);
  GH_ASSERT(ring_fits(header, memory.size()));
  std::memcpy(memory.data(), &header, sizeof header);
}

}  // namespace gatehouse::record
