#include "codec/sniff.h"

#include <algorithm>
#include <array>

#include "base/byte_set.h"
#include "codec/csv.h"
#include "codec/event_stream.h"
#include "codec/find.h"
#include "codec/multipart.h"

namespace gatehouse::codec {
namespace {

constexpr ByteView kMark = "\xef\xbb\xbf";
constexpr ByteView kWhite = " \t\r\n";
constexpr size_t kSniffWhite = kSniffBytes / 2;   // so much white space may stand within the bytes that are looked at
constexpr ByteSet kFormBytes = ByteSet("*-._+%&=;[]~!'(),$@:/?").with_alphanumeric();

struct Magic {
  ByteView bytes;
  Form form;
};
using namespace std::string_view_literals;
constexpr Magic kMagics[] = {
    {"\x1f\x8b"sv, Form::gzip},
    {"\x28\xb5\x2f\xfd"sv, Form::zstd},
    {"PK\x03\x04"sv, Form::zip},
    {"PK\x05\x06"sv, Form::zip},              // an empty archive
    {"%PDF-"sv, Form::pdf},
    {"\x89PNG\r\n\x1a\n"sv, Form::image},
    {"\xff\xd8\xff"sv, Form::image},          // JPEG
    {"GIF87a"sv, Form::image},
    {"GIF89a"sv, Form::image},
    {"II*\0"sv, Form::image},                 // TIFF
    {"MM\0*"sv, Form::image},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, Form::binary},   // old office documents
    {"\xfd" "7zXZ\0"sv, Form::binary},
    {"BZh91AY&SY"sv, Form::binary},
    {"7z\xbc\xaf\x27\x1c"sv, Form::binary},
    {"\x04\x22\x4d\x18"sv, Form::binary},     // LZ4
    {"Obj\x01"sv, Form::binary},              // Avro
    {"PAR1"sv, Form::binary},                 // Parquet
    {"ARROW1\0"sv, Form::binary},
    {"SQLite format 3\0"sv, Form::binary},
};

bool is_wide(ByteView bytes) {
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff") || bytes.starts_with("\0\0\xfe\xff"sv)) return true;
  if (bytes.size() < 2) return false;
  const auto is_ascii = [](char c) { return c >= '\t' && c < 0x7f; };
  if (bytes[0] != '\0') return is_ascii(bytes[0]) && bytes[1] == '\0';           // ASCII in UTF-16 or UTF-32
  return is_ascii(bytes[1]) || (bytes.size() > 3 && bytes.starts_with("\0\0\0"sv) && is_ascii(bytes[3]));
}

/// is_zlib: RFC 1950 section 2.2. "x^" is text as well: there a byte that no text has must follow soon.
bool is_zlib(ByteView bytes) {
  if (bytes.size() < 2 || (bytes[0] & 0x8f) != 0x08) return false;
  if ((static_cast<uint8_t>(bytes[0]) * 256U + static_cast<uint8_t>(bytes[1])) % 31 != 0) return false;
  const ByteView start = bytes.substr(1, 32);
  return std::any_of(start.begin(), start.end(), [](char c) { return static_cast<uint8_t>(c) >= 0x7f || (c >= 0 && c < '\t'); });
}

bool is_opaque(ByteView bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) {
    return (static_cast<uint8_t>(c) < ' ' && ByteView("\t\n\v\f\r\x1b").find(c) == ByteView::npos) || c == 0x7f;
  });
}

Form by_magic(ByteView bytes) {
  for (const Magic& magic : kMagics)
    if (bytes.starts_with(magic.bytes)) return magic.form;
  if (bytes.size() > 3 && (bytes[0] & 0xf0) == 0x50 && bytes.substr(1, 3) == "\x2a\x4d\x18") return Form::zstd;  // a frame to skip
  if (bytes.starts_with("RIFF") && bytes.substr(std::min<size_t>(bytes.size(), 8)).starts_with("WEBP")) return Form::image;
  return is_zlib(bytes) ? Form::zlib : Form::unknown;
}

/// Where the quote stands that ends the string around text[at]; npos when it is beyond the text.
size_t closing_quote(ByteView text, size_t at) {
  constexpr std::array<char, 2> kMarks{'"', '\\'};
  for (; at < text.size(); at += 2) {
    at = find_any(text, at, kMarks);
    if (at < text.size() && text[at] == '"') return at;
  }
  return ByteView::npos;
}

/// value_end returns where a JSON value that starts the text ends, as far as brackets and quotes tell: npos when it goes on
/// beyond the text.
size_t value_end(ByteView text) {
  size_t depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      i = closing_quote(text, i + 1);
      if (i == ByteView::npos) return i;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
    } else if (depth == 0) {
      i = std::min(text.find_first_of(" \t\r\n,{}[]\"", i), text.size()) - 1;   // a number or a word
    }
    if (depth == 0) return i + 1;
  }
  return ByteView::npos;
}

bool is_number(ByteView text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text[0] >= '0' && text[0] <= '9' && text.find_first_not_of("0123456789+-.eE") == ByteView::npos;
}

/// starts_json: brackets always; texts, numbers and words only when nothing but white space follows them on their line.
bool starts_json(ByteView text, size_t end) {
  if (text[0] == '{' || text[0] == '[') return true;
  const ByteView value = text.substr(0, end);
  if (text[0] != '"' && value != "true" && value != "false" && value != "null" && !is_number(value)) return false;
  if (end == ByteView::npos) return true;
  const size_t next = text.find_first_not_of(" \t\r", end);
  return next == ByteView::npos || text[next] == '\n';
}

/// by_json: NDJSON when the first line is a value and another line has something.
Form by_json(ByteView text) {
  const size_t end = value_end(text);
  if (!starts_json(text, end)) return Form::unknown;
  if (end == ByteView::npos || text.substr(0, end).find('\n') != ByteView::npos) return Form::json;
  const size_t line = text.find_first_not_of(" \t\r", end);
  if (line == ByteView::npos || text[line] != '\n') return Form::json;
  return text.find_first_not_of(kWhite, line) == ByteView::npos ? Form::json : Form::ndjson;
}

bool starts_event_stream(ByteView text) {
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  const ByteView line = text.substr(0, text.find_first_of("\r\n"));
  if (line.starts_with(':')) return true;
  const ByteView name = line.substr(0, line.find(':'));
  return event_stream_field(name) != EventLine::Field::unknown && (name.size() < line.size() || line.size() < text.size());
}

/// starts_multipart: "--" and a boundary on the first line, whatever ends it.
bool starts_multipart(ByteView text) {
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  if (!text.starts_with("--")) return false;
  ByteView line = text.substr(2, text.find_first_of("\r\n") - 2);
  line = line.substr(0, line.find_last_not_of(" \t") + 1);
  return !line.starts_with(' ') && (is_boundary(line) || (line.ends_with("--") && is_boundary(line.substr(0, line.size() - 2))));
}

bool starts_form(ByteView text) {
  const size_t is = text.find('=');
  return is != 0 && is != ByteView::npos && kFormBytes.has_all(text.substr(0, text.find_last_not_of("\r\n") + 1));
}

/// starts_csv: two records with the same delimiter in both.
bool starts_csv(ByteView text) {
  CsvSniff first, second;
  if (!first.take(text) || first.most() == 0) return false;
  second.take(text.substr(first.bytes()));
  return second.most() > 0 && second.delimiter() == first.delimiter();
}

/// Found is the set of found forms that a declared one stands for, as bits.
using Found = uint32_t;
constexpr Found bit(Form form) { return Found{1} << static_cast<unsigned>(form); }

constexpr Found agreeing(Form declared) {
  switch (declared) {
    // Says nothing: only what no service reads as text may pass under it. What is compressed some unpack without being told.
    case Form::unknown:
    case Form::binary: return bit(Form::zip) | bit(Form::pdf) | bit(Form::image) | bit(Form::binary);
    // One document of NDJSON is JSON. The other way round, a reader of JSON stops behind the first line or fails: not the same.
    case Form::json: return bit(Form::json);
    case Form::ndjson: return bit(Form::json) | bit(Form::ndjson);
    // Lines that no field names are passed over by readers, and reported by ours.
    case Form::event_stream: return bit(Form::event_stream) | bit(Form::text) | bit(Form::csv);
    // A table of one column is text; one whose first line looks like a field, a form or a boundary is not taken at its word.
    case Form::csv: return bit(Form::csv) | bit(Form::text);
    // What has blanks or quotes is a bad form, but one all the same. {"a":"="} is the known trick: JSON for who looks.
    case Form::form_urlencoded: return bit(Form::form_urlencoded) | bit(Form::text) | bit(Form::csv);
    case Form::multipart: return bit(Form::multipart);
    case Form::markup: return bit(Form::markup);
    // Frameworks read text/plain as JSON or as a form when asked to (and browsers send it unasked): only prose is text.
    case Form::text: return bit(Form::text) | bit(Form::csv);
    case Form::wide_text: return bit(Form::wide_text);
    case Form::gzip:
    case Form::zlib:
    case Form::zstd:
    case Form::zip:
    case Form::pdf:
    case Form::image: return bit(declared);
    case Form::empty: return 0;
  }
  return 0;
}

struct Named {
  ByteView type;
  Form form;
};
constexpr Named kTypes[] = {
    {"application/json", Form::json},
    {"text/json", Form::json},
    {"application/x-json", Form::json},
    {"application/x-ndjson", Form::ndjson},
    {"application/ndjson", Form::ndjson},
    {"application/jsonl", Form::ndjson},
    {"application/x-jsonl", Form::ndjson},
    {"application/jsonlines", Form::ndjson},
    {"application/x-jsonlines", Form::ndjson},
    {"text/event-stream", Form::event_stream},
    {"text/csv", Form::csv},
    {"application/csv", Form::csv},
    {"text/tab-separated-values", Form::csv},
    {"application/x-www-form-urlencoded", Form::form_urlencoded},
    {"application/xml", Form::markup},
    {"text/xml", Form::markup},
    {"text/yaml", Form::unknown},
    {"text/x-yaml", Form::unknown},
    {"text/html", Form::markup},
    {"application/gzip", Form::gzip},
    {"application/x-gzip", Form::gzip},
    {"application/zlib", Form::zlib},
    {"application/zstd", Form::zstd},
    {"application/zip", Form::zip},
    {"application/epub+zip", Form::zip},
    {"application/pdf", Form::pdf},
};
constexpr Named kPrefixes[] = {
    {"multipart/", Form::multipart},
    {"application/vnd.openxmlformats-officedocument.", Form::zip},
    {"application/vnd.oasis.opendocument.", Form::zip},
    {"image/", Form::image},
    {"text/", Form::text},
};
constexpr Named kSuffixes[] = {
    {"+json", Form::json},  {"+x-ndjson", Form::ndjson}, {"+ndjson", Form::ndjson},
    {"+xml", Form::markup}, {"+zip", Form::zip},         {"+gzip", Form::gzip},
};

bool same(ByteView a, ByteView small_b) {
  const auto equal = [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; };
  return std::equal(a.begin(), a.end(), small_b.begin(), small_b.end(), equal);
}

}  // namespace

Form sniff(ByteView bytes) {
  const ByteView unmarked = bytes.substr(bytes.starts_with(kMark) ? kMark.size() : 0);
  const size_t content = unmarked.find_first_not_of(kWhite);
  if (content == ByteView::npos) return Form::empty;
  if (content > kSniffWhite) bytes = unmarked.substr(content);   // or white space would hide what follows it
  bytes = bytes.substr(0, kSniffBytes);
  if (const Form form = by_magic(bytes); form != Form::unknown) return form;
  if (is_wide(bytes)) return Form::wide_text;
  if (bytes.starts_with(kMark)) bytes.remove_prefix(kMark.size());
  const size_t first = bytes.find_first_not_of(kWhite);
  if (first == ByteView::npos) return Form::empty;
  if (starts_multipart(bytes)) return Form::multipart;     // its parts may be binary
  const ByteView text = bytes.substr(first);
  if (const Form form = by_json(text); form != Form::unknown) return form;   // and JSON may hold a stray control byte
  if (is_opaque(bytes)) return Form::binary;
  if (text.front() == '<') return Form::markup;
  if (starts_event_stream(bytes)) return Form::event_stream;
  if (starts_form(text)) return Form::form_urlencoded;
  return starts_csv(text) ? Form::csv : Form::text;
}

Form form_of_type(ByteView type) {
  for (const Named& each : kTypes)
    if (same(type, each.type)) return each.form;
  for (const Named& each : kSuffixes)
    if (type.size() > each.type.size() && same(type.substr(type.size() - each.type.size()), each.type)) return each.form;
  for (const Named& each : kPrefixes)
    if (same(type.substr(0, each.type.size()), each.type)) return each.form;
  return Form::unknown;
}

bool agrees(Form declared, Form found) {
  return found == Form::empty || (agreeing(declared) & bit(found)) != 0;
}

}  // namespace gatehouse::codec
