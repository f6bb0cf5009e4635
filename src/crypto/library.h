// Which cryptographic library is linked.
#pragma once

#include "base/bytes.h"

namespace gatehouse::crypto {

/// library_version is the API number of the BoringSSL that is linked ("API 19"); it has no other versions.
ByteView library_version();

}  // namespace gatehouse::crypto
