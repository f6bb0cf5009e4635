#include "record/tail.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/reason.h"
#include "crypto/digest.h"
#include "record/source.h"

namespace gatehouse::record {
namespace {

std::string encode(const Sections& sections) {
  std::string out;
  for (const auto& section : sections.all()) {
    char head[GATEHOUSE_RECORD_SECTION_BYTES] = {};
    const auto tag = static_cast<uint16_t>(section.tag);
    const auto length = static_cast<uint32_t>(section.is_number ? 8 : section.view.size());
    std::memcpy(head, &tag, sizeof tag);
    std::memcpy(head + 4, &length, sizeof length);
    out.append(head, sizeof head);
    if (section.is_number) out.append(reinterpret_cast<const char*>(&section.number), 8);
    else out.append(section.view);
  }
  return out;
}

}  // namespace

EpochTail::EpochTail(const Descriptor& folder, const Epoch& epoch, const ExchangeId& previous_process,
                     uint64_t segment_bytes, const Position& at)
    : folder_(folder), epoch_(epoch), previous_(previous_process), data_(segment_data(segment_bytes)), at_(at) {}

/// enter opens the segment of `offset`, or makes it with that record as its first.
Result<Done, std::string> EpochTail::enter(uint64_t offset, uint64_t sequence, const Chain& before, WallNs wall) {
  const auto index = static_cast<uint32_t>(offset / data_);
  if (index == index_) return Done{};
  if (auto done = finish(); !done) return done;
  const ReadWatch watch;
  const auto entry = find_segment(folder_, epoch_, index);
  if (auto done = watch.well(segment_name(epoch_, index, 0)); !done) return done;   // it may be there
  if (entry) {
    segment_.file = open_regular(folder_, entry->name, true, &segment_.bytes);
    segment_.name = entry->name;
    if (!segment_.file.valid()) return Failure{failure("open segment", entry->name, errno)};
    if (const int error = hold_file(segment_.file); error != 0)
      return Failure{failure("lock segment", entry->name, error)};
    index_ = index;
    return Done{};
  }
  const std::string draft = ring_name(epoch_) + kDraftSuffix;
  ::unlinkat(folder_.get(), draft.c_str(), 0);
  auto made = make_draft(folder_, draft, kPage + data_, false, nullptr);
  if (!made) return Failure{made.error()};
  segment_ = std::move(*made);
  SegmentHeader header{};
  put_id(epoch_.process, header.process);
  put_id(previous_, header.previous_process);
  header.worker = epoch_.worker;
  header.index = index;
  header.base = index * data_;
  header.created_ns = wall;
  header.sequence = sequence;
  header.open_from = std::min(header.base, open_.oldest(header.base));
  std::memcpy(header.chain, before.data(), before.size());
  index_ = index;
  return begin_segment(folder_, segment_, header);
}

Result<Done, std::string> EpochTail::put(const RecordHeader& header, ByteView payload) {
  std::string record(header.total_bytes, '\0');
  std::memcpy(record.data(), &header, sizeof header);
  payload.copy(record.data() + kHeaderBytes, payload.size());
  if (const int error = write_at(segment_.file, place_of(at_.offset), record); error != 0)
    return Failure{failure("write segment", segment_.name, error)};
  if (digests_ != nullptr) digests_->add(at_.offset, record);
  pass(at_.offset, header);
  return Done{};
}

void EpochTail::pass(uint64_t offset, const RecordHeader& header) {
  open_.see(header, offset);
  at_.offset = offset + header.total_bytes;
  if (header.kind == GATEHOUSE_RECORD_PAD) at_.offset = round_up(at_.offset, data_);
  at_.sequence = header.sequence + 1;
  at_.chain = chain_of(header.chain);
}

Result<Done, std::string> EpochTail::place(uint64_t offset, const RecordHeader& header, ByteView payload) {
  at_.offset = offset;
  if (auto done = enter(offset, header.sequence, at_.chain, header.wall_ns); !done) return done;
  return put(header, payload);
}

Result<Done, std::string> EpochTail::append(Kind kind, const ExchangeId& exchange, WallNs wall,
                                            const Sections& sections) {
  std::string payload = encode(sections);
  const uint64_t bytes = payload.size();
  payload.resize(round_up(kHeaderBytes + bytes, 8) - kHeaderBytes);
  const uint64_t left = data_ - at_.offset % data_;
  RecordHeader header{};
  header.epoch_tag = epoch_tag(epoch_);
  header.wall_ns = wall;
  if (kHeaderBytes + payload.size() > left) {
    if (left >= kHeaderBytes) {
      if (auto done = enter(at_.offset, at_.sequence, at_.chain, wall); !done) return done;
      header.kind = GATEHOUSE_RECORD_PAD;
      header.sequence = at_.sequence;
      seal_header(header, 0, 0, at_.chain);
      if (auto done = put(header, {}); !done) return done;
    }
    at_.offset = round_up(at_.offset, data_);
    header = RecordHeader{.epoch_tag = header.epoch_tag};
    header.wall_ns = wall;
  }
  if (auto done = enter(at_.offset, at_.sequence, at_.chain, wall); !done) return done;
  header.kind = static_cast<uint16_t>(kind);
  header.sequence = at_.sequence;
  put_id(exchange, header.exchange);
  seal_header(header, bytes, crypto::crc32c(payload), at_.chain);
  return put(header, payload);
}

Result<Done, std::string> EpochTail::close_exchanges(WallNs wall) {
  const std::map<ExchangeId, uint64_t> all = open_.all();  // each close takes one out of open_
  for (const auto& [id, offset] : all) {
    Sections sections;
    sections.number(Tag::reason, static_cast<uint64_t>(Reason::process_ended));
    sections.bytes(Tag::ended_by, "process");
    sections.number(Tag::recovered, 1);
    if (auto done = append(Kind::close, id, wall, sections); !done) return done;
  }
  return Done{};
}

Result<Done, std::string> EpochTail::clear(uint64_t* lost) {
  *lost = 0;
  if (round_up(at_.offset, data_) - at_.offset < kHeaderBytes) at_.offset = round_up(at_.offset, data_);
  const ReadWatch watch;
  const bool there = find_segment(folder_, epoch_, static_cast<uint32_t>(at_.offset / data_)).has_value();
  if (auto done = watch.well("segments"); !done) return done;
  if (at_.offset % data_ == 0 && !there) return Done{};
  if (auto done = enter(at_.offset, at_.sequence, at_.chain, 0); !done) return done;
  const uint64_t end = std::min(segment_.bytes, kPage + data_);
  std::vector<char> chunk(1 << 20);
  Descriptor torn;
  for (uint64_t at = place_of(at_.offset); at < end; at += chunk.size()) {
    const ByteSpan part = ByteSpan(chunk).first(std::min<uint64_t>(chunk.size(), end - at));
    const ByteSpan bytes = part.first(read_at(segment_.file, at, part));
    if (auto done = watch.well(segment_.name); !done) return done;
    const auto last = std::find_if(bytes.rbegin(), bytes.rend(), [](char c) { return c != 0; });
    if (last == bytes.rend()) continue;
    const std::string name = segment_.name + kTornSuffix;
    if (!torn.valid())
      torn = Descriptor(::openat(folder_.get(), name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    int error = torn.valid() ? write_at(torn, at - place_of(at_.offset), view_of(bytes)) : errno;
    if (error == 0 && ::fsync(torn.get()) != 0) error = errno;
    if (error == 0 && *lost == 0) error = sync_folder(folder_);   // they are safe before the first of them goes
    if (error != 0) return Failure{failure("keep torn bytes in", name, error)};
    *lost += static_cast<uint64_t>(bytes.rend() - last);
    std::fill(bytes.begin(), bytes.end(), '\0');
    if (error = write_at(segment_.file, at, view_of(bytes)); error != 0)
      return Failure{failure("write segment", segment_.name, error)};
  }
  if (at_.offset % data_ == 0) return take_away();
  // What is written next must not come to the disk before these zeros.
  if (*lost > 0 && ::fsync(segment_.file.get()) != 0) return Failure{failure("sync segment", segment_.name, errno)};
  return Done{};
}

/// take_away: a segment whose first record is lost has a header that speaks of it; whoever writes here begins it anew.
Result<Done, std::string> EpochTail::take_away() {
  if (::unlinkat(folder_.get(), segment_.name.c_str(), 0) != 0) return Failure{failure("remove segment", segment_.name, errno)};
  segment_ = {};
  index_ = UINT32_MAX;
  return Done{};
}

Result<Done, std::string> EpochTail::finish() {
  if (segment_.file.valid() && ::fsync(segment_.file.get()) != 0)
    return Failure{failure("sync segment", segment_.name, errno)};
  return Done{};
}

}  // namespace gatehouse::record
