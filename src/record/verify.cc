#include "record/verify.h"

#include <map>

#include "record/segment.h"

namespace gatehouse::record {
namespace {

class Verification {
 public:
  Verification(Reader& reader, const std::function<void(const Damage&)>& problem,
               const std::function<const char*(const RecordView&)>& look)
      : reader_(reader), problem_(problem), look_(look) {}

  Verified run() {
    for (Stream::Step step = reader_.next(); step != Stream::Step::end; step = reader_.next()) {
      if (step == Stream::Step::damage) report(reader_.damage());
      else see(reader_.record());
    }
    for (const auto& [epoch, part] : reader_.catalog().epochs) {
      ++totals_.epochs;
      totals_.segments += part.segments.size();
    }
    for (const Reader::Ended& ended : reader_.ended()) {
      if (ended.tail_erased) open_.erase(ended.epoch);
      check(ended);
    }
    for (const auto& [epoch, open] : open_) totals_.open += open.all().size();
    return totals_;
  }

 private:
  void report(const Damage& damage) {
    ++totals_.problems;
    problem_(damage);
  }

  void see(const RecordView& record) {
    ++totals_.records;
    totals_.bytes += record.header.total_bytes;
    totals_.exchanges += record.kind() == Kind::request;
    OpenExchanges& open = open_[record.epoch];
    if (record.after_erased) open = {};   // what was open there may have closed in what was erased
    open.see(record.header, record.offset);
    SectionReader sections(record.payload);
    Tag tag;
    ByteView value;
    while (sections.next(&tag, &value)) {}
    if (sections.malformed()) report(at(record, "the payload's sections cannot be read"));
    else if (const char* wrong = look_ ? look_(record) : nullptr; wrong != nullptr) report(at(record, wrong));
    if (record.kind() != Kind::end) return;
    for (const auto& [id, offset] : open.all()) {
      Damage damage = at(record, "an exchange of this finished epoch has no close record");
      damage.exchange = id;
      report(damage);
    }
    open_.erase(record.epoch);
  }

  static Damage at(const RecordView& record, const char* what) {
    return {std::string(record.file), record.place, record.header.sequence, record.exchange(), what};
  }

  void check(const Reader::Ended& epoch) {
    const auto say = [&](const char* what) { report({epoch.last_file, 0, epoch.next_sequence, {}, what}); };
    if (!epoch.ended && !epoch.has_ring)
      say("the epoch has no end record and no ring: its tail is missing, or power was lost and no gateway started since");
    const Reader::Ended* before = nullptr;  // ended() is in the order of closing; look for the closest process
    for (const Reader::Ended& each : reader_.ended())
      if (each.epoch.worker == epoch.epoch.worker && each.epoch.process < epoch.epoch.process &&
          each.next_sequence > 0 && (before == nullptr || before->epoch.process < each.epoch.process))
        before = &each;
    const ExchangeId found = before == nullptr ? ExchangeId{} : before->epoch.process;
    if (found != epoch.previous_process) {
      say(epoch.previous_process.is_nil() || epoch.previous_process < found
              ? "the epoch does not name the one before it"
              : "the epoch that this one continues is missing");
    } else if (before != nullptr && before->last_chain != epoch.first_chain) {
      say("the epoch does not continue the chain of the one before it");
    }
  }

  Reader& reader_;
  const std::function<void(const Damage&)>& problem_;
  const std::function<const char*(const RecordView&)>& look_;
  Verified totals_;
  std::map<Epoch, OpenExchanges> open_;
};

}  // namespace

Verified verify(Reader& reader, const std::function<void(const Damage&)>& problem,
                const std::function<const char*(const RecordView&)>& look) {
  return Verification(reader, problem, look).run();
}

}  // namespace gatehouse::record
