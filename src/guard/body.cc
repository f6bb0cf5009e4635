#include "guard/body.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/charset.h"
#include "codec/event_stream.h"
#include "codec/lines.h"
#include "codec/multipart.h"
#include "http/media_type.h"

namespace gatehouse::guard {
namespace {

using codec::Form;

constexpr size_t kRoomsKept = 4;
constexpr uint32_t kRatioMax = 100;

/// The value of a field that may stand several times, joined as RFC 9110 section 5.3 says.
std::string joined(std::span<const http::Field> fields, http::FieldId id) {
  std::string value;
  for (const http::Field& field : fields) {
    if (field.id != id) continue;
    if (!value.empty()) value += ", ";
    value += field.value;
  }
  return value;
}

Reason reason_of(codec::Status status) {
  switch (status) {
    case codec::Status::ok:
    case codec::Status::done: return Reason::none;
    case codec::Status::malformed:
    case codec::Status::truncated: return Reason::guard_coding;
    case codec::Status::bomb: return Reason::guard_bomb;
    case codec::Status::too_large: return Reason::limit_body_bytes;
    case codec::Status::memory: return Reason::limit_memory;
  }
  return Reason::guard_coding;
}

/// Forms that are text, and so may be written in several character sets.
bool is_text(Form form) {
  return form == Form::unknown || form == Form::json || form == Form::ndjson || form == Form::event_stream || form == Form::csv ||
         form == Form::form_urlencoded || form == Form::text;
}

/// Readers of these take no notice of a charset parameter (WHATWG URL and HTML).
bool always_utf8(Form form) { return form == Form::form_urlencoded || form == Form::event_stream; }

bool is_wide(std::optional<codec::Charset> charset) {
  return charset && *charset != codec::Charset::utf8 && *charset != codec::Charset::ascii;
}

/// sniff: of a part that nobody called a multipart, what begins with dashes (front matter, a comment of SQL) is text.
Form sniff(ByteView bytes, bool part) {
  const Form found = codec::sniff(bytes);
  return part && found == Form::multipart ? Form::text : found;
}

}  // namespace

bool says_utf8(ByteView value) {
  const auto charset = codec::charset_of(value);
  return charset && (*charset == codec::Charset::utf8 || *charset == codec::Charset::ascii);
}

// ---- parts of the reader -------------------------------------------------------------------------

Room<char>& BodyReader::room() {
  if (rooms_used_ == rooms_.size()) rooms_.push_back(std::make_unique<Room<char>>());
  return *rooms_[rooms_used_++];
}

ByteView BodyReader::keep(ByteView bytes) {
  Room<char>& to = room();
  to.clear();
  to.reserve(bytes.size() + kSimdPadding);
  to.append(bytes.data(), bytes.size());
  return {to.data(), bytes.size()};
}

Reason BodyReader::push(Leaf::Kind kind, ByteView bytes) {
  slow_ |= !patient_ && leaves_.size() == kLeavesHere;
  if (slow_ || leaves_.size() == kLeavesMax) return Reason::guard_form;
  const bool inside = base_ != nullptr && bytes.data() >= base_;
  const uint64_t offset = inside ? static_cast<uint64_t>(bytes.data() - base_) : 0;
  leaves_.push({kind, bytes, offset, static_cast<uint32_t>(labels_.size()), static_cast<uint32_t>(label_.size()), perhaps_,
                name_});
  labels_ += label_;
  return Reason::none;
}

Reason BodyReader::decode(const codec::Codings& codings, ByteView* bytes) {
  Room<char>& to = room();
  Reason reason = reason_of(codec::decode_whole(decoder_, codings, *bytes, {decoded_left_, kRatioMax}, to));
  // A service that stops at the first of several members would act on another body than the one judged. Who reads an answer so
  // sees less of it.
  if (reason == Reason::none && !answer_ && decoder_.several()) reason = Reason::guard_coding;
  decoded_left_ -= to.size();
  slow_ |= reason == Reason::limit_body_bytes && !patient_;
  *bytes = {to.data(), to.size()};
  base_ = to.data();
  return reason;
}

// ---- the body as a whole -------------------------------------------------------------------------

Reason BodyReader::read(const Request& request, bool patient, bool lines) {
  leaves_.trim();
  labels_.clear();
  label_.clear();
  name_ = {};
  if (rooms_.size() > kRoomsKept) rooms_.resize(kRoomsKept);
  for (auto& each : rooms_) each->trim();
  rooms_used_ = 0;
  form_ = Form::empty;
  decoded_most_ = patient ? request.decoded_max : std::min<uint64_t>(request.decoded_max, kInspectHere);
  decoded_left_ = decoded_most_;
  slow_ = false;
  patient_ = patient;
  opaque_ = request.opaque;
  answer_ = request.answer;
  lines_ = lines && !answer_;
  whole_ = request.body;
  base_ = whole_.data();
  if (request.body.empty()) return Reason::none;
  ByteView body = request.body;
  if (const Reason reason = take_coding(request, &body); reason != Reason::none) return reason;
  const http::Field* type = nullptr;
  for (const http::Field& field : request.fields) {
    if (field.id != http::FieldId::content_type) continue;
    if (type != nullptr) return Reason::http_content_type;
    type = &field;
  }
  return read_typed(body, type == nullptr ? ByteView{} : type->value, false);
}

Reason BodyReader::take_coding(const Request& request, ByteView* body) {
  const std::string value = joined(request.fields, http::FieldId::content_encoding);
  bool said = false;
  for (const http::Field& field : request.fields) said |= field.id == http::FieldId::content_encoding;
  const auto codings = said ? codec::parse_content_encoding(value) : std::optional(codec::Codings{});
  if (!codings) return Reason::http_content_coding;
  if (codings->count != 0)
    if (const Reason reason = decode(*codings, body); reason != Reason::none) return reason;
  decoded_left_ = decoded_most_;   // for all parts together
  // What is still coded would be taken off by some service all the same.
  return codec::looks_coded(*body).certain ? Reason::guard_coding : Reason::none;
}

Reason BodyReader::read_typed(ByteView bytes, ByteView content_type, bool part) {
  const auto type = content_type.empty() ? std::optional(http::MediaType{}) : http::parse_media_type(content_type);
  if (!type) return Reason::http_content_type;
  const Form declared = type->type.empty() ? Form::unknown : codec::form_of_type(type->type);
  if (declared == Form::multipart) {
    const auto boundary = http::boundary_of(content_type);
    if (!boundary || part) return Reason::guard_form;
    form_ = Form::multipart;
    return read_parts(bytes, *boundary, http::equals_ignore_case(type->type, "multipart/form-data"));
  }
  const bool opaque = part && opaque_;
  if (!is_text(declared) && !opaque) return Reason::http_content_type;
  ByteView text;
  if (declared == Form::json) {   // whatever else it may look like: it is well-formed JSON, or refused
    if (const Reason reason = to_utf8(bytes, type->charset, declared, &text); reason != Reason::none) return reason;
    if (!part) form_ = lines_ ? Form::ndjson : Form::json;
    return lines_ && !part ? read_lines(text) : push(Leaf::Kind::json, text);
  }
  const Form found = sniff(bytes, part);
  const bool readable = is_text(found) || found == Form::empty || found == Form::wide_text;
  if (!is_text(declared)) {   // what it is called hides no text
    return readable ? read_typed(bytes, {}, true) : Reason::none;
  }
  if (!readable) return opaque && found != Form::markup ? Reason::none : Reason::http_content_type;
  if (is_wide(codec::charset_of(type->charset)) && (always_utf8(declared) || found != Form::wide_text))
    return Reason::guard_charset;   // a reader of UTF-8 would find something else, and text at that
  if (const Reason reason = to_utf8(bytes, type->charset, declared, &text); reason != Reason::none) return reason;
  const Form looks = found == Form::wide_text ? sniff(text, part) : found;
  const bool container = is_container(text);
  const Form named = declared == Form::unknown ? looks : declared;
  // A type that says something we do not know (YAML, MessagePack): what it escapes would not be seen.
  const bool says_nothing = type->type.empty() || http::equals_ignore_case(type->type, "application/octet-stream");
  const bool known = named == Form::json || named == Form::ndjson || named == Form::empty;
  if (declared == Form::unknown && !says_nothing && !opaque && !known) return Reason::http_content_type;
  if (!part) form_ = named;
  if (const Reason reason = read_as(named, text, part); reason != Reason::none) return reason;
  // Nobody said what it is: what looks like a table, a form or events may be one text.
  if (declared == Form::unknown && (named == Form::csv || named == Form::form_urlencoded || named == Form::event_stream))
    return read_as(Form::text, text, part);
  const bool also_text = named == Form::event_stream && !answer_;   // to a service that takes it as it is
  if (also_text)
    if (const Reason reason = push(Leaf::Kind::text, text); reason != Reason::none) return reason;
  if (looks == named || (also_text && looks == Form::text) || codec::agrees(declared, looks)) return Reason::none;
  return container || declared == Form::unknown ? read_as(looks, text, part) : read_also_as(looks, text, part);
}

// Prose may begin with a number or a quoted line: what is no JSON after all is text alone.
Reason BodyReader::read_also_as(Form form, ByteView text, bool part) {
  perhaps_ = form == Form::json || form == Form::ndjson;
  const Reason reason = read_as(form, text, part);
  perhaps_ = false;
  return reason;
}

Reason BodyReader::to_utf8(ByteView bytes, ByteView charset, Form declared, ByteView* text) {
  codec::Declared said;
  if (!charset.empty()) {
    said.charset = codec::charset_of(charset);
    if (!said.charset) return Reason::guard_charset;
  }
  said.json = declared == Form::json || declared == Form::ndjson || declared == Form::unknown;
  const auto recognised = codec::recognise(bytes.substr(0, 4), said);
  if (!recognised) return Reason::guard_charset;
  if (recognised->charset == codec::Charset::utf8) {
    *text = bytes.substr(recognised->bom_bytes);
    const bool judged_later = declared == Form::json || declared == Form::ndjson;
    if (!judged_later && !codec::is_utf8(*text)) return Reason::guard_charset;
  } else {
    Room<char>& to = room();
    if (codec::transcode_whole(bytes, said, to) != codec::Status::done) return Reason::guard_charset;
    *text = {to.data(), to.size()};
    base_ = to.data();
  }
  if (label_.empty()) whole_ = *text;
  return Reason::none;
}

// ---- forms ---------------------------------------------------------------------------------------

Reason BodyReader::read_as(Form form, ByteView text, bool part) {
  switch (form) {
    case Form::empty: return Reason::none;
    case Form::json: return push(Leaf::Kind::json, text);
    case Form::ndjson: return read_lines(text);
    case Form::event_stream: return read_events(text);
    case Form::csv: return push(Leaf::Kind::csv, text);
    case Form::form_urlencoded: return push(Leaf::Kind::form, text);
    case Form::text: return push(Leaf::Kind::text, text);
    case Form::unknown:
    case Form::multipart:   // nobody said with which boundary
    case Form::markup:
    case Form::wide_text:
    case Form::gzip:
    case Form::zlib:
    case Form::zstd:
    case Form::zip:
    case Form::pdf:
    case Form::image:
    case Form::binary: return part && opaque_ ? Reason::none : Reason::http_content_type;
  }
  return Reason::http_content_type;
}

Reason BodyReader::read_lines(ByteView text) {
  struct Visitor {
    BodyReader& reader;
    ByteView text;
    std::string before;
    Reason reason = Reason::none;
    uint64_t number = 0;

    void line(const codec::Line& line) {   // whose bytes may be a copy that ends with `lines`
      ++number;
      if (line.blank || reason != Reason::none) return;
      reader.label_ = before + "line " + std::to_string(number);
      const ByteView here = text.substr(static_cast<size_t>(line.offset), line.text.size());
      reason = line.bare_cr && !reader.perhaps_ ? Reason::guard_form : reader.push(Leaf::Kind::json, here);
    }
  };
  Visitor visitor{*this, text, label_.empty() ? "" : label_ + " "};
  const std::string label = label_;
  codec::Lines lines(text.size() + 1);
  static_cast<void>(lines.feed(text, visitor));
  const bool good = lines.finish(visitor) == codec::LineError::none;
  label_ = label;
  return good ? visitor.reason : Reason::guard_form;
}

Reason BodyReader::read_events(ByteView text) {
  struct Visitor {
    BodyReader& reader;
    ByteView text;
    std::string before;
    Reason reason = Reason::none;
    uint64_t number = 0;

    void take(ByteView bytes, bool is_field = true) {
      if (reason != Reason::none || bytes.empty()) return;
      const bool inside = bytes.data() >= text.data() && bytes.data() < text.data() + text.size();
      const ByteView here = inside ? bytes : reader.keep(bytes);
      const Form found = codec::sniff(here);
      const bool container = is_container(here) && here != "[DONE]";   // which ends streams of models
      const bool document = is_field && found == Form::json && container;   // what is no field may be a piece of one
      reason = reader.push(document ? Leaf::Kind::json : Leaf::Kind::text, here);
      if (reason == Reason::none && !document && (found == Form::json || found == Form::ndjson))
        reason = reader.read_also_as(found, here, false);
    }
    void take_line(const codec::EventLine& line) {
      using Field = codec::EventLine::Field;
      if (line.field == Field::unknown) {   // what is in front of the colon is no field's name
        const char* const end = line.value.data() + line.value.size();
        take(line.name, false);
        if (!line.value.empty()) take({line.name.data(), static_cast<size_t>(end - line.name.data())}, false);
      } else if (line.field != Field::data) {
        take(line.value);
      }
    }
    void event(const codec::Event& event) {
      reader.label_ = before + "event " + std::to_string(++number);
      take(event.data);
      for (const codec::EventLine& line : event.lines) take_line(line);
    }
  };
  Visitor visitor{*this, text, label_.empty() ? "" : label_ + " "};
  const std::string label = label_;
  codec::EventStream stream(text.size() + 1);
  static_cast<void>(stream.feed(text, visitor));
  const bool good = stream.finish(visitor) == codec::EventError::none;
  label_ = label;
  return good ? visitor.reason : Reason::guard_form;
}

/// Parts takes the parts of one body, which lies whole in memory, so that the data of a part does too.
class BodyReader::Parts {
 public:
  Parts(BodyReader& reader, ByteView body) : reader_(reader), body_(body) {}

  void framing(ByteView, uint64_t) {}
  ByteView begin(const codec::PartHead& head) {
    size_ = 0;
    name_ = {};
    content_type_ = lasting(head.content_type);
    transfer_encoding_ = lasting(head.transfer_encoding);
    content_encoding_ = lasting(head.content_encoding);
    if (content_encoding_.empty())
      for (const codec::PartField& field : head.fields)
        if (http::equals_ignore_case(field.name, "content-encoding")) content_encoding_ = lasting(field.value);
    reader_.label_ = "part";
    for (const ByteView name : {head.name, head.filename}) {
      take_text(name);
      if (codec::has_form_escapes(name)) take_text(reader_.keep(codec::unescape_form_name(name)));
    }
    for (const codec::PartField& field : head.fields) take_text(field.value);
    if (!head.name.empty())   // copied when it is not a view of the body
      name_ = codec::has_form_escapes(head.name) ? reader_.keep(codec::unescape_form_name(head.name)) : lasting(head.name);
    reader_.label_ = "part " + std::string(head.name.substr(0, 64));
    const auto type = http::parse_media_type(content_type_);
    if (!type || codec::form_of_type(type->type) != Form::multipart) return {};
    const auto boundary = http::boundary_of(content_type_);
    if (!boundary || boundary->empty()) reason_ = Reason::guard_form;
    return reason_ == Reason::none ? *boundary : ByteView{};
  }
  /// A piece may be a copy (of what begins as a delimiter does): where it stands is what counts.
  void data(ByteView bytes, uint64_t at) {
    if (size_ == 0) at_ = static_cast<size_t>(at);
    size_ += bytes.size();
  }
  void end(uint8_t) {
    reader_.name_ = name_;
    const ByteView data = size_ == 0 ? ByteView() : body_.substr(at_, size_);
    if (reason_ == Reason::none && name_ == "_charset_" && !says_utf8(data)) reason_ = Reason::guard_charset;
    if (reason_ == Reason::none && !data.empty())
      reason_ = reader_.read_part(data, content_type_, transfer_encoding_, content_encoding_);
    reader_.name_ = {};
    size_ = 0;
  }
  Reason reason() const { return reason_; }

 private:
  void take_text(ByteView text) {
    if (reason_ == Reason::none && !text.empty()) reason_ = reader_.push(Leaf::Kind::text, lasting(text));
  }
  ByteView lasting(ByteView text) {
    const bool inside = text.data() >= body_.data() && text.data() < body_.data() + body_.size();
    return inside ? text : reader_.keep(text);
  }

  BodyReader& reader_;
  ByteView body_;
  ByteView name_, content_type_, transfer_encoding_, content_encoding_;
  size_t at_ = 0, size_ = 0;   // of the part's data in body_
  Reason reason_ = Reason::none;
};

Reason BodyReader::read_parts(ByteView bytes, ByteView boundary, bool form_data) {
  Parts parts(*this, bytes);
  codec::Multipart multipart(boundary, {.form_data = form_data, .closing_required = form_data || !answer_});
  static_cast<void>(multipart.feed(bytes, parts));
  const bool good = multipart.finish(parts) == codec::MultipartError::none;
  label_.clear();
  if (parts.reason() != Reason::none) return parts.reason();
  return good ? Reason::none : Reason::guard_form;
}

// Some readers take off what Content-Transfer-Encoding and Content-Encoding say, some do not: both readings count.
Reason BodyReader::read_part(ByteView data, ByteView content_type, ByteView transfer_encoding, ByteView content_encoding) {
  const char* const base = base_;
  Reason reason = Reason::none;
  if (http::equals_ignore_case(transfer_encoding, "base64")) {
    if (reason = push(Leaf::Kind::text, data); reason != Reason::none) return reason;
    const auto decoded = codec::decode_base64(data, {.line_breaks = true});
    if (!decoded) return Reason::guard_coding;
    data = keep(*decoded);
    base_ = data.data();
  } else if (!transfer_encoding.empty() && !http::equals_ignore_case(transfer_encoding, "binary") &&
             !http::equals_ignore_case(transfer_encoding, "8bit") && !http::equals_ignore_case(transfer_encoding, "7bit")) {
    return Reason::http_content_coding;
  }
  if (!content_encoding.empty()) {
    const auto codings = codec::parse_content_encoding(content_encoding);
    if (!codings) return Reason::http_content_coding;
    if (codings->count != 0) reason = decode(*codings, &data);
  }
  if (const codec::Looks looks = codec::looks_coded(data); reason == Reason::none && looks.certain) {
    reason = decode({{looks.coding}, 1}, &data);   // a file that is packed: what it holds counts, whatever its type says
    content_type = {};
  }
  if (reason == Reason::none && !data.empty()) reason = read_typed(data, content_type, true);
  base_ = base;
  return reason;
}

}  // namespace gatehouse::guard
