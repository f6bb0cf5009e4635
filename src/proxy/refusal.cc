#include "proxy/refusal.h"

#include <string>

#include "codec/decoder.h"
#include "config/units.h"
#include "http/head_writer.h"
#include "proxy/heads.h"
#include "proxy/inspection.h"
#include "proxy/proving.h"
#include "proxy/token_request.h"

namespace gatehouse::proxy {
namespace {

using config::RefusalShape;

Bound bytes(ByteView key, uint64_t value) { return {key, value, Bound::Unit::bytes}; }
Bound count(ByteView key, uint64_t value) { return {key, value, Bound::Unit::count}; }
Bound time(ByteView key, uint64_t value) { return {key, value, Bound::Unit::time}; }

Bound origin_bound(OriginWait wait, const Deadlines& deadlines) {
  switch (wait) {
    case OriginWait::connection: return time("deadlines.connect", deadlines.connect);
    case OriginWait::answer: return time("deadlines.answer", deadlines.answer);
    case OriginWait::progress: return time("deadlines.progress", deadlines.progress);
  }
  return {};
}

/// As it is written in the configuration: "64KiB", "10s", 100.
std::string value_text(const Bound& bound) {
  switch (bound.unit) {
    case Bound::Unit::unknown: return {};
    case Bound::Unit::count: return std::to_string(bound.value);
    case Bound::Unit::bytes: return config::format_size(bound.value);
    case Bound::Unit::time: return config::format_duration(bound.value);
  }
  return {};
}

/// The members that every JSON shape has. All texts are constants of ours without quotes or backslashes.
std::string common_members(const Refusal& refusal) {
  std::string text = "\"reason\":\"";
  text += reason_name(refusal.reason);
  text += "\",\"code\":" + std::to_string(static_cast<int>(refusal.reason));
  if (!refusal.exchange.is_nil()) text += ",\"exchange_id\":\"" + exchange_id_text(refusal.exchange) + "\"";
  if (refusal.bound.key.empty()) return text;
  text += ",\"limit\":\"";
  text += refusal.bound.key;
  text += "\"";
  if (refusal.bound.unit == Bound::Unit::count) text += ",\"limit_value\":" + value_text(refusal.bound);
  else if (refusal.bound.unit != Bound::Unit::unknown) text += ",\"limit_value\":\"" + value_text(refusal.bound) + "\"";
  return text;
}

std::string detail_text(const Refusal& refusal) {
  return "{\"detail\":\"" + std::string(reason_text(refusal.reason)) + "\"," + common_members(refusal) + "}\n";
}

/// RFC 9457: type and title name the kind of problem, instance this one.
std::string problem_text(const Refusal& refusal) {
  std::string text = "{\"type\":\"urn:gatehouse:reason:" + std::string(reason_name(refusal.reason));
  text += "\",\"title\":\"" + std::string(reason_text(refusal.reason));
  text += "\",\"status\":" + std::to_string(reason_status(refusal.reason));
  if (!refusal.exchange.is_nil()) text += ",\"instance\":\"urn:uuid:" + exchange_id_text(refusal.exchange) + "\"";
  return text + "," + common_members(refusal) + "}\n";
}

/// RFC 6749 section 5.2.
std::string oauth_text(const Refusal& refusal) {
  std::string text = "{\"error\":\"" + std::string(token_error_name(refusal.error));
  text += "\",\"error_description\":\"" + std::string(reason_text(refusal.reason));
  return text + "\"," + common_members(refusal) + "}\n";
}

std::string plain_text(const Refusal& refusal) {
  std::string text(reason_text(refusal.reason));
  text += "\nreason: " + std::string(reason_name(refusal.reason)) + " (" +
          std::to_string(static_cast<int>(refusal.reason)) + ")\n";
  if (!refusal.bound.key.empty()) {
    text += "limit: " + std::string(refusal.bound.key);
    if (refusal.bound.unit != Bound::Unit::unknown) text += " = " + value_text(refusal.bound);
    text += "\n";
  }
  return refusal.exchange.is_nil() ? text : text + "exchange: " + exchange_id_text(refusal.exchange) + "\n";
}

ByteView media_type_of(RefusalShape shape) {
  switch (shape) {
    case RefusalShape::detail:
    case RefusalShape::oauth: return "application/json";
    case RefusalShape::plain: return "text/plain; charset=utf-8";
    case RefusalShape::problem: return "application/problem+json";
  }
  return {};
}

/// RFC 6750 section 3; RFC 6749 section 5.2 for a client that came with Basic.
ByteView challenge_of(const Refusal& refusal, int status) {
  if (refusal.basic) return "Basic realm=\"token\"";
  if (refusal.shape == RefusalShape::oauth) return {};
  if (refusal.reason == Reason::token_two_sources) return "Bearer error=\"invalid_request\"";
  if (status != 401) return {};
  return refusal.reason == Reason::token_missing ? "Bearer" : "Bearer error=\"invalid_token\"";
}

}  // namespace

Bound bound_of(Reason reason, OriginWait wait, const Limits& limits, const Deadlines& deadlines, Shown shown) {
  const auto is = [reason](std::initializer_list<Reason> reasons) {
    for (const Reason each : reasons)
      if (each == reason) return true;
    return false;
  };
  if (is({Reason::limit_head_bytes})) return bytes("limits.head_bytes", limits.head_bytes);
  if (is({Reason::limit_head_fields})) return count("limits.head_fields", limits.head_fields);
  if (is({Reason::limit_target_bytes})) return bytes("limits.target_bytes", limits.target_bytes);
  if (is({Reason::limit_body_bytes, Reason::mask_too_large}))
    return bytes("limits.inspect_bytes", limits.inspect_bytes);
  if (is({Reason::limit_request_bytes})) return bytes("limits.body_bytes", limits.body_bytes);
  if (is({Reason::limit_body_rate})) return bytes("limits.body_rate", limits.body_rate);
  if (is({Reason::limit_memory})) return bytes("limits.body_memory", limits.body_memory);
  if (is({Reason::limit_streams})) return count("limits.mask_streams", limits.mask_streams);
  if (is({Reason::limit_connections})) return count("limits.connections", limits.connections);
  if (is({Reason::token_size}) && shown == Shown::assertion) return bytes("fixed.assertion_bytes", kAssertionTextMax);
  if (is({Reason::token_size})) return bytes("fixed.token_bytes", kTokenBytesMax);
  if (is({Reason::guard_depth})) return count("fixed.json_depth", kJsonDepthMax);
  if (is({Reason::guard_bomb})) return count("fixed.decoded_ratio", codec::Bounds{}.ratio);
  if (is({Reason::limit_chunk_extensions})) return bytes("fixed.chunk_extension_bytes", kChunkExtensionMax);
  if (is({Reason::limit_trailers})) return bytes("fixed.trailer_bytes", kTrailerBytesMax);
  if (is({Reason::guard_busy, Reason::saml_busy}) && wait == OriginWait::progress)
    return time("deadlines.progress", deadlines.progress);
  if (is({Reason::guard_busy})) return count("fixed.inspections", kAwayMax);
  if (is({Reason::saml_busy})) return count("fixed.assertions", kProvingsMax);
  if (is({Reason::origin_head_too_large})) return bytes("limits.head_bytes", limits.head_bytes);
  if (is({Reason::approval_full})) return count("limits.held", limits.held);
  if (is({Reason::token_failures})) return count("limits.failed_tokens", limits.failed_tokens);
  if (is({Reason::deadline_head})) return time("deadlines.head", deadlines.head);
  if (is({Reason::deadline_body})) return time("deadlines.progress", deadlines.progress);
  if (is({Reason::approval_expired})) return time("deadlines.hold", deadlines.hold);
  if (is({Reason::origin_timeout})) return origin_bound(wait, deadlines);
  if (is({Reason::mask_too_many_changes, Reason::record_full}))   // fixed when the process started
    return {"records.ring_size", 0, Bound::Unit::unknown};
  return {};
}

int refusal_status(const Refusal& refusal) {
  if (!refusal.allow.empty()) return 405;
  if (refusal.basic) return 401;
  const int status = reason_status(refusal.reason);
  return refusal.shape == RefusalShape::oauth && status == 401 ? 400 : status;
}

ByteView refusal_body(const Refusal& refusal, Arena& arena) {
  switch (refusal.shape) {
    case RefusalShape::detail: return arena.copy(detail_text(refusal));
    case RefusalShape::plain: return arena.copy(plain_text(refusal));
    case RefusalShape::problem: return arena.copy(problem_text(refusal));
    case RefusalShape::oauth: return arena.copy(oauth_text(refusal));
  }
  return {};
}

ByteView refusal_head(const Refusal& refusal, size_t body_bytes, Arena& arena) {
  constexpr size_t kRoom = 1024;
  const int status = refusal_status(refusal);
  http::HeadWriter writer({arena.take(kRoom, 1), kRoom});
  writer.status_line(status, http::status_phrase(status));
  writer.field("Content-Type", media_type_of(refusal.shape));
  writer.field("Cache-Control", "no-store");
  if (!refusal.allow.empty()) writer.field("Allow", refusal.allow);
  if (const ByteView challenge = challenge_of(refusal, status); !challenge.empty()) writer.field("WWW-Authenticate", challenge);
  if (status == 503 || status == 429) writer.field("Retry-After", uint64_t{1});
  if (!refusal.exchange.is_nil()) writer.field(kExchangeField, exchange_id_text(refusal.exchange));
  writer.field("Content-Length", uint64_t{body_bytes});
  if (!refusal.keep_alive) writer.field("Connection", "close");
  writer.finish();
  return writer.bytes();
}

}  // namespace gatehouse::proxy
