#include "control/publisher.h"

#include <algorithm>
#include <utility>

#include "config/reference.h"
#include "worker/worker.h"

namespace gatehouse::control {

struct Publisher::Look {
  bool force = false;                                // look even when no file changed
  bool rotated = false;                              // there are new ticket keys
  std::vector<ReloadEnd> waiting;                    // who wants to hear of the end
  WallNs now = 0;
  std::string path;
  std::shared_ptr<FileWatch> files;
  config::RuntimeInputs inputs;
  std::shared_ptr<const config::Snapshot> previous;  // keeps inputs.previous alive
  std::shared_ptr<const config::Config> old;
  config::Inventory in_force;
  uint32_t connections = 0;                          // at the start

  bool looked_only = false;                          // nothing had changed
  config::Diagnostics diagnostics;
  std::vector<std::string> need_restart;
  Doors doors;                                       // in: those in force
  config::Loaded loaded;
  std::shared_ptr<config::Snapshot> snapshot;

  void run();
  void judge_file();
  void complain_of_fixed();
  void open();
};

namespace {

std::string shown(const std::string& value) { return value.empty() ? "none" : value; }

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
      return !one.source.url.empty() && one.source == issuer.source();
    });
    keys.push_back(found != fetched.end() ? found->keys : nullptr);
  }
  return keys;
}

std::vector<std::string> fixed_changes(const config::Config& old, const config::Config& fresh, uint32_t started) {
  std::vector<std::string> changes;
  const auto check = [&changes](bool same, const char* key) {
    if (!same) changes.push_back(key);
  };
  check(old.gateway.workers == fresh.gateway.workers, "gateway.workers");
  check(old.gateway.ring_off == fresh.gateway.ring_off, "gateway.ring_off");
  check(old.records.dir == fresh.records.dir, "records.dir");
  check(old.records.ring_dir == fresh.records.ring_dir, "records.ring_dir");
  check(old.records.ring_size == fresh.records.ring_size, "records.ring_size");
  check(old.records.segment_size == fresh.records.segment_size, "records.segment_size");
  check(worker::sockets_for(fresh.limits.connections) <= worker::sockets_for(started), "limits.connections");
  check(old.listeners.size() == fresh.listeners.size(), "listener");
  return changes;
}

// On the job thread.
void Publisher::Look::run() {
  const std::vector<std::string> changed = files->changed();
  looked_only = changed.empty() && !force;
  if (looked_only) return;
  judge_file();
  if (snapshot != nullptr) return;
  // The file is wrong. A certificate or credential of the configuration in force is renewed all the same.
  const std::vector<std::string> files_in_force = config::named_files(*old);
  const bool renewed = std::any_of(changed.begin(), changed.end(), [&](const std::string& file) {
    return std::find(files_in_force.begin(), files_in_force.end(), file) != files_in_force.end();
  });
  if (!renewed) return;
  config::Prepared prepared =
      config::prepare_text(old->source->text(), old->source->name(), config::folder_of(path), inputs);
  loaded = std::move(prepared.loaded);
  snapshot = std::move(prepared.snapshot);
}

void Publisher::Look::judge_file() {
  auto text = config::read_configuration(path);
  if (!text) {
    diagnostics = text.error();
    return;
  }
  const std::string base = config::folder_of(path);
  // Watched from before they are read: a change during the compilation is seen by the next look.
  loaded = config::load_text(*text, path, base);
  if (loaded.ok()) {
    std::vector<std::string> all = all_files(path, loaded.config);
    for (std::string& file : config::named_files(*old))
      if (std::find(all.begin(), all.end(), file) == all.end()) all.push_back(std::move(file));
    files->watch(std::move(all));
    need_restart = fixed_changes(*old, loaded.config, connections);
    if (!need_restart.empty()) return complain_of_fixed();
  }
  config::Prepared prepared = config::prepare_text(std::move(*text), path, base, inputs);
  diagnostics = std::move(prepared.loaded.diagnostics);
  loaded = std::move(prepared.loaded);
  snapshot = std::move(prepared.snapshot);
  if (snapshot != nullptr) open();
}

// All or none: what cannot be listened on refuses the configuration. Those of other addresses go on as they are.
void Publisher::Look::open() {
  auto opened = open_doors(loaded.config, inputs.workers, &doors);
  if (opened) return static_cast<void>(doors = std::move(*opened));
  const DoorFailure& failure = opened.error();
  config::Report report(loaded.config.source);
  report.error(config::Code::listen, loaded.tree.all(failure.table)[failure.index]->place_of(failure.key), failure.what,
               failure.why);
  for (config::Diagnostic& each : report.take()) diagnostics.push_back(std::move(each));
  snapshot = nullptr;
}

// Where each key stands that a running gateway cannot take over.
void Publisher::Look::complain_of_fixed() {
  config::Report report(loaded.config.source);
  for (const std::string& key : need_restart) {
    const size_t dot = key.find('.');
    const auto tables = loaded.tree.all(ByteView(key).substr(0, dot));
    const bool number = dot == std::string::npos;   // of listeners: the first one more, or the last that is left
    const config::Table& table = *tables[number ? std::min(old->listeners.size(), tables.size() - 1) : 0];
    const std::string here = number ? std::to_string(tables.size()) : shown(config::value_text(table, *config::find_key(key)));
    const std::string there = number ? std::to_string(old->listeners.size()) : shown(in_force["settings"][key]["value"]);
    report
        .error(config::Code::restart, table.place_of(number ? ByteView{} : ByteView(key).substr(dot + 1)),
               key + " needs a restart: " + there + " -> " + here, "the running gateway has " + there)
        .help = "restart the gateway to have it, or put " + there + " back; until then nothing of this configuration is in force";
  }
  diagnostics = report.take();
}

Publisher::Publisher(std::string path, uint32_t workers, JobThread& jobs, Log& log, Publish publish, Fetched fetched)
    : path_(std::move(path)), workers_(workers), jobs_(jobs), log_(log), publish_(std::move(publish)),
      fetched_(std::move(fetched)) {}

void Publisher::begin(config::Loaded loaded, std::shared_ptr<config::Snapshot> snapshot, const tls::TicketKeys& tickets,
                      Doors doors) {
  doors_ = std::move(doors);
  connections_ = loaded.config.limits.connections;
  snapshot->users.store(workers_);
  inventory_ = told_ = config::inventory_of(loaded.tree, *snapshot);
  config_ = std::move(loaded.config);
  tickets_ = tickets;
  snapshots_.push_back(std::move(snapshot));
  files_->watch(all_files(path_, config_));
}

Publisher::Look& Publisher::wanted(WallNs now) {
  if (wanted_ == nullptr) wanted_ = std::make_shared<Look>();
  wanted_->now = now;
  return *wanted_;
}

void Publisher::look(WallNs now) {
  if (busy()) return;
  wanted(now);
  start_wanted();
}

void Publisher::reload(WallNs now, ReloadEnd end) {
  Look& look = wanted(now);   // never one that runs: it may have read the files before they were changed
  look.force = true;
  look.waiting.push_back(std::move(end));
  start_wanted();
}

void Publisher::rotate_tickets(WallNs now) {
  tickets_ = tls::make_ticket_keys(&tickets_);
  Look& look = wanted(now);
  look.force = look.rotated = true;
  start_wanted();
}

void Publisher::start_wanted() {
  if (running_ == nullptr && wanted_ != nullptr) start(std::exchange(wanted_, nullptr));
}

void Publisher::start(const std::shared_ptr<Look>& look) {
  running_ = look;
  look->path = path_;
  look->files = files_;
  look->previous = snapshots_.back();
  look->old = std::make_shared<const config::Config>(config_);
  look->in_force = inventory_;
  look->connections = connections_;
  look->doors = doors_;
  look->inputs.workers = workers_;
  look->inputs.tickets = tickets_;
  look->inputs.now = look->now;
  look->inputs.previous = look->previous.get();
  look->inputs.cache = true;
  jobs_.post([look] { look->run(); }, [this, look] { finish(look); });
}

void Publisher::finish(const std::shared_ptr<Look>& look) {
  running_ = nullptr;
  const bool refused = config::count(look->diagnostics, config::Severity::error) > 0;
  if (refused) say_failure(*look);
  else if (!look->looked_only) last_failed_ = false;
  if (look->snapshot != nullptr) take_over(*look);
  answer(*look);
  look->previous = nullptr;
  start_wanted();
}

// Swaps once, to a whole snapshot; one that says nothing new is not published.
void Publisher::take_over(Look& look) {
  config::Inventory fresh = config::inventory_of(look.loaded.tree, *look.snapshot);
  const bool same = look.snapshot->policy_hash == current().policy_hash && fresh == inventory_;
  if (same && !look.rotated) return;
  const std::vector<config::Difference> changes = config::difference(inventory_, fresh);
  inventory_ = std::move(fresh);
  config_ = std::move(look.loaded.config);
  doors_ = std::move(look.doors);
  const auto keys = keys_by_index(config_, fetched_());
  for (size_t i = 0; i < keys.size(); ++i)
    if (keys[i] != nullptr) look.snapshot->issuers.issuers[i].keys = keys[i];
  enforce(std::move(look.snapshot), false, changes);
}

void Publisher::renew_keys() {
  const auto keys = keys_by_index(config_, fetched_());
  const auto other = [&](size_t i) { return keys[i] != nullptr && keys[i] != current().issuers.issuers[i].keys; };
  std::shared_ptr<config::Snapshot> fresh;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!other(i)) continue;
    if (fresh == nullptr) fresh = std::make_shared<config::Snapshot>(current());
    fresh->issuers.issuers[i].keys = keys[i];
  }
  if (fresh != nullptr) enforce(std::move(fresh), true, {});
}

void Publisher::enforce(std::shared_ptr<config::Snapshot> fresh, bool keys_only,
                        const std::vector<config::Difference>& changes) {
  fresh->version = current().version + 1;
  fresh->users.store(workers_);
  snapshots_.push_back(std::move(fresh));
  publish_({current(), keys_only, changes, doors_});
}

void Publisher::say_failure(const Look& look) {
  ++failures_;
  last_failed_ = true;
  for (const config::Diagnostic& one : look.diagnostics) {
    if (one.severity != config::Severity::error) continue;
    log_.line(look.now, telemetry::Level::error, "config_refused", [&](telemetry::LogLine& line) {
      if (one.code == config::Code::restart) line.text("needs_restart", one.message.substr(0, one.message.find(' ')));
      line.text("error", config::code_text(one.code) + ": " + one.message).number("still_in_force", current().version);
    });
  }
}

void Publisher::answer(Look& look) {
  if (look.waiting.empty()) return;
  ++reloads_;
  Reloaded reloaded;
  reloaded.good = config::count(look.diagnostics, config::Severity::error) == 0;
  reloaded.version = current().version;
  reloaded.policy_hash = current().policy_hash;
  reloaded.diagnostics = std::move(look.diagnostics);
  if (reloaded.good) {
    reloaded.changes = config::difference(told_, inventory_);
    told_ = inventory_;
  }
  for (const ReloadEnd& end : look.waiting) end(reloaded);
}

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
