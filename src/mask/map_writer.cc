#include <cstring>

#include "base/assert.h"
#include "gatehouse/mask_map.h"
#include "json/place.h"
#include "mask/map.h"

namespace gatehouse::mask {

static_assert(GATEHOUSE_MASK_MAP_PLACE_MAX == json::kPlaceMax);

namespace {

constexpr size_t kNumberMost = 10;   // bytes

inline char* put_number(char* to, size_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}
inline char* put_text(char* to, ByteView value) {
  to = put_number(to, value.size());
  std::memmove(to, value.data(), value.size());   // a memcpy that is known to be short becomes a slow `rep movs`
  return to + value.size();
}

}  // namespace

void MapWriter::number(Room<char>* out, size_t value) {
  out->reserve(kNumberMost);
  out->resize(static_cast<size_t>(put_number(out->end(), value) - out->data()));
}

void MapWriter::text(Room<char>* out, ByteView value) {
  number(out, value.size());
  out->append(value.data(), value.size());
}

void MapWriter::start(size_t original_length) {
  names_.trim();
  changes_.trim();
  std::memset(index_of_, 0, sizeof index_of_);
  name_count_ = 0;
  count_ = 0;
  original_length_ = original_length;
  end_ = 0;
  place_length_ = 0;
}

void MapWriter::add(uint32_t offset, ByteView original, ByteView replacement, size_t mask, ByteView name,
                    detect::Detector detector, Method method, detect::Evidence evidence, ByteView place) {
  GH_ASSERT(mask < sizeof index_of_ && offset >= end_ && place.size() <= sizeof place_);
  if (index_of_[mask] == 0) {
    text(&names_, name);
    index_of_[mask] = ++name_count_;
  }
  size_t shared = 0;
  while (shared < place_length_ && shared < place.size() && place_[shared] == place[shared]) ++shared;
  changes_.reserve(original.size() + replacement.size() + place.size() + 6 * kNumberMost + 3);
  char* to = put_number(changes_.end(), offset - end_);
  to = put_text(to, original);
  to = put_text(to, replacement);
  to = put_number(to, index_of_[mask] - 1u);
  *to++ = static_cast<char>(detector);
  *to++ = static_cast<char>(method);
  *to++ = static_cast<char>(evidence);
  to = put_number(to, shared);
  to = put_text(to, place.substr(shared));
  changes_.resize(static_cast<size_t>(to - changes_.data()));
  std::memmove(place_ + shared, place.data() + shared, place.size() - shared);
  place_length_ = place.size();
  end_ = offset + original.size();
  ++count_;
}

ByteView MapWriter::finish(size_t masked_length) {
  whole_.trim();
  whole_.append(GATEHOUSE_MASK_MAP_MAGIC, GATEHOUSE_MASK_MAP_MAGIC_BYTES);
  number(&whole_, original_length_);
  number(&whole_, masked_length);
  number(&whole_, name_count_);
  whole_.append(names_.data(), names_.size());
  number(&whole_, count_);
  whole_.append(changes_.data(), changes_.size());
  return {whole_.data(), whole_.size()};
}

}  // namespace gatehouse::mask
