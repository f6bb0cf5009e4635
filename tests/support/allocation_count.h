// How often this thread asked the heap for memory, counted below operator new: at malloc itself. Link
// allocation_count.cc into the test that asks.
#pragma once

#include <cstddef>

namespace gatehouse::testing {

/// allocations is the number of this thread's calls of malloc, calloc, realloc and the aligned ones so far.
size_t allocations();

}  // namespace gatehouse::testing
