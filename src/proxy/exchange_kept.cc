// How much of heads and bodies an exchange leaves in the records: rule.record, rule.compress, and the secrets in both.
#include <algorithm>
#include <cstring>
#include <string>

#include "crypto/digest.h"
#include "erase/erase.h"
#include "http/byte_class.h"
#include "mask/map.h"
#include "proxy/exchange.h"
#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

using policy::Keep;
using record::Kind;
using record::Tag;

constexpr size_t kPlacesMax = 32;   // of secrets that one piece's record names

/// Of fields that the gateway knows, credentials were covered before; others are told by their names.
bool has_secret(ByteView name, http::FieldId id, const erase::ErasePlan* erase) {
  return id == http::FieldId::set_cookie || (id == http::FieldId::other && erase::names_secret(erase, name));
}

/// cover_secret_fields writes asterisks over the values of secret fields, in a copy of the head.
void cover_secret_fields(ByteView head, const erase::ErasePlan* erase, ByteSpan copy) {
  for (size_t at = std::min(head.find('\n'), head.size() - 1) + 1; at < head.size();) {
    const ByteView line = head.substr(at, head.find("\r\n", at) - at);
    const size_t colon = std::min(line.find(':'), line.size());
    const ByteView name = line.substr(0, colon), value = http::trim_blanks(line.substr(std::min(colon + 1, line.size())));
    if (has_secret(name, http::field_id(name), erase)) std::memset(copy.data() + (value.data() - head.data()), '*', value.size());
    at += line.size() + 2;
  }
}

}  // namespace

bool Exchange::has_secrets(const http::FieldList& fields) const {
  const erase::ErasePlan* const erase = snapshot().erase.get();
  const auto secret = [erase](const http::Field& field) { return has_secret(field.name, field.id, erase); };
  return std::any_of(fields.items, fields.items + fields.count, secret);
}

bool Exchange::sets_secrets() const {
  if (route() == nullptr) return false;
  const erase::ErasePlan* const erase = snapshot().erase.get();
  const auto secret = [erase](const config::HeaderRule& rule) { return has_secret(rule.name, http::field_id(rule.name), erase); };
  return std::any_of(route()->set_headers.begin(), route()->set_headers.end(), secret);
}

/// keyed is a digest that tells nothing to who has not the key; zero where there is none.
crypto::Sha256 Exchange::keyed(ByteView bytes) const {
  if (snapshot().digest_key == nullptr) return {};
  return snapshot().digest_key->digest(std::array{bytes});
}

/// map_bytes is the most that what a record says of a mask map may take.
uint64_t Exchange::map_bytes(ByteView map, uint32_t changes) const {
  if (!keeps(Keep::masked)) return 0;
  return map.size() + (keeps(Keep::full) ? 0 : uint64_t{changes} * mask::kNoteBytes);
}

void Exchange::add_head(Tag tag, ByteView head, bool kept, bool secret) {
  erase::Eraser& eraser = station_.recorder.head_eraser;
  const erase::ErasePlan* const erase = snapshot().erase.get();
  bool in_value = erase::may_hold_secret(erase, head);
  if (in_value) {
    eraser.start(erase, erase::BodyForm::encoded);
    in_value = !eraser.find(head, true).empty();
  }
  if ((secret && !head.empty()) || in_value) {
    const ByteSpan copy{station_.recorder.texts.take(head.size(), 1), head.size()};
    std::memcpy(copy.data(), head.data(), head.size());
    if (secret) cover_secret_fields(head, erase, copy);
    if (in_value) erase::blank(copy, eraser.found());
    head = view_of(copy);
  }
  if (kept || head.empty()) return station_.sections.bytes(tag, head);
  const ByteView name = record::tag_name(tag);
  const crypto::Sha256 digest = keyed(head);
  const size_t bytes = name.size() + 1 + 2 * digest.size();
  char* const text = station_.recorder.texts.take(bytes, 1);
  char* at = text + name.copy(text, name.size());
  *at++ = '=';
  for (const uint8_t byte : digest) {
    *at++ = "0123456789abcdef"[byte >> 4];
    *at++ = "0123456789abcdef"[byte & 15];
  }
  station_.sections.bytes(Tag::head_digest, {text, bytes});
}

Step Exchange::record_piece(Direction direction, uint64_t offset, ByteView bytes, ByteView map) {
  if (decision_.keep == Keep::heads) return Step::next();
  if (decision_.keep == Keep::digest || (decision_.keep == Keep::masked && direction == Direction::request))
    return record_digest(direction, offset, bytes);
  if (direction == Direction::request && is_coded()) return record_coded(offset, bytes);
  record::Sections& sections = station_.sections;
  sections.clear();
  sections.direction(direction);
  sections.number(Tag::offset, offset);
  add_body(direction == Direction::request ? without_secrets(offset, bytes, is_last(offset, bytes)) : bytes);
  add_map(map);
  const Step step = append(Kind::piece);
  const bool through = step.kind == Step::Kind::next;   // it is not asked again
  if (eraser_ != nullptr && direction == Direction::request && through) eraser_->release();
  return step;
}

/// record_own_answer keeps the body of a refusal: the client gets it, and nobody else has it.
Step Exchange::record_own_answer(ByteView body) {
  if (body.empty() || own_recorded_) return Step::next();
  const Step step = record_piece(Direction::refusal, 0, body);
  own_recorded_ = step.kind == Step::Kind::next;
  return step;
}

Step Exchange::record_digest(Direction direction, uint64_t offset, ByteView bytes) {
  record::Sections& sections = station_.sections;
  sections.clear();
  const crypto::Sha256 digest = keyed(bytes);
  sections.direction(direction);
  sections.number(Tag::offset, offset);
  sections.number(Tag::content_bytes, bytes.size());
  sections.bytes(Tag::piece_digest, view_of(std::span<const uint8_t>(digest)));
  return append(Kind::piece);
}

void Exchange::add_body(ByteView bytes) {
  record::Sections& sections = station_.sections;
  const ByteView packed = decision_.compress ? station_.recorder.packer.pack(bytes) : ByteView{};
  if (packed.empty()) return sections.bytes(Tag::body, bytes);
  sections.bytes(Tag::compression, "zstd");
  sections.number(Tag::content_bytes, bytes.size());
  sections.bytes(Tag::body, packed);
}

void Exchange::add_map(ByteView map) {
  if (map.empty() || keeps(Keep::full)) return station_.sections.bytes(Tag::mask_map, map);
  if (snapshot().digest_key == nullptr) return;
  if (mask::write_notes(map, *snapshot().digest_key, &station_.recorder.notes))
    station_.sections.bytes(Tag::mask_notes, station_.recorder.notes);
}

// ---- secrets of request bodies -------------------------------------------------------------------

void Exchange::begin_erasing() {
  erasing_ = true;
  if (eraser_ == nullptr) eraser_ = std::make_unique<erase::Eraser>();
  ByteView boundary;
  const erase::BodyForm form = erase::body_form(request().fields, &boundary);
  eraser_->start(snapshot().erase.get(), form, boundary);
}

/// is_last: nothing of the request's body comes behind this piece, as far as is known by now: what ends a body of chunks may not be
/// here yet.
bool Exchange::is_last(uint64_t offset, ByteView bytes) const {
  if (refused_ || request_.state != RequestHalf::State::streaming)
    return body_complete_ && offset + bytes.size() == collected().size();
  return request_.decoder.done();
}

/// What goes into the record of a piece of the request's body: asterisks where secrets stand, and where that is. Asked again for a
/// piece, it says the same. Of a body in a content coding its content comes here.
ByteView Exchange::without_secrets(uint64_t offset, ByteView bytes, bool last) {
  Recorder& recorder = station_.recorder;
  if (!erasing_) begin_erasing();
  if (erased_at_ != offset) eraser_->find(bytes, last);
  erased_at_ = offset;
  const std::vector<erase::Erased>& erased = eraser_->found();
  if (erased.empty()) return bytes;
  recorder.blanked = bytes;
  erase::blank({recorder.blanked.data(), recorder.blanked.size()}, erased);
  recorder.places.clear();
  for (const erase::Erased& each : erased) {
    if (recorder.places.size() == kPlacesMax) {
      recorder.places.push_back(std::to_string(erased.size() - kPlacesMax) + " more");
      break;
    }
    recorder.places.push_back(each.name + " at " + std::to_string(offset + each.begin) + ", " +
                              std::to_string(each.end - each.begin) + " bytes");
  }
  for (const std::string& each : recorder.places) station_.sections.bytes(Tag::erased_secret, each);
  return recorder.blanked;
}

}  // namespace gatehouse::proxy
