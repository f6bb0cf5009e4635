#include "cli/kept.h"

#include <algorithm>

#include "mask/map.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Tag;

/// Unkept is how many bytes of a body stand in the records as keyed digests alone.
uint64_t unkept(const ExchangeRecords& exchange, Direction direction) {
  uint64_t bytes = 0;
  for (const Recorded& each : exchange.records)
    if (each.kind == Kind::piece && each.direction == direction && !each.kept) bytes += each.bytes;
  return bytes;
}

/// why_undecoded says why there is no more content of a coded body.
std::string why_undecoded(const ExchangeRecords& exchange) {
  std::string why;
  for (const Recorded& each : exchange.records)
    if (each.ends) why = each.undecoded;
  if (why == "coding") return "which nobody here takes off";
  if (why == "busy") return "and too many were being taken off";
  if (why == "bomb") return "and grows like a bomb";
  if (why == "too_large") return "and its content is longer than a body may be";
  return why.empty() ? "where secrets cannot be told" : "which cannot be taken off: " + display(why);
}

bool noted(const ExchangeRecords& exchange) {
  if (!exchange.text(Kind::outcome, Tag::mask_notes).empty()) return true;
  for (const Recorded& each : exchange.records) {
    mask::MapReader map;
    if (each.kind == Kind::piece && map.open(each.map) && map.notes()) return true;
  }
  return false;
}

/// unkept_refusal says what of a refusal is not in the records whatever the level: what the origin said, which nobody got; where an
/// earlier gateway wrote them the refusal's own body, too.
std::string unkept_refusal(const ExchangeRecords& exchange, ReplayPart part) {
  const uint64_t reason = exchange.number(Kind::outcome, Tag::reason);
  if (reason == 0) return {};
  if (part == ReplayPart::origin_answer && exchange.number(Kind::outcome, Tag::origin_status) != 0)
    return "what the origin answered was refused (" + reason_of(reason) + "): its body is not recorded";
  const uint64_t body = exchange.number(Kind::close, Tag::to_client_bytes);
  const bool own = std::any_of(exchange.records.begin(), exchange.records.end(),
                               [](const Recorded& each) { return is_of(each, Direction::refusal); });
  return part == ReplayPart::client_answer && body != 0 && !own
             ? "the body, " + std::to_string(body) + " bytes, is not recorded: it is a refusal by an earlier version"
             : "";
}

}  // namespace

std::string not_kept(const ExchangeRecords& exchange, ReplayPart part) {
  const std::string level = display(exchange.text(Kind::request, Tag::level));
  const std::string why = ": its rule keeps \"" + level + "\"";
  const bool request = part == ReplayPart::client_request || part == ReplayPart::origin_request;
  if (level.empty() || part == ReplayPart::all) return {};
  if (const std::string refusal = unkept_refusal(exchange, part); !refusal.empty() &&
      (level == "full" || level == "masked" || part == ReplayPart::origin_answer))
    return refusal;
  if (level == "full") {
    const uint64_t coded = request ? unkept(exchange, Direction::request) : 0;
    const bool content = std::any_of(exchange.records.begin(), exchange.records.end(), [](const Recorded& each) {
      return is_of(each, Direction::content) && (each.bytes > 0 || (each.ends && each.undecoded.empty()));
    });
    return coded == 0 || content ? ""
                                 : "the body, " + std::to_string(coded) + " bytes, is not kept, but keyed digests of it: it is " +
                                       "in a content coding, " + why_undecoded(exchange);
  }
  const uint64_t body = exchange.number(Kind::close, request ? Tag::to_origin_bytes : Tag::to_client_bytes);
  if (level == "heads")
    return body == 0 ? "" : "the body, " + std::to_string(body) + " bytes, is not kept" + why;
  const uint64_t bytes = request ? unkept(exchange, Direction::request)
                                 : unkept(exchange, Direction::answer) + unkept(exchange, Direction::refusal);
  if (bytes != 0) return "the body, " + std::to_string(bytes) + " bytes, is not kept, but keyed digests of it" + why;
  if (part == ReplayPart::origin_answer && noted(exchange))
    return "what masks took away is not kept, but keyed digests of it" + why;
  return level == "digest" ? "the head is not kept, but a keyed digest of it" + why : "";
}

std::string coded_note(const ExchangeRecords& exchange) {
  uint64_t content = 0, coded = 0;
  std::string codings;
  bool whole = false, ended = false;
  for (const Recorded& each : exchange.records) {
    if (!is_of(each, Direction::content)) continue;
    content += each.bytes;
    codings = each.codings;
    if (!each.ends) continue;
    ended = true;
    coded = each.coded_bytes;
    whole = each.undecoded.empty();
  }
  if (codings.empty() || (content == 0 && !whole)) return {};
  if (!ended) coded = unkept(exchange, Direction::request);
  const std::string text = "the body came as " + std::to_string(coded) + " bytes in " + display(codings) +
                           ", of which keyed digests are kept, and is recorded without that: " + std::to_string(content) + " bytes";
  if (whole) return text;
  return text + "; the rest is not, as " + (ended ? "it is in a coding " + why_undecoded(exchange) : "its end is not recorded");
}

}  // namespace gatehouse::cli
