#include "record/stream.h"

#include <algorithm>

#include "record/erased.h"

namespace gatehouse::record {
namespace {

constexpr int kAttempts = 4;                // a record may move from ring to segment while it is read
constexpr int kLooksAgain = 4;              // before it is called damaged
constexpr uint64_t kSearchChunk = 64 * 1024;

}  // namespace

Stream::Stream(const Descriptor& folder, const Epoch& epoch, std::vector<SegmentEntry> segments,
               std::unique_ptr<RingSource> ring, uint32_t first, Pads pads)
    : folder_(folder), epoch_(epoch), tag_(epoch_tag(epoch)), segments_(std::move(segments)), ring_(std::move(ring)),
      pads_(pads) {
  for (const SegmentEntry& entry : segments_) {
    if (segment_data_ == 0 || entry.header_good) segment_data_ = record::segment_data(entry.header.segment_bytes);
    if (entry.header_good) break;
  }
  if (ring_) segment_data_ = record::segment_data(ring_->header().segment_bytes);
  if (segment_data_ == 0) return;
  offset_ = first * segment_data_;
  midway_ = first != 0;
  if (first == 0 && ring_) {
    chain_ = chain_of(ring_->header().chain);
    linked_ = true;
  }
}

Stream::Step Stream::next() {
  for (;;) {
    if (!queue_.empty()) {
      damage_ = std::move(queue_.front());
      queue_.pop_front();
      return Step::damage;
    }
    if (record_waits_) {
      record_waits_ = false;
      return Step::record;
    }
    if (done_) return Step::end;
    if (!advance()) done_ = true;
  }
}

/// advance makes one step: takes a record, reports a damage, or moves on; false at the end.
bool Stream::advance() {
  if (segment_data_ == 0) return false;
  if (border() - offset_ < kHeaderBytes) return leave_segment_early();
  RecordHeader header;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (ring_ && !ring_->refresh()) {
      report(Change::file, "ring head and commit mark contradict each other");
      ring_.reset();
    }
    Found found = try_ring(&header);
    if (found == Found::no) found = try_segment(&header);
    if (found == Found::yes) return true;
    open_.forget();
  }
  if (pass_erased()) return true;
  if (at_end()) return false;
  if (look_again()) return true;
  resync();
  return !done_;
}

/// look_again: while somebody writes, what cannot be read may have come to its place between two looks at the ring.
bool Stream::look_again() {
  if (!ring_) return false;
  if (again_at_ != offset_) again_ = 0;
  again_at_ = offset_;
  open_.forget();
  return ++again_ <= kLooksAgain;
}

/// pass_erased steps over segments that a tombstone stands for.
bool Stream::pass_erased() {
  if (erased_ == nullptr || offset_ / segment_data_ > UINT32_MAX || enter_segment()) return false;
  const auto index = static_cast<uint32_t>(offset_ / segment_data_);
  const Erased::Run* run = erased_->find(epoch_, index);
  if (run == nullptr && erased_->read(folder_)) run = erased_->find(epoch_, index);
  if (run == nullptr) return false;
  if (linked_ && offset_ % segment_data_ == 0 && run->first == index && run->sequence != sequence_)
    report(Change::missing,
           "the tombstone of segment " + std::to_string(index) + " begins at sequence " + std::to_string(run->sequence));
  offset_ = (uint64_t{run->last} + 1) * segment_data_;
  sequence_ = run->next_sequence;
  chain_ = run->chain;
  two_chains_ = false;
  linked_ = after_erased_ = true;
  joined_ = false;
  ended_ = ended_ || run->ends;
  return true;
}

Stream::Found Stream::try_ring(RecordHeader* header) {
  if (!ring_ || !ring_->holds(offset_)) return Found::no;
  const uint64_t room = std::min(border(), ring_->head()) - offset_;
  if (room < kHeaderBytes) return Found::no;
  if (!ring_->read(offset_, {reinterpret_cast<char*>(header), sizeof *header})) return Found::no;
  const bool fits = header_fits(*header, room) && header->epoch_tag == tag_;
  if (fits) {
    buffer_.resize(std::max<size_t>(buffer_.size(), header->total_bytes));
    if (!ring_->read(offset_ + kHeaderBytes, ByteSpan(buffer_).first(header->total_bytes - kHeaderBytes)))
      return Found::no;
  }
  if (!ring_->refresh()) return Found::no;
  if (!ring_->holds(offset_)) return Found::moved;  // written over, perhaps: what was copied means nothing
  if (!fits || (linked_ && header->sequence != sequence_)) return Found::no;
  const ByteView body(buffer_.data(), header->total_bytes - kHeaderBytes);
  return payload_fits(*header, body) && accept(*header, body, true) ? Found::yes : Found::no;
}

Stream::Found Stream::try_segment(RecordHeader* header) {
  if (!enter_segment()) return Found::no;
  const uint64_t at = place_in_segment(offset_);
  const ByteView head = open_.read(at, kHeaderBytes, stable());
  if (head.size() < kHeaderBytes) return Found::no;
  std::memcpy(header, head.data(), sizeof *header);
  if (!header_fits(*header, border() - offset_) || header->epoch_tag != tag_) return Found::no;
  // Past what the ring knows only the next link itself is believed, never older bytes.
  if (ring_ && offset_ >= ring_->head() &&
      (header->sequence != sequence_ || chain_step(chain_, *header) != chain_of(header->chain)))
    return Found::no;
  const ByteView body = open_.read(at + kHeaderBytes, header->total_bytes - kHeaderBytes, stable());
  return payload_fits(*header, body) && accept(*header, body, false) ? Found::yes : Found::no;
}

/// accept makes the record the current one and moves behind it. Pads are followed, not shown.
bool Stream::accept(const RecordHeader& header, ByteView body, bool from_ring) {
  const ByteView payload = body.substr(0, header.payload_bytes);
  record_ = {header, payload, epoch_, from_ring ? ring_->name() : open_.name(),
             from_ring ? ring_->place(offset_) : place_in_segment(offset_), offset_, from_ring, payload};
  record_.after_erased = after_erased_;
  if (ended_) report(Change::order, "a record follows the end of its epoch", &header);
  check_links(header);
  offset_ += header.total_bytes;
  after_erased_ = after_erased_ && record_.kind() == Kind::pad && pads_ == Pads::skip;
  if (record_.kind() != Kind::pad) {
    ended_ = ended_ || record_.kind() == Kind::end;
    record_waits_ = true;
    return true;
  }
  record_waits_ = pads_ == Pads::show;
  const uint64_t end = (offset_ + segment_data_ - 1) / segment_data_ * segment_data_;
  if (end != offset_ && open_index_ == offset_ / segment_data_ && (!ring_ || ring_->committed() >= end)) {
    const uint64_t last = kPage + segment_data_;
    if (const uint64_t hit = open_.zero_until(place_in_segment(offset_), last); hit != last) {
      offset_ += hit - place_in_segment(offset_);
      report(Change::behind, "bytes after a segment's last record are not zero");
    }
  }
  offset_ = end;
  return true;
}

void Stream::check_links(const RecordHeader& header) {
  const Chain recorded = chain_of(header.chain);
  record_.follows = false;
  if (!linked_ && midway_) {   // what came before was not asked for
    chain_ = recorded;
  } else if (!linked_) {
    if (header.sequence < sequence_) report(Change::order, "sequence goes back to " + std::to_string(header.sequence), &header);
    if (header.sequence > sequence_)
      report(Change::missing, std::to_string(header.sequence - sequence_) + " records are missing before this one", &header);
    two_chains_ = false;
    chain_ = recorded;
  } else {
    if (header.sequence != sequence_)
      report(header.sequence > sequence_ ? Change::missing : Change::order,
             "sequence is " + std::to_string(header.sequence) + ", expected " + std::to_string(sequence_), &header);
    const Chain computed = chain_step(chain_, header);
    record_.follows = joined_ && computed == recorded;
    if (computed == recorded || (two_chains_ && chain_step(chain_too_, header) == recorded)) {
      two_chains_ = false;
      chain_ = recorded;
    } else {
      report(Change::chain, "chain does not follow from the record before", &header);
      two_chains_ = true;
      chain_ = computed;
      chain_too_ = recorded;
    }
  }
  linked_ = joined_ = true;
  midway_ = false;
  sequence_ = header.sequence + 1;
}

uint64_t Stream::stable() const {
  if (!ring_ || ring_->committed() >= border()) return UINT64_MAX;
  const uint64_t base = border() - segment_data_;
  return ring_->committed() > base ? kPage + ring_->committed() - base : 0;
}

/// enter_segment opens the segment that holds offset_; reports what is wrong with its header, once.
bool Stream::enter_segment() {
  const auto index = static_cast<uint32_t>(offset_ / segment_data_);
  if (offset_ / segment_data_ > UINT32_MAX) return false;
  if (open_index_ == index && open_.is_open()) return true;
  auto entry = std::find_if(segments_.begin(), segments_.end(),
                            [&](const SegmentEntry& each) { return each.header.index == index; });
  if (entry == segments_.end()) {
    auto fresh = find_segment(folder_, epoch_, index);
    if (!fresh) return false;
    entry = segments_.insert(entry, std::move(*fresh));
  }
  if (!open_.open(folder_, *entry)) return false;
  open_index_ = index;
  const SegmentHeader& header = entry->header;
  if (!entry->header_good) {
    report_segment(Change::segment_header, *entry, 0, "segment header is damaged");
  } else if (record::segment_data(header.segment_bytes) != segment_data_) {
    report_segment(Change::segment_header, *entry, 0, "segment header names another segment size");
  } else if (id_of(header.process) != epoch_.process || header.worker != epoch_.worker) {
    report_segment(Change::segment_header, *entry, 0, "segment header names another epoch");
  } else if (offset_ == header.base) {
    if (linked_ && header.sequence != sequence_)
      report_segment(Change::segment_header, *entry, 0, "segment does not begin with the next sequence");
    if (linked_ && chain_of(header.chain) != chain_ && !(two_chains_ && chain_of(header.chain) == chain_too_))
      report_segment(Change::chain, *entry, 0, "segment does not continue the chain of the one before");
    if (!linked_) {
      if (sequence_ != 0 && header.sequence != sequence_)
        report_segment(Change::missing, *entry, 0, "records are missing before this segment");
      sequence_ = header.sequence;
      chain_ = chain_of(header.chain);
      linked_ = true;
      joined_ = false;
    }
  }
  if (entry->bytes != kPage + segment_data_)
    report_segment(Change::cut, *entry, std::min(entry->bytes, kPage + segment_data_),
                   "file is " + std::to_string(entry->bytes) + " bytes, not " + std::to_string(kPage + segment_data_));
  return true;
}

bool Stream::next_segment_exists() {
  const uint64_t index = border() / segment_data_;
  for (const SegmentEntry& entry : segments_)
    if (entry.header.index >= index) return true;
  if (index > UINT32_MAX) return false;
  if (erased_ != nullptr && erased_->find(epoch_, static_cast<uint32_t>(index)) != nullptr) return true;
  return find_segment(folder_, epoch_, static_cast<uint32_t>(index)).has_value();
}

/// leave_segment_early crosses the few bytes before a border in which no header fits.
bool Stream::leave_segment_early() {
  if (ring_) ring_->refresh();
  const bool goes_on = next_segment_exists() || (ring_ && ring_->head() > offset_);
  const uint64_t end = border();
  if (enter_segment() && (!ring_ || ring_->committed() >= end || !goes_on)) {
    const uint64_t last = kPage + segment_data_;
    if (const uint64_t hit = open_.zero_until(place_in_segment(offset_), last); hit != last && !ring_) {
      offset_ += hit - place_in_segment(offset_);
      report(Change::behind, "bytes after a segment's last record are not zero");
    }
  }
  if (goes_on) offset_ = end;
  return goes_on;
}

/// at_end says whether nothing more was written here. Without a ring the rest must be zeros.
bool Stream::at_end() {
  if (next_segment_exists()) return false;
  if (ring_) return offset_ >= ring_->head();
  if (!enter_segment()) return true;
  const uint64_t last = kPage + segment_data_;
  return open_.zero_until(place_in_segment(offset_), last) == last;
}

/// resync reports what cannot be read at offset_ and moves to the next thing that can.
void Stream::resync() {
  const ByteView head = bytes_at(offset_, kHeaderBytes);
  RecordHeader header;
  if (head.size() == kHeaderBytes) {
    std::memcpy(&header, head.data(), sizeof header);
    if (header_fits(header, border() - offset_) && header.epoch_tag == tag_) {
      report(Change::contents, "payload does not match its checksum", &header);
      check_links(header);
      offset_ += header.total_bytes;
      return;
    }
  }
  uint64_t to = border();
  if (!ring_ || !ring_->holds(offset_)) {
    if (!enter_segment()) {
      done_ = !pass_missing();
      return;
    }
  } else {
    to = std::min(to, ring_->head());
  }
  const uint64_t found = search(offset_ + 8, to);
  if (found < to) {
    report(Change::header, "damaged: no record can be read in " + std::to_string(found - offset_) + " bytes");
    linked_ = false;
    offset_ = found;
    return;
  }
  const bool goes_on = next_segment_exists() || (ring_ && ring_->head() > to);
  if (!goes_on && !ring_)  // name the first byte that should not be there
    offset_ += open_.zero_until(place_in_segment(offset_), kPage + segment_data_) - place_in_segment(offset_);
  report(goes_on ? Change::header : Change::behind,
         goes_on ? "damaged: no record can be read from here to the segment's end"
                 : "bytes that are no whole record follow the last one (torn or changed)");
  linked_ = false;
  offset_ = to;
  done_ = !goes_on;
}

/// pass_missing moves over segments that are not there, to what the next one, or the ring, begins with; false when
/// nothing follows.
bool Stream::pass_missing() {
  const auto index = static_cast<uint32_t>(offset_ / segment_data_);
  uint64_t to = ring_ && ring_->committed() > offset_ ? ring_->committed() : offset_;
  const SegmentEntry* next = nullptr;
  for (const SegmentEntry& entry : segments_)
    if (next == nullptr && entry.header.base > offset_ && entry.header.base % segment_data_ == 0) next = &entry;
  if (next != nullptr) to = next->header.base;
  const auto end = std::max(static_cast<uint32_t>(to / segment_data_), index + 1);
  report(Change::segment_missing, end - index == 1 ? "segment " + std::to_string(index) + " is missing"
                                                   : "segments " + std::to_string(index) + " to " +
                                                         std::to_string(end - 1) + " are missing");
  linked_ = next != nullptr && next->header_good && next->header.sequence >= sequence_;
  joined_ = false;
  Damage& damage = queue_.back();
  damage.segment = index;
  damage.segments = end - index;
  if (linked_) {   // what is missing is told by the damage: what follows goes on from here
    damage.next_sequence = sequence_ = next->header.sequence;
    damage.next_chain = chain_ = chain_of(next->header.chain);
    two_chains_ = false;
  }
  const bool moved = to > offset_;
  offset_ = to;
  return moved;
}

uint64_t Stream::search(uint64_t from, uint64_t to) {
  while (from + kHeaderBytes <= to) {
    const ByteView view = bytes_at(from, std::min(kSearchChunk, to - from));
    uint64_t at = 0;
    for (; at + kHeaderBytes <= view.size(); at += 8) {
      RecordHeader header;
      std::memcpy(&header, view.data() + at, sizeof header.magic);
      if (header.magic != GATEHOUSE_RECORD_MAGIC) continue;
      std::memcpy(&header, view.data() + at, sizeof header);
      if (header_fits(header, border() - from - at) && header.epoch_tag == tag_ && header.sequence >= sequence_)
        return from + at;
    }
    if (at == 0) {  // too short: the ring begins here, or the file ends
      if (!ring_ || ring_->committed() <= from || ring_->committed() >= to) return to;
      at = round_up(ring_->committed(), 8) - from;
    }
    from += at;
  }
  return to;
}

/// bytes_at reads raw stream bytes from where they are to be trusted most; may be short.
ByteView Stream::bytes_at(uint64_t offset, uint64_t count) {
  if (ring_ && ring_->holds(offset)) {
    count = std::min(count, ring_->head() - offset);
    buffer_.resize(std::max<size_t>(buffer_.size(), count));
    return ring_->read(offset, ByteSpan(buffer_).first(count)) ? ByteView(buffer_.data(), count) : ByteView();
  }
  if (!enter_segment()) return {};
  if (ring_ && ring_->committed() > offset) count = std::min(count, ring_->committed() - offset);
  return open_.read(place_in_segment(offset), std::min(count, border() - offset), stable());
}

void Stream::report(Change change, std::string what, const RecordHeader* header) {
  Damage damage;
  damage.change = change;
  damage.epoch = epoch_;
  damage.sequence = header != nullptr ? header->sequence : sequence_;
  if (header != nullptr) damage.exchange = id_of(header->exchange);
  damage.what = std::move(what);
  if (ring_ && ring_->holds(offset_)) {
    damage.file = ring_->name();
    damage.place = ring_->place(offset_);
  } else {
    const auto index = offset_ / segment_data_;
    for (const SegmentEntry& entry : segments_)
      if (entry.header.index == index) damage.file = entry.name;
    if (damage.file.empty()) damage.file = ring_name(epoch_).substr(0, 42) + " segment " + std::to_string(index);
    damage.place = place_in_segment(offset_);
  }
  queue_.push_back(std::move(damage));
}

void Stream::report_segment(Change change, const SegmentEntry& entry, uint64_t place, std::string what) {
  queue_.push_back({entry.name, place, sequence_, {}, std::move(what), change, epoch_});
}

}  // namespace gatehouse::record
