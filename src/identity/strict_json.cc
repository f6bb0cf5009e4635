#include "identity/strict_json.h"

#include <algorithm>
#include <vector>

namespace gatehouse::identity {

namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

bool is_unambiguous(element value, size_t depth);

bool members_are_unambiguous(object members, size_t depth) {
  std::vector<ByteView> names;  // unescaped
  for (const auto member : members) {
    if (names.size() == kClaimNamesMax) return false;
    names.push_back(member.key);
    if (!is_unambiguous(member.value, depth + 1)) return false;
  }
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

/// is_unambiguous walks everything below value; the parser's own depth limit bounds the recursion too.
bool is_unambiguous(element value, size_t depth) {
  if (depth > kClaimDepthMax) return false;
  object members;
  if (value.get(members) == simdjson::SUCCESS) return members_are_unambiguous(members, depth);
  array items;
  if (value.get(items) != simdjson::SUCCESS) return true;
  for (const element item : items)
    if (!is_unambiguous(item, depth + 1)) return false;
  return true;
}

WallNs to_wall(double seconds) {
  const auto whole = static_cast<uint64_t>(seconds);
  if (whole >= UINT64_MAX / kNsPerSecond) return UINT64_MAX;
  const double fraction = seconds - static_cast<double>(whole);
  return whole * kNsPerSecond + static_cast<uint64_t>(fraction * static_cast<double>(kNsPerSecond));
}

}  // namespace

bool Fields::has(ByteView name) const { return find(name).has_value(); }

std::optional<element> Fields::find(ByteView name) const {
  element value;
  if (object_.at_key(name).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

bool Fields::text(ByteView name, std::optional<ByteView>* out) const {
  out->reset();
  const auto value = find(name);
  if (!value) return true;
  ByteView text;
  if (value->get(text) != simdjson::SUCCESS) return false;
  *out = text;
  return true;
}

bool Fields::date(ByteView name, std::optional<WallNs>* out) const {
  out->reset();
  const auto value = find(name);
  if (!value) return true;
  constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it a double skips integers
  double seconds = 0;
  if (value->get(seconds) != simdjson::SUCCESS || !(seconds >= 0 && seconds < kExact)) return false;
  *out = to_wall(seconds);
  return true;
}

std::optional<StrictJson> StrictJson::parse(ByteView text) {
  // Newer parsers skip a byte order mark without a word; a token has none.
  if (text.empty() || text.front() == '\xef') return std::nullopt;
  StrictJson json;
  json.parser_ = std::make_unique<simdjson::dom::parser>(text.size() + kSimdPadding);
  if (json.parser_->allocate(text.size() + kSimdPadding, kClaimDepthMax + 1) != simdjson::SUCCESS)
    return std::nullopt;
  element root;
  object members;
  constexpr bool kCopy = false;
  if (json.parser_->parse(text.data(), text.size(), kCopy).get(root) != simdjson::SUCCESS)
    return std::nullopt;
  if (root.get(members) != simdjson::SUCCESS || !is_unambiguous(root, 1)) return std::nullopt;
  json.root_ = Fields(members);
  return json;
}

}  // namespace gatehouse::identity
