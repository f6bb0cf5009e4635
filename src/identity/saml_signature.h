// Inside identity/: the one form of XML signature that an assertion may carry, and the octets that it signs.
#pragma once

#include <string>

#include "base/reason.h"
#include "base/result.h"
#include "identity/saml_issuer.h"
#include "xml/document.h"

namespace gatehouse::identity {

/// Of an assertion and of its canonical form, which is little longer (namespaces are declared where they are used).
/// libxml2 looks for each listed prefix through all namespaces in scope at each element, before any signature was looked
/// at: few of each keep that at a millisecond.
inline constexpr xml::Bounds kSamlBounds{.bytes = 64 * 1024, .depth = 32, .elements = 1024, .attributes = 32,
                                         .namespaces = 64, .remarks = false};
inline constexpr xml::Bounds kSamlCanonicalBounds{.bytes = 256 * 1024, .depth = 32, .elements = 2048, .attributes = 64,
                                                  .namespaces = 4096, .remarks = false};

/// is_signable holds a document against all that makes wrapping possible. True: the root is a SAML 2.0 Assertion with an ID; no
/// element in it has the name Assertion, in any namespace, or one of an encrypted form; no ID is there twice, where every attribute
/// counts whose name is "id" in any case and namespace; and there is one element Signature and one SignedInfo, in
/// the namespace of XML signatures, the first a child of the root, the second of the first.
bool is_signable(const xml::Document& document);

/// Signed is what a signature that holds says.
struct Signed {
  std::string octets;               // canonical form of the assertion without its Signature: read nothing else
  const SamlMetadata::Key* key;     // of the metadata
};

/// verify_signature takes a document for which is_signable holds. The Signature has SignedInfo, SignatureValue and perhaps a
/// KeyInfo, which is not read; SignedInfo is read from its own canonical octets alone, which one of the keys must have signed.
/// It has exclusive canonicalization, RSA-SHA256, RSA-SHA512 or ECDSA-SHA256 (P-256, r || s), and one Reference to the root's
/// ID with exactly the transforms enveloped-signature and exclusive canonicalization, SHA-256 or SHA-512 and the digest.
/// An InclusiveNamespaces PrefixList may go with exclusive canonicalization: it adds declarations to octets, nothing else.
/// Reasons: saml_malformed when it has another form, saml_signature when algorithm, digest or signature is not good.
Result<Signed, Reason> verify_signature(const xml::Document& document, const SamlMetadata& metadata);

}  // namespace gatehouse::identity
