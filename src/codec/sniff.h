// What a body is, whatever its Content-Type says.
#pragma once

#include "base/bytes.h"

namespace gatehouse::codec {

/// Form is how a body's bytes are to be read. As declared: `unknown` for a type that says nothing (none sent,
/// application/octet-stream, a type without a line in the table).
enum class Form : uint8_t {
  unknown,
  empty,            // no bytes, or only white space
  json,
  ndjson,
  event_stream,
  csv,
  form_urlencoded,
  multipart,
  markup,           // XML, HTML
  text,
  wide_text,        // UTF-16 or UTF-32: JSON readers find it out by themselves (RFC 4627 section 3)
  gzip,
  zlib,
  zstd,
  zip,              // OOXML, ODF, EPUB too
  pdf,
  image,
  binary,           // anything else that is no text
};
inline constexpr size_t kForms = static_cast<size_t>(Form::binary) + 1;

/// kSniffBytes: more bytes than these change no answer, but where more than half of them are white space before anything else.
inline constexpr size_t kSniffBytes = 4096;

/// sniff looks at the first kSniffBytes of a body, behind much white space at those that follow it. It leans towards the forms
/// that services read without being told: text that begins like JSON, an event stream or multipart is called so, even where
/// it may be prose.
Form sniff(ByteView first_bytes);

/// form_of_type says what a media type (type "/" subtype, no parameters) declares: application/json and +json, x-ndjson,
/// +x-ndjson, jsonl and their like, text/event-stream, text/csv, multipart/*, and so on. Any case.
Form form_of_type(ByteView type);

/// agrees says whether a body that was found to be `found` may be inspected as `declared` alone. Where it says no, some service
/// might read the body in another form than the declared one: inspect it under both, or refuse it.
bool agrees(Form declared, Form found);

}  // namespace gatehouse::codec
