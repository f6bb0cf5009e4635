#include "cli/what_if_answer.h"

#include <algorithm>
#include <set>

#include "http/h1_parser.h"
#include "http/media_type.h"
#include "proxy/masked_head.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kFeedBytes = 64 * 1024;
constexpr uint64_t kWentMost = uint64_t{64} << 20;   // of a body masked as a whole: it grows by its replacements

std::set<std::string> lines_of(ByteView head, std::string* first) {
  std::set<std::string> lines;
  for (size_t at = 0, line = 0; at < head.size(); ++line) {
    const size_t end = std::min(head.find("\r\n", at), head.size());
    const ByteView text = head.substr(at, end - at);
    at = end + 2;
    if (line == 0) *first = text;
    const ByteView name = text.substr(0, std::min(text.find(':'), text.size()));
    const bool framing = http::equals_ignore_case(name, "content-length") || http::equals_ignore_case(name, "transfer-encoding") ||
                         http::equals_ignore_case(name, "connection");   // as the connection has it
    if (line > 0 && !text.empty() && !framing) lines.emplace(text);
  }
  return lines;
}

/// other_charset: masks brought it to UTF-8, and the origin's type says something else.
bool other_charset(const http::FieldList& fields) {
  const http::Field* const type = fields.find(http::FieldId::content_type);
  if (type == nullptr) return false;
  std::string text(type->value);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text.find("utf-16") != std::string::npos || text.find("utf-32") != std::string::npos ||
         text.find("utf16") != std::string::npos || text.find("utf32") != std::string::npos;
}

guard::Selection answer_guards(const config::Snapshot& snapshot, const policy::Decision& decision) {
  return snapshot.guards == nullptr ? 0 : decision.guards & snapshot.guards->of_answers();
}

}  // namespace

Tools::Tools(const config::Snapshot& candidate) : snapshot(candidate) {
  const bool ready = (snapshot.guards == nullptr || inspector.prepare(*snapshot.guards)) &&
                     (snapshot.masks == nullptr || (masker.prepare(*snapshot.masks) && value_check.prepare(*snapshot.masks)));
  GH_ASSERT(ready);
  spare.set_limit(1);
}

std::vector<GuardFinding> findings_of(const guard::Set& guards, const guard::Verdict& verdict) {
  std::vector<GuardFinding> out;
  for (const guard::Hit& hit : verdict.hits)
    out.push_back({guards.name(hit.guard), guard::name_of(hit.effect), std::string(hit.check),
                   hit.place.empty() ? "-" : std::string(hit.place)});
  std::sort(out.begin(), out.end());
  return out;
}

AnswerRun::AnswerRun(Tools& tools, const policy::Decision& decision, const config::Route* route, AnswerThen then)
    : tools_(tools), decision_(decision), guards_(answer_guards(tools.snapshot, decision)), route_(route),
      origin_(tools.snapshot.origins[decision.origin]), then_(std::move(then)),
      merge_([this](ChangeMerge::How how, const MaskedPlace& place) {
        ++(how == ChangeMerge::How::anew ? now_.anew : how == ChangeMerge::How::no_longer ? now_.no_longer : now_.otherwise);
        if (now_.places.size() < AnswerNow::kPlacesShown) now_.places.push_back({how, place});
      }) {}

AnswerRun::~AnswerRun() {
  if (work_ != nullptr) tools_.works.give_back(work_);
}

uint64_t AnswerRun::holds(const config::Snapshot& candidate, const policy::Decision& decision, const config::Route* route,
                          const AnswerThen& then) {
  if (answer_guards(candidate, decision) == 0) return proxy::kMaskedWhole;
  const Limits& limits = route != nullptr ? route->limits : candidate.limits;
  return std::min<uint64_t>(then.bytes, limits.inspect_bytes);
}

std::unique_ptr<AnswerRun> AnswerRun::begin(Tools& tools, const policy::Decision& decision, const config::Route* route,
                                            AnswerThen then, std::string* why_not) {
  why_not->clear();
  std::unique_ptr<AnswerRun> run(new AnswerRun(tools, decision, route, std::move(then)));
  AnswerThen& said = run->then_;
  http::HeadScan scan;
  const http::ParseResult parsed =
      http::parse_response_head(said.origin_head, said.method, tools.snapshot.limits, scan, *tools.response);
  if (parsed.status != http::ParseStatus::complete) {
    *why_not = "its head cannot be read as it was written";
    return run;
  }
  run->decoded_ = said.masked && said.bytes > 0 && (!said.skipped || proxy::codings_of(tools.response->fields));
  if (run->decoded_ && other_charset(tools.response->fields)) {
    *why_not = "its bytes were brought to UTF-8";
    return run;
  }
  run->went_whole_ = run->decoded_ && said.client_head.find("\r\nContent-Length:") != std::string::npos;
  run->now_.reason = run->judge_head();
  if (run->now_.reason != Reason::none) return run;
  if (run->masking_ && !run->begin_body()) return nullptr;
  if (run->now_.reason == Reason::none) run->compare_heads();
  return run;
}

/// judge_head is what Exchange::start_response and start_looking do; how the body is to be taken follows.
Reason AnswerRun::judge_head() {
  const http::ResponseHead& head = *tools_.response;
  if (decision_.masks != 0)
    if (const Reason reason = proxy::look_at_masked_head(tools_.snapshot, decision_.masks, route_, origin_, head,
                                                         tools_.value_check, &left_);
        reason != Reason::none)
      return reason;
  if (decision_.masks == 0 && guards_ == 0) return Reason::none;
  if (then_.bytes == 0) {   // without a body the head says all
    guards_ &= guards_ != 0 ? tools_.snapshot.guards->reads_fields() : 0;
    collects_ = guards_ != 0;
    return Reason::none;
  }
  if (head.status == 206) return Reason::mask_partial_content;
  const auto codings = proxy::codings_of(head.fields);
  const bool patient = route_ != nullptr && route_->best_effort;
  coded_as_is_ = !codings && decision_.masks != 0 && guards_ == 0 && patient;
  if (coded_as_is_) return Reason::none;
  if (!codings) return Reason::mask_content_coding;
  codings_ = *codings;
  if (decision_.masks != 0 && head.fields.count_of(http::FieldId::content_type) > 1) return Reason::mask_content_type;
  if (guards_ != 0 && then_.bytes > limits().inspect_bytes) return Reason::mask_too_large;
  masking_ = decision_.masks != 0;
  const bool came_in_slices = decoded_ && !went_whole_;   // masked then as it came
  masker_ = masking_ && proxy::has_json_type(head.fields) && codings_.count == 0 && then_.bytes <= proxy::kMaskedWhole &&
            !came_in_slices;
  collects_ = guards_ != 0 || masker_;
  return Reason::none;
}

/// begin_body borrows what a masked stream needs; false when there is none left.
bool AnswerRun::begin_body() {
  if (masker_) return true;
  work_ = tools_.works.take();
  if (work_ == nullptr) return false;
  now_.reason = start_stream();
  work_->decoding = !decoded_ && codings_.count != 0;
  if (work_->decoding) work_->decoder.start(codings_, proxy::kAnyLength);
  return true;
}

Reason AnswerRun::start_stream() {
  const http::Field* type = tools_.response->fields.find(http::FieldId::content_type);
  const mask::Answer answer{type == nullptr ? ByteView{} : type->value, route_ != nullptr ? route_->leniency : json::Leniency{},
                            route_ != nullptr && route_->best_effort};
  if (!work_->stream.prepare(*tools_.snapshot.masks)) return Reason::limit_memory;
  return work_->stream.start(*tools_.snapshot.masks, decision_.masks, answer);
}

void AnswerRun::compare_heads() {
  tools_.arena.reset();
  const bool coded = masking_ && !masker_ && codings_.count != 0;
  const proxy::AnswerHead parts{*tools_.response, then_.exchange, http::Framing::length, 0, false, origin_, decision_.masks != 0,
                                decision_.origin_cache, left_, coded ? then_.asked : codec::Coding::identity, coded_as_is_,
                                true, 1};
  std::string first_then, first_now;
  const auto then = lines_of(then_.client_head, &first_then), now = lines_of(proxy::answer_head(parts, tools_.arena), &first_now);
  now_.status_line_differs = first_then != first_now;
  const auto name = [](const std::string& line) { return line.substr(0, line.find(':')); };
  for (const std::string& line : then)
    if (!now.contains(line)) now_.fields_gone.push_back(name(line));
  for (const std::string& line : now)
    if (!then.contains(line)) now_.fields_new.push_back(name(line));
}

bool AnswerRun::changes_then(ByteView map) {
  mask::MapReader reader;
  mask::Change change;
  if (!reader.open(map)) return false;
  while (reader.next(&change)) merge_.was(place_of(change, then_at_));
  return reader.ok();
}

void AnswerRun::changes_now(ByteView map) {
  mask::MapReader reader;
  mask::Change change;
  if (map.empty() || !reader.open(map)) return;
  while (reader.next(&change)) merge_.would(place_of(change, now_at_));
}

bool AnswerRun::take(ByteView bytes, ByteView map) {
  then_bytes_.add(bytes);
  if (!map.empty()) return changes_then(map) && mask::undo(bytes, map, &undone_) && original(undone_);
  if (went_whole_) {   // the map comes with the outcome
    if (bytes.size() > kWentMost - went_.size()) return false;
    went_ += bytes;
    return true;
  }
  return original(bytes);
}

/// original goes on with the next bytes of the body as the origin sent it.
bool AnswerRun::original(ByteView bytes) {
  then_at_ += bytes.size();
  if (now_.reason != Reason::none) return true;
  if (collects_) {
    if (bytes.size() > then_.bytes - collected_.size()) return false;   // not what was counted
    collected_ += bytes;
    return true;
  }
  now_.reason = run(bytes);
  return true;
}

Reason AnswerRun::run(ByteView content) {
  if (masking_) return work_->decoding ? decode(content) : masks(content);
  now_bytes_.add(content);
  now_at_ += content.size();
  merge_.settle(then_at_, now_at_);
  return Reason::none;
}

Reason AnswerRun::masks(ByteView content) {
  while (!content.empty()) {
    size_t consumed = 0;
    if (const Reason reason = work_->stream.feed(content.substr(0, kFeedBytes), &consumed); reason != Reason::none) return reason;
    content.remove_prefix(consumed);
    drain();
  }
  return Reason::none;
}

void AnswerRun::drain() {
  for (; work_->stream.slice() != nullptr; work_->stream.pop()) {
    const mask::Stream::Slice& slice = *work_->stream.slice();
    changes_now(slice.map);
    now_bytes_.add(slice.masked);
    now_at_ += slice.original_length;
  }
  merge_.settle(then_at_, now_at_);
}

Reason AnswerRun::decode(ByteView coded) {
  for (bool more = false; !coded.empty() || more;) {
    const codec::Progress progress = work_->decoder.step(coded, work_->content_room);
    if (const Reason reason = proxy::reason_of(progress.status); reason != Reason::none) return reason;
    coded.remove_prefix(progress.consumed);
    more = progress.produced == sizeof work_->content_room;
    if (const Reason reason = masks({work_->content_room, progress.produced}); reason != Reason::none) return reason;
  }
  return Reason::none;
}

Reason AnswerRun::end_stream() {
  if (work_->decoding)
    if (const Reason reason = proxy::reason_of(work_->decoder.finish()); reason != Reason::none) return reason;
  while (!work_->stream.ended()) {
    if (const Reason reason = work_->stream.finish(); reason != Reason::none) return reason;
    drain();
  }
  return Reason::none;
}

Reason AnswerRun::whole(ByteView content) {
  const json::Leniency leniency = route_ != nullptr ? route_->leniency : json::Leniency{};
  const mask::Masker::Outcome outcome = tools_.masker.apply(*tools_.snapshot.masks, decision_.masks, content, leniency);
  if (outcome.reason != Reason::none) return outcome.reason;
  changes_now(outcome.map);
  now_bytes_.add(outcome.body);
  return Reason::none;
}

/// A document that goes through a stream, as only its bytes tell.
Reason AnswerRun::apart(ByteView content) {
  work_ = tools_.spare.take();
  Reason reason = start_stream();
  if (reason == Reason::none) reason = masks(content);
  if (reason == Reason::none) reason = end_stream();
  tools_.spare.give_back(std::exchange(work_, nullptr));
  return reason;
}

Reason AnswerRun::guards(ByteView body) {
  http::HeadScan scan;   // other answers were looked at meanwhile
  static_cast<void>(http::parse_response_head(then_.origin_head, then_.method, tools_.snapshot.limits, scan, *tools_.response));
  std::vector<http::Field> fields;
  for (const http::Field& field : tools_.response->fields.all())
    if (!decoded_ || field.id != http::FieldId::content_encoding) fields.push_back(field);
  const guard::Request asked{.fields = fields,
                             .body = body,
                             .decoded_max = limits().inspect_bytes,
                             .leniency = route_ != nullptr ? route_->leniency : json::Leniency{},
                             .malformed = route_ != nullptr && route_->malformed,
                             .opaque = route_ != nullptr && route_->opaque,
                             .answer = true};
  const guard::Verdict verdict = tools_.inspector.inspect(*tools_.snapshot.guards, guards_, asked, guard::Patience::all);
  now_.found = findings_of(*tools_.snapshot.guards, verdict);
  if (verdict.effect == guard::Effect::block || verdict.effect == guard::Effect::approve) return Reason::guard_answer;
  return verdict.reason == Reason::none ? Reason::none : Reason::guard_answer_unread;
}

bool AnswerRun::finish(ByteView map) {
  if (went_whole_) {
    if (!map.empty() && !(changes_then(map) && mask::undo(went_, map, &undone_))) return false;
    if (!original(map.empty() ? went_ : undone_)) return false;
  }
  const auto end = [this] {
    const size_t size = collected_.size();
    collected_.resize(size + kSimdPadding);
    const ByteView body{collected_.data(), size};
    if (collects_ && guards_ != 0)
      if (const Reason reason = guards(body); reason != Reason::none) return reason;
    if (masker_ && proxy::begins_plainly(body)) return whole(body);
    if (masker_) return apart(body);
    if (collects_)
      if (const Reason reason = run(body); reason != Reason::none) return reason;
    return masking_ ? end_stream() : Reason::none;
  };
  if (now_.reason == Reason::none) now_.reason = end();
  collected_ = {};
  went_ = {};
  if (work_ != nullptr) tools_.works.give_back(std::exchange(work_, nullptr));
  if (now_.reason != Reason::none) return true;
  merge_.finish();
  const bool recoded = masking_ && !decoded_ && codings_.count != 0;   // then the same bytes are not to be expected
  now_.bytes_differ = now_.anew + now_.no_longer + now_.otherwise == 0 && !recoded && then_bytes_.finish() != now_bytes_.finish();
  return true;
}

}  // namespace gatehouse::cli
