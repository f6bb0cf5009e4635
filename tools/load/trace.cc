// Requests from JSON lines.
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "load/plan.h"

namespace gatehouse::load {
namespace {

using Refused = Failure<std::string>;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::array<std::string_view, 5> kKeys = {"method", "path", "headers", "body", "body_file"};

bool text_of(const object& line, const char* key, std::string& out, bool* wrong) {
  element value;
  if (line[key].get(value) != simdjson::SUCCESS) return false;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) out = text;
  else *wrong = true;
  return true;
}

bool take_line(const element& document, RequestWish& wish, std::string& body_file) {
  object line;
  if (document.get(line) != simdjson::SUCCESS) return false;
  bool wrong = false;
  for (const auto& field : line)   // a misspelt one would be left out of every request, and nobody would know
    if (std::find(kKeys.begin(), kKeys.end(), field.key) == kKeys.end()) return false;
  text_of(line, "method", wish.method, &wrong);
  text_of(line, "path", wish.path, &wrong);
  text_of(line, "body", wish.body, &wrong);
  text_of(line, "body_file", body_file, &wrong);
  element headers;
  if (line["headers"].get(headers) == simdjson::SUCCESS) {
    object fields;
    if (headers.get(fields) != simdjson::SUCCESS) return false;
    for (const auto& field : fields) {
      std::string_view value;
      if (field.value.get(value) != simdjson::SUCCESS) return false;
      wish.fields.emplace_back(field.key, value);
    }
  }
  return !wrong && (wish.body.empty() || body_file.empty());
}

}  // namespace

Result<Done, std::string> Plan::add_trace(const Url& url, const RequestWish& wish, const std::string& file,
                                          bool close) {
  auto text = read_file(file);
  if (!text) return Refused{text.error()};
  simdjson::dom::parser parser;
  size_t number = 0;
  for (const std::string& line : lines_of(*text)) {
    const std::string place = file + ", request " + std::to_string(++number) + ": ";
    element document;
    RequestWish own = wish;
    std::string body_file;
    if (parser.parse(line).get(document) != simdjson::SUCCESS || !take_line(document, own, body_file))
      return Refused{place + "not an object of method, path, body or body_file (text) and headers (an object of texts) alone"};
    auto done = body_file.empty() ? add(url, own, close) : add_body(url, own, body_file, close);
    if (!done) return Refused{place + done.error()};
  }
  if (number == 0) return Refused{file + ": no request in it"};
  return Done{};
}

}  // namespace gatehouse::load
