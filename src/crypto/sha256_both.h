// SHA-256 of two texts at once.
#pragma once

#include "crypto/digest.h"

namespace gatehouse::crypto {

/// sha256_both is sha256(a) and sha256(b). Where the processor has instructions for it, both go through it side by side: alone each
/// waits for its own rounds. Most is gained of texts of one length. Any thread.
std::array<Sha256, 2> sha256_both(ByteView a, ByteView b);

}  // namespace gatehouse::crypto
