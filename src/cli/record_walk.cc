#include "cli/record_walk.h"

#include <algorithm>
#include <cstdio>

#include "cli/recorded.h"
#include "record/mapping.h"

namespace gatehouse::cli {

using record::Stream;

std::unique_ptr<RecordWalk> RecordWalk::open(const RecordsPlace& place, const Options& options) {
  auto folder = record::open_folder(place.dir);
  if (!folder) {
    std::fprintf(stderr, "gatehouse: %s\n", display(folder.error()).c_str());
    return nullptr;
  }
  auto walk = std::make_unique<RecordWalk>();
  walk->place_ = place;
  walk->options_ = options;
  walk->folder_ = std::move(*folder);
  if (auto rings = record::open_folder(place.ring_dir)) walk->rings_ = std::move(*rings);
  walk->catalog_ = record::read_catalog(walk->folder_, walk->rings_.valid() ? &walk->rings_ : nullptr);
  if (options.follow) walk->ring_names_ = walk->names_of_rings();
  for (const auto& [epoch, part] : walk->catalog_.epochs) walk->add_lane(epoch, part.begins);
  return walk;
}

void RecordWalk::add_lane(const record::Epoch& epoch, WallNs begins) {
  auto lane = std::make_unique<Lane>();
  lane->epoch = epoch;
  lane->key = begins;
  lanes_.push_back(std::move(lane));
}

std::vector<std::string> RecordWalk::names_of_rings() const {
  return rings_.valid() ? record::list_folder(rings_, record::kRingSuffix) : std::vector<std::string>();
}

void RecordWalk::again() {
  for (auto& lane : parked_) {
    lane->stream->again();
    lanes_.push_back(std::move(lane));
  }
  parked_.clear();
  merging_ = false;
  if (!rings_.valid())   // it may have been made since
    if (auto rings = record::open_folder(place_.ring_dir)) rings_ = std::move(*rings);
  std::vector<std::string> names = names_of_rings();   // a new process has a new one
  if (names == ring_names_) return;
  ring_names_ = std::move(names);
  record::Catalog fresh = record::read_catalog(folder_, rings_.valid() ? &rings_ : nullptr);
  for (auto& [epoch, part] : fresh.epochs) {
    if (catalog_.epochs.count(epoch) > 0) continue;
    add_lane(epoch, part.begins);
    catalog_.epochs.emplace(epoch, std::move(part));
  }
}

const record::RecordView* RecordWalk::record() const {
  return current_->from_stream ? &current_->record : nullptr;
}

bool RecordWalk::wanted(const IndexEntry& entry) const {
  return options_.only == nullptr || entry.kind == record::Kind::end || options_.only->count(entry.exchange) > 0;
}

/// begin finds out where the epoch's records stand: what its ring has committed, and from which segment on they matter.
void RecordWalk::begin(Lane& lane) {
  lane.begun = true;
  const record::Catalog::Part& part = catalog_.epochs[lane.epoch];
  std::string why;
  if (!part.ring.empty())
    if (const auto ring = record::RingSource::open(rings_, part.ring, &why)) lane.committed = ring->committed();
  lane.next = record::segment_since(part, options_.from);
}

/// complete: nothing will be written to the segment any more, so that its index stays true.
bool RecordWalk::complete(const Lane& lane, size_t segment) const {
  const record::Catalog::Part& part = catalog_.epochs.at(lane.epoch);
  const record::SegmentHeader& header = part.segments[segment].header;
  if (!part.segments[segment].header_good) return false;
  if (!part.ring.empty()) return lane.committed >= header.base + record::segment_data(header.segment_bytes);
  return segment + 1 < part.segments.size();
}

/// index_suffices: no wanted entry of the index at hand needs its record.
bool RecordWalk::index_suffices(Lane& lane) const {
  IndexReader reader;
  IndexEntry entry;
  if (!reader.open(lane.index, lane.epoch)) return false;
  while (reader.next(&entry)) {
    if (entry.exchange.is_nil() || !wanted(entry)) continue;
    if (options_.whole || (entry.tier != 0 && place_.keys != nullptr)) return false;
  }
  return true;
}

void RecordWalk::read_rest(Lane& lane, uint32_t from, uint64_t until) {
  lane.stream = record::open_stream(folder_, rings_.valid() ? &rings_ : nullptr, lane.epoch, catalog_.epochs[lane.epoch],
                                    &catalog_, from);
  lane.stream_end = until;
  lane.opening = std::make_unique<record::Opening>(place_.keys.get(), &folder_);
}

/// enter goes on with the next segment: by its index where nothing more is asked, else by reading it.
void RecordWalk::enter(Lane& lane) {
  const record::Catalog::Part& part = catalog_.epochs[lane.epoch];
  const record::SegmentEntry& segment = part.segments[lane.next];
  const bool done = complete(lane, lane.next);
  const bool last = lane.next + 1 == part.segments.size();
  if (!done && !(last && part.ring.empty() && segment.header_good)) {   // it is being written, or its header is damaged
    lane.next = part.segments.size();
    return read_rest(lane, segment.header.index, UINT64_MAX);
  }
  ++lane.next;
  std::vector<record::Damage> found;
  if (auto kept = load_index(folder_, segment, lane.epoch)) {
    lane.index = std::move(*kept);
  } else {
    Indexed indexed = index_segment(folder_, segment, lane.epoch);
    if (indexed.damages.empty() && (done || indexed.ended)) save_index(folder_, segment, indexed.bytes);
    lane.index = std::move(indexed.bytes);
    found = std::move(indexed.damages);
  }
  lane.in_index = index_suffices(lane) && lane.reader.open(lane.index, lane.epoch);
  if (lane.in_index) damages_.insert(damages_.end(), found.begin(), found.end());
  else read_rest(lane, segment.header.index, segment.header.base + record::segment_data(segment.header.segment_bytes));
}

/// step_stream takes the next wanted record of the stream; false when there is none before its end.
bool RecordWalk::step_stream(Lane& lane) {
  for (;;) {
    const Stream::Step step = lane.stream->next();
    if (step == Stream::Step::end) break;
    if (step == Stream::Step::damage) {
      if (lane.stream->offset() <= lane.stream_end) damages_.push_back(lane.stream->damage());
      continue;
    }
    if (lane.stream->record().offset >= lane.stream_end) break;
    lane.record = lane.stream->record();
    lane.opening->open(lane.record);
    lane.entry = entry_of(lane.record);
    if (wanted(lane.entry)) return true;
  }
  const bool segment_only = lane.stream_end != UINT64_MAX;
  if (segment_only || !options_.follow) lane.stream.reset();
  lane.stream_end = UINT64_MAX;
  return false;
}

bool RecordWalk::advance(Lane& lane) {
  const record::Catalog::Part& part = catalog_.epochs[lane.epoch];
  if (!lane.begun) begin(lane);
  bool tail_read = lane.stream != nullptr && lane.stream_end == UINT64_MAX;
  for (;;) {
    if (lane.in_index) {
      lane.from_stream = false;
      while (lane.reader.next(&lane.entry))
        if (wanted(lane.entry)) return true;
      lane.in_index = false;
    }
    if (lane.stream != nullptr) {
      tail_read = lane.stream_end == UINT64_MAX;
      lane.from_stream = true;   // also where it waits at its end, to be followed
      if (step_stream(lane)) return true;
    }
    if (tail_read) return false;
    if (lane.next < part.segments.size()) {
      enter(lane);
    } else if (!part.ring.empty() && rings_.valid()) {   // what no segment has yet
      read_rest(lane, part.segments.empty() ? 0 : part.segments.back().header.index + 1, UINT64_MAX);
    } else {
      return false;
    }
  }
}

RecordWalk::Step RecordWalk::next() {
  const auto later = [](const auto& a, const auto& b) { return a->key != b->key ? a->key > b->key : a->epoch > b->epoch; };
  if (!merging_) std::make_heap(lanes_.begin(), lanes_.end(), later);
  merging_ = true;
  if (current_ != nullptr) current_->has_entry = false;
  current_ = nullptr;
  for (;;) {
    for (; told_ < catalog_.damages.size(); ++told_) damages_.push_back(catalog_.damages[told_]);
    if (!damages_.empty()) {
      damage_ = std::move(damages_.front());
      damages_.pop_front();
      return Step::damage;
    }
    if (lanes_.empty()) return Step::end;
    Lane& first = *lanes_.front();
    if (first.has_entry) {
      current_ = &first;
      return Step::entry;
    }
    std::pop_heap(lanes_.begin(), lanes_.end(), later);
    if (!advance(first)) {
      if (first.stream != nullptr && !first.stream->ended()) parked_.push_back(std::move(lanes_.back()));
      lanes_.pop_back();
      continue;
    }
    first.has_entry = true;
    first.key = std::max(first.key, first.entry.wall);
    std::push_heap(lanes_.begin(), lanes_.end(), later);
  }
}

}  // namespace gatehouse::cli
