#include "identity/saml_assertion.h"

#include <algorithm>

#include "identity/claims.h"
#include "identity/plain_text.h"
#include "identity/saml_form.h"
#include "identity/saml_signature.h"

namespace gatehouse::identity {

namespace {

using xml::Element;

constexpr ByteView kBearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
constexpr ByteView kEntityFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

bool is_saml(Element element, ByteView name) { return element.is(kSamlAssertionSpace, name); }

void latest(const std::optional<WallNs>& date, std::optional<WallNs>* out) {
  if (date && (!*out || *date > **out)) *out = date;
}
void earliest(const std::optional<WallNs>& date, std::optional<WallNs>* out) {
  if (date && (!*out || *date < **out)) *out = date;
}

/// read_window takes the dates of an element that has both; false when one is no date.
bool read_window(Element element, SamlAssertion* out) {
  std::optional<WallNs> from, until;
  if (!read_date(element, "NotBefore", &from) || !read_date(element, "NotOnOrAfter", &until)) return false;
  latest(from, &out->not_before);
  earliest(until, &out->ends);
  return true;
}

/// read_text is the text of an element; false when it is empty or holds something else.
bool read_text(Element element, std::string* out) {
  auto text = element.text();
  if (!text || text->empty()) return false;
  *out = *std::move(text);
  return true;
}

Reason read_confirmation(Element confirmation, SamlAssertion* out) {
  const auto inside = confirmation.children();
  // Others ask for more than to be shown: a key that is proved, or the sender's own word.
  if (confirmation.attribute("Method") != kBearer) return Reason::saml_conditions;
  if (inside.size() != 1 || !is_saml(inside[0], "SubjectConfirmationData") || confirmation.holds_text())
    return Reason::saml_malformed;
  const Element data = inside[0];
  if (!data.children().empty() || data.holds_text()) return Reason::saml_malformed;
  for (const auto& attribute : data.attributes()) {
    constexpr ByteView kKnown[] = {"NotBefore", "NotOnOrAfter", "Recipient", "InResponseTo"};
    const bool known = std::find(std::begin(kKnown), std::end(kKnown), attribute.local_name) != std::end(kKnown);
    if (!known || !attribute.name_space.empty()) return Reason::saml_conditions;   // an Address, say
  }
  out->recipient = data.attribute("Recipient").value_or("");
  return read_window(data, out) ? Reason::none : Reason::saml_malformed;
}

Reason read_subject(Element subject, SamlAssertion* out) {
  const auto inside = subject.children();
  if (inside.empty() || subject.holds_text() || !is_saml(inside[0], "NameID") || !read_text(inside[0], &out->subject))
    return Reason::saml_malformed;
  for (size_t i = 1; i < inside.size(); ++i)
    if (!is_saml(inside[i], "SubjectConfirmation")) return Reason::saml_malformed;
  return inside.size() == 2 ? read_confirmation(inside[1], out) : Reason::saml_conditions;
}

Reason read_conditions(Element conditions, SamlAssertion* out) {
  if (conditions.holds_text() || !read_window(conditions, out)) return Reason::saml_malformed;
  for (const Element condition : conditions.children()) {
    if (is_saml(condition, "OneTimeUse")) {
      if (!condition.children().empty() || condition.holds_text()) return Reason::saml_malformed;
      out->one_time_use = true;
      continue;
    }
    if (!is_saml(condition, "AudienceRestriction")) return Reason::saml_conditions;
    std::vector<std::string>& audiences = out->audiences.emplace_back();
    for (const Element audience : condition.children())
      if (!is_saml(audience, "Audience") || !read_text(audience, &audiences.emplace_back())) return Reason::saml_malformed;
    if (audiences.empty() || condition.holds_text()) return Reason::saml_malformed;
  }
  return Reason::none;
}

Reason read_attribute(Element element, SamlAssertion* out) {
  const auto name = element.attribute("Name");
  if (!is_saml(element, "Attribute") || !name || name->empty() || element.holds_text()) return Reason::saml_malformed;
  auto& all = out->attributes;
  auto at = std::find_if(all.begin(), all.end(), [&](const SamlAssertion::Attribute& other) { return other.name == *name; });
  if (at == all.end()) {
    if (all.size() == kSamlAttributesMax) return Reason::saml_malformed;
    at = all.insert(at, SamlAssertion::Attribute{*name, {}});
  }
  for (const Element value : element.children()) {
    if (!is_saml(value, "AttributeValue")) return Reason::saml_malformed;
    if (auto text = value.text()) at->values.push_back(*std::move(text));
    else at->readable = false;
  }
  return Reason::none;
}

Reason read_statement(Element statement, SamlAssertion* out) {
  if (is_saml(statement, "AuthnStatement")) {
    std::optional<WallNs> until;
    if (!read_date(statement, "SessionNotOnOrAfter", &until)) return Reason::saml_malformed;
    earliest(until, &out->ends);
    return Reason::none;
  }
  if (!is_saml(statement, "AttributeStatement") || statement.holds_text()) return Reason::saml_malformed;
  for (const Element attribute : statement.children())
    if (const Reason reason = read_attribute(attribute, out); reason != Reason::none) return reason;
  return Reason::none;
}

Reason check_audience(const SamlAssertion& assertion, const SamlIssuer& issuer) {
  if (assertion.audiences.empty()) return Reason::saml_conditions;
  const auto is_ours = [&](const std::string& audience) {
    return std::find(issuer.audiences.begin(), issuer.audiences.end(), audience) != issuer.audiences.end();
  };
  const bool all = std::all_of(assertion.audiences.begin(), assertion.audiences.end(),
                               [&](const auto& one) { return std::any_of(one.begin(), one.end(), is_ours); });
  return all ? Reason::none : Reason::saml_conditions;
}

WallNs saturating_add(WallNs a, WallNs b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

Reason check_dates(const SamlAssertion& assertion, const SamlIssuer& issuer, WallNs now, SamlUse use, WallNs* expires) {
  if (!assertion.ends) return Reason::saml_conditions;
  const WallNs life = use == SamlUse::bearer ? std::min(issuer.bearer_life, kSamlBearerLifeMax) : issuer.exchange_life;
  *expires = std::min(saturating_add(*assertion.ends, issuer.leeway), saturating_add(assertion.issued, life));
  const WallNs soonest = saturating_add(now, issuer.leeway);
  const bool early = assertion.issued > soonest || assertion.not_before.value_or(0) > soonest;
  return now >= *expires || early ? Reason::saml_expired : Reason::none;
}

bool find_groups(const SamlAssertion& assertion, const SamlIssuer& issuer, std::vector<std::string>* out) {
  if (!issuer.groups_attribute.empty()) {
    std::vector<std::string> names;
    if (!assertion.texts_at(issuer.groups_attribute, &names) || names.empty()) return false;
    for (const std::string& name : names)
      if (!add_group(issuer.group_prefix, name, out)) return false;
  }
  if (!derive_groups(issuer.groups, issuer.group_prefix, assertion, out)) return false;
  order_groups(out);
  return true;
}

}  // namespace

bool SamlAssertion::texts_at(ByteView path, std::vector<std::string>* out) const {
  const auto at = std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& one) { return one.name == path; });
  if (path == "NameID") {
    if (at != attributes.end()) return false;   // two places
    *out = {subject};
    return true;
  }
  out->clear();
  if (at == attributes.end()) return true;
  if (!at->readable || at->values.size() > kValuesMax) return false;
  *out = at->values;
  return true;
}

Result<SamlAssertion, Reason> read_assertion(ByteView octets) {
  const auto document = xml::Document::parse(octets, kSamlCanonicalBounds);
  if (!document.ok()) return Failure{Reason::saml_malformed};
  const Element root = document->root();
  const auto parts = root.children();
  SamlAssertion assertion;
  std::optional<WallNs> issued;
  const auto id = root.attribute("ID");
  if (!is_saml(root, "Assertion") || root.holds_text() || root.attribute("Version") != "2.0" || !id || !is_saml_id(*id) ||
      !read_date(root, "IssueInstant", &issued) || !issued)
    return Failure{Reason::saml_malformed};
  assertion.id = *id;
  assertion.issued = *issued;

  if (parts.size() < 3 || !is_saml(parts[0], "Issuer") || !is_saml(parts[1], "Subject") || !is_saml(parts[2], "Conditions") ||
      !read_text(parts[0], &assertion.issuer) || parts[0].attribute("Format").value_or(std::string(kEntityFormat)) != kEntityFormat)
    return Failure{Reason::saml_malformed};
  Reason reason = read_subject(parts[1], &assertion);
  if (reason == Reason::none) reason = read_conditions(parts[2], &assertion);
  for (size_t i = 3; i < parts.size() && reason == Reason::none; ++i) reason = read_statement(parts[i], &assertion);
  if (reason != Reason::none) return Failure{reason};
  return assertion;
}

Reason judge(const SamlAssertion& assertion, const SamlIssuer& issuer, WallNs now, SamlUse use, Identity* out, Steps* steps) {
  if (assertion.issuer != issuer.metadata->entity_id) return Reason::token_issuer;
  Reason reason = note(steps, "audience", check_audience(assertion, issuer), [&] {
    std::string found;
    for (const auto& each : assertion.audiences) found += (found.empty() ? "" : " and ") + listed(each);
    return Seen{found, listed(issuer.audiences)};
  });
  if (reason != Reason::none) return reason;
  const bool here = assertion.recipient == issuer.recipient && !issuer.recipient.empty();
  reason = note(steps, "recipient", here ? Reason::none : Reason::saml_conditions,
                [&] { return Seen{assertion.recipient, issuer.recipient}; });
  if (reason != Reason::none) return reason;
  const bool again = !assertion.one_time_use || use != SamlUse::bearer;
  reason = note(steps, "use", again ? Reason::none : Reason::saml_conditions, [&] {
    return Seen{assertion.one_time_use ? "OneTimeUse" : "any", "on the data path an assertion is used again and again"};
  });
  if (reason != Reason::none) return reason;
  reason = note(steps, "dates", check_dates(assertion, issuer, now, use, &out->expires), [&] {
    return Seen{"issued " + std::to_string(assertion.issued / kNsPerSecond) + ", NotBefore " +
                    std::to_string(assertion.not_before.value_or(0) / kNsPerSecond) + ", NotOnOrAfter " +
                    std::to_string(assertion.ends.value_or(0) / kNsPerSecond),
                "now " + std::to_string(now / kNsPerSecond) + ", leeway " + std::to_string(issuer.leeway / kNsPerSecond) + " s"};
  });
  if (reason != Reason::none) return reason;
  const bool plain = assertion.subject.size() <= kSubjectBytesMax && is_plain_text(assertion.subject);
  reason = note(steps, "subject", plain ? Reason::none : Reason::token_claims, [&] { return Seen{assertion.subject, ""}; });
  if (reason != Reason::none) return reason;
  for (const Condition& condition : issuer.require) {
    reason = note(steps, "condition", holds(condition, assertion) ? Reason::none : Reason::token_condition, [&] {
      std::vector<std::string> texts;
      assertion.texts_at(condition.path, &texts);
      return Seen{condition.path + " = " + listed(texts), listed(condition.patterns)};
    });
    if (reason != Reason::none) return reason;
  }
  reason = note(steps, "groups", find_groups(assertion, issuer, &out->groups) ? Reason::none : Reason::token_groups,
                [&] { return Seen{out->groups.empty() ? "none" : listed(out->groups), ""}; });
  if (reason != Reason::none) return reason;
  for (const std::string& path : issuer.recorded)
    if (std::vector<std::string> texts; assertion.texts_at(path, &texts) && !texts.empty()) {
      std::string value;
      for (const std::string& text : texts) value += (value.empty() ? "" : " ") + text;
      out->claims.push_back({path, std::move(value)});
    }
  out->spent_until =
      std::min(saturating_add(*assertion.ends, kSamlLeewayMax), saturating_add(assertion.issued, kSamlExchangeLifeMax));
  out->subject = assertion.subject;
  out->token_id = assertion.id;
  return Reason::none;
}

}  // namespace gatehouse::identity
