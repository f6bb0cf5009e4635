#include "mask/reading.h"

#include <algorithm>

#include "codec/multipart.h"
#include "http/media_type.h"
#include "http/message.h"
#include "json/stream.h"
#include "mask/csv_source.h"
#include "mask/event_source.h"
#include "mask/form_source.h"
#include "mask/line_source.h"
#include "mask/part_source.h"
#include "mask/text_source.h"

namespace gatehouse::mask {
namespace {

using codec::Form;

constexpr size_t kBlankMax = 32 * 1024;   // bytes of white space before anything else

/// Whether `text`, or as much of it as there is, is one JSON document.
bool may_be_json(ByteView text, bool whole, json::Leniency leniency) {
  json::Unseen nothing;
  json::Stream stream;
  stream.start(leniency);
  if (stream.feed(text, 0, nothing) != json::StreamError::none) return false;
  return !whole || stream.finish(nothing) == json::StreamError::none;
}

bool may_be_lines(ByteView text, bool whole, json::Leniency leniency) {
  while (!text.empty()) {
    const size_t lf = text.find('\n');
    const ByteView line = text.substr(0, lf);
    const bool blank = line.find_first_not_of(" \t\r") == ByteView::npos;
    if (!blank && !may_be_json(line, whole || lf != ByteView::npos, leniency)) return false;
    if (lf == ByteView::npos) break;
    text.remove_prefix(lf + 1);
  }
  return true;
}

/// A first line "--boundary" with a field below it: a multipart body that nobody called so. Its boundary; else empty.
ByteView undeclared_boundary(ByteView head) {
  head.remove_prefix(std::min(head.find_first_not_of("\r\n"), head.size()));
  const size_t end = head.find("\r\n");
  if (end == ByteView::npos || !head.starts_with("--")) return {};
  const ByteView boundary = head.substr(2, end - 2);
  const ByteView field = head.substr(end + 2, head.find_first_of("\r\n", end + 2) - end - 2);
  const size_t colon = field.find(':');
  const bool named = colon != ByteView::npos && colon > 0 && field.substr(0, colon).find(' ') == ByteView::npos;
  return named && codec::is_boundary(boundary) ? boundary : ByteView{};
}

bool has_source(Form form) {
  return form == Form::json || form == Form::ndjson || form == Form::event_stream || form == Form::csv || form == Form::markup ||
         form == Form::form_urlencoded || form == Form::multipart || form == Form::text || form == Form::empty;
}

}  // namespace

Typed read_type(ByteView content_type) {
  Typed typed;
  const auto type = http::parse_media_type(content_type);
  if (!type || content_type.empty()) return typed;
  typed.form = codec::form_of_type(type->type);
  typed.charset = type->charset;
  if (typed.form == Form::multipart) {
    typed.boundary = http::boundary_of(content_type).value_or(ByteView{});
    typed.form_data = http::equals_ignore_case(type->type, "multipart/form-data");
  }
  return typed;
}

size_t enough_for(const Typed& typed, ByteView begun, size_t* blank) {
  if (typed.form == Form::multipart && !begun.empty()) return 1;
  const size_t first = begun.find_first_not_of(" \t\r\n", *blank);
  *blank = first == ByteView::npos ? begun.size() : first;
  if (first == ByteView::npos || first >= kBlankMax) return begun.size() >= kBlankMax ? kBlankMax : 0;
  if (typed.form == Form::event_stream || typed.form == Form::ndjson) {
    const size_t end = begun.find_first_of("\r\n", first);
    if (end != ByteView::npos && end < first + codec::kSniffBytes) return end + 1;
  }
  return begun.size() >= first + codec::kSniffBytes ? first + codec::kSniffBytes : 0;
}

Reading choose(const Typed& typed, ByteView head, bool whole, json::Leniency leniency) {
  Reading reading;
  const auto as = [&](Form form, bool perhaps = false) {
    reading.form = form;
    reading.perhaps = perhaps;
    return reading;
  };
  const Form said = typed.form;
  reading.said_text = said == Form::text;
  const Form found = codec::sniff(head);
  if (found == Form::empty && whole) return as(Form::empty);
  if (said == Form::multipart) {
    reading.boundary = typed.boundary;
    reading.form_data = typed.form_data;
    return as(typed.boundary.empty() ? Form::unknown : Form::multipart);
  }
  if (found == Form::empty) return as(said == Form::json || said == Form::ndjson ? said : Form::unknown);
  if (!has_source(found)) return as(found);
  if (found == Form::multipart) {
    reading.boundary = undeclared_boundary(head);
    if (!reading.boundary.empty()) return as(Form::multipart);
  }
  const size_t first = head.find_first_not_of(" \t\r\n");
  const bool container = first != ByteView::npos && (head[first] == '{' || head[first] == '[');
  if (said == Form::json && (found == Form::json || found == Form::ndjson))
    return as(found == Form::ndjson && may_be_lines(head, whole, leniency) ? Form::ndjson : Form::json);
  if (found == Form::ndjson || found == Form::json) {
    const bool table = said == Form::csv && !container;
    const bool lines = found == Form::ndjson || (said == Form::ndjson && may_be_lines(head, true, leniency));
    if (!table && lines && may_be_lines(head, whole, leniency)) return as(Form::ndjson);
    if (!table && found == Form::json && may_be_json(head, whole, leniency)) return as(Form::json);
    if (said == Form::ndjson) return as(Form::ndjson);   // and refused where it is none
  }
  if (said == Form::event_stream || found == Form::event_stream) return as(Form::event_stream, said != Form::event_stream);
  if (said == Form::markup || found == Form::markup) return as(Form::markup);
  if (said == Form::csv || found == Form::csv) return as(Form::csv, said != Form::csv);
  if (said == Form::form_urlencoded || found == Form::form_urlencoded) return as(Form::form_urlencoded);
  return as(Form::text);
}

std::unique_ptr<Source> make_source(const Reading& reading) {
  switch (reading.form) {
    case Form::json: return std::make_unique<OneDocument>();
    case Form::ndjson: return std::make_unique<LineSource>();
    case Form::event_stream: return std::make_unique<EventSource>(reading.perhaps);
    case Form::csv: return std::make_unique<CsvSource>(reading.perhaps, reading.said_text);
    case Form::form_urlencoded: return std::make_unique<FormSource>();
    case Form::markup: return std::make_unique<TextSource>(Written::markup, Style::markup);
    case Form::text:
    case Form::empty: return std::make_unique<TextSource>(Written::markup, Style::line);
    case Form::multipart: return std::make_unique<PartSource>(reading.boundary, reading.form_data);
    case Form::unknown:
    case Form::wide_text:
    case Form::gzip:
    case Form::zlib:
    case Form::zstd:
    case Form::zip:
    case Form::pdf:
    case Form::image:
    case Form::binary: break;
  }
  return nullptr;
}

}  // namespace gatehouse::mask
