// What an issuer says of itself: OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3. For `gatehouse init`,
// and for issuers whose configuration names no keys.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "control/url.h"

namespace gatehouse::control {

/// Discovered is what was read and is fit to be used.
struct Discovered {
  std::string jwks_url;
  std::vector<std::string> algorithms;  // those of RS256, ES256, EdDSA that it names; empty: it names none at all
};

/// DiscoveryFailure says why nothing was discovered. Its text may hold what the issuer wrote: show it printable.
struct DiscoveryFailure {
  enum class Kind : uint8_t { usage, unavailable, bad_data };
  Kind kind;
  std::string text;
};

/// discovery_urls are the places to ask, in order: the issuer's path, then /.well-known/openid-configuration; and
/// RFC 8414's /.well-known/oauth-authorization-server, then the path. The error says what is wrong with `issuer`.
Result<std::vector<std::string>, std::string> discovery_urls(ByteView issuer);

/// read_discovery judges a document: `issuer` equal to the last byte, keys at a URL that may be asked (https, or
/// http on loopback) on the issuer's host or on `keys_host`. Pure.
Result<Discovered, std::string> read_discovery(ByteView document, ByteView issuer, ByteView keys_host);

/// discover asks and judges. Blocks, at most 30 s; makes a ring of its own.
Result<Discovered, DiscoveryFailure> discover(const std::string& issuer, const std::string& keys_host);

}  // namespace gatehouse::control
