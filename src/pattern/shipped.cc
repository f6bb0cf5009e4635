#include "pattern/shipped.h"

namespace gatehouse::pattern {

std::optional<std::span<const ShippedPattern>> shipped_set(ByteView name) {
  if (name == kShippedSets[0]) return destructive_commands();
  if (name == kShippedSets[1]) return secrets();
  return std::nullopt;
}

}  // namespace gatehouse::pattern
