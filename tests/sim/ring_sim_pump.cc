// The simulated kernel at work: bytes move, completions are posted, delayed, mixed and handed over.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/limits.h"
#include "memory_guard.h"
#include "ring_sim.h"

namespace gatehouse::uring {

using sim::Fault;
using sim::misuse;

namespace {

uint64_t mix(uint64_t digest, const void* bytes, size_t length) {
  // Eight bytes at a time: this runs over every byte that is sent, twice.
  const char* at = static_cast<const char*>(bytes);
  for (; length >= 8; at += 8, length -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    digest = (digest ^ word) * 0x9e3779b97f4a7c15;
    digest ^= digest >> 29;
  }
  for (; length > 0; ++at, --length) digest = (digest ^ static_cast<unsigned char>(*at)) * 0x100000001b3;
  return digest;
}

}  // namespace

uint64_t Ring::State::digest_of(const msghdr* message, size_t* total) {
  uint64_t digest = mix(1, message, sizeof *message);
  digest = mix(digest, message->msg_iov, message->msg_iovlen * sizeof(iovec));
  *total = 0;
  for (size_t i = 0; i < message->msg_iovlen; ++i) {
    digest = mix(digest, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
    *total += message->msg_iov[i].iov_len;
  }
  return digest;
}

uint64_t Ring::State::digest_of(const Address* address) {
  return mix(address->length, &address->storage, address->length);
}

void Ring::State::wake(uint64_t cookie) {
  const auto socket = static_cast<int32_t>(cookie & 0xffffffff);
  const Cell& cell = cells[static_cast<size_t>(socket)];
  if (!cell.used || cell.epoch != static_cast<uint32_t>(cookie >> 32)) return;
  if (kernel.random().chance(1, 2)) {  // both are woken at once: which runs first is chance
    pump_recv(socket);
    pump_send(socket);
  } else {
    pump_send(socket);
    pump_recv(socket);
  }
}

int Ring::State::take_buffer(bool overflow_group) {
  auto& group = overflow_group ? free_overflow : free_hot;
  if (group.empty()) {
    kernel.faults().count(Fault::no_buffer);
    return -1;
  }
  if (kernel.faults().hit(Fault::no_buffer)) return -1;
  const uint16_t buffer = group.front();
  group.pop_front();
  return buffer;
}

void Ring::State::pump_recv(int32_t socket) {
  Cell& cell = cells[static_cast<size_t>(socket)];
  while (cell.recv != 0) {
    Flight& flight = flights.at(cell.recv);
    if (!flight.active || !cell.wire.readable()) return;
    const int buffer = take_buffer(flight.overflow_group);
    if (buffer < 0) {
      post(flight, -ENOBUFS, kNoBuffer, false);
      return;
    }
    const size_t room =
        kernel.faults().hit(Fault::short_receive) ? 1 + kernel.random().below(300) : kRecvBufferBytes;
    char* at = &memory[static_cast<size_t>(buffer) * kRecvBufferBytes];
    sim::unpoison(at, kRecvBufferBytes);
    const int64_t result = cell.wire.read(at, room);
    if (result <= 0) {  // the end or an error: no buffer goes with it
      sim::poison(at, kRecvBufferBytes);
      (flight.overflow_group ? free_overflow : free_hot).push_front(static_cast<uint16_t>(buffer));
      post(flight, static_cast<int32_t>(result), kNoBuffer, false);
      return;
    }
    sim::poison(at, kRecvBufferBytes);
    buffers[static_cast<size_t>(buffer)] = Buffer::posted;
    lengths[static_cast<size_t>(buffer)] = static_cast<uint32_t>(result);
    const bool more = flight.mode == Recv::repeat && kernel.now() >= overrun_until &&
                      !kernel.faults().hit(Fault::receive_ended);
    post(flight, static_cast<int32_t>(result), static_cast<uint16_t>(buffer), more);
  }
}

void Ring::State::pump_send(int32_t socket) {
  Cell& cell = cells[static_cast<size_t>(socket)];
  if (cell.send == 0) return;
  Flight& flight = flights.at(cell.send);
  if (!flight.active) return;
  size_t skip = flight.done;
  for (size_t i = 0; i < flight.message->msg_iovlen; ++i) {
    const iovec& part = flight.message->msg_iov[i];
    if (skip >= part.iov_len) {
      skip -= part.iov_len;
      continue;
    }
    while (skip < part.iov_len) {
      const size_t most = std::min(part.iov_len - skip, flight.short_at - flight.done);
      if (most == 0) {
        post(flight, static_cast<int32_t>(flight.done), kNoBuffer, false);
        return;
      }
      const int64_t result = cell.wire.write({static_cast<const char*>(part.iov_base) + skip, most});
      if (result == -EAGAIN) return;
      if (result < 0) {  // what went before is told first; the error comes with the next send
        post(flight, flight.done > 0 ? static_cast<int32_t>(flight.done) : static_cast<int32_t>(result),
             kNoBuffer, false);
        return;
      }
      if (kernel.on_transmit)
        kernel.on_transmit(*this, cell.wire,
                           {static_cast<const char*>(part.iov_base) + skip, static_cast<size_t>(result)});
      flight.done += static_cast<size_t>(result);
      skip += static_cast<size_t>(result);
    }
    skip = 0;
  }
  post(flight, static_cast<int32_t>(flight.done), kNoBuffer, false);
}

void Ring::State::accept_next(int listener_descriptor) {
  sim::Kernel::Listener& listener = kernel.listeners.at(listener_descriptor);
  while (listener.armed == this && !listener.backlog.empty()) {
    Flight& flight = flights.at(listener.token);
    if (!flight.active) return;
    if (kernel.faults().hit(Fault::accept_ended)) {
      listener.armed = nullptr;
      post(flight, kernel.random().one_of({-EMFILE, -ECONNABORTED, -ENOMEM}), kNoBuffer, false);
      return;
    }
    const int accepted = kernel.new_descriptor();
    kernel.accepted[accepted] = std::move(listener.backlog.front());
    listener.backlog.pop_front();
    const bool more = kernel.now() >= overrun_until;
    if (!more) listener.armed = nullptr;
    post(flight, accepted, kNoBuffer, more);
  }
}

// ---- completions ----

void Ring::State::post(const Flight& flight, int32_t result, uint16_t buffer, bool more,
                       MonotonicNs at_least) {
  const uint64_t packed = flight.token.pack();
  Flight& own = flights.at(packed);
  if (!more) {
    own.active = false;
    if (own.socket >= 0) {
      Cell& cell = cells[static_cast<size_t>(own.socket)];
      for (uint64_t* slot : {&cell.recv, &cell.send, &cell.connect})
        if (*slot == packed) *slot = 0;
    }
  }
  MonotonicNs at = std::max(kernel.now(), at_least);
  if (kernel.faults().hit(Fault::late_completion)) at += kernel.random().below(3 * kNsPerMs);
  if (at < overrun_until) at = overrun_until;  // kept by the kernel until there is room
  MonotonicNs& last = stream_last[packed];
  at = last = std::max(at, last);
  pending.push_back({{own.token, result, buffer, more}, at, packed, sequence++, own.socket});
}

void Ring::State::post_plain(Token token, int32_t result, uint64_t stream, int32_t socket) {
  MonotonicNs at = kernel.now();
  if (kernel.faults().hit(Fault::late_completion)) at += kernel.random().below(kNsPerMs);
  pending.push_back({{token, result, kNoBuffer, false}, at, stream, sequence++, socket});
}

MonotonicNs Ring::State::next_pending() const {
  MonotonicNs next = kNever;
  for (const Pending& entry : pending) next = std::min(next, entry.at);
  return next;
}

bool Ring::State::deliverable() const {
  return next_pending() <= kernel.now();
}

size_t Ring::State::hand_over(std::span<Completion> out) {
  std::vector<Pending> due;
  for (const Pending& entry : pending)
    if (entry.at <= kernel.now()) due.push_back(entry);
  if (due.empty()) return 0;
  if (due.size() > 1 && kernel.faults().hit(Fault::reordered_completion)) {
    // Shuffle, then put each stream's completions back into their own order.
    std::vector<uint64_t> streams;
    for (const Pending& entry : due) streams.push_back(entry.stream);
    for (size_t i = streams.size(); i > 1; --i) std::swap(streams[i - 1], streams[kernel.random().below(i)]);
    std::vector<Pending> mixed;
    std::vector<bool> used(due.size(), false);
    for (const uint64_t stream : streams)
      for (size_t i = 0; i < due.size(); ++i)
        if (!used[i] && due[i].stream == stream) {
          used[i] = true;
          mixed.push_back(due[i]);
          break;
        }
    due.swap(mixed);
  }
  size_t count = std::min(due.size(), out.size());
  if (count > 1 && kernel.faults().hit(Fault::small_batch)) count = 1 + kernel.random().below(count - 1);
  due.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const uint64_t gone = due[i].sequence;
    pending.erase(std::find_if(pending.begin(), pending.end(),
                               [gone](const Pending& entry) { return entry.sequence == gone; }));
    settle(due[i]);
    out[i] = due[i].completion;
  }
  return count;
}

// A completion leaves the kernel: what it lent comes back, and is looked at.
void Ring::State::settle(const Pending& entry) {
  const Completion& completion = entry.completion;
  kernel.trace().line(kernel.now(), "ring", id, "complete", "op %u owner %u.%u result %d%s",
                      static_cast<unsigned>(completion.token.op), completion.token.owner.slot,
                      completion.token.owner.generation, completion.result, completion.more ? " more" : "");
  if (completion.buffer != kNoBuffer) {
    buffers[completion.buffer] = Buffer::user;
    ++held;
    (completion.buffer < options.hot_buffers ? user_free_hot : user_free_overflow) -= 1;
    sim::unpoison(&memory[size_t{completion.buffer} * kRecvBufferBytes], kRecvBufferBytes);
  }
  if (completion.token.op == Op::cancel) {
    --cancels;
    if (entry.socket >= 0) --cells[static_cast<size_t>(entry.socket)].in_flight;
    return;
  }
  const auto found = flights.find(completion.token.pack());
  if (found == flights.end() || completion.more) return;
  const Flight& flight = found->second;
  size_t total = 0;
  if (flight.message != nullptr && digest_of(flight.message, &total) != flight.checksum)
    misuse("memory of a send on socket %d changed while it was in flight", flight.socket);
  if (flight.to != nullptr && digest_of(flight.to) != flight.checksum)
    misuse("address of a connect on socket %d changed while it was in flight", flight.socket);
  if (flight.socket >= 0) {
    Cell& cell = cells[static_cast<size_t>(flight.socket)];
    --cell.in_flight;
    if (cell.closing) {
      cell.used = cell.closing = false;
      free_cells.push_back(flight.socket);
    }
  }
  stream_last.erase(found->first);
  flights.erase(found);
}

}  // namespace gatehouse::uring
