// A worker's way to its record log: what records are made with, and the gaps where the log had no room.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/arena.h"
#include "codec/packed.h"
#include "erase/erase.h"
#include "record/layout.h"
#include "record/log.h"
#include "telemetry/metrics.h"

namespace gatehouse::proxy {

/// Recorder is owned by the station; one thread. Memory of one record at a time.
class Recorder {
 public:
  Recorder(record::RingLog& log, telemetry::WorkerMetrics& metrics) : log_(log), metrics_(metrics) {}

  /// append writes a record. `gaps` (records.on_full = "overwrite"): one that finds no room counts as written, and the next that
  /// finds some has a gap record in front that says how much is missing. Else full is full, and failed is failed in any case.
  /// A close that finds none, or a broken log, is kept where its exchange has `begun`, with a record by which it counts as open
  /// (record::opens_exchange).
  record::Append append(record::Kind kind, const ExchangeId& exchange, WallNs wall, const record::Sections& sections, bool gaps,
                        bool begun = true);

  /// lose counts a record of the stream of decisions that found no room under `gaps`: the next gap record says it, too.
  void lose(const record::Sections& sections);

  /// chain is that of the record that append() wrote last; zeros where it was one that found no room.
  const record::Chain& chain() const { return chain_; }

  /// settle writes a gap record that is owed, if there is room, and behind it close records that are kept: of each the reason,
  /// the status and who ended it, so that writer and readers know that its exchange is over. Not ok: what became of the gap.
  record::Append settle(WallNs wall);

  /// owed is how many records are still to be settled.
  size_t owed() const { return lost_.size() + (gap_records_ != 0 ? 1 : 0); }

  /// kLostClosesMax bounds the closes that are kept; of more the exchanges count as open until the process ends, which
  /// closes them.
  static constexpr size_t kLostClosesMax = 1 << 16;

  codec::Packer packer;
  std::string notes;                  // a mask map without originals
  std::string blanked;                // a piece without its secrets
  erase::Eraser head_eraser;           // of heads
  Arena texts;                        // what stands in one record alone: forgotten when it is made anew, as for a full log
  std::vector<std::string> places;    // where these were

 private:
  struct LostClose {
    ExchangeId exchange;
    WallNs wall = 0;
    uint64_t reason = 0, status = 0;
    std::string ended_by;
  };
  void keep_close(const ExchangeId& exchange, WallNs wall, const record::Sections& sections);
  void close_lost();

  record::RingLog& log_;
  telemetry::WorkerMetrics& metrics_;
  record::Chain chain_{};
  uint64_t gap_records_ = 0, gap_bytes_ = 0;
  std::deque<LostClose> lost_;   // oldest first
};

}  // namespace gatehouse::proxy
