#include "gatehouse/mask_map.h"
#include "mask/map.h"

namespace gatehouse::mask {
namespace {

/// What version 1 knew.
constexpr uint8_t kDetectorMax1 = GATEHOUSE_MASK_DETECTOR_PAYMENT_CARD, kMethodMax1 = GATEHOUSE_MASK_METHOD_PARTIAL;

bool known(uint8_t version, uint8_t detector, uint8_t method, uint8_t evidence) {
  if (method == 0 || method > (version == 1 ? kMethodMax1 : GATEHOUSE_MASK_METHOD_REPLACE)) return false;
  return detector <= (version == 1 ? kDetectorMax1 : GATEHOUSE_MASK_DETECTOR_CUSTOM) && evidence <= GATEHOUSE_MASK_EVIDENCE_COPY;
}

}  // namespace

bool MapReader::fail() {
  ok_ = false;
  left_ = 0;
  return false;
}

bool MapReader::number(uint32_t* out) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    if (rest_.empty()) return false;
    const auto byte = static_cast<uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      *out = static_cast<uint32_t>(value);
      return value <= UINT32_MAX;
    }
  }
  return false;
}

bool MapReader::text(ByteView* out) {
  uint32_t length;
  if (!number(&length) || length > rest_.size()) return false;
  *out = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return true;
}

bool MapReader::original(Change* change) {
  if (!notes_) {
    if (!text(&change->original)) return false;
    change->original_bytes = static_cast<uint32_t>(change->original.size());
    return true;
  }
  if (!number(&change->original_bytes) || rest_.size() < GATEHOUSE_MASK_NOTE_DIGEST_BYTES) return false;
  change->original = rest_.substr(0, GATEHOUSE_MASK_NOTE_DIGEST_BYTES);
  rest_.remove_prefix(GATEHOUSE_MASK_NOTE_DIGEST_BYTES);
  return true;
}

bool MapReader::open(ByteView map) {
  rest_ = map;
  names_.clear();
  place_.clear();
  original_at_ = masked_at_ = 0;
  ok_ = false;
  left_ = count_ = 0;
  const ByteView magic = rest_.substr(0, GATEHOUSE_MASK_MAP_MAGIC_BYTES);
  notes_ = magic == GATEHOUSE_MASK_NOTES_MAGIC;
  if (!notes_ && magic != GATEHOUSE_MASK_MAP_MAGIC && magic != GATEHOUSE_MASK_MAP_MAGIC_1) return false;
  version_ = magic == GATEHOUSE_MASK_MAP_MAGIC_1 ? 1 : 2;
  rest_.remove_prefix(GATEHOUSE_MASK_MAP_MAGIC_BYTES);
  uint32_t names;
  if (!number(&original_length_) || !number(&masked_length_) || !number(&names) || names > GATEHOUSE_MASK_MAP_NAMES_MAX)
    return false;
  for (uint32_t i = 0; i < names; ++i) {
    ByteView name;
    if (!text(&name) || name.size() > GATEHOUSE_MASK_MAP_NAME_MAX) return false;
    names_.push_back(name);
  }
  if (!number(&count_)) return false;
  left_ = count_;
  ok_ = true;
  return count_ != 0 || rest_.empty() || fail();
}

bool MapReader::read_change(Change* change) {
  uint32_t gap, name, shared;
  ByteView place;
  if (!number(&gap) || !original(change) || !text(&change->replacement) || !number(&name) ||
      name >= names_.size() || rest_.size() < (version_ == 1 ? 2u : 3u))
    return false;
  change->mask = names_[name];
  change->name = name;
  const auto detector = static_cast<uint8_t>(rest_[0]), method = static_cast<uint8_t>(rest_[1]);
  const uint8_t evidence = version_ == 1 ? uint8_t{0} : static_cast<uint8_t>(rest_[2]);
  rest_.remove_prefix(version_ == 1 ? 2 : 3);
  if (!known(version_, detector, method, evidence)) return false;
  change->detector = static_cast<detect::Detector>(detector);
  change->method = static_cast<Method>(method);
  change->evidence = static_cast<detect::Evidence>(evidence);
  if (!number(&shared) || shared > place_.size() || !text(&place) ||
      shared + place.size() > GATEHOUSE_MASK_MAP_PLACE_MAX)
    return false;
  place_.resize(shared);
  place_ += place;
  change->place = place_;
  original_at_ += gap;
  masked_at_ += gap;
  change->original_offset = static_cast<uint32_t>(original_at_);
  change->masked_offset = static_cast<uint32_t>(masked_at_);
  original_at_ += change->original_bytes;
  masked_at_ += change->replacement.size();
  return original_at_ <= original_length_ && masked_at_ <= masked_length_;
}

bool MapReader::next(Change* change) {
  if (left_ == 0) return false;
  if (!read_change(change)) return fail();
  if (--left_ != 0) return true;
  // Behind the last change the bodies are the same to their ends.
  if (!rest_.empty() || original_length_ - original_at_ != masked_length_ - masked_at_) return fail();
  return true;
}

bool undo(ByteView masked, ByteView map, std::string* original) {
  MapReader reader;
  if (!reader.open(map) || reader.notes() || reader.masked_length() != masked.size()) return false;
  // The original holds no byte that is neither in the masked body nor in the map.
  if (reader.original_length() > masked.size() + map.size()) return false;
  if (reader.count() == 0 && reader.original_length() != masked.size()) return false;
  original->clear();
  original->reserve(reader.original_length());
  size_t at = 0;
  Change change;
  while (reader.next(&change)) {
    if (masked.substr(change.masked_offset, change.replacement.size()) != change.replacement) return false;
    original->append(masked.substr(at, change.masked_offset - at)).append(change.original);
    at = change.masked_offset + change.replacement.size();
  }
  if (!reader.ok()) return false;
  original->append(masked.substr(at));
  return original->size() == reader.original_length();
}

}  // namespace gatehouse::mask
