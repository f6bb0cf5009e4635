// What a check says of a request: it may pass, a person must be asked, or it is refused.
#pragma once

#include <algorithm>
#include <cstdint>

namespace gatehouse::guard {

/// Outcome is in rising order of severity.
enum class Outcome : uint8_t { pass, approve, block };

constexpr Outcome worse(Outcome a, Outcome b) { return std::max(a, b); }

}  // namespace gatehouse::guard
