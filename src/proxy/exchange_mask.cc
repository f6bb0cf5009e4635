// Answers that masks or guards look at: what of the head is refused, small bodies as a whole.
#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

constexpr uint32_t kRatioMax = 100;                   // of a coded answer; text is below 50
constexpr uint64_t kRecordSlack = 8 * 1024;           // record header and sections around a piece

}  // namespace

// What must not be seen may stand in the head, too. An answer whose field cannot be left out without changing what it means
// is refused; others lose the field.
Step Exchange::look_at_head() {
  const http::ResponseHead& head = response();
  if (head.status == 206) return Step::reply(Reason::mask_partial_content);
  const bool patient = route() != nullptr && route()->best_effort;
  for (size_t i = 0; i < head.fields.count; ++i) {
    const http::Field& field = head.fields.items[i];
    if (same_spelling(field.name, "set-cookie") && !patient) return Step::reply(Reason::mask_cookie);
    if (!passes_masked(field)) continue;
    if (field.id == http::FieldId::location && own_location(field.value, origin()).empty()) {
      if (!patient) return Step::reply(Reason::mask_location);
      response_.left.set(i);
    } else if (station_.value_check.finds(*snapshot().masks, decision_.masks, field.name, field.value)) {
      response_.left.set(i);
    }
  }
  return Step::next();
}

// The answer's body is whole: guards and masks look at it, then it goes on.
Step Exchange::mask_response() {
  if (answer_guards() != 0)
    if (const Step step = guard_answer(answer_guards()); step.kind != Step::Kind::next) return step;
  ByteView body = answer_body_.view();
  if (decision_.masks != 0)
    if (const Step step = take_coding_off(&body); step.kind != Step::Kind::next) return step;
  if (crypto::find_bytes(body, origin().secret()) != ByteView::npos) return Step::reply(Reason::origin_credential_echo);
  response_.masked_body = body;
  if (decision_.masks != 0 && !body.empty())
    if (const Step step = apply_masks(body); step.kind != Step::Kind::next) return step;
  response_.ended = true;
  response_.state = ResponseHalf::State::masked;
  Step step = build_answer_head(http::Framing::length, response_.masked_body.size());
  if (step.kind == Step::Kind::next) step = send_masked();
  return step.kind == Step::Kind::wait ? keep_masked() : step;
}

// A masked answer goes on without its content coding.
Step Exchange::take_coding_off(ByteView* body) {
  if (response_.codings.count == 0) return Step::next();
  const codec::Bounds bounds{limits().inspect_bytes, kRatioMax};
  switch (codec::decode_whole(station_.decoder, response_.codings, *body, bounds, station_.decoded)) {
    case codec::Status::ok:
    case codec::Status::done: break;
    case codec::Status::malformed:
    case codec::Status::truncated: return Step::reply(Reason::mask_content_coding);
    case codec::Status::bomb:
    case codec::Status::too_large: return Step::reply(Reason::mask_too_large);
    case codec::Status::memory: return Step::reply(Reason::limit_memory);
  }
  *body = {station_.decoded.data(), station_.decoded.size()};
  return Step::next();
}

Step Exchange::apply_masks(ByteView body) {
  GH_ASSERT(snapshot().masks != nullptr);
  station_.metrics.mask_bodies.add();
  const auto outcome = station_.masker.apply(*snapshot().masks, decision_.masks, body, leniency());
  if (outcome.reason != Reason::none) return Step::reply(outcome.reason);
  const uint64_t outcome_bytes = outcome.map.size() + 2 * response_.raw_head.size() + kRecordSlack;
  if (decision_.record_bodies && outcome_bytes > station_.log.largest()) return Step::reply(Reason::mask_too_many_changes);
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
      if (const Step step = record_piece(2, response_.sent, piece); step.kind != Step::Kind::next) return step;
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
