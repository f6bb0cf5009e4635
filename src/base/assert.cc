#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace gatehouse {

void assertion_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "gatehouse: invariant broken at %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace gatehouse
