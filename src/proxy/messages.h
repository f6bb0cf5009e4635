// What workers and the control thread say to each other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "approve/board.h"
#include "base/exchange_id.h"
#include "base/slab.h"
#include "base/spsc_queue.h"
#include "config/snapshot.h"
#include "proxy/inspection.h"
#include "proxy/proving.h"
#include "telemetry/log_line.h"

namespace gatehouse::proxy {

/// kShownPiece is what a worker copies of a held request at once: little enough to keep no other waiting.
inline constexpr size_t kShownPiece = 64 * 1024;

/// Descriptors are what one worker accepts on: by listener index, none or several of each.
using Descriptors = std::vector<std::vector<int>>;

/// ToControl: worker -> control thread.
struct ToControl {
  enum class Kind : uint8_t {
    none,
    ask,        // card: an exchange is held
    gone,       // exchange: it is no longer held (cancelled, expired or consumed); `reason` says why
    released,   // snapshot: this worker no longer uses it
    moved,      // snapshot: this worker accepts on the listeners that came with it
    let_go,     // after retire: nothing is accepted here any more
    drained,    // nothing is left after drain or retire
    shown,      // exchange, asker, held, bytes: a piece of what an approval would be bound to; none at its end
    keys_wanted,// session, issuer, keys: a token of it names a key that is not among them
    inspect,    // inspection: run it on a job thread
    prove,      // proving: likewise
  };
  Kind kind = Kind::none;
  uint32_t worker = 0;
  SlotId session;
  ExchangeId exchange;
  Reason reason = Reason::none;
  std::unique_ptr<approve::Card> card;
  const config::Snapshot* snapshot = nullptr;
  std::string issuer;                // its name
  uint64_t keys = 0;                 // KeySet::generation; 0: it has none
  std::shared_ptr<Inspection> inspection;
  std::shared_ptr<Proving> proving;
  SlotId asker;                      // who asked on the admin socket
  bool held = false;                 // it still waits for a person
  std::string bytes;                 // at most kShownPiece
};

/// ToWorker: control thread -> worker.
struct ToWorker {
  enum class Kind : uint8_t {
    none,
    publish,    // snapshot: use it from the next turn on; listeners: accept there from now on; empty: as before
    answer,     // exchange, session, granted, by, note: a person answered
    show,       // exchange, session, offset, asker: a person wants to see what is held
    keys,       // issuer, session (none: all that wait for it): it was asked, or will not be
    inspected,  // inspection: it ran
    proved,     // proving: likewise
    accept,     // listeners: accept there from now on; snapshot: none, or what `moved` is said of
    retire,     // others take the new connections: finish those that are here, each with its next answer
    drain,      // take no new connections, finish what runs
    stop,       // end everything now
  };
  Kind kind = Kind::none;
  const config::Snapshot* snapshot = nullptr;
  Descriptors listeners;             // borrowed until after `moved`, and a shutdown
  SlotId session;
  ExchangeId exchange;
  bool granted = false;
  std::array<uint8_t, 32> digest{};  // what was granted
  std::string by;
  std::string note;
  std::string issuer;
  std::shared_ptr<Inspection> inspection;
  std::shared_ptr<Proving> proving;
  uint64_t offset = 0;               // in approve::read_bound
  SlotId asker;                      // comes back with `shown`
};

using ControlQueue = SpscQueue<ToControl>;
using WorkerQueue = SpscQueue<ToWorker>;
/// LogQueue carries finished log lines; full means lost and counted, never waited for.
using LogQueue = SpscQueue<telemetry::LogText>;

}  // namespace gatehouse::proxy
