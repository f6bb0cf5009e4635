#include "network.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace gatehouse::sim {

namespace {
thread_local Network* current_network = nullptr;
}  // namespace

void misuse(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fflush(stdout);
  fprintf(stderr, "ring contract broken: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  abort();
}

// ---- Wire ----

void Wire::watch(Watcher* watcher, uint64_t cookie) {
  Connection::Side& own = connection_->sides[side_];
  own.watcher = watcher;
  own.cookie = cookie;
  if (watcher != nullptr) network_->notify(connection_, side_);
}

bool Wire::readable() const {
  const Connection::Side& own = connection_->sides[side_];
  const Pipe& in = connection_->sides[1 - side_].out;
  return in.unread() > 0 || in.fin_come || own.error != 0 || own.dead;
}

bool Wire::writable() const {
  const Connection::Side& own = connection_->sides[side_];
  return own.out.room() > 0 || own.error != 0 || own.dead || own.out.fin_sent;
}

int64_t Wire::read(char* out, size_t room) {
  Connection::Side& own = connection_->sides[side_];
  GH_ASSERT(!own.closed && room > 0);
  Pipe& in = connection_->sides[1 - side_].out;
  if (const size_t unread = in.unread(); unread > 0) {
    const size_t count = std::min(room, unread);
    const bool was_full = in.room() == 0;
    in.ready.copy(out, count, in.ready_start);
    in.ready_start += count;
    if (in.ready_start == in.ready.size()) {
      in.ready.clear();
      in.ready_start = 0;
    } else if (in.ready_start > 64 * 1024) {
      in.ready.erase(0, in.ready_start);
      in.ready_start = 0;
    }
    if (was_full) {  // the window opens again after the way back
      auto connection = connection_;
      Network* network = network_;
      const int writer = 1 - side_;
      network_->after(connection->latency, [=] { network->notify(connection, writer); });
    }
    return static_cast<int64_t>(count);
  }
  if (own.error != 0) return -std::exchange(own.error, 0);
  if (own.dead || in.fin_come) return 0;
  return -EAGAIN;
}

int64_t Wire::write(ByteView bytes) {
  Connection::Side& own = connection_->sides[side_];
  GH_ASSERT(!own.closed && !bytes.empty());
  if (own.error != 0) return -std::exchange(own.error, 0);
  if (own.dead || own.out.fin_sent) return -EPIPE;
  Pipe& out = own.out;
  const size_t count = std::min(out.room(), bytes.size());
  if (count == 0) return -EAGAIN;
  network_->trace().bytes(bytes.substr(0, count));
  Random& random = network_->random();
  size_t done = 0;
  while (done < count) {
    size_t piece = count - done;
    if (connection_->chop_budget > 0) {
      piece = std::min(piece, 1 + random.below(connection_->segment_max));
      connection_->chop_budget -= std::min(piece, connection_->chop_budget);
    }
    const MonotonicNs jitter = random.below(connection_->latency / 4 + 1);
    out.last_arrival = std::max(out.last_arrival, network_->now() + connection_->latency + jitter);
    out.transit.push_back({out.last_arrival, std::string(bytes.substr(done, piece))});
    if (own.tampered_at - own.written < piece) out.transit.back().bytes[own.tampered_at - own.written] ^= 1;
    own.written += piece;
    done += piece;
    auto connection = connection_;
    Network* network = network_;
    const int side = side_;
    network_->at(out.last_arrival, [=] { network->arrive(connection, side); });
  }
  out.in_transit += count;
  return static_cast<int64_t>(count);
}

void Wire::shutdown_write() {
  Connection::Side& own = connection_->sides[side_];
  if (own.out.fin_sent || own.dead) return;
  own.out.fin_sent = true;
  own.out.last_arrival = std::max(own.out.last_arrival, network_->now() + connection_->latency);
  auto connection = connection_;
  Network* network = network_;
  const int side = side_;
  network_->at(own.out.last_arrival, [=] { network->arrive(connection, side); });
}

void Wire::close() {
  Connection::Side& own = connection_->sides[side_];
  GH_ASSERT(!own.closed);
  const Pipe& in = connection_->sides[1 - side_].out;
  const bool left_unread = in.unread() > 0;
  if (left_unread && !own.dead) network_->send_reset(connection_, side_);
  shutdown_write();
  own.closed = true;
  own.watcher = nullptr;
}

void Wire::reset() {
  Connection::Side& own = connection_->sides[side_];
  GH_ASSERT(!own.closed);
  if (!own.dead) network_->send_reset(connection_, side_);
  own.closed = true;
  own.watcher = nullptr;
}

// ---- Network ----

Network::Network(uint64_t seed, bool print_trace) : random_(seed), trace_(print_trace) {
  current_network = this;
}

Network::~Network() {
  if (current_network == this) current_network = nullptr;
}

Network* Network::current() {
  return current_network;
}

void Network::at(MonotonicNs when, std::function<void()> event) {
  events_.push({std::max(when, now_), random_.next(), sequence_++, std::move(event)});
}

void Network::run_due() {
  while (!events_.empty() && events_.top().when <= now_) {
    auto run = std::move(const_cast<Event&>(events_.top()).run);
    events_.pop();
    ++events_run_;
    run();
  }
}

void Network::advance_to(MonotonicNs when) {
  while (!events_.empty() && events_.top().when <= when) {
    now_ = std::max(now_, events_.top().when);
    run_due();
  }
  now_ = std::max(now_, when);
}

void Network::notify(const std::shared_ptr<Connection>& connection, int side) {
  at(now_, [connection, side] {
    const Connection::Side& own = connection->sides[side];
    if (own.watcher != nullptr) own.watcher->wake(own.cookie);
  });
}

// What has arrived by now becomes readable for the other side.
void Network::arrive(const std::shared_ptr<Connection>& connection, int from) {
  Connection::Side& writer = connection->sides[from];
  Connection::Side& reader = connection->sides[1 - from];
  Pipe& pipe = writer.out;
  if (reader.dead) return;
  bool news = false;
  while (!pipe.transit.empty() && pipe.transit.front().arrives <= now_) {
    if (reader.closed) {  // data for somebody who is gone is answered by a reset
      send_reset(connection, 1 - from);
      return;
    }
    pipe.in_transit -= pipe.transit.front().bytes.size();
    pipe.ready += pipe.transit.front().bytes;
    pipe.transit.pop_front();
    news = true;
  }
  if (pipe.fin_sent && !pipe.fin_come && pipe.transit.empty() && pipe.last_arrival <= now_) {
    pipe.fin_come = true;
    news = true;
  }
  if (news && reader.watcher != nullptr) reader.watcher->wake(reader.cookie);
}

// A reset overtakes some of what is on the way and ends both directions where it arrives.
void Network::send_reset(const std::shared_ptr<Connection>& connection, int from) {
  Connection::Side& own = connection->sides[from];
  own.dead = true;
  connection->sides[1 - from].out.transit.clear();
  connection->sides[1 - from].out.in_transit = 0;
  const bool overtakes = random_.chance(1, 2);
  const MonotonicNs arrival =
      overtakes ? now_ + connection->latency : std::max(now_ + connection->latency, own.out.last_arrival);
  at(arrival, [connection, from] {
    Connection::Side& other = connection->sides[1 - from];
    if (other.dead || other.closed) return;
    connection->sides[from].out.transit.clear();
    connection->sides[from].out.in_transit = 0;
    other.dead = true;
    other.error = ECONNRESET;
    if (other.watcher != nullptr) other.watcher->wake(other.cookie);
  });
}

MonotonicNs Network::draw_latency() {
  switch (random_.below(6)) {
    case 0: return random_.between(5, 30) * kNsPerUs;
    case 1: return random_.between(1, 20) * kNsPerMs;
    default: return random_.between(30, 500) * kNsPerUs;
  }
}

std::shared_ptr<Connection> Network::make_connection(const Address& from, const Address& to) {
  auto connection = std::make_shared<Connection>();
  connection->id = ++connections_;
  connection->latency = draw_latency();
  connection->segment_max = random_.one_of<size_t>({1, 3, 20, 200, 1460, 16384});
  connection->chop_budget = connection->segment_max * 400;
  for (auto& side : connection->sides) {
    side.out.capacity = random_.one_of<size_t>({16384, 65536, 65536, 262144});
  }
  if (faults_.hit(Fault::narrow_link)) {
    connection->latency = random_.between(1, 20) * kNsPerMs;
    for (auto& side : connection->sides) side.out.capacity = random_.one_of<size_t>({300, 700, 4096});
  }
  connection->sides[0].address = from;
  connection->sides[1].address = to;
  return connection;
}

void Network::serve(const Address& address, OnConnection on_connection) {
  served_[format_address(address)] = std::move(on_connection);
}

bool Network::served(const Address& address) const {
  return served_.count(format_address(address)) != 0;
}

void Network::dial(const Address& from, const Address& to, std::function<void(int, Wire)> done) {
  const std::string key = format_address(to);
  auto connection = make_connection(from, to);
  at(now_ + connection->latency, [this, key, connection, done = std::move(done)] {
    const auto found = served_.find(key);
    if (found == served_.end()) {
      at(now_ + connection->latency, [done] { done(-ECONNREFUSED, Wire()); });
      return;
    }
    found->second(Wire(this, connection, 1));
    at(now_ + connection->latency, [this, connection, done] { done(0, Wire(this, connection, 0)); });
  });
}

}  // namespace gatehouse::sim
