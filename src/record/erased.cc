#include "record/erased.h"

#include "record/reader.h"

namespace gatehouse::record {
namespace {

bool take_chain(ByteView value, Chain* chain) {
  if (value.size() != chain->size()) return false;
  std::memcpy(chain->data(), value.data(), chain->size());
  return true;
}

bool take_id(ByteView value, ExchangeId* id) {
  if (value.size() != id->bytes.size()) return false;
  std::memcpy(id->bytes.data(), value.data(), value.size());
  return true;
}

/// take reads one section into the entry that it belongs to; tags of later versions are passed over.
bool take(Tag tag, ByteView value, ErasedSegment* entry) {
  uint64_t number = 0;
  switch (static_cast<uint16_t>(tag)) {   // a number from outside, not an enum
    case static_cast<uint16_t>(Tag::erased_base): return read_number(value, &entry->base);
    case static_cast<uint16_t>(Tag::erased_sequence): return read_number(value, &entry->sequence);
    case static_cast<uint16_t>(Tag::erased_next_sequence): return read_number(value, &entry->next_sequence);
    case static_cast<uint16_t>(Tag::erased_chain): return take_chain(value, &entry->chain);
    case static_cast<uint16_t>(Tag::erased_why): entry->why = value; return true;
    case static_cast<uint16_t>(Tag::erased_by): entry->by = value; return true;
    case static_cast<uint16_t>(Tag::erased_last): entry->last = read_number(value, &number) && number == 1; return true;
    case static_cast<uint16_t>(Tag::previous_process): return take_id(value, &entry->previous_process);
    case static_cast<uint16_t>(Tag::erased_first_chain): return take_chain(value, &entry->first_chain);
    default: return true;
  }
}

bool fits(const ErasedSegment& entry) {
  Epoch epoch;
  uint32_t index = 0;
  return parse_segment_name(entry.name, &epoch, &index) && epoch.worker != kTombstones && (index == 0) == (entry.base == 0) &&
         entry.next_sequence > entry.sequence;
}

}  // namespace

void put_erased(Sections& sections, const ErasedSegment& entry) {
  const auto bytes = [](const auto& value) { return view_of(std::span<const uint8_t>(value)); };
  sections.bytes(Tag::erased_segment, entry.name);
  sections.number(Tag::erased_base, entry.base);
  sections.number(Tag::erased_sequence, entry.sequence);
  sections.number(Tag::erased_next_sequence, entry.next_sequence);
  sections.bytes(Tag::erased_chain, bytes(entry.chain));
  sections.bytes(Tag::erased_why, entry.why);
  sections.bytes(Tag::erased_by, entry.by);
  if (entry.last) sections.number(Tag::erased_last, 1);
  if (entry.base != 0) return;
  if (!entry.previous_process.is_nil()) sections.bytes(Tag::previous_process, bytes(entry.previous_process.bytes));
  sections.bytes(Tag::erased_first_chain, bytes(entry.first_chain));
}

bool parse_erased(ByteView payload, std::vector<ErasedSegment>* entries) {
  entries->clear();
  SectionReader sections(payload);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    if (tag == Tag::erased_segment) {
      if (!entries->empty() && !fits(entries->back())) return false;
      entries->emplace_back().name = value;
    } else if (entries->empty() || !take(tag, value, &entries->back())) {
      return false;
    }
  }
  return !sections.malformed() && !entries->empty() && fits(entries->back());
}

void Erased::add(const ErasedSegment& entry) {
  Epoch epoch;
  uint32_t index = 0;
  if (!parse_segment_name(entry.name, &epoch, &index) || find(epoch, index) != nullptr) return;
  Gone& gone = gone_[epoch];
  if (index == 0) {
    gone.previous_process = entry.previous_process;
    gone.first_chain = entry.first_chain;
  }
  auto at = gone.runs.emplace(index, Run{index, index, entry.sequence, entry.next_sequence, entry.chain, entry.last}).first;
  const auto join = [&gone](auto before, auto behind) {
    if (before->second.last + 1 != behind->first || before->second.next_sequence != behind->second.sequence) return before;
    before->second.last = behind->second.last;
    before->second.next_sequence = behind->second.next_sequence;
    before->second.chain = behind->second.chain;
    before->second.ends = behind->second.ends;
    gone.runs.erase(behind);
    return before;
  };
  if (const auto behind = std::next(at); behind != gone.runs.end()) at = join(at, behind);
  if (at != gone.runs.begin()) join(std::prev(at), at);
}

bool Erased::read(const Descriptor& folder) {
  bool fresh = false;
  for (const std::string& name : list_folder(folder, kSegmentSuffix)) {
    Epoch epoch;
    uint32_t index = 0;
    if (!parse_segment_name(name, &epoch, &index) || epoch.worker != kTombstones || known_.count(name) != 0) continue;
    known_.insert(name);
    const auto entry = read_segment_entry(folder, name);
    if (!entry || !entry->header_good) continue;
    fresh = true;
    Stream stream(folder, epoch, {*entry}, nullptr, index);
    for (Stream::Step step = stream.next(); step != Stream::Step::end; step = stream.next()) {
      std::vector<ErasedSegment> entries;
      if (step == Stream::Step::record && stream.record().kind() == Kind::erased && parse_erased(stream.record().payload, &entries))
        for (const ErasedSegment& each : entries) add(each);
    }
  }
  return fresh;
}

const Erased::Run* Erased::find(const Epoch& epoch, uint32_t index) const {
  const Gone* gone = find(epoch);
  if (gone == nullptr) return nullptr;
  auto at = gone->runs.upper_bound(index);
  if (at == gone->runs.begin()) return nullptr;
  --at;
  return index <= at->second.last ? &at->second : nullptr;
}

const Erased::Gone* Erased::find(const Epoch& epoch) const {
  const auto at = gone_.find(epoch);
  return at == gone_.end() ? nullptr : &at->second;
}

}  // namespace gatehouse::record
