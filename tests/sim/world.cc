#include "world.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace gatehouse::sim {

namespace {

constexpr uint32_t kFailuresShown = 5;

// What routes tell their origins.
constexpr struct {
  const char* name;
  const char* value;
  config::Told told;
} kTold[] = {{"x-stage", "sim", config::Told::text},             {"x-job", "{subject}", config::Told::subject},
             {"x-issued-by", "{issuer}", config::Told::issuer},  {"x-job-groups", "{groups}", config::Told::groups},
             {"x-real-ip", "{address}", config::Told::address},  {"x-forwarded-proto", "{scheme}", config::Told::scheme},
             {"x-forwarded-host", "{host}", config::Told::host}};

}  // namespace

World::World(uint64_t seed, Fixed& fixed, bool print_trace)
    : seed_(seed),
      lines_(seed),
      fixed_(fixed),
      kernel_(seed * 2 + 1, print_trace),
      random_(kernel_.random().fork()),
      book_(kernel_.random().fork()),
      gateway_(*parse_address("192.0.2.1:443")),
      plain_origin_(*parse_address("192.0.2.8:8000")),
      secure_origin_(*parse_address("192.0.2.9:8443")),
      dead_origin_(*parse_address("192.0.2.10:8000")),
      second_origin_(*parse_address("192.0.2.11:8000")),
      revoking_(seed * 37 + 11),
      tokens_random_(seed * 41 + 13) {
  kernel_.sleep = [this](uring::Ring::State& ring, MonotonicNs) {
    for (auto& station : stations_)
      if (&station->ring->state() == &ring) return station->fiber->sleep();
  };
  kernel_.on_transmit = [this](uring::Ring::State& ring, const Wire& wire, ByteView bytes) {
    for (uint32_t i = 0; i < stations_.size(); ++i)
      if (&stations_[i]->ring->state() == &ring) transmitted(i, wire, bytes);
  };
}

World::~World() = default;

void World::trace(const char* who, uint64_t number, const char* what, const char* format, ...) {
  char details[160];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(details, sizeof details, format, arguments);
  va_end(arguments);
  kernel_.trace().line(kernel_.now(), who, number, what, "%s", details);
}

void World::fail(const char* format, ...) {
  if (++failures_ > kFailuresShown) return;
  char text[400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  trace("world", 0, "BROKEN", "%s", text);
  fflush(stdout);
  fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed_), text);
}

Address World::client_address(uint32_t number) const {
  return *parse_address("198.51.100." + std::to_string(number % 250 + 1) + ":" +
                        std::to_string(40000 + number));
}

std::string World::proxy_header(uint32_t number) const {
  if (!proxied_) return {};
  std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\0\xc0\0\x02\x01\0\0\x01\xbb", 28);   // 203.0.113.N
  header[19] = static_cast<char>(number % 250 + 1);
  header[24] = static_cast<char>(0x80);
  header[25] = static_cast<char>(number);
  return header;
}

// ---- making the world ----

void World::draw() {
  const bool perfect = random_.chance(1, 10);
  faults().draw(random_.fork(), perfect ? 0 : 1);
  if (!perfect) {
    kernel_.buffers_hot_max = random_.one_of<uint32_t>({4, 8, 64});
    kernel_.buffers_overflow_max = random_.one_of<uint32_t>({4, 16, 64});
    kernel_.sockets_max = random_.one_of<uint32_t>({24, 64});
  } else {
    kernel_.buffers_hot_max = kernel_.buffers_overflow_max = 64;
    kernel_.sockets_max = 128;
  }
  limits_.connections = perfect ? 32 : random_.one_of<uint32_t>({4, 32});
  limits_.held = perfect ? 32 : random_.one_of<uint32_t>({1, 8});
  limits_.inspect_bytes = 1024 * 1024;
  limits_.body_memory = perfect ? 64 << 20 : random_.one_of<uint64_t>({2 << 20, 64 << 20});
  limits_.queued_bytes = random_.one_of<uint64_t>({16 * 1024, 256 * 1024});
  deadlines_.hold = 30 * kNsPerSecond;
  tls_clients_ = random_.chance(1, 6);
  tls_origins_ = random_.chance(1, 6);
  record_block_ = random_.chance(2, 3);
  Random more(seed_ * 31 + 7);   // of its own: the worlds of before stay what they were
  routed_ = more.chance(1, 2);
  proxied_ = more.chance(1, 3);
  addresses_ = more.chance(1, 2) ? 2 : 1;
  first_dead_ = more.chance(1, 2);
  if (!perfect && more.chance(1, 4)) limits_.mask_streams = 1;
}

std::vector<std::pair<std::string, std::string>> World::told(const Ask& ask) const {
  if (!routed_) return {};
  const std::string address = std::string(proxied_ ? "203.0.113." : "198.51.100.") + std::to_string(ask.client % 250 + 1);
  const std::string values[] = {kTold[0].value, kMembers[ask.member()].told, "test", kGroupsTold, address,
                                tls_clients_ ? "https" : "http", "gateway.example"};
  std::vector<std::pair<std::string, std::string>> out;
  const bool rewritten = proxied_ && any({Fault::tampered});   // nothing protects a PROXY header
  for (size_t i = 0; i < std::size(kTold); ++i)
    if (!rewritten || kTold[i].told != config::Told::address) out.emplace_back(kTold[i].name, values[i]);
  return out;
}

// The same requests go the same ways, but because routes say so; and they tell their origins who asks.
void World::make_routes(config::Snapshot& snapshot) {
  std::vector<policy::RoutePlace> places;
  for (policy::Rule& rule : snapshot.policy.rules) {
    config::Route route;
    route.name = rule.name;
    route.origin = rule.origin;
    route.prefix = "/" + rule.name;
    route.rewrite = route.prefix;
    route.limits = limits_;
    route.deadlines = deadlines_;
    for (const auto& [name, value, told] : kTold) {
      route.set_headers.push_back({name, value, told});
      route.remove_headers.emplace_back(name);
    }
    places.push_back({{"gateway.example"}, route.prefix});
    rule.origin = policy::kNoOrigin;
    rule.routes = {static_cast<uint32_t>(snapshot.routes.size())};
    snapshot.routes.push_back(std::move(route));
  }
  places.push_back({{}, ""});   // what no rule is for
  snapshot.routes.push_back(snapshot.routes.front());
  snapshot.routes.back().prefix = snapshot.routes.back().rewrite.emplace();
  snapshot.route_table = policy::RouteTable(places);
}

const config::Snapshot* World::make_snapshot() {
  auto snapshot = std::make_unique<config::Snapshot>();
  snapshot->version = snapshots_.size() + 1;
  snapshot->policy_hash.fill(static_cast<uint8_t>(snapshot->version));
  snapshot->listeners.push_back({"front", gateway_, tls_clients_});
  if (proxied_) snapshot->listeners[0].proxy_from.push_back(gatehouse::Network::parse("198.51.100.0/24").value());
  for (const bool second : {false, true}) {
    config::Origin origin;
    origin.name = second ? "beta" : "alpha";
    origin.tls = second && tls_origins_;
    origin.address = origin.tls ? secure_origin_ : plain_origin_;
    if (addresses_ == 2) {
      origin.other_addresses = {origin.address};
      origin.address = first_dead_ || origin.tls ? dead_origin_ : second_origin_;
    }
    origin.server_name = "origin.example";
    origin.host = "origin.example";
    origin.credential_header = kCredentialField;
    origin.credential = crypto::Secret(kCredential);
    origin.credential_version = "0123456789abcdef";
    snapshot->origins.push_back(std::move(origin));
  }
  identity::Issuer issuer;
  issuer.name = "test";
  issuer.url = "https://issuer.example";
  issuer.audiences = {"gatehouse"};
  issuer.algorithms = {identity::Algorithm::eddsa};
  issuer.keys = fixed_.keys;
  snapshot->issuers.issuers.push_back(issuer);
  const auto rule = [&snapshot, this](const char* name, policy::Effect effect, const char* path, uint32_t origin,
                                uint64_t guards, uint64_t masks) {
    policy::Rule made;
    made.name = name;
    made.effect = effect;
    made.groups = {"batch"};
    made.paths = {{path}};
    made.origin = origin;
    made.guards = guards;
    made.masks = masks;
    made.commit_now = random_.chance(1, 3);
    made.compress = false;   // the scribe reads bodies as they are
    snapshot->policy.rules.push_back(std::move(made));
  };
  rule("open", policy::Effect::allow, "/open/**", 0, 0, 0);
  rule("masked", policy::Effect::allow, "/masked/**", 1, 0, 1);
  rule("guarded", policy::Effect::allow, "/guarded/**", 0, 1, 0);
  rule("held", policy::Effect::approve, "/held/**", 1, 0, 0);
  rule("denied", policy::Effect::deny, "/denied/**", 0, 0, 0);
  if (routed_) make_routes(*snapshot);
  if (!token_clients_.empty()) give_tokens(*snapshot);
  snapshot->guards = fixed_.guards;
  snapshot->masks = fixed_.masks;
  snapshot->limits = limits_;
  snapshot->deadlines = deadlines_;
  snapshot->record_block = record_block_;
  snapshot->worker_tls.resize(2);
  for (auto& settings : snapshot->worker_tls) {
    settings.listeners.emplace_back();
    if (tls_clients_)
      settings.listeners[0] =
          std::move(tls::ServerSettings::create({fixed_.gateway_certificate}, fixed_.tickets).value());
    settings.origins.resize(2);
    if (tls_origins_) settings.origins[1] = std::move(tls::ClientSettings::create(fixed_.trust_pem).value());
  }
  snapshots_.push_back({std::move(snapshot)});
  return snapshots_.back().snapshot.get();
}

void World::publish() {
  const config::Snapshot* snapshot = make_snapshot();
  trace("world", 0, "publish", "snapshot %llu", static_cast<unsigned long long>(snapshot->version));
  snapshots_.back().users = (1u << stations_.size()) - 1;
  bool held = false;
  for (uint32_t i = 0; i < stations_.size(); ++i) {
    held = held || stations_[i]->worker->station().held > 0;
    proxy::ToWorker message;
    message.kind = proxy::ToWorker::Kind::publish;
    message.snapshot = snapshot;
    tell(i, std::move(message));
  }
  if (held) faults().count(Fault::snapshot_swap_held);
}

void World::released(uint32_t index, const config::Snapshot* snapshot) {
  for (size_t i = 0; i + 1 < snapshots_.size(); ++i) {
    Published& published = snapshots_[i];
    if (published.snapshot.get() != snapshot || (published.users & 1u << index) == 0) continue;
    published.users &= ~(1u << index);
    if (published.users == 0) published.snapshot.reset();
    return;
  }
  fail("worker %u releases a snapshot that is in force, or again", index);
}

void World::start_worker(uint32_t index) {
  stations_.push_back(std::make_unique<Station>());
  Station& station = *stations_.back();
  const size_t bytes = random_.one_of<size_t>({384, 512, 2048}) * 1024 + 4096;
  station.memory = std::make_unique<char[]>(bytes + 4096);
  auto at = reinterpret_cast<uintptr_t>(station.memory.get());
  station.ring_memory = {reinterpret_cast<char*>((at + 4095) / 4096 * 4096), bytes};
  ExchangeId process;
  process.bytes.fill(static_cast<uint8_t>(index + 1));
  record::create_ring(station.ring_memory, index, process);
  station.log = record::RingLog::open(station.ring_memory);
  station.scribe = std::make_unique<Scribe>(station.ring_memory);
  station.inbox = std::make_unique<proxy::WorkerQueue>(1024);
  station.outbox = std::make_unique<proxy::ControlQueue>(1024);
  station.log_lines = std::make_unique<proxy::LogQueue>(1024);
  station.listener = kernel_.open_listener(gateway_);
  station.ring = std::move(uring::Ring::open({}).value());
  worker::WorkerParts parts;
  parts.index = index;
  parts.ring = station.ring.get();
  parts.log = station.log.get();
  parts.metrics = &station.metrics;
  parts.inbox = station.inbox.get();
  parts.outbox = station.outbox.get();
  parts.log_lines = station.log_lines.get();
  parts.listeners = {{station.listener}};
  parts.snapshot = snapshots_.front().snapshot.get();
  parts.seed = seed_ * 7 + index;
  parts.inspect_here = random_.one_of<size_t>({0, 1000, kInspectHere});
  snapshots_.front().users |= 1u << index;
  station.worker = std::make_unique<worker::Worker>(parts);
  station.fiber = std::make_unique<Fiber>([&station] {
    while (station.worker->turn(kNever)) {
    }
  });
}

void World::start_clients() {
  const size_t count = random_.between(1, 9);
  for (size_t i = 0; i < count; ++i) {
    auto client = std::make_shared<Client>(*this, static_cast<uint32_t>(i + 1), random_.fork());
    clients_.push_back(client);
    kernel_.after(random_.below(random_.one_of<uint64_t>({1, 200, 3000}) * kNsPerMs),
                  [client] { client->start(); });
  }
}

void World::serve_origin(const Address& address, bool secured) {
  kernel_.serve(address, [this, secured](Wire wire) {
    auto origin = std::make_shared<Origin>(*this, static_cast<uint32_t>(origins_.size() + 1), random_.fork());
    origins_.push_back(origin);
    origin->start(std::move(wire), secured);
  });
}

void World::plan_clock_jump() {
  kernel_.after(100 * kNsPerMs, [this] {
    if (ending_) return;
    if (faults().hit(Fault::clock_jump)) {
      const int64_t by =
          static_cast<int64_t>(random_.below(7200 * kNsPerSecond)) - 3600 * int64_t{kNsPerSecond};
      kernel_.jump_wall(by);
      trace("world", 0, "clock jumps", "%lld ms", static_cast<long long>(by / 1'000'000));
    }
    if (faults().hit(Fault::snapshot_swap)) publish();
    plan_clock_jump();
  });
}

// ---- control and writer thread ----

void World::tell(uint32_t index, proxy::ToWorker&& message) {
  Station& station = *stations_[index];
  if (!station.inbox->push(std::move(message))) return fail("the inbox of worker %u is full", index);
  station.ring->state().post_plain({{}, uring::Op::doorbell}, 0, UINT64_MAX - 1, -1);
}

void World::control() {
  for (uint32_t i = 0; i < stations_.size(); ++i) {
    proxy::ToControl message;
    while (stations_[i]->outbox->pop(message)) hear(i, message);
    telemetry::LogText line;
    while (stations_[i]->log_lines->pop(line)) {
    }
  }
  write_records();
}

void World::hear(uint32_t index, proxy::ToControl& message) {
  switch (message.kind) {
    case proxy::ToControl::Kind::ask:
      look_at(index, message);
      answer_later(index, message);
      return;
    case proxy::ToControl::Kind::shown: shown(index, message); return;
    case proxy::ToControl::Kind::drained: stations_[index]->drained = true; return;
    case proxy::ToControl::Kind::released: released(index, message.snapshot); return;
    case proxy::ToControl::Kind::inspect: inspect_later(index, message.inspection); return;
    case proxy::ToControl::Kind::prove: prove_later(index, message.proving); return;
    case proxy::ToControl::Kind::none:
    case proxy::ToControl::Kind::moved:         // listeners stay
    case proxy::ToControl::Kind::let_go:
    case proxy::ToControl::Kind::keys_wanted:   // of files: there is nobody to ask
    case proxy::ToControl::Kind::gone: return;
  }
}

// What a job thread does, at any time after it was asked.
void World::inspect_later(uint32_t index, const std::shared_ptr<proxy::Inspection>& inspection) {
  MonotonicNs delay = random_.below(random_.one_of<uint64_t>({10, 5000}) * kNsPerUs);
  if (faults().hit(Fault::late_inspection)) delay = deadlines_.progress + random_.below(kNsPerSecond);
  kernel_.after(delay, [this, index, inspection] {
    if (stations_[index]->fiber->ended()) return;
    inspection->run(inspector_);
    proxy::ToWorker message;
    message.kind = proxy::ToWorker::Kind::inspected;
    message.inspection = inspection;
    tell(index, std::move(message));
  });
}

void World::answer_later(uint32_t index, const proxy::ToControl& message) {
  Ask* ask = book_.find_path(message.card->path);
  if (ask == nullptr || ask->route != Route::held || ask->caller != Caller::member)
    return fail("a person is asked about %s", message.card->path.c_str());
  const uint64_t draw = random_.below(10);
  MonotonicNs delay = random_.below(random_.one_of<uint64_t>({1, 100, 20'000}) * kNsPerMs);
  if (faults().hit(Fault::late_approval))
    delay = deadlines_.hold + random_.below(kNsPerSecond);
  else if (draw == 0)
    return;  // nobody looks at it
  const bool granted = draw < 7;
  const bool other_bytes = granted && draw == 6;  // what was granted is not what is held
  auto digest = message.card->digest;
  if (other_bytes) digest[random_.below(digest.size())] ^= 1;
  const SlotId session = message.session;
  const ExchangeId exchange = message.exchange;
  trace("person", 0, "is asked", "e%u, %s after %llu us", ask->number, granted ? "grants" : "denies",
        static_cast<unsigned long long>(delay / kNsPerUs));
  kernel_.after(delay, [this, index, ask, granted, other_bytes, digest, session, exchange] {
    if (stations_[index]->fiber->ended()) return;
    proxy::ToWorker answer;
    answer.kind = proxy::ToWorker::Kind::answer;
    answer.session = session;
    answer.exchange = exchange;
    answer.granted = granted;
    answer.digest = digest;
    answer.by = "person";
    const bool right = granted && !other_bytes;
    (right ? ask->granted : ask->denied) = true;
    tell(index, std::move(answer));
  });
}

// What a person is shown is what was asked, and what an approval is bound to.
void World::look_at(uint32_t index, const proxy::ToControl& message) {
  if (message.exchange.bytes[15] % 4 != 0) return;   // no draw: the worlds of before stay what they were
  viewings_[message.exchange] = {message.session, book_.find_path(message.card->path), message.card->digest, {}};
  ask_to_see(index, message.exchange);
}

void World::ask_to_see(uint32_t index, const ExchangeId& exchange) {
  if (stations_[index]->fiber->ended()) return;
  const Viewing& viewing = viewings_[exchange];
  proxy::ToWorker ask;
  ask.kind = proxy::ToWorker::Kind::show;
  ask.session = viewing.session;
  ask.exchange = exchange;
  ask.offset = viewing.seen.size();
  tell(index, std::move(ask));
}

void World::shown(uint32_t index, const proxy::ToControl& message) {
  if (!message.held) return;   // answered, or gone
  Viewing& viewing = viewings_[message.exchange];
  viewing.seen += message.bytes;
  if (!message.bytes.empty()) return ask_to_see(index, message.exchange);
  const auto bound = approve::parse_bound(viewing.seen);
  if (!bound || crypto::sha256(viewing.seen) != viewing.digest) return fail("what is shown is not what is bound");
  if (viewing.ask != nullptr && bound->body != viewing.ask->body) fail("e%u: another body is shown", viewing.ask->number);
}

void World::write_records() {
  for (auto& station : stations_) {
    station->scribe->read();
    if (!station->scribe->problem().empty()) fail("records: %s", station->scribe->problem().c_str());
    if (station->lagging || station->failing) continue;
    if (faults().hit(Fault::record_failed)) {
      fail_records(*station);
      continue;
    }
    if (faults().hit(Fault::writer_lags)) {
      station->lagging = true;
      Station* lagging = station.get();
      trace("world", 0, "writer lags", " ");
      kernel_.after(random_.one_of<uint64_t>({100, 3000, 15'000}) * kNsPerMs,
                    [lagging] { lagging->lagging = false; });
      continue;
    }
    station->scribe->commit();
  }
}

// The disk refuses and the configuration says fail_closed, until it works again.
void World::fail_records(Station& station) {
  station.failing = station.lossy = true;
  station.scribe->refuse(true);
  trace("world", 0, "log fails", " ");
  kernel_.after(random_.one_of<uint64_t>({1, 100, 3000}) * kNsPerMs, [&station] {
    station.failing = false;
    station.scribe->refuse(false);
  });
}

// ---- running ----

bool World::sleep_until_something() {
  MonotonicNs next = kernel_.next_event();
  for (auto& station : stations_) {
    if (station->fiber->ended()) continue;
    next = std::min({next, station->ring->state().next_pending(), station->ring->state().wakes_at});
  }
  if (next == kNever) return false;
  kernel_.advance_to(next);
  return true;
}

void World::loop(const std::function<bool()>& finished, MonotonicNs bound, const char* what) {
  const MonotonicNs start = kernel_.now();
  std::vector<Station*> ready;
  for (uint64_t turns = 0; !finished() && failures_ == 0; ++turns) {
    kernel_.run_due();
    ready.clear();
    for (auto& station : stations_) {
      const auto& ring = station->ring->state();
      if (!station->fiber->ended() && (ring.deliverable() || ring.wakes_at <= kernel_.now()))
        ready.push_back(station.get());
    }
    const bool idle = ready.empty() && !sleep_until_something();
    if (idle || kernel_.now() > start + bound || turns > 1'000'000) {
      fail("no progress: %s %s after %.3f s", what, idle ? "sleeps for ever" : "is not over",
           static_cast<double>(kernel_.now() - start) / 1e9);
      for (const auto& client : clients_)
        if (!client->done()) fail("%s", client->state_line().c_str());
      return;
    }
    if (!ready.empty()) {
      Station& station = *ready[random_.below(ready.size())];
      station.fiber->resume();
      look_for_ledger(station);
      check_credit(station);
    }
    control();
    for (uint32_t i = 0; i < stations_.size(); ++i) check_pins(i);
  }
}

void World::end_workers() {
  ending_ = true;
  const auto tell_all = [this](proxy::ToWorker::Kind kind) {
    for (uint32_t i = 0; i < stations_.size(); ++i) {
      proxy::ToWorker message;
      message.kind = kind;
      tell(i, std::move(message));
    }
  };
  const auto all = [this](auto&& what) { return std::all_of(stations_.begin(), stations_.end(), what); };
  const auto busy = [](auto& station) {
    return station->metrics.exchanges_begun.get() > station->metrics.exchanges_ended.get();
  };
  const auto some = [this](auto&& what) { return std::any_of(stations_.begin(), stations_.end(), what); };
  if (some(busy)) faults().count(Fault::drain_busy);
  if (some([](auto& station) { return station->worker->station().held > 0; })) faults().count(Fault::drain_held);
  const bool retire = random_.chance(1, 3);
  if (retire && some(busy)) faults().count(Fault::retire_busy);
  tell_all(retire ? proxy::ToWorker::Kind::retire : proxy::ToWorker::Kind::drain);
  const MonotonicNs patience =
      random_.chance(1, 3) ? kernel_.now() + random_.below(random_.one_of({1, 5, 100}) * kNsPerMs) : kNever;
  loop([&] {
    return kernel_.now() >= patience || all([](auto& station) { return station->drained; });
  }, 400 * kNsPerSecond, "drain");
  stopped_ = some(busy);
  if (stopped_) faults().count(Fault::stop_busy);
  tell_all(proxy::ToWorker::Kind::stop);
  loop([&] { return all([](auto& station) { return station->fiber->ended(); }); }, 60 * kNsPerSecond, "stop");
  for (auto& station : stations_) kernel_.close_listener(station->listener);  // as the process's end does
}

bool World::run() {
  draw();
  for (uint64_t count = tokens_random_.below(4) == 0 ? tokens_random_.between(1, 3) : 0; count > 0; --count)
    token_clients_.push_back(std::make_shared<TokenClient>(*this, static_cast<uint32_t>(100 + count), tokens_random_.fork()));
  make_snapshot();
  serve_origin(plain_origin_, false);
  serve_origin(secure_origin_, true);
  serve_origin(second_origin_, false);
  const uint32_t workers = static_cast<uint32_t>(random_.between(1, 2));
  for (uint32_t i = 0; i < workers; ++i) start_worker(i);
  start_clients();
  for (const auto& client : token_clients_)
    kernel_.after(tokens_random_.below(tokens_random_.one_of<uint64_t>({1, 200, 3000}) * kNsPerMs), [client] { client->start(); });
  plan_clock_jump();
  if (revoking_.chance(1, 4)) plan_revocation();
  const bool drain_early = random_.chance(1, 6);
  const MonotonicNs early = kernel_.now() + random_.below(2 * kNsPerSecond);
  const auto over = [this] {
    const auto done = [](const auto& client) { return client->done(); };
    return std::all_of(clients_.begin(), clients_.end(), done) && std::all_of(token_clients_.begin(), token_clients_.end(), done);
  };
  loop([&] { return over() || (drain_early && kernel_.now() > early); }, 2000 * kNsPerSecond,
       "the clients' work");
  end_workers();
  loop(over, 2000 * kNsPerSecond, "the clients' end");
  for (auto& station : stations_)
    for (uint64_t i = station->metrics.record_waits.get(); i > 0; --i)
      faults().count(record_block_ ? Fault::record_full : Fault::record_full_closed);
  if (failures_ == 0) {
    check_tales();
    check_rings();
    check_tokens();
  }
  trace("world", 0, "over", "%llu exchanges, digest %016llx", static_cast<unsigned long long>(exchanges_),
        static_cast<unsigned long long>(kernel_.trace().digest()));
  return failures_ == 0;
}

}  // namespace gatehouse::sim
