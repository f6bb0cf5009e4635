#include "cli/recorded.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <set>

#include "base/reason.h"
#include "cli/exit_code.h"
#include "cli/record_walk.h"
#include "crypto/digest.h"
#include "mask/map.h"
#include "record/piece.h"
#include "telemetry/json_text.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
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

Recorded copy_of(const record::RecordView& view, const record::Piece& piece) {
  Recorded copy{view.kind(), view.header.wall_ns, view.header.sequence, std::string(view.file), view.place};
  copy.operations = view.operations;
  copy.auditor = view.auditor;
  copy.tenant = view.tenant;
  if (copy.kind != Kind::piece) {
    copy.payload = view.payload;
    return copy;
  }
  copy.direction = piece.direction;
  copy.offset = piece.offset;
  copy.bytes = piece.bytes;
  copy.map = piece.map.empty() ? piece.notes : piece.map;
  copy.kept = piece.kept;
  copy.readable = piece.readable;
  copy.codings = piece.codings;
  copy.ends = piece.ends;
  copy.coded_bytes = piece.coded_bytes;
  copy.undecoded = piece.undecoded;
  record::SectionReader sections(view.payload);
  Tag tag;
  for (ByteView value; sections.next(&tag, &value);)
    if (tag == Tag::erased_secret) copy.erased.emplace_back(value);
  return copy;
}

/// visit calls `see` for each record of the exchange. Where the clock was set back the quick way in may
/// miss it: then everything is looked at. Segments without it are known by their index.
bool visit(const RecordsPlace& place, const ExchangeId& id, const std::function<void(const record::RecordView&)>& see,
           std::vector<record::Damage>* damages, bool* readable) {
  const WallNs begun = time_of(id);
  const std::set<ExchangeId> only{id};
  for (const WallNs from : {begun > kSlack ? begun - kSlack : 0, WallNs{0}}) {
    RecordWalk::Options how;
    how.from = from;
    how.only = &only;
    how.whole = true;
    const auto walk = RecordWalk::open(place, how);
    *readable = walk != nullptr;
    if (!walk) return false;
    bool found = false, closed = false;
    for (auto step = walk->next(); step != RecordWalk::Step::end && !closed; step = walk->next()) {
      if (step == RecordWalk::Step::damage) {
        if (damages != nullptr && walk->damage().exchange == id) damages->push_back(walk->damage());
      } else if (walk->record() != nullptr && walk->record()->exchange() == id) {
        found = true;
        see(*walk->record());
        closed = walk->record()->kind() == Kind::close;   // exactly one, and the last
      }
    }
    if (found) return true;
  }
  return false;
}

/// Collector copies the records of one exchange, with its bodies while `room` lasts.
class Collector {
 public:
  Collector(ExchangeRecords* out, uint64_t* room) : out_(out), room_(room) { out_->has_bodies = true; }

  void see(const record::RecordView& view) {
    std::string unpacked;
    const record::Piece piece = view.kind() == Kind::piece ? record::read_piece(view.payload, &unpacked) : record::Piece{};
    Recorded& copy = out_->records.emplace_back(copy_of(view, piece));
    if (copy.kind != Kind::piece) return;
    keep_body(copy, piece.body);
    if (copy.direction != Direction::answer) return;
    copy.original = original_;
    mask::MapReader map;
    original_ += !copy.map.empty() && map.open(copy.map) ? map.original_length() : copy.bytes;
  }

 private:
  void keep_body(Recorded& copy, ByteView body) {
    if (!out_->has_bodies) return;
    if (body.size() <= *room_) {
      *room_ -= body.size();
      copy.body = body;
      return;
    }
    out_->has_bodies = false;
    for (Recorded& each : out_->records) {
      *room_ += each.body.size();
      each.body = {};
    }
  }

  ExchangeRecords* out_;
  uint64_t* room_;
  uint64_t original_ = 0;
};

}  // namespace

std::unique_ptr<record::Reader> open_records(const RecordsPlace& place, WallNs from) {
  auto reader = record::Reader::open({place.dir, place.ring_dir, from, place.keys.get()});
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
  uint64_t room = kBodiesKept;
  out->id = id;
  Collector collector(out, &room);
  if (visit(place, id, [&](const record::RecordView& view) { collector.see(view); }, &out->damages, &readable)) return kExitOk;
  if (readable) std::fprintf(stderr, "gatehouse: no record of exchange %s\n", exchange_id_text(id).c_str());
  return kExitNoInput;
}

int read_exchanges(const RecordsPlace& place, const std::vector<ExchangeId>& ids, WallNs from, std::vector<ExchangeRecords>* out) {
  out->assign(ids.size(), {});
  uint64_t room = kBodiesKept;
  std::map<ExchangeId, Collector> collectors;
  std::map<ExchangeId, size_t> places;
  for (size_t i = 0; i < ids.size(); ++i) {
    (*out)[i].id = ids[i];
    collectors.emplace(ids[i], Collector(&(*out)[i], &room));
    places[ids[i]] = i;
  }
  const std::set<ExchangeId> only(ids.begin(), ids.end());
  RecordWalk::Options how;
  how.from = from > kSlack ? from - kSlack : 0;
  how.only = &only;
  how.whole = true;
  const auto walk = RecordWalk::open(place, how);
  if (!walk) return kExitNoInput;
  size_t open = ids.size();
  for (auto step = walk->next(); step != RecordWalk::Step::end && open > 0; step = walk->next()) {
    if (step == RecordWalk::Step::damage) {
      const auto at = places.find(walk->damage().exchange);
      if (at != places.end()) (*out)[at->second].damages.push_back(walk->damage());
    } else if (walk->record() != nullptr) {
      const auto at = collectors.find(walk->record()->exchange());
      if (at == collectors.end()) continue;
      at->second.see(*walk->record());
      open -= walk->record()->kind() == Kind::close ? 1 : 0;
    }
  }
  return kExitOk;
}

bool is_of(const Recorded& piece, Direction direction) {
  const auto is = [&piece](Direction one) { return piece.direction == one; };
  return piece.kind == Kind::piece && (is(direction) || (direction == Direction::request && is(Direction::content)) ||
                                       (direction == Direction::answer && is(Direction::refusal)));
}

bool each_piece(const RecordsPlace& place, const ExchangeRecords& exchange, Direction direction,
                const std::function<void(ByteView bytes, ByteView map)>& take) {
  uint64_t next = 0;
  bool whole = true, readable = false;
  const auto add = [&](uint64_t offset, bool there, ByteView body, ByteView map) {
    if (there && body.empty() && map.empty()) return;   // a mask may have taken all of it
    whole = whole && there && offset == next;
    if (!whole) return;
    next += body.size();
    take(body, map);
  };
  const auto has = [&exchange](Direction one) {
    return std::any_of(exchange.records.begin(), exchange.records.end(), [one](const Recorded& each) { return is_of(each, one); });
  };
  const bool coded = direction == Direction::request && has(Direction::content);
  const bool own = direction == Direction::answer && has(Direction::refusal);
  const Direction wanted = coded ? Direction::content : own ? Direction::refusal : direction;
  bool ended = !coded;
  for (const Recorded& each : exchange.records) ended = ended || (coded && each.ends && each.undecoded.empty());
  if (exchange.has_bodies) {
    for (const Recorded& each : exchange.records)
      if (each.kind == Kind::piece && each.direction == wanted) add(each.offset, each.readable && each.kept, each.body, each.map);
    return whole && ended;
  }
  std::string room;
  const auto see = [&](const record::RecordView& view) {
    if (view.kind() != Kind::piece || static_cast<Direction>(number_in(view.payload, Tag::direction)) != wanted) return;
    const record::Piece piece = record::read_piece(view.payload, &room);
    add(piece.offset, piece.readable && piece.kept, piece.body, piece.map.empty() ? piece.notes : piece.map);
  };
  visit(place, exchange.id, see, nullptr, &readable);
  return whole && ended;
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
      tag == Tag::issued_token_digest || tag == Tag::request_chain || tag == Tag::piece_digest ||
      tag == Tag::identity_digest || tag == Tag::tenant_key || tag == Tag::process || tag == Tag::previous_process ||
      record::tag_is_number(tag))
    return crypto::hex({u8(value.data()), value.size()});
  return display(value);
}

std::string damage_text(const record::Damage& damage) {
  std::string text = display(damage.file) + " at " + std::to_string(damage.place) + ", sequence " +
                     std::to_string(damage.sequence);
  if (!damage.exchange.is_nil()) text += ", exchange " + exchange_id_text(damage.exchange);
  return text + ": " + display(damage.what);
}

int flush_output() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return kExitOk;
  std::fprintf(stderr, "gatehouse: cannot write the output: %s\n", errno == 0 ? "it failed before" : std::strerror(errno));
  return kExitIo;
}

}  // namespace gatehouse::cli
