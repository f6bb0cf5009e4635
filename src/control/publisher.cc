#include "control/publisher.h"

#include <algorithm>

namespace gatehouse::control {

struct Publisher::Look {
  bool force = false;
  WallNs now = 0;
  std::vector<FetchedKeys> fetched;
  std::string path;
  std::shared_ptr<FileWatch> files;
  config::RuntimeInputs inputs;
  std::shared_ptr<const config::Snapshot> previous;  // keeps inputs.previous alive
  std::shared_ptr<const config::Config> old;

  std::vector<std::string> changed;
  bool looked_only = false;  // nothing had changed
  std::vector<std::string> problems;
  std::vector<std::string> need_restart;
  config::Config config;
  std::shared_ptr<config::Snapshot> snapshot;

  void run();
};

namespace {

std::vector<std::string> all_files(const std::string& path, const config::Config& config) {
  std::vector<std::string> files = config::named_files(config);
  files.push_back(path);
  return files;
}

}  // namespace

std::vector<std::shared_ptr<const identity::KeySet>> keys_by_index(const config::Config& config,
                                                                   const std::vector<FetchedKeys>& fetched) {
  std::vector<std::shared_ptr<const identity::KeySet>> keys;
  for (const config::IssuerSettings& issuer : config.issuers) {
    const auto found = std::find_if(fetched.begin(), fetched.end(), [&issuer](const FetchedKeys& one) {
      return !one.url.empty() && one.name == issuer.name.value && one.url == issuer.jwks_url.value;
    });
    keys.push_back(found != fetched.end() ? found->keys : nullptr);
  }
  return keys;
}

std::vector<std::string> fixed_changes(const config::Config& old, const config::Config& fresh) {
  std::vector<std::string> changes;
  const auto check = [&changes](bool same, const char* key) {
    if (!same) changes.push_back(key);
  };
  const auto same_address = [](const Address& a, const Address& b) { return format_address(a) == format_address(b); };
  check(old.gateway.workers == fresh.gateway.workers, "gateway.workers");
  check(old.gateway.run_dir == fresh.gateway.run_dir, "gateway.run_dir");
  check(same_address(old.gateway.health_address, fresh.gateway.health_address), "gateway.health_address");
  check(old.records.dir == fresh.records.dir, "records.dir");
  check(old.records.ring_dir == fresh.records.ring_dir, "records.ring_dir");
  check(old.records.ring_size == fresh.records.ring_size, "records.ring_size");
  check(old.records.segment_size == fresh.records.segment_size, "records.segment_size");
  check(old.records.commit_interval == fresh.records.commit_interval, "records.commit_interval");
  check(old.records.block == fresh.records.block, "records.on_full");
  check(old.limits.connections == fresh.limits.connections, "limits.connections");
  check(old.listeners.size() == fresh.listeners.size() &&
            std::equal(old.listeners.begin(), old.listeners.end(), fresh.listeners.begin(),
                       [&](const auto& a, const auto& b) { return same_address(a.address, b.address); }),
        "listener.address");
  return changes;
}

// On the job thread.
void Publisher::Look::run() {
  changed = files->changed();
  if (changed.empty() && !force) {
    looked_only = true;
    return;
  }
  const auto problems_of = [this](const config::Diagnostics& diagnostics) {
    for (const config::Diagnostic& one : diagnostics)
      if (one.severity == config::Severity::error) problems.push_back(config::code_text(one.code) + ": " + one.message);
  };
  auto text = config::read_configuration(path);
  if (!text) return problems_of(text.error());
  const std::string base = config::folder_of(path);
  // Watched from before they are read: a change during the compilation is seen by the next look.
  const config::Loaded first = config::load_text(*text, path, base);
  if (!first.ok()) return problems_of(first.diagnostics);
  files->watch(all_files(path, first.config));
  need_restart = fixed_changes(*old, first.config);
  if (!need_restart.empty()) return;
  inputs.fetched_keys = keys_by_index(first.config, fetched);
  config::Prepared prepared = config::prepare_text(std::move(*text), path, base, inputs);
  problems_of(prepared.loaded.diagnostics);
  if (!prepared.ok()) return;
  config = std::move(prepared.loaded.config);
  snapshot = std::move(prepared.snapshot);
}

Publisher::Publisher(std::string path, uint32_t workers, JobThread& jobs, Log& log, Publish publish)
    : path_(std::move(path)), workers_(workers), jobs_(jobs), log_(log), publish_(std::move(publish)) {}

void Publisher::begin(config::Config config, std::shared_ptr<config::Snapshot> snapshot,
                      const tls::TicketKeys& tickets) {
  snapshot->users.store(workers_);
  config_ = std::move(config);
  tickets_ = tickets;
  snapshots_.push_back(std::move(snapshot));
  files_->watch(all_files(path_, config_));
}

void Publisher::look(bool force, std::vector<FetchedKeys> keys, WallNs now) {
  auto look = std::make_shared<Look>();
  look->force = force;
  look->now = now;
  look->fetched = std::move(keys);
  if (running_ == nullptr) return start(look);
  if (force) wanted_ = std::move(look);  // the newest keys; nothing is lost by waiting
}

void Publisher::start(const std::shared_ptr<Look>& look) {
  running_ = look;
  look->path = path_;
  look->files = files_;
  look->previous = snapshots_.back();
  look->old = std::make_shared<const config::Config>(config_);
  look->inputs.version = snapshots_.back()->version + 1;
  look->inputs.workers = workers_;
  look->inputs.tickets = tickets_;
  look->inputs.now = look->now;
  look->inputs.previous = look->previous.get();
  jobs_.post([look] { look->run(); }, [this, look] { finish(look); });
}

void Publisher::finish(const std::shared_ptr<Look>& look) {
  running_ = nullptr;
  if (look->snapshot != nullptr) {
    last_failed_ = false;
    config_ = std::move(look->config);
    look->snapshot->users.store(workers_);
    snapshots_.push_back(std::move(look->snapshot));
    publish_(*snapshots_.back(), config_);
  } else if (!look->looked_only) {
    say_failure(*look);
  }
  look->previous = nullptr;
  if (wanted_ != nullptr) start(std::exchange(wanted_, nullptr));
}

void Publisher::say_failure(const Look& look) {
  ++failures_;
  last_failed_ = true;
  const auto say = [&](ByteView what, const std::string& text) {
    log_.line(look.now, telemetry::Level::error, "config_refused", [&](telemetry::LogLine& line) {
      line.text(what, text).number("still_in_force", snapshots_.back()->version);
    });
  };
  for (const std::string& problem : look.problems) say("error", problem);
  for (const std::string& key : look.need_restart) say("needs_restart", key);
}

void Publisher::rotate_tickets() { tickets_ = tls::make_ticket_keys(&tickets_); }

void Publisher::released(const config::Snapshot* snapshot) {
  const auto found = std::find_if(snapshots_.begin(), snapshots_.end(),
                                  [snapshot](const auto& one) { return one.get() == snapshot; });
  GH_ASSERT(found != snapshots_.end() && (*found)->users.load() > 0);
  if ((*found)->users.fetch_sub(1) == 1) {
    GH_ASSERT(found + 1 != snapshots_.end());  // never the one in force
    snapshots_.erase(found);
  }
}

}  // namespace gatehouse::control
