#include "chunker/service.h"

#include <optional>
#include <string_view>
#include <vector>

#include "chunker/chunk.h"
#include "chunker/copies.h"
#include "web/json_text.h"

namespace gatehouse::chunker {

namespace {

using simdjson::dom::element;

constexpr uint64_t kChunkSizeMax = 1'000'000'000;
constexpr uint64_t kAnswerMax = 256 * 1024 * 1024;  // overlapping chunks multiply a text

web::Answer detail(int status, std::string_view text) {
  std::string body = "{\"detail\":";
  web::append_json_string(body, text);
  return web::json_answer(status, body + "}");
}

/// field_error is the 422 of FastAPI, which Chonkie's server is written with.
web::Answer field_error(std::string_view type, std::string_view field, std::string_view message) {
  std::string body = "{\"detail\":[{\"type\":";
  web::append_json_string(body, type);
  body += ",\"loc\":[\"body\",";
  web::append_json_string(body, field);
  body += "],\"msg\":";
  web::append_json_string(body, message);
  return web::json_answer(422, body + ",\"input\":{}}]}");
}

web::Answer not_json() {
  return web::json_answer(422, R"({"detail":[{"type":"json_invalid","loc":["body",0],"msg":"JSON decode error",)"
                               R"("input":{},"ctx":{"error":"Expecting value"}}]})");
}

struct Request {
  Plan plan;
  std::string metadata;  // JSON object, or "" for none
  bool raw_text = false;       // each chunk's text a second time, as docling-serve does
  bool orig_elements = false;  // and packed into its metadata, as Unstructured does
};

std::optional<Cut> cut_of(ByteView kind) {
  if (kind == "recursive") return Cut::recursive;
  if (kind == "sentence") return Cut::sentence;
  if (kind == "word" || kind == "token") return Cut::word;
  if (kind == "character") return Cut::character;
  return std::nullopt;
}

/// read_plan fills `request` from the options; returns the refusal when one does not hold.
std::optional<web::Answer> read_plan(element document, Request& request) {
  uint64_t size = 512, overlap = 0;
  auto options = {std::pair{"chunk_size", &size}, std::pair{"chunk_overlap", &overlap}};
  for (auto [name, value] : options) {
    element given;
    if (document[name].get(given) != simdjson::SUCCESS || given.is_null()) continue;
    if (given.get(*value) != simdjson::SUCCESS || *value > kChunkSizeMax) {
      return field_error("int_type", name, "Input should be a valid non-negative integer");
    }
  }
  if (size < 1) {
    return field_error("greater_than_equal", "chunk_size", "Input should be greater than or equal to 1");
  }
  if (overlap >= size) return detail(400, "chunk_overlap must be less than chunk_size");
  request.plan.size = size;
  request.plan.overlap = request.plan.cut == Cut::recursive ? 0 : overlap;

  std::string_view tokenizer;
  if (document["tokenizer"].get(tokenizer) == simdjson::SUCCESS) {
    if (tokenizer != "character" && tokenizer != "word") {
      return field_error("value_error", "tokenizer", "this service counts in \"character\" or \"word\"");
    }
    if (tokenizer == "word") request.plan.unit = Unit::word;
  }
  auto copies = {std::pair{"include_raw_text", &request.raw_text}, std::pair{"include_orig_elements", &request.orig_elements}};
  for (auto [name, value] : copies) {
    element given;
    if (document[name].get(given) != simdjson::SUCCESS || given.is_null()) continue;
    if (given.get(*value) != simdjson::SUCCESS) return field_error("bool_type", name, "Input should be a valid boolean");
  }
  element metadata;
  if (document["metadata"].get(metadata) == simdjson::SUCCESS && !metadata.is_null()) {
    if (!metadata.is_object()) {
      return field_error("dict_type", "metadata", "Input should be a valid dictionary");
    }
    request.metadata = simdjson::minify(metadata);
  }
  return std::nullopt;
}

/// read_texts takes one string or a list of them.
bool read_texts(element text, std::vector<std::string_view>& texts) {
  std::string_view one;
  simdjson::dom::array list;
  if (text.get(one) == simdjson::SUCCESS) {
    texts.push_back(one);
    return true;
  }
  if (text.get(list) != simdjson::SUCCESS) return false;
  for (element member : list) {
    if (member.get(one) != simdjson::SUCCESS) return false;
    texts.push_back(one);
  }
  return true;
}

/// append_metadata appends the caller's metadata and, where asked for, the packed copy of the chunk.
void append_metadata(std::string& out, std::string_view text, const Request& request) {
  if (!request.orig_elements && request.metadata.empty()) return;
  out += ",\"metadata\":";
  if (!request.orig_elements) {
    out += request.metadata;
    return;
  }
  out += "{\"orig_elements\":";
  web::append_json_string(out, orig_elements(text));
  if (request.metadata.size() > 2) out += ',' + request.metadata.substr(1);
  else out += '}';
}

void append_chunks(std::string& out, std::string_view text, const Request& request) {
  out += '[';
  for (const Chunk& piece : chunk(text, request.plan)) {
    if (out.back() != '[') out += ',';
    const std::string_view shown = text.substr(piece.begin, piece.end - piece.begin);
    out += "{\"text\":";
    web::append_json_string(out, shown);
    if (request.raw_text) {
      out += ",\"raw_text\":";
      web::append_json_string(out, shown);
    }
    out += ",\"start_index\":" + std::to_string(piece.start_index);
    out += ",\"end_index\":" + std::to_string(piece.end_index);
    out += ",\"token_count\":" + std::to_string(piece.token_count);
    append_metadata(out, shown, request);
    out += '}';
  }
  out += ']';
}

/// answer_bytes is how long the chunks of `text` may get together, at most.
uint64_t answer_bytes(std::string_view text, const Request& request) {
  uint64_t repeats = request.plan.size / (request.plan.size - request.plan.overlap) + 1;
  uint64_t chunks_max = text.size() / (request.plan.size - request.plan.overlap) + 1;
  uint64_t copies = 1 + (request.raw_text ? 1 : 0) + (request.orig_elements ? 2 : 0);
  return text.size() * repeats * copies + chunks_max * (request.metadata.size() + (request.orig_elements ? 160 : 0));
}

}  // namespace

web::Answer Service::answer(const web::Call& call) {
  ByteView path = call.head.path;
  if (path == "/health") return web::json_answer(200, "{\"status\":\"ok\"}");
  if (path == "/stats") return web::json_answer(200, journal_.json());
  ByteView credential = credential_state(call.head);
  web::Answer answer = credential == "ok" ? authorised(call) : detail(401, "Invalid or missing API key");
  journal_.add(call.head, call.body, credential, answer.status);
  return answer;
}

ByteView Service::credential_state(const http::RequestHead& head) const {
  const http::Field* field = head.fields.find(http::FieldId::authorization);
  if (field == nullptr) return "missing";
  constexpr ByteView scheme = "Bearer ";
  if (head.fields.count_of(http::FieldId::authorization) != 1) return "wrong";
  if (!field->value.starts_with(scheme)) return "wrong";
  return key_.equals(field->value.substr(scheme.size())) ? "ok" : "wrong";
}

web::Answer Service::authorised(const web::Call& call) {
  constexpr ByteView chunk_prefix = "/v1/chunk/", collection_prefix = "/v1/collections/";
  ByteView path = call.head.path;
  if (path.starts_with(chunk_prefix) && cut_of(path.substr(chunk_prefix.size()))) {
    if (call.head.method != "POST") return detail(405, "Method Not Allowed");
    return chunks(path.substr(chunk_prefix.size()), call.body);
  }
  if (path.starts_with(collection_prefix) && path.size() > collection_prefix.size()) {
    return collection(call.head.method, path.substr(collection_prefix.size()));
  }
  return detail(404, "Not Found");
}

web::Answer Service::chunks(ByteView kind, ByteView body) {
  element document, text;
  if (parser_.parse(body.data(), body.size()).get(document) != simdjson::SUCCESS) return not_json();
  if (!document.is_object()) return not_json();
  if (document["text"].get(text) != simdjson::SUCCESS) return field_error("missing", "text", "Field required");
  Request request;
  request.plan.cut = *cut_of(kind);
  if (std::optional<web::Answer> refusal = read_plan(document, request)) return *refusal;

  std::vector<std::string_view> texts;
  if (!read_texts(text, texts)) return field_error("string_type", "text", "Input should be a valid string");
  bool single = text.is_string();
  uint64_t size = 0;
  for (std::string_view each : texts) size += answer_bytes(each, request);
  if (size > kAnswerMax) return detail(400, "too many chunks: lower chunk_overlap or metadata");

  std::string out;
  if (!single) out += '[';
  for (std::string_view each : texts) {
    if (out.size() > 1) out += ',';
    append_chunks(out, each, request);
  }
  if (!single) out += ']';
  return web::json_answer(200, std::move(out));
}

web::Answer Service::collection(ByteView method, ByteView id) {
  if (method != "DELETE") return detail(405, "Method Not Allowed");
  std::string body = "{\"deleted\":";
  web::append_ascii_string(body, id);
  return web::json_answer(200, body + ",\"executions\":" + std::to_string(journal_.add_deletion(id)) + "}");
}

}  // namespace gatehouse::chunker
