// URLs of keys: https, or http on a loopback address.
#pragma once

#include <optional>
#include <string>

#include "base/address.h"
#include "base/result.h"

namespace gatehouse::control {

/// FetchUrl is a URL taken apart (RFC 3986, without user, password and fragment).
struct FetchUrl {
  bool tls = false;
  std::string host;                // name or address, without brackets
  uint16_t port = 0;
  std::string target;              // path and query, "/" at least
  std::string host_field;          // what Host says
  std::optional<Address> address;  // set when the host is an address: nothing to look up
};

/// parse_fetch_url refuses what must not be asked: http beyond loopback, users, fragments, odd bytes.
Result<FetchUrl, std::string> parse_fetch_url(ByteView url);

}  // namespace gatehouse::control
