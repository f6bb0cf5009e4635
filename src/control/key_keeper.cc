#include "control/key_keeper.h"

#include <algorithm>

#include "config/json_text.h"
#include "control/discovery.h"
#include "control/lookup.h"

namespace gatehouse::control {

KeyKeeper::KeyKeeper(uring::Ring& ring, Front& front, JobThread& lookups, Log& log, std::function<void()> changed,
                     std::function<void(const std::string&)> asked)
    : ring_(ring), front_(front), lookups_(lookups), log_(log), changed_(std::move(changed)), asked_(std::move(asked)) {}

void KeyKeeper::configure(const config::Config& config) {
  std::vector<KeptRef> kept;
  for (const config::IssuerSettings& settings : config.issuers) {
    const auto same = std::find_if(kept_.begin(), kept_.end(), [&](const KeptRef& one) {
      return one->issuer.source == settings.source();
    });
    KeptRef one = same != kept_.end() ? *same : make(settings);
    one->schedule.set_refresh(settings.jwks_refresh);
    kept.push_back(std::move(one));
  }
  kept_ = std::move(kept);
}

KeyKeeper::KeptRef KeyKeeper::make(const config::IssuerSettings& settings) const {
  auto one = std::make_shared<Kept>();
  one->issuer.name = settings.name.value;
  one->issuer.url = settings.keys_source();
  one->issuer_url = settings.url.value;
  one->issuer.source = settings.source();
  one->unasked_since = ring_.now();
  if (one->issuer.url.empty()) return one;
  if (one->issuer.source.discovers) {
    const auto places = discovery_urls(one->issuer_url);
    if (!places) one->refused = places.error();
    for (const std::string& place : places.ok() ? *places : std::vector<std::string>{})
      one->places.push_back(*parse_fetch_url(place));
  } else {
    auto url = parse_fetch_url(one->issuer.url);
    if (url) one->url = std::move(*url);
    else one->refused = url.error();
  }
  one->issuer.error = one->refused;
  return one;
}

void KeyKeeper::poll() {
  const MonotonicNs now = ring_.now();
  for (const KeptRef& one : kept_)
    if (idle(*one) && one->schedule.due() <= now) ask(one, one->issuer.source.discovers);
}

MonotonicNs KeyKeeper::next() const {
  MonotonicNs next = kNever;
  for (const KeptRef& one : kept_)
    if (idle(*one)) next = std::min(next, one->schedule.due());
  return next;
}

// Forged tokens are cheap: they must not make us a burden to the issuer.
bool KeyKeeper::wanted(ByteView issuer, uint64_t keys) {
  const auto found = std::find_if(kept_.begin(), kept_.end(), [issuer](const KeptRef& one) { return one->issuer.name == issuer; });
  if (found == kept_.end()) return false;
  const KeptRef kept = *found;
  if (kept->running) return true;
  if (!idle(*kept)) return false;
  const auto& now = kept->issuer.keys;
  if ((now ? now->generation() : 0) != keys) return false;   // the question crossed the answer
  for (; kept->unasked < kUnasked && ring_.now() >= kept->unasked_since + kUnaskedAgain; ++kept->unasked)
    kept->unasked_since += kUnaskedAgain;
  if (kept->unasked == 0) return false;
  if (kept->unasked-- == kUnasked) kept->unasked_since = ring_.now();
  ask(kept, kept->issuer.source.discovers && kept->url.host.empty());
  return true;
}

void KeyKeeper::ask(const KeptRef& kept, bool discover) {
  kept->running = true;
  kept->discovery_error.clear();
  kept->place = 0;
  if (discover) fetch(kept, kept->places.front(), &KeyKeeper::discovered);
  else fetch(kept, kept->url, &KeyKeeper::answered);
}

void KeyKeeper::fetch(const KeptRef& kept, const FetchUrl& url, Answered take) {
  ++kept->issuer.fetches;
  const auto not_asked = [this, kept, url, take](std::string why) {
    KeyFetch none(url);
    none.abandon(std::move(why));
    (this->*take)(kept, none);
  };
  if (url.tls && tls_ == nullptr) {
    auto made = tls::ClientSettings::create("");
    if (!made) return not_asked(made.error());
    tls_ = std::move(*made);
  }
  const auto connect = [this, kept, url, take](const Address& to) {
    front_.fetch(url, to, url.tls ? tls_.get() : nullptr,
                 [this, kept, take](const KeyFetch& fetch) { (this->*take)(kept, fetch); });
  };
  if (url.address) return connect(*url.address);
  using Found = Result<std::vector<Address>, std::string>;
  const auto found = std::make_shared<Found>(Failure<std::string>{""});
  lookups_.post([found, host = url.host, port = url.port] { *found = look_up(host, port); },
                [kept, found, connect, not_asked] {
                  if (!found->ok()) return not_asked("the issuer's name is not found: " + found->error());
                  std::vector<Address>& all = **found;
                  std::erase_if(all, [](const Address& each) { return !may_be_an_issuers(each); });
                  if (all.empty()) return not_asked("the issuer's name leads to no address that an issuer may have");
                  connect(all[kept->tries++ % all.size()]);  // the next one after a failure
                });
}

// Where the keys are. An issuer whose document is lost or lies is asked where it had them before: what it
// withdraws there is withdrawn.
void KeyKeeper::discovered(const KeptRef& kept, const KeyFetch& got) {
  if (got.state() == KeyFetch::State::failed && got.status() == 404 && kept->place + 1 < kept->places.size())
    return fetch(kept, kept->places[++kept->place], &KeyKeeper::discovered);
  if (got.state() == KeyFetch::State::done) {
    const auto read = read_discovery(got.document(), kept->issuer_url, kept->issuer.source.keys_host);
    if (read) kept->url = *parse_fetch_url(read->jwks_url);
    else kept->discovery_error = read.error();
  } else {
    kept->discovery_error = got.error();
  }
  if (!kept->discovery_error.empty()) kept->discovery_error = "discovery: " + kept->discovery_error;
  if (kept->url.host.empty()) return failed(kept, kept->discovery_error);
  fetch(kept, kept->url, &KeyKeeper::answered);
}

void KeyKeeper::answered(const KeptRef& kept, const KeyFetch& fetch) {
  if (fetch.state() != KeyFetch::State::done) return failed(kept, fetch.error());
  const crypto::Sha256 digest = crypto::sha256(fetch.document());
  const bool same = kept->issuer.keys != nullptr && digest == kept->document;
  if (!same) {
    auto keys = identity::KeySet::parse(fetch.document(), identity::KeySet::Broken::leave_out);
    if (!keys) return failed(kept, "the issuer's keys are refused: " + keys.error());
    kept->issuer.keys = std::move(*keys);
    kept->document = digest;
  }
  kept->tries = 0;
  kept->issuer.fetched = ring_.wall_now();
  if (!kept->discovery_error.empty()) return failed(kept, kept->discovery_error);   // new keys are in force all the same
  kept->issuer.error.clear();
  kept->schedule.succeeded(ring_.now());
  if (!same) {
    const std::string& left_out = kept->issuer.keys->left_out();
    const auto level = left_out.empty() ? telemetry::Level::info : telemetry::Level::warning;
    log_.line(ring_.wall_now(), level, "issuer_keys", [&](telemetry::LogLine& line) {
      line.text("issuer", kept->issuer.name).number("keys", kept->issuer.keys->size());
      if (!left_out.empty()) line.text("left_out", left_out);
    });
  }
  end(kept);
}

void KeyKeeper::failed(const KeptRef& kept, std::string why) {
  ++kept->issuer.failures;
  kept->issuer.error = config::printable(why);
  kept->schedule.failed(ring_.now());
  log_.line(ring_.wall_now(), telemetry::Level::warning, "issuer_keys_failed", [&](telemetry::LogLine& line) {
    line.text("issuer", kept->issuer.name).text("error", kept->issuer.error);
    line.boolean("old_keys_in_use", kept->issuer.keys != nullptr);
  });
  end(kept);
}

// Whoever waits looks again after what is new is in force.
void KeyKeeper::end(const KeptRef& kept) {
  kept->running = false;
  changed_();
  asked_(kept->issuer.name);
}

std::vector<const KeyKeeper::Issuer*> KeyKeeper::issuers() const {
  std::vector<const Issuer*> list;
  for (const KeptRef& one : kept_) list.push_back(&one->issuer);
  return list;
}

}  // namespace gatehouse::control
