#include "issuer/assertion.h"

#include <array>
#include <ctime>

#include "codec/base64.h"
#include "crypto/digest.h"

namespace gatehouse::issuer {
namespace {

constexpr const char* kSignature = "http://www.w3.org/2000/09/xmldsig#";
constexpr const char* kExclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
constexpr const char* kBearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// text is for elements and attributes alike.
std::string text(ByteView raw) {
  std::string out;
  for (const char c : raw) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string date(uint64_t seconds) {
  const auto at = static_cast<time_t>(seconds);
  tm parts{};
  gmtime_r(&at, &parts);
  char out[32];
  return {out, strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string fresh_id() {
  std::array<char, 16> bytes;
  crypto::random_bytes(bytes);
  return "_" + crypto::hex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

/// signed_info is written with its namespace declared, which is its canonical form, or without, as it stands in the Signature.
std::string signed_info(const crypto::PrivateKey& key, const std::string& id, const std::string& digest, bool declared) {
  const std::string space(kSignature), exclusive(kExclusive);
  const std::string method = key.type() == crypto::KeyType::rsa ? "rsa-sha256" : "ecdsa-sha256";
  return "<ds:SignedInfo" + (declared ? " xmlns:ds=\"" + space + "\"" : "") +
         "><ds:CanonicalizationMethod Algorithm=\"" + exclusive +
         "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#" + method +
         "\"></ds:SignatureMethod><ds:Reference URI=\"#" + id + "\"><ds:Transforms><ds:Transform Algorithm=\"" + space +
         "enveloped-signature\"></ds:Transform><ds:Transform Algorithm=\"" + exclusive +
         "\"></ds:Transform></ds:Transforms>"
         "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>" +
         "<ds:DigestValue>" + digest + "</ds:DigestValue></ds:Reference></ds:SignedInfo>";
}

std::string element(const std::string& name, const std::string& inside, const std::string& attributes = "") {
  return "<saml:" + name + attributes + ">" + inside + "</saml:" + name + ">";
}

std::string statements(const AssertionOrder& order, uint64_t now) {
  const std::string ends = date(now + order.ttl);
  std::string values;
  for (const std::string& group : order.groups) values += element("AttributeValue", text(group));
  return element("Subject",
                 element("NameID", text(order.subject)) +
                     element("SubjectConfirmation",
                             element("SubjectConfirmationData", "",
                                     " NotOnOrAfter=\"" + ends + "\" Recipient=\"" + text(order.recipient) + "\""),
                             std::string(" Method=\"") + kBearer + "\"")) +
         element("Conditions", element("AudienceRestriction", element("Audience", text(order.audience))),
                 " NotBefore=\"" + date(now) + "\" NotOnOrAfter=\"" + ends + "\"") +
         element("AttributeStatement", element("Attribute", values, " Name=\"groups\""));
}

}  // namespace

std::string make_assertion(const crypto::PrivateKey& key, const AssertionOrder& order, uint64_t now) {
  const std::string id = fresh_id();
  const std::string begin = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"" + id +
                            "\" IssueInstant=\"" +
                            date(now) + "\" Version=\"2.0\">" + element("Issuer", text(order.entity));
  const std::string rest = statements(order, now) + "</saml:Assertion>";
  const auto digest = crypto::sha256(begin + rest);
  const std::string shown = codec::encode_base64(view_of(std::span<const uint8_t>(digest)));
  const std::string signature = key.sign(signed_info(key, id, shown, true));
  return begin + "<ds:Signature xmlns:ds=\"" + kSignature + "\">" + signed_info(key, id, shown, false) + "<ds:SignatureValue>" +
         codec::encode_base64(signature) + "</ds:SignatureValue></ds:Signature>" + rest;
}

std::string make_metadata(const std::string& entity, ByteView certificate) {
  return "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"" + std::string(kSignature) +
         "\" entityID=\"" + text(entity) +
         "\"><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">"
         "<md:KeyDescriptor use=\"signing\">"
         "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>" +
         codec::encode_base64(certificate) +
         "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor>" +
         "</md:EntityDescriptor>\n";
}

}  // namespace gatehouse::issuer
