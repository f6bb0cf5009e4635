#include "cli/exchange_then.h"

#include <algorithm>

#include "record/piece.h"

namespace gatehouse::cli {
namespace {

using record::Direction;
using record::Kind;
using record::Seal;
using record::Tag;

bool shut(Seal seal) { return seal != Seal::absent && seal != Seal::opened && seal != Seal::damaged; }

uint64_t number_in(ByteView payload, Tag tag) {
  ByteView value;
  uint64_t number = 0;
  return record::find_section(payload, tag, &value) && record::read_number(value, &number) ? number : 0;
}

std::string text_in(ByteView payload, Tag tag) {
  ByteView value;
  return record::find_section(payload, tag, &value) ? std::string(value) : std::string();
}

}  // namespace

std::vector<GuardFinding> findings_in(ByteView payload) {
  std::vector<GuardFinding> out;
  record::SectionReader sections(payload);
  Tag tag;
  for (ByteView value; sections.next(&tag, &value);) {
    if (tag == Tag::guard_hit) out.emplace_back().guard = value;
    if (out.empty()) continue;
    if (tag == Tag::guard_effect) out.back().effect = value;
    if (tag == Tag::guard_check) out.back().check = value;
    if (tag == Tag::guard_place) out.back().place = value;
  }
  std::sort(out.begin(), out.end());
  return out;
}

void ExchangeThen::see(const record::RecordView& view) {
  const ByteView payload = view.payload;
  broken = broken || view.operations == Seal::damaged || view.auditor == Seal::damaged;
  if (view.kind() == Kind::request) {
    request = true;
    request_sealed = shut(view.operations) || shut(view.auditor);
    level = text_in(payload, Tag::level);
    client_head = text_in(payload, Tag::client_head);
    found = findings_in(payload);
  } else if (view.kind() == Kind::piece) {
    see_piece(view);
  } else if (view.kind() == Kind::outcome) {
    outcome_sealed = shut(view.operations) || shut(view.auditor);
    see_outcome(payload);
  } else if (view.kind() == Kind::close) {
    closed = true;
    recovered = number_in(payload, Tag::recovered) != 0;
    request_complete = number_in(payload, Tag::request_complete) != 0;
    answer_complete = number_in(payload, Tag::answer_complete) != 0;
  }
}

void ExchangeThen::see_outcome(ByteView payload) {
  outcome = true;
  origin_status = number_in(payload, Tag::origin_status);
  origin_answer_head = text_in(payload, Tag::origin_answer_head);
  client_answer_head = text_in(payload, Tag::client_answer_head);
  skipped = number_in(payload, Tag::mask_skipped) != 0;
  found_in_answer = findings_in(payload);
  if (level == "masked" && number_in(payload, Tag::mask_changes) > 0) answered.kept = false;   // digests stand for originals
  ByteView map;
  mask::MapReader reader;
  if (!record::find_section(payload, Tag::mask_map, &map)) return;
  if (!reader.open(map) || reader.masked_length() != masked_bytes_) answered.broken = true;
  else answered.bytes = reader.original_length();
}

void ExchangeThen::see_piece(const record::RecordView& view) {
  std::string room;
  const record::Piece piece = record::read_piece(view.payload, &room);
  if (piece.direction == Direction::refusal) return;   // it is no answer of the origin's
  if (piece.direction == Direction{}) asked.sealed = answered.sealed = true;
  coded = coded || piece.direction == Direction::content;
  content_whole = content_whole || (piece.ends && piece.undecoded.empty());
  BodyThen& body = piece.direction == Direction::request ? asked : piece.direction == Direction::content ? content : answered;
  ++body.pieces;
  body.sealed = body.sealed || shut(view.operations) || shut(view.auditor);
  body.kept = body.kept && piece.kept;
  body.broken = body.broken || (!body.sealed && (!piece.readable || piece.offset != body.next));
  body.next = piece.offset + piece.bytes;
  ByteView erased;
  if (record::find_section(view.payload, Tag::erased_secret, &erased) && !erased.starts_with("nothing")) body.erased = true;
  if (piece.direction != Direction::answer) {
    body.bytes += piece.bytes;
    return;
  }
  masked_bytes_ += piece.bytes;
  mask::MapReader reader;
  if (piece.map.empty()) {
    body.bytes += piece.bytes;
    body.kept = body.kept && piece.notes.empty();
  } else if (reader.open(piece.map)) {
    body.bytes += reader.original_length();
  } else {
    body.broken = true;
  }
}

std::string ExchangeThen::kept_as() const {
  if (level == "heads") return "the rule keeps heads";
  if (level == "digest") return "the rule keeps digests";
  if (level == "masked") return "the rule keeps what is masked alone";
  if (coded) return "in a content coding that could not be taken off";
  return "not recorded";
}

}  // namespace gatehouse::cli
