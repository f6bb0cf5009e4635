// Configuration -> snapshots: loaded, compiled away from the control thread, published, freed when unused.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/compile.h"
#include "config/note.h"
#include "control/doors.h"
#include "control/file_watch.h"
#include "control/job_thread.h"
#include "control/log.h"
#include "control/reload.h"
#include "identity/ledger.h"
#include "record/writer.h"
#include "store/store.h"

namespace gatehouse::control {

/// FetchedKeys are an issuer's keys and where they came from: indexes may change between configurations.
struct FetchedKeys {
  config::KeySource source;
  std::shared_ptr<const identity::KeySet> keys;
};

/// keys_by_index puts fetched keys in the order of a configuration's issuers: never those of another source.
std::vector<std::shared_ptr<const identity::KeySet>> keys_by_index(const config::Config& config,
                                                                   const std::vector<FetchedKeys>& fetched);

/// Crew is who works now, for whoever prepares a change.
struct Crew {
  std::vector<uint32_t> taken;     // numbers of workers that nobody new may have, sorted
  std::vector<uint32_t> working;   // those of living workers
  uint32_t workers = 0;            // of the generation that serves
  size_t generations = 0;
  record::Beside writers;          // of all generations
};

/// Raising is a generation to be: all that could be made ready away from the control thread.
struct Raising {
  std::vector<std::string> keys;                      // whose values ask for it
  std::vector<uint32_t> numbers;
  std::shared_ptr<record::Writer> writer;
  record::Beside beside;                              // as they were when it began
  std::shared_ptr<const config::Snapshot> snapshot;   // the workers' first
  uring::RingFeatures ring_off;
  Listeners listeners;                                // that the workers are to accept on
};

/// Publisher keeps the configuration in force and every snapshot that a worker may still use. A configuration
/// that is wrong, or that changes what is fixed for a process, is refused and the old one goes on. One that changes
/// what workers are started with raises a generation; one with another gateway.state_dir moves the store. Control thread.
class Publisher {
 public:
  /// Published is a snapshot after the first.
  struct Published {
    const config::Snapshot& fresh;
    bool keys_only;                                    // the configuration is as before
    const std::vector<config::Difference>& changes;    // to the one before
    const Doors& doors;                                // those as before are the same ones
    bool raised;                                       // the workers that serve began with it
  };
  using Publish = std::function<void(const Published&)>;
  using Fetched = std::function<std::vector<FetchedKeys>()>;
  using Moved = std::function<void(const std::string& why_not)>;   // called once; empty: the store has moved

  /// kGenerationsMax may live at once; a change that asks for another one is refused until the oldest has ended.
  static constexpr size_t kGenerationsMax = 3;

  struct Calls {
    Publish publish;                // for each snapshot after the first: hand it to all workers
    Fetched fetched;                // the keys of the moment
    std::function<Crew()> crew;
    std::function<Result<Done, std::string>(const Raising&)> raise;   // starts the workers; they accept nothing yet
    std::function<void(const Raising&)> abandon;                      // those are not to serve
    std::function<std::shared_ptr<const identity::GatewayKeys>()> own_keys;   // the gateway's, of the moment
    std::function<identity::LedgerRef()> ledger;   // of the moment: revocations that nobody is meant by are warned of
    std::function<void(const config::Snapshot&, const config::Inventory&)> keep;   // what came into force, for the next start
    std::function<std::string()> state_path;   // of the store's file
    std::function<void(std::unique_ptr<store::Store>, Moved)> move_state;   // see Store::move_to
  };

  /// `cpus`: how many workers 0 stands for.
  Publisher(std::string path, uint32_t cpus, JobThread& jobs, Log& log, Calls calls);

  /// begin takes the first configuration, prepared by serve().
  void begin(config::Loaded loaded, std::shared_ptr<config::Snapshot> snapshot, const tls::TicketKeys& tickets,
             Doors doors);

  /// look checks the files; when one changed everything is read and compiled again. Does nothing while another look
  /// is running: the next one sees what changed.
  void look(WallNs now);

  /// reload reads and compiles everything, now or after what is running; `end` is called once, unless the process
  /// ends before.
  void reload(WallNs now, ReloadEnd end, const std::string& by = "reload");

  /// rotate_tickets draws new keys and publishes them.
  void rotate_tickets(WallNs now);

  /// renew_keys publishes fetched keys, and the gateway's own, when they differ from those in force. Reads no file: what is wrong
  /// with one keeps no key in force that its issuer withdrew.
  void renew_keys();

  /// released: a worker let a snapshot go; left: it has ended, and lets go of all.
  void released(uint32_t worker, const config::Snapshot* snapshot);
  void left(uint32_t worker);

  const config::Config& config() const { return config_; }
  const config::Snapshot& current() const { return *snapshots_.back().snapshot; }
  size_t alive() const { return snapshots_.size(); }
  uint64_t failures() const { return failures_; }
  uint64_t reloads() const { return reloads_; }
  uint64_t alerts() const { return alerts_; }       // changes that weakened what is recorded or guarded, or who is believed
  bool last_failed() const { return last_failed_; }
  bool busy() const { return running_ != nullptr || wanted_ != nullptr; }   // a look has not come to its end

 private:
  struct Look;  // one look: what goes in and what comes out
  Look& wanted(WallNs now);
  void start(const std::shared_ptr<Look>& look);
  void start_wanted();
  void finish(const std::shared_ptr<Look>& look);
  void move_state(const std::shared_ptr<Look>& look);
  void settle(Look& look);
  void raise(Look& look);
  void put_keys(config::Snapshot& snapshot, const config::Config& config) const;
  void take_over(Look& look);
  void enforce(std::shared_ptr<config::Snapshot> fresh, bool keys_only, const std::vector<config::Difference>& changes,
               bool raised);
  void say_failure(const Look& look);
  void answer(Look& look);

  const std::string path_;
  const uint32_t cpus_;
  uint32_t connections_ = 0;      // limits.connections when the workers that serve were started
  JobThread& jobs_;
  Log& log_;
  size_t new_workers_ = 0;        // that took over since the last reload
  Calls calls_;
  uint64_t alerts_ = 0;
  WallNs now_ = 0;                // of the look that ended last
  config::Config config_;
  config::Inventory inventory_;   // of the configuration in force
  config::Inventory told_;        // of the one that the last reload spoke of
  struct Used {
    std::shared_ptr<config::Snapshot> snapshot;
    std::vector<uint32_t> by;     // numbers of workers
  };
  std::vector<Used> snapshots_;   // the last is in force
  tls::TicketKeys tickets_;
  Doors doors_;
  std::shared_ptr<FileWatch> files_ = std::make_shared<FileWatch>();  // used by jobs, one at a time
  std::shared_ptr<Look> running_, wanted_;
  uint64_t failures_ = 0, reloads_ = 0;
  bool last_failed_ = false;
  bool moving_ = false;           // the store, for the look that runs
  bool keys_wait_ = false;        // keys are to be renewed after that
};

/// fixed_changes lists what two configurations differ in and that needs a restart.
std::vector<std::string> fixed_changes(const config::Config& old, const config::Config& fresh);

/// say_alerts logs what a snapshot weakens.
void say_alerts(Log& log, WallNs now, const config::Snapshot& snapshot);

/// workers_of is how many a configuration asks for.
uint32_t workers_of(const config::Config& config, uint32_t cpus);

/// generation_changes lists the keys that two configurations differ in and that workers are started with;
/// limits.connections is one beyond what the workers' rings were opened for (`started`).
std::vector<std::string> generation_changes(const config::Config& old, const config::Config& fresh, uint32_t cpus,
                                            uint32_t started);

}  // namespace gatehouse::control
