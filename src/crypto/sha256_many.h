// SHA-256 of many texts at once.
#pragma once

#include <span>

#include "crypto/digest.h"

namespace gatehouse::crypto {

inline constexpr size_t kSha256Many = 16;   // texts that go through the processor side by side, at most: what pays to gather

/// sha256_many is sha256 of each text: `digests` are as many as `texts`, at most kSha256Many. Where the processor has instructions
/// for it they go through it side by side: alone each waits for its own rounds. Most is gained of texts of one length. Any thread.
void sha256_many(std::span<const ByteView> texts, std::span<Sha256> digests);

}  // namespace gatehouse::crypto
