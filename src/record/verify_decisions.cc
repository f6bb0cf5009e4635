#include "record/verify_decisions.h"

#include "base/reason.h"
#include "record/writer.h"

namespace gatehouse::record {
namespace {

uint64_t number_of(const RecordView& record, Tag tag) {
  ByteView value;
  uint64_t number = 0;
  if (!find_section(record.payload, tag, &value) || !read_number(value, &number)) return 0;
  return number;
}

bool of_decisions(const Epoch& epoch) { return epoch.worker >= kDecisionWorkers; }

}  // namespace

Epoch DecisionProof::worker_of(const Epoch& epoch) {
  return {epoch.process, of_decisions(epoch) ? epoch.worker - kDecisionWorkers : epoch.worker};
}

void DecisionProof::see(const RecordView& record) {
  const Kind kind = record.kind();
  if (kind == Kind::decision) return see_decision(record, waiting_[worker_of(record.epoch)]);
  if (kind == Kind::request && number_of(record, Tag::has_decision) == 1) return see_request(record, waiting_[record.epoch]);
  if (kind == Kind::piece || kind == Kind::outcome) return see_more(record);
  if (kind != Kind::end) return;
  const bool at_risk = number_of(record, Tag::recovered) == 1;   // recovery had no ring: what only that held is lost
  Waiting& waiting = waiting_[worker_of(record.epoch)];
  (of_decisions(record.epoch) ? waiting.decisions_whole : waiting.whole) = !at_risk;
}

/// see_more: nothing of a body or an answer is recorded before the decision is; but a log that is broken takes no decision, and
/// the exchange is refused for it, with what was read of its body. No origin said anything then.
void DecisionProof::see_more(const RecordView& record) {
  const auto known = waiting_.find(record.epoch);
  if (known == waiting_.end()) return;
  const auto request = known->second.requests.find(record.exchange());
  if (request == known->second.requests.end()) return;
  Half& half = request->second;
  const bool outcome = record.kind() == Kind::outcome;
  const uint64_t said = number_of(record, outcome ? Tag::reason : Tag::direction);
  half.answered |= !outcome && said == static_cast<uint64_t>(Direction::answer);
  half.went_on = half.answered || !outcome || said != static_cast<uint64_t>(Reason::record_failed);
}

void DecisionProof::see_request(const RecordView& record, Waiting& waiting) {
  Half half{chain_of(record.header.chain), true, false, false, std::string(record.file), record.place, record.header.sequence};
  waiting.marked = true;
  const auto decision = waiting.decisions.find(record.exchange());
  if (decision == waiting.decisions.end()) {
    total_ += waiting.requests.emplace(record.exchange(), std::move(half)).second;
    return bound_memory(waiting);
  }
  match(record, half, decision->second);
  waiting.decisions.erase(decision);
  --total_;
}

void DecisionProof::see_decision(const RecordView& record, Waiting& waiting) {
  ++decisions_;
  Half half{{}, false, false, false, std::string(record.file), record.place, record.header.sequence};
  ByteView value;
  if (find_section(record.payload, Tag::request_chain, &value) && value.size() == half.chain.size()) {
    std::memcpy(half.chain.data(), value.data(), value.size());
    half.names = true;
  }
  const auto request = waiting.requests.find(record.exchange());
  if (request == waiting.requests.end()) {
    if (!half.names) return;   // its request found no room, which a gap record says
    total_ += waiting.decisions.emplace(record.exchange(), std::move(half)).second;
    return bound_memory(waiting);
  }
  match(record, request->second, half);
  waiting.requests.erase(request);
  --total_;
}

/// match: both are there. The finding is the decision's, wherever it stands.
void DecisionProof::match(const RecordView& record, const Half& request, const Half& decision) {
  if (decision.names && request.chain == decision.chain) {
    ++bound_;
    return;
  }
  const Epoch epoch{record.epoch.process, worker_of(record.epoch).worker + kDecisionWorkers};
  report_({decision.file, decision.place, decision.sequence, record.exchange(),
           "the decision names another request record than sequence " + std::to_string(request.sequence) + " of its exchange",
           Change::decision, epoch});
}

void DecisionProof::bound_memory(Waiting& waiting) {
  if (total_ <= kWaitingMax) return;
  total_ -= waiting.count();
  waiting.requests.clear();
  waiting.decisions.clear();
  waiting.too_many = true;
}

void DecisionProof::missing(const Epoch& epoch, const std::map<ExchangeId, Half>& halves, const char* one, const char* what) {
  uint64_t count = 0;
  const std::pair<const ExchangeId, Half>* first = nullptr;
  for (const auto& each : halves) {
    if (one[0] == 'r' && !each.second.went_on) continue;   // it ended, or was killed, before it was decided
    ++count;
    if (first == nullptr || each.second.sequence < first->second.sequence) first = &each;
  }
  if (first == nullptr) return;
  const Half& half = first->second;
  std::string text = std::to_string(count) + " " + one + (count == 1 ? " has no " : "s have no ") + what;
  if (count > 1) text += "; the first is this one";
  report_({half.file, half.place, half.sequence, first->first, std::move(text), Change::decision, epoch});
}

void DecisionProof::settle(const std::vector<Reader::Ended>& ended, const Erased& erased,
                           const std::function<void(std::string)>& note) {
  std::map<Epoch, bool> over;   // of all epochs: nothing follows
  for (const Reader::Ended& each : ended) over[each.epoch] = each.ended;
  for (const auto& [epoch, waiting] : waiting_) {
    const Epoch small{epoch.process, epoch.worker + kDecisionWorkers};
    if (waiting.count() == 0 && !waiting.too_many) continue;
    const auto one = over.find(epoch), other = over.find(small);
    const bool both = one != over.end() && other != over.end() && left_.count(epoch) == 0 && erased.find(epoch) == nullptr &&
                      erased.find(small) == nullptr;
    if (both && !(one->second && other->second)) continue;   // what waits may come yet, or the tail is missing, which is said
    if (!both || waiting.too_many) {
      note(ring_name(small).substr(0, kExchangeIdText + 6) + ": not all decisions could be held against their requests: " +
           (waiting.too_many ? "too many wait for each other" : "records are not here"));
      continue;
    }
    // A loss of power takes the end of the one epoch and not of the other.
    if (waiting.whole && waiting.marked) missing(small, waiting.decisions, "decision", "request record");
    if (waiting.decisions_whole) missing(epoch, waiting.requests, "request", "decision record");
  }
}

}  // namespace gatehouse::record
