// Names to addresses by the system's resolver.
#pragma once

#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"

namespace gatehouse::control {

/// look_up returns up to 16 addresses of a name in the system's order of preference. Blocks for as long as the
/// resolver likes: for a job thread. The error says why, without the name.
Result<std::vector<Address>, std::string> look_up(const std::string& host, uint16_t port);

/// may_be_an_issuers refuses addresses that a name must not lead to, whoever answers for it: unspecified, link-local
/// (where clouds keep their metadata) and multicast ones.
bool may_be_an_issuers(const Address& address);

/// look_up_within is look_up for at most `patience`; the thread of one that hangs ends with the process.
Result<std::vector<Address>, std::string> look_up_within(const std::string& host, uint16_t port, MonotonicNs patience);

}  // namespace gatehouse::control
