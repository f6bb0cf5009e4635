#include "cli/export_event.h"

#include <algorithm>
#include <array>

#include "cli/recorded.h"
#include "crypto/digest.h"

namespace gatehouse::cli {

using record::Kind;
using record::Tag;

namespace {

// Bodies and heads are for replay; what is sealed and was not opened is nobody's.
constexpr Tag kLeftOut[] = {Tag::body, Tag::client_head, Tag::origin_head, Tag::origin_answer_head, Tag::client_answer_head,
                            Tag::mask_map, Tag::mask_notes, Tag::sealed_auditor, Tag::sealed_operations, Tag::guard_evidence};

bool left_out(Tag tag) { return std::find(std::begin(kLeftOut), std::end(kLeftOut), tag) != std::end(kLeftOut); }

}  // namespace

void Event::see(const record::RecordView& record) {
  const Kind kind = record.kind();
  if (began_ == 0) began_ = record.header.wall_ns;
  ended_ = std::max(ended_, record.header.wall_ns);
  if (kind == Kind::piece) return;
  asked_ = asked_ || kind == Kind::request;
  closed_ = closed_ || kind == Kind::close;
  record::SectionReader sections(record.payload);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    uint64_t number = 0;
    if (tag == Tag::started && record::read_number(value, &number)) began_ = number;
    if (left_out(tag)) continue;
    bytes_ += value.size() + 16;
    if (bytes_ > kEventBytesMax) {
      cut_ = true;
      continue;
    }
    sections_.emplace_back(tag, value);
  }
}

ByteView Event::text(Tag tag) const {
  for (const auto& [each, value] : sections_)
    if (each == tag) return value;
  return {};
}

uint64_t Event::number(Tag tag) const {
  uint64_t number = 0;
  for (const auto& [each, value] : sections_)
    if (each == tag) record::read_number(value, &number);
  return number;
}

bool Event::has(Tag tag) const {
  return std::any_of(sections_.begin(), sections_.end(), [tag](const auto& each) { return each.first == tag; });
}

std::vector<ByteView> Event::all(Tag tag) const {
  std::vector<ByteView> values;
  for (const auto& [each, value] : sections_)
    if (each == tag) values.push_back(value);
  return values;
}

}  // namespace gatehouse::cli
