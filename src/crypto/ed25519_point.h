// Validity of Ed25519 public keys, which the library checks only in part and only when verifying.
#pragma once

#include "base/bytes.h"

namespace gatehouse::crypto {

/// ed25519_point_fault says why 32 bytes are not an acceptable public key (RFC 8032 section 5.1.3, plus
/// no small order), or returns nullptr. Public values only: not constant time. About 40 us.
const char* ed25519_point_fault(ByteView point);

}  // namespace gatehouse::crypto
