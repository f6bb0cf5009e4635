// `gatehouse records verify --explain ID`: each hash step, so that somebody with any SHA-256 can follow it.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <vector>

#include "cli/exit_code.h"
#include "cli/recorded.h"
#include "record/verify_epoch.h"

namespace gatehouse::cli {
namespace {

using record::Chain;
using record::RecordView;

ByteView bytes_of(const void* from, size_t count) { return {static_cast<const char*>(from), count}; }

std::string hex_of(ByteView bytes) { return crypto::hex({u8(bytes.data()), bytes.size()}); }

/// fits: a part that a given key should open, and did not, was not proved.
bool fits(record::Seal seal) {
  using record::Seal;
  return seal == Seal::absent || seal == Seal::opened || seal == Seal::no_key || seal == Seal::no_tenant;
}

/// seal_text; whose the record is stands among its sections.
const char* seal_text(record::Seal seal) {
  switch (seal) {
    case record::Seal::absent: return "none";
    case record::Seal::opened: return "opened: proved to be as it was sealed";
    case record::Seal::no_key: return "not opened: no key was given";
    case record::Seal::wrong_key: return "not opened: wrong key";
    case record::Seal::no_tenant: return "not opened: the key of its tenant was not given";
    case record::Seal::wrong_tenant: return "not opened: wrong key of its tenant";
    case record::Seal::no_keys: return "not opened: the record with the wrapped keys is missing or damaged";
    case record::Seal::damaged: return "not opened: changed since it was sealed, or put in";
  }
  return "";
}

class Explanation {
 public:
  Explanation(const ExchangeId& id, record::HeadBook& book) : id_(id), book_(book) {}

  bool found() const { return found_; }
  bool good() const { return good_; }

  /// see takes each record of all epochs, pads too.
  void see(const RecordView& record) {
    proof_of(record.epoch).see(record);
    Chain& before = chains_[record.epoch];
    const bool known = sequences_.count(record.epoch) != 0;
    if (record.exchange() == id_) {
      show(record, known ? &before : nullptr);
      open_.insert_or_assign(record.epoch, record.header.sequence);
      shown_[record.epoch].push_back(record.header.sequence);
    }
    before = record::chain_of(record.header.chain);
    sequences_[record.epoch] = record.header.sequence + 1;
    if (open_.count(record.epoch) != 0) look_for_head(record);
  }

  void end() {
    batch_.settle();
    for (const record::Damage& each : changed_) {
      if (!holds_shown(each)) continue;
      std::printf("%s\n", damage_text(each).c_str());
      good_ = false;
    }
    for (const auto& [epoch, sequence] : open_) {
      std::printf("no signed head stands behind sequence %llu: what comes before it is proved by checksums and chain alone\n",
                  static_cast<unsigned long long>(sequence));
      good_ = false;
    }
  }

 private:
  record::EpochProof& proof_of(const record::Epoch& epoch) {
    auto& proof = proofs_[epoch];
    const auto said = book_.epochs().find(epoch);
    if (!proof)
      proof = std::make_unique<record::EpochProof>(said == book_.epochs().end() ? nullptr : &said->second, report_, batch_);
    return *proof;
  }

  /// holds_shown: a record of the exchange is among those whose digest does not fit.
  bool holds_shown(const record::Damage& digest) const {
    const auto shown = shown_.find(digest.epoch);
    return shown != shown_.end() && std::any_of(shown->second.begin(), shown->second.end(), [&](uint64_t sequence) {
      return sequence >= digest.sequence && sequence < digest.next_sequence;
    });
  }

  void show(const RecordView& record, const Chain* before) {
    found_ = true;
    const record::RecordHeader& header = record.header;
    const ByteView covered = bytes_of(&header, GATEHOUSE_RECORD_CHAINED_BYTES);
    const ByteView body(record.stored.data(), header.total_bytes - record::kHeaderBytes);
    const uint32_t crc = crypto::crc32c(body);
    std::printf("record %llu, %s, in %s at %llu\n", static_cast<unsigned long long>(header.sequence),
                std::string(record::kind_name(record.kind())).c_str(), display(record.file).c_str(),
                static_cast<unsigned long long>(record.place));
    std::printf("  CRC32C of %zu payload bytes     %08x, in the header %08x%s\n", body.size(), crc, header.payload_crc,
                crc == header.payload_crc ? "" : "  DIFFERENT");
    std::printf("  CRC32C of 84 header bytes       %08x, in the header %08x\n", record::header_crc(header), header.header_crc);
    std::printf("  header (84 bytes)               %s\n", hex_of(covered).c_str());
    if (before == nullptr) {
      std::printf("  chain before                    not here: this record is the first that is\n");
    } else {
      const Chain step = record::chain_step(*before, header);
      const bool same = step == record::chain_of(header.chain);
      good_ = good_ && same;
      std::printf("  chain before                    %s\n  SHA-256(chain before, header)   %s\n", crypto::hex(*before).c_str(),
                  crypto::hex(step).c_str());
      std::printf("  chain of this record            %s%s\n", crypto::hex(record::chain_of(header.chain)).c_str(),
                  same ? "" : "  DIFFERENT");
    }
    std::printf("  sealed, operations              %s\n  sealed, auditor                 %s\n",
                record.is_sealed() ? seal_text(record.operations) : "not sealed",
                record.is_sealed() ? seal_text(record.auditor) : "not sealed");
    good_ = good_ && fits(record.operations) && fits(record.auditor);
    show_run(record);
  }

  void show_run(const RecordView& record) {
    const auto said = book_.epochs().find(record.epoch);
    if (said == book_.epochs().end()) return;
    for (const record::HeadDigest& run : said->second.runs) {
      if (run.offset + run.bytes <= record.offset || run.offset >= record.offset + record.header.total_bytes) continue;
      std::printf("  signed SHA-256 of the stream's bytes %llu to %llu  %s\n", static_cast<unsigned long long>(run.offset),
                  static_cast<unsigned long long>(run.offset + run.bytes), crypto::hex(run.sha256).c_str());
    }
  }

  void look_for_head(const RecordView& record) {
    const auto said = book_.epochs().find(record.epoch);
    if (said == book_.epochs().end()) return;
    for (const record::Anchor& anchor : said->second.anchors) {
      if (anchor.sequence != record.header.sequence + 1) continue;
      const bool same = anchor.chain == record::chain_of(record.header.chain);
      good_ = good_ && same;
      std::printf("head: %llu steps on, the chain of record %llu is %s\n",
                  static_cast<unsigned long long>(record.header.sequence - open_[record.epoch]),
                  static_cast<unsigned long long>(record.header.sequence),
                  crypto::hex(record::chain_of(record.header.chain)).c_str());
      std::printf("  %s of process %s says         %s%s\n", record::head_text(anchor).c_str(),
                  exchange_id_text(anchor.process).c_str(),
                  crypto::hex(anchor.chain).c_str(), same ? "" : "  DIFFERENT");
      std::printf("  its signature is good%s\n",
                  book_.believed() ? ", and its key was given" : "; nobody vouches for its key: give --heads-key");
      open_.erase(record.epoch);
      return;
    }
  }

  const ExchangeId id_;
  record::HeadBook& book_;
  std::map<record::Epoch, Chain> chains_;
  std::map<record::Epoch, uint64_t> sequences_;
  std::map<record::Epoch, std::vector<uint64_t>> shown_;   // sequences of the exchange's records
  std::vector<record::Damage> changed_;                    // runs of bytes whose signed digest does not fit
  const record::EpochProof::Report report_ = [this](const record::Damage& each) {
    if (each.change == record::Change::digest) changed_.push_back(each);
  };
  record::RunBatch batch_;
  std::map<record::Epoch, std::unique_ptr<record::EpochProof>> proofs_;   // outlived by batch_ and report_
  std::map<record::Epoch, uint64_t> open_;   // the exchange's last record in it, while no head behind it was seen
  bool found_ = false, good_ = true;
};

}  // namespace

int records_explain(const RecordsVerify& options, const std::vector<record::HeadKey>& heads_keys) {
  record::HeadBook book(heads_keys);
  book.read_folder(options.place.dir);
  book.settle();
  record::Reader::Options wanted;
  wanted.dir = options.place.dir;
  wanted.ring_dir = options.place.ring_dir;
  wanted.keys = options.place.keys.get();
  wanted.pads = record::Stream::Pads::show;
  auto reader = record::Reader::open(wanted);
  if (!reader) {
    std::fprintf(stderr, "gatehouse: %s\n", display(reader.error()).c_str());
    return kExitNoInput;
  }
  Explanation explanation(*options.explain, book);
  bool damaged = false;
  for (auto step = (*reader)->next(); step != record::Stream::Step::end; step = (*reader)->next()) {
    if (step == record::Stream::Step::record) {
      explanation.see((*reader)->record());
    } else if ((*reader)->damage().exchange == *options.explain) {
      damaged = true;
      std::printf("%s\n", damage_text((*reader)->damage()).c_str());
    }
  }
  if (!explanation.found() && !damaged) {
    std::fprintf(stderr, "gatehouse: no record of exchange %s\n", exchange_id_text(*options.explain).c_str());
    return kExitNoInput;
  }
  explanation.end();
  const int written = flush_output();
  return damaged || !explanation.good() ? kExitIo : written;
}

}  // namespace gatehouse::cli
