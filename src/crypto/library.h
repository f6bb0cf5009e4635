// Which cryptographic library is linked.
#pragma once

#include "base/bytes.h"

namespace gatehouse::crypto {

/// library_version names the library and its API version ("BoringSSL (API 19)").
ByteView library_version();

}  // namespace gatehouse::crypto
