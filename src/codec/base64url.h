// Base64 with the URL-safe alphabet and without padding (RFC 4648 section 5, RFC 7515 section 2).
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"

namespace gatehouse::codec {

/// base64url_decoded_bytes is the size of what `encoded` characters decode to (an upper bound when they
/// are not valid).
constexpr size_t base64url_decoded_bytes(size_t encoded) { return encoded / 4 * 3 + encoded % 4 * 3 / 4; }

/// decode_base64url writes the bytes to out (at least base64url_decoded_bytes) and returns their number;
/// nullopt for anything that encode_base64url would not have written: padding, other characters, a length
/// of 4n + 1, trailing bits that are not zero. So a value has exactly one text. Does not allocate.
std::optional<size_t> decode_base64url(ByteView text, ByteSpan out);
std::optional<std::string> decode_base64url(ByteView text);

std::string encode_base64url(ByteView bytes);

}  // namespace gatehouse::codec
