// Time is a value: pure code takes it as an argument and never asks a clock.
#pragma once

#include <cstdint>

namespace gatehouse {

/// MonotonicNs is nanoseconds of a clock that never jumps; only differences mean something.
using MonotonicNs = uint64_t;

/// WallNs is nanoseconds since 1970-01-01 UTC; may jump.
using WallNs = uint64_t;

inline constexpr uint64_t kNsPerUs = 1'000;
inline constexpr uint64_t kNsPerMs = 1'000'000;
inline constexpr uint64_t kNsPerSecond = 1'000'000'000;

/// kNever is a deadline that does not come.
inline constexpr MonotonicNs kNever = UINT64_MAX;

}  // namespace gatehouse
