// The contract of src/uring/ring.h over the simulated network: opening, submitting, cancelling, waiting.
#include "ring_sim.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/limits.h"
#include "memory_guard.h"

namespace gatehouse::sim {

int Kernel::open_listener(const Address& address) {
  const int descriptor = new_descriptor();
  const std::string key = format_address(address);
  listeners[descriptor].key = key;
  serve(address, [this, key](Wire wire) { incoming(key, std::move(wire)); });
  return descriptor;
}

void Kernel::incoming(const std::string& key, Wire wire) {
  std::vector<int> candidates;
  for (const auto& [descriptor, listener] : listeners)
    if (listener.key == key) candidates.push_back(descriptor);
  if (candidates.empty()) {
    wire.reset();
    return;
  }
  const int chosen = candidates[random().below(candidates.size())];
  listeners[chosen].backlog.push_back(std::move(wire));
  if (listeners[chosen].armed != nullptr) listeners[chosen].armed->accept_next(chosen);
}

void Kernel::close_listener(int descriptor) {
  const auto found = listeners.find(descriptor);
  GH_ASSERT(found != listeners.end());
  for (Wire& wire : found->second.backlog) wire.reset();
  listeners.erase(found);
}

int Kernel::open_signal() {
  return new_descriptor();
}

void Kernel::signal(int descriptor) {
  signalled.insert(descriptor);
  const auto found = watched.find(descriptor);
  if (found == watched.end()) return;
  auto [ring, token] = found->second;
  const auto flight = ring->flights.find(token);
  if (flight != ring->flights.end() && flight->second.active)
    ring->post(flight->second, 1, uring::kNoBuffer, true);
}

}  // namespace gatehouse::sim

namespace gatehouse::uring {

using sim::Fault;
using sim::misuse;

Ring::State::State(sim::Kernel& owner, const RingOptions& wanted)
    : kernel(owner), descriptor(owner.new_descriptor()), id(owner.rings.size()), options(wanted) {
  options.hot_buffers = std::min(options.hot_buffers, kernel.buffers_hot_max);
  options.overflow_buffers = std::min(options.overflow_buffers, kernel.buffers_overflow_max);
  options.sockets = std::min(options.sockets, kernel.sockets_max);
  cells.resize(options.sockets);
  for (uint32_t slot = options.sockets; slot > 0; --slot)
    free_cells.push_back(static_cast<int32_t>(slot - 1));
  const uint32_t total = options.hot_buffers + options.overflow_buffers;
  GH_ASSERT(total < kNoBuffer);
  memory = std::make_unique<char[]>(size_t{total} * kRecvBufferBytes);
  buffers.resize(total, Buffer::kernel);
  lengths.resize(total, 0);
  for (uint32_t i = 0; i < total; ++i) {
    (i < options.hot_buffers ? free_hot : free_overflow).push_back(static_cast<uint16_t>(i));
    sim::poison(&memory[size_t{i} * kRecvBufferBytes], kRecvBufferBytes);
  }
  user_free_hot = options.hot_buffers;
  user_free_overflow = options.overflow_buffers;
  now = kernel.now();
  wall = kernel.wall();
  kernel.rings[descriptor] = this;
}

Ring::State::~State() {
  kernel.rings.erase(descriptor);
  for (auto& entry : kernel.listeners)
    if (entry.second.armed == this) entry.second.armed = nullptr;
  for (auto entry = kernel.watched.begin(); entry != kernel.watched.end();)
    entry = entry->second.first == this ? kernel.watched.erase(entry) : std::next(entry);
  for (Cell& cell : cells)
    if (cell.used && cell.wire.valid()) cell.wire.close();
  sim::unpoison(memory.get(), buffers.size() * kRecvBufferBytes);
}

uint32_t Ring::State::open_sockets() const {
  return static_cast<uint32_t>(cells.size() - free_cells.size());
}

// ---- opening and sockets ----

Ring::Ring(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ring::~Ring() = default;

Result<std::unique_ptr<Ring>, std::string> Ring::open(const RingOptions& options) {
  GH_ASSERT(sim::Kernel::current() != nullptr);
  return std::unique_ptr<Ring>(new Ring(std::make_unique<State>(*sim::Kernel::current(), options)));
}

RingFeatures Ring::features() const {
  return {.defer_taskrun = true, .restricted = true};
}
MonotonicNs Ring::now() const {
  return state_->now;
}
WallNs Ring::wall_now() const {
  return state_->wall;
}
int Ring::descriptor() const {
  return state_->descriptor;
}

Result<Socket, int> Ring::adopt(int descriptor, Address* other_side) {
  State& state = *state_;
  const auto found = state.kernel.accepted.find(descriptor);
  if (found == state.kernel.accepted.end())
    misuse("adopt of %d, which is no accepted descriptor", descriptor);
  sim::Wire wire = std::move(found->second);
  state.kernel.accepted.erase(found);
  if (wire.reset_by_other() || state.kernel.faults().hit(Fault::adopt_failed)) {
    wire.close();
    return Failure<int>{ENOTCONN};
  }
  if (state.free_cells.empty()) {
    wire.close();
    return Failure<int>{ENFILE};
  }
  const int32_t slot = state.free_cells.back();
  state.free_cells.pop_back();
  State::Cell& cell = state.cells[static_cast<size_t>(slot)];
  const uint32_t epoch = cell.epoch + 1;
  cell = State::Cell();
  cell.epoch = epoch;
  cell.used = cell.connected = true;
  cell.wire = wire;
  *other_side = wire.other_address();
  cell.wire.watch(&state, uint64_t{epoch} << 32 | static_cast<uint32_t>(slot));
  state.kernel.trace().line(state.kernel.now(), "ring", state.id, "adopt", "socket %d connection %llu", slot,
                            static_cast<unsigned long long>(wire.id()));
  return Socket{slot};
}

// There are no users here: Unix sockets are those of root.
std::optional<uint32_t> Ring::user_of(int) const { return std::nullopt; }
std::optional<uint32_t> Ring::listener_user(Socket) { return 0; }

void Ring::drop(int descriptor) {
  const auto found = state_->kernel.accepted.find(descriptor);
  if (found == state_->kernel.accepted.end())
    misuse("drop of %d, which is no accepted descriptor", descriptor);
  found->second.close();
  state_->kernel.accepted.erase(found);
}

Result<Socket, int> Ring::open_socket(int family) {
  State& state = *state_;
  if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) return Failure<int>{EAFNOSUPPORT};
  if (state.free_cells.empty()) return Failure<int>{ENFILE};
  const int32_t slot = state.free_cells.back();
  state.free_cells.pop_back();
  State::Cell& cell = state.cells[static_cast<size_t>(slot)];
  const uint32_t epoch = cell.epoch + 1;
  cell = State::Cell();
  cell.epoch = epoch;
  cell.used = true;
  return Socket{slot};
}

// ---- operations: noted here, begun in wait() ----

Ring::State::Cell& Ring::State::cell_of(int32_t socket, const char* what) {
  if (socket < 0 || static_cast<size_t>(socket) >= cells.size())
    misuse("%s on socket %d, outside the table", what, socket);
  Cell& cell = cells[static_cast<size_t>(socket)];
  if (!cell.used) misuse("%s on socket %d, which is not open", what, socket);
  if (cell.closing) misuse("%s on socket %d, which is being closed", what, socket);
  return cell;
}

Ring::State::Flight& Ring::State::begin(Token token, int32_t socket) {
  const auto [entry, fresh] = flights.try_emplace(token.pack());
  if (!fresh)
    misuse("token %u.%u.%u is used again while in flight", token.owner.slot, token.owner.generation,
           static_cast<unsigned>(token.op));
  entry->second.token = token;
  entry->second.serial = sequence++;
  entry->second.socket = socket;
  if (socket >= 0) ++cells[static_cast<size_t>(socket)].in_flight;
  return entry->second;
}

void Ring::accept(int listener, Token token) {
  if (state_->kernel.listeners.count(listener) == 0) misuse("accept on %d, which is no listener", listener);
  state_->begin(token, -1).descriptor = listener;
  state_->submissions.push_back({State::Submission::Kind::operation, token});
}

void Ring::connect(Socket socket, const Address* to, Token token) {
  State::Cell& cell = state_->cell_of(socket.slot, "connect");
  if (cell.connected || cell.connect != 0) misuse("second connect on socket %d", socket.slot);
  State::Flight& flight = state_->begin(token, socket.slot);
  flight.to = to;
  flight.checksum = State::digest_of(to);
  cell.connect = token.pack();
  state_->submissions.push_back({State::Submission::Kind::operation, token, socket.slot});
}

void Ring::recv(Socket socket, Recv mode, Token token) {
  State::Cell& cell = state_->cell_of(socket.slot, "recv");
  if (!cell.connected) misuse("recv on socket %d, which is not connected", socket.slot);
  if (cell.recv != 0) misuse("second recv on socket %d while one is armed", socket.slot);
  State::Flight& flight = state_->begin(token, socket.slot);
  flight.mode = mode;
  flight.overflow_group = state_->user_free_hot * 4 < state_->options.hot_buffers;
  cell.recv = token.pack();
  state_->submissions.push_back({State::Submission::Kind::operation, token, socket.slot});
}

void Ring::send(Socket socket, const msghdr* message, Token token) {
  State::Cell& cell = state_->cell_of(socket.slot, "send");
  if (!cell.connected) misuse("send on socket %d, which is not connected", socket.slot);
  if (cell.send != 0) misuse("second send on socket %d while one is in flight", socket.slot);
  State::Flight& flight = state_->begin(token, socket.slot);
  flight.message = message;
  flight.checksum = State::digest_of(message, &flight.total);
  if (flight.total == 0) misuse("send of nothing on socket %d", socket.slot);
  if (flight.total > 1 && state_->kernel.faults().hit(Fault::short_send))
    flight.short_at = 1 + state_->kernel.random().below(flight.total - 1);
  cell.send = token.pack();
  state_->submissions.push_back({State::Submission::Kind::operation, token, socket.slot});
}

void Ring::shutdown_write(Socket socket) {
  state_->cell_of(socket.slot, "shutdown");
  state_->submissions.push_back({State::Submission::Kind::shutdown, Token{{}, Op::watch}, socket.slot});
}

void Ring::reset(Socket socket) {
  if (!state_->cell_of(socket.slot, "reset").connected) misuse("reset of socket %d, which is not connected", socket.slot);
  state_->submissions.push_back({State::Submission::Kind::reset, Token{{}, Op::watch}, socket.slot});
}

void Ring::cancel(Token target, Token token) {
  // Several cancels may share a token: they are counted, on the socket of their target. That socket
  // may not be closed before they are back, or a late one could hit the slot's next use.
  const auto found = state_->flights.find(target.pack());
  const int32_t socket = found == state_->flights.end() ? -1 : found->second.socket;
  if (socket >= 0) ++state_->cells[static_cast<size_t>(socket)].in_flight;
  ++state_->cancels;
  state_->submissions.push_back({State::Submission::Kind::cancel, token, socket, target.pack()});
}

void Ring::close(Socket socket, Token token) {
  State::Cell& cell = state_->cell_of(socket.slot, "close");
  if (cell.in_flight != 0)
    misuse("close of socket %d with %u operations in flight", socket.slot, cell.in_flight);
  cell.closing = true;
  state_->begin(token, socket.slot);
  state_->submissions.push_back({State::Submission::Kind::close, token, socket.slot});
}

void Ring::watch(int descriptor, Token token) {
  state_->begin(token, -1).descriptor = descriptor;
  state_->submissions.push_back({State::Submission::Kind::operation, token});
}

void Ring::ring_doorbell(int other_ring, uint32_t value) {
  state_->submissions.push_back(
      {State::Submission::Kind::doorbell, Token{{}, Op::doorbell}, -1, 0, other_ring, value});
}

// ---- submission ----

void Ring::State::submit_all() {
  std::vector<Submission> batch;
  batch.swap(submissions);
  for (const Submission& submission : batch) start(submission);
}

void Ring::State::start(const Submission& submission) {
  switch (submission.kind) {
    case Submission::Kind::cancel: start_cancel(submission); return;
    case Submission::Kind::close: start_close(submission); return;
    case Submission::Kind::shutdown: {
      Cell& cell = cells[static_cast<size_t>(submission.socket)];
      // Failure (not connected, reset) is as silent as success: see ring_behaviour_test.
      if (cell.used && cell.connected && !cell.wire.reset_by_other()) cell.wire.shutdown_write();
      return;
    }
    case Submission::Kind::reset: cells[static_cast<size_t>(submission.socket)].reset = true; return;
    case Submission::Kind::doorbell: {
      const auto found = kernel.rings.find(submission.ring);
      if (found == kernel.rings.end())
        post_plain(Token{{}, Op::watch}, -EBADFD, UINT64_MAX, -1);
      else
        found->second->post_plain(submission.token, static_cast<int32_t>(submission.value), UINT64_MAX - 1,
                                  -1);
      return;
    }
    case Submission::Kind::operation: break;
  }
  Flight& flight = flights.at(submission.token.pack());
  flight.active = true;
  kernel.trace().line(kernel.now(), "ring", id, "start", "op %u socket %d owner %u.%u",
                      static_cast<unsigned>(flight.token.op), flight.socket, flight.token.owner.slot,
                      flight.token.owner.generation);
  if (flight.to != nullptr) {
    start_connect(flight);
  } else if (flight.message != nullptr) {
    pump_send(flight.socket);
  } else if (flight.socket >= 0) {
    // Arming on an empty group fails at once, whether or not there is something to receive.
    if ((flight.overflow_group ? free_overflow : free_hot).empty()) {
      kernel.faults().count(Fault::no_buffer);
      post(flight, -ENOBUFS, kNoBuffer, false);
    } else {
      pump_recv(flight.socket);
    }
  } else {
    start_accept(flight);
  }
}

void Ring::State::start_accept(Flight& flight) {
  const auto listener = kernel.listeners.find(flight.descriptor);
  if (listener == kernel.listeners.end()) {  // watch
    kernel.watched[flight.descriptor] = {this, flight.token.pack()};
    if (kernel.signalled.count(flight.descriptor) != 0) post(flight, 1, kNoBuffer, true);
    return;
  }
  listener->second.armed = this;
  listener->second.token = flight.token.pack();
  accept_next(flight.descriptor);
}

void Ring::State::start_connect(Flight& flight) {
  const uint64_t packed = flight.token.pack();
  const int32_t socket = flight.socket;
  const uint32_t epoch = cells[static_cast<size_t>(socket)].epoch;
  const auto outcome = [this, packed, socket, epoch](int result, sim::Wire wire) {
    Cell& cell = cells[static_cast<size_t>(socket)];
    if (cell.epoch != epoch || !cell.used || cell.connect != packed) {  // cancelled meanwhile
      if (wire.valid()) wire.close();
      return;
    }
    if (result == 0) {
      cell.connected = true;
      cell.wire = std::move(wire);
      cell.wire.watch(this, uint64_t{epoch} << 32 | static_cast<uint32_t>(socket));
    }
    post(flights.at(packed), result, kNoBuffer, false);
  };
  sim::Faults& faults = kernel.faults();
  if (faults.hit(Fault::connect_refused))
    kernel.after(kernel.draw_latency(), [outcome] { outcome(-ECONNREFUSED, sim::Wire()); });
  else if (faults.hit(Fault::connect_timeout))
    kernel.after(130 * kNsPerSecond, [outcome] { outcome(-ETIMEDOUT, sim::Wire()); });
  else
    kernel.dial(Address(), *flight.to, outcome);
}

void Ring::State::start_cancel(const Submission& submission) {
  const auto found = flights.find(submission.target);
  int32_t result = 0;
  if (found == flights.end() || !found->second.active) {
    result = -ENOENT;
  } else if (kernel.faults().hit(Fault::cancel_race)) {
    // The target is running on another path: it ends by itself, soon, one way or the other.
    result = -EALREADY;
    const uint64_t packed = submission.target;
    const uint64_t serial = found->second.serial;
    kernel.after(kernel.random().below(500 * kNsPerUs),
                 [this, packed, serial] { finish_canceled(packed, serial); });
  } else {
    finish_canceled(submission.target, found->second.serial);
  }
  kernel.trace().line(kernel.now(), "ring", id, "cancel", "target op %u owner %u",
                      static_cast<unsigned>(submission.target & 0xff),
                      static_cast<unsigned>(submission.target >> 32));
  post_plain(submission.token, result, submission.token.pack(), submission.socket);
}

void Ring::State::finish_canceled(uint64_t packed, uint64_t serial) {
  const auto found = flights.find(packed);
  if (found == flights.end() || !found->second.active || found->second.serial != serial) return;
  Flight& flight = found->second;
  if (flight.descriptor >= 0) {
    const auto listener = kernel.listeners.find(flight.descriptor);
    if (listener != kernel.listeners.end()) listener->second.armed = nullptr;
    kernel.watched.erase(flight.descriptor);
  }
  const bool partly_sent = flight.message != nullptr && flight.done > 0;
  post(flight, partly_sent ? static_cast<int32_t>(flight.done) : -ECANCELED, kNoBuffer, false);
}

void Ring::State::start_close(const Submission& submission) {
  Cell& cell = cells[static_cast<size_t>(submission.socket)];
  if (cell.wire.valid()) {
    cell.wire.watch(nullptr, 0);
    if (cell.reset) cell.wire.reset();
    else cell.wire.close();
    cell.wire = sim::Wire();
  }
  Flight& flight = flights.at(submission.token.pack());
  flight.active = true;
  post(flight, 0, kNoBuffer, false);
}

// ---- buffers ----

ByteSpan Ring::bytes(uint16_t buffer, size_t length) {
  State& state = *state_;
  if (buffer >= state.buffers.size()) misuse("bytes of buffer %u, which does not exist", buffer);
  if (state.buffers[buffer] != State::Buffer::user)
    misuse("bytes of buffer %u, which the kernel has", buffer);
  if (length > kRecvBufferBytes) misuse("%zu bytes of buffer %u", length, buffer);
  return {&state.memory[size_t{buffer} * kRecvBufferBytes], length};
}

void Ring::give_back(uint16_t buffer) {
  State& state = *state_;
  if (buffer >= state.buffers.size()) misuse("give_back of buffer %u, which does not exist", buffer);
  if (state.buffers[buffer] != State::Buffer::user)
    misuse("give_back of buffer %u, which the kernel has", buffer);
  state.buffers[buffer] = State::Buffer::kernel;
  --state.held;
  char* at = &state.memory[size_t{buffer} * kRecvBufferBytes];
  std::memset(at, 0xdd,
              std::min<size_t>(kRecvBufferBytes, state.lengths[buffer] + 64));  // a late reader shows
  sim::poison(at, kRecvBufferBytes);
  const bool hot = buffer < state.options.hot_buffers;
  (hot ? state.free_hot : state.free_overflow).push_back(buffer);
  (hot ? state.user_free_hot : state.user_free_overflow) += 1;
}

void Ring::set_gather(MonotonicNs) {}   // completions are gathered as the seed has it

uint32_t Ring::free_buffers() const {
  return state_->user_free_hot + state_->user_free_overflow;
}
uint32_t Ring::total_buffers() const {
  return static_cast<uint32_t>(state_->buffers.size());
}

// ---- waiting ----

size_t Ring::wait(std::span<Completion> out, MonotonicNs until) {
  State& state = *state_;
  sim::Kernel& kernel = state.kernel;
  state.submit_all();
  size_t count = 0;
  for (;;) {
    kernel.run_due();
    count = state.hand_over(out);
    if (count > 0 || kernel.now() >= until) break;
    if (kernel.faults().hit(Fault::ring_overrun))
      state.overrun_until = kernel.now() + 1 + kernel.random().below(2 * kNsPerMs);
    if (kernel.faults().hit(Fault::spurious_return)) break;
    state.wakes_at = until;
    if (kernel.sleep) {
      kernel.sleep(state, until);
      continue;
    }
    const MonotonicNs next = std::min({kernel.next_event(), state.next_pending(), until});
    if (next == kNever) misuse("wait would never return: nothing is in flight that can complete");
    kernel.advance_to(next);
  }
  state.now = kernel.now();
  state.wall = kernel.wall();
  return count;
}

}  // namespace gatehouse::uring
