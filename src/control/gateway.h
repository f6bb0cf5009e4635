// The control thread's turn loop: workers, snapshots, keys, approvals, health, signals.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "approve/board.h"
#include "control/admin_api.h"
#include "control/certificate_watch.h"
#include "control/doors.h"
#include "control/front.h"
#include "control/key_keeper.h"
#include "control/last_configuration.h"
#include "control/ledger_api.h"
#include "control/ledger_book.h"
#include "control/notify.h"
#include "control/publisher.h"
#include "control/retention.h"
#include "control/status.h"
#include "control/token_desk.h"
#include "control/generation.h"
#include "control/witness.h"

namespace gatehouse::control {

/// GatewayParts is what serve() has made ready; all of it outlives the Gateway.
struct GatewayParts {
  std::string config_path;
  uring::Ring* ring = nullptr;
  Log* log = nullptr;
  int signals = -1;        // a signalfd
  int jobs_done = -1;      // an eventfd
  Places* places = nullptr;
  store::Store* store = nullptr;     // that all of these use, as all is done by one job thread
  std::shared_ptr<LedgerBook> book;  // open
  std::shared_ptr<LastConfiguration> last;   // open
  std::shared_ptr<TokenDesk> desk;   // open when the first configuration gives tokens
  std::vector<int> cpus;
};

/// Gateway runs until it is told to stop and every worker has ended. It never blocks for long: name look-ups
/// and compilation go to job threads. One thread.
class Gateway {
 public:
  /// `first` has started, and accepts nothing yet.
  Gateway(const GatewayParts& parts, config::Loaded loaded, std::shared_ptr<config::Snapshot> snapshot,
          const tls::TicketKeys& tickets, Doors doors, std::unique_ptr<Generation> first);
  Gateway(const Gateway&) = delete;

  /// run returns when the end is reached: true when every worker ended by itself.
  bool run();

  /// close_records ends the records of all that are left, after run(). False: not all could be written; why says it.
  bool close_records(std::string* why);

 private:
  enum class Stage : uint8_t { serving, draining, stopping };

  void turn();
  void signalled();
  void hear_workers();
  void heard(uint32_t worker, proxy::ToControl& message);
  void inspect(uint32_t worker, const std::shared_ptr<proxy::Inspection>& inspection);
  void prove(uint32_t worker, const std::shared_ptr<proxy::Proving>& proving);
  void give(uint32_t worker, const std::shared_ptr<proxy::Proving>& proving);
  void proved(uint32_t worker, const std::shared_ptr<proxy::Proving>& proving);
  void open_desk();
  void turn_token_keys();
  void desk_failed(const std::string& why);
  void tell_keys(WorkerThread& worker, const std::string& issuer, SlotId session);
  void keys_asked(const std::string& issuer);
  void gone(const proxy::ToControl& message);
  void tell_all(const proxy::ToWorker& message);
  void ring_doorbells();
  void second();
  void heartbeat();
  void publish(const Publisher::Published& published);
  void move_to(const Doors& doors, const config::Snapshot& with);
  void listen_for_health();
  void listen_for_admin();
  void say_listening(ByteView name, int descriptor, bool tls);
  void moved(const config::Snapshot* with);
  void warn_of_certificates();
  void gather_heads();
  void look_at_records();
  void reload(const std::string& by, ReloadEnd end);
  std::vector<FetchedKeys> fetched_keys() const;
  static std::vector<std::string> route_names(const config::Snapshot& snapshot);
  static size_t held_at_most(const config::Config& config, size_t workers);
  void drain(ByteView why);
  void stop_workers();
  Crew crew() const;
  Result<Done, std::string> raise(const Raising& raising);
  void abandon(const Raising& raising);
  void relieve(const config::Snapshot& fresh);
  void stop(Generation& generation);
  void step_generations();
  void take_over();
  void reap(Generation& generation);
  void closed(Generation& generation);
  Generation& of(uint32_t worker) const;
  Standing standing() const;
  void show(const Show& wish, SlotId asker);
  Answer serve_admin(const Request& request, const std::string& by);
  Answer serve_ledger(const Request& request, const std::string& by);
  void take_ledger(const identity::LedgerRef& fresh);
  void say_ledger(const LedgerWish& wish, const Answer& answer);
  void sweep_ledger();
  void keep(const config::Snapshot& snapshot, const config::Inventory& inventory);
  void move_state(std::unique_ptr<store::Store> vacant, const Publisher::Moved& moved);

  MonotonicNs now() const { return parts_.ring->now(); }
  WallNs wall() const { return parts_.ring->wall_now(); }

  struct Leaving {
    const config::Snapshot* with = nullptr;   // the snapshot that the others came with
    uint32_t workers = 0;                     // that accept here alone
    std::vector<std::pair<ListenerSockets::Ref, ListenerSockets::Ref>> listeners;   // with those in their place
  };

  GatewayParts parts_;
  Places& places_;
  std::vector<std::unique_ptr<Generation>> generations_;   // those that end, too
  Generation* serving_ = nullptr;
  bool records_healthy_ = true;                            // what the log said of them last
  uint64_t record_failures_ = 0;                           // that it said something of
  record::WriterStats closed_records_;                     // of generations that are gone
  Log& log_;
  JobThread lookups_;
  JobThread compiles_;
  JobThread closings_;                // of records
  JobThread stored_;                  // all that uses the store
  uint32_t keeping_ = 0;              // what is on its way to the store for the next start
  std::vector<std::unique_ptr<JobThread>> provers_;   // of assertions
  size_t next_prover_ = 0;
  bool turning_ = false;              // the keys of the desk are being changed
  /// Inspector is a job thread for guards; what the thread works with is the thread's own.
  struct Inspector {
    explicit Inspector(int notify) : thread(notify) {}
    JobThread thread;
    std::shared_ptr<guard::Inspector> memory = std::make_shared<guard::Inspector>();
  };
  std::vector<std::unique_ptr<Inspector>> inspectors_;
  size_t next_inspector_ = 0;
  identity::LedgerRef ledger_;        // that all workers have, or soon will
  MonotonicNs next_ledger_sweep_ = 0;
  MonotonicNs swept_ = 0;            // when it was swept last, and by which clock
  WallNs swept_wall_ = 0;
  Front front_;
  Publisher publisher_;
  KeyKeeper keys_;
  Witness witness_;
  approve::Board board_;
  telemetry::RouteSeries routes_;

  Doors doors_;                      // where workers accept, or soon will
  /// Step is what the workers that serve are to be told in turn, once nobody else accepts.
  struct Step {
    Listeners listeners;
    const config::Snapshot* with = nullptr;
  };
  std::vector<Step> steps_;
  uint32_t health_ = 0, admin_ = 0;  // of the front
  std::vector<Leaving> leaving_;
  Stage stage_ = Stage::serving;
  const WallNs started_;
  MonotonicNs next_second_ = 0;
  MonotonicNs next_rotation_;
  MonotonicNs deadline_ = kNever;    // of the stage
  Notifier notifier_{Notifier::from_environment()};
  uint32_t last_number_ = 0;         // of a generation
  bool reloading_ = false;
  CertificateWatch certificates_;
  Retention retention_;
};

}  // namespace gatehouse::control
