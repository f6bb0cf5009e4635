#include "cli/record_row.h"

#include <algorithm>

#include "base/glob.h"
#include "cli/recorded.h"
#include "crypto/digest.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Tag;

constexpr uint16_t code(Tag tag) { return static_cast<uint16_t>(tag); }
constexpr size_t kTraceIdAt = 3, kTraceIdBytes = 32;   // version, dash, trace id

bool like(const std::string& wanted, ByteView text) { return glob_matches(wanted, text); }

bool any_like(const std::string& wanted, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return like(wanted, word); });
}

bool same_identity(const std::string& wanted, const Row& row) {
  return like(wanted, row.subject) || (!row.token_id.empty() && like(wanted, row.token_id)) ||
         (!row.certificate.empty() && wanted == row.certificate) || any_like(wanted, row.certificate_names);
}

/// trace_id: of what a file says, which may be of any length.
ByteView trace_id(ByteView traceparent) {
  return traceparent.size() < kTraceIdAt + kTraceIdBytes ? ByteView() : traceparent.substr(kTraceIdAt, kTraceIdBytes);
}

bool correlated(const std::string& wanted, const Row& row) {
  return (!row.request_id.empty() && like(wanted, row.request_id)) ||
         (!row.traceparent.empty() && (wanted == row.traceparent || wanted == trace_id(row.traceparent)));
}

bool mentions(const std::string& text, const Row& row) {
  const auto in = [&](const std::string& where) { return where.find(text) != std::string::npos; };
  for (const std::string* each : {&row.client, &row.issuer, &row.subject, &row.token_id, &row.method, &row.path, &row.route,
                                  &row.origin, &row.request_id, &row.traceparent, &row.approval_by})
    if (in(*each)) return true;
  for (const auto* list : {&row.groups, &row.claims, &row.rules, &row.masks, &row.hits, &row.certificate_names})
    if (std::any_of(list->begin(), list->end(), in)) return true;
  return in(exchange_id_text(row.id)) || in(reason_of(row.reason));
}

}  // namespace

void Row::see(const IndexEntry& entry) {
  id = entry.exchange;
  if (entry.kind != Kind::decision) epoch = entry.epoch;   // decisions have a stream of their own
  if (began == 0) began = entry.wall;
  detectors |= entry.detectors;
  sealed = sealed || entry.tier != 0;
  if (entry.kind == Kind::piece) return;   // sizes come with the close
  if (entry.kind == Kind::request) {       // recorded whole, also after an approval's record
    groups.clear();
    claims.clear();
    certificate_names.clear();
    rules.clear();
    guards.clear();
    masks.clear();
  }
  record::SectionReader sections(entry.sections);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) see_section(entry.kind, tag, value);
  closed = closed || entry.kind == Kind::close;
}

void Row::see_section(Kind kind, Tag tag, ByteView value) {
  uint64_t number = 0;
  record::read_number(value, &number);
  const bool of_request = kind == Kind::request || kind == Kind::approval;
  const auto add = [&](std::vector<std::string>& list) {
    if (of_request && std::find(list.begin(), list.end(), value) == list.end()) list.emplace_back(value);
  };
  switch (code(tag)) {  // a number from outside, not an enum
    case code(Tag::client_address): client = value; break;
    case code(Tag::proof): proof = value; break;
    case code(Tag::issuer): issuer = value; break;
    case code(Tag::subject): subject = value; break;
    case code(Tag::group): add(groups); break;
    case code(Tag::token_id): token_id = value; break;
    case code(Tag::claim): add(claims); break;
    case code(Tag::certificate_digest): certificate = crypto::hex({u8(value.data()), value.size()}); break;
    case code(Tag::certificate_name): add(certificate_names); break;
    case code(Tag::identity_expires): identity_expires = number; break;
    case code(Tag::method): method = value; break;
    case code(Tag::path): path = value; break;
    case code(Tag::route): route = value; break;
    case code(Tag::rule): add(rules); break;
    case code(Tag::guard): add(guards); break;
    case code(Tag::mask): add(masks); break;
    case code(Tag::guard_hit): hits.emplace_back(value); break;
    case code(Tag::guard_effect):
      if (kind != Kind::request || hits.empty()) break;
      if (value == "block") blocked_by.push_back(hits.back());
      else if (value == "approve") asked_by.push_back(hits.back());
      break;
    case code(Tag::origin): origin = value; break;
    case code(Tag::verdict): verdict = value; break;
    case code(Tag::approval_step):
      step = value;
      granted = granted || value == "granted";
      break;
    case code(Tag::approval_by): approval_by = value; break;
    case code(Tag::request_id): request_id = value; break;
    case code(Tag::traceparent): traceparent = value; break;
    case code(Tag::ended_by): ended_by = value; break;
    case code(Tag::reason): reason = number; break;
    case code(Tag::status): status = number; break;
    case code(Tag::mask_changes): changes = number; break;
    case code(Tag::to_origin_bytes): to_origin = number; break;
    case code(Tag::to_client_bytes): to_client = number; break;
    case code(Tag::time_done): took = number; break;
    case code(Tag::started): began = number; break;
    case code(Tag::recovered): recovered = true; break;
    default: break;
  }
}

std::string Row::state() const {
  if (closed) return recovered ? "cut off" : "closed";
  return step == "asked" ? "held" : "open";
}

Row* OpenRows::see(const IndexEntry& entry) {
  if (entry.kind == Kind::end) {   // nothing of this epoch goes on
    for (auto& [id, row] : rows_)
      if (row.epoch == entry.epoch) row.closed = true;
  }
  if (entry.exchange.is_nil() || (entry.kind == Kind::decision && gone_.count(entry.exchange) > 0)) return nullptr;
  if (!left_open_.empty() && left_open_.count(entry.exchange) > 0) {
    if (entry.kind == Kind::close) left_open_.erase(entry.exchange);
    return nullptr;
  }
  Row& row = rows_[entry.exchange];
  row.see(entry);
  return &row;
}

Row OpenRows::take(ExchangeId id) {   // by value: it may be the key of what goes
  const auto at = rows_.find(id);
  Row row = std::move(at->second);
  rows_.erase(at);
  if (!row.closed && left_open_.size() < kLeftOpenMax) left_open_.insert(id);
  gone_.insert(id);
  gone_in_order_.push_back(id);
  if (gone_in_order_.size() > kRememberedMax) {
    gone_.erase(gone_in_order_.front());
    gone_in_order_.pop_front();
  }
  return row;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : ",").append(word);
  return out;
}

std::vector<std::string> detector_names(uint64_t detectors) {
  std::vector<std::string> out;
  for (uint8_t i = 0; i <= static_cast<uint8_t>(detect::Detector::custom); ++i)
    if ((detectors >> i & 1) != 0) out.emplace_back(detect::detector_name(static_cast<detect::Detector>(i)));
  return out;
}

RecordFilter::Match RecordFilter::match(const Row& row) const {
  if (row.began < since || row.began > until || row.bytes() < bytes_min || row.bytes() > bytes_max) return Match::no;
  const std::pair<const std::string*, const std::string*> words[] = {
      {&origin, &row.origin}, {&route, &row.route}, {&subject, &row.subject}};
  const std::pair<const std::string*, const std::vector<std::string>*> lists[] = {
      {&group, &row.groups}, {&rule, &row.rules}, {&guard, &row.hits}, {&claim, &row.claims}};
  // Who called is sealed when somebody was proved and there is no name; sealed maps hide their detectors.
  const bool hidden = row.sealed && row.subject.empty() && !row.proof.empty() && row.proof != "none";
  const bool unknown_maps = row.sealed && row.changes > 0 && row.detectors == 0;
  Match result = Match::yes;
  const auto need = [&](bool asked, bool holds, bool unknown) {
    if (asked && !holds) result = unknown && result != Match::no ? Match::sealed : Match::no;
  };
  for (const auto& [wanted, word] : words) need(!wanted->empty(), like(*wanted, *word), hidden && wanted == &subject);
  for (const auto& [wanted, list] : lists)
    need(!wanted->empty(), any_like(*wanted, *list), hidden && (wanted == &group || wanted == &claim));
  need(!identity.empty(), same_identity(identity, row), hidden);
  need(!job.empty(), std::find(row.claims.begin(), row.claims.end(), job) != row.claims.end(), hidden);
  need(!reason.empty(), row.ended() && reason_of(row.reason) == reason, false);
  need(!correlation.empty(), correlated(correlation, row), false);
  need(!detector.empty(), any_like(detector, detector_names(row.detectors)), unknown_maps);
  need(!text.empty(), mentions(text, row), row.sealed);
  return result;
}

}  // namespace gatehouse::cli
