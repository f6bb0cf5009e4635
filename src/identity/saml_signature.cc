#include "identity/saml_signature.h"

#include <algorithm>
#include <unordered_set>

#include "crypto/digest.h"
#include "identity/saml_form.h"
#include "xml/canonical.h"

namespace gatehouse::identity {

namespace {

using xml::Element;
using Prefixes = std::vector<std::string>;

constexpr ByteView kEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
constexpr size_t kPrefixBytesMax = 16;

enum class Hash : uint8_t { sha256, sha512 };

/// SignatureKind is one way to sign. SHA-1, HMAC and DSA are not among them and never will be.
struct SignatureKind {
  ByteView name;
  crypto::KeyType type;
  Hash hash;
};
constexpr SignatureKind kKinds[] = {
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", crypto::KeyType::rsa, Hash::sha256},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", crypto::KeyType::rsa, Hash::sha512},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", crypto::KeyType::p256, Hash::sha256},
};
struct DigestKind {
  ByteView name;
  Hash hash;
};
constexpr DigestKind kDigests[] = {{"http://www.w3.org/2001/04/xmlenc#sha256", Hash::sha256},
                                   {"http://www.w3.org/2001/04/xmlenc#sha512", Hash::sha512}};

template <typename Kind, size_t kSize>
const Kind* find_kind(const Kind (&kinds)[kSize], Element element) {
  const auto name = element.attribute("Algorithm");
  const auto is_it = [&](const Kind& kind) { return name && kind.name == *name; };
  const auto* found = std::find_if(std::begin(kinds), std::end(kinds), is_it);
  return found == std::end(kinds) ? nullptr : found;
}

/// is_plain: nothing stands in an element, and it has no attribute but those named.
bool is_plain(Element element, ByteView attribute) {
  const auto attributes = element.attributes();
  return element.children().empty() && !element.holds_text() && attributes.size() == 1 && attributes[0].name_space.empty() &&
         attributes[0].local_name == attribute;
}

bool add_prefixes(ByteView list, Prefixes* out) {
  while (!list.empty()) {
    const size_t end = std::min(list.find_first_of(" \t\r\n"), list.size());
    const ByteView prefix = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    if (prefix.empty()) continue;
    if (prefix.size() > kPrefixBytesMax || out->size() == xml::kInclusivePrefixesMax) return false;
    out->emplace_back(prefix);
  }
  return true;
}

/// read_exclusive reads exclusive canonicalization, as a method or as a transform; false for all others.
bool read_exclusive(Element element, Prefixes* out) {
  const auto attributes = element.attributes();
  if (attributes.size() != 1 || element.attribute("Algorithm") != kExclusiveForm || element.holds_text()) return false;
  const auto inside = element.children();
  if (inside.empty()) return true;
  if (inside.size() != 1 || !inside[0].is(kExclusiveForm, "InclusiveNamespaces") || !is_plain(inside[0], "PrefixList"))
    return false;
  return add_prefixes(*inside[0].attribute("PrefixList"), out);
}

/// is_signature_part: an element of XML signatures by a name.
bool is_signature_part(Element element, ByteView name) { return element.is(kSignatureSpace, name); }

/// SignedInfo is what the element of that name says.
struct SignedInfo {
  const SignatureKind* kind = nullptr;
  Hash digest = Hash::sha256;
  std::string value;     // of the digest
  Prefixes inclusive;    // of the reference
};

/// has_parts: an element's children are signature elements of these names, one each in this order, and no text.
bool has_parts(Element element, std::initializer_list<ByteView> names) {
  const auto inside = element.children();
  return !element.holds_text() && std::equal(inside.begin(), inside.end(), names.begin(), names.end(), is_signature_part);
}

Reason read_reference(Element reference, const std::string& id, SignedInfo* out) {
  if (!has_parts(reference, {"Transforms", "DigestMethod", "DigestValue"})) return Reason::saml_malformed;
  const auto parts = reference.children();
  if (reference.attribute("URI") != "#" + id) return Reason::saml_malformed;
  if (!has_parts(parts[0], {"Transform", "Transform"})) return Reason::saml_malformed;
  const auto transforms = parts[0].children();
  if (!is_plain(transforms[0], "Algorithm") || transforms[0].attribute("Algorithm") != kEnveloped ||
      !read_exclusive(transforms[1], &out->inclusive))
    return Reason::saml_malformed;
  const DigestKind* digest = find_kind(kDigests, parts[1]);
  if (digest == nullptr || !is_plain(parts[1], "Algorithm")) return Reason::saml_signature;
  const auto value = decode_base64_text(parts[2]);
  if (!value) return Reason::saml_malformed;
  out->digest = digest->hash;
  out->value = *value;
  return Reason::none;
}

/// read_signed_info reads a SignedInfo; `id` is the assertion's.
Reason read_signed_info(Element info, const std::string& id, SignedInfo* out) {
  if (!has_parts(info, {"CanonicalizationMethod", "SignatureMethod", "Reference"})) return Reason::saml_malformed;
  const auto parts = info.children();
  Prefixes unused;
  if (!read_exclusive(parts[0], &unused)) return Reason::saml_malformed;
  out->kind = find_kind(kKinds, parts[1]);
  if (out->kind == nullptr || !is_plain(parts[1], "Algorithm")) return Reason::saml_signature;
  return read_reference(parts[2], id, out);
}

bool digest_holds(const SignedInfo& info, ByteView octets) {
  if (info.digest == Hash::sha512) return view_of(std::span<const uint8_t>(crypto::sha512(octets))) == info.value;
  return view_of(std::span<const uint8_t>(crypto::sha256(octets))) == info.value;
}

const SamlMetadata::Key* find_key(const SamlMetadata& metadata, const SignatureKind& kind, ByteView octets, ByteView signature) {
  for (const SamlMetadata::Key& one : metadata.keys) {
    if (one.key.type() != kind.type) continue;
    const bool holds = kind.hash == Hash::sha512 ? one.key.verify_sha512(octets, signature) : one.key.verify(octets, signature);
    if (holds) return &one;
  }
  return nullptr;
}

bool is_id_name(ByteView name) {
  return name.size() == 2 && (name[0] == 'I' || name[0] == 'i') && (name[1] == 'D' || name[1] == 'd');
}

}  // namespace

bool is_signable(const xml::Document& document) {
  const Element root = document.root();
  const auto id = root.attribute("ID");
  if (!root.is(kSamlAssertionSpace, "Assertion") || !id || !is_saml_id(*id)) return false;
  std::unordered_set<std::string> ids;
  Element signature, info;
  size_t signatures = 0, infos = 0;
  const bool good = xml::every(root, [&](Element element) {
    const ByteView name = element.local_name();
    if ((name == "Assertion" && element != root) || name.starts_with("Encrypted")) return false;
    if (name == "Signature") signature = element, ++signatures;
    if (name == "SignedInfo") info = element, ++infos;
    for (auto& attribute : element.attributes())
      if (is_id_name(attribute.local_name) && !ids.insert(std::move(attribute.value)).second) return false;
    return true;
  });
  if (!good || signatures != 1 || infos != 1) return false;
  const auto is_child = [](Element child, Element of) {
    const auto children = of.children();
    return std::find(children.begin(), children.end(), child) != children.end();
  };
  return is_signature_part(signature, "Signature") && is_signature_part(info, "SignedInfo") && is_child(signature, root) &&
         is_child(info, signature);
}

Result<Signed, Reason> verify_signature(const xml::Document& document, const SamlMetadata& metadata) {
  const Element root = document.root();
  const auto children = root.children();
  const auto is_signature = [](Element one) { return is_signature_part(one, "Signature"); };
  const auto found = std::find_if(children.begin(), children.end(), is_signature);
  if (found == children.end()) return Failure{Reason::saml_malformed};
  const Element signature = *found;
  if (!has_parts(signature, {"SignedInfo", "SignatureValue"}) && !has_parts(signature, {"SignedInfo", "SignatureValue", "KeyInfo"}))
    return Failure{Reason::saml_malformed};
  const Element info = signature.children()[0];
  const auto value = decode_base64_text(signature.children()[1]);
  Prefixes inclusive;
  const auto methods = info.children();
  if (!value || methods.empty() || !read_exclusive(methods[0], &inclusive)) return Failure{Reason::saml_malformed};
  const auto info_octets = xml::canonical(document, info, {}, inclusive, kSamlCanonicalBounds.bytes);
  if (!info_octets) return Failure{Reason::saml_malformed};

  // From here on nothing is read but octets.
  const auto again = xml::Document::parse(*info_octets, kSamlCanonicalBounds);
  SignedInfo said;
  if (!again.ok()) return Failure{Reason::saml_malformed};
  if (const Reason reason = read_signed_info(again->root(), *root.attribute("ID"), &said); reason != Reason::none)
    return Failure{reason};
  const SamlMetadata::Key* key = find_key(metadata, *said.kind, *info_octets, *value);
  if (key == nullptr) return Failure{Reason::saml_signature};
  auto octets = xml::canonical(document, root, signature, said.inclusive, kSamlCanonicalBounds.bytes);
  if (!octets) return Failure{Reason::saml_malformed};
  if (!digest_holds(said, *octets)) return Failure{Reason::saml_signature};
  return Signed{*std::move(octets), key};
}

}  // namespace gatehouse::identity
