// How a refusal is written for those who read it.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace gatehouse::config {

/// RefusalShape is the form of our own answers; every form says the same: what happened, reason, code,
/// exchange, and the limit that was hit.
enum class RefusalShape : uint8_t {
  detail,   // JSON with "detail", as FastAPI services answer and their clients expect
  plain,    // text/plain, a line each
  problem,  // RFC 9457 application/problem+json
  oauth,    // RFC 6749 section 5.2, of token requests alone: no word of the configuration says it
};

/// kRefusalShapes are the words of the configuration.
inline constexpr ByteView kRefusalShapes = "detail|plain|problem";

/// refusal_shape reads one of kRefusalShapes.
inline RefusalShape refusal_shape(ByteView word) {
  if (word == "plain") return RefusalShape::plain;
  return word == "problem" ? RefusalShape::problem : RefusalShape::detail;
}

}  // namespace gatehouse::config
