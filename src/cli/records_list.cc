#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/reason.h"
#include "cli/exit_code.h"
#include "cli/recorded.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Tag;

constexpr uint16_t code(Tag tag) { return static_cast<uint16_t>(tag); }

/// Row is one exchange as far as its records have gone by.
struct Row {
  ExchangeId id;
  record::Epoch epoch;
  WallNs began = 0;
  std::vector<std::string> claims;
  std::string client, subject, token_id, groups, method, path, origin, verdict, step, ended_by;
  uint64_t reason = 0, status = 0, changes = 0, to_origin = 0, to_client = 0, took = 0;
  bool closed = false;
  bool recovered = false;

  void see(const record::RecordView& record);
  void see_section(Kind kind, Tag tag, ByteView value, uint64_t number);
  std::string state() const;
};

void Row::see(const record::RecordView& record) {
  epoch = record.epoch;
  if (began == 0) began = record.header.wall_ns;
  if (record.kind() == Kind::piece) return;  // sizes come with the close
  record::SectionReader sections(record.payload);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    uint64_t number = 0;
    record::read_number(value, &number);
    see_section(record.kind(), tag, value, number);
  }
  closed = closed || record.kind() == Kind::close;
}

void Row::see_section(Kind kind, Tag tag, ByteView value, uint64_t number) {
  switch (code(tag)) {  // a number from outside, not an enum
    case code(Tag::client_address): client = value; break;
    case code(Tag::subject): subject = value; break;
    case code(Tag::group):
      if (kind == Kind::request) groups.append(groups.empty() ? "" : ",").append(value);
      break;
    case code(Tag::token_id): token_id = value; break;
    case code(Tag::claim):
      if (kind == Kind::request) claims.emplace_back(value);
      break;
    case code(Tag::method): method = value; break;
    case code(Tag::path): path = value; break;
    case code(Tag::origin): origin = value; break;
    case code(Tag::verdict): verdict = value; break;
    case code(Tag::approval_step): step = value; break;
    case code(Tag::ended_by): ended_by = value; break;
    case code(Tag::reason): reason = number; break;
    case code(Tag::status): status = number; break;
    case code(Tag::mask_changes): changes = number; break;
    case code(Tag::to_origin_bytes): to_origin = number; break;
    case code(Tag::to_client_bytes): to_client = number; break;
    case code(Tag::time_done): took = number; break;
    case code(Tag::started): began = number; break;
    case code(Tag::recovered): recovered = true; break;
    default: break;
  }
}

std::string Row::state() const {
  if (closed) return recovered ? "cut off" : "closed";
  return step == "asked" ? "held" : "open";
}

/// Listing keeps rows in the order of their ids, which is the order of their beginnings, and lets go of
/// those that are closed and have nothing older open before them.
class Listing {
 public:
  explicit Listing(const RecordsList& options) : options_(options) {}

  void see(const record::RecordView& record) {
    if (record.kind() == Kind::end) {  // nothing of this epoch goes on
      for (auto& [id, row] : rows_)
        if (row.epoch == record.epoch) row.closed = true;
    }
    const ExchangeId id = record.exchange();
    if (!id.is_nil()) {
      Row& row = rows_.try_emplace(id).first->second;
      row.id = id;
      row.see(record);
    }
    while (!rows_.empty() && rows_.begin()->second.closed) let_go();
  }

  void finish() {
    while (!rows_.empty()) let_go();
    for (const Row& row : newest_) print(row);
    if (!headed_ && !options_.json) std::fputs("no exchange\n", stdout);
    if (left_out_ > 0 && !options_.json)
      std::printf("(the newest %zu of %llu)\n", newest_.size(),
                  static_cast<unsigned long long>(newest_.size() + left_out_));
  }

 private:
  void let_go() {
    const Row row = std::move(rows_.begin()->second);
    rows_.erase(rows_.begin());
    if (!options_.subject.empty() && row.subject != options_.subject) return;
    if (!options_.claim.empty() && std::find(row.claims.begin(), row.claims.end(), options_.claim) == row.claims.end()) return;
    if (!options_.reason.empty() && reason_of(row.reason) != options_.reason) return;
    if (options_.limit == 0) return print(row);
    newest_.push_back(row);
    if (newest_.size() <= options_.limit) return;
    newest_.pop_front();
    ++left_out_;
  }

  void print(const Row& row) {
    if (options_.json) return print_json(row);
    if (!headed_)
      std::printf("%-27s %-36s %-6s %-20s %-7s %-6s %9s %9s  %s\n", "TIME", "EXCHANGE", "STATUS", "REASON", "STATE",
                  "MASKED", "IN", "OUT", "CALLER  GROUPS  REQUEST  ORIGIN");
    headed_ = true;
    const auto or_dash = [](const std::string& text) { return text.empty() ? std::string("-") : display(text, 100); };
    const std::string status = row.status == 0 ? "-" : std::to_string(row.status);
    std::printf("%-27s %-36s %-6s %-20s %-7s %-6llu %9llu %9llu  %s  %s  %s %s  %s%s\n",
                record::format_time(row.began).c_str(), id_text(row.id).c_str(), status.c_str(),
                row.closed || row.reason != 0 ? reason_of(row.reason).c_str() : "-", row.state().c_str(),
                static_cast<unsigned long long>(row.changes), static_cast<unsigned long long>(row.to_origin),
                static_cast<unsigned long long>(row.to_client), or_dash(row.subject).c_str(),
                or_dash(row.groups).c_str(), or_dash(row.method).c_str(), or_dash(row.path).c_str(),
                or_dash(row.origin).c_str(), claims_text(row).c_str());
  }

  static std::string claims_text(const Row& row) {
    std::string out;
    for (const std::string& claim : row.claims) out += "  " + display(claim, 100);
    return out;
  }

  static std::string claims_json(const Row& row) {
    std::string out;
    for (const std::string& claim : row.claims) out += (out.empty() ? "" : ",") + quoted(claim);
    return out;
  }

  static void print_json(const Row& row) {
    const auto n = [](uint64_t value) { return std::to_string(value); };
    const bool ended = row.closed || row.reason != 0;
    const std::string line =
        "{\"time\":\"" + record::format_time(row.began) + "\",\"exchange_id\":\"" + id_text(row.id) +
        "\",\"state\":" + quoted(row.state()) + ",\"status\":" + n(row.status) +
        ",\"reason\":" + (ended ? quoted(reason_of(row.reason)) : "null") + ",\"reason_code\":" + n(row.reason) +
        ",\"verdict\":" + quoted(row.verdict) + ",\"client\":" + quoted(row.client) +
        ",\"subject\":" + quoted(row.subject) + ",\"groups\":" + quoted(row.groups) +
        ",\"token_id\":" + quoted(row.token_id) + ",\"claims\":[" + claims_json(row) + "]" +
        ",\"method\":" + quoted(row.method) + ",\"path\":" + quoted(row.path) + ",\"origin\":" + quoted(row.origin) +
        ",\"mask_changes\":" + n(row.changes) + ",\"to_origin_bytes\":" + n(row.to_origin) +
        ",\"to_client_bytes\":" + n(row.to_client) + ",\"duration_ns\":" + n(row.took) +
        ",\"ended_by\":" + quoted(row.ended_by) + "}";
    std::puts(line.c_str());
  }

  const RecordsList& options_;
  std::map<ExchangeId, Row> rows_;
  std::deque<Row> newest_;
  uint64_t left_out_ = 0;
  bool headed_ = false;
};

}  // namespace

int records_list(const RecordsList& options) {
  const auto reader = open_records(options.place);
  if (!reader) return kExitNoInput;
  Listing listing(options);
  uint64_t damages = 0;
  for (auto step = reader->next(); step != record::Stream::Step::end; step = reader->next()) {
    if (step == record::Stream::Step::damage) ++damages;
    else listing.see(reader->record());
  }
  listing.finish();
  if (damages > 0)
    std::fprintf(stderr, "gatehouse: %llu places could not be read as they were written; see gatehouse records verify\n",
                 static_cast<unsigned long long>(damages));
  return flush_output();
}

}  // namespace gatehouse::cli
