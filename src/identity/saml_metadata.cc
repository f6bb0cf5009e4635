#include <algorithm>

#include "crypto/certificate_key.h"
#include "crypto/digest.h"
#include "identity/plain_text.h"
#include "identity/saml_form.h"
#include "identity/saml_issuer.h"

namespace gatehouse::identity {

namespace {

// Federation metadata of large providers is 100 KB, mostly certificates and claim descriptions.
constexpr xml::Bounds kBounds{.bytes = kSamlMetadataBytesMax, .depth = 64, .elements = 20'000, .attributes = 64,
                              .namespaces = 1024, .remarks = true};

Failure<std::string> bad(std::string what) { return Failure{std::move(what)}; }

/// has_word: a list of words with blanks between them, as in protocolSupportEnumeration.
bool has_word(ByteView list, ByteView word) {
  while (!list.empty()) {
    const size_t end = std::min(list.find_first_of(" \t\r\n"), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

/// add_keys adds the keys of one KeyDescriptor's KeyInfo; says what is wrong, or nothing.
std::string add_keys(xml::Element key_info, std::vector<SamlMetadata::Key>* out) {
  for (const xml::Element data : key_info.children()) {
    if (!data.is(kSignatureSpace, "X509Data")) continue;
    for (const xml::Element certificate : data.children()) {
      if (!certificate.is(kSignatureSpace, "X509Certificate")) continue;
      const auto der = decode_base64_text(certificate);
      if (!der) return "an X509Certificate is not base64";
      auto key = crypto::certificate_key(*der);
      if (!key.ok()) return "an X509Certificate: " + key.error();
      if (!*key || (*key)->type() == crypto::KeyType::ed25519) continue;
      const crypto::PublicKey::Parts parts = (*key)->parts();
      const ByteView views[] = {parts.first, ".", parts.second};
      const crypto::Sha256 digest = crypto::sha256(views);
      const bool known = std::any_of(out->begin(), out->end(), [&](const auto& other) { return other.digest == digest; });
      if (!known) out->push_back({**std::move(key), digest});
      if (out->size() > kSamlKeysMax) return "more than " + std::to_string(kSamlKeysMax) + " keys";
    }
  }
  return {};
}

/// read_role reads the keys of an IDPSSODescriptor.
std::string read_role(xml::Element role, SamlMetadata* out) {
  for (const xml::Element descriptor : role.children()) {
    if (!descriptor.is(kSamlMetadataSpace, "KeyDescriptor")) continue;
    const auto use = descriptor.attribute("use");
    if (use && *use != "signing" && *use != "encryption") return "a KeyDescriptor's use is neither signing nor encryption";
    if (use && *use == "encryption") continue;
    for (const xml::Element info : descriptor.children())
      if (info.is(kSignatureSpace, "KeyInfo"))
        if (std::string fault = add_keys(info, &out->keys); !fault.empty()) return fault;
  }
  return {};
}

/// earlier takes an element's validUntil into account; false when it is no date.
bool earlier(xml::Element element, WallNs* until) {
  std::optional<WallNs> date;
  if (!read_date(element, "validUntil", &date)) return false;
  if (date) *until = *until == 0 ? std::max<WallNs>(*date, 1) : std::min(*until, std::max<WallNs>(*date, 1));
  return true;
}

}  // namespace

Result<std::shared_ptr<const SamlMetadata>, std::string> SamlMetadata::parse(ByteView document) {
  if (document.starts_with("\xef\xbb\xbf")) document.remove_prefix(3);   // as some editors write it
  const auto parsed = xml::Document::parse(document, kBounds);
  if (!parsed.ok()) return bad("it cannot be read: " + std::string(xml::fault_text(parsed.error())));
  const xml::Element root = parsed->root();
  if (root.is(kSamlMetadataSpace, "EntitiesDescriptor"))
    return bad("it describes many entities: give a file with the EntityDescriptor of this one alone");
  if (!root.is(kSamlMetadataSpace, "EntityDescriptor")) return bad("it is no EntityDescriptor of SAML 2.0 metadata");

  auto metadata = std::make_shared<SamlMetadata>();
  const auto entity = root.attribute("entityID");
  if (!entity || entity->empty() || entity->size() > kEntityIdBytesMax || !is_plain_text(*entity))
    return bad("its entityID is missing, longer than " + std::to_string(kEntityIdBytesMax) + " bytes or no plain text");
  metadata->entity_id = *entity;
  size_t roles = 0;
  if (!earlier(root, &metadata->valid_until)) return bad("its validUntil is no date in UTC");
  for (const xml::Element role : root.children()) {
    if (!role.is(kSamlMetadataSpace, "IDPSSODescriptor")) continue;
    if (!has_word(role.attribute("protocolSupportEnumeration").value_or(""), kSamlProtocol)) continue;
    if (++roles > 1) return bad("it has more than one IDPSSODescriptor of SAML 2.0");
    if (!earlier(role, &metadata->valid_until)) return bad("its validUntil is no date in UTC");
    if (std::string fault = read_role(role, metadata.get()); !fault.empty()) return bad(std::move(fault));
  }
  if (roles == 0) return bad("it has no IDPSSODescriptor of SAML 2.0");
  if (metadata->keys.empty()) return bad("it has no key for signatures that is RSA or P-256, in an X509Certificate");
  return std::shared_ptr<const SamlMetadata>(std::move(metadata));
}

const SamlIssuer* SamlIssuers::find(ByteView entity_id) const {
  for (const SamlIssuer& issuer : issuers)
    if (issuer.metadata->entity_id == entity_id) return &issuer;
  return nullptr;
}

}  // namespace gatehouse::identity
