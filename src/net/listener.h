// Listening sockets, made before the workers start.
#pragma once

#include <string>

#include "base/address.h"
#include "base/result.h"

namespace gatehouse::net {

/// bind_listener binds; a TCP socket gets no connection before begin_listening; open_listener does both. TCP_NODELAY is set
/// here and inherited by accepted sockets. TCP listeners use SO_REUSEPORT: call it once per worker; a Unix socket is made
/// once (mode 0660, an abandoned one is replaced, a living one refused) and shared. Errors name address and cause.
Result<int, std::string> bind_listener(const Address& address);
Result<Done, std::string> begin_listening(int descriptor, const Address& address);
Result<int, std::string> open_listener(const Address& address);

/// is_free says whether nobody listens at a TCP address, neither somebody who would share it: with SO_REUSEPORT a second
/// gateway of the same user would get every other connection of the first, and nobody would know. Errors as above.
Result<Done, std::string> is_free(const Address& address);

/// bound_address returns what the system bound (the port chosen for port 0).
Address bound_address(int descriptor);

}  // namespace gatehouse::net
