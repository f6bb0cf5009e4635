#include "identity/claims.h"

#include <algorithm>

#include "identity/binding.h"
#include "identity/plain_text.h"

namespace gatehouse::identity {

namespace {

using simdjson::dom::element;

WallNs saturating_add(WallNs a, WallNs b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

Reason check_audience(const Fields& claims, const Issuer& issuer) {
  const auto member = claims.find("aud");
  if (!member) return Reason::token_claims;
  const auto is_ours = [&issuer](ByteView audience) {
    return std::find(issuer.audiences.begin(), issuer.audiences.end(), audience) != issuer.audiences.end();
  };
  ByteView one;
  if (member->get(one) == simdjson::SUCCESS) return is_ours(one) ? Reason::none : Reason::token_audience;
  simdjson::dom::array several;
  if (member->get(several) != simdjson::SUCCESS) return Reason::token_claims;
  bool found = false;
  for (const element item : several) {  // to the end: one member of another type spoils all
    if (item.get(one) != simdjson::SUCCESS) return Reason::token_claims;
    found = found || is_ours(one);
  }
  return found ? Reason::none : Reason::token_audience;
}

Reason check_dates(const Fields& claims, const Issuer& issuer, WallNs now, WallNs* expires) {
  std::optional<WallNs> exp, nbf, iat;
  if (!claims.date("exp", &exp) || !exp || !claims.date("nbf", &nbf) || !claims.date("iat", &iat))
    return Reason::token_claims;
  *expires = saturating_add(*exp, issuer.leeway);
  if (now >= *expires) return Reason::token_expired;
  const WallNs latest = saturating_add(now, issuer.leeway);
  if (nbf.value_or(0) > latest || iat.value_or(0) > latest) return Reason::token_not_yet;
  return Reason::none;
}

/// find_groups follows the dotted path. Some issuers use a URL as the claim's name, dots and all: the
/// whole path as one name is looked for as well, and a token that has both is refused.
std::optional<element> find_groups(const Fields& claims, ByteView path) {
  const auto literal = claims.find(path);
  Fields at = claims;
  std::optional<element> found;
  for (size_t dot = path.find('.'); dot != ByteView::npos; dot = path.find('.')) {
    found = at.find(path.substr(0, dot));
    path.remove_prefix(dot + 1);
    simdjson::dom::object inner;
    if (!found || found->get(inner) != simdjson::SUCCESS) return literal;
    at = Fields(inner);
    found = at.find(path);
  }
  if (literal && found) return std::nullopt;
  return literal ? literal : found;
}

bool add_group(ByteView group, std::vector<std::string>* out) {
  if (group.empty() || group.size() > kGroupBytesMax || out->size() == kGroupsMax || !is_plain_text(group))
    return false;
  out->emplace_back(group);
  return true;
}

/// split_groups reads the form of OAuth's scope: one space between two names.
bool split_groups(ByteView text, std::vector<std::string>* out) {
  for (size_t space = text.find(' '); space != ByteView::npos; space = text.find(' ')) {
    if (!add_group(text.substr(0, space), out)) return false;
    text.remove_prefix(space + 1);
  }
  return add_group(text, out);
}

bool read_groups(const Fields& claims, const Issuer& issuer, std::vector<std::string>* out) {
  const auto member = find_groups(claims, issuer.groups_claim);
  if (!member) return false;
  ByteView text;
  simdjson::dom::array list;
  if (member->get(text) == simdjson::SUCCESS) {
    if (!split_groups(text, out)) return false;
  } else if (member->get(list) == simdjson::SUCCESS) {
    for (const element item : list)
      if (item.get(text) != simdjson::SUCCESS || !add_group(text, out)) return false;
  } else {
    return false;
  }
  std::sort(out->begin(), out->end());
  out->erase(std::unique(out->begin(), out->end()), out->end());
  return true;
}

}  // namespace

Reason read_claims(const Fields& claims, const Issuer& issuer, WallNs now, Identity* out) {
  if (const Reason reason = check_audience(claims, issuer); reason != Reason::none) return reason;
  if (const Reason reason = check_dates(claims, issuer, now, &out->expires); reason != Reason::none)
    return reason;
  std::optional<ByteView> subject, token_id;
  if (!claims.text("sub", &subject) || !subject || subject->empty() || subject->size() > kSubjectBytesMax ||
      !is_plain_text(*subject))
    return Reason::token_claims;
  if (!claims.text("jti", &token_id) || token_id.value_or("").size() > kTokenIdBytesMax ||
      !is_plain_text(token_id.value_or("")))
    return Reason::token_claims;
  if (const Reason reason = read_binding(claims, &out->certificate); reason != Reason::none) return reason;
  if (!read_groups(claims, issuer, &out->groups)) return Reason::token_groups;
  out->subject = *subject;
  out->token_id = token_id.value_or("");
  return Reason::none;
}

}  // namespace gatehouse::identity
