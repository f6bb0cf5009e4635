// What a writer is made of: for its two sources, how it starts (writer_start.cc) and how it goes on (writer.cc), and nobody else.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "record/disk.h"
#include "record/erased.h"
#include "record/heads.h"
#include "record/lane.h"
#include "record/recovery.h"
#include "record/sealing.h"
#include "record/spare.h"
#include "record/whereabouts.h"
#include "record/write_lock.h"
#include "record/writer.h"

namespace gatehouse::record {

/// wall_clock is the time of now. Any thread.
WallNs wall_clock();

/// Said is what heads say, or may come to say, of a folder's tombstones: one word of all writers of this process that write there.
struct Said {
  std::mutex mutex;                    // guards what follows
  std::optional<HeadRing> attested;    // the last tombstone that a head says
  std::optional<HeadRing> owed;        // one whose head failed: it is tried again, and may come at any time
  std::shared_ptr<TombstoneChain> believed = std::make_shared<TombstoneChain>();   // under the retention lock alone
};

/// State is all of a writer. The caller of start() and stop() has it while no thread runs; lanes, sealers and spares are the writer
/// thread's meanwhile, and what the mutex guards is anybody's. It lives as long as its Writer.
struct Writer::State {
  WriterOptions options;
  Descriptor folder, rings;
  std::shared_ptr<const WriteLock> folder_lock, rings_lock;   // shared with those beside
  ExchangeId process;
  std::vector<std::unique_ptr<Lane>> lanes;
  std::vector<std::unique_ptr<Sealer>> sealers;   // of each lane; none when records are not sealed
  std::unique_ptr<SpareMaker> spares, small_spares;   // the latter for decisions
  std::vector<std::string> notes;
  std::unique_ptr<HeadWriter> heads;   // with a key
  std::shared_ptr<Said> said;          // shared with those beside that write to the same folder
  uint64_t spare = 0;               // of locked memory: for the workers' io_uring, and what those beside have

  mutable std::mutex mutex;         // guards what follows, up to the thread
  std::condition_variable changed;
  Urge urge{changed};
  std::chrono::steady_clock::time_point good = std::chrono::steady_clock::now();   // the last round that went well or was idle
  WriterStats stats;
  bool stopping = false;
  bool ready = false;               // every lane has made its first record durable
  bool given_up = false;            // stop() found the disk refusing
  std::thread thread;
  std::chrono::steady_clock::time_point looked{};   // at all files, by the thread

  enum class Round : uint8_t { idle, more, waiting, failed };

  Result<Done, std::string> prepare(const Beside& beside);
  Result<Done, std::string> lock(const Beside& beside);
  Result<Done, std::string> numbers_free(const Beside& beside) const;
  Whereabouts whereabouts() const;
  Result<Done, std::string> note(const Whereabouts& where) const;
  void forget(const ExchangeId& noted) const;
  Result<Done, std::string> make_rings(const Recovered& recovered);
  Result<Done, std::string> begin_heads(Recovered& recovered);
  void offer_heads();
  Result<Done, std::string> await_first_commit();
  void say_guarantees();
  void say_io(const std::string& unregistered);
  void work();
  Sealer* sealer(uint32_t nth) const { return nth < sealers.size() ? sealers[nth].get() : nullptr; }
  Round round(Disk& disk);
  Round round_of(Disk& disk, size_t first, size_t last, bool look);
  bool pressed() const;
  struct Moved {
    std::string folder, rings;   // why it is not where its name leads; empty while it is
  };
  Moved look_at_folders() const { return {path_trouble(options.dir, folder), path_trouble(options.ring_dir, rings)}; }
  bool ring_in_place(Lane& lane, const Moved& moved, std::string* error);
  bool segment_in_place(Lane& lane, const Moved& moved, std::string* error);
  void prepare_keys();
  void fail(Lane& lane, const std::string& error, bool for_good);
  Result<Done, std::string> end_epochs();
};

}  // namespace gatehouse::record
