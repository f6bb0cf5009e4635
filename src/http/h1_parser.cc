#include "http/h1_parser.h"

#include <algorithm>

#include "base/assert.h"
#include "http/byte_class.h"
#include "http/field_name.h"
#include "http/head_rules.h"
#include "http/uri.h"

namespace gatehouse::http {
namespace {

using Part = HeadScan::Part;

enum class Side : uint8_t { request, response };
enum class Turn : uint8_t { go, wait, refuse, end };

/// HeadReader walks the parts of a head, each from where the last look ended. Every verdict depends on the
/// bytes up to the place where it falls, never on how many more there are: that makes a head in pieces and a
/// whole one equal.
class HeadReader {
 public:
  HeadReader(ByteView input, const Limits& limits, HeadScan& scan, FieldList* out)
      : input_(input), limits_(limits), scan_(scan), out_(out), runs_(input, scan.searched),
        fields_max_(std::min<uint32_t>(limits.head_fields, kHeadFieldsMax)) {}

  template <Side side>
  Turn run() {
    for (;;) {
      const Turn turn = step<side>();
      if (turn != Turn::go) return turn;
    }
  }

  Reason reason() const { return reason_; }
  size_t end() const { return end_; }

 private:
  template <Side side>
  Turn step() {
    switch (scan_.part) {
      case Part::start: return side == Side::request ? read_method() : read_status();
      case Part::target: return read_target();
      case Part::version: return read_version();
      case Part::phrase: return read_phrase();
      case Part::name:
      case Part::value: return read_fields<side>();
    }
    return refuse(Reason::gateway_internal);
  }

  Turn read_method();
  Turn read_target();
  Turn judge_target(HeadFacts::Piece target);
  Turn read_version();
  Turn read_status();
  Turn read_phrase();

  /// Place is where the reading of fields stands: what HeadScan says, in registers. Most of a head is this, and what goes through
  /// memory from line to line makes each wait for the one before.
  struct Place {
    size_t at, searched;   // where the name or the value begins, and where nothing ended it yet
    uint32_t fields;
    HeadFacts::Piece name;
  };
  Turn read_name(Place& place);
  template <Side side>
  Turn read_value(Place& place);

  template <Side side>
  Turn read_fields() {
    Place place{scan_.part_at, scan_.searched, scan_.fields, scan_.name};
    bool in_value = scan_.part == Part::value;
    Turn turn = Turn::go;
    for (;;) {
      if (!in_value) turn = read_name(place);
      if (turn != Turn::go) break;
      in_value = true;
      turn = read_value<side>(place);
      if (turn != Turn::go) break;
      in_value = false;
    }
    scan_.part = in_value ? Part::value : Part::name;
    scan_.part_at = place.at;
    scan_.searched = place.searched;
    scan_.fields = place.fields;
    scan_.name = place.name;
    return turn;
  }

  Turn refuse(Reason reason) {
    reason_ = reason;
    return Turn::refuse;
  }
  Turn wait(size_t searched) {
    scan_.searched = searched;
    return Turn::wait;
  }
  Turn enter(Part part, size_t at) {
    scan_.part = part;
    scan_.part_at = scan_.searched = at;
    return Turn::go;
  }
  /// line_end judges the byte that ended a run of value bytes: only CRLF ends a line. To wait is the caller's.
  Turn line_end(size_t at, Reason control) {
    if (input_[at] == '\r') {
      if (at + 1 == input_.size()) return Turn::wait;
      return input_[at + 1] == '\n' ? Turn::go : refuse(Reason::http_line_end);
    }
    return refuse(input_[at] == '\n' ? Reason::http_line_end : control);
  }
  static HeadFacts::Piece piece(size_t from, size_t to) {
    return {static_cast<uint32_t>(from), static_cast<uint32_t>(to - from)};
  }

  ByteView input_;
  const Limits& limits_;
  HeadScan& scan_;
  FieldList* out_;
  RunFinder runs_;
  uint32_t fields_max_;
  Reason reason_ = Reason::none;
  size_t end_ = 0;
};

Turn HeadReader::read_method() {
  const size_t end = runs_.token_end(scan_.searched);
  if (end == input_.size()) return wait(end);
  if (end == 0 || input_[end] != ' ') return refuse(Reason::http_request_line);
  scan_.facts.method = piece(0, end);
  const ByteView method = input_.substr(0, end);
  // A tunnel would carry bytes that nobody inspects; TRACE hands credentials back to who asks.
  if (equals_ignore_case(method, "CONNECT") || equals_ignore_case(method, "TRACE") || method == "PRI")
    return refuse(Reason::http_upgrade);  // PRI: the preface of HTTP/2 (RFC 9113 section 3.4)
  // Some services take "delete" for DELETE: a rule about the one must not be passed by the other.
  for (const char c : method)
    if (c >= 'a' && c <= 'z') return refuse(Reason::http_method);
  return enter(Part::target, end + 1);
}

Turn HeadReader::read_target() {
  const size_t start = scan_.part_at;
  if (start == input_.size()) return Turn::wait;
  if (scan_.searched == start) {  // the first byte tells the form; the rest is judged when it is there
    const char first = input_[start];
    if (!is_in(first, kGraph)) return refuse(first == '#' ? Reason::http_target : Reason::http_request_line);
    if (first != '/' && first != '*' && first != 'h' && first != 'H') return refuse(Reason::http_target);
  }
  const size_t end = graph_end(input_, scan_.searched);
  if (end - start > limits_.target_bytes) return refuse(Reason::limit_target_bytes);
  if (end == input_.size()) return wait(end);
  const char stop = input_[end];
  if (stop == '\r' || stop == '\n') return refuse(Reason::http_version);  // HTTP/0.9 has no version
  if (stop != ' ') return refuse(Reason::http_target);
  return judge_target(piece(start, end));
}

Turn HeadReader::judge_target(HeadFacts::Piece target) {
  HeadFacts& facts = scan_.facts;
  facts.target = target;
  size_t at = target.at;
  const size_t end = at + target.size;
  const ByteView bytes = target.of(input_);
  if (bytes[0] == '*') {
    if (bytes.size() != 1 || facts.method.of(input_) != "OPTIONS") return refuse(Reason::http_target);
    facts.path = target;
    return enter(Part::version, end + 1);
  }
  if (bytes[0] != '/') {
    const size_t scheme = equals_ignore_case(bytes.substr(0, 7), "http://")    ? 7
                          : equals_ignore_case(bytes.substr(0, 8), "https://") ? 8
                                                                               : 0;
    if (scheme == 0) return refuse(Reason::http_target);
    const size_t stop = std::min(bytes.find_first_of("/?", scheme), bytes.size());
    facts.absolute = true;
    facts.authority = piece(at + scheme, at + stop);
    if (!is_authority(facts.authority.of(input_))) return refuse(Reason::http_target);
    at += stop;
    // "OPTIONS http://host" means "*" to some and "/" to others.
    if (at == end && facts.method.of(input_) == "OPTIONS") return refuse(Reason::http_target);
  }
  const size_t mark = input_.substr(0, end).find('?', at);
  facts.has_query = mark != ByteView::npos;
  facts.path = piece(at, facts.has_query ? mark : end);
  if (facts.has_query) facts.query = piece(mark + 1, end);
  return enter(Part::version, end + 1);
}

Turn HeadReader::read_version() {
  constexpr ByteView kUsual = "HTTP/1.1\r\n";
  const size_t start = scan_.part_at;
  const ByteView line = input_.substr(start, kUsual.size());
  for (size_t i = scan_.searched - start; i < line.size(); ++i) {
    const char c = line[i];
    if (c == kUsual[i]) continue;
    if (i == 7 && c == '0') {
      scan_.facts.minor = 0;
      continue;
    }
    if (i == 0) return refuse(Reason::http_request_line);
    if (i < 8) return refuse(Reason::http_version);
    if (i == 8) return refuse(c == '\n' ? Reason::http_line_end : Reason::http_version);
    return refuse(Reason::http_line_end);
  }
  if (line.size() < kUsual.size()) return wait(input_.size());
  return enter(Part::name, start + kUsual.size());
}

Turn HeadReader::read_status() {
  constexpr ByteView kForm = "HTTP/1.v sdd ";  // v: minor, s: first digit, d: digit
  const ByteView line = input_.substr(0, kForm.size());
  HeadFacts& facts = scan_.facts;
  for (size_t i = scan_.searched; i < line.size(); ++i) {
    const char c = line[i];
    bool fits = c == kForm[i];
    if (kForm[i] == 'v') {
      fits = c == '0' || c == '1';
      facts.minor = static_cast<uint8_t>(c - '0');
    } else if (kForm[i] == 's' || kForm[i] == 'd') {
      fits = is_in(c, kDigit) && (kForm[i] == 'd' || (c >= '1' && c <= '5'));
      facts.status = static_cast<uint16_t>(facts.status * 10 + (c - '0'));
    }
    if (!fits) return refuse(Reason::origin_response);
  }
  if (line.size() < kForm.size()) return wait(line.size());
  if (facts.status == 101) return refuse(Reason::origin_upgrade);
  return enter(Part::phrase, kForm.size());
}

Turn HeadReader::read_phrase() {
  const size_t end = runs_.value_end(scan_.searched);
  if (end == input_.size()) return wait(end);
  if (const Turn turn = line_end(end, Reason::http_field_value); turn != Turn::go) return turn == Turn::wait ? wait(end) : turn;
  scan_.facts.phrase = piece(scan_.part_at, end);
  return enter(Part::name, end + 2);
}

/// name_reason says what is wrong with a line whose name run ends in `stop` instead of a colon.
Reason name_reason(bool empty, char stop) {
  if (empty && (stop == ' ' || stop == '\t')) return Reason::http_obs_fold;
  if (stop == '\n') return Reason::http_line_end;
  return Reason::http_field_name;
}

inline Turn HeadReader::read_name(Place& place) {
  const size_t start = place.at;
  if (place.searched == start) {
    if (start == input_.size()) return Turn::wait;
    if (input_[start] == '\r') {
      const Turn turn = line_end(start, Reason::http_line_end);
      if (turn != Turn::go) return turn;
      end_ = start + 2;
      return Turn::end;
    }
    if (place.fields == fields_max_) return refuse(Reason::limit_head_fields);
  }
  const size_t end = place.searched = runs_.token_end(place.searched);
  if (end == input_.size()) return Turn::wait;
  if (end == start || input_[end] != ':') return refuse(name_reason(end == start, input_[end]));
  place.name = piece(start, end);
  place.at = place.searched = end + 1;
  return Turn::go;
}

template <Side side>
inline Turn HeadReader::read_value(Place& place) {
  const size_t end = place.searched = runs_.value_end(place.searched);
  if (end == input_.size()) return Turn::wait;
  if (const Turn turn = line_end(end, Reason::http_field_value); turn != Turn::go) return turn;
  // Built where it stays: copied from the stack, its words would be loaded wider than they were stored a moment ago.
  Field unkept;
  Field& field = out_ != nullptr ? out_->items[place.fields] : unkept;
  field.name = place.name.of(input_);
  field.value = trim_blanks({input_.data() + place.at, end - place.at});
  field.id = id_of(field.name);
  // A tab is a blank here (RFC 9110 section 5.6.3), to llhttp a part of the coding's name: one message, two bodies.
  if (field.id == FieldId::transfer_encoding &&
      input_.substr(place.at, end - place.at).find('\t') != ByteView::npos)
    return refuse(Reason::http_transfer_encoding);
  if (field.id != FieldId::other) {
    const Reason reason = side == Side::request ? note_request_field(field, input_, scan_.facts)
                                                : note_response_field(field, scan_.facts);
    if (reason != Reason::none) return refuse(reason);
  }
  ++place.fields;
  place.at = place.searched = end + 2;
  return Turn::go;
}

/// read_head reads on from `scan`. On complete, `fields` holds the fields and `scan.facts` the rest.
template <Side side>
ParseResult read_head(ByteView input, const Limits& limits, HeadScan& scan, FieldList& fields) {
  fields.count = 0;
  const ByteView bytes = input.substr(0, limits.head_bytes);
  const bool from_start = scan.searched == 0;
  HeadReader reader(bytes, limits, scan, from_start ? &fields : nullptr);
  switch (reader.run<side>()) {
    case Turn::go:
    case Turn::wait:
      if (input.size() >= limits.head_bytes) return {ParseStatus::error, 0, Reason::limit_head_bytes};
      return {};
    case Turn::refuse:
      return {ParseStatus::error, 0, reader.reason()};
    case Turn::end:
      break;
  }
  const Reason reason = side == Side::request ? conclude_request(scan.facts) : conclude_response(scan.facts);
  if (reason != Reason::none) return {ParseStatus::error, 0, reason};
  if (!from_start) {  // the fields' bytes may have moved between calls: take them in one go, once
    HeadScan again;
    HeadReader whole(bytes.substr(0, reader.end()), limits, again, &fields);
    GH_ASSERT(whole.run<side>() == Turn::end && again.fields == scan.fields);
  }
  fields.count = scan.fields;
  return {ParseStatus::complete, reader.end(), Reason::none};
}

}  // namespace

ParseResult parse_request_head(ByteView input, const Limits& limits, HeadScan& scan, RequestHead& head) {
  const ParseResult result = read_head<Side::request>(input, limits, scan, head.fields);
  if (result.status == ParseStatus::complete) fill_request(scan.facts, input, head);
  return result;
}

ParseResult parse_response_head(ByteView input, ByteView request_method, const Limits& limits, HeadScan& scan,
                                ResponseHead& head) {
  ParseResult result = read_head<Side::response>(input, limits, scan, head.fields);
  if (result.status == ParseStatus::complete) fill_response(scan.facts, input, request_method, head);
  if (result.status != ParseStatus::error || result.reason == Reason::origin_upgrade) return result;
  const bool too_large =
      result.reason == Reason::limit_head_bytes || result.reason == Reason::limit_head_fields;
  result.reason = too_large ? Reason::origin_head_too_large : Reason::origin_response;
  return result;
}

}  // namespace gatehouse::http
