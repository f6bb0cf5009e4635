#include "identity/claims.h"

#include <algorithm>

#include "crypto/digest.h"
#include "identity/binding.h"
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

/// shown is what stands at a path, for people.
std::string shown(const Fields& claims, ByteView path) {
  std::vector<std::string> texts;
  if (!ClaimValues(claims).texts_at(path, &texts)) return "no text, and no list of texts";
  return texts.empty() ? "nothing" : listed(texts);
}

std::string hex_of(const std::array<uint8_t, 32>& digest) {
  return digest == std::array<uint8_t, 32>{} ? "to no certificate" : "to the certificate " + crypto::hex(digest);
}

/// check_conditions: all of the issuer's conditions hold.
Reason check_conditions(const Fields& claims, const Issuer& issuer, Steps* steps) {
  const ClaimValues values(claims);
  for (const Condition& condition : issuer.require) {
    const Reason outcome = holds(condition, values) ? Reason::none : Reason::token_condition;
    note(steps, "condition", outcome, [&] {
      return Seen{condition.path + " = " + shown(claims, condition.path), listed(condition.patterns)};
    });
    if (outcome != Reason::none) return outcome;
  }
  return Reason::none;
}

/// check_groups takes the groups, once nothing that decides about them is elsewhere.
Reason check_groups(const Fields& claims, const Issuer& issuer, Identity* out, Steps* steps) {
  if (looks_past_overage(claims, issuer))
    return note(steps, "groups", Reason::token_overage, [] { return Seen{"left out by the issuer", ""}; });
  if (const Reason reason = check_conditions(claims, issuer, steps); reason != Reason::none) return reason;
  const Reason outcome = read_groups(claims, issuer, &out->groups) ? Reason::none : Reason::token_groups;
  return note(steps, "groups", outcome, [&] {
    const std::string claim = issuer.groups_claim.empty() ? "" : issuer.groups_claim + " = " + shown(claims, issuer.groups_claim);
    return Seen{outcome == Reason::none ? (out->groups.empty() ? "none" : listed(out->groups)) : claim,
                issuer.groups_claim.empty() ? "by rule alone" : "claim " + issuer.groups_claim};
  });
}

}  // namespace

Reason read_claims(const Fields& claims, const Issuer& issuer, WallNs now, Identity* out, Steps* steps) {
  Reason reason = note(steps, "audience", check_audience(claims, issuer),
                       [&] { return Seen{shown(claims, "aud"), listed(issuer.audiences)}; });
  if (reason != Reason::none) return reason;
  reason = note(steps, "dates", check_dates(claims, issuer, now, &out->expires), [&] {
    return Seen{"exp " + shown(claims, "exp") + ", nbf " + shown(claims, "nbf") + ", iat " + shown(claims, "iat"),
                "now " + std::to_string(now / kNsPerSecond) + ", leeway " + std::to_string(issuer.leeway / kNsPerSecond) + " s"};
  });
  if (reason != Reason::none) return reason;
  std::optional<ByteView> token_id;
  const bool readable = claims.text("jti", &token_id) && token_id.value_or("").size() <= kTokenIdBytesMax &&
                        is_plain_text(token_id.value_or(""));
  reason = note(steps, "token id", readable ? Reason::none : Reason::token_claims, [&] { return Seen{shown(claims, "jti"), ""}; });
  if (reason != Reason::none) return reason;
  reason = note(steps, "bound", read_binding(claims, &out->certificate), [&] { return Seen{hex_of(out->certificate), ""}; });
  if (reason != Reason::none) return reason;
  const bool named = read_subject(claims, issuer, &out->subject);
  reason = note(steps, "subject", named ? Reason::none : Reason::token_claims,
                [&] { return Seen{named ? out->subject : "sub = " + shown(claims, "sub"), ""}; });
  if (reason != Reason::none) return reason;
  reason = check_groups(claims, issuer, out, steps);
  if (reason != Reason::none) return reason;
  keep_claims(claims, issuer, &out->claims);
  out->token_id = token_id.value_or("");
  return Reason::none;
}

}  // namespace gatehouse::identity
