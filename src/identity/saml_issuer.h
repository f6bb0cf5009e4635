// Identity providers whose SAML 2.0 assertions are believed, and their keys (saml-metadata-2.0-os).
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/signature.h"
#include "identity/group_rules.h"

namespace gatehouse::identity {

/// SamlMetadata is what one EntityDescriptor says of an identity provider. Immutable, shared by threads.
struct SamlMetadata {
  struct Key {
    crypto::PublicKey key;
    std::array<uint8_t, 32> digest{};  // SHA-256 of the key itself, as Identity::key_digest
  };
  std::string entity_id;
  std::vector<Key> keys;     // for signatures, at least one; several while the provider changes them
  WallNs valid_until = 0;    // no key is used from here on; 0: the file does not say

  /// parse reads a metadata file (at most kSamlMetadataBytesMax): one EntityDescriptor with one IDPSSODescriptor of SAML 2.0.
  /// Keys are those of its KeyDescriptors for signing, from their certificates, whose own dates and signatures mean nothing
  /// here; keys of other types are left out, a broken one or a short RSA key is an error. The file's own signature is not
  /// looked at: it is trusted as the configuration that names it. The error says what is wrong.
  static Result<std::shared_ptr<const SamlMetadata>, std::string> parse(ByteView document);
};

inline constexpr size_t kSamlMetadataBytesMax = 1024 * 1024;
inline constexpr size_t kSamlKeysMax = 16;
inline constexpr WallNs kSamlBearerLifeMax = 15 * 60 * kNsPerSecond;
inline constexpr WallNs kSamlExchangeLifeMax = 24 * 3600 * kNsPerSecond;   // that a configuration may give
inline constexpr WallNs kSamlLeewayMax = 300 * kNsPerSecond;               // likewise

/// SamlIssuer is one identity provider as configured.
struct SamlIssuer {
  std::string name;                        // ours; no two issuers of any kind share one
  std::vector<std::string> audiences;      // one of them must be in every AudienceRestriction
  std::string recipient;                   // must equal the bearer SubjectConfirmationData's Recipient
  std::string groups_attribute = "groups"; // Name of the Attribute that holds the groups, one a value; empty: none does
  std::vector<Condition> require;          // all must hold; a path is an Attribute's Name, or "NameID"
  std::vector<GroupRule> groups;           // that follow from attributes
  std::string group_prefix;                // of both kinds of groups
  std::vector<std::string> recorded;       // paths whose values go into the identity's claims
  WallNs leeway = 30 * kNsPerSecond;       // for NotBefore, NotOnOrAfter and IssueInstant
  WallNs bearer_life = kSamlBearerLifeMax; // from IssueInstant, on the data path
  WallNs exchange_life = 3600 * kNsPerSecond;  // from IssueInstant, where it is exchanged for a token
  std::shared_ptr<const SamlMetadata> metadata;  // never null
};

/// SamlIssuers is all identity providers of one snapshot; their entity ids differ. Immutable.
struct SamlIssuers {
  std::vector<SamlIssuer> issuers;
  const SamlIssuer* find(ByteView entity_id) const;
};

}  // namespace gatehouse::identity
