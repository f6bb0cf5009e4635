// SAML 2.0 assertions as an identity provider signs them, and its metadata: FOR DEVELOPMENT ONLY.
#pragma once

#include <string>
#include <vector>

#include "crypto/sign.h"

namespace gatehouse::issuer {

struct AssertionOrder {
  std::string entity;      // the provider's entityID
  std::string subject;     // NameID
  std::string audience;
  std::string recipient;   // where it may be shown
  std::vector<std::string> groups;
  int64_t ttl = 300;       // seconds; negative: it has ended
};

/// make_assertion signs an assertion that is valid from `now` (seconds since 1970): ECDSA-SHA256 or RSA-SHA256 by the
/// key's type. Every part is written as its canonical form is, so that nothing has to be made canonical to be signed.
std::string make_assertion(const crypto::PrivateKey& key, const AssertionOrder& order, uint64_t now);

/// make_metadata is an EntityDescriptor with one certificate (DER) for signatures.
std::string make_metadata(const std::string& entity, ByteView certificate);

}  // namespace gatehouse::issuer
