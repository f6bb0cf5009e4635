#include "cli/export_alert.h"

#include "cli/recorded.h"

namespace gatehouse::cli {

using record::Tag;

namespace {

std::string texts(const std::vector<ByteView>& values) {
  std::string out;
  for (const ByteView value : values) out += (out.empty() ? "" : ",") + quoted(value);
  return "[" + out + "]";
}

std::string key_of(const Event& event) {
  return exchange_id_text(event.epoch().process) + " version " + std::to_string(event.number(Tag::snapshot_version));
}

std::string title_of(const Event& event) {
  const auto alerts = event.all(Tag::alert);
  std::string title(alerts.empty() ? ByteView{} : alerts.front());
  return alerts.size() < 2 ? title : title + ", and " + std::to_string(alerts.size() - 1) + " more";
}

std::string own_line(const Event& event) {
  return "{\"alert_id\":" + quoted(key_of(event)) + ",\"event\":\"configuration_alert\",\"time\":" +
         quoted(record::format_time(event.began())) + ",\"process\":" +
         quoted(exchange_id_text(event.epoch().process)) + ",\"worker\":" +
         std::to_string(event.epoch().worker) + ",\"snapshot_version\":" + std::to_string(event.number(Tag::snapshot_version)) +
         ",\"loaded_by\":" + quoted(event.text(Tag::loaded_by)) + ",\"alert\":" + texts(event.all(Tag::alert)) + ",\"change\":" +
         texts(event.all(Tag::change)) + "}";
}

/// OCSF 1.7, Detection Finding.
std::string ocsf_line(const Event& event) {
  const std::string ms = std::to_string(event.began() / kNsPerMs);
  return "{\"class_uid\":2004,\"class_name\":\"Detection Finding\",\"category_uid\":2,\"activity_id\":1,\"type_uid\":200401,"
         "\"time\":" + ms + ",\"severity_id\":4,\"status_id\":1,\"metadata\":{\"version\":\"1.7.0\",\"uid\":" +
         quoted(key_of(event)) + R"(,"product":{"name":"Gatehouse","vendor_name":"Gatehouse","feature":{"name":"records"}},)" +
         "\"log_name\":" + quoted(exchange_id_text(event.epoch().process)) + "},\"message\":" + quoted(title_of(event)) +
         ",\"finding_info\":{\"uid\":" + quoted(key_of(event)) +
         ",\"title\":\"A configuration weakens what is recorded or guarded\",\"created_time\":" + ms +
         "},\"unmapped\":" + own_line(event) + "}";
}

std::string otlp_line(const Event& event) {
  std::string alerts;
  for (const ByteView each : event.all(Tag::alert))
    alerts += std::string(alerts.empty() ? "" : ",") + "{\"stringValue\":" + quoted(each) + "}";
  const auto text = [](const char* key, const std::string& value) {
    return std::string("{\"key\":\"gatehouse.") + key + "\",\"value\":{\"stringValue\":" + quoted(value) + "}}";
  };
  return R"({"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"gatehouse"}},)"
         R"({"key":"service.instance.id","value":{"stringValue":)" + quoted(exchange_id_text(event.epoch().process)) +
         R"(}}]},"scopeLogs":[{"scope":{"name":"gatehouse.records"},"logRecords":[{"timeUnixNano":")" +
         std::to_string(event.began()) + R"(","severityNumber":13,"severityText":"WARN",)" +
         R"("eventName":"gatehouse.configuration_alert","body":{"stringValue":)" + quoted(title_of(event)) +
         "},\"attributes\":[" + text("alert_id", key_of(event)) + "," + text("loaded_by", std::string(event.text(Tag::loaded_by))) +
         ",{\"key\":\"gatehouse.alert\",\"value\":{\"arrayValue\":{\"values\":[" + alerts + "]}}}]}]}]}]}";
}

}  // namespace

bool is_alert(const record::RecordView& record) {
  ByteView alert;
  return record.kind() == record::Kind::snapshot && record::find_section(record.payload, Tag::alert, &alert);
}

void append_alert(std::string& out, const Event& event, ExportForm form) {
  switch (form) {
    case ExportForm::jsonl: out += own_line(event) + "\n"; return;
    case ExportForm::otlp: out += otlp_line(event) + "\n"; return;
    case ExportForm::ocsf: out += ocsf_line(event) + "\n"; return;
  }
}

}  // namespace gatehouse::cli
