#include "identity/saml.h"

#include <algorithm>

#include "crypto/digest.h"
#include "identity/saml_assertion.h"
#include "identity/saml_form.h"
#include "identity/saml_signature.h"

namespace gatehouse::identity {

namespace {

/// issuer_of is what an unverified assertion says of its issuer: good to choose keys by, for nothing else.
const SamlIssuer* issuer_of(const SamlIssuers& issuers, xml::Element root) {
  const auto children = root.children();
  if (children.empty() || !children[0].is(kSamlAssertionSpace, "Issuer")) return nullptr;
  const auto text = children[0].text();
  return text ? issuers.find(*text) : nullptr;
}

bool is_current(const SamlMetadata& metadata, WallNs now) { return metadata.valid_until == 0 || now < metadata.valid_until; }

}  // namespace

Result<IdentityRef, Reason> verify_saml(const SamlIssuers& issuers, ByteView assertion, WallNs now, SamlUse use,
                                        Steps* steps) {
  static_assert(kSamlBounds.bytes == kSamlBytesMax);
  const auto size = [&] {
    return Seen{std::to_string(assertion.size()) + " bytes", "one signed Assertion of at most 64 KiB, by itself"};
  };
  if (assertion.size() > kSamlBytesMax) return Failure{note(steps, "form", Reason::token_size, size)};
  const auto document = xml::Document::parse(assertion, kSamlBounds);
  const bool signable = document.ok() && is_signable(*document);
  if (note(steps, "form", signable ? Reason::none : Reason::saml_malformed, size) != Reason::none)
    return Failure{Reason::saml_malformed};
  const SamlIssuer* issuer = issuer_of(issuers, document->root());
  if (note(steps, "issuer", issuer != nullptr ? Reason::none : Reason::token_issuer, [&] {
        std::vector<std::string> known;
        for (const SamlIssuer& each : issuers.issuers) known.push_back(each.metadata->entity_id);
        return Seen{issuer == nullptr ? "none that is known" : issuer->metadata->entity_id, listed(known)};
      }) != Reason::none)
    return Failure{Reason::token_issuer};
  const Reason current = is_current(*issuer->metadata, now) ? Reason::none : Reason::token_keys_unavailable;
  if (note(steps, "metadata", current, [&] {
        return Seen{std::to_string(issuer->metadata->keys.size()) + " keys", "valid until later than now"};
      }) != Reason::none)
    return Failure{current};
  const auto good = verify_signature(*document, *issuer->metadata);
  note(steps, "signature", good.ok() ? Reason::none : good.error(),
       [] { return Seen{"", "by a key of the metadata, in the one form that is believed"}; });
  if (!good.ok()) return Failure{good.error()};

  const auto said = read_assertion(good->octets);
  note(steps, "contents", said.ok() ? Reason::none : said.error(), [] { return Seen{"", "nothing that is not understood"}; });
  if (!said.ok()) return Failure{said.error()};
  auto identity = std::make_shared<Identity>();
  if (const Reason reason = judge(*said, *issuer, now, use, identity.get(), steps); reason != Reason::none) return Failure{reason};
  if (issuer->metadata->valid_until != 0) identity->expires = std::min(identity->expires, issuer->metadata->valid_until);
  identity->proof = Proof::saml;
  identity->issuer = issuer->name;
  identity->issuer_url = issuer->metadata->entity_id;
  identity->key_digest = good->key->digest;
  identity->token_digest = crypto::sha256(assertion);
  name_who(*identity);
  return IdentityRef(std::move(identity));
}

Reason saml_standing(const SamlIssuers& issuers, const Identity& identity, WallNs now) {
  const SamlIssuer* issuer = issuers.find(identity.issuer_url);
  if (issuer == nullptr || issuer->name != identity.issuer) return Reason::token_issuer;
  if (!is_current(*issuer->metadata, now)) return Reason::token_keys_unavailable;
  const auto& keys = issuer->metadata->keys;
  const bool there = std::any_of(keys.begin(), keys.end(), [&](const auto& one) { return one.digest == identity.key_digest; });
  return there ? Reason::none : Reason::token_key;
}

}  // namespace gatehouse::identity
