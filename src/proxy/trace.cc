#include "proxy/trace.h"

#include <algorithm>

namespace gatehouse::proxy {
namespace {

constexpr size_t kRequestIdMax = 128;
constexpr size_t kTraceparentBytes = 55;       // of version 00: 2 + 32 + 16 + 2 digits and three '-'
constexpr size_t kTraceparentBytesMax = 256;   // later versions may have more behind another '-'

bool small_hex(ByteView text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool all_zero(ByteView text) { return text.find_first_not_of('0') == ByteView::npos; }

bool named(const http::Field& field, ByteView name) {
  return field.name.size() == name.size() && http::equals_ignore_case(field.name, name);
}

/// only_value is the value of the one field of this name; empty when there is none or another one.
ByteView only_value(const http::FieldList& fields, ByteView name) {
  const http::Field* found = nullptr;
  for (const http::Field& field : fields.all()) {
    if (!named(field, name)) continue;
    if (found != nullptr) return {};
    found = &field;
  }
  return found == nullptr ? ByteView{} : found->value;
}

}  // namespace

bool is_traceparent(ByteView value) {
  if (value.size() < kTraceparentBytes || value.size() > kTraceparentBytesMax) return false;
  if (value[2] != '-' || value[35] != '-' || value[52] != '-') return false;
  const ByteView version = value.substr(0, 2), trace = value.substr(3, 32), parent = value.substr(36, 16);
  if (!small_hex(version) || !small_hex(trace) || !small_hex(parent) || !small_hex(value.substr(53, 2))) return false;
  if (version == "ff" || all_zero(trace) || all_zero(parent)) return false;
  if (value.size() == kTraceparentBytes) return true;
  return version != "00" && value[kTraceparentBytes] == '-';
}

bool is_request_id(ByteView value) {
  if (value.empty() || value.size() > kRequestIdMax) return false;
  return std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           ByteView("._~+/=:@-").find(c) != ByteView::npos;
  });
}

Trace trace_of(const http::FieldList& fields) {
  Trace trace{only_value(fields, "traceparent"), only_value(fields, "x-request-id")};
  if (!is_traceparent(trace.traceparent)) trace.traceparent = {};
  if (!is_request_id(trace.request_id)) trace.request_id = {};
  return trace;
}

bool is_untold(const http::Field& field, const Trace& trace) {
  if (named(field, "x-request-id")) return trace.request_id.empty();
  return trace.traceparent.empty() && (named(field, "traceparent") || named(field, "tracestate"));
}

}  // namespace gatehouse::proxy
