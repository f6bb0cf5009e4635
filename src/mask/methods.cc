#include "gatehouse/mask_map.h"
#include "mask/mask.h"

namespace gatehouse::mask {

static_assert(static_cast<int>(Method::redact) == GATEHOUSE_MASK_METHOD_REDACT);
static_assert(static_cast<int>(Method::partial) == GATEHOUSE_MASK_METHOD_PARTIAL);
static_assert(static_cast<int>(Method::replace) == GATEHOUSE_MASK_METHOD_REPLACE);

ByteView method_name(Method method) {
  switch (method) {
    case Method::redact: return "redact";
    case Method::partial: return "partial";
    case Method::hash: return "hash";
    case Method::drop: return "drop";
    case Method::null: return "null";
    case Method::replace: return "replace";
  }
  return "unknown";
}

bool method_from_name(ByteView name, Method* out) {
  for (const Method method : {Method::redact, Method::partial, Method::hash, Method::drop, Method::null, Method::replace}) {
    if (name != method_name(method)) continue;
    *out = method;
    return true;
  }
  return false;
}

}  // namespace gatehouse::mask
