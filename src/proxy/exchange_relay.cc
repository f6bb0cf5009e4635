// Relay: two halves, one per direction, that share no flags. A slow reader stops a fast writer,
// because a half does not read while more than limits.queued_bytes wait on the other link.
#include <utility>

#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

constexpr uint64_t kBulkBytes = kRecvBufferBytes;     // more than this to come: single receives
constexpr uint8_t kInterimMax = 8;                    // 1xx answers before the real one

}  // namespace

bool Exchange::bulk() const {
  const http::BodyDecoder& decoder = stage_ == Stage::relay ? request_.decoder : decoder_;
  return (stage_ == Stage::collect_body || stage_ == Stage::relay) && decoder.remaining() > kBulkBytes;
}

Step Exchange::read_client(bool* progressed) {
  InputBlock& in = session_.in_;
  if (in.unread().empty()) in.compact();
  if (in.room().empty()) in.compact();
  size_t count = 0;
  switch (session_.client_->read(in.room(), &count)) {
    case net::Input::data:
      in.filled(count);
      *progressed = true;
      return Step::next();
    case net::Input::none: return Step::wait();
    case net::Input::end:
    case net::Input::truncated:
    case net::Input::failed: return Step::abort(Ender::client, Reason::client_closed);
  }
  return Step::wait();
}

// All that has come, up to a block: who sends in tiny TLS records makes no more work than who does not. How a read
// ended is for the next one to say.
void Exchange::fill_up(net::Link& link, InputBlock& in) {
  size_t count = 0;
  while (!in.room().empty() && link.read(in.room(), &count) == net::Input::data) in.filled(count);
}

Step Exchange::relay() {
  const Step request = relay_request();
  if (request.kind != Step::Kind::next && request.kind != Step::Kind::wait) return request;
  return relay_response();
}

// ---- client -> origin ----------------------------------------------------------------------------

Step Exchange::relay_request() {
  Step step = Step::wait();
  switch (request_.state) {
    case RequestHalf::State::done: return Step::wait();
    case RequestHalf::State::collected: step = send_collected(); break;
    case RequestHalf::State::streaming: step = stream_request(); break;
  }
  if (request_.state == RequestHalf::State::done && times_.sent == 0) {
    times_.sent = station_.now();
    set_deadline(deadlines().answer);
  }
  return step;
}

Step Exchange::send_collected() {
  while (request_.sent < body_.size()) {
    if (origin_->failed()) break;  // the origin may have answered already: the other half finds out
    if (origin_->queued() >= limits().queued_bytes) return Step::wait();
    const ByteView piece = body_.view().substr(request_.sent, kPieceBytes);
    if (request_.recorded < request_.sent + piece.size()) {
      if (const Step step = record_piece(Direction::request, request_.sent, piece); step.kind != Step::Kind::next) return step;
      request_.recorded += piece.size();
    }
    origin_->write(piece);
    request_.sent += piece.size();
    set_deadline(deadlines().progress);
  }
  if (request_.recorded == body_.size())   // else it may go out once more
    if (const Step step = end_coded(); step.kind != Step::Kind::next) return step;
  request_.state = RequestHalf::State::done;
  if (!may_resend()) forget_body();
  return Step::next();
}

/// next_payload is what came of the body, once it fits under the limits; a coded one stays in memory until its content is recorded.
Step Exchange::next_payload(ByteView* payload) {
  if (coded_ != nullptr && coded_->waiting > 0) {
    *payload = {coded_->coded, coded_->waiting};
    return Step::next();
  }
  if (session_.in_.unread().empty()) {
    bool progressed = false;
    const Step step = read_client(&progressed);
    if (step.kind == Step::Kind::wait) return wait_for_body();
    if (step.kind != Step::Kind::next) return step;
    fill_up(*session_.client_, session_.in_);
  }
  if (const Step step = room_for(kBlockBytes); step.kind != Step::Kind::next) return step;
  const auto part = http::gather(request_.decoder, session_.in_.unread(), station_.gathered);
  session_.in_.consume(part.consumed);   // at once: a refusal below must not leave body bytes to the next request
  request_.consumed = true;
  if (part.reason != Reason::none) return Step::reply(part.reason);
  if (request_.recorded + part.payload.size() > limits().body_bytes) return Step::reply(Reason::limit_request_bytes);
  *payload = part.payload;
  if (coded_ == nullptr) return Step::next();
  GH_ASSERT(part.payload.size() <= sizeof coded_->coded);
  coded_->waiting = part.payload.copy(coded_->coded, sizeof coded_->coded);
  *payload = {coded_->coded, coded_->waiting};
  return Step::next();
}

Step Exchange::stream_request() {
  while (!request_.decoder.done() || (coded_ != nullptr && coded_->waiting > 0)) {
    if (origin_->failed()) {
      decoder_ = request_.decoder;   // what is left of the body may be drained
      request_.state = RequestHalf::State::done;
      reusable_ = false;
      return Step::next();
    }
    if (origin_->queued() >= limits().queued_bytes) return Step::wait();
    ByteView payload;
    if (const Step step = next_payload(&payload); step.kind != Step::Kind::next) return step;
    if (!payload.empty()) {
      const Step step = record_piece(Direction::request, request_.recorded, payload);
      if (step.kind != Step::Kind::next) return step;
      request_.recorded += payload.size();
      if (coded_ != nullptr) coded_->waiting = 0;
      char size[http::kChunkHeaderMax];
      if (request_.chunked_out)
        origin_->write({{size, http::chunk_header(payload.size(), size)}, payload, "\r\n"});
      else
        origin_->write(payload);
      request_.sent += payload.size();
    }
    set_deadline(deadlines().progress);
  }
  if (const Step step = end_coded(); step.kind != Step::Kind::next) return step;
  if (request_.chunked_out) origin_->write(http::kLastChunk);
  body_complete_ = true;
  request_.state = RequestHalf::State::done;
  return Step::next();
}

// ---- origin -> client ----------------------------------------------------------------------------

Step Exchange::relay_response() {
  for (;;) {
    Step step = Step::wait();
    switch (response_.state) {
      case ResponseHalf::State::head: step = read_response_head(); break;
      case ResponseHalf::State::collect: step = collect_response(); break;
      case ResponseHalf::State::masked: step = send_masked(); break;
      case ResponseHalf::State::masking: step = mask_as_it_comes(); break;
      case ResponseHalf::State::stream: step = stream_response(); break;
      case ResponseHalf::State::done: return answer_complete();
    }
    if (step.kind != Step::Kind::next || stage_ != Stage::relay) return step;
  }
}

Step Exchange::fill_origin_block(net::Input* input) {
  if (origin_in_.unread().empty()) origin_in_.compact();
  if (origin_in_.room().empty()) origin_in_.compact();
  ByteSpan room = origin_in_.room();
  if (response_.state == ResponseHalf::State::head) {   // the head alone: the body is worked on where it lies
    const size_t end = origin_->front().find("\r\n\r\n");
    if (end != ByteView::npos && end + 4 < room.size()) room = room.first(end + 4);
  }
  size_t count = 0;
  *input = origin_->read(room, &count);
  origin_in_.filled(count);
  if (*input == net::Input::none) return Step::wait();
  if (*input == net::Input::data) set_deadline(deadlines().progress);
  if (*input == net::Input::data && response_.state >= ResponseHalf::State::masking) fill_up(*origin_, origin_in_);
  return Step::next();
}

// What the origin sent and nobody has taken: behind the head in our block, or where it was received.
ByteView Exchange::origin_bytes() const {
  const ByteView unread = origin_in_.unread();
  return unread.empty() ? origin_->front() : unread;
}

void Exchange::take_origin_bytes(size_t count) {
  set_deadline(deadlines().progress);
  if (origin_in_.unread().empty()) origin_->take(count);
  else origin_in_.consume(count);
}

Step Exchange::read_response_head() {
  if (body_.size() > 0 && request_.state == RequestHalf::State::done && !may_resend()) forget_body();
  for (;;) {
    const ByteView unread = origin_in_.unread();
    if (!unread.empty()) {
      const auto result = http::parse_response_head(unread, request().method, snapshot().limits, heads_->response_scan,
                                                    response());
      if (result.status == http::ParseStatus::error) return Step::reply(result.reason);
      if (result.status == http::ParseStatus::complete) {
        if (response().status >= 200) {
          response_.raw_head = unread.substr(0, result.consumed);
          origin_in_.consume(result.consumed);
          origin_in_.pin();
          return start_response();
        }
        if (++response_.interim > kInterimMax) return Step::reply(Reason::origin_response);
        origin_in_.consume(result.consumed);  // interim answers are not relayed: we sent our own 100
        heads_->response_scan = {};
        continue;
      }
    }
    net::Input input;
    if (const Step step = fill_origin_block(&input); step.kind != Step::Kind::next) return step;
    if (input != net::Input::data) return origin_ended(input);
  }
}

Step Exchange::origin_ended(net::Input input) {
  const bool before_head = response_.state == ResponseHalf::State::head;
  if (input == net::Input::end && !before_head && response_.decoder.end()) {
    response_.ended = true;
    return Step::next();
  }
  if (before_head && may_resend()) return send_again();
  return origin_fault(before_head ? Reason::origin_closed : Reason::origin_truncated);
}

// A kept connection may end just as it is used again. The request may go out once more, on a fresh one, when
// all of it is still there, not a byte of an answer has come, and either the kernel took not a byte of it or
// doing it twice is doing it once (RFC 9110 section 9.2.2). What a person released runs once.
bool Exchange::may_resend() const {
  if (origin_ == nullptr || !origin_reused_ || resent_) return false;
  if (response_.state != ResponseHalf::State::head || response_.interim != 0 || !origin_in_.unread().empty()) return false;
  if (request_.consumed || body_forgotten_) return false;
  if (origin_->nothing_sent_since(origin_bytes_before_)) return true;
  return !facts_.approved && is_idempotent(request().method);
}

Step Exchange::send_again() {
  resent_ = true;
  tried_ = 0;
  station_.metrics.origin_resent.add();
  release_origin(false);
  origin_in_.drop();
  heads_->response_scan = {};
  times_.sent = 0;
  stage_ = Stage::pick_origin;
  return Step::next();
}

Step Exchange::origin_fault(Reason reason) const {
  return answer_started_ ? Step::abort(Ender::origin, reason) : Step::reply(reason);
}

Step Exchange::start_response() {
  times_.answered = station_.now();
  const http::ResponseHead& head = response();
  status_ = head.status;
  // The head lies in our own block: what is recorded of it is blanked in place.
  const ByteSpan raw{const_cast<char*>(response_.raw_head.data()), response_.raw_head.size()};
  if (blank_credential(raw)) return Step::reply(Reason::origin_credential_echo);
  response_.decoder = http::BodyDecoder(head.framing, head.content_length);
  response_.ended = response_.decoder.done();
  // 204, 304 or an answer to HEAD with a body: bytes that another reader would take for the next answer.
  if (head.framing == http::Framing::none && !origin_bytes().empty()) return Step::reply(Reason::origin_response);
  set_deadline(deadlines().progress);
  if (decision_.masks != 0)
    if (const Step step = look_at_head(); step.kind != Step::Kind::next) return step;
  if ((decision_.masks != 0 || answer_guards() != 0) && !response_.ended) {
    if (head.status == 206) return Step::reply(Reason::mask_partial_content);
    return start_looking();
  }
  if (answer_guards() != 0)   // without a body the head says all
    if (const uint64_t guards = answer_guards() & snapshot().guards->reads_fields(); guards != 0)
      if (const Step step = guard_answer(guards); step.kind != Step::Kind::next) return step;
  return start_streaming();
}

Step Exchange::start_streaming() {
  http::Framing framing = response().framing;
  if (framing == http::Framing::until_close || (framing == http::Framing::chunked && request().minor == 0))
    framing = request().minor == 0 ? http::Framing::until_close : http::Framing::chunked;
  response_.chunked_out = framing == http::Framing::chunked;
  response_.state = ResponseHalf::State::stream;
  return build_answer_head(framing, response().content_length);
}

Step Exchange::stream_response() {
  net::Link& client = *session_.client_;
  for (;;) {
    if (client.failed()) return Step::abort(Ender::client, Reason::client_closed);
#if !defined(GH_DEFECT) || GH_DEFECT != 9
    if (client.queued() >= limits().queued_bytes) return Step::wait();
#endif
    if (response_.decoder.done()) response_.ended = true;
    if (response_.ended) break;
    if (origin_in_.unread().empty() && origin_->front().size() < http::kLendAtLeast) {
      net::Input input;
      if (const Step step = fill_origin_block(&input); step.kind != Step::Kind::next) {
        if (!answer_started_) write_client({response_.client_head});   // it need not wait for the body
        return step;
      }
      if (input != net::Input::data) {
        if (const Step step = origin_ended(input); step.kind != Step::Kind::next) return step;
        continue;
      }
    }
    const size_t withheld = response_.filter.withheld().size();
    if (const Step step = room_for(2 * kBlockBytes + withheld); step.kind != Step::Kind::next) return step;
    const auto part = http::gather(response_.decoder, origin_bytes(), station_.gathered);
    if (part.reason != Reason::none) return origin_fault(Reason::origin_response);
    if (const Step step = pass_on(part.payload, part.done); step.kind != Step::Kind::next) return step;
    take_origin_bytes(part.consumed);
  }
  if (const size_t withheld = response_.filter.withheld().size(); withheld > 0) {
    if (const Step step = room_for(kBlockBytes + withheld); step.kind != Step::Kind::next) return step;
    if (const Step step = pass_on({}, true); step.kind != Step::Kind::next) return step;
  }
  if (!response_.outcome_written)
    if (const Step step = record_outcome(status_); step.kind != Step::Kind::next) return step;
  write_client({unsent_head(), response_.chunked_out ? ByteView{http::kLastChunk} : ByteView{}});
  response_.state = ResponseHalf::State::done;
  return Step::next();
}

// An error says which credential was wrong, in whatever form: it is looked through for all of them. Other answers, which are many,
// are not.
const crypto::SecretForms* Exchange::error_forms() const { return status_ >= 400 ? origin().secret_forms.get() : nullptr; }

crypto::SecretFilter::Passed Exchange::filtered(ByteView piece) const {
  const crypto::SecretForms* const forms = error_forms();
  return forms != nullptr ? response_.filter.look(*forms, piece) : response_.filter.look(origin().secret(), piece);
}

bool Exchange::holds_credential(ByteView whole) const {
  const crypto::SecretForms* const forms = error_forms();
  return (forms != nullptr ? forms->see(whole) : crypto::see(whole, origin().secret())).found();
}

bool Exchange::blank_credential(ByteSpan head) const {
  const crypto::SecretForms* const forms = error_forms();
  return forms != nullptr ? forms->blank(head) : crypto::blank_secret(head, origin().secret());
}

// Body bytes for the client, unless they hold the origin's credential, also when pieces cut it in two.
Step Exchange::pass_on(ByteView piece, bool last) {
  auto passed = filtered(piece);
  if (passed.found) return origin_fault(Reason::origin_credential_echo);
  // Nothing follows: what looked like its beginning was something else.
  if (last) passed = {false, response_.filter.withheld(), piece};
  if (const Step step = send_piece(passed.before, last && passed.piece.empty()); step.kind != Step::Kind::next)
    return step;
  if (const Step step = send_piece(passed.piece, last); step.kind != Step::Kind::next) return step;
  response_.filter.take(passed, piece);
  return Step::next();
}

Step Exchange::send_piece(ByteView bytes, bool last) {
  if (bytes.empty()) return Step::next();
  if (const Step step = record_piece(Direction::answer, response_.recorded, bytes); step.kind != Step::Kind::next) return step;
  response_.recorded += bytes.size();
  if (last && !response_.chunked_out)
    if (const Step step = record_outcome(status_); step.kind != Step::Kind::next) return step;
  char size[http::kChunkHeaderMax];
  if (response_.chunked_out)
    write_client({unsent_head(), {size, http::chunk_header(bytes.size(), size)}, bytes, "\r\n"});
  else
    write_client({unsent_head(), bytes});
  response_.sent += bytes.size();
  return Step::next();
}

// Both messages are over, or the answer came before the request had ended: then neither connection can
// be trusted to be at a message border.
Step Exchange::answer_complete() {
  give_back_borrowed();
  const bool request_done = request_.state == RequestHalf::State::done && body_complete_;
  const bool clean = request_done && origin_bytes().empty();
  release_origin(clean && response().keep_alive && response().framing != http::Framing::until_close);
  reusable_ = request_done && request().keep_alive && client_keeps_alive_ && !session_.draining();
  set_deadline(deadlines().progress);
  answer_body_.clear();   // recorded and queued: given back now, this memory is warm for the next exchange
  origin_in_.drop();
  response_.raw_head = response_.masked_body = {};
  stage_ = Stage::deliver;
  return Step::next();
}

Step Exchange::relay_expired() const {
  if (away_) return Step::reply(Reason::guard_busy);
  if (answer_started_)
    return session_.client_->queued() > 0 ? Step::abort(Ender::client, Reason::deadline_client_read)
                                          : Step::abort(Ender::origin, Reason::origin_timeout);
  if (request_.state == RequestHalf::State::streaming && origin_->queued() == 0)
    return Step::reply(Reason::deadline_body);
  return Step::reply(Reason::origin_timeout);
}

// ---- a slow body ---------------------------------------------------------------------------------

// Once it has a part of the answer a client may wait for more of it before it goes on.
Step Exchange::wait_for_body() {
  body_awaited_ = !answer_started_ && limits().body_rate != 0;
  if (body_awaited_) body_pace_.wait(station_.now(), deadlines().progress, body_come());
  return Step::wait();
}

// A window of waiting for the body is over: next when it moved enough.
Step Exchange::too_slow(MonotonicNs now) {
  if (body_pace_.due() == kNever) return Step::next();   // nothing may be pinned
  if (!body_pace_.too_slow(now, deadlines().progress, body_come(), limits().body_rate)) return Step::next();
  return answer_started_ ? Step::abort(Ender::client, Reason::limit_body_rate) : Step::reply(Reason::limit_body_rate);
}

// ---- parts ---------------------------------------------------------------------------------------

Step Exchange::continue_interim() {
  if (!request().expect_continue || continue_sent_ || body_complete_) return Step::next();
  continue_sent_ = true;
  session_.client_->write("HTTP/1.1 100 Continue\r\n\r\n");
  return Step::next();
}

bool Exchange::write_client(std::initializer_list<ByteView> parts) {
  answer_started_ = true;
  // The refusal for want of a log says itself that nothing is recorded: it would wait for ever.
  if (decision_.commit_now && !(stage_ == Stage::refuse && reason_ == Reason::record_failed)) hold_answer();
  return session_.client_->write(parts);
}

void Exchange::release_origin(bool reuse) {
  if (origin_ == nullptr) return;
  if (reuse) {
    ways().pool(way_).put(station_.links, *origin_, station_.now());
  } else {
    origin_->abort();
  }
  origin_ = nullptr;
  origin_id_ = {};
}

void Exchange::forget_body() {
  body_forgotten_ = body_forgotten_ || body_.size() > 0;
  body_.clear();
}

void Exchange::pin() {
  GH_ASSERT(pinned_ == nullptr && station_.current != nullptr);
  pinned_ = station_.current;
  ++pinned_->exchanges;
}

void Exchange::unpin() {
  if (pinned_ == nullptr) return;
  if (tenant_ != nullptr) kept_tenant_ = tenant_->shared_from_this();   // the snapshot may go now
  --pinned_->exchanges;
  pinned_ = nullptr;
}

// Pieces are recorded before they are consumed: without room nothing is taken from the connection. Twice
// the bytes, because a record does not cross the end of a segment and may leave a gap of its own size: the
// append behind this must not fail for want of room, as the decoder has moved on by then.
Step Exchange::room_for(uint64_t bytes) {
  if (snapshot().record_gaps || station_.log.room() >= 2 * (bytes + kRecordSlack)) return appended(record::Append::ok);
  return appended(record::Append::full);
}

}  // namespace gatehouse::proxy
