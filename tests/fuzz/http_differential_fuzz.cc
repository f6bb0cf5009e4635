// Two readers of the same bytes: ours and llhttp (Node's parser, in its strict form). What ours accepts, llhttp must
// accept with the same meaning: method, target, fields, framing, body and the byte where the message ends; that is
// what smuggling lives on. What ours refuses, llhttp must refuse too, but for the rules below, which it does not have.
#include <llhttp.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/body.h"
#include "http/byte_class.h"
#include "http/h1_parser.h"
#include "http_fuzz.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::http {
namespace {

/// Reading is what a reader made of the bytes: one message, or as much of it as there is.
struct Reading {
  bool refused = false;
  bool head_whole = false;
  bool whole = false;
  size_t end = 0;   // of the message, when whole
  std::string method, target, body;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string trailers;   // names, as llhttp saw them
  Reason reason = Reason::none;         // ours
  llhttp_errno_t error = HPE_OK;        // llhttp's
};

Reading& reading(llhttp_t* parser) { return *static_cast<Reading*>(parser->data); }

llhttp_settings_t settings_for_llhttp() {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_method = [](llhttp_t* p, const char* bytes, size_t size) { return reading(p).method.append(bytes, size), 0; };
  settings.on_url = [](llhttp_t* p, const char* bytes, size_t size) { return reading(p).target.append(bytes, size), 0; };
  settings.on_header_field = [](llhttp_t* p, const char* bytes, size_t size) {
    (reading(p).head_whole ? reading(p).trailers : reading(p).fields.back().first).append(bytes, size);
    return 0;
  };
  settings.on_header_value = [](llhttp_t* p, const char* bytes, size_t size) {
    if (!reading(p).head_whole) reading(p).fields.back().second.append(bytes, size);
    return 0;
  };
  settings.on_header_value_complete = [](llhttp_t* p) {
    if (!reading(p).head_whole) reading(p).fields.emplace_back();
    return 0;
  };
  settings.on_message_begin = [](llhttp_t* p) { return reading(p).fields.emplace_back(), 0; };
  settings.on_headers_complete = [](llhttp_t* p) {
    reading(p).head_whole = true;
    reading(p).fields.pop_back();
    reading(p).status = p->status_code;
    return 0;
  };
  settings.on_body = [](llhttp_t* p, const char* bytes, size_t size) { return reading(p).body.append(bytes, size), 0; };
  settings.on_message_complete = [](llhttp_t* p) {
    reading(p).whole = true;
    return static_cast<int>(HPE_PAUSED);   // the next message is another matter
  };
  return settings;
}

Reading read_with_llhttp(ByteView bytes, llhttp_type_t type) {
  static const llhttp_settings_t settings = settings_for_llhttp();
  Reading reading;
  llhttp_t parser;
  llhttp_init(&parser, type, &settings);
  parser.data = &reading;
  reading.error = llhttp_execute(&parser, bytes.data(), bytes.size());
  reading.refused = reading.error != HPE_OK && reading.error != HPE_PAUSED;
  if (reading.whole) reading.end = static_cast<size_t>(llhttp_get_error_pos(&parser) - bytes.data());
  return reading;
}

void read_body(ByteView bytes, size_t head, Framing framing, uint64_t length, Reading& reading) {
  BodyDecoder decoder(framing, length);
  size_t at = head;
  while (!decoder.done() && at < bytes.size()) {
    const auto step = decoder.feed(bytes.substr(at));
    reading.body += step.payload;
    at += step.consumed;
    if (step.reason == Reason::none) continue;
    reading.refused = true;
    reading.reason = step.reason;
    return;
  }
  reading.whole = decoder.done();
  reading.end = at;
}

template <typename Head>
void keep_fields(const Head& head, Reading& reading) {
  for (const Field& field : head.fields.all()) reading.fields.emplace_back(field.name, field.value);
  reading.head_whole = true;
}

Reading read_request(ByteView bytes) {
  static const auto head = std::make_unique<RequestHead>();
  Reading reading;
  HeadScan scan;
  const ParseResult result = parse_request_head(bytes, Limits{}, scan, *head);
  reading.refused = result.status == ParseStatus::error;
  reading.reason = result.reason;
  if (result.status != ParseStatus::complete) return reading;
  keep_fields(*head, reading);
  reading.method = head->method;
  reading.target = head->target;
  read_body(bytes, result.consumed, head->framing, head->content_length, reading);
  return reading;
}

Reading read_response(ByteView bytes) {
  static const auto head = std::make_unique<ResponseHead>();
  Reading reading;
  HeadScan scan;
  const ParseResult result = parse_response_head(bytes, "GET", Limits{}, scan, *head);
  reading.refused = result.status == ParseStatus::error;
  reading.reason = result.reason;
  if (result.status != ParseStatus::complete) return reading;
  keep_fields(*head, reading);
  reading.status = head->status;
  read_body(bytes, result.consumed, head->framing, head->content_length, reading);
  return reading;
}

/// Where ours accepts and llhttp does not.
bool is_allowed_laxer(const Reading& ours, const Reading& theirs) {
  // llhttp has a list of methods; here policy says which may pass, and unknown ones match only rules about all.
  return !ours.method.empty() && theirs.error == HPE_INVALID_METHOD;
}

/// Where llhttp accepts and ours refuses: rules that it leaves to its users.
bool is_allowed_stricter(Reason reason) {
  switch (static_cast<int>(reason)) {
    case static_cast<int>(Reason::http_request_line):    // line ends in front of it, blanks in front of the version
    case static_cast<int>(Reason::http_host):            // which Host, how many, what a host is
    case static_cast<int>(Reason::http_target):          // forms of targets, user information, fragments
    case static_cast<int>(Reason::http_method):          // one spelling
    case static_cast<int>(Reason::http_upgrade):         // Upgrade is offered to the caller of llhttp
    case static_cast<int>(Reason::http_expect):          // 417
    case static_cast<int>(Reason::http_te):              // Connection may not name framing; grammar of TE
    case static_cast<int>(Reason::http_version):         // llhttp knows 0.9 and 2.0
    case static_cast<int>(Reason::http_transfer_encoding):   // codings in front of chunked; HTTP/1.0
    case static_cast<int>(Reason::http_content_length):  // leading zeros, 63 bits
    case static_cast<int>(Reason::limit_head_bytes):
    case static_cast<int>(Reason::limit_head_fields):
    case static_cast<int>(Reason::limit_target_bytes):
      return true;
    default:
      return false;
  }
}

/// llhttp takes framing fields among trailers for framing; ours drops every trailer, so no reader behind us sees one.
bool has_framing_trailer(const Reading& theirs) {
  std::string names = theirs.trailers;
  std::transform(names.begin(), names.end(), names.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const char* name : {"content-length", "transfer-encoding", "connection", "upgrade"})
    if (names.find(name) != std::string::npos) return true;
  return false;
}

std::string trimmed(const std::string& text) { return std::string(trim_blanks(text)); }

void compare(const Reading& ours, const Reading& theirs) {
  if (ours.refused || !ours.head_whole) return;
  if (theirs.refused && !theirs.head_whole) {
    REQUIRE(is_allowed_laxer(ours, theirs));
    return;
  }
  REQUIRE(theirs.head_whole);
  REQUIRE(ours.method == theirs.method && ours.target == theirs.target && ours.status == theirs.status);
  REQUIRE(ours.fields.size() == theirs.fields.size());
  for (size_t i = 0; i < ours.fields.size(); ++i) {
    REQUIRE(ours.fields[i].first == theirs.fields[i].first);
    REQUIRE(ours.fields[i].second == trimmed(theirs.fields[i].second));
  }
  if (has_framing_trailer(theirs)) return;
  REQUIRE(ours.whole == theirs.whole);
  REQUIRE(ours.body == theirs.body);
  if (ours.whole) REQUIRE(ours.end == theirs.end);
}

}  // namespace
}  // namespace gatehouse::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse::http;
  if (size == 0) return 0;
  const gatehouse::ByteView bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const bool request = (data[0] & 1) == 0;
  Reading ours = request ? read_request(bytes) : read_response(bytes);
  PLANT(if (ours.whole && ours.body.size() == 3) ours.body.pop_back());
  const Reading theirs = read_with_llhttp(bytes, request ? HTTP_REQUEST : HTTP_RESPONSE);
  compare(ours, theirs);
  // An answer that breaks a rule has one reason for all: only requests can be told apart.
  if (request && ours.refused && !ours.head_whole && theirs.head_whole) REQUIRE(is_allowed_stricter(ours.reason));
  return 0;
}
