#include "control/key_keeper.h"

#include <algorithm>

#include "control/lookup.h"

namespace gatehouse::control {

KeyKeeper::KeyKeeper(uring::Ring& ring, Front& front, JobThread& lookups, Log& log, std::function<void()> changed)
    : ring_(ring), front_(front), lookups_(lookups), log_(log), changed_(std::move(changed)) {}

void KeyKeeper::configure(const config::Config& config) {
  std::vector<KeptRef> kept;
  for (const config::IssuerSettings& settings : config.issuers) {
    const auto same = std::find_if(kept_.begin(), kept_.end(), [&](const KeptRef& one) {
      return one->issuer.name == settings.name.value && one->issuer.url == settings.jwks_url.value;
    });
    KeptRef one = same != kept_.end() ? *same : std::make_shared<Kept>();
    if (same == kept_.end()) {
      one->issuer.name = settings.name.value;
      one->issuer.url = settings.jwks_url.value;
      one->schedule = KeySchedule(settings.jwks_refresh);
      auto url = parse_fetch_url(one->issuer.url);
      if (url) {
        one->url = std::move(*url);
      } else if (!one->issuer.url.empty()) {
        one->refused = one->issuer.error = url.error();
      }
    }
    kept.push_back(std::move(one));
  }
  kept_ = std::move(kept);
}

void KeyKeeper::poll() {
  const MonotonicNs now = ring_.now();
  for (const KeptRef& one : kept_) {
    if (one->issuer.url.empty() || !one->refused.empty() || one->running || one->schedule.due() > now) continue;
    ask(one);
  }
}

MonotonicNs KeyKeeper::next() const {
  MonotonicNs next = kNever;
  for (const KeptRef& one : kept_) {
    if (one->issuer.url.empty() || !one->refused.empty() || one->running) continue;
    next = std::min(next, one->schedule.due());
  }
  return next;
}

void KeyKeeper::ask(const KeptRef& kept) {
  kept->running = true;
  ++kept->issuer.fetches;
  if (kept->url.tls && tls_ == nullptr) {
    auto made = tls::ClientSettings::create("");
    if (!made) return failed(kept, made.error());
    tls_ = std::move(*made);
  }
  if (kept->url.address) return connect(kept, *kept->url.address);
  using Found = Result<std::vector<Address>, std::string>;
  const auto found = std::make_shared<Found>(Failure<std::string>{""});
  lookups_.post([found, host = kept->url.host, port = kept->url.port] { *found = look_up(host, port); },
                [this, kept, found] {
                  if (!found->ok()) return failed(kept, "the issuer's name is not found: " + found->error());
                  const std::vector<Address>& all = **found;
                  connect(kept, all[kept->tries++ % all.size()]);  // the next one after a failure
                });
}

void KeyKeeper::connect(const KeptRef& kept, const Address& to) {
  front_.fetch(kept->url, to, kept->url.tls ? tls_.get() : nullptr,
               [this, kept](const KeyFetch& fetch) { answered(kept, fetch); });
}

void KeyKeeper::answered(const KeptRef& kept, const KeyFetch& fetch) {
  if (fetch.state() != KeyFetch::State::done) return failed(kept, fetch.error());
  const crypto::Sha256 digest = crypto::sha256(fetch.document());
  const bool same = kept->issuer.keys != nullptr && digest == kept->document;
  if (!same) {
    auto keys = identity::KeySet::parse(fetch.document());
    if (!keys) return failed(kept, "the issuer's keys are refused: " + keys.error());
    kept->issuer.keys = std::move(*keys);
    kept->document = digest;
  }
  kept->running = false;
  kept->tries = 0;
  kept->issuer.fetched = ring_.wall_now();
  kept->issuer.error.clear();
  kept->schedule.succeeded(ring_.now());
  if (same) return;
  log_.line(ring_.wall_now(), telemetry::Level::info, "issuer_keys", [&](telemetry::LogLine& line) {
    line.text("issuer", kept->issuer.name).number("keys", kept->issuer.keys->size());
  });
  changed_();
}

void KeyKeeper::failed(const KeptRef& kept, std::string why) {
  kept->running = false;
  ++kept->issuer.failures;
  kept->issuer.error = std::move(why);
  kept->schedule.failed(ring_.now());
  log_.line(ring_.wall_now(), telemetry::Level::warning, "issuer_keys_failed", [&](telemetry::LogLine& line) {
    line.text("issuer", kept->issuer.name).text("error", kept->issuer.error);
    line.boolean("old_keys_in_use", kept->issuer.keys != nullptr);
  });
}

std::vector<const KeyKeeper::Issuer*> KeyKeeper::issuers() const {
  std::vector<const Issuer*> list;
  for (const KeptRef& one : kept_) list.push_back(&one->issuer);
  return list;
}

}  // namespace gatehouse::control
