#include "control/publisher.h"

#include <algorithm>
#include <utility>

#include "config/reference.h"
#include "control/generation.h"
#include "control/known_issuers.h"
#include "store/place.h"
#include "worker/worker.h"

namespace gatehouse::control {

struct Publisher::Look {
  bool force = false;                                // look even when no file changed
  bool rotated = false;                              // there are new ticket keys
  std::string by = "changed file";                   // what made it look
  std::vector<ReloadEnd> waiting;                    // who wants to hear of the end
  WallNs now = 0;
  std::string path;
  std::shared_ptr<FileWatch> files;
  config::RuntimeInputs inputs;
  std::shared_ptr<const config::Snapshot> previous;  // keeps inputs.previous alive
  std::shared_ptr<const config::Config> old;
  uint32_t connections = 0;                          // that the workers' rings were opened for
  uint32_t cpus = 1;
  Crew crew;
  identity::LedgerRef ledger;                        // null: none
  std::string state_path;                            // of the store in use

  bool looked_only = false;                          // nothing had changed
  config::Diagnostics diagnostics;
  std::vector<std::string> need_restart;
  record::Sealing sealing;                           // as planned with
  std::string heads;                                 // so, too: whose heads; empty: nobody's
  Raising raising;                                   // without keys: the workers stay
  Doors doors;                                       // in: those in force
  std::unique_ptr<store::Store> vacant;              // where the store is to be; null: it stays
  config::Loaded loaded;
  std::shared_ptr<config::Snapshot> snapshot;

  void run();
  void judge_file();
  void complain_of_fixed();
  void plan();
  void open();
  void complain(config::Code code, ByteView table, size_t index, ByteView key, const std::string& what, const std::string& why);
};

namespace {

std::vector<std::string> all_files(const std::string& path, const config::Config& config) {
  std::vector<std::string> files = config::named_files(config);
  files.push_back(path);
  return files;
}

constexpr const char* kNoState = "gateway.state_dir cannot be used";

/// heads_id is the public half of a key that signs heads; empty when there is none.
std::string heads_id(const std::shared_ptr<const crypto::PrivateKey>& key) {
  return key != nullptr ? key->public_key().parts().first : std::string();
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

void say_alerts(Log& log, WallNs now, const config::Snapshot& snapshot) {
  for (const std::string& alert : snapshot.note.alerts)
    log.line(now, telemetry::Level::warning, "configuration_alert", [&](telemetry::LogLine& line) {
      line.text("what", alert).text("by", snapshot.note.loaded_by).number("version", snapshot.version);
    });
}

std::vector<std::string> fixed_changes(const config::Config& old, const config::Config& fresh) {
  std::vector<std::string> changes;
  if (old.listeners.size() != fresh.listeners.size()) changes.push_back("listener");
  return changes;
}

uint32_t workers_of(const config::Config& config, uint32_t cpus) {
  return config.gateway.workers != 0 ? config.gateway.workers : cpus;
}

std::vector<std::string> generation_changes(const config::Config& old, const config::Config& fresh, uint32_t cpus,
                                            uint32_t started) {
  std::vector<std::string> changes;
  const auto check = [&changes](bool same, const char* key) {
    if (!same) changes.push_back(key);
  };
  check(workers_of(old, cpus) == workers_of(fresh, cpus), "gateway.workers");
  check(old.gateway.ring_off == fresh.gateway.ring_off, "gateway.ring_off");
  check(old.records.dir == fresh.records.dir, "records.dir");
  check(old.records.ring_dir == fresh.records.ring_dir, "records.ring_dir");
  check(old.records.ring_size == fresh.records.ring_size, "records.ring_size");
  check(old.records.segment_size == fresh.records.segment_size, "records.segment_size");
  check(old.records.strict == fresh.records.strict, "records.strict");
  check(old.records.head_interval == fresh.records.head_interval, "records.head_interval");
  check(old.records.witness.value.empty() == fresh.records.witness.value.empty(), "records.witness");
  check(commits_now(old) || !commits_now(fresh), "rule.commit");   // workers without a ring for decisions
  check(worker::sockets_for(fresh.limits.connections) <= worker::sockets_for(started), "limits.connections");
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
    need_restart = fixed_changes(*old, loaded.config);
    if (!need_restart.empty()) return complain_of_fixed();
    plan();
    if (config::count(diagnostics, config::Severity::error) > 0) return;
  }
  config::Prepared prepared = config::prepare_text(std::move(*text), path, base, inputs);
  diagnostics = std::move(prepared.loaded.diagnostics);
  loaded = std::move(prepared.loaded);
  snapshot = std::move(prepared.snapshot);
  if (snapshot == nullptr) return;
  if (snapshot->sealing != sealing ||
      heads_id(snapshot->heads_key) != heads)  // the writer would go on with other keys than the snapshot says
    return complain(config::Code::later, "records", 0, "auditor_keys", "a key file changed while it was read", "reload once more");
  if (ledger != nullptr) warn_of_strays(*ledger->revocations, *snapshot, now, &diagnostics);
  open();
}

// Whether other workers have to come, and which numbers they get.
void Publisher::Look::plan() {
  raising.keys = generation_changes(*old, loaded.config, cpus, connections);
  config::Report unheard(loaded.config.source);   // compilation says what is wrong with a key file
  sealing = config::load_sealing(loaded.config.records, unheard);
  if (sealing != previous->sealing) raising.keys.push_back("records.auditor_keys");
  heads = heads_id(config::load_heads_key(loaded.config.records, unheard));
  if (heads != heads_id(previous->heads_key)) raising.keys.push_back("records.heads_key_file");
  if (raising.keys.empty()) return;
  const std::string& key = raising.keys.front();
  const size_t dot = key.find('.');
  if (crew.generations >= kGenerationsMax)
    return complain(config::Code::later, key.substr(0, dot), 0, key.substr(dot + 1), key + " cannot be changed again yet",
                    std::to_string(crew.generations) +
                        " generations of workers live: one has to end what it runs first, at most deadlines.drain");
  raising.numbers = free_numbers(crew.taken, workers_of(loaded.config, cpus));
  inputs.workers = std::max(inputs.workers, raising.numbers.back() + 1);
  raising.beside = crew.writers;
  raising.ring_off = loaded.config.gateway.ring_off;
}

// All or none: what cannot be listened on or written to refuses the configuration. Those of other addresses go on as they are.
// The folder of the store comes last: when it is not moved to after all, its file stays there and says so.
void Publisher::Look::open() {
  const uint32_t workers = raising.keys.empty() ? crew.workers : static_cast<uint32_t>(raising.numbers.size());
  auto opened = open_doors(loaded.config, workers, &doors);
  if (!opened) {
    const DoorFailure& failure = opened.error();
    size_t at = failure.index;   // in the text: a listener may have the place of another one
    const auto tables = loaded.tree.all(failure.table);
    for (size_t i = 0; i < tables.size() && failure.table == "listener"; ++i)
      if (tables[i]->text("name").value == loaded.config.listeners[failure.index].name.value) at = i;
    return complain(config::Code::listen, failure.table, at, failure.key, failure.what, failure.why);
  }
  if (!raising.keys.empty()) {
    auto begun = start_writer(writer_options(loaded.config, *snapshot, raising.numbers), raising.beside);
    if (!begun) return complain(config::Code::record_folder, "records", 0, "dir", "records cannot be written there", begun.error());
    raising.writer = std::move(*begun);
    raising.snapshot = snapshot;
    raising.listeners = opened->listeners;
  }
  doors = std::move(*opened);
  const std::string& state = loaded.config.gateway.state_dir.value;
  if (state == old->gateway.state_dir.value || store::same_place(state, old->gateway.state_dir.value)) return;
  auto there = store::Store::open_vacant(state, state_path);
  if (!there) return complain(config::Code::file, "gateway", 0, "state_dir", kNoState, there.error());
  vacant = std::move(*there);
}

void Publisher::Look::complain(config::Code code, ByteView table, size_t index, ByteView key, const std::string& what,
                               const std::string& why) {
  config::Report report(loaded.config.source);
  const auto tables = loaded.tree.all(table);
  report.error(code, index < tables.size() ? tables[index]->place_of(key) : config::Place{}, what, why);
  for (config::Diagnostic& each : report.take()) diagnostics.push_back(std::move(each));
  snapshot = nullptr;
}

// Where what stands that a running gateway cannot take over: the number of listeners.
void Publisher::Look::complain_of_fixed() {
  config::Report report(loaded.config.source);
  for (const std::string& key : need_restart) {
    const auto tables = loaded.tree.all(key);   // the first one more, or the last that is left
    const config::Table& table = *tables[std::min(old->listeners.size(), tables.size() - 1)];
    const std::string here = std::to_string(tables.size()), there = std::to_string(old->listeners.size());
    report
        .error(config::Code::restart, table.place_of({}), key + " needs a restart: " + there + " -> " + here,
               "the running gateway has " + there)
        .help = "restart the gateway to have it, or put " + there + " back; until then nothing of this configuration is in force";
  }
  diagnostics = report.take();
}

Publisher::Publisher(std::string path, uint32_t cpus, JobThread& jobs, Log& log, Calls calls)
    : path_(std::move(path)), cpus_(cpus), jobs_(jobs), log_(log), calls_(std::move(calls)) {}

void Publisher::begin(config::Loaded loaded, std::shared_ptr<config::Snapshot> snapshot, const tls::TicketKeys& tickets,
                      Doors doors) {
  doors_ = std::move(doors);
  connections_ = loaded.config.limits.connections;
  inventory_ = told_ = config::inventory_of(loaded.tree, *snapshot);
  config_ = std::move(loaded.config);
  tickets_ = tickets;
  alerts_ = snapshot->note.alerts.size();
  snapshots_.push_back({std::move(snapshot), calls_.crew().working});
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

void Publisher::reload(WallNs now, ReloadEnd end, const std::string& by) {
  Look& look = wanted(now);   // never one that runs: it may have read the files before they were changed
  look.force = true;
  look.by = by;
  look.waiting.push_back(std::move(end));
  start_wanted();
}

void Publisher::rotate_tickets(WallNs now) {
  tickets_ = tls::make_ticket_keys(&tickets_);
  Look& look = wanted(now);
  look.force = look.rotated = true;
  look.by = "new ticket keys";
  start_wanted();
}

void Publisher::start_wanted() {
  if (running_ == nullptr && wanted_ != nullptr) start(std::exchange(wanted_, nullptr));
}

void Publisher::start(const std::shared_ptr<Look>& look) {
  running_ = look;
  look->path = path_;
  look->files = files_;
  look->previous = snapshots_.back().snapshot;
  look->old = std::make_shared<const config::Config>(config_);
  look->connections = connections_;
  look->doors = doors_;
  look->cpus = cpus_;
  look->crew = calls_.crew();
  if (calls_.ledger) look->ledger = calls_.ledger();
  if (calls_.state_path) look->state_path = calls_.state_path();
  look->inputs.workers = look->crew.working.back() + 1;
  look->inputs.tickets = tickets_;
  look->inputs.now = look->now;
  look->inputs.previous = look->previous.get();
  look->inputs.cache = true;
  jobs_.post([look] { look->run(); }, [this, look] { finish(look); });
}

void Publisher::finish(const std::shared_ptr<Look>& look) {
  now_ = look->now;
  if (look->snapshot != nullptr)
    look->snapshot->note = config::note_of(&inventory_, config::inventory_of(look->loaded.tree, *look->snapshot), look->by);
  if (look->snapshot != nullptr && look->raising.writer != nullptr) raise(*look);
  if (look->snapshot != nullptr && look->vacant != nullptr) move_state(look);
  else settle(*look);
}

// Last of all, as it cannot be taken back: nothing that comes after it fails. Until it is done nothing else is published.
void Publisher::move_state(const std::shared_ptr<Look>& look) {
  moving_ = true;
  calls_.move_state(std::move(look->vacant), [this, look](const std::string& why_not) {
    moving_ = false;
    if (!why_not.empty()) {
      if (look->raising.writer != nullptr) calls_.abandon(look->raising);
      look->complain(config::Code::file, "gateway", 0, "state_dir", kNoState, why_not);
    }
    settle(*look);
    if (std::exchange(keys_wait_, false)) renew_keys();
  });
}

void Publisher::settle(Look& settled) {
  const std::shared_ptr<Look> look = std::exchange(running_, nullptr);
  GH_ASSERT(look.get() == &settled);
  const bool refused = config::count(look->diagnostics, config::Severity::error) > 0;
  if (refused) say_failure(*look);
  else if (!look->looked_only) last_failed_ = false;
  if (look->snapshot != nullptr) take_over(*look);
  answer(*look);
  look->previous = nullptr;
  look->crew = {};
  look->ledger = nullptr;
  look->raising = {};
  look->vacant = nullptr;
  start_wanted();
}

// Starts the workers whose first snapshot this is: from here on it does not change.
void Publisher::raise(Look& look) {
  put_keys(*look.snapshot, look.loaded.config);
  look.snapshot->version = current().version + 1;
  if (auto raised = calls_.raise(look.raising); !raised)
    return look.complain(config::Code::workers, "gateway", 0, "workers", "the workers of this configuration do not start",
                         raised.error());
}

void Publisher::put_keys(config::Snapshot& snapshot, const config::Config& config) const {
  const auto keys = keys_by_index(config, calls_.fetched());
  for (size_t i = 0; i < keys.size(); ++i)
    if (keys[i] != nullptr) snapshot.issuers.issuers[i].keys = keys[i];
  if (calls_.own_keys) config::put_gateway_keys(snapshot, calls_.own_keys());
}

// Swaps once, to a whole snapshot; one that says nothing new is not published.
void Publisher::take_over(Look& look) {
  config::Inventory fresh = config::inventory_of(look.loaded.tree, *look.snapshot);
  const bool same = look.snapshot->policy_hash == current().policy_hash && fresh == inventory_;
  const bool raised = look.raising.writer != nullptr;
  if (same && !look.rotated && !raised) return;
  const std::vector<config::Difference> changes = config::difference(inventory_, fresh);
  inventory_ = std::move(fresh);
  config_ = std::move(look.loaded.config);
  doors_ = std::move(look.doors);
  if (raised) {
    connections_ = config_.limits.connections;
    new_workers_ = look.raising.numbers.size();
  } else {
    put_keys(*look.snapshot, config_);
  }
  enforce(std::move(look.snapshot), false, changes, raised);
}

void Publisher::renew_keys() {
  if (moving_) return static_cast<void>(keys_wait_ = true);
  const auto keys = keys_by_index(config_, calls_.fetched());
  const auto other = [&](size_t i) { return keys[i] != nullptr && keys[i] != current().issuers.issuers[i].keys; };
  std::shared_ptr<config::Snapshot> fresh;
  std::vector<std::string> renewed;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!other(i)) continue;
    if (fresh == nullptr) fresh = std::make_shared<config::Snapshot>(current());
    fresh->issuers.issuers[i].keys = keys[i];
    renewed.push_back("issuers: keys of " + fresh->issuers.issuers[i].name + " renewed");
  }
  const auto& gateway = current().issuers.gateway;
  const auto own = gateway != nullptr && calls_.own_keys ? calls_.own_keys() : nullptr;
  if (own != nullptr && own != gateway->keys) {
    if (fresh == nullptr) fresh = std::make_shared<config::Snapshot>(current());
    config::put_gateway_keys(*fresh, own);
    renewed.push_back("keys of the gateway's tokens renewed");
  }
  if (fresh == nullptr) return;
  fresh->note.loaded_by = "renewed keys";
  fresh->note.changes = std::move(renewed);
  fresh->note.alerts.clear();
  enforce(std::move(fresh), true, {}, false);
}

void Publisher::enforce(std::shared_ptr<config::Snapshot> fresh, bool keys_only,
                        const std::vector<config::Difference>& changes, bool raised) {
  if (!raised) fresh->version = current().version + 1;
  alerts_ += fresh->note.alerts.size();
  say_alerts(log_, now_, *fresh);
  snapshots_.push_back({std::move(fresh), calls_.crew().working});
  calls_.publish({current(), keys_only, changes, doors_, raised});
  if (calls_.keep) calls_.keep(current(), inventory_);
}

void Publisher::say_failure(const Look& look) {
  ++failures_;
  last_failed_ = true;
  for (const config::Diagnostic& one : look.diagnostics) {
    if (one.severity != config::Severity::error) continue;
    log_.line(look.now, telemetry::Level::error, "config_refused", [&](telemetry::LogLine& line) {
      if (one.code == config::Code::restart) line.text("needs_restart", one.message.substr(0, one.message.find(' ')));
      const std::string why = one.label.empty() ? "" : ": " + one.label;
      line.text("error", config::code_text(one.code) + ": " + one.message + why).number("still_in_force", current().version);
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
    reloaded.new_workers = std::exchange(new_workers_, 0);
    reloaded.drain = config_.deadlines.drain;
  }
  for (const ReloadEnd& end : look.waiting) end(reloaded);
}

void Publisher::released(uint32_t worker, const config::Snapshot* snapshot) {
  const auto found = std::find_if(snapshots_.begin(), snapshots_.end(),
                                  [snapshot](const Used& one) { return one.snapshot.get() == snapshot; });
  GH_ASSERT(found != snapshots_.end() && std::erase(found->by, worker) == 1);
  if (!found->by.empty()) return;
  GH_ASSERT(found + 1 != snapshots_.end());  // never the one in force
  snapshots_.erase(found);
}

void Publisher::left(uint32_t worker) {
  for (Used& each : snapshots_) std::erase(each.by, worker);
  const config::Snapshot* const last = &current();
  std::erase_if(snapshots_, [last](const Used& one) { return one.by.empty() && one.snapshot.get() != last; });
}

}  // namespace gatehouse::control
