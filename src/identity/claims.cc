#include "identity/claims.h"

#include <algorithm>

#include "crypto/digest.h"
#include "identity/claim_values.h"
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

/// is_overage: the issuer says that what belongs at this path is elsewhere, since it would be too long for a token
/// (OpenID Connect Core section 5.6.2; `hasgroups` and "groups:src1" are Entra's).
bool is_overage(const Fields& claims, ByteView path) {
  const auto elsewhere = claims.find("_claim_names");
  simdjson::dom::object names;
  if (elsewhere && elsewhere->get(names) == simdjson::SUCCESS && Fields(names).has(path)) return true;
  if (claims.has(std::string(path) + ":src1")) return true;
  const auto flag = path == "groups" ? claims.find("hasgroups") : std::nullopt;
  bool no = false;
  return flag && !(flag->get(no) == simdjson::SUCCESS && !no);
}

/// looks_past_overage: a path that decides about this caller leads to what the token does not carry.
bool looks_past_overage(const Fields& claims, const Issuer& issuer) {
  if (!issuer.groups_claim.empty() && is_overage(claims, issuer.groups_claim)) return true;
  const auto any = [&claims](const std::vector<Condition>& conditions) {
    return std::any_of(conditions.begin(), conditions.end(), [&](const Condition& each) { return is_overage(claims, each.path); });
  };
  return any(issuer.require) || std::any_of(issuer.group_rules.begin(), issuer.group_rules.end(),
                                            [&](const GroupRule& rule) { return any(rule.when); });
}

/// split_groups reads the form of OAuth's scope: one space between two names.
bool split_groups(ByteView text, ByteView prefix, std::vector<std::string>* out) {
  for (size_t space = text.find(' '); space != ByteView::npos; space = text.find(' ')) {
    if (!add_group(prefix, text.substr(0, space), out)) return false;
    text.remove_prefix(space + 1);
  }
  return add_group(prefix, text, out);
}

bool read_group_claim(const Fields& claims, const Issuer& issuer, std::vector<std::string>* out) {
  const Found found = find_at(claims, issuer.groups_claim);
  if (found.places != 1) return false;
  ByteView text;
  simdjson::dom::array list;
  if (found.value->get(text) == simdjson::SUCCESS) return split_groups(text, issuer.group_prefix, out);
  if (found.value->get(list) != simdjson::SUCCESS) return false;
  for (const element item : list)
    if (item.get(text) != simdjson::SUCCESS || !add_group(issuer.group_prefix, text, out)) return false;
  return true;
}

bool read_groups(const Fields& claims, const Issuer& issuer, std::vector<std::string>* out) {
  if (!issuer.groups_claim.empty() && !read_group_claim(claims, issuer, out)) return false;
  if (!derive_groups(issuer.group_rules, issuer.group_prefix, ClaimValues(claims), out)) return false;
  order_groups(out);
  return true;
}

/// read_subject: `sub`, which only a template may do without, or what the template makes of the claims.
bool read_subject(const Fields& claims, const Issuer& issuer, std::string* out) {
  std::optional<ByteView> sub;
  if (!claims.text("sub", &sub)) return false;
  if (issuer.subject.empty() ? !sub : sub && !is_plain_text(*sub)) return false;
  auto made = issuer.subject.empty() ? std::optional<std::string>(*sub) : issuer.subject.fill(ClaimValues(claims));
  if (!made || made->empty() || made->size() > kSubjectBytesMax || !is_plain_text(*made)) return false;
  *out = std::move(*made);
  return true;
}

/// recorded is a claim as records keep it: a list with commas between, what is long as its digest.
std::string recorded(const std::vector<std::string>& texts) {
  std::string value;
  for (const std::string& text : texts) value += (value.empty() ? "" : ",") + text;
  return value.size() <= kRecordedClaimBytesMax ? value : "sha256:" + crypto::hex(crypto::sha256(value));
}

/// keep_claims takes what the configuration wants in records. What is not there, or is no text, is left out: it decides
/// nothing.
void keep_claims(const Fields& claims, const Issuer& issuer, std::vector<Claim>* out) {
  const ClaimValues values(claims);
  for (const RecordClaim& each : issuer.record_claims) {
    std::vector<std::string> texts;
    if (values.texts_at(each.path, &texts) && !texts.empty()) out->push_back({each.name, recorded(texts)});
  }
}

}  // namespace

Reason read_claims(const Fields& claims, const Issuer& issuer, WallNs now, Identity* out) {
  if (const Reason reason = check_audience(claims, issuer); reason != Reason::none) return reason;
  if (const Reason reason = check_dates(claims, issuer, now, &out->expires); reason != Reason::none)
    return reason;
  std::optional<ByteView> token_id;
  if (!claims.text("jti", &token_id) || token_id.value_or("").size() > kTokenIdBytesMax ||
      !is_plain_text(token_id.value_or("")))
    return Reason::token_claims;
  if (!read_subject(claims, issuer, &out->subject)) return Reason::token_claims;
  if (looks_past_overage(claims, issuer)) return Reason::token_overage;
  const ClaimValues values(claims);
  for (const Condition& condition : issuer.require)
    if (!holds(condition, values)) return Reason::token_condition;
  if (!read_groups(claims, issuer, &out->groups)) return Reason::token_groups;
  keep_claims(claims, issuer, &out->claims);
  out->token_id = token_id.value_or("");
  return Reason::none;
}

}  // namespace gatehouse::identity
