// Answers that masks or guards look at: what of the head is refused, small bodies as a whole.
#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/mask_work.h"
#include "proxy/masked_head.h"
#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

constexpr MonotonicNs kWholeWait = 20 * kNsPerMs;     // for the end of a body whose length is not told

}  // namespace

// What must not be seen may stand in the head, too.
Step Exchange::look_at_head() {
  const Reason reason = look_at_masked_head(snapshot(), decision_.masks, route(), origin(), response(), station_.value_check,
                                            &response_.left);
  return reason == Reason::none ? Step::next() : Step::reply(reason);
}

// Small bodies are collected, and all that guards look at; the others are masked as they come.
Step Exchange::start_looking() {
  const http::ResponseHead& head = response();
  const bool masked = decision_.masks != 0, guarded = answer_guards() != 0;
  const auto codings = codings_of(head.fields);
  if (!codings && masked && !guarded && route() != nullptr && route()->best_effort) {
    response_.coded_as_is = response_.skipped = true;
    return start_streaming();
  }
  if (!codings) return Step::reply(Reason::mask_content_coding);
  response_.codings = *codings;
  if (masked && head.fields.count_of(http::FieldId::content_type) > 1) return Step::reply(Reason::mask_content_type);
  const bool measured = head.framing == http::Framing::length;
  if (guarded && measured && head.content_length > limits().inspect_bytes) return Step::reply(Reason::mask_too_large);
  const bool whole = measured ? head.content_length <= kMaskedWhole : has_json_type(head.fields) && codings->count == 0;
  if (!guarded && !whole) return begin_masking();
  response_.whole_by = station_.now() + kWholeWait;
  response_.state = ResponseHalf::State::collect;
  return Step::next();
}

Step Exchange::collect_response() {
  const bool guarded = decision_.masks == 0 || answer_guards() != 0;
  const uint64_t limit = guarded ? limits().inspect_bytes : kMaskedWhole;
  const bool measured = response().framing == http::Framing::length;
  while (!response_.decoder.done() && !response_.ended) {
    if (const ByteView unread = origin_bytes(); !unread.empty()) {
      const auto part = response_.decoder.feed(unread);
      if (part.reason != Reason::none) return Step::reply(Reason::origin_response);
      if (guarded && answer_body_.size() + part.payload.size() > limit) return Step::reply(Reason::mask_too_large);
      const bool whole = measured && part.payload.size() == response().content_length;
      if (whole && !answer_body_.reserved()) {   // it stays where it is
        answer_body_.borrow(part.payload);
        response_.borrowed = part.consumed;
        break;
      }
      if (!answer_body_.append(part.payload, measured ? response().content_length : SIZE_MAX))
        return Step::reply(Reason::limit_memory);
      take_origin_bytes(part.consumed);
      if (answer_body_.size() > limit) return begin_masking();
      continue;
    }
    net::Input input = net::Input::none;
    if (measured) {  // straight into the body
      if (!answer_body_.make_room(response().content_length, origin_->waiting())) return Step::reply(Reason::limit_memory);
      ByteSpan room = answer_body_.room();
      if (room.size() > response_.decoder.remaining()) room = room.first(response_.decoder.remaining());
      size_t count = 0;
      input = origin_->read(room, &count);
      if (input == net::Input::data) {
        static_cast<void>(response_.decoder.feed({room.data(), count}));
        answer_body_.filled(count);
        set_deadline(deadlines().progress);
        continue;
      }
      if (input == net::Input::none) return Step::wait();
    } else if (const Step step = fill_origin_block(&input); step.kind != Step::Kind::next) {
      return may_wait_for_whole() ? step : begin_masking();
    }
    if (input == net::Input::data) continue;
    if (const Step step = origin_ended(input); step.kind != Step::Kind::next) return step;
  }
  return mask_response();
}

// A body whose end nobody told is waited for a little: masked as a whole it is either good or refused.
bool Exchange::may_wait_for_whole() {
  if (decision_.masks == 0 || answer_guards() != 0 || response().framing == http::Framing::length) return true;
  if (station_.now() >= response_.whole_by) return false;
  nudge_ = response_.whole_by;
  return true;
}

// The answer's body is whole: guards look at it, then it goes on, or through the masks.
Step Exchange::mask_response() {
  if (const Step step = settle(answer_body_); step.kind != Step::Kind::next) return step;
  if (answer_guards() != 0)
    if (const Step step = guard_answer(answer_guards()); step.kind != Step::Kind::next) return step;
  const ByteView body = answer_body_.view();
  if (decision_.masks != 0 && !body.empty() &&
      (body.size() > kMaskedWhole || response_.codings.count != 0 || !has_json_type(response().fields) || !begins_plainly(body)))
    return begin_masking();
  if (holds_credential(body)) return Step::reply(Reason::origin_credential_echo);
  response_.masked_body = body;
  if (decision_.masks != 0 && !body.empty())
    if (const Step step = apply_masks(body); step.kind != Step::Kind::next) return step;
  response_.ended = true;
  response_.state = ResponseHalf::State::masked;
  Step step = build_answer_head(http::Framing::length, response_.masked_body.size());
  if (step.kind == Step::Kind::next) step = send_masked();
  return step.kind == Step::Kind::wait ? keep_masked() : step;
}

Step Exchange::apply_masks(ByteView body) {
  GH_ASSERT(snapshot().masks != nullptr);
  station_.metrics.mask_bodies.add();
  const auto outcome = station_.masker.apply(*snapshot().masks, decision_.masks, body, leniency());
  if (outcome.reason != Reason::none) return Step::reply(outcome.reason);
  const uint64_t kept = map_bytes(outcome.map, outcome.changes);
  const uint64_t outcome_bytes = kept + 2 * response_.raw_head.size() + kRecordSlack;
  if (kept != 0 && outcome_bytes > station_.log.largest()) return Step::reply(Reason::mask_too_many_changes);
  station_.metrics.mask_changes.add(outcome.changes);
  response_.mask_changes = outcome.changes;
  response_.mask_map = outcome.map;
  response_.masked_body = outcome.body;
#if defined(GH_DEFECT) && GH_DEFECT == 11
  if (outcome.changes == 1) response_.masked_body = body;
#endif
  return Step::next();
}

// The masker's memory is shared by the worker, and a receive buffer is lent for this step only: what could
// not be sent at once needs a copy of our own.
Step Exchange::keep_masked() {
  response_.mask_map = arena_.copy(response_.mask_map);
  if (response_.borrowed == 0 && response_.masked_body.data() == answer_body_.view().data()) return Step::wait();
  answer_body_.clear();
  const bool kept = answer_body_.append(response_.masked_body, response_.masked_body.size());
  response_.masked_body = answer_body_.view();
  give_back_borrowed();
  return kept ? Step::wait() : Step::reply(Reason::limit_memory);
}

void Exchange::give_back_borrowed() {
  if (response_.borrowed != 0) take_origin_bytes(std::exchange(response_.borrowed, 0));
}

Step Exchange::send_masked() {
  do {
    if (session_.client_->failed()) return Step::abort(Ender::client, Reason::client_closed);
    if (session_.client_->queued() >= limits().queued_bytes) return Step::wait();
    const ByteView piece = response_.masked_body.substr(response_.sent, kPieceBytes);
    const bool last = response_.sent + piece.size() == response_.masked_body.size();
    if (response_.recorded < response_.sent + piece.size()) {
      if (const Step step = record_piece(Direction::answer, response_.sent, piece); step.kind != Step::Kind::next) return step;
      response_.recorded += piece.size();
    }
    if (last)
      if (const Step step = record_outcome(status_); step.kind != Step::Kind::next) return step;
    write_client({unsent_head(), piece});
    response_.sent += piece.size();
    set_deadline(deadlines().progress);
  } while (response_.sent < response_.masked_body.size());
  response_.state = ResponseHalf::State::done;
  return Step::next();
}

}  // namespace gatehouse::proxy
