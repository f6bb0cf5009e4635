#include "scribe.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "mask/map.h"

namespace gatehouse::sim {

namespace {

// The tags by their names in the format's own table.
enum Tags : uint16_t {
#define SIM_TAG(name, code, type, text) tag_##name = code,
  GATEHOUSE_RECORD_TAGS(SIM_TAG)
#undef SIM_TAG
};

}  // namespace

const std::string* Entry::text(uint16_t tag) const {
  const auto found = sections.find(tag);
  return found == sections.end() ? nullptr : &found->second;
}

uint64_t Entry::number(uint16_t tag) const {
  const std::string* bytes = text(tag);
  uint64_t value = 0;
  if (bytes != nullptr && bytes->size() == sizeof value) std::memcpy(&value, bytes->data(), sizeof value);
  return value;
}

void Scribe::copy(uint64_t offset, char* out, size_t bytes) const {
  const uint64_t capacity = header().capacity;
  const char* data = ring_.data() + GATEHOUSE_PAGE_BYTES;
  const uint64_t at = offset % capacity;
  const size_t first = std::min<uint64_t>(bytes, capacity - at);
  std::memcpy(out, data + at, first);
  std::memcpy(out + first, data, bytes - first);
}

void Scribe::read() {
  const uint64_t head = std::atomic_ref(header().head).load(std::memory_order_acquire);
  const uint64_t segment = header().segment_bytes - GATEHOUSE_PAGE_BYTES;
  while (at_ < head) {
    const uint64_t left = segment - at_ % segment;
    gatehouse_record_header record{};
    if (left < sizeof record) {  // no record fits before the border
      at_ += left;
      continue;
    }
    copy(at_, reinterpret_cast<char*>(&record), sizeof record);
    if (record.magic != GATEHOUSE_RECORD_MAGIC || record.total_bytes < sizeof record ||
        at_ + record.total_bytes > head) {
      if (record.magic == 0) {  // zeros up to the border
        at_ += left;
        continue;
      }
      problem_ = "no record at offset " + std::to_string(at_);
      return;
    }
    if (record.kind == GATEHOUSE_RECORD_PAD) {
      at_ += left;
      continue;
    }
    std::string payload(record.payload_bytes, 0);
    copy(at_ + sizeof record, payload.data(), payload.size());
    Entry entry;
    entry.kind = record.kind;
    for (size_t i = 0; i + GATEHOUSE_RECORD_SECTION_BYTES <= payload.size();) {
      uint16_t tag = 0;
      uint32_t length = 0;
      std::memcpy(&tag, payload.data() + i, sizeof tag);
      std::memcpy(&length, payload.data() + i + 4, sizeof length);
      i += GATEHOUSE_RECORD_SECTION_BYTES;
      if (length > payload.size() - i) {
        problem_ = "a section is longer than its record";
        return;
      }
      entry.sections.emplace(tag, payload.substr(i, length));
      i += length;
    }
    ++entries_;
    take(entry, std::string(reinterpret_cast<const char*>(record.exchange), sizeof record.exchange));
    at_ += record.total_bytes;
  }
}

void Scribe::commit() {
  std::atomic_ref(header().committed).store(at_, std::memory_order_release);
}

/// take_back appends what a piece was before masks.
void Scribe::take_back(const Entry& entry, const std::string& body, Tale* tale) {
  const std::string* map = entry.text(tag_mask_map);
  std::string original;
  if (map == nullptr) original = body;
  else if (!mask::undo(body, *map, &original)) tale->problem = "a mask map that does not fit its bytes";
  tale->from_origin += original;
}

void Scribe::take_piece(const Entry& entry, Tale* tale) {
  const uint64_t direction = entry.number(tag_direction);
  tale->kept_entry = entries_;
  // What was collected of a refused body moves no byte, nor does a refusal's own, and what was in a coded one is kept after its
  // digests said what moves.
  if (direction == 2 || (direction == 1 && tale->allowed)) tale->moved_entry = entries_;
  if (tale->requests == 0) tale->problem = "a piece before the request record";
  const bool digest = entry.text(tag_piece_digest) != nullptr;
  std::string& stream = direction == 1   ? tale->to_origin
                        : direction == 3 ? tale->content
                        : direction == 4 ? tale->refusal
                                         : tale->to_client;
  if (entry.number(tag_offset) != (digest ? tale->digested : stream.size()))
    tale->problem = "a piece that does not follow the one before";
  const std::string* body = entry.text(tag_body);
  if (body != nullptr) stream += *body;
  if (digest) tale->digested += entry.number(tag_content_bytes);
  if (entry.text(tag_coded_bytes) != nullptr) {
    if (tale->content_whole) tale->problem = "two ends of a coded body";
    tale->content_whole = entry.text(tag_undecoded) == nullptr;
    if (entry.number(tag_coded_bytes) != tale->digested) tale->problem = "a coded body with a length that its digests do not have";
  }
  if (direction == 2) take_back(entry, body == nullptr ? std::string() : *body, tale);
}

void Scribe::take(const Entry& entry, const std::string& exchange) {
  if (exchange == std::string(16, 0)) return;  // of no exchange
  Tale& tale = tales_[exchange];
  if (tale.closes > 0) tale.problem = "a record after the close";
  switch (entry.kind) {
    case GATEHOUSE_RECORD_REQUEST: {
      if (tale.requests++ == 0) tale.first_entry = entries_;
      tale.moved_entry = entries_;
      const std::string* verdict = entry.text(tag_verdict);
      tale.allowed = verdict != nullptr && *verdict == "allow";
      if (const std::string* level = entry.text(tag_level)) tale.full = *level == "full";
      if (const std::string* address = entry.text(tag_client_address)) tale.client_address = *address;
      if (const std::string* head = entry.text(tag_client_head)) tale.client_head = *head;
      if (const std::string* head = entry.text(tag_origin_head)) tale.origin_head = *head;
      if (tale.outcomes > 0) tale.problem = "a request record after the outcome";
      break;
    }
    case GATEHOUSE_RECORD_PIECE: take_piece(entry, &tale); break;
    case GATEHOUSE_RECORD_OUTCOME:
      if (const std::string* head = entry.text(tag_client_answer_head)) tale.answer_head = *head;
      if (entry.text(tag_mask_map) != nullptr) {   // of an answer that was masked as a whole
        tale.from_origin.clear();
        take_back(entry, tale.to_client, &tale);
      }
      if (++tale.outcomes > 1) tale.problem = "two outcome records";
      break;
    case GATEHOUSE_RECORD_APPROVAL:
      if (const std::string* step = entry.text(tag_approval_step)) tale.approval_steps.push_back(*step);
      break;
    case GATEHOUSE_RECORD_CLOSE:
      if (tale.closes++ == 0) tale.close_entry = entries_;
      tale.reason = entry.number(tag_reason);
      tale.delivered = entry.number(tag_to_client_bytes);
      tale.complete = entry.number(tag_request_complete) != 0;
      break;
    default: break;
  }
}

}  // namespace gatehouse::sim
