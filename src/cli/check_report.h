// What a good configuration comes to on this machine: policy, memory, what a crash may cost, when the disk is full.
#pragma once

#include <optional>
#include <string>

#include "config/compile.h"
#include "control/folders.h"

namespace gatehouse::cli {

/// Traffic is what the disk is reckoned with.
struct Traffic {
  double requests = 100;              // per second
  uint64_t body_bytes = 24 * 1024;    // of a request and its answer together
};

/// Needs is a configuration's need here. Bytes.
struct Needs {
  uint32_t workers = 1;
  uint64_t memory_idle = 0;           // all of the process without a connection
  uint64_t memory_most = 0;           // every limit reached at once
  uint64_t memlock = 0;               // locked, for writes from registered memory
  uint64_t memlock_limit = 0;         // of this process; UINT64_MAX: none
  bool rings_survive = true;          // rings in files: a killed process loses nothing
  bool rings_in_memory = false;       // on a tmpfs: appends wait for no disk, and a reboot takes them
  uint64_t disk_free = 0;             // where records go
  uint64_t disk_per_second = 0;       // at the given traffic
  double days = 0;                    // until the disk is full
  std::optional<control::UnfitFolder> unfit;   // a folder that `serve` would not have, by who asks and as it stands now
};

/// needs_of reads the machine: cores, limits, file systems.
Needs needs_of(const config::Config& config, const Traffic& traffic);

/// report_text is for people; report_json are the members "policy", "memory", "memlock", "crash" and "disk".
std::string report_text(const config::Loaded& loaded, const Needs& needs, const Traffic& traffic);
std::string report_json(const config::Loaded& loaded, const Needs& needs, const Traffic& traffic);

/// callers_text and callers_json (the member "issuers") say whose tokens are believed, presets' defaults in place, and which
/// groups come of them.
std::string callers_text(const config::Config& config);
std::string callers_json(const config::Config& config);

/// guards_text and guards_json (the member "guards") say what patterns cost: as reckoned, which decides, and as measured
/// here and now, which takes some milliseconds. Empty text without patterns.
std::string guards_text(const config::Prepared& prepared);
std::string guards_json(const config::Prepared& prepared);

/// records_text and records_json say for whom records are sealed.
std::string records_text(const config::Snapshot& snapshot);
std::string records_json(const config::Snapshot& snapshot);

}  // namespace gatehouse::cli
