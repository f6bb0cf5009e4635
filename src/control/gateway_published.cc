// A configuration that comes into force: what a reload says, what every part is told, and doors that move.
#include <utility>

#include "control/gateway.h"
#include "net/listener.h"

namespace gatehouse::control {
namespace {

using telemetry::Level;
using telemetry::LogLine;

}  // namespace

std::vector<std::string> Gateway::route_names(const config::Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const config::Route& route : snapshot.routes) names.push_back(route.name);
  if (names.empty())
    for (const policy::Rule& rule : snapshot.policy.rules) names.push_back(rule.name);
  return names;
}

// Answered ones leave the board before their workers hear of it: twice what all may hold.
size_t Gateway::held_at_most(const config::Config& config, size_t workers) { return size_t{config.limits.held} * workers * 2; }

void Gateway::warn_of_certificates() {
  for (const config::Snapshot::Certificate* one : certificates_.due(publisher_.current(), wall())) {
    const bool over = one->info.not_after <= wall();
    const WallNs left = over ? 0 : one->info.not_after - wall();
    const ByteView event = over ? "certificate_expired" : "certificate_expiring";
    log_.line(wall(), over ? Level::error : Level::warning, event, [&](LogLine& line) {
      line.text("listener", one->listener).text("file", one->chain_file).number("days", left / CertificateWatch::kDay);
    });
  }
}

std::vector<FetchedKeys> Gateway::fetched_keys() const {
  std::vector<FetchedKeys> fetched;
  for (const KeyKeeper::Issuer* issuer : keys_.issuers()) fetched.push_back({issuer->source, issuer->keys});
  return fetched;
}

void Gateway::publish(const Publisher::Published& published) {
  const config::Snapshot& fresh = published.fresh;
  if (!published.keys_only) {
    keys_.configure(publisher_.config());
    witness_.configure(publisher_.config().records.witness.value);
    open_desk();
    routes_.rename(places_.metrics(), route_names(fresh));
    log_.set_least(level_of(publisher_.config().log_level));
    const config::RecordSettings& records = publisher_.config().records;
    board_.set_capacity(held_at_most(publisher_.config(), places_.working().size()));
    for (const auto& each : generations_)
      if (each->stage != Generation::Stage::closing)
        each->writer()->retune(records.commit_interval, records.on_full);
  }
  if (published.raised) relieve(fresh);
  proxy::ToWorker message;
  message.kind = proxy::ToWorker::Kind::publish;
  message.snapshot = &fresh;
  for (const auto& each : generations_)
    if (!(published.raised && each.get() == serving_)) each->tell(message);
  if (published.doors.listeners != doors_.listeners) {
    if (steps_.empty()) serving_->accept(published.doors.listeners, &fresh);
    else steps_.push_back({published.doors.listeners, &fresh});
  }
  move_to(published.doors, fresh);
  log_.line(wall(), Level::info, "config_published", [&](LogLine& line) {
    line.number("version", fresh.version).text("policy_hash", crypto::hex(fresh.policy_hash));
    if (!published.changes.empty()) line.text("changes", changes_line(published.changes));
  });
}

void Gateway::move_to(const Doors& doors, const config::Snapshot& with) {
  Leaving leaving{&with, static_cast<uint32_t>(serving_->workers().size()), {}};
  for (size_t i = 0; i < doors.listeners.size(); ++i) {
    if (doors.listeners[i] == doors_.listeners[i]) continue;
    leaving.listeners.emplace_back(doors_.listeners[i], doors.listeners[i]);
    const config::ListenerSettings& listener = publisher_.config().listeners[i];
    say_listening(listener.name.value, doors.listeners[i]->first(), !listener.certificates.empty());
  }
  if (!leaving.listeners.empty()) leaving_.push_back(std::move(leaving));
  const Doors old = std::exchange(doors_, doors);
  // Who asks on an old connection goes on there: the answer to this reload too.
  if (old.health != doors_.health) {
    front_.leave(health_, old.health);
    listen_for_health();
    old.health->hang_up();
    say_listening("health", doors_.health->first(), false);
  }
  if (old.admin != doors_.admin) {
    front_.leave(admin_, old.admin);
    listen_for_admin();
    old.admin->hang_up();
    say_listening("admin", doors_.admin->first(), false);
  }
}

void Gateway::say_listening(ByteView name, int descriptor, bool tls) {
  log_.line(wall(), Level::info, "listening", [&](LogLine& line) {
    line.text("name", name).text("address", format_address(net::bound_address(descriptor))).boolean("tls", tls);
  });
}

// Once every worker accepts elsewhere an old socket is closed: what waited in its queue was accepted meanwhile.
void Gateway::moved(const config::Snapshot* with) {
  std::erase_if(leaving_, [with](Leaving& leaving) {
    if (leaving.with != with || --leaving.workers > 0) return false;
    for (const auto& [old, fresh] : leaving.listeners) old->hang_up(fresh);
    return true;
  });
}

// Everything is read again; what came of it is logged, told to the service manager, and given to `end`.
void Gateway::reload(const std::string& by, ReloadEnd end) {
  notifier_.reloading();
  reloading_ = true;
  publisher_.reload(wall(), [this, by, end = std::move(end)](const Reloaded& reloaded) {
    const Level level = reloaded.good ? Level::info : Level::error;
    log_.line(wall(), level, reloaded.good ? "reloaded" : "reload_refused", [&](LogLine& line) {
      line.text("by", by).number("version", reloaded.version);
      if (reloaded.good) line.text("changes", changes_line(reloaded.changes));
    });
    end(reloaded);
  }, "reload by " + by);
}

}  // namespace gatehouse::control
