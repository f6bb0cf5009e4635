// Configuration -> snapshots: loaded, compiled away from the control thread, published, freed when unused.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/compile.h"
#include "control/file_watch.h"
#include "control/job_thread.h"
#include "control/log.h"

namespace gatehouse::control {

/// FetchedKeys are an issuer's keys under its name and URL: indexes may change between configurations.
struct FetchedKeys {
  std::string name, url;
  std::shared_ptr<const identity::KeySet> keys;
};

/// keys_by_index puts fetched keys in the order of a configuration's issuers: never to another issuer or URL.
std::vector<std::shared_ptr<const identity::KeySet>> keys_by_index(const config::Config& config,
                                                                   const std::vector<FetchedKeys>& fetched);

/// Publisher keeps the configuration in force and every snapshot that a worker may still use. A configuration
/// that is wrong, or that changes what is fixed for a process, is refused and the old one goes on. Control thread.
class Publisher {
 public:
  using Publish = std::function<void(const config::Snapshot& fresh, const config::Config& config)>;

  /// `publish` is called for each snapshot after the first: hand it to all `workers`.
  Publisher(std::string path, uint32_t workers, JobThread& jobs, Log& log, Publish publish);

  /// begin takes the first configuration, prepared by serve().
  void begin(config::Config config, std::shared_ptr<config::Snapshot> snapshot, const tls::TicketKeys& tickets);

  /// look checks the files; when one changed, or `force`, everything is read and compiled again. `keys` are the
  /// fetched keys of the moment. Does nothing while one look is running but remembers to look again.
  void look(bool force, std::vector<FetchedKeys> keys, WallNs now);

  /// rotate_tickets draws new keys for the next snapshot.
  void rotate_tickets();

  /// released: one worker let a snapshot go.
  void released(const config::Snapshot* snapshot);

  const config::Config& config() const { return config_; }
  const config::Snapshot& current() const { return *snapshots_.back(); }
  size_t alive() const { return snapshots_.size(); }
  uint64_t failures() const { return failures_; }
  bool last_failed() const { return last_failed_; }
  bool busy() const { return running_ != nullptr || wanted_ != nullptr; }   // a look has not come to its end

 private:
  struct Look;  // one look: what goes in and what comes out
  void start(const std::shared_ptr<Look>& look);
  void finish(const std::shared_ptr<Look>& look);
  void say_failure(const Look& look);

  const std::string path_;
  const uint32_t workers_;
  JobThread& jobs_;
  Log& log_;
  Publish publish_;
  config::Config config_;
  std::vector<std::shared_ptr<config::Snapshot>> snapshots_;  // the last is in force
  tls::TicketKeys tickets_;
  std::shared_ptr<FileWatch> files_ = std::make_shared<FileWatch>();  // used by jobs, one at a time
  std::shared_ptr<Look> running_, wanted_;
  uint64_t failures_ = 0;
  bool last_failed_ = false;
};

/// fixed_changes lists the keys that two configurations differ in and that need a restart.
std::vector<std::string> fixed_changes(const config::Config& old, const config::Config& fresh);

}  // namespace gatehouse::control
