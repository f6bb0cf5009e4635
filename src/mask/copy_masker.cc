#include "mask/copy_masker.h"

#include "mask/stream.h"

namespace gatehouse::mask {

CopyMasker::CopyMasker() = default;
CopyMasker::~CopyMasker() = default;

void CopyMasker::start(const Plan& plan, Selection masks, json::Leniency leniency, uint8_t depth) {
  plan_ = &plan;
  masks_ = masks;
  leniency_ = leniency;
  depth_ = depth;
  lent_ = false;
}

Encoded::Outcome CopyMasker::outcome_of(const Copies::Outcome& outcome) {
  switch (outcome.kind) {
    case Copies::Kind::none: return {Kind::none, {}, kNoRule};
    case Copies::Kind::same: return {Kind::same, {}, kNoRule};
    case Copies::Kind::rewritten: return {Kind::rewritten, outcome.text, kNoRule};
    case Copies::Kind::dropped: return {Kind::dropped, {}, kNoRule};
  }
  return {Kind::dropped, {}, kNoRule};
}

Encoded::Outcome CopyMasker::look(ByteView text) { return outcome_of(copies_.look(text, depth_, *this)); }
Encoded::Outcome CopyMasker::look_between(ByteView text, ByteView before, ByteView after) {
  return outcome_of(copies_.look_between(text, before, after, depth_, *this));
}
Encoded::Outcome CopyMasker::look_packed(ByteView bytes) { return outcome_of(copies_.look_packed(bytes, depth_, *this)); }

Stream* CopyMasker::inner(ByteView content_type) {
  if (depth_ >= kCopyDepth) return nullptr;
  if (stream_ == nullptr) stream_ = std::make_unique<Stream>();
  if (!stream_->prepare(*plan_)) return nullptr;
  const Answer answer{content_type, leniency_, false};
  lent_ = stream_->start_inside(*plan_, masks_, answer, static_cast<uint8_t>(depth_ + 1)) == Reason::none;
  return lent_ ? stream_.get() : nullptr;
}

Inner::Outcome CopyMasker::mask(ByteView document, codec::Form, uint8_t, Room<char>* out) { return mask_as({}, document, out); }

Inner::Outcome CopyMasker::mask_lines(ByteView documents, Room<char>* out) {
  return mask_as("application/x-ndjson", documents, out);
}

Inner::Outcome CopyMasker::mask_as(ByteView content_type, ByteView document, Room<char>* out) {
  Inner::Outcome outcome;
  Stream* stream = inner(content_type);
  give_back();
  if (stream == nullptr) return outcome;
  const auto take = [&] {
    for (; const Stream::Slice* slice = stream->slice(); stream->pop()) {
      out->append(slice->masked.data(), slice->masked.size());
      outcome.changes += slice->changes;
    }
  };
  while (!document.empty()) {
    size_t consumed = 0;
    if (stream->feed(document, &consumed) != Reason::none) return {};
    document.remove_prefix(consumed);
    take();
  }
  while (!stream->ended()) {
    if (stream->finish() != Reason::none) return {};
    take();
  }
  outcome.masked = true;
  return outcome;
}

void CopyMasker::rest() {
  copies_.rest();
  if (!lent_) stream_.reset();
}

size_t CopyMasker::memory_bytes() const { return stream_ == nullptr ? 0 : stream_->memory_bytes(); }

}  // namespace gatehouse::mask
