#include "proxy/recorder.h"

namespace gatehouse::proxy {
namespace {

constexpr uint64_t kGapRoom = 512;   // a gap record and padding

uint64_t bytes_of(const record::Sections& sections) {
  uint64_t bytes = GATEHOUSE_RECORD_HEADER_BYTES;
  for (const auto& each : sections.all()) bytes += GATEHOUSE_RECORD_SECTION_BYTES + (each.is_number ? 8 : each.view.size());
  return bytes;
}

}  // namespace

record::Append Recorder::append(record::Kind kind, const ExchangeId& exchange, WallNs wall, const record::Sections& sections,
                                bool gaps) {
  // Both or neither: gap records of their own would fill what is left.
  const bool settled = gap_records_ == 0 || (log_.room() >= bytes_of(sections) + kGapRoom && settle(wall));
  const record::Append result = settled ? log_.append(kind, exchange, 0, wall, sections) : record::Append::full;
  if (result != record::Append::full || !gaps) return result;
  ++gap_records_;
  gap_bytes_ += bytes_of(sections);
  metrics_.record_gaps.add();
  return record::Append::ok;
}

bool Recorder::settle(WallNs wall) {
  if (gap_records_ == 0) return true;
  record::Sections gap;
  gap.number(record::Tag::gap_records, gap_records_);
  gap.number(record::Tag::gap_bytes, gap_bytes_);
  if (log_.append(record::Kind::gap, {}, 0, wall, gap) != record::Append::ok) return false;
  gap_records_ = gap_bytes_ = 0;
  return true;
}

}  // namespace gatehouse::proxy
