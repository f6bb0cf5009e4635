// Sizes and durations as people write them.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace gatehouse::config {

/// parse_size reads "64MiB", "512 KiB" or "4096" into bytes; the error says what is wrong with it.
Result<uint64_t, std::string> parse_size(ByteView text);
/// parse_duration reads "5ms", "10s", "2m" into nanoseconds; a unit is needed unless it is "0".
Result<uint64_t, std::string> parse_duration(ByteView text);

/// format_size and format_duration write the shortest exact form back.
std::string format_size(uint64_t bytes);
std::string format_duration(uint64_t ns);

}  // namespace gatehouse::config
