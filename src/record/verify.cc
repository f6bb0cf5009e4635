#include "record/verify.h"

#include <algorithm>
#include <map>
#include <set>

#include "record/rewrapped.h"
#include "record/segment.h"
#include "record/verify_decisions.h"
#include "record/verify_epoch.h"
#include "record/verify_seals.h"
#include "record/verify_tenants.h"

namespace gatehouse::record {
namespace {

constexpr WallNs kHeadSlack = 10 * kNsPerSecond;   // a head may come so much later than its interval says

std::string epoch_text(const Epoch& epoch) { return ring_name(epoch).substr(0, kExchangeIdText + 6); }

std::string counted(uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

class Verification {
 public:
  Verification(Reader& reader, const VerifyOptions& options, HeadBook& book)
      : reader_(reader), options_(options), book_(book), report_([this](const Damage& damage) { report(damage); }),
        seals_(report_), tenants_(report_, options.tenants_followed), decisions_(report_) {
    if (options.dir.empty()) return;
    if (auto folder = open_folder(options.dir)) folder_ = std::move(*folder);
  }

  Verified run() {
    for (const Damage& damage : book_.damages())
      if (options_.part && damage.change == Change::head_missing) note(damage.file + ": " + damage.what);
      else report(damage);
    for (Stream::Step step = reader_.next(); step != Stream::Step::end; step = reader_.next()) {
      if (step == Stream::Step::damage) damaged(reader_.damage());
      else see(reader_.record());
    }
    batch_.settle();
    for (auto& [epoch, proof] : proofs_) proof.end();
    count_segments();
    look_at_late_heads();
    look_at_successors();
    for (const Reader::Ended& ended : reader_.ended()) {
      if (ended.tail_erased) open_.erase(ended.epoch), proof_of(ended.epoch).cut();
      check_link(ended);
      check_end(ended);
      check_signed(ended);
      check_digests(ended);
    }
    check_absent();
    if (!options_.part)
      decisions_.settle(reader_.ended(), reader_.erased(), [this](std::string text) { note(std::move(text)); });
    for (const auto& [epoch, open] : open_) totals_.open += open.all().size();
    sum_up();
    return std::move(totals_);
  }

 private:
  void report(const Damage& damage) {
    ++totals_.problems;
    options_.problem(damage);
  }
  void note(std::string text) {
    constexpr size_t kNotesMax = 200;
    if (totals_.notes.size() < kNotesMax) totals_.notes.push_back(std::move(text));
  }

  void damaged(const Damage& damage) {
    if (damage.change == Change::segment_missing) open_.erase(damage.epoch);   // what was open may have closed in it
    decisions_.leave(damage.epoch);
    if (options_.part && damage.change == Change::segment_missing) note(epoch_text(damage.epoch) + ": " + damage.what + " here");
    else report(damage);
  }

  EpochProof& proof_of(const Epoch& epoch) {
    const auto found = proofs_.find(epoch);
    if (found != proofs_.end()) return found->second;
    const auto said = book_.epochs().find(epoch);
    return proofs_.try_emplace(epoch, said == book_.epochs().end() ? nullptr : &said->second, report_, batch_).first->second;
  }

  void see(const RecordView& record) {
    if (current_ == nullptr || current_epoch_ != record.epoch) {
      current_ = &proof_of(record.epoch);
      current_epoch_ = record.epoch;
    }
    current_->see(record);
    if (record.kind() == Kind::pad) return;
    ++totals_.records;
    totals_.bytes += record.header.total_bytes;
    totals_.exchanges += record.kind() == Kind::request;
    if (totals_.first == 0) totals_.first = record.header.wall_ns;
    totals_.last = std::max(totals_.last, record.header.wall_ns);
    OpenExchanges& open = open_[record.epoch];
    if (record.after_erased) open = {};   // what was open there may have closed in what was erased
    if (record.place == kPage && !record.from_ring) see_segment(record, open);
    open.see(record.header, record.offset);
    SectionReader sections(record.payload);
    Tag tag;
    ByteView value;
    while (sections.next(&tag, &value)) {}
    if (sections.malformed()) report(at(record, Change::sections, "the payload's sections cannot be read"));
    else if (const char* wrong = options_.look ? options_.look(record) : nullptr; wrong != nullptr)
      report(at(record, Change::contents, wrong));
    if (record.kind() == Kind::keys && !record.from_ring) see_beside(record);
    seals_.see(record, reader_.recipients());
    tenants_.see(record);
    decisions_.see(record);
    if (record.kind() == Kind::gap) see_gap(record);
    if (record.kind() == Kind::end) see_end(record, open);
  }

  /// see_segment holds a segment's header against its first record and what came before it: no chain covers the header.
  void see_segment(const RecordView& record, const OpenExchanges& open) {
    const Catalog::Part& part = reader_.catalog().epochs.find(record.epoch)->second;
    const auto entry = std::find_if(part.segments.begin(), part.segments.end(),
                                    [&](const SegmentEntry& each) { return each.name == record.file; });
    if (entry == part.segments.end() || !entry->header_good) return;   // made since, or told already
    const SegmentHeader& header = entry->header;
    const char* wrong = nullptr;
    if (header.created_ns != record.header.wall_ns) wrong = "segment header says another time than its first record";
    else if (header.open_from > open.oldest(header.base)) wrong = "segment header says that what was open had closed";
    else if (id_of(header.previous_process) != part.previous_process) wrong = "segment header names another epoch before its own";
    else if (record.file != segment_name(record.epoch, header.index, header.created_ns)) wrong = "its name says another time";
    if (wrong != nullptr) report({entry->name, 0, record.header.sequence, {}, wrong, Change::segment_header, record.epoch});
  }

  /// see_beside: no chain covers what was laid beside a segment, but a checksum does.
  void see_beside(const RecordView& record) {
    const auto keys = parse_keys(record.stored);
    if (!keys || !folder_.valid()) return;
    const auto beside = rewrapped_of(folder_, std::string(record.file), record.epoch, keys->key_epoch);
    if (beside || !beside.error().damaged) return;
    seals_.beside_damaged();
    report({std::string(record.file) + kRewrappedSuffix, 0, record.header.sequence, {}, beside.error().what, Change::contents,
            record.epoch});
  }

  void see_gap(const RecordView& record) {
    ByteView value;
    uint64_t lost = 0;
    if (find_section(record.payload, Tag::gap_records, &value)) read_number(value, &lost);
    ++totals_.gaps;
    totals_.gap_records += lost;
    gapped_.insert(record.epoch);
    decisions_.leave(record.epoch);
  }

  void see_end(const RecordView& record, const OpenExchanges& open) {
    if (gapped_.count(record.epoch) == 0) {
      for (const auto& [id, offset] : open.all()) {
        Damage damage = at(record, Change::unclosed, "an exchange of this finished epoch has no close record");
        damage.exchange = id;
        report(damage);
      }
    }
    open_.erase(record.epoch);
  }

  static Damage at(const RecordView& record, Change change, const char* what) {
    return {std::string(record.file), record.place, record.header.sequence, record.exchange(), what, change, record.epoch};
  }

  /// check_link holds an epoch against the one that its worker had before.
  void check_link(const Reader::Ended& epoch) {
    const auto say = [&](Change change, const char* what) {
      if (options_.part && change == Change::epoch_missing) return note(epoch_text(epoch.epoch) + ": " + what);
      report({epoch.last_file, 0, epoch.next_sequence, {}, what, change, epoch.epoch});
    };
    const Reader::Ended* before = nullptr;
    for (const Reader::Ended& each : reader_.ended())
      if (each.epoch.worker == epoch.epoch.worker && each.epoch.process < epoch.epoch.process && each.next_sequence > 0 &&
          (before == nullptr || before->epoch.process < each.epoch.process))
        before = &each;
    const ExchangeId found = before == nullptr ? ExchangeId{} : before->epoch.process;
    if (found != epoch.previous_process) {
      if (epoch.previous_process.is_nil() || epoch.previous_process < found)
        say(Change::epoch_link, "the epoch does not name the one before it");
      else say(Change::epoch_missing, "the epoch that this one continues is missing");
    } else if (before != nullptr && epoch.has_first && before->last_chain != epoch.first_chain) {
      if (options_.part && !before->ended)
        return note(epoch_text(epoch.epoch) + ": not proved that it continues the one before: the end of that one is not here");
      say(Change::epoch_link, "the epoch does not continue the chain of the one before it");
    }
  }

  /// check_end looks for records that should follow.
  void check_end(const Reader::Ended& epoch) {
    const Anchor* last = proof_of(epoch.epoch).last();
    Damage damage{epoch.last_file, 0, epoch.next_sequence, {}, "", Change::tail, epoch.epoch};
    if (last != nullptr && last->sequence > epoch.next_sequence) {
      const uint64_t records = last->sequence - epoch.next_sequence;
      const uint64_t bytes = last->offset > epoch.offset ? last->offset - epoch.offset : 0;
      damage.what = counted(records, "record", "records") + ", " + counted(bytes, "byte", "bytes") + ", are missing at the end: " +
                    head_text(*last) + " names them";
      if (options_.part && !is_here(epoch.epoch, last->offset)) return note(epoch_text(epoch.epoch) + ": " + damage.what);
      totals_.lost_records += records;
      totals_.lost_bytes += bytes;
      return report(damage);
    }
    if (epoch.ended || epoch.has_ring) return;
    damage.what = "the epoch has no end record and no ring: its tail is missing, or power was lost and no gateway started since";
    if (options_.part) note(epoch_text(epoch.epoch) + ": its end is not here");
    else report(damage);
  }

  /// is_here says whether the segment with the byte before `offset` is among the files.
  bool is_here(const Epoch& epoch, uint64_t offset) const {
    const auto part = reader_.catalog().epochs.find(epoch);
    if (part == reader_.catalog().epochs.end()) return false;
    return std::any_of(part->second.segments.begin(), part->second.segments.end(), [&](const SegmentEntry& each) {
      return offset > each.header.base && offset - each.header.base <= segment_data(each.header.segment_bytes);
    });
  }

  /// look_at_late_heads: an epoch may have ended after its heads were read, and the last one say so.
  void look_at_late_heads() {
    const bool wanted = std::any_of(reader_.ended().begin(), reader_.ended().end(), [this](const Reader::Ended& each) {
      return each.ended && proof_of(each.epoch).unsigned_records() > 0;
    });
    if (!wanted || options_.dir.empty() || !book_.any()) return;
    HeadBook late(options_.heads_keys);
    late.read_folder(options_.dir);
    for (const Reader::Ended& each : reader_.ended()) {
      const auto said = late.epochs().find(each.epoch);
      EpochProof& proof = proof_of(each.epoch);
      if (said == late.epochs().end() || !each.ended || proof.broken()) continue;
      const auto& anchors = said->second.anchors;
      if (std::any_of(anchors.begin(), anchors.end(),
                      [&](const Anchor& one) { return one.sequence == each.next_sequence && one.chain == proof.last_chain(); }))
        proof.take_end();
    }
  }

  /// look_at_successors: the chain of a worker goes on from epoch to epoch; who signed a later place signed what came before, as
  /// far as the chain leads there: over no hole, and not over what a header alone says.
  void look_at_successors() {
    std::map<Epoch, const Reader::Ended*> ended;
    for (const Reader::Ended& each : reader_.ended()) ended[each.epoch] = &each;
    for (auto at = ended.rbegin(); at != ended.rend(); ++at) {   // the latest process first
      const Reader::Ended& later = *at->second;
      if (later.previous_process.is_nil() || !later.has_first) continue;
      const auto before = ended.find({later.previous_process, later.epoch.worker});
      if (before == ended.end() || before->second->last_chain != later.first_chain) continue;
      EpochProof& proof = proof_of(before->first);
      if (reader_.erased().find(later.epoch, 0) != nullptr) proof.cut();
      else if (proof_of(later.epoch).signs_start() && proof.last_chain() == later.first_chain && !proof.broken()) proof.take_end();
    }
  }

  void check_signed(const Reader::Ended& epoch) {
    const EpochProof& proof = proof_of(epoch.epoch);
    if (proof.unsigned_records() == 0 || proof.broken() || !(book_.any() || !options_.heads_keys.empty())) return;
    const WallNs since = proof.unsigned_for();
    const uint64_t interval = proof.last() != nullptr ? proof.last()->interval : kNsPerSecond;
    const std::string text = counted(proof.unsigned_records(), "record", "records");
    if (epoch.has_ring && !epoch.ended && since / 2 <= interval + kHeadSlack && (proof.last() != nullptr || may_live(epoch.epoch)))
      return note(epoch_text(epoch.epoch) + ": the newest " + text + " are not signed yet");
    if (options_.part && proof.last() == nullptr) return note(epoch_text(epoch.epoch) + ": its heads are not here");
    if (options_.part && proof.last()->sequence > proof.next_sequence())
      return note(epoch_text(epoch.epoch) + ": the newest " + text + " here are signed with others, which are not here");
    report({epoch.last_file, 0, proof.next_sequence() - proof.unsigned_records(), {},
            "the last " + text + " of this epoch are under no signed head", Change::not_signed, epoch.epoch});
  }

  /// may_live: a gateway may have started after the heads were read.
  bool may_live(const Epoch& epoch) const {
    if (options_.part || options_.dir.empty() || book_.may_live(epoch)) return true;
    HeadBook late(options_.heads_keys);
    late.read_folder(options_.dir);
    return late.may_live(epoch) || late.epochs().count(epoch) != 0;
  }

  /// check_digests: where heads come with digests, or the configuration demands it, all that is signed is under one.
  void check_digests(const Reader::Ended& epoch) {
    const EpochProof& proof = proof_of(epoch.epoch);
    const auto said = book_.epochs().find(epoch.epoch);
    const bool strict = seals_.strict_demanded(epoch.epoch) || (said != book_.epochs().end() && said->second.strict);
    if (!strict || proof.signed_undigested() == 0 || proof.broken()) return;
    const std::string what = counted(proof.signed_undigested(), "byte", "bytes") +
                             " of signed records are under no digest, though records.strict is set: contents are not proved";
    if (options_.part) return note(epoch_text(epoch.epoch) + ": " + what);
    report({epoch.last_file, 0, 0, {}, what, Change::digest, epoch.epoch});
  }

  void miss_heads(const char* what) { report({kHeadsFolder, 0, 0, {}, what, Change::head_missing, {}}); }

  /// check_tenants: a tenant of whom nothing is here may have been idle; that his key proved nothing is said.
  void check_tenants() {
    for (const auto& tenant : options_.keys->tenants())
      if (totals_.tenants.count(tenant->name) == 0)
        note("nothing here is of the tenant '" + tenant->name + "', whose key was given");
  }

  /// check_absent looks for epochs that heads tell of and of which there is nothing.
  void check_absent() {
    std::set<Epoch> here;
    for (const Reader::Ended& each : reader_.ended()) here.insert(each.epoch);
    for (const auto& [epoch, said] : book_.epochs()) {
      if (here.count(epoch) != 0 || said.anchors.empty() || said.anchors.back().sequence == 0) continue;
      const Anchor& last = said.anchors.back();
      const std::string what = "the epoch is missing, " + counted(last.sequence, "record", "records") + ", " +
                               counted(last.offset, "byte", "bytes") + ": " + head_text(last) + " names them";
      if (options_.part) {
        note(epoch_text(epoch) + ": " + what);
        continue;
      }
      totals_.lost_records += last.sequence;
      totals_.lost_bytes += last.offset;
      report({epoch_text(epoch), 0, 0, {}, what, Change::epoch_missing, epoch});
    }
  }

  void count_segments() {
    std::map<Epoch, uint64_t> there;
    for (const auto& [epoch, part] : reader_.catalog().epochs) {
      ++totals_.epochs;
      totals_.segments += part.segments.size();
      if (!part.segments.empty()) there[epoch] = uint64_t{part.segments.back().header.index} + 1;
    }
    for (const auto& [epoch, said] : book_.epochs())
      if (!said.anchors.empty())
        there[epoch] = std::max(
            there[epoch], (said.anchors.back().offset + segment_data(said.segment_bytes) - 1) / segment_data(said.segment_bytes));
    for (const auto& [epoch, gone] : reader_.erased().all())
      for (const auto& [first, run] : gone.runs) {
        there[epoch] = std::max(there[epoch], uint64_t{run.last} + 1);
        totals_.segments_erased += run.last - run.first + 1;
      }
    for (const auto& [epoch, count] : there) totals_.segments_expected += count;
    totals_.segments_expected -= std::min(totals_.segments_expected, totals_.segments_erased);
  }

  void sum_up() {
    for (const auto& [epoch, proof] : proofs_) {
      const uint64_t left = proof.unsigned_records() + proof.cut_off();
      totals_.signed_records += proof.seen() - left;
      totals_.unsigned_records += left;
      if (book_.any() && proof.cut_off() > 0)
        note(epoch_text(epoch) + ": " + counted(proof.cut_off(), "record", "records") +
             " before what is not here: under no head, as no chain leads there from a later one");
      totals_.digested_bytes += proof.digested();
      totals_.undigested_bytes += proof.undigested();
    }
    totals_.decisions = decisions_.decisions();
    totals_.decisions_bound = decisions_.bound();
    totals_.operations = seals_.operations();
    totals_.auditor = seals_.auditor();
    tenants_.finish();
    totals_.tenants = tenants_.tenants();
    totals_.tenants_unfollowed = tenants_.unfollowed();
    if (totals_.tenants_unfollowed > 0)
      note("not proved: that " + counted(totals_.tenants_unfollowed, "exchange", "exchanges") +
           " of tenants left nothing without their tenant's key: more than " + std::to_string(options_.tenants_followed) +
           " were open at once; verify parts of the folder by themselves (--part)");
    totals_.heads = book_.good();
    totals_.heads_expected = book_.expected();
    totals_.heads_witnessed = book_.witnessed();
    totals_.heads_believed = book_.believed();
    totals_.signers.assign(book_.signers().begin(), book_.signers().end());
    for (const std::string& each : book_.notes()) note(each);
    if (!book_.any() && !options_.heads_keys.empty()) miss_heads("signed heads are asked for, and there are none");
    else if (!book_.any() && seals_.heads_demanded()) {
      const char* const what = "the recorded configuration demands signed heads, and there are none";
      if (options_.part) note(what);   // they may not have been copied
      else miss_heads(what);
    }
    if (options_.keys != nullptr)
      seals_.judge_keys(*options_.keys, [this](std::string what) {
        if (options_.part) note(std::move(what));
        else report({options_.dir, 0, 0, {}, std::move(what), Change::wrong_key, {}});
      });
    if (options_.keys != nullptr) check_tenants();
    if (!options_.dir.empty() && totals_.epochs == 0 && !book_.any())
      report({options_.dir, 0, 0, {}, "nothing is here: no segment, no ring, no head", Change::missing, {}});
    const TierVerified& tier = totals_.operations;
    if (options_.keys != nullptr && !options_.keys->empty() && totals_.records > 0 && tier.opened + tier.failed + tier.no_key == 0)
      report({options_.dir, 0, 0, {}, "a key was given, and nothing here is sealed", Change::sealed_less, {}});
  }

  Reader& reader_;
  const VerifyOptions& options_;
  HeadBook& book_;
  const EpochProof::Report report_;
  SealProof seals_;
  TenantProof tenants_;
  DecisionProof decisions_;
  Descriptor folder_;        // for what lies beside segments; not valid where only a reader was given
  Verified totals_;
  RunBatch batch_;
  std::map<Epoch, EpochProof> proofs_;
  EpochProof* current_ = nullptr;
  Epoch current_epoch_;
  std::map<Epoch, OpenExchanges> open_;
  std::set<Epoch> gapped_;   // with records that were never written
};

}  // namespace

Result<Verified, std::string> verify(const VerifyOptions& options) {
  const ReadWatch watch;
  HeadBook book(options.heads_keys);
  book.read_folder(options.dir);   // before the records: these grow meanwhile
  for (const std::string& each : options.witnesses)
    if (auto done = book.read_witness(each); !done) return Failure{done.error()};
  book.settle();
  Reader::Options wanted;
  wanted.dir = options.dir;
  wanted.ring_dir = options.ring_dir;
  wanted.keys = options.keys;
  wanted.pads = Stream::Pads::show;
  auto reader = Reader::open(wanted);
  if (!reader) return Failure{reader.error()};
  Verified verified = Verification(**reader, options, book).run();
  if (auto done = watch.well(options.dir); !done) {   // what could not be looked at is not proved
    ++verified.problems;
    if (options.problem) options.problem({options.dir, 0, 0, {}, done.error(), Change::file, {}});
  }
  return verified;
}

Verified verify(Reader& reader, const std::function<void(const Damage&)>& problem,
                const std::function<const char*(const RecordView&)>& look) {
  HeadBook book;
  VerifyOptions options;
  options.problem = problem;
  options.look = look;
  return Verification(reader, options, book).run();
}

}  // namespace gatehouse::record
