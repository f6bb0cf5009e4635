#include "proxy/recorder.h"

namespace gatehouse::proxy {
namespace {

constexpr uint64_t kGapRoom = 512;   // a gap record and padding
constexpr uint64_t kCloseRoom = 1024;   // a close record without numbers, padding, and what a record of half of the room needs
constexpr size_t kClosesAtOnce = 64;    // so that no append waits for many

uint64_t bytes_of(const record::Sections& sections) {
  uint64_t bytes = GATEHOUSE_RECORD_HEADER_BYTES;
  for (const auto& each : sections.all()) bytes += GATEHOUSE_RECORD_SECTION_BYTES + (each.is_number ? 8 : each.view.size());
  return bytes;
}

}  // namespace

record::Append Recorder::append(record::Kind kind, const ExchangeId& exchange, WallNs wall, const record::Sections& sections,
                                bool gaps, bool begun) {
  // Both or neither: gap records of their own would fill what is left.
  const bool room = gap_records_ == 0 || log_.room() >= bytes_of(sections) + kGapRoom;   // a broken log says so
  record::Append result = gap_records_ == 0 ? record::Append::ok : room ? settle(wall) : record::Append::full;
  if (result == record::Append::ok) result = log_.append(kind, exchange, 0, wall, sections);
  if (result == record::Append::ok) chain_ = log_.chain();   // before closes that were owed follow
  if (result == record::Append::ok && !lost_.empty()) close_lost();
  const bool owed = result == record::Append::failed || (result == record::Append::full && gaps);
  if (owed && kind == record::Kind::close && begun) keep_close(exchange, wall, sections);
  if (result != record::Append::full || !gaps) return result;
  chain_ = {};
  lose(sections);
  return record::Append::ok;
}

void Recorder::lose(const record::Sections& sections) {
  ++gap_records_;
  gap_bytes_ += bytes_of(sections);
  metrics_.record_gaps.add();
}

record::Append Recorder::settle(WallNs wall) {
  if (gap_records_ == 0) return close_lost(), record::Append::ok;
  record::Sections gap;
  gap.number(record::Tag::gap_records, gap_records_);
  gap.number(record::Tag::gap_bytes, gap_bytes_);
  const record::Append result = log_.append(record::Kind::gap, {}, 0, wall, gap);
  if (result == record::Append::ok) gap_records_ = gap_bytes_ = 0;
  return result;
}

void Recorder::keep_close(const ExchangeId& exchange, WallNs wall, const record::Sections& sections) {
  if (exchange.is_nil() || lost_.size() == kLostClosesMax) return;
  LostClose lost{exchange, wall, 0, 0, {}};
  for (const auto& each : sections.all()) {
    if (each.tag == record::Tag::reason) lost.reason = each.number;
    if (each.tag == record::Tag::status) lost.status = each.number;
    if (each.tag == record::Tag::ended_by) lost.ended_by = each.view;
  }
  lost_.push_back(std::move(lost));
}

void Recorder::close_lost() {
  for (size_t i = 0; i < kClosesAtOnce && !lost_.empty() && log_.room() >= kCloseRoom; ++i) {
    const LostClose& lost = lost_.front();
    record::Sections sections;
    sections.number(record::Tag::reason, lost.reason);
    sections.number(record::Tag::status, lost.status);
    sections.bytes(record::Tag::ended_by, lost.ended_by);
    if (log_.append(record::Kind::close, lost.exchange, 0, lost.wall, sections) != record::Append::ok) return;
    lost_.pop_front();
  }
}

}  // namespace gatehouse::proxy
