// What a worker lends to its sessions and exchanges.
#pragma once

#include <vector>

#include "base/exchange_id.h"
#include "config/snapshot.h"
#include "guard/guard.h"
#include "identity/failure_budget.h"
#include "identity/ledger.h"
#include "identity/token_cache.h"
#include "mask/mask.h"
#include "mask/value_check.h"
#include "net/links.h"
#include "net/origin_ways.h"
#include "proxy/coded_body.h"
#include "proxy/mask_work.h"
#include "proxy/memory.h"
#include "proxy/messages.h"
#include "proxy/recorder.h"
#include "record/log.h"
#include "record/writer.h"
#include "telemetry/log_pace.h"
#include "telemetry/metrics.h"

namespace gatehouse::proxy {

/// Pinned counts the exchanges of this worker that use one snapshot.
struct Pinned {
  const config::Snapshot* snapshot = nullptr;
  uint32_t exchanges = 0;
  std::vector<net::OriginWays> ways;           // same index as snapshot->origins
};

/// KeyWaiter is a session whose request waits until an issuer was asked for its keys.
struct KeyWaiter {
  SlotId session;
  std::string issuer;
};
inline constexpr size_t kKeyWaitersMax = 1024;   // of one worker; more are refused at once

/// Station is owned by the worker and outlives its sessions. One thread. Nothing here is shared with
/// another worker but what the snapshot and the queues say.
struct Station {
  Station(uring::Ring& ring_in, TimingWheel& wheel_in, net::Links& links_in, record::RingLog& log_in,
          telemetry::WorkerMetrics& metrics_in, ControlQueue& to_control_in, LogQueue& log_lines_in,
          uint32_t worker_in, uint64_t seed)
      : ring(ring_in), wheel(wheel_in), links(links_in), log(log_in), metrics(metrics_in),
        to_control(to_control_in), log_lines(log_lines_in), worker(worker_in), ids(seed),
        token_failures(seed * 0x9e3779b97f4a7c15) {}

  uring::Ring& ring;
  TimingWheel& wheel;
  net::Links& links;
  record::RingLog& log;
  telemetry::WorkerMetrics& metrics;
  ControlQueue& to_control;
  LogQueue& log_lines;
  const uint32_t worker;

  BlockPool blocks;
  HeadsPool heads;
  BodyPool bodies{0};
  ExchangeIdSource ids;
  identity::TokenCache tokens{16384};
  uint64_t remembered = 0;         // requests whose credential was the one of the request before
  identity::FailureBudget token_failures;
  identity::LedgerRef ledger = identity::Ledger::none();   // never null
  identity::ApiKeyDesk key_desk;
  guard::Inspector inspector;
  mask::Masker masker;
  MaskWorkPool masking;
  CodedBodyPool coded;
  mask::ValueCheck value_check;
  std::vector<char> gathered = std::vector<char>(kBlockBytes);   // payload of one block, within one step
  record::Sections sections;       // working memory for one record at a time
  Recorder recorder{log, metrics};
  record::RingLog* decisions = nullptr;    // null: none
  record::Urge* urge = nullptr;            // null: none
  std::vector<SlotId> commit_waiters;      // sessions whose answers wait until records are durable

  Pinned* current = nullptr;       // the snapshot in force
  uint32_t held = 0;               // exchanges waiting for a person
  uint32_t away = 0;               // bodies that are with job threads
  uint32_t provings = 0;           // assertions that are with job threads
  size_t inspect_here = kInspectHere;   // larger bodies are inspected on a job thread
  std::vector<KeyWaiter> key_waiters;
  telemetry::LogPace connections_pace, clients_pace, origins_pace;   // of lines that strangers can cause
  bool draining = false;
  bool log_exchanges = true;       // one log line per exchange (log.level info or finer)

  MonotonicNs now() const { return ring.now(); }
  WallNs wall_now() const { return ring.wall_now(); }

  /// tell sends to the control thread; false when its queue is full.
  bool tell(ToControl&& message) {
    message.worker = worker;
    told = true;
    return to_control.push(std::move(message));
  }
  bool told = false;               // the control thread's doorbell is rung at the end of the turn
};

}  // namespace gatehouse::proxy
