// The forms of an exported event: JSON lines of our own, OCSF, OTLP.
#include <algorithm>
#include <string>

#include "base/address.h"
#include "cli/export_event.h"
#include "cli/recorded.h"
#include "crypto/digest.h"

namespace gatehouse::cli {

using record::Tag;

namespace {

constexpr Tag kDigests[] = {Tag::token_digest, Tag::policy_hash, Tag::body_digest, Tag::client_body_digest, Tag::approval_digest,
                            Tag::certificate_digest, Tag::issued_token_digest, Tag::request_chain, Tag::piece_digest,
                            Tag::tenant_key};
constexpr Tag kRepeat[] = {Tag::group, Tag::guard, Tag::mask, Tag::rule, Tag::claim, Tag::certificate_name, Tag::guard_hit,
                           Tag::guard_effect, Tag::guard_check, Tag::guard_place, Tag::guard_offset, Tag::approval_step,
                           Tag::approval_by, Tag::approval_note, Tag::erased_secret};

bool any_of(std::span<const Tag> tags, Tag tag) { return std::find(tags.begin(), tags.end(), tag) != tags.end(); }

std::string value_json(Tag tag, ByteView value) {
  uint64_t number = 0;
  if (record::tag_is_number(tag) && record::read_number(value, &number)) return std::to_string(number);
  if (any_of(kDigests, tag) || record::tag_is_number(tag)) return "\"" + crypto::hex({u8(value.data()), value.size()}) + "\"";
  return quoted(value);
}

/// Json writes one object, member by member.
class Json {
 public:
  explicit Json(std::string& out) : out_(out) { out_ += '{'; }
  Json& raw(ByteView name, ByteView value) {
    if (!std::exchange(first_, false)) out_ += ',';
    out_.append("\"").append(name).append("\":").append(value);
    return *this;
  }
  Json& text(ByteView name, ByteView value) { return value.empty() ? *this : raw(name, quoted(value)); }
  Json& number(ByteView name, uint64_t value) { return raw(name, std::to_string(value)); }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

template <typename Fill>
std::string object(Fill&& fill) {
  std::string out;
  Json json(out);
  fill(json);
  json.end();
  return out;
}

std::string list(const std::vector<ByteView>& values, const char* member = nullptr) {
  std::string out = "[";
  for (const ByteView value : values) {
    if (out.size() > 1) out += ',';
    out += member == nullptr ? quoted(value) : object([&](Json& json) { json.raw(member, quoted(value)); });
  }
  return out + "]";
}

std::string joined(const std::vector<ByteView>& values) {
  std::string out;
  for (const ByteView value : values) out.append(out.empty() ? "" : ", ").append(value);
  return out;
}

/// each_tag calls `see` with each tag of the event once, in the order of appearance, and its values as JSON.
template <typename See>
void each_tag(const Event& event, See&& see) {
  std::vector<Tag> seen;
  for (const auto& [tag, first] : event.sections()) {
    if (any_of(seen, tag)) continue;
    seen.push_back(tag);
    if (record::tag_name(tag) == "unknown") continue;   // of a later version
    std::string value;
    if (any_of(kRepeat, tag)) {
      for (const ByteView each : event.all(tag)) value += (value.empty() ? "[" : ",") + value_json(tag, each);
      value += ']';
    } else {
      value = value_json(tag, event.all(tag).back());
    }
    see(tag, value);
  }
}

std::string own_line(const Event& event) {
  return object([&](Json& json) {
    json.text("exchange_id", exchange_id_text(event.id())).text("time", record::format_time(event.began()));
    json.text("process", exchange_id_text(event.epoch().process)).number("worker", event.epoch().worker);
    json.text("state", event.whole() ? "closed" : "incomplete");
    each_tag(event, [&](Tag tag, const std::string& value) {
      if (tag == Tag::reason) json.text("reason", reason_of(event.number(tag))).raw("reason_code", value);
      else json.raw(record::tag_name(tag), value);
    });
  });
}

// ---- OCSF 1.7: API Activity, Data Security Finding, both with the profile security_control. What an exchange did not come to,
// or what is sealed, is left out; where OCSF requires something it says "unknown".

constexpr ByteView kUnknown = "unknown";

uint64_t activity_of(ByteView method) {
  if (method == "POST") return 1;
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return 2;
  if (method == "PUT" || method == "PATCH") return 3;
  return method == "DELETE" ? 4 : 99;
}

bool refused(const Event& event) { return event.text(Tag::verdict) == "deny" || event.number(Tag::reason) != 0; }

/// endpoint takes "1.2.3.4:56" and "[::1]:56" apart; any other address is a name.
std::string endpoint(ByteView address, ByteView name) {
  const auto parsed = parse_address(address);
  return object([&](Json& json) {
    if (!parsed || parsed->is_unix()) {
      json.text("name", !name.empty() ? name : !address.empty() ? address : kUnknown);
      return;
    }
    const size_t colon = address.rfind(':');
    const ByteView host = address.substr(0, colon);
    json.text("ip", host.starts_with('[') ? host.substr(1, host.size() - 2) : host);
    json.number("port", std::stoul(std::string(address.substr(colon + 1)))).text("name", name);
  });
}

std::string actor(const Event& event) {
  return object([&](Json& json) {
    json.raw("user", object([&](Json& user) {
      const ByteView subject = event.text(Tag::subject);
      user.text("uid", subject).text("name", subject.empty() ? kUnknown : subject);
      if (event.has(Tag::group)) user.raw("groups", list(event.all(Tag::group), "name"));
    }));
    if (event.has(Tag::token_id) || event.has(Tag::issuer))
      json.raw("session", object([&](Json& session) {
        session.text("uid", event.text(Tag::token_id)).text("issuer", event.text(Tag::issuer));
      }));
  });
}

void common(Json& json, const Event& event, uint64_t class_uid, ByteView class_name, uint64_t activity, const std::string& uid) {
  const uint64_t category = class_uid / 1000;
  json.number("class_uid", class_uid).text("class_name", class_name).number("category_uid", category);
  json.number("activity_id", activity).number("type_uid", class_uid * 100 + activity);
  json.number("time", event.ended() / kNsPerMs);
  json.raw("metadata", object([&](Json& metadata) {
    metadata.text("version", "1.7.0").text("uid", uid).raw("profiles", "[\"security_control\"]");
    metadata.raw("product", R"({"name":"Gatehouse","vendor_name":"Gatehouse","feature":{"name":"records"}})");
    const ByteView correlation = event.has(Tag::request_id) ? event.text(Tag::request_id) : event.text(Tag::traceparent);
    metadata.text("correlation_uid", correlation).text("log_name", exchange_id_text(event.epoch().process));
  }));
  const bool masked = event.number(Tag::mask_changes) != 0;
  const bool denied = refused(event);
  json.number("action_id", denied ? 2 : masked ? 4 : 1).text("action", denied ? "Denied" : masked ? "Modified" : "Allowed");
  json.number("disposition_id", denied ? 2 : masked ? 11 : 1);
  json.text("disposition", denied ? "Blocked" : masked ? "Corrected" : "Allowed");
  if (event.has(Tag::rule) || event.has(Tag::policy_hash))
    json.raw("policy", object([&](Json& policy) {
      policy.text("name", joined(event.all(Tag::rule)));
      const ByteView hash = event.text(Tag::policy_hash);
      policy.text("uid", crypto::hex({u8(hash.data()), hash.size()}));
      if (event.has(Tag::snapshot_version)) policy.text("version", std::to_string(event.number(Tag::snapshot_version)));
    }));
  json.raw("actor", actor(event));
  json.raw("src_endpoint", endpoint(event.text(Tag::client_address), {}));
  if (event.has(Tag::origin) || event.has(Tag::origin_address))
    json.raw("dst_endpoint", endpoint(event.text(Tag::origin_address), event.text(Tag::origin)));
}

std::string api_activity(const Event& event) {
  return object([&](Json& json) {
    common(json, event, 6003, "API Activity", activity_of(event.text(Tag::method)), exchange_id_text(event.id()));
    const uint64_t status = event.number(Tag::status);
    const bool denied = refused(event);
    json.number("severity_id", denied ? 3 : 1).number("status_id", denied || status >= 400 ? 2 : 1);
    json.text("status_code", status == 0 ? "" : std::to_string(status)).text("status_detail", reason_of(event.number(Tag::reason)));
    json.number("start_time", event.began() / kNsPerMs).number("end_time", event.ended() / kNsPerMs);
    if (event.has(Tag::time_done)) json.number("duration", event.number(Tag::time_done) / kNsPerMs);
    json.raw("api", object([&](Json& api) {
      std::string operation(event.has(Tag::method) ? event.text(Tag::method) : kUnknown);
      if (event.has(Tag::route)) operation.append(" ").append(event.text(Tag::route));
      api.text("operation", operation);
      api.raw("request", object([&](Json& request) { request.text("uid", exchange_id_text(event.id())); }));
      if (status != 0) api.raw("response", object([&](Json& response) { response.number("code", status); }));
      if (event.has(Tag::origin)) api.raw("service", object([&](Json& service) { service.text("name", event.text(Tag::origin)); }));
    }));
    json.raw("http_request", object([&](Json& request) {
      request.text("http_method", event.text(Tag::method)).text("uid", event.text(Tag::request_id));
      request.number("body_length", event.number(Tag::to_origin_bytes));
      if (event.has(Tag::path)) request.raw("url", object([&](Json& url) { url.text("path", event.text(Tag::path)); }));
    }));
    if (status != 0)
      json.raw("http_response", object([&](Json& response) {
        response.number("code", status).number("body_length", event.number(Tag::to_client_bytes));
      }));
    json.raw("unmapped", own_line(event));
  });
}

std::string finding(const Event& event) {
  const auto hits = event.all(Tag::guard_hit);
  const uint64_t changes = event.number(Tag::mask_changes);
  const std::string title = hits.empty() ? "Values masked in an answer" : "A guard found something";
  return object([&](Json& json) {
    common(json, event, 2006, "Data Security Finding", 1, exchange_id_text(event.id()) + "/finding");
    json.number("severity_id", refused(event) ? 4 : hits.empty() ? 2 : 3).number("status_id", 1);
    json.raw("is_alert", refused(event) ? "true" : "false");
    json.raw("finding_info", object([&](Json& info) {
      info.text("uid", exchange_id_text(event.id()) + "/finding").text("title", title);
      info.number("created_time", event.ended() / kNsPerMs);
      info.text("desc", hits.empty() ? std::to_string(changes) + " values were masked" : "guards: " + joined(hits));
      info.raw("types", list(event.all(hits.empty() ? Tag::mask : Tag::guard_check)));
    }));
    json.raw("data_security", object([&](Json& data) {
      data.number("detection_system_id", 2).text("detection_system", "DLP Gateway");
      data.text("detection_pattern", hits.empty() ? joined(event.all(Tag::mask)) : joined(hits));
    }));
    if (event.has(Tag::origin) || event.has(Tag::origin_address))
      json.raw("resources", "[" + object([&](Json& resource) {
        resource.text("name", event.text(Tag::origin)).text("type", "HTTP service").text("uid", event.text(Tag::origin_address));
      }) + "]");
  });
}

// ---- OTLP: logs as JSON

std::string otlp_value(ByteView member, ByteView value) {
  return "{\"" + std::string(member) + "\":" + std::string(value) + "}";
}

void otlp_record(std::string& out, const Event& event) {
  out += object([&](Json& json) {
    const bool denied = refused(event);
    json.text("timeUnixNano", std::to_string(event.began())).text("observedTimeUnixNano", std::to_string(event.ended()));
    json.number("severityNumber", denied ? 13 : 9).text("severityText", denied ? "WARN" : "INFO");
    const std::string said = std::string(event.text(Tag::method)) + " " + std::to_string(event.number(Tag::status)) + " " +
                             reason_of(event.number(Tag::reason));
    json.raw("body", otlp_value("stringValue", quoted(said))).text("eventName", "gatehouse.exchange");
    const ByteView trace = event.text(Tag::traceparent);   // recorded when well-formed: 00-<32>-<16>-<2>
    if (trace.size() >= 52) json.text("traceId", trace.substr(3, 32)).text("spanId", trace.substr(36, 16));
    std::string attributes;
    const auto attribute = [&](ByteView name, ByteView member, ByteView value) {
      attributes += (attributes.empty() ? "" : ",") + object([&](Json& each) {
        each.text("key", std::string("gatehouse.").append(name)).raw("value", otlp_value(member, value));
      });
    };
    attribute("exchange_id", "stringValue", quoted(exchange_id_text(event.id())));
    attribute("worker", "intValue", quoted(std::to_string(event.epoch().worker)));
    attribute("state", "stringValue", event.whole() ? "\"closed\"" : "\"incomplete\"");
    each_tag(event, [&](Tag tag, const std::string& value) {
      if (tag == Tag::reason) return attribute("reason", "stringValue", quoted(reason_of(event.number(tag))));
      if (!any_of(kRepeat, tag))   // 64-bit numbers are texts in JSON of protocol buffers
        return value[0] == '"' ? attribute(record::tag_name(tag), "stringValue", value)
                               : attribute(record::tag_name(tag), "intValue", "\"" + value + "\"");
      std::string values;
      for (const ByteView each : event.all(tag)) {
        const std::string one = value_json(tag, each);
        values += values.empty() ? "" : ",";
        values += one[0] == '"' ? otlp_value("stringValue", one) : otlp_value("intValue", "\"" + one + "\"");
      }
      attribute(record::tag_name(tag), "arrayValue", "{\"values\":[" + values + "]}");
    });
    json.raw("attributes", "[" + attributes + "]");
  });
}

}  // namespace

std::string otlp_request(const std::vector<Event>& events) {
  // One resource per process: records of one stand together, as an export goes epoch by epoch.
  std::string out = "{\"resourceLogs\":[";
  for (size_t i = 0; i < events.size();) {
    const ExchangeId process = events[i].epoch().process;
    out += std::string(i == 0 ? "" : ",") +
           R"({"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"gatehouse"}},)"
           R"({"key":"service.instance.id","value":{"stringValue":")" +
           exchange_id_text(process) + R"("}}]},"scopeLogs":[{"scope":{"name":"gatehouse.records"},"logRecords":[)";
    for (bool first = true; i < events.size() && events[i].epoch().process == process; ++i) {
      if (!std::exchange(first, false)) out += ',';
      otlp_record(out, events[i]);
    }
    out += "]}]}";
  }
  return out + "]}";
}

void append_event(std::string& out, const Event& event, ExportForm form) {
  switch (form) {
    case ExportForm::jsonl: out += own_line(event) + "\n"; return;
    case ExportForm::otlp: out += otlp_request({event}) + "\n"; return;
    case ExportForm::ocsf:
      out += api_activity(event) + "\n";
      if (event.has(Tag::guard_hit) || event.number(Tag::mask_changes) != 0) out += finding(event) + "\n";
      return;
  }
}

}  // namespace gatehouse::cli
