#include "control/ledger_wish.h"

#include <algorithm>
#include <charconv>

#include "codec/base64url.h"
#include "identity/strict_json.h"

namespace gatehouse::control {
namespace {

using Refused = Failure<std::string>;
using identity::Fields;
using identity::Revocation;
using identity::StrictJson;

/// Parsed keeps what a document's values are views of.
struct Parsed {
  std::string text;
  std::optional<StrictJson> json;
};

Parsed parse(ByteView body) {
  Parsed parsed;
  parsed.text.reserve(body.size() + kSimdPadding);
  parsed.text.append(body).append(kSimdPadding, ' ');
  parsed.json = StrictJson::parse(ByteView(parsed.text).substr(0, body.size()));
  return parsed;
}

/// stranger is a member's name that is not among `known`; empty when there is none.
std::string stranger(simdjson::dom::object object, std::initializer_list<ByteView> known) {
  for (const auto member : object)
    if (std::find(known.begin(), known.end(), member.key) == known.end()) return std::string(member.key);
  return {};
}

bool take(const Fields& fields, ByteView name, std::string* out) {
  std::optional<ByteView> text;
  if (!fields.text(name, &text)) return false;
  *out = text.value_or("");
  return true;
}

bool take_time(const Fields& fields, ByteView name, WallNs* out) {
  std::optional<ByteView> text;
  if (!fields.text(name, &text)) return false;
  *out = 0;
  return !text || read_time(*text, out);
}

/// name_of is the issuer's name, by which it is known here; empty when there is none, or when two have this URL (an
/// identity provider may be an [[issuer]] and a [[saml]]) and the name has to say which.
std::string name_of(const std::string& text, const std::vector<KnownIssuer>& known) {
  if (text == identity::kEveryIssuer) return text;
  std::string found;
  for (const KnownIssuer& each : known) {
    if (each.name == text) return text;
    if (each.url != text) continue;
    if (!found.empty()) return {};
    found = each.name;
  }
  return found;
}

Result<Revocation, std::string> read_one(simdjson::dom::element item, const std::vector<KnownIssuer>* known) {
  simdjson::dom::object object;
  if (item.get(object) != simdjson::SUCCESS) return Refused{"it is no object"};
  const std::string other = stranger(object, {"what", "issuer", "value", "ends", "note", "made", "by"});
  if (!other.empty()) return Refused{"'" + other + "' is not known"};
  const Fields fields(object);
  Revocation entry;
  std::string what;
  if (!take(fields, "what", &what) || !identity::revoked_of(what, &entry.what))
    return Refused{"'what' is token, subject, certificate or key"};
  if (!take(fields, "issuer", &entry.issuer) || !take(fields, "value", &entry.value) || !take(fields, "note", &entry.note))
    return Refused{"'issuer', 'value' and 'note' are texts"};
  if (!take_time(fields, "ends", &entry.ends)) return Refused{"'ends' is a time such as 2026-01-31T23:59:59Z"};
  if (known != nullptr && entry.what != identity::Revoked::certificate && !entry.issuer.empty()) {
    const std::string name = name_of(entry.issuer, *known);
    if (name.empty())
      return Refused{"there is no issuer '" + entry.issuer + "', or two have this URL (give the name): it would shut out nobody"};
    entry.issuer = name;
  }
  if (std::string fault = identity::fault_of(entry); !fault.empty()) return Refused{std::move(fault)};
  return entry;
}

/// number reads exactly `digits` of them at `at`.
bool number(ByteView text, size_t at, size_t digits, uint64_t* out) {
  const ByteView part = text.substr(std::min(at, text.size()), digits);
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), *out);
  return part.size() == digits && error == std::errc{} && end == part.data() + part.size();
}

/// days since 1970 of a date in the Gregorian calendar.
uint64_t days_of(uint64_t year, uint64_t month, uint64_t day) {
  static constexpr uint16_t kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const uint64_t past = year - 1;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const uint64_t leaps = past / 4 - past / 100 + past / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
  return (year - 1970) * 365 + leaps + kBefore[month - 1] + (leap && month > 2 ? 1 : 0) + day - 1;
}

uint64_t days_in(uint64_t year, uint64_t month) {
  return month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1);
}

}  // namespace

bool lets_in(LedgerWish::Kind kind) { return kind == LedgerWish::Kind::create || kind == LedgerWish::Kind::remove; }

bool may_let_in(ByteView by, uint32_t own) {
  constexpr ByteView kUser = "uid:";
  if (!by.starts_with(kUser)) return false;
  by.remove_prefix(kUser.size());
  by = by.substr(0, by.find('('));
  uint32_t user = 0;
  const auto [end, error] = std::from_chars(by.data(), by.data() + by.size(), user);
  return error == std::errc{} && end == by.data() + by.size() && (user == 0 || user == own);
}

bool read_time(ByteView text, WallNs* out) {
  uint64_t year, month, day, hour, minute, second, fraction = 0;
  if (!text.ends_with('Z') || text.size() < 20 || text.size() > 30) return false;
  text.remove_suffix(1);
  if (!number(text, 0, 4, &year) || !number(text, 5, 2, &month) || !number(text, 8, 2, &day) || !number(text, 11, 2, &hour) ||
      !number(text, 14, 2, &minute) || !number(text, 17, 2, &second))
    return false;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return false;
  if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  if (day > days_in(year, month)) return false;
  if (text.size() > 19) {
    const size_t digits = text.size() - 20;
    if (text[19] != '.' || digits == 0 || digits > 9 || !number(text, 20, digits, &fraction)) return false;
    for (size_t i = digits; i < 9; ++i) fraction *= 10;
  }
  *out = (((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * kNsPerSecond + fraction;
  return true;
}

Result<std::vector<Revocation>, std::string> read_revocations(ByteView body, const std::vector<KnownIssuer>* known) {
  const Parsed parsed = parse(body);
  simdjson::dom::array list;
  const auto member = parsed.json ? parsed.json->root().find("revocations") : std::nullopt;
  if (!member || member->get(list) != simdjson::SUCCESS || !stranger(parsed.json->root().members(), {"revocations"}).empty())
    return Refused{"expected {\"revocations\":[...]}"};
  if (list.size() == 0 || list.size() > kWishEntriesMax)
    return Refused{"expected 1 to " + std::to_string(kWishEntriesMax) + " revocations"};
  std::vector<Revocation> entries;
  entries.reserve(list.size());
  for (const simdjson::dom::element item : list) {
    auto entry = read_one(item, known);
    if (!entry) return Refused{"revocation " + std::to_string(entries.size() + 1) + ": " + entry.error()};
    entries.push_back(std::move(*entry));
  }
  return entries;
}

Result<identity::ApiKey, std::string> read_new_key(ByteView body) {
  const Parsed parsed = parse(body);
  if (!parsed.json || !stranger(parsed.json->root().members(), {"name", "groups", "expires"}).empty())
    return Refused{"expected {\"name\":\"...\",\"groups\":[...],\"expires\":\"...\"}"};
  const Fields& root = parsed.json->root();
  identity::ApiKey key;
  simdjson::dom::array groups;
  const auto member = root.find("groups");
  if (!take(root, "name", &key.name) || !member || member->get(groups) != simdjson::SUCCESS)
    return Refused{"a name and a list of groups are needed"};
  for (const simdjson::dom::element item : groups) {
    ByteView group;
    if (item.get(group) != simdjson::SUCCESS) return Refused{"groups are texts"};
    key.groups.emplace_back(group);
    if (key.groups.size() > identity::kApiKeyGroupsMax) break;   // fault_of says so
  }
  std::sort(key.groups.begin(), key.groups.end());
  key.groups.erase(std::unique(key.groups.begin(), key.groups.end()), key.groups.end());
  if (!take_time(root, "expires", &key.expires) || (root.has("expires") && key.expires == 0))
    return Refused{"'expires' is a time such as 2026-01-31T23:59:59Z"};
  if (std::string fault = identity::fault_of(key); !fault.empty()) return Refused{std::move(fault)};
  return key;
}

Result<WallNs, std::string> read_expiry(ByteView body) {
  const Parsed parsed = parse(body);
  WallNs expires = 0;
  if (!parsed.json || !stranger(parsed.json->root().members(), {"expires"}).empty() || !parsed.json->root().has("expires") ||
      !take_time(parsed.json->root(), "expires", &expires) || expires == 0)
    return Refused{"expected {\"expires\":\"2026-01-31T23:59:59Z\"}"};
  return expires;
}

std::string cursor_of(const Revocation& last) {
  std::string text(1, static_cast<char>('0' + static_cast<int>(last.what)));
  text.append(last.issuer).append(1, '\n').append(last.value);   // plain texts hold no line ends
  return codec::encode_base64url(text);
}

bool read_cursor(ByteView text, Revocation* out) {
  if (text.size() > 2 * (identity::kIssuerNameMax + identity::kRevokedValueMax)) return false;
  const auto decoded = codec::decode_base64url(text);
  const size_t line = decoded ? decoded->find('\n') : std::string::npos;
  if (line == std::string::npos || line == 0) return false;
  const int what = (*decoded)[0] - '0';
  if (what < 1 || what >= static_cast<int>(identity::kRevokedKinds)) return false;
  out->what = static_cast<identity::Revoked>(what);
  out->issuer = decoded->substr(1, line - 1);
  out->value = decoded->substr(line + 1);
  return true;
}

}  // namespace gatehouse::control
