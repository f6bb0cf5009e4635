#include "record/recovery.h"

#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "record/digests.h"
#include "record/erased.h"
#include "record/heads.h"
#include "record/mapping.h"
#include "record/reader.h"
#include "record/tail.h"

namespace gatehouse::record {
namespace {

/// in_scope reads the process that a file's name begins with.
bool in_scope(const std::string& name, const Scope& scope) {
  const auto process = parse_exchange_id(ByteView(name).substr(0, kExchangeIdText));
  return process ? scope.has(*process) : scope.only == nullptr;
}

void remove_drafts(const Descriptor& folder, const Descriptor& rings, const Scope& scope) {
  for (const std::string& name : list_folder(folder, kDraftSuffix))
    if (in_scope(name, scope)) ::unlinkat(folder.get(), name.c_str(), 0);
  for (const std::string& name : list_folder(rings, kRingDraftSuffix))
    if (in_scope(name, scope)) ::unlinkat(rings.get(), name.c_str(), 0);
}

/// set_aside keeps a ring that cannot be read, under a name that is no ring's.
void set_aside(const Descriptor& rings, const Damage& damage, Recovered* recovered) {
  const std::string aside = damage.file + ".damaged";
  ::renameat(rings.get(), damage.file.c_str(), rings.get(), aside.c_str());
  recovered->notes.push_back("recovery: ring " + damage.file + ": " + damage.what + "; kept as " + aside);
}

/// scan_from is the segment in which the oldest exchange that may still be open began, or what no head has digests of.
uint32_t scan_from(const Catalog::Part& part, uint64_t digested) {
  if (part.segments.empty()) return 0;
  const SegmentEntry& last = part.segments.back();
  if (!last.header_good) return 0;
  return static_cast<uint32_t>(std::min(last.header.open_from, digested) / segment_data(last.header.segment_bytes));
}

std::string name_of(const Epoch& epoch) { return ring_name(epoch).substr(0, kExchangeIdText + 6); }

class EpochRecovery {
 public:
  EpochRecovery(const Descriptor& folder, const Descriptor& rings, const Epoch& epoch, const Catalog::Part& part,
                const Digested& heads, bool digests, Catalog* catalog, Erased* erased, Recovered* recovered)
      : folder_(folder), rings_(rings), epoch_(epoch), part_(part), catalog_(catalog), erased_(erased), recovered_(recovered),
        digested_(digests ? heads.of(epoch) : UINT64_MAX), durable_(heads.durable(epoch)) {
    begin();
  }

  Result<Done, std::string> run(WallNs now, uint64_t ring_bytes) {
    if (const RingSource* ring = stream_->ring(); ring != nullptr && ring->committed() > 0 && part_.segments.empty())
      return Failure{"ring " + ring->name() + " belongs to another folder of records: its segments are not here"};
    const size_t notes = recovered_->notes.size();
    if (auto done = copy_records(false); !done) return done;
    if (auto done = watch_.well(name_of(epoch_)); !done) return done;   // what follows takes away what seems to be torn
    if (is_torn(ring_bytes)) {
      recovered_->notes.resize(notes);
      begin();
      if (auto done = copy_records(true); !done) return done;
      if (auto done = watch_.well(name_of(epoch_)); !done) return done;
    }
    const bool empty = tail_->position().sequence == 0;
    if (!stream_->ended() && !empty)
      if (auto done = close_epoch(now); !done) return done;
    if (auto done = tail_->finish(); !done) return done;
    if (auto done = watch_.well(name_of(epoch_)); !done) return done;
    if (const int error = sync_folder(folder_); error != 0) return Failure{failure("sync folder of", name_of(epoch_), error)};
    if (!part_.ring.empty()) ::unlinkat(rings_.get(), part_.ring.c_str(), 0);
    sync_folder(rings_);
    const EpochTail::Position& at = tail_->position();
    if (!empty)
      recovered_->last[epoch_.worker] = {epoch_.process, at.chain,    stream_->segment_data() + kPage, at.offset,
                                         at.sequence,    digests_->take()};
    return Done{};
  }

 private:
  /// begin reads from where an open exchange may have begun; the epoch stands there, even if nothing can be read from there on.
  void begin() {
    const uint32_t first = scan_from(part_, digested_);
    stream_ = open_stream(folder_, &rings_, epoch_, part_, catalog_, first, Stream::Pads::show);
    digests_.emplace(stream_->segment_data());
    EpochTail::Position at{0, 0, first_chain()};
    for (const SegmentEntry& each : part_.segments)
      if (first != 0 && each.header_good && each.header.index == first)
        at = {each.header.base, each.header.sequence, chain_of(each.header.chain)};
    tail_.emplace(folder_, epoch_, part_.previous_process, stream_->segment_data() + kPage, at);
    if (digested_ != UINT64_MAX) tail_->digest_into(&*digests_);
    stream_->forgive(erased_);
    hole_.reset();
  }

  /// may_be_torn: pages that did not come to the disk look like this, and only where a ring was lost with the power.
  bool may_be_torn(const Damage& d) const {
    return stream_->ring() == nullptr && !part_.segments.empty() && d.file == part_.segments.back().name &&
           (d.change == Change::header || d.change == Change::contents);
  }

  /// is_torn: records follow a hole, and all that do may have been on their way together: no head says that they were on disk.
  bool is_torn(uint64_t ring_bytes) const {
    return hole_ && *hole_ >= durable_ && !stream_->ended() && tail_->position().offset > *hole_ &&
           tail_->position().offset - *hole_ <= ring_bytes;
  }

  Chain first_chain() const {
    return stream_->ring() != nullptr ? chain_of(stream_->ring()->header().chain) : Chain{};
  }

  /// copy_records goes over all records, or up to the first hole.
  Result<Done, std::string> copy_records(bool up_to_hole) {
    uint64_t copied = 0;
    for (;;) {
      const Stream::Step step = stream_->next();
      if (step == Stream::Step::end) break;
      if (step == Stream::Step::damage) {
        const Damage& d = stream_->damage();
        if (!hole_ && may_be_torn(d)) hole_ = tail_->position().offset;
        if (hole_ && up_to_hole) break;
        recovered_->notes.push_back("recovery: " + d.file + " at " + std::to_string(d.place) + ": " + d.what);
        continue;
      }
      const RecordView& record = stream_->record();
      if (record.after_erased) tail_->know({});   // what was open may have closed in what was erased
      if (!record.from_ring) {
        tail_->pass(record.offset, record.header);
        digest(record);
        continue;
      }
      if (auto done = tail_->place(record.offset, record.header, record.payload); !done) return done;
      ++copied;
    }
    if (copied > 0)
      recovered_->notes.push_back("recovery: " + std::to_string(copied) + " records of " + name_of(epoch_) +
                                  " were only in its ring");
    return Done{};
  }

  /// digest takes in a record that is in its segment already, where no head has a digest of it.
  void digest(const RecordView& record) {
    if (record.offset < digested_) return;
    digests_->add(record.offset, {reinterpret_cast<const char*>(&record.header), sizeof record.header});
    // Padding stands behind the payload, in the stream's memory as in the file.
    digests_->add(record.offset + kHeaderBytes, {record.stored.data(), record.header.total_bytes - kHeaderBytes});
  }

  Result<Done, std::string> close_epoch(WallNs now) {
    uint64_t lost = 0;
    if (auto done = tail_->clear(&lost); !done) return done;
    const size_t open = tail_->open_exchanges();
    if (auto done = tail_->close_exchanges(now); !done) return done;
    Sections sections;
    sections.number(Tag::recovered, stream_->ring() != nullptr && lost == 0 ? 2 : 1);   // 2: nothing at its end is lost
    if (lost > 0) sections.number(Tag::lost_bytes, lost);
    if (open > 0 || lost > 0)
      recovered_->notes.push_back("recovery: closed " + std::to_string(open) + " exchanges of " + name_of(epoch_) +
                                  (lost > 0 ? ", set aside " + std::to_string(lost) + " torn bytes" : ""));
    return tail_->append(Kind::end, {}, now, sections);
  }

  const Descriptor& folder_;
  const Descriptor& rings_;
  Epoch epoch_;
  const Catalog::Part& part_;
  Catalog* catalog_;
  Erased* erased_;
  Recovered* recovered_;
  uint64_t digested_;   // heads have digests up to here; UINT64_MAX: none are wanted
  uint64_t durable_;    // heads say that it was on disk up to here
  std::unique_ptr<Stream> stream_;
  std::optional<Digests> digests_;
  std::optional<EpochTail> tail_;
  ReadWatch watch_;
  std::optional<uint64_t> hole_;   // where the first one begins
};

/// last_of reads an epoch that is whole; only its last segment.
Recovered::Last last_of(const Descriptor& folder, const Epoch& epoch, const Catalog::Part& part, Catalog* catalog) {
  const uint32_t first = part.segments.empty() ? 0 : part.segments.back().header.index;
  const auto stream = open_stream(folder, nullptr, epoch, part, catalog, first);
  while (stream->next() != Stream::Step::end) {}
  return {epoch.process, stream->chain(), stream->segment_data() + kPage, stream->offset(), stream->next_sequence(), {}};
}

/// latest_writer is the latest process that wrote for workers: tombstones come from elsewhere, whole.
ExchangeId latest_writer(const Catalog& catalog) {
  ExchangeId latest;
  for (const auto& [epoch, part] : catalog.epochs)
    if (epoch.worker != kTombstones) latest = epoch.process;
  return latest;
}

/// recall_erased fills in where the chains of workers ended whose last epoch was erased.
void recall_erased(const Erased& erased, Recovered* recovered) {
  for (const auto& [epoch, gone] : erased.all()) {
    const Erased::Run* run = gone.runs.empty() ? nullptr : &gone.runs.rbegin()->second;
    const auto known = recovered->last.find(epoch.worker);
    if (run == nullptr || !run->ends || (known != recovered->last.end() && known->second.process >= epoch.process)) continue;
    recovered->last[epoch.worker] = {epoch.process, run->chain, 0, 0, 0, {}};
    recovered->latest = std::max(recovered->latest, epoch.process);
  }
}

}  // namespace

Result<Recovered, std::string> recover(const Descriptor& folder, const Descriptor& rings, WallNs now, const Scope& scope) {
  Recovered recovered;
  const ReadWatch watch;
  remove_drafts(folder, rings, scope);
  Catalog catalog = read_catalog(folder, &rings);
  if (auto done = watch.well("the folders of records"); !done) return Failure{done.error()};
  for (const Damage& damage : catalog.damages) {
    if (!in_scope(damage.file, scope)) continue;
    if (ByteView(damage.file).ends_with(kRingSuffix)) set_aside(rings, damage, &recovered);
    else recovered.notes.push_back("recovery: " + damage.file + ": " + damage.what);
  }
  if (catalog.epochs.empty()) return recovered;
  Erased erased;
  erased.read(folder);
  recovered.latest = catalog.epochs.rbegin()->first.process;
  const ExchangeId latest = latest_writer(catalog);
  std::map<uint32_t, Epoch> last;
  Digested digested;
  bool looked = false;
  for (const auto& [epoch, part] : catalog.epochs) {
    if (!part.segments.empty()) last[epoch.worker] = epoch;
    // Older processes were made whole before the latest one began, or are known to have lived beside it.
    if (!scope.has(epoch.process)) continue;
    if (part.ring.empty() && epoch.process != latest && scope.beside.count(epoch.process) == 0 && scope.only == nullptr) continue;
    if (!std::exchange(looked, true)) digested = digested_to(folder, epoch.process);
    if (auto done = watch.well("heads and tombstones"); !done) return Failure{done.error()};
    EpochRecovery one(folder, rings, epoch, part, digested, scope.digests, &catalog, &erased, &recovered);
    if (auto done = one.run(now, scope.ring_bytes); !done) return Failure{done.error()};
  }
  for (const auto& [worker, epoch] : last)
    if (const auto known = recovered.last.find(worker);
        known == recovered.last.end() || known->second.process < epoch.process)
      recovered.last[worker] = last_of(folder, epoch, catalog.epochs[epoch], &catalog);
  recall_erased(erased, &recovered);
  if (auto done = watch.well("the folders of records"); !done) return Failure{done.error()};
  return recovered;
}

}  // namespace gatehouse::record
