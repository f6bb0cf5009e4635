// What the gateway tells an origin of what it verified, in the fields that a route sets: "X-User: {subject}".
#pragma once

#include <optional>

#include "base/address.h"
#include "base/arena.h"
#include "base/reason.h"
#include "config/snapshot.h"
#include "identity/identity.h"

namespace gatehouse::proxy {

/// kToldBytesMax bounds one value: services take 8 KiB for a whole head. Names are 512 bytes at most: only groups can be longer.
inline constexpr size_t kToldBytesMax = 4096;

/// Verified is what is known of a request without believing its client. Views of others' memory.
struct Verified {
  const identity::Identity* caller = nullptr;
  const Address* client = nullptr;   // where it comes from, through proxies in front that are believed
  ByteView host;                     // as it was sent; told on routes that say their hosts alone: there it was compared
  std::optional<bool> tls;           // whether it came to the gateway by TLS; none: not known
};

/// told_value is what a field of a route says; a view of the configuration, or in the arena, never longer than kToldBytesMax + 1
/// but where the configuration's text is. Empty: not known, and the field is not sent. Longer than kToldBytesMax: it does not fit.
/// Subject, issuer (its configured name) and groups are hostile text: every byte of their UTF-8 that is no visible ASCII, and '%'
/// and ',', stands as %XX (RFC 3986 section 2.1, capitals). So no two are told alike, none ends its field, and a comma stands only
/// between two groups. An address is told without its port, IPv6 without brackets, of IPv4 in IPv6 the former; one of a Unix socket
/// is none. A host is told in small letters, without port and final dot; the scheme is "http" or "https".
ByteView told_value(const config::HeaderRule& rule, const Verified& known, Arena& arena);

/// untold says why a request cannot be told on its route as it should: a value that does not fit is never cut. token_groups or, of
/// a host, http_host; none: all fits. `arena` holds the values that are tried.
Reason untold(const config::Route* route, const Verified& known, Arena& arena);

}  // namespace gatehouse::proxy
