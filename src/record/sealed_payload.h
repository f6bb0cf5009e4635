// A sealed record's payload on its way into the ring: clear sections, then the auditor's part, then that of operations.
#pragma once

#include "record/ring_memory.h"
#include "record/sealing.h"

namespace gatehouse::record {

/// Rows says which section of a record goes where.
struct Rows {
  std::array<Tier, Sections::kMax> tier;   // by section; only as many as there are
  std::array<uint64_t, 3> bytes{};         // of each tier's row of sections, by Tier

  uint64_t of(Tier which) const { return bytes[static_cast<size_t>(which)]; }
};

/// plan_rows fills `rows` and returns the bytes of the payload.
uint64_t plan_rows(Kind kind, const Sections& sections, Sealed sealed, Rows* rows);

/// put_sealed writes payload and padding behind the header at stream offset `offset`, which may wrap at the ring's end. The
/// header's fields are set already but for what this fills in: key_epoch, tier, tag, payload_crc. Nothing is allocated.
void put_sealed(const RingMemory& ring, uint64_t offset, const Sections& sections, const Rows& rows, Sealer& sealer,
                RecordHeader* header);

}  // namespace gatehouse::record
