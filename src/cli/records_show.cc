#include <algorithm>
#include <cstdio>

#include "cli/exit_code.h"
#include "cli/recorded.h"
#include "cli/sealed_text.h"
#include "crypto/digest.h"
#include "mask/map.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Tag;

bool is_head(Tag tag) {
  return tag == Tag::client_head || tag == Tag::origin_head || tag == Tag::origin_answer_head ||
         tag == Tag::client_answer_head;
}

/// each_change visits the changes of a mask map; false when the map cannot be read to its end.
bool each_change(ByteView map, const std::function<void(const mask::Change&)>& see) {
  mask::MapReader reader;
  if (!reader.open(map)) return false;
  mask::Change change;
  while (reader.next(&change)) see(change);
  return reader.ok();
}

void print_head(ByteView name, ByteView value) {
  std::printf("    %s:\n", std::string(name).c_str());
  const std::string lines = display_lines(value);
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    if (end > at) std::printf("      | %s\n", lines.substr(at, end - at).c_str());
    at = end + 1;
  }
}

void print_changes(ByteView map, uint64_t from) {
  std::puts("    changes:");
  mask::MapReader first;
  const bool notes = first.open(map) && first.notes();
  const bool whole = each_change(map, [from, notes](const mask::Change& c) {
    const std::string was = notes ? std::to_string(c.original_bytes) + " bytes, keyed digest " +
                                        crypto::hex({u8(c.original.data()), c.original.size()})
                                  : display(c.original);
    std::printf("      %s at %llu: %s (%s, %s, %s)\n        was    %s\n        became %s\n", display(c.place).c_str(),
                static_cast<unsigned long long>(from + c.original_offset), display(c.mask).c_str(),
                display(detect::detector_name(c.detector)).c_str(),
                display(detect::evidence_name(c.evidence)).c_str(),
                display(mask::method_name(c.method)).c_str(), was.c_str(),
                display(c.replacement).c_str());
  });
  if (!whole) std::puts("      (the rest of the mask map cannot be read)");
}

/// length_is_told: of a body that is sealed nobody knows how long it is.
bool length_is_told(const Recorded& piece) {
  const record::Seal seal = is_of(piece, Direction::request) ? piece.auditor : piece.operations;
  return piece.bytes != 0 || seal == record::Seal::absent || seal == record::Seal::opened;
}

void print_piece(const Recorded& record) {
  std::printf("    %s: %s from %llu\n",
              is_of(record, Direction::content)   ? "request body without its coding"
              : is_of(record, Direction::refusal) ? "body of the refusal"
              : is_of(record, Direction::request) ? "request body"
                                                  : "answer body",
              length_is_told(record) ? (std::to_string(record.bytes) + " bytes").c_str() : "sealed",
              static_cast<unsigned long long>(record.offset));
  if (!record.codings.empty()) std::printf("    content coding: %s\n", display(record.codings).c_str());
  if (record.ends)
    std::printf("    the coded body: %llu bytes, %s\n", static_cast<unsigned long long>(record.coded_bytes),
                record.undecoded.empty() ? "all of it taken off"
                                         : ("not taken off to its end: " + display(record.undecoded)).c_str());
  if (!record.kept) std::puts("    its bytes are not kept: a keyed digest stands for them");
  for (const std::string& place : record.erased) std::printf("    taken out: %s\n", display(place).c_str());
  if (!record.map.empty()) print_changes(record.map, record.original);
}

void print_record(const Recorded& record) {
  std::printf("%s  %s  sequence %llu  %s at %llu\n", record::format_time(record.wall).c_str(),
              std::string(record::kind_name(record.kind)).c_str(), static_cast<unsigned long long>(record.sequence),
              display(record.file).c_str(), static_cast<unsigned long long>(record.at));
  for (const auto& [name, seal] : {std::pair{"operations", record.operations}, std::pair{"auditor", record.auditor}})
    if (const std::string why = seal_text(seal, record.tenant); !why.empty()) std::printf("    %s part: %s\n", name, why.c_str());
  if (record.kind == Kind::piece) return print_piece(record);
  record::SectionReader sections(record.payload);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    if (is_head(tag)) print_head(record::tag_name(tag), value);
    else if (tag == Tag::mask_map || tag == Tag::mask_notes) print_changes(value, 0);
    else std::printf("    %s: %s\n", std::string(record::tag_name(tag)).c_str(), section_text(tag, value).c_str());
  }
  if (sections.malformed()) std::puts("    (the rest of this record cannot be read)");
}

std::string json_of_changes(ByteView map, uint64_t from) {
  std::string out = "[";
  mask::MapReader first;
  const bool notes = first.open(map) && first.notes();
  each_change(map, [&out, from, notes](const mask::Change& c) {
    if (out.size() > 1) out += ',';
    out += "{\"place\":" + quoted(c.place) + ",\"offset\":" + std::to_string(from + c.original_offset) + ",\"mask\":" +
           quoted(c.mask) + ",\"detector\":" + quoted(detect::detector_name(c.detector)) + ",\"method\":" +
           quoted(mask::method_name(c.method)) + ",\"evidence\":" + quoted(detect::evidence_name(c.evidence)) +
           (notes ? ",\"original_bytes\":" + std::to_string(c.original_bytes) + ",\"original_digest\":" +
                        quoted(crypto::hex({u8(c.original.data()), c.original.size()}))
                  : ",\"original\":" + quoted(c.original)) +
           ",\"replacement\":" +
           quoted(c.replacement) + "}";
  });
  return out + "]";
}

/// is_of_hit: what one of several guard hits says; all of these lists go in step.
bool is_of_hit(Tag tag) {
  return tag == Tag::guard_hit || tag == Tag::guard_effect || tag == Tag::guard_check || tag == Tag::guard_place ||
         tag == Tag::guard_offset || tag == Tag::guard_evidence;
}

/// json_of_sections writes repeated sections as one list, in the order of their first.
std::string json_of_sections(const Recorded& record) {
  std::vector<std::pair<Tag, std::vector<std::string>>> all;
  record::SectionReader sections(record.payload);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    uint64_t number = 0;
    std::string text;
    if (tag == Tag::mask_map || tag == Tag::mask_notes) text = json_of_changes(value, 0);
    else if (record::tag_is_number(tag) && record::read_number(value, &number)) text = std::to_string(number);
    else if (is_head(tag)) text = quoted(value);
    else text = quoted(section_text(tag, value));
    size_t at = 0;
    while (at < all.size() && all[at].first != tag) ++at;
    if (at == all.size()) all.push_back({tag, {}});
    all[at].second.push_back(std::move(text));
  }
  std::string out = "{";
  for (const auto& [each, values] : all) {
    if (out.size() > 1) out += ',';
    out += quoted(each == Tag::mask_map || each == Tag::mask_notes ? ByteView("changes") : record::tag_name(each)) + ":";
    const bool list = each == Tag::group || each == Tag::rule || each == Tag::guard || each == Tag::mask ||
                      each == Tag::head_digest || each == Tag::change || each == Tag::alert || each == Tag::demands ||
                      each == Tag::origin_coding || each == Tag::certificate_name || each == Tag::claim || is_of_hit(each);
    if (list) out += '[';
    for (size_t i = 0; i < (list ? values.size() : 1); ++i) out += (i > 0 ? "," : "") + values[i];
    if (list) out += ']';
  }
  return out + "}";
}

std::string json_of_erased(const Recorded& piece) {
  std::string out;
  for (const std::string& place : piece.erased) out += (out.empty() ? ",\"taken_out\":[" : ",") + quoted(place);
  return out.empty() ? out : out + "]";
}

std::string json_of_coding(const Recorded& piece) {
  std::string out = piece.codings.empty() ? "" : ",\"coding\":" + quoted(piece.codings);
  if (piece.ends) out += ",\"coded_bytes\":" + std::to_string(piece.coded_bytes);
  return piece.undecoded.empty() ? out : out + ",\"undecoded\":" + quoted(piece.undecoded);
}

std::string json_of_seals(const Recorded& record) {
  if (record.operations == record::Seal::absent && record.auditor == record::Seal::absent) return {};
  return ",\"sealed\":{\"operations\":" + quoted(seal_name(record.operations)) + ",\"auditor\":" +
         quoted(seal_name(record.auditor)) + "}";
}

void print_json(const ExchangeRecords& exchange) {
  std::string out = "{\"exchange_id\":\"" + exchange_id_text(exchange.id) + "\",\"records\":[";
  for (size_t i = 0; i < exchange.records.size(); ++i) {
    const Recorded& each = exchange.records[i];
    out += std::string(i > 0 ? "," : "") + "{\"kind\":" + quoted(record::kind_name(each.kind)) + ",\"time\":\"" +
           record::format_time(each.wall) + "\",\"sequence\":" + std::to_string(each.sequence) + ",\"file\":" +
           quoted(each.file) + ",\"at\":" + std::to_string(each.at) + json_of_seals(each);
    if (each.kind == Kind::piece)
      out += ",\"direction\":" + std::to_string(static_cast<uint64_t>(each.direction)) +
             ",\"offset\":" + std::to_string(each.offset) +
             (length_is_told(each) ? ",\"bytes\":" + std::to_string(each.bytes) : "") +
             (each.kept ? "" : ",\"kept\":false") + json_of_coding(each) + json_of_erased(each) +
             (each.map.empty() ? "" : ",\"changes\":" + json_of_changes(each.map, each.original));
    else
      out += ",\"sections\":" + json_of_sections(each);
    out += '}';
  }
  out += "],\"damages\":[";
  for (size_t i = 0; i < exchange.damages.size(); ++i)
    out += (i > 0 ? "," : "") + quoted(damage_text(exchange.damages[i]));
  std::puts((out + "]}").c_str());
}

}  // namespace

std::string sections_json(const Recorded& record) { return json_of_sections(record); }

int records_show(const RecordsShow& options) {
  ExchangeRecords exchange;
  if (const int code = read_exchange(options.place, options.id, &exchange); code != kExitOk) return code;
  if (options.json) {
    print_json(exchange);
  } else {
    std::printf("exchange %s\n", exchange_id_text(options.id).c_str());
    for (const Recorded& each : exchange.records) print_record(each);
    for (const record::Damage& each : exchange.damages) std::printf("damaged: %s\n", damage_text(each).c_str());
  }
  return flush_output();
}

}  // namespace gatehouse::cli
