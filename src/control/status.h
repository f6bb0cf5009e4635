// What health checks and metrics say, out of the parts of the gateway.
#pragma once

#include <string>
#include <vector>

#include "approve/board.h"
#include "control/health_api.h"
#include "control/key_keeper.h"
#include "control/publisher.h"
#include "control/witness.h"
#include "record/writer.h"
#include "telemetry/exposition.h"

namespace gatehouse::control {

/// Standing is a reading of everything, taken when somebody asks.
struct Standing {
  bool draining = false;
  std::vector<std::string> stuck;  // threads without progress, by name
  std::vector<std::string> ended;  // worker threads that are gone though they should run
  record::WriterStats records;
  WitnessStats witness;
  std::vector<const KeyKeeper::Issuer*> issuers;
  const Publisher* publisher = nullptr;
  const approve::Board* board = nullptr;
  const identity::Ledger* ledger = nullptr;
  std::vector<const telemetry::WorkerMetrics*> workers;
  const telemetry::RouteSeries* routes = nullptr;
  WallNs started = 0;
  size_t generations = 1;          // that live
  size_t running = 0;              // worker threads
  uint64_t log_lines_lost = 0;     // of the control thread
  bool clock_in_doubt = false;     // nothing is deleted by age
};

Health health_of(const Standing& standing);
std::string metrics_of(const Standing& standing);

}  // namespace gatehouse::control
