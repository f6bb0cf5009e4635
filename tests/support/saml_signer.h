// Signs assertions of any content, for fuzzing and benchmarks. What the tests hold the gateway to is signed by xmlsec1 instead.
#pragma once

#include <string>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "identity/saml_form.h"
#include "identity/saml_signature.h"
#include "xml/canonical.h"

namespace gatehouse::identity {

/// sign_saml puts a Signature at the end of the root of a document, with RSA-SHA256 or ECDSA-SHA256 by the key's type. Empty
/// when the document cannot be parsed or its root has no end tag.
inline std::string sign_saml(ByteView document, const crypto::PrivateKey& key) {
  const auto parsed = xml::Document::parse(document, kSamlBounds);
  const size_t end = document.rfind("</");
  if (!parsed.ok() || end == ByteView::npos) return {};
  const auto octets = xml::canonical(*parsed, parsed->root(), {}, {}, kSamlCanonicalBounds.bytes);
  if (!octets) return {};
  const auto digest = crypto::sha256(*octets);
  const std::string id = parsed->root().attribute("ID").value_or("");
  const char* method = key.type() == crypto::KeyType::rsa ? "rsa-sha256" : "ecdsa-sha256";
  const std::string space = "xmlns:ds=\"" + std::string(kSignatureSpace) + "\"";
  const std::string exclusive(kExclusiveForm);
  const auto info = [&](const std::string& declared) {   // its own canonical form when it is declared there
    return "<ds:SignedInfo" + declared + "><ds:CanonicalizationMethod Algorithm=\"" + exclusive + "\"></ds:CanonicalizationMethod>" +
           "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#" + method + "\"></ds:SignatureMethod>" +
           "<ds:Reference URI=\"#" + id + "\"><ds:Transforms><ds:Transform Algorithm=\"" + std::string(kSignatureSpace) +
           "enveloped-signature\"></ds:Transform><ds:Transform Algorithm=\"" + exclusive + "\"></ds:Transform></ds:Transforms>" +
           "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>" +
           codec::encode_base64(view_of(std::span<const uint8_t>(digest))) + "</ds:DigestValue></ds:Reference></ds:SignedInfo>";
  };
  const std::string signature = key.sign(info(" " + space));
  return std::string(document.substr(0, end)) + "<ds:Signature " + space + ">" + info("") + "<ds:SignatureValue>" +
         codec::encode_base64(signature) + "</ds:SignatureValue></ds:Signature>" + std::string(document.substr(end));
}

/// saml_metadata trusts a key for an entity, without a certificate.
inline std::shared_ptr<const SamlMetadata> saml_metadata(const crypto::PublicKey& key, const std::string& entity) {
  auto metadata = std::make_shared<SamlMetadata>();
  metadata->entity_id = entity;
  metadata->keys.push_back({key, {}});
  return metadata;
}

}  // namespace gatehouse::identity
