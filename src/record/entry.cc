#include "record/entry.h"

#include <cstring>

#include "base/assert.h"
#include "record/tenant.h"

namespace gatehouse::record {

void Sections::bytes(Tag tag, ByteView value) {
  if (value.empty()) return;
  GH_ASSERT(count_ < kMax);
  items_[count_++] = {tag, false, 0, value};
}

void Sections::number(Tag tag, uint64_t value) {
  GH_ASSERT(count_ < kMax);
  items_[count_++] = {tag, true, value, {}};
}

void Sections::of(const TenantKey* tenant) {
  GH_ASSERT(tenant_ == nullptr);
  tenant_ = tenant;
  if (tenant == nullptr) return;
  bytes(Tag::tenant, tenant->name);
  bytes(Tag::tenant_key, view_of(std::span<const uint8_t>(tenant->digest)));
}

bool SectionReader::next(Tag* tag, ByteView* value) {
  if (rest_.empty()) return false;
  uint16_t code, flags;
  uint32_t length;
  if (rest_.size() < GATEHOUSE_RECORD_SECTION_BYTES) return fail();
  std::memcpy(&code, rest_.data(), 2);
  std::memcpy(&flags, rest_.data() + 2, 2);
  std::memcpy(&length, rest_.data() + 4, 4);
  if (flags != 0 || length > rest_.size() - GATEHOUSE_RECORD_SECTION_BYTES) return fail();
  *tag = static_cast<Tag>(code);
  *value = rest_.substr(GATEHOUSE_RECORD_SECTION_BYTES, length);
  rest_.remove_prefix(GATEHOUSE_RECORD_SECTION_BYTES + length);
  return true;
}

bool SectionReader::fail() {
  malformed_ = true;
  rest_ = {};
  return false;
}

bool read_number(ByteView value, uint64_t* out) {
  if (value.size() != sizeof *out) return false;
  std::memcpy(out, value.data(), sizeof *out);
  return true;
}

bool find_section(ByteView payload, Tag tag, ByteView* value) {
  SectionReader reader(payload);
  Tag each;
  while (reader.next(&each, value))
    if (each == tag) return true;
  return false;
}

ByteView tag_name(Tag tag) {
  switch (static_cast<uint16_t>(tag)) {  // a number from outside, not an enum
#define GH_TAG(name, code, type, text) \
  case code: return #name;
    GATEHOUSE_RECORD_TAGS(GH_TAG)
#undef GH_TAG
    default: return "unknown";
  }
}

bool tag_is_number(Tag tag) {
  enum class Type { text, number };
  switch (static_cast<uint16_t>(tag)) {
#define GH_TAG(name, code, type, text) \
  case code: return Type::type == Type::number;
    GATEHOUSE_RECORD_TAGS(GH_TAG)
#undef GH_TAG
    default: return false;
  }
}

ByteView kind_name(Kind kind) {
  switch (kind) {
    case Kind::request: return "request";
    case Kind::piece: return "piece";
    case Kind::outcome: return "outcome";
    case Kind::close: return "close";
    case Kind::approval: return "approval";
    case Kind::snapshot: return "snapshot";
    case Kind::start: return "start";
    case Kind::pad: return "pad";
    case Kind::end: return "end";
    case Kind::keys: return "keys";
    case Kind::decision: return "decision";
    case Kind::gap: return "gap";
    case Kind::erased: return "erased";
  }
  return "unknown";
}

}  // namespace gatehouse::record
