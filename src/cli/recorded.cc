#include "cli/recorded.h"

#include <cstdio>

#include "base/reason.h"
#include "cli/exit_code.h"
#include "crypto/digest.h"
#include "mask/map.h"
#include "record/piece.h"
#include "telemetry/json_text.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Stream;
using record::Tag;

constexpr WallNs kSlack = 60 * kNsPerSecond;  // clocks are set; the id's time is the beginning's

WallNs time_of(const ExchangeId& id) {
  uint64_t ms = 0;
  for (size_t i = 0; i < 6; ++i) ms = ms << 8 | id.bytes[i];
  return ms * kNsPerMs;
}

uint64_t number_in(ByteView payload, Tag tag) {
  ByteView value;
  uint64_t number = 0;
  return record::find_section(payload, tag, &value) && record::read_number(value, &number) ? number : 0;
}

Recorded copy_of(const record::RecordView& view) {
  Recorded copy{view.kind(), view.header.wall_ns, view.header.sequence, std::string(view.file), view.place};
  if (copy.kind != Kind::piece) {
    copy.payload = view.payload;
    return copy;
  }
  std::string room;
  const record::Piece piece = record::read_piece(view.payload, &room);
  copy.direction = piece.direction;
  copy.offset = piece.offset;
  copy.bytes = piece.bytes;
  copy.map = piece.map.empty() ? piece.notes : piece.map;
  copy.kept = piece.kept;
  record::SectionReader sections(view.payload);
  Tag tag;
  for (ByteView value; sections.next(&tag, &value);)
    if (tag == Tag::erased_secret) copy.erased.emplace_back(value);
  return copy;
}

/// visit calls `see` for each record of the exchange. Where the clock was set back the quick way in may
/// miss it: then everything is read.
bool visit(const RecordsPlace& place, const ExchangeId& id, const std::function<void(const record::RecordView&)>& see,
           std::vector<record::Damage>* damages, bool* readable) {
  const WallNs begun = time_of(id);
  for (const WallNs from : {begun > kSlack ? begun - kSlack : 0, WallNs{0}}) {
    const auto reader = open_records(place, from);
    *readable = reader != nullptr;
    if (!reader) return false;
    bool found = false;
    for (Stream::Step step = reader->next(); step != Stream::Step::end; step = reader->next()) {
      if (step == Stream::Step::damage) {
        if (damages != nullptr && reader->damage().exchange == id) damages->push_back(reader->damage());
      } else if (reader->record().exchange() == id) {
        found = true;
        see(reader->record());
      }
    }
    if (found) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<record::Reader> open_records(const RecordsPlace& place, WallNs from) {
  auto reader = record::Reader::open({place.dir, place.ring_dir, from});
  if (reader) return std::move(*reader);
  std::fprintf(stderr, "gatehouse: %s\n", display(reader.error()).c_str());
  return nullptr;
}

const Recorded* ExchangeRecords::find(Kind kind) const {
  for (const Recorded& each : records)
    if (each.kind == kind) return &each;
  return nullptr;
}

ByteView ExchangeRecords::text(Kind kind, Tag tag) const {
  const Recorded* found = find(kind);
  ByteView value;
  return found != nullptr && record::find_section(found->payload, tag, &value) ? value : ByteView();
}

uint64_t ExchangeRecords::number(Kind kind, Tag tag) const {
  const Recorded* found = find(kind);
  return found != nullptr ? number_in(found->payload, tag) : 0;
}

int read_exchange(const RecordsPlace& place, const ExchangeId& id, ExchangeRecords* out) {
  bool readable = false;
  out->id = id;
  uint64_t original = 0;
  const auto see = [out, &original](const record::RecordView& view) {
    Recorded& copy = out->records.emplace_back(copy_of(view));
    if (copy.kind != Kind::piece || copy.direction != static_cast<uint64_t>(Direction::answer)) return;
    copy.original = original;
    mask::MapReader map;
    original += !copy.map.empty() && map.open(copy.map) ? map.original_length() : copy.bytes;
  };
  if (visit(place, id, see, &out->damages, &readable)) return kExitOk;
  if (readable) std::fprintf(stderr, "gatehouse: no record of exchange %s\n", id_text(id).c_str());
  return kExitNoInput;
}

bool each_piece(const RecordsPlace& place, const ExchangeId& id, Direction direction,
                const std::function<void(ByteView bytes, ByteView map)>& take) {
  uint64_t next = 0;
  bool whole = true, readable = false;
  std::string room;
  const auto see = [&](const record::RecordView& view) {
    if (view.kind() != Kind::piece || number_in(view.payload, Tag::direction) != static_cast<uint64_t>(direction))
      return;
    const record::Piece piece = record::read_piece(view.payload, &room);
    const ByteView map = piece.map.empty() ? piece.notes : piece.map;
    if (piece.body.empty() && map.empty() && piece.readable && piece.kept) return;   // a mask may have taken all of it
    whole = whole && piece.offset == next && piece.readable && piece.kept;
    if (!whole) return;
    next += piece.body.size();
    take(piece.body, map);
  };
  visit(place, id, see, nullptr, &readable);
  return whole;
}

std::string display(ByteView text, size_t limit) {
  std::string out;
  if (!telemetry::append_display_text(out, text, limit)) out += "...";
  return out;
}

std::string display_lines(ByteView text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    ByteView line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += display(line);
    if (end == ByteView::npos) break;
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string quoted(ByteView text) {
  std::string out = "\"";
  telemetry::append_json_text(out, text);
  return out += '"';
}

std::string id_text(const ExchangeId& id) {
  std::string text(kExchangeIdText, '\0');
  format_exchange_id(id, text.data());
  return text;
}

std::string reason_of(uint64_t code) {
  Reason reason;
  if (code <= UINT16_MAX && reason_from_code(static_cast<uint16_t>(code), &reason))
    return std::string(reason_name(reason));
  return "reason " + std::to_string(code);
}

std::string section_text(Tag tag, ByteView value) {
  if (uint64_t number = 0; record::tag_is_number(tag) && record::read_number(value, &number)) {
    if (tag == Tag::reason) return reason_of(number);
    if (tag == Tag::started || tag == Tag::identity_expires) return record::format_time(number);
    return std::to_string(number);
  }
  if (tag == Tag::token_digest || tag == Tag::policy_hash || tag == Tag::body_digest ||
      tag == Tag::client_body_digest || tag == Tag::approval_digest || tag == Tag::certificate_digest ||
      tag == Tag::issued_token_digest || tag == Tag::request_chain || tag == Tag::piece_digest || tag == Tag::process || tag == Tag::previous_process || record::tag_is_number(tag))
    return crypto::hex({u8(value.data()), value.size()});
  return display(value);
}

std::string damage_text(const record::Damage& damage) {
  std::string text = display(damage.file) + " at " + std::to_string(damage.place) + ", sequence " +
                     std::to_string(damage.sequence);
  if (!damage.exchange.is_nil()) text += ", exchange " + id_text(damage.exchange);
  return text + ": " + display(damage.what);
}

int flush_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return kExitOk;
  std::fputs("gatehouse: cannot write the output\n", stderr);
  return kExitIo;
}

}  // namespace gatehouse::cli
