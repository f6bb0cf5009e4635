// Where a worker leaves its records: a ring in shared memory that outlives the process.
#pragma once

#include <array>
#include <memory>

#include "base/exchange_id.h"
#include "base/time.h"
#include "record/entry.h"

namespace gatehouse::record {

class Sealer;

enum class Append : uint8_t {
  ok,      // the record is in the mapped ring: it survives the process from here on
  full,    // no room now: the writer thread has to catch up; nothing was written
  failed,  // the log is broken (disk failed, ring damaged or cut); nothing was written that anybody may count on
};

/// RingLog appends records to one worker's ring. One thread (its worker). The ring memory is lent by
/// the mapping (record/mapping.h) and outlives this object. Append cost: copy, CRC32C, chain step.
class RingLog {
 public:
  /// open starts a log in ring memory that create_ring() or recovery has prepared. With a sealer (Writer::sealer) records
  /// are sealed: each segment then begins with a keys record of its own, and append() says full also while the next
  /// segment's keys are not there yet. The sealer outlives the log.
  static std::unique_ptr<RingLog> open(ByteSpan ring, Sealer* sealer = nullptr);
  ~RingLog();
  RingLog(const RingLog&) = delete;

  /// append writes one record. `stream` is the HTTP/2 stream number, 0 for HTTP/1. A tenant's record (Sections::of) fails where
  /// nothing seals it.
  Append append(Kind kind, const ExchangeId& exchange, uint32_t stream, WallNs wall, const Sections& sections);

  /// room returns the bytes that can be appended now, of a log that fails all: nobody waits for it. A record of half of it does
  /// fit, wherever a segment ends.
  uint64_t room() const;

  /// head is how far records go; what lies below committed() is durable. chain is of the last record.
  uint64_t head() const;
  uint64_t committed() const;
  const std::array<uint8_t, 32>& chain() const;

  /// broken says that the ring was cut or written over by others: for good. What is not committed by then never will be.
  bool broken() const;

  /// largest is the most that one record may take, headers of record and sections included; more is
  /// Append::failed, at any time. Callers cut bodies into pieces well below it.
  uint64_t largest() const;

  struct State;

 private:
  explicit RingLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// create_ring prepares memory (a multiple of 4,096 bytes, at least 64 KiB) as an empty ring.
void create_ring(ByteSpan memory, uint32_t worker, const ExchangeId& process);

/// RingStart is what a ring is told at its beginning; the rest of its header follows from the memory.
struct RingStart {
  uint32_t worker = 0;
  ExchangeId process;
  ExchangeId previous_process;                  // of this worker's epoch before; nil in the first
  std::array<uint8_t, 32> previous_chain{};     // its last chain value
  uint64_t segment_bytes = 64 << 20;            // a multiple of 4,096
  std::array<uint8_t, 16> boot_id{};
  uint32_t pid = 0;
  uint64_t pid_start = 0;
  WallNs created = 0;
};
void create_ring(ByteSpan memory, const RingStart& start);

}  // namespace gatehouse::record
