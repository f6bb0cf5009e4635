// Records of request bodies in a content coding, at level full: of each piece that goes to the origin a keyed digest
// (direction 1), and beside it the content that came out of it, without its secrets (direction 3). What does not come out is
// said, with the reason.
#include <algorithm>

#include "proxy/exchange.h"
#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

using policy::Keep;
using record::Kind;
using record::Tag;

constexpr uint64_t kRecordedATurn = 4 * CodedBody::kRoom;   // of one session: whoever is small has its turn then

}  // namespace

/// is_coded: what the request's body says cannot be looked through for secrets as it stands.
bool Exchange::is_coded() const {
  const http::Field* coding = request().fields.find(http::FieldId::content_encoding);
  if (coding == nullptr) return false;
  return request().fields.count_of(http::FieldId::content_encoding) != 1 || !http::equals_ignore_case(coding->value, "identity");
}

/// begin_coded borrows what the record of a coded body takes, before anything is asked of an origin; false when there is none left.
bool Exchange::begin_coded() {
  if (coded_ != nullptr || coded_ended_ || decision_.keep != Keep::full) return true;
  if (request().framing == http::Framing::none || !is_coded()) return true;
  const auto codings = codings_of(request().fields);
  if (!codings) return true;   // in one that nobody here takes off: its digests alone are kept
  coded_ = station_.coded.take();
  if (coded_ != nullptr) coded_->start(*codings, limits().body_bytes);
  return coded_ != nullptr;
}

/// has_turn is false once this step recorded as much as one may, over all pieces: then it goes on in the next turn.
bool Exchange::has_turn() {
  if (turn_recorded_ < kRecordedATurn) return true;
  yielded_ = true;
  return false;
}

/// record_coded may be asked again for a piece, with the same bytes, until it is through.
Step Exchange::record_coded(uint64_t offset, ByteView bytes) {
  if (offset + bytes.size() > coded_bytes_) {
    if (const Step step = record_digest(Direction::request, offset, bytes); step.kind != Step::Kind::next) return step;
    coded_bytes_ = offset + bytes.size();
    if (coded_ != nullptr) coded_->taken = 0;
  }
  if (coded_ == nullptr) return Step::next();
  while (!coded_->is_through(bytes)) {
    if (coded_->held == 0) {
      coded_->decode(bytes);
      continue;
    }
    if (!has_turn()) return Step::wait();
    turn_recorded_ += coded_->held;
    const bool out = coded_->taken == bytes.size() && !coded_->more && coded_->decoder.finish() == codec::Status::done;
    if (const Step step = record_content(out && is_last(offset, bytes)); step.kind != Step::Kind::next) return step;
  }
  return Step::next();
}

void Exchange::begin_content_record() {
  record::Sections& sections = station_.sections;
  sections.clear();
  sections.direction(Direction::content);
  sections.number(Tag::offset, coded_ == nullptr ? 0 : coded_->content);
  if (coded_ == nullptr) return;
  for (uint8_t i = 0; i < coded_->codings.count; ++i)
    sections.bytes(Tag::request_coding, codec::coding_name(coded_->codings.applied[i]));
}

Step Exchange::record_content(bool last) {
  begin_content_record();
  add_body(without_secrets(coded_->content, {coded_->room, coded_->held}, last));
  const Step step = append(Kind::piece);
  if (step.kind != Step::Kind::next) return step;
  eraser_->release();   // it is not asked again
  coded_->content += coded_->held;
  coded_->held = 0;
  return step;
}

/// end_coded says how long the coded body was, and what of it did not come out: once, with the last of it, or where it was cut.
Step Exchange::end_coded() {
  if (coded_bytes_ == 0 || coded_ended_) return Step::next();
  if (coded_ != nullptr && coded_->held > 0)   // of a piece that did not go on
    if (const Step step = record_content(false); step.kind != Step::Kind::next) return step;
  ByteView why = coded_busy_ ? "busy" : "coding";
  if (coded_ != nullptr) {
    codec::Status status = coded_->status;
    if (status == codec::Status::ok) status = coded_->more ? codec::Status::truncated : coded_->decoder.finish();
    why = undecoded_name(status);
  }
  begin_content_record();
  station_.sections.number(Tag::coded_bytes, coded_bytes_);
  station_.sections.bytes(Tag::undecoded, why);
  const Step step = append(Kind::piece);
  coded_ended_ = step.kind == Step::Kind::next;
  if (coded_ended_) give_back_coded();   // the answer may take its time: it is of no use to it
  return step;
}

void Exchange::give_back_coded() {
  if (coded_ != nullptr) station_.coded.give_back(std::exchange(coded_, nullptr));
}

/// collected is what came of a body before anything of it went on. A job thread that has it reads it, too.
ByteView Exchange::collected() const { return away_ != nullptr ? away_->body.view() : body_.view(); }

/// request_complete: all of the body came and, where the level keeps bodies, is in the records. An answer may come before all of it
/// went on.
bool Exchange::request_complete() const {
  if (decision_.keep == Keep::heads || !body_complete_) return body_complete_;
  const uint64_t here = away_ != nullptr ? away_->body.size : body_.size();
  return refused_ ? refused_recorded_ >= here : request_.recorded >= std::max<uint64_t>(request_.collected, body_.size());
}

/// record_refused keeps what was collected of a body that does not go on, as the rule keeps bodies: all that is in memory.
Step Exchange::record_refused() {
  const uint64_t bytes = away_ != nullptr ? away_->body.size : body_.size();
  if (!refused_ || bytes == 0 || decision_.keep == Keep::heads) return Step::next();
  if (const Step step = settle(body_); step.kind != Step::Kind::next) return step;   // it may have been cut while it grew
  if (coded_bytes_ == 0) coded_busy_ = !begin_coded();   // else this goes on: nobody begins in the middle of a body
  while (refused_recorded_ < bytes) {
    if (!has_turn()) return Step::wait();
    const ByteView piece = collected().substr(refused_recorded_, kPieceBytes);
    if (const Step step = record_piece(Direction::request, refused_recorded_, piece); step.kind != Step::Kind::next) return step;
    refused_recorded_ += piece.size();
    turn_recorded_ += piece.size();
  }
  return end_coded();
}

}  // namespace gatehouse::proxy
