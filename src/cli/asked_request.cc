#include "cli/asked_request.h"

#include <simdjson.h>
#include <time.h>

#include <algorithm>

#include "codec/base64.h"
#include "config/json_text.h"

namespace gatehouse::cli {
namespace {

constexpr WallNs kSecondsMax = INT64_MAX / kNsPerSecond;   // the year 2262: then nanoseconds no longer fit

/// has_line_end: such bytes would not stay in their place of the head.
bool has_line_end(const std::string& text) { return text.find_first_of("\r\n") != std::string::npos; }

bool names(const std::vector<std::string>& headers, ByteView name) {
  return std::any_of(headers.begin(), headers.end(), [name](const std::string& header) {
    return http::equals_ignore_case(ByteView(header).substr(0, header.find(':')), name);
  });
}

/// Reading fills in a request from the members of one object; the first error stays.
class Reading {
 public:
  explicit Reading(AskedRequest& into) : into_(into) {}

  void member(std::string_view key, simdjson::dom::element value) {
    if (key == "method") text(key, value, &into_.method);
    else if (key == "path") text(key, value, &into_.path);
    else if (key == "host") text(key, value, &into_.host);
    else if (key == "token") text(key, value, &into_.token.emplace());
    else if (key == "certificate") text(key, value, &into_.certificate.emplace());
    else if (key == "listener") text(key, value, &into_.listener);
    else if (key == "body") text(key, value, &into_.body);
    else if (key == "body_base64") base64(value);
    else if (key == "headers") headers(value);
    else if (key == "from") from(value);
    else if (key == "at") at(value);
    else fail("there is no member '" + config::printable(key) +
              "'; members are method, path, host, headers, token, certificate, listener, body, body_base64, from, at");
  }
  std::string error;

 private:
  void fail(std::string text) {
    if (error.empty()) error = std::move(text);
  }
  bool text(std::string_view key, simdjson::dom::element value, std::string* out) {
    std::string_view view;
    if (value.get(view) == simdjson::SUCCESS) {
      *out = view;
      return true;
    }
    fail("'" + std::string(key) + "' is no text");
    return false;
  }
  void base64(simdjson::dom::element value) {
    std::string coded;
    if (!text("body_base64", value, &coded)) return;
    if (auto body = codec::decode_base64(coded)) into_.body = std::move(*body);
    else fail("'body_base64' is no base64");
  }
  void headers(simdjson::dom::element value) {
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return fail("'headers' is no list of \"Name: value\"");
    for (const simdjson::dom::element each : list) text("headers", each, &into_.headers.emplace_back());
  }
  void from(simdjson::dom::element value) {
    std::string written;
    if (!text("from", value, &written)) return;
    into_.from = asked_address(written);
    if (!into_.from) fail("'from' is no address");
  }
  void at(simdjson::dom::element value) {
    std::string written;
    if (!text("at", value, &written)) return;
    into_.at = asked_time(written);
    if (!into_.at) fail("'at' is no time such as \"2025-11-23T13:31:12Z\"");
  }

  AskedRequest& into_;
};

/// without_fraction takes off what stands behind the point of seconds, as our own output has it: at most nine digits.
std::pair<std::string, WallNs> without_fraction(const std::string& text) {
  const size_t point = text.find('.');
  if (point == std::string::npos || !text.ends_with('Z')) return {text, 0};
  const std::string digits = text.substr(point + 1, text.size() - point - 2);
  const bool well = !digits.empty() && digits.size() <= 9 &&
                    std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!well) return {text, 0};
  return {text.substr(0, point) + "Z", std::stoull(digits + std::string(9 - digits.size(), '0'))};
}

}  // namespace

Result<AskedRequest, std::string> asked_request(ByteView json) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(json);
  simdjson::dom::object object;
  if (parser.parse(padded).get(object) != simdjson::SUCCESS) return Failure<std::string>{"it is no JSON object"};
  AskedRequest asked;
  Reading reading(asked);
  for (const auto field : object) reading.member(field.key, field.value);
  if (reading.error.empty() && asked.path.empty()) reading.error = "'path' is missing";
  if (!reading.error.empty()) return Failure<std::string>{std::move(reading.error)};
  return asked;
}

std::optional<Address> asked_address(const std::string& text) {
  if (auto whole = parse_address(text)) return whole;
  if (auto bare = parse_address(text + ":1")) return bare;
  return parse_address("[" + text + "]:1");
}

std::optional<WallNs> asked_time(const std::string& written) {
  const auto [text, fraction] = without_fraction(written);
  if (text.empty()) return std::nullopt;
  if (text.size() <= 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    const WallNs seconds = std::stoull(text);
    if (seconds > kSecondsMax) return std::nullopt;
    return seconds * kNsPerSecond;
  }
  tm parts{};
  const char* const end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  const time_t seconds = end != nullptr && *end == '\0' ? timegm(&parts) : -1;
  char again[sizeof "2025-11-23T13:31:12Z"] = {};
  if (seconds < 0 || static_cast<WallNs>(seconds) > kSecondsMax) return std::nullopt;
  if (strftime(again, sizeof again, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0 || text != again) return std::nullopt;
  return static_cast<WallNs>(seconds) * kNsPerSecond + fraction;
}

Result<std::string, std::string> head_bytes(const AskedRequest& asked, const std::string& extra) {
  if (has_line_end(asked.method) || has_line_end(asked.path) || has_line_end(asked.host) || has_line_end(extra))
    return Failure<std::string>{"a line end in the method, path, host or token"};
  std::string head = asked.method + " " + asked.path + " HTTP/1.1\r\n";
  if (!names(asked.headers, "host")) head += "Host: " + asked.host + "\r\n";
  for (const std::string& header : asked.headers) {
    if (header.find(':') == std::string::npos) return Failure<std::string>{"a header is written \"Name: value\""};
    if (has_line_end(header)) return Failure<std::string>{"a line end in a header"};
    head += header + "\r\n";
  }
  if (!extra.empty()) head += extra + "\r\n";
  const bool framed = names(asked.headers, "content-length") || names(asked.headers, "transfer-encoding");
  if (!asked.body.empty() && !framed) head += "Content-Length: " + std::to_string(asked.body.size()) + "\r\n";
  return head + "\r\n";
}

}  // namespace gatehouse::cli
