#include "cli/record_lines.h"

#include <unistd.h>

#include <cstdio>

#include "cli/recorded.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kCellMax = 100;   // bytes of a text in a table

std::string number(uint64_t value) { return std::to_string(value); }

/// begins_formula: what spreadsheets calculate, also in its full-width forms.
bool begins_formula(ByteView text) {
  for (const ByteView sign : {"=", "+", "-", "@", "\t", "\r", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"})
    if (text.starts_with(sign)) return true;
  return false;
}

std::string reason_text(const Row& row) { return row.ended() ? reason_of(row.reason) : std::string(); }

void print_table(const Row& row, bool first) {
  if (first)
    std::printf("%-27s %-36s %-6s %-20s %-7s %-6s %9s %9s  %s\n", "TIME", "EXCHANGE", "STATUS", "REASON", "STATE", "MASKED",
                "IN", "OUT", "CALLER  GROUPS  REQUEST  ORIGIN");
  const auto or_dash = [](const std::string& text) { return text.empty() ? std::string("-") : display(text, kCellMax); };
  const std::string status = row.status == 0 ? "-" : number(row.status), reason = reason_text(row);
  std::string claims;
  for (const std::string& claim : row.claims) claims += "  " + display(claim, kCellMax);
  std::printf("%-27s %-36s %-6s %-20s %-7s %-6llu %9llu %9llu  %s  %s  %s %s  %s%s\n", record::format_time(row.began).c_str(),
              exchange_id_text(row.id).c_str(), status.c_str(), reason.empty() ? "-" : reason.c_str(), row.state().c_str(),
              static_cast<unsigned long long>(row.changes), static_cast<unsigned long long>(row.to_origin),
              static_cast<unsigned long long>(row.to_client), or_dash(row.subject).c_str(), or_dash(joined(row.groups)).c_str(),
              or_dash(row.method).c_str(), or_dash(row.path).c_str(), or_dash(row.origin).c_str(), claims.c_str());
}

std::string list_json(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ",") + quoted(word);
  return "[" + out + "]";
}

void print_json(const Row& row) {
  const std::string reason = reason_text(row);
  const std::string line =
      "{\"time\":\"" + record::format_time(row.began) + "\",\"exchange_id\":\"" + exchange_id_text(row.id) + "\",\"state\":" +
      quoted(row.state()) + ",\"status\":" + number(row.status) + ",\"reason\":" + (reason.empty() ? "null" : quoted(reason)) +
      ",\"reason_code\":" + number(row.reason) + ",\"verdict\":" + quoted(row.verdict) + ",\"client\":" + quoted(row.client) +
      ",\"subject\":" + quoted(row.subject) + ",\"groups\":" + list_json(row.groups) + ",\"token_id\":" +
      quoted(row.token_id) + ",\"claims\":" + list_json(row.claims) + ",\"method\":" + quoted(row.method) + ",\"path\":" +
      quoted(row.path) + ",\"route\":" + quoted(row.route) + ",\"origin\":" + quoted(row.origin) + ",\"rules\":" +
      list_json(row.rules) + ",\"guard_hits\":" + list_json(row.hits) + ",\"masks\":" + list_json(row.masks) +
      ",\"detectors\":" + list_json(detector_names(row.detectors)) + ",\"mask_changes\":" + number(row.changes) +
      ",\"to_origin_bytes\":" + number(row.to_origin) + ",\"to_client_bytes\":" + number(row.to_client) + ",\"duration_ns\":" +
      number(row.took) + ",\"ended_by\":" + quoted(row.ended_by) + ",\"request_id\":" + quoted(row.request_id) +
      ",\"traceparent\":" + quoted(row.traceparent) + ",\"sealed\":" + (row.sealed ? "true" : "false") + "}";
  std::puts(line.c_str());
}

/// Of no row, the heading alone.
void print_csv(const Row& row, bool first, bool head_alone = false) {
  const std::pair<const char*, std::string> cells[] = {
      {"time", record::format_time(row.began)}, {"exchange_id", exchange_id_text(row.id)}, {"state", row.state()},
      {"status", number(row.status)}, {"reason", reason_text(row)}, {"verdict", row.verdict}, {"client", row.client},
      {"subject", row.subject}, {"groups", joined(row.groups)}, {"token_id", row.token_id}, {"claims", joined(row.claims)},
      {"method", row.method}, {"path", row.path}, {"route", row.route}, {"origin", row.origin}, {"rules", joined(row.rules)},
      {"guard_hits", joined(row.hits)}, {"masks", joined(row.masks)}, {"detectors", joined(detector_names(row.detectors))},
      {"mask_changes", number(row.changes)}, {"to_origin_bytes", number(row.to_origin)},
      {"to_client_bytes", number(row.to_client)}, {"duration_ns", number(row.took)}, {"ended_by", row.ended_by},
      {"request_id", row.request_id}, {"traceparent", row.traceparent}, {"sealed", row.sealed ? "true" : "false"}};
  std::string head, line;
  for (const auto& [name, value] : cells) {
    head.append(head.empty() ? "" : ",").append(csv_cell(name));
    line.append(line.empty() ? "" : ",").append(csv_cell(value));
  }
  if (first) std::printf("%s\r\n", head.c_str());
  if (!head_alone) std::printf("%s\r\n", line.c_str());
}

}  // namespace

std::string csv_cell(ByteView text) {
  std::string out = "\"";
  if (begins_formula(text)) out += '\'';
  const std::string shown = display(text);
  for (size_t i = 0; i < shown.size(); ++i) {
    // Behind a semicolon a cell may begin, with quotation marks: "" is then an empty text in front of what follows.
    const size_t first = i > 0 && shown[i - 1] == ';' ? shown.find_first_not_of('"', i) : std::string::npos;
    if (first != std::string::npos && begins_formula(ByteView(shown).substr(first))) out += '\'';
    if (shown[i] == '"') out += '"';
    out += shown[i];
  }
  return out += '"';
}

RowPrinter::RowPrinter(ListFormat format) : format_(format) {
  if (format_ == ListFormat::automatic) format_ = ::isatty(STDOUT_FILENO) != 0 ? ListFormat::table : ListFormat::json;
}

void RowPrinter::print(const Row& row) {
  const bool first = printed_++ == 0;
  switch (format_) {
    case ListFormat::table: return print_table(row, first);
    case ListFormat::csv: return print_csv(row, first);
    case ListFormat::automatic:
    case ListFormat::json: return print_json(row);
  }
}

void RowPrinter::end() {
  if (printed_ == 0 && format_ == ListFormat::csv) print_csv({}, true, true);
}

}  // namespace gatehouse::cli
