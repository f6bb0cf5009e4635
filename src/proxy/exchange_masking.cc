// Answers that are masked as they come: content codings off, masks, a coding that the client asked for. Each slice is in the
// records, with its map, before it is sent.
#include <algorithm>

#include "http/media_type.h"
#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/session.h"

namespace gatehouse::proxy {

/// Once the client has seen a part, the connection ends so that it is seen as cut.
Step Exchange::mask_fault(Reason reason) const {
  return answer_started_ ? Step::abort(Ender::gateway, reason) : Step::reply(reason);
}

Step Exchange::begin_masking() {
  GH_ASSERT(snapshot().masks != nullptr && response_.work == nullptr);
  if (response_.borrowed != 0) {   // it would go with this step
    const ByteView body = answer_body_.view();
    answer_body_.clear();
    const bool kept = answer_body_.append(body, body.size());
    give_back_borrowed();
    response_.ended = true;
    if (!kept) return Step::reply(Reason::limit_memory);
  }
  response_.work = station_.masking.take();
  if (response_.work == nullptr) return Step::reply(Reason::limit_streams);
  MaskWork& work = *response_.work;
  if (!work.stream.prepare(*snapshot().masks)) return Step::reply(Reason::limit_memory);
  const http::Field* type = response().fields.find(http::FieldId::content_type);
  const mask::Answer answer{type == nullptr ? ByteView{} : type->value, leniency(), route() != nullptr && route()->best_effort};
  if (const Reason r = work.stream.start(*snapshot().masks, decision_.masks, answer); r != Reason::none) return Step::reply(r);
  station_.metrics.mask_bodies.add();
  station_.metrics.mask_streams.add();
  work.decoding = response_.codings.count != 0;
  if (work.decoding) {
    for (uint8_t i = 0; i < response_.codings.count; ++i)
      work.heavy |= response_.codings.applied[i] == codec::Coding::zstd || response_.codings.applied[i] == codec::Coding::br;
    work.decoder.start(response_.codings, kAnyLength);
    response_.coding = asked_coding(request().fields);
    if (work.encoder.start(response_.coding) != codec::Status::ok) return Step::reply(Reason::limit_memory);
  }
  response_.chunked_out = request().minor != 0;
  response_.state = ResponseHalf::State::masking;
  return build_answer_head(response_.chunked_out ? http::Framing::chunked : http::Framing::until_close, 0);
}

Step Exchange::mask_as_it_comes() {
  net::Link& client = *session_.client_;
  MaskWork& work = *response_.work;
  work.done = 0;
  for (;;) {
    if (client.failed()) return Step::abort(Ender::client, Reason::client_closed);
    if (client.queued() >= limits().queued_bytes) return Step::wait();
    if (work.stream.slice() != nullptr) {
      const Step step = send_slice();
#if defined(GH_DEFECT) && GH_DEFECT == 15
      if (step.kind == Step::Kind::wait) work.stream.pop();
#endif
      if (step.kind != Step::Kind::next) return step;
      work.stream.pop();
      continue;
    }
    if (work.done >= kPieceBytes) return yield();   // whoever is small has its turn now
    if (work.content.empty() && !work.content_ended)
      if (const Step step = more_content(); step.kind != Step::Kind::next) return step;
    if (!work.content.empty()) {
      size_t consumed = 0;
      if (const Reason r = work.stream.feed(work.content, &consumed); r != Reason::none) return mask_fault(r);
      work.content.remove_prefix(consumed);
      work.done += consumed;
    } else if (work.content_ended) {
      if (work.stream.ended()) return end_masking();
      if (const Reason r = work.stream.finish(); r != Reason::none) return mask_fault(r);
    }
  }
}

// The next of the content, or its end.
Step Exchange::more_content() {
  MaskWork& work = *response_.work;
  while (work.content.empty() && !work.content_ended) {
    if (!work.coded.empty() || work.decoder_busy) {
      if (const Step step = decode_content(); step.kind != Step::Kind::next) return step;
      continue;
    }
    if (work.body_ended) {
      if (work.decoding)
        if (const Reason r = reason_of(work.decoder.finish()); r != Reason::none) return mask_fault(r);
      work.content_ended = true;
      break;
    }
    ByteView payload;
    if (const Step step = more_of_body(&payload); step.kind != Step::Kind::next) return step;
    if (work.decoding) work.came.add(payload);
    (work.decoding ? work.coded : work.content) = payload;
  }
  return Step::next();
}

Step Exchange::decode_content() {
  MaskWork& work = *response_.work;
  const codec::Progress progress = work.decoder.step(work.coded, work.content_room);
  if (const Reason r = reason_of(progress.status); r != Reason::none) return mask_fault(r);
  work.coded.remove_prefix(progress.consumed);
  work.content = {work.content_room, progress.produced};
  work.decoder_busy = progress.produced == sizeof work.content_room;
  return Step::next();
}

// What was collected comes first, then what the origin goes on to send. A copy: the masker may take only a part of it, and what
// the origin's link lends goes with this step.
Step Exchange::more_of_body(ByteView* payload) {
  MaskWork& work = *response_.work;
  if (answer_body_.size() > 0 && !response_.body_taken) {
    response_.body_taken = true;
    *payload = answer_body_.view();
    return Step::next();
  }
  if (response_.body_taken) answer_body_.clear();
  if (response_.decoder.done()) response_.ended = true;
  if (response_.ended) {
    work.body_ended = true;
    return Step::next();
  }
  if (origin_bytes().empty()) {
    net::Input input;
    if (const Step step = fill_origin_block(&input); step.kind != Step::Kind::next) {
      flush_content(false);   // nothing more is there: what is inside must not wait for it
      const http::Field* type = response().fields.find(http::FieldId::content_type);
      const bool events = type != nullptr && http::equals_ignore_case(http::media_type(type->value), "text/event-stream");
      if (!answer_started_ && events) write_client({response_.client_head});   // it need not wait for the first event
      return step;
    }
    return input == net::Input::data ? Step::next() : origin_ended(input);
  }
  const auto part = http::gather(response_.decoder, origin_bytes().substr(0, MaskWork::kRoom), station_.gathered);
  if (part.reason != Reason::none) return origin_fault(Reason::origin_response);
  char* const room = work.decoding ? work.coded_room : work.content_room;
  std::copy(part.payload.begin(), part.payload.end(), room);
  *payload = {room, part.payload.size()};
  take_origin_bytes(part.consumed);
  return Step::next();
}

// ---- towards the client --------------------------------------------------------------------------

// A slice goes on unless it holds the origin's credential, or ends like the beginning of it: then it is held until what follows
// decides, so that no part of it is sent or recorded.
Step Exchange::send_slice() {
  MaskWork& work = *response_.work;
  const mask::Stream::Slice& slice = *work.stream.slice();
  const auto passed = filtered(slice.masked);
  if (passed.found) return mask_fault(Reason::origin_credential_echo);
  if (keeps(policy::Keep::masked) &&
      slice.masked.size() + map_bytes(slice.map, slice.changes) + kRecordSlack > station_.log.largest())
    return mask_fault(Reason::mask_too_many_changes);
  const size_t goes = passed.before.size() + passed.piece.size();
  const size_t withheld = response_.filter.withheld().size() + slice.masked.size() - goes;
  if (const Step step = send_held(withheld, slice.masked.size()); step.kind != Step::Kind::next) return step;
  if (withheld > 0 || !work.held.empty()) {
    // Slices of which nothing is left (a long key that is taken out) decide nothing: they must not pile up.
    work.held_bytes += slice.masked.size() + slice.map.size();
    if (work.held_bytes > MaskWork::kHeldMost) return mask_fault(Reason::mask_too_large);
    work.held.push_back({std::string(slice.masked), std::string(slice.map), slice.changes});
  } else if (const Step step = send_masked_bytes(slice.masked, slice.map, slice.changes); step.kind != Step::Kind::next) {
    return step;
  }
#if defined(GH_DEFECT) && GH_DEFECT == 13
  if (withheld > 0) work.held.clear();
#endif
  response_.filter.take(passed, slice.masked);
  return Step::next();
}

/// send_held sends what was held, but for that in which the last `withheld` bytes stand; `newest` bytes are in none of it.
Step Exchange::send_held(size_t withheld, size_t newest) {
  auto& held = response_.work->held;
  size_t behind = newest;
  for (const MaskWork::Held& each : held) behind += each.masked.size();
  while (!held.empty()) {
    const MaskWork::Held& first = held.front();
    behind -= first.masked.size();
    if (behind < withheld) break;
    if (const Step step = send_masked_bytes(first.masked, first.map, first.changes); step.kind != Step::Kind::next) return step;
    response_.work->held_bytes -= first.masked.size() + first.map.size();
    held.erase(held.begin());
  }
  return Step::next();
}

Step Exchange::send_masked_bytes(ByteView masked, ByteView map, uint32_t changes) {
#if defined(GH_DEFECT) && GH_DEFECT == 14
  if (changes == 1) map = {};
#endif
  const Step step = record_piece(Direction::answer, response_.recorded, masked, map);
  if (step.kind != Step::Kind::next) return step;
  response_.recorded += masked.size();
  response_.mask_changes += changes;
  station_.metrics.mask_changes.add(changes);
  set_deadline(deadlines().progress);
  return write_content(masked);
}

Step Exchange::write_content(ByteView bytes) {
  if (response_.coding == codec::Coding::identity) {
    write_part(bytes);
    return Step::next();
  }
  while (!bytes.empty()) {
    const codec::Progress progress = response_.work->encoder.step(bytes, station_.gathered);
    if (reason_of(progress.status) != Reason::none) return mask_fault(reason_of(progress.status));
    bytes.remove_prefix(progress.consumed);
    write_part({station_.gathered.data(), progress.produced});
  }
  return Step::next();
}

/// flush_content sends what the encoder holds; `last`: nothing follows.
void Exchange::flush_content(bool last) {
  MaskWork& work = *response_.work;
  if (response_.coding == codec::Coding::identity) return;
  codec::Progress progress;
  do {
    progress = last ? work.encoder.finish(station_.gathered) : work.encoder.flush(station_.gathered);
    write_part({station_.gathered.data(), progress.produced});
  } while (progress.status == codec::Status::ok);
}

void Exchange::write_part(ByteView bytes) {
  if (bytes.empty()) return;
  if (response_.work->decoding) response_.work->went.add(bytes);
  char size[http::kChunkHeaderMax];
  if (response_.chunked_out)
    write_client({unsent_head(), {size, http::chunk_header(bytes.size(), size)}, bytes, "\r\n"});
  else
    write_client({unsent_head(), bytes});
  response_.sent += bytes.size();
}

Step Exchange::end_masking() {
  if (const Step step = send_held(0, 0); step.kind != Step::Kind::next) return step;
  response_.skipped = response_.work->stream.uninspected();
  if (const Step step = record_outcome(status_); step.kind != Step::Kind::next) return step;
  flush_content(true);
  write_client({unsent_head(), response_.chunked_out ? ByteView{http::kLastChunk} : ByteView{}});
  response_.filter.clear();
  response_.ended = true;
  response_.state = ResponseHalf::State::done;
  give_back_work();
  return Step::next();
}

void Exchange::give_back_work() {
  if (response_.work == nullptr) return;
  if (response_.work->decoding) {
    response_.came = response_.work->came.finish();
    response_.went = response_.work->went.finish();
    response_.digested = true;
  }
  station_.masking.give_back(std::exchange(response_.work, nullptr));
}

}  // namespace gatehouse::proxy
