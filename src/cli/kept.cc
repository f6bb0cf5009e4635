#include "cli/kept.h"

#include "mask/map.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Tag;

/// Unkept is how many bytes of a body stand in the records as keyed digests alone.
uint64_t unkept(const ExchangeRecords& exchange, Direction direction) {
  uint64_t bytes = 0;
  for (const Recorded& each : exchange.records)
    if (each.kind == Kind::piece && each.direction == static_cast<uint64_t>(direction) && !each.kept) bytes += each.bytes;
  return bytes;
}

bool noted(const ExchangeRecords& exchange) {
  if (!exchange.text(Kind::outcome, Tag::mask_notes).empty()) return true;
  for (const Recorded& each : exchange.records) {
    mask::MapReader map;
    if (each.kind == Kind::piece && map.open(each.map) && map.notes()) return true;
  }
  return false;
}

}  // namespace

std::string not_kept(const ExchangeRecords& exchange, ReplayPart part) {
  const std::string level = display(exchange.text(Kind::request, Tag::level));
  const std::string why = ": its rule keeps \"" + level + "\"";
  const bool request = part == ReplayPart::client_request || part == ReplayPart::origin_request;
  if (level.empty() || part == ReplayPart::all) return {};
  if (level == "full") {
    const uint64_t coded = request ? unkept(exchange, Direction::request) : 0;
    return coded == 0 ? ""
                      : "the body, " + std::to_string(coded) + " bytes, is not kept, but keyed digests of it: it is in a content " +
                            "coding, where secrets cannot be told";
  }
  const uint64_t body = exchange.number(Kind::close, request ? Tag::to_origin_bytes : Tag::to_client_bytes);
  if (level == "heads")
    return body == 0 ? "" : "the body, " + std::to_string(body) + " bytes, is not kept" + why;
  const uint64_t bytes = unkept(exchange, request ? Direction::request : Direction::answer);
  if (bytes != 0) return "the body, " + std::to_string(bytes) + " bytes, is not kept, but keyed digests of it" + why;
  if (part == ReplayPart::origin_answer && noted(exchange))
    return "what masks took away is not kept, but keyed digests of it" + why;
  return level == "digest" ? "the head is not kept, but a keyed digest of it" + why : "";
}

}  // namespace gatehouse::cli
