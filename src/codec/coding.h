// Content codings (RFC 9110 section 8.4): their names in fields, and what bytes betray of them. Pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace gatehouse::codec {

enum class Coding : uint8_t { identity, gzip, deflate, br, zstd };
inline constexpr size_t kCodings = 5;

/// coding_name returns the name that goes into a Content-Encoding field: "gzip", never "x-gzip".
ByteView coding_name(Coding coding);

/// Codings are those of one body, in the order in which they were applied: the last is taken off first.
struct Codings {
  std::array<Coding, 2> applied{};   // never identity within count
  uint8_t count = 0;                 // 0: identity

  bool operator==(const Codings&) const = default;
};

/// parse_content_encoding reads a Content-Encoding value (several fields joined with ", "). x-gzip is gzip (RFC 9110 section
/// 8.4.1.3), identity adds nothing, case does not matter. Nothing for an unknown name, an empty member or value, parameters,
/// and more than two members: nobody sends such, and two readers could take it for two things.
std::optional<Codings> parse_content_encoding(ByteView value);

/// choose_coding returns the coding that an Accept-Encoding value asks for (RFC 9110 section 12.5.3; several fields joined):
/// that of the highest weight; of equal ones `liked`, then gzip, zstd, br, deflate. "*" speaks for those that are not
/// named, and for identity only when it excludes. identity when the value is empty or breaks the grammar, when nothing else
/// is named with a weight above 0, or identity weighs more. Without identity ("identity;q=0", "*;q=0") anything that is
/// allowed is chosen, and identity only when nothing is. A name said twice has its lowest weight.
Coding choose_coding(ByteView accept_encoding, Coding liked = Coding::gzip);

/// Looks: what the first bytes of a body that was declared identity betray.
struct Looks {
  Coding coding = Coding::identity;  // identity: like no coding that can be told
  bool certain = false;              // no text in ASCII or UTF-8 begins so
};

/// looks_coded judges the beginning of a body (four bytes say all). Certain: gzip (1f 8b) and zstd frames. zlib headers
/// (deflate) are certain only when their second byte is no UTF-8: "x^" and "80" are zlib headers as well as text. zstd's
/// skippable frames begin with text and a control character: not certain. Nothing tells br or raw deflate: they never
/// look coded. JSON begins like none of these, but for the number 80.
Looks looks_coded(ByteView body);

}  // namespace gatehouse::codec
