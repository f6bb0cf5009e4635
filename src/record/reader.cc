#include "record/reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "record/mapping.h"

namespace gatehouse::record {
namespace {

void add_segment(Catalog& catalog, const Descriptor& folder, const std::string& name) {
  auto entry = read_segment_entry(folder, name);
  if (!entry) {
    catalog.damages.push_back({name, 0, 0, {}, "file is no segment: neither its header nor its name can be read"});
    return;
  }
  const Epoch epoch{id_of(entry->header.process), entry->header.worker};
  Epoch named;
  uint32_t index = 0;
  if (entry->header_good && (!parse_segment_name(name, &named, &index) || named != epoch || index != entry->header.index))
    catalog.damages.push_back({name, 0, entry->header.sequence, {}, "file name does not say what its header says"});
  auto& segments = catalog.epochs[epoch].segments;
  const auto at = std::lower_bound(segments.begin(), segments.end(), entry->header.index,
                                   [](const SegmentEntry& each, uint32_t key) { return each.header.index < key; });
  if (at != segments.end() && at->header.index == entry->header.index) {
    catalog.damages.push_back({name, 0, entry->header.sequence, {}, "another copy of segment " + at->name});
    return;
  }
  segments.insert(at, std::move(*entry));
}

uint32_t first_segment(const Catalog::Part& part, WallNs from) {
  const size_t place = segment_since(part, from);
  return place == 0 ? 0 : part.segments[place].header.index;
}

}  // namespace

size_t segment_since(const Catalog::Part& part, WallNs from) {
  size_t first = 0;
  WallNs before = 0;
  for (size_t i = 0; i < part.segments.size(); ++i) {
    if (!part.segments[i].header_good) continue;
    const WallNs created = part.segments[i].header.created_ns;
    if (created >= from || created < before) break;   // set back: in the segment before may be anything later
    before = created;
    first = i;
  }
  return first;
}

Catalog read_catalog(const Descriptor& folder, const Descriptor* rings) {
  Catalog catalog;
  // Rings first: an epoch whose ring is gone a moment later has its segments already.
  if (rings != nullptr) {
    for (const std::string& name : list_folder(*rings, kRingSuffix)) {
      std::string why;
      const auto ring = RingSource::open(*rings, name, &why);
      if (!ring) {
        catalog.damages.push_back({name, 0, 0, {}, why});
        continue;
      }
      if (ring->epoch().worker == kTombstones) {   // else what it says would count as not signed yet, and excuse what was deleted
        catalog.damages.push_back({name, 0, 0, {}, "a ring of tombstones, which have none: put in"});
        continue;
      }
      Catalog::Part& part = catalog.epochs[ring->epoch()];
      part.ring = name;
      part.begins = ring->header().created_ns;
      part.previous_process = id_of(ring->header().previous_process);
    }
  }
  for (const std::string& name : list_folder(folder, kSegmentSuffix)) add_segment(catalog, folder, name);
  for (auto& [epoch, part] : catalog.epochs) {
    for (const SegmentEntry& entry : part.segments) {
      if (!entry.header_good) continue;
      if (part.ring.empty()) part.begins = entry.header.created_ns;
      part.previous_process = id_of(entry.header.previous_process);
      break;
    }
  }
  return catalog;
}

std::unique_ptr<Stream> open_stream(const Descriptor& folder, const Descriptor* rings, const Epoch& epoch,
                                    Catalog::Part part, Catalog* catalog, uint32_t first,
                                    Stream::Pads pads) {
  std::unique_ptr<RingSource> ring;
  if (!part.ring.empty() && rings != nullptr) {
    std::string why;
    ring = RingSource::open(*rings, part.ring, &why);
    // Gone means that it was drained since the catalogue was read: all is in segments.
    if (ring && ring->epoch() != epoch) ring.reset();
    if (!ring && why != "cannot be opened") catalog->damages.push_back({part.ring, 0, 0, {}, why});
  }
  return std::make_unique<Stream>(folder, epoch, std::move(part.segments), std::move(ring), first, pads);
}

Result<std::unique_ptr<Reader>, std::string> Reader::open(const Options& options) {
  auto folder = open_folder(options.dir);
  if (!folder) return Failure{folder.error()};
  std::unique_ptr<Reader> reader(new Reader);
  reader->folder_ = std::move(*folder);
  reader->from_ = options.from;
  reader->keys_ = options.keys;
  reader->pads_ = options.pads;
  const std::string ring_dir = options.ring_dir.empty() ? options.dir + "/rings" : options.ring_dir;
  const bool no_rings = ::access(ring_dir.c_str(), F_OK) != 0 && errno == ENOENT;
  auto rings = open_folder(ring_dir);
  if (rings) reader->rings_ = std::move(*rings);
  reader->catalog_ = read_catalog(reader->folder_, reader->rings_.valid() ? &reader->rings_ : nullptr);
  if (!rings && !no_rings) reader->catalog_.damages.push_back({ring_dir, 0, 0, {}, rings.error()});
  reader->erased_.read(reader->folder_);
  for (const auto& [epoch, part] : reader->catalog_.epochs) {
    auto lane = std::make_unique<Lane>();
    lane->epoch = epoch;
    lane->key = part.begins;
    reader->lanes_.push_back(std::move(lane));
  }
  return reader;
}

bool Reader::earlier(const Lane& a, const Lane& b) const {
  return a.key != b.key ? a.key < b.key : a.epoch < b.epoch;
}

void Reader::open_lane(Lane& lane) {
  const Catalog::Part& part = catalog_.epochs[lane.epoch];
  lane.stream = open_stream(folder_, rings_.valid() ? &rings_ : nullptr, lane.epoch, part, &catalog_,
                            first_segment(part, from_), pads_);
  lane.stream->forgive(&erased_);
  lane.opening = std::make_unique<Opening>(keys_, &folder_);
}

void Reader::close_lane(Lane& lane) {
  const Catalog::Part& part = catalog_.epochs[lane.epoch];
  const Stream& stream = *lane.stream;
  Ended end;
  end.epoch = lane.epoch;
  end.previous_process = part.previous_process;
  end.last_chain = stream.chain();
  end.next_sequence = stream.next_sequence();
  end.offset = stream.offset();
  end.ended = stream.ended();
  end.has_ring = stream.ring() != nullptr;
  end.tail_erased = stream.tail_erased();
  if (const Erased::Gone* gone = erased_.find(lane.epoch)) {
    end.first_chain = gone->first_chain;
    end.has_first = gone->runs.count(0) != 0;
  }
  if (end.has_ring) {
    end.first_chain = chain_of(stream.ring()->header().chain);
    end.has_first = true;
  }
  if (!stream.segments().empty()) {
    const SegmentEntry& first = stream.segments().front();
    if (first.header_good && first.header.index == 0) {
      end.first_chain = chain_of(first.header.chain);
      end.has_first = true;
    }
    end.last_file = stream.segments().back().name;
  } else if (end.has_ring) {
    end.last_file = stream.ring()->name();
  }
  ended_.push_back(std::move(end));
}

/// close_erased tells of the epochs of which nothing is left.
void Reader::close_erased() {
  for (const auto& [epoch, gone] : erased_.all()) {
    if (gone.runs.empty() || catalog_.epochs.count(epoch) != 0) continue;
    const auto& [first, run] = *gone.runs.rbegin();
    Ended end;
    end.epoch = epoch;
    end.previous_process = gone.previous_process;
    end.first_chain = gone.first_chain;
    end.last_chain = run.chain;
    end.next_sequence = run.next_sequence;
    end.has_first = first == 0;
    end.ended = gone.whole() != nullptr;
    end.tail_erased = true;
    end.last_file = ring_name(epoch).substr(0, kExchangeIdText + 6) + " segment " + std::to_string(run.last);
    ended_.push_back(std::move(end));
  }
}

Stream::Step Reader::next() {
  const auto later = [this](const auto& a, const auto& b) { return earlier(*b, *a); };
  if (current_ == nullptr) std::make_heap(lanes_.begin(), lanes_.end(), later);
  if (current_ != nullptr) current_->has_record = false;
  current_ = nullptr;   // it may end in this step, and something else than a record be next
  for (;;) {
    if (told_ < catalog_.damages.size()) {
      damage_ = catalog_.damages[told_++];
      return Stream::Step::damage;
    }
    if (lanes_.empty()) {
      if (!std::exchange(closed_, true)) close_erased();
      return Stream::Step::end;
    }
    Lane& first = *lanes_.front();
    if (first.has_record) {
      current_ = &first;
      return Stream::Step::record;
    }
    if (!first.stream) open_lane(first);
    const Stream::Step step = first.stream->next();
    if (step == Stream::Step::damage) {
      damage_ = first.stream->damage();
      return step;
    }
    std::pop_heap(lanes_.begin(), lanes_.end(), later);
    if (step == Stream::Step::end) {
      close_lane(first);
      lanes_.pop_back();
      continue;
    }
    first.has_record = true;
    first.record = first.stream->record();
    first.opening->open(first.record);
    first.key = std::max(first.key, first.stream->record().header.wall_ns);  // order within an epoch comes first
    std::push_heap(lanes_.begin(), lanes_.end(), later);
  }
}

}  // namespace gatehouse::record
