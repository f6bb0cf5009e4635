// Is everything as it was written? Without keys: order, completeness, checksums, chain, links.
#pragma once

#include <functional>

#include "record/reader.h"

namespace gatehouse::record {

/// Verified counts what was looked at.
struct Verified {
  uint64_t records = 0;
  uint64_t bytes = 0;      // of records
  uint64_t epochs = 0;
  uint64_t segments = 0;
  uint64_t exchanges = 0;  // that have a request record
  uint64_t problems = 0;
  uint64_t open = 0;       // exchanges without a close in epochs that go on
};

/// verify reads everything and calls `problem` for each thing that is wrong. Damage, gaps, broken
/// chains, missing segments, epochs without an end and without a ring, epochs that do not continue the
/// one before, exchanges without a close in a finished epoch. `look`, when there is one, says what is wrong within a record
/// that is otherwise whole; nullptr: nothing.
Verified verify(Reader& reader, const std::function<void(const Damage&)>& problem,
                const std::function<const char*(const RecordView&)>& look = {});

}  // namespace gatehouse::record
