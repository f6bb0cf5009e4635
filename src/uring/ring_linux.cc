// The ring over io_uring. Figures behind the choices: SINGLE_ISSUER | DEFER_TASKRUN is the cheapest
// mode, all sends through SQEs, one enter per turn, direct descriptors, two pools of receive buffers
// of which the small hot one stays in cache.
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/limits.h"
#include "uring/locked.h"
#include "uring/restrict.h"
#include "uring/ring.h"

#if defined(__SANITIZE_ADDRESS__)
#define GH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GH_ASAN 1
#endif
#endif
#ifdef GH_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace gatehouse::uring {
namespace {

constexpr uint16_t kHotGroup = 0;
constexpr uint16_t kOverflowGroup = 1;

// A busy worker sleeps a little longer, so that more completions share one turn: fewer wake-ups, warmer code.
// Only after a turn that had many: few connections cannot fill a batch, and would wait for nothing.
constexpr size_t kBusyCompletions = 12;
constexpr size_t kBatchMax = 16;   // what was received for them is still in the second-level cache when it is looked at

void bound_unsent(int descriptor) {
  const int most = kSendBytes;   // the kernel asks for more when half of it is gone
  setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);   // of a Unix socket: nothing
}

// A buffer that the kernel may write to is poisoned: our own early read of it is found by ASan.
void lend_to_kernel([[maybe_unused]] char* bytes) {
#ifdef GH_ASAN
  ASAN_POISON_MEMORY_REGION(bytes, kRecvBufferBytes);
#endif
}
void take_from_kernel([[maybe_unused]] char* bytes) {
#ifdef GH_ASAN
  ASAN_UNPOISON_MEMORY_REGION(bytes, kRecvBufferBytes);
#endif
}

uint64_t read_clock(clockid_t clock) {
  timespec ts;
  clock_gettime(clock, &ts);
  return static_cast<uint64_t>(ts.tv_sec) * kNsPerSecond + static_cast<uint64_t>(ts.tv_nsec);
}

// The first character of the sysctl kernel.io_uring_disabled (since 6.6): '0', '1' or '2'; 0 when there is none.
char switched_off() {
  const int file = ::open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC);
  char value = 0;
  if (file < 0) return 0;
  if (::read(file, &value, 1) != 1) value = 0;
  ::close(file);
  return value;
}

std::string refusal_text(int error) {
  std::string text = "io_uring_setup: ";
  text += std::strerror(error);
  if (error == EPERM || error == ENOSYS || error == EACCES) {
    const char disabled = switched_off();
    text += "; io_uring is refused here: ";
    if (disabled == '1' || disabled == '2')
      text += std::string("the sysctl kernel.io_uring_disabled is ") + disabled +
              ": set it to 0 (sysctl -w kernel.io_uring_disabled=0)";
    else
      text += "allow io_uring_setup, io_uring_enter and io_uring_register in the container's seccomp profile "
              "(configs/seccomp.json is one) or in the unit's SystemCallFilter=";
  }
  if (error == ENOMEM) text += "; raise the memlock limit (LimitMEMLOCK=, ulimit -l)";
  return text;
}

}  // namespace

// The kernel runs a shutdown (and perhaps a reset) on a thread of its own, which looks up the slot only then: were
// the slot closed and used again in between, the end would be sent on somebody else's connection. So the close
// waits. One ending at a time on a socket.
struct Ending {
  int slot = -1;
  uint64_t close = 0;   // token of the close that waits for it, 0 when none does
};

constexpr uint32_t kEndingGeneration = 0xffffff;  // in a watch token: an ending of the slot it names

struct Ring::State {
  io_uring ring{};
  RingFeatures features;
  MonotonicNs now = 0;
  WallNs wall = 0;
  size_t last = 0;   // completions of the turn before
  MonotonicNs gather = 0;

  char* memory = nullptr;
  uint32_t hot = 0, overflow = 0;
  uint32_t hot_free = 0, overflow_free = 0;
  io_uring_buf_ring* rings[2] = {};

  std::vector<uint32_t> free_slots;
  std::vector<std::pair<uint64_t, int32_t>> closing;  // close operations in flight: token, slot
  std::vector<Ending> endings;                        // shutdowns and resets in flight
  std::vector<std::pair<int, int>> plain;             // slot, descriptor of a Unix socket that is connecting

  uint32_t buffers() const { return hot + overflow; }
  io_uring_sqe* sqe();
  bool set_up(const RingOptions& options, std::string* error);
  bool set_up_buffers(const RingOptions& options, std::string* error);
  void take(const io_uring_cqe& cqe, Completion* out);
  void close(int slot, uint64_t token);
  int take_plain(int slot);
  bool ended(uint64_t token);
};

io_uring_sqe* Ring::State::sqe() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring);
  if (entry == nullptr) {  // a full queue goes to the kernel early
    io_uring_submit(&ring);
    entry = io_uring_get_sqe(&ring);
  }
  GH_ASSERT(entry != nullptr);
  return entry;
}

bool Ring::State::set_up(const RingOptions& options, std::string* error) {
  constexpr unsigned kBase = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
                             IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED | IORING_SETUP_CLAMP;
  unsigned optional = options.off.no_sqarray ? 0 : IORING_SETUP_NO_SQARRAY;
  int result = 0;
  for (;;) {
    io_uring_params params{};
    params.flags = kBase | optional;
    params.cq_entries = options.entries * 4;
    result = open_patiently(options.entries, &ring, &params);
    if (result != -EINVAL || optional == 0) break;
    optional = 0;  // a kernel before 6.6
  }
  if (result < 0) {
    *error = refusal_text(-result);
    if (result == -EINVAL) *error += "; Linux 6.1 or newer is needed";
    return false;
  }
  features.defer_taskrun = true;
  features.no_sqarray = optional != 0;

  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  uint32_t sockets = options.sockets;
  if (files.rlim_cur != RLIM_INFINITY && sockets > files.rlim_cur) sockets = static_cast<uint32_t>(files.rlim_cur);
  result = io_uring_register_files_sparse(&ring, sockets);
  if (result < 0) {
    *error = std::string("io_uring file table: ") + std::strerror(-result);
    return false;
  }
  free_slots.reserve(sockets);
  for (uint32_t slot = sockets; slot > 0; --slot) free_slots.push_back(slot - 1);
  closing.reserve(64);

  if (!set_up_buffers(options, error)) return false;
  features.registered_ring = !options.off.registered_ring && io_uring_register_ring_fd(&ring) == 1;
  features.restricted = !options.off.restricted && restrict_ring(&ring) == 0;
  result = io_uring_enable_rings(&ring);
  if (result < 0) {
    *error = std::string("io_uring enable: ") + std::strerror(-result);
    return false;
  }
  return true;
}

bool Ring::State::set_up_buffers(const RingOptions& options, std::string* error) {
  gather = options.gather;
  hot = options.hot_buffers;
  overflow = options.overflow_buffers;
  GH_ASSERT((hot & (hot - 1)) == 0 && (overflow & (overflow - 1)) == 0 && buffers() < kNoBuffer);
  const size_t bytes = size_t{buffers()} * kRecvBufferBytes;
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) {
    *error = std::string("receive buffers: ") + std::strerror(errno);
    return false;
  }
  memory = static_cast<char*>(mapped);
  madvise(memory, bytes, MADV_HUGEPAGE);
  const uint32_t counts[2] = {hot, overflow};
  for (uint16_t group = 0; group < 2; ++group) {
    int result = 0;
    rings[group] = io_uring_setup_buf_ring(&ring, counts[group], group, 0, &result);
    if (rings[group] == nullptr) {
      *error = std::string("io_uring buffer ring: ") + std::strerror(-result);
      return false;
    }
    const int mask = io_uring_buf_ring_mask(counts[group]);
    for (uint32_t i = 0; i < counts[group]; ++i) {
      const uint32_t id = group == kHotGroup ? i : hot + i;
      char* at = memory + size_t{id} * kRecvBufferBytes;
      lend_to_kernel(at);
      io_uring_buf_ring_add(rings[group], at, kRecvBufferBytes, static_cast<uint16_t>(id), mask, static_cast<int>(i));
    }
    io_uring_buf_ring_advance(rings[group], static_cast<int>(counts[group]));
  }
  hot_free = hot;
  overflow_free = overflow;
  return true;
}

void Ring::State::take(const io_uring_cqe& cqe, Completion* out) {
  out->token = Token::unpack(cqe.user_data);
  out->result = cqe.res;
  out->more = (cqe.flags & IORING_CQE_F_MORE) != 0;
  out->buffer = kNoBuffer;
  if (cqe.flags & IORING_CQE_F_BUFFER) {
    out->buffer = static_cast<uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
    (out->buffer < hot ? hot_free : overflow_free) -= 1;
    take_from_kernel(memory + size_t{out->buffer} * kRecvBufferBytes);
  }
  if (out->token.op == Op::close) {
    for (auto& entry : closing) {
      if (entry.first != cqe.user_data) continue;
      free_slots.push_back(static_cast<uint32_t>(entry.second));
      entry = closing.back();
      closing.pop_back();
      break;
    }
  }
}

// There is no getsockopt on a direct descriptor: of a Unix socket a plain one is kept until it was asked who listens.
int Ring::State::take_plain(int slot) {
  for (auto& each : plain) {
    if (each.first != slot) continue;
    const int descriptor = each.second;
    each = plain.back();
    plain.pop_back();
    return descriptor;
  }
  return -1;
}

void Ring::State::close(int slot, uint64_t token) {
  if (const int left = take_plain(slot); left >= 0) ::close(left);   // it never connected
  for (Ending& ending : endings) {
    if (ending.slot != slot) continue;
    ending.close = token;
    return;
  }
  io_uring_sqe* entry = sqe();
  io_uring_prep_close_direct(entry, static_cast<unsigned>(slot));
  io_uring_sqe_set_data64(entry, token);
  closing.emplace_back(token, slot);
}

// Whether this was the completion of a shutdown or reset, which nobody hears of.
bool Ring::State::ended(uint64_t token) {
  const Token ended = Token::unpack(token);
  if (ended.op != Op::watch || ended.owner.generation != kEndingGeneration) return false;
  for (size_t i = 0; i < endings.size(); ++i) {
    if (endings[i].slot != static_cast<int>(ended.owner.slot)) continue;
    const Ending done = endings[i];
    endings[i] = endings.back();
    endings.pop_back();
    if (done.close != 0) close(done.slot, done.close);
    return true;
  }
  return true;
}

Ring::Ring(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Ring>, std::string> Ring::open(const RingOptions& options) {
  auto state = std::make_unique<State>();
  std::string error;
  if (!state->set_up(options, &error)) return Failure<std::string>{error};
  state->now = read_clock(CLOCK_MONOTONIC);
  state->wall = read_clock(CLOCK_REALTIME);
  return std::unique_ptr<Ring>(new Ring(std::move(state)));
}

Ring::~Ring() {
  for (const auto& each : state_->plain) ::close(each.second);
  const uint32_t counts[2] = {state_->hot, state_->overflow};
  for (uint16_t group = 0; group < 2; ++group)
    if (state_->rings[group] != nullptr)
      io_uring_free_buf_ring(&state_->ring, state_->rings[group], counts[group], group);
  io_uring_queue_exit(&state_->ring);
  if (state_->memory != nullptr) {
    const size_t bytes = size_t{state_->buffers()} * kRecvBufferBytes;
#ifdef GH_ASAN
    ASAN_UNPOISON_MEMORY_REGION(state_->memory, bytes);
#endif
    munmap(state_->memory, bytes);
  }
}

RingFeatures Ring::features() const { return state_->features; }
MonotonicNs Ring::now() const { return state_->now; }
WallNs Ring::wall_now() const { return state_->wall; }
int Ring::descriptor() const { return state_->ring.ring_fd; }

Result<Socket, int> Ring::adopt(int descriptor, Address* other_side) {
  other_side->length = sizeof other_side->storage;
  bound_unsent(descriptor);
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&other_side->storage), &other_side->length) != 0) {
    const int error = errno;  // gone before we looked
    ::close(descriptor);
    return Failure<int>{error};
  }
  if (state_->free_slots.empty()) {
    ::close(descriptor);
    return Failure<int>{ENFILE};
  }
  const int slot = static_cast<int>(state_->free_slots.back());
  const int result = io_uring_register_files_update(&state_->ring, static_cast<unsigned>(slot), &descriptor, 1);
  ::close(descriptor);  // the table holds its own reference
  if (result < 0) return Failure<int>{-result};
  state_->free_slots.pop_back();
  return Socket{slot};
}

Result<Socket, int> Ring::open_socket(int family) {
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return Failure<int>{errno};
  if (family != AF_UNIX) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bound_unsent(descriptor);
  }
  if (state_->free_slots.empty()) {
    ::close(descriptor);
    return Failure<int>{ENFILE};
  }
  const int slot = static_cast<int>(state_->free_slots.back());
  const int result = io_uring_register_files_update(&state_->ring, static_cast<unsigned>(slot), &descriptor, 1);
  if (result >= 0 && family == AF_UNIX) state_->plain.emplace_back(slot, descriptor);
  else ::close(descriptor);
  if (result < 0) return Failure<int>{-result};
  state_->free_slots.pop_back();
  return Socket{slot};
}

void Ring::drop(int descriptor) { ::close(descriptor); }

std::optional<uint32_t> Ring::user_of(int descriptor) const {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  int family = 0;
  socklen_t family_length = sizeof family;
  if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &family_length) != 0 || family != AF_UNIX) return std::nullopt;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return std::nullopt;
  if (credentials.uid == UINT32_MAX) return std::nullopt;   // it is not connected
  return credentials.uid;
}

std::optional<uint32_t> Ring::listener_user(Socket socket) {
  const int descriptor = state_->take_plain(socket.slot);
  if (descriptor < 0) return std::nullopt;
  const std::optional<uint32_t> user = user_of(descriptor);
  ::close(descriptor);
  return user;
}

void Ring::accept(int listener, Token token) {
  io_uring_sqe* sqe = state_->sqe();
  io_uring_prep_multishot_accept(sqe, listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  io_uring_sqe_set_data64(sqe, token.pack());
}

void Ring::connect(Socket socket, const Address* to, Token token) {
  io_uring_sqe* sqe = state_->sqe();
  io_uring_prep_connect(sqe, socket.slot, to->sockaddr_ptr(), to->length);
  io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
  io_uring_sqe_set_data64(sqe, token.pack());
}

void Ring::recv(Socket socket, Recv mode, Token token) {
  io_uring_sqe* sqe = state_->sqe();
  if (mode == Recv::repeat)
    io_uring_prep_recv_multishot(sqe, socket.slot, nullptr, 0, 0);
  else
    io_uring_prep_recv(sqe, socket.slot, nullptr, kRecvBufferBytes, 0);
  io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT);
  sqe->buf_group = state_->hot_free * 4 < state_->hot ? kOverflowGroup : kHotGroup;
  io_uring_sqe_set_data64(sqe, token.pack());
}

void Ring::send(Socket socket, const msghdr* message, Token token) {
  io_uring_sqe* sqe = state_->sqe();
  constexpr int kFlags = MSG_WAITALL | MSG_NOSIGNAL;
  if (message->msg_iovlen == 1)   // the usual one: the kernel needs no copy of a header and vectors
    io_uring_prep_send(sqe, socket.slot, message->msg_iov->iov_base, message->msg_iov->iov_len, kFlags);
  else
    io_uring_prep_sendmsg(sqe, socket.slot, message, kFlags);
  io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
  io_uring_sqe_set_data64(sqe, token.pack());
}

void Ring::shutdown_write(Socket socket) {
  io_uring_sqe* sqe = state_->sqe();
  io_uring_prep_shutdown(sqe, socket.slot, SHUT_WR);
  io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
  io_uring_sqe_set_data64(sqe, Token{{static_cast<uint32_t>(socket.slot), kEndingGeneration}, Op::watch}.pack());
  state_->endings.push_back({socket.slot, 0});
}

// Connecting a TCP socket to nowhere ends its connection with RST and drops what is unsent. (Linger of no time
// would do it at close, but for every connection, and there is no setsockopt on a direct descriptor.)
void Ring::reset(Socket socket) {
  static const sockaddr nowhere{AF_UNSPEC, {}};
  io_uring_sqe* sqe = state_->sqe();
  io_uring_prep_connect(sqe, socket.slot, &nowhere, sizeof nowhere);
  io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
  io_uring_sqe_set_data64(sqe, Token{{static_cast<uint32_t>(socket.slot), kEndingGeneration}, Op::watch}.pack());
  state_->endings.push_back({socket.slot, 0});
}

void Ring::cancel(Token target, Token token) {
  io_uring_sqe* sqe = state_->sqe();
  io_uring_prep_cancel64(sqe, target.pack(), 0);
  io_uring_sqe_set_data64(sqe, token.pack());
}

void Ring::close(Socket socket, Token token) { state_->close(socket.slot, token.pack()); }

void Ring::watch(int descriptor, Token token) {
  io_uring_sqe* sqe = state_->sqe();
  io_uring_prep_poll_multishot(sqe, descriptor, POLLIN);
  io_uring_sqe_set_data64(sqe, token.pack());
}

ByteSpan Ring::bytes(uint16_t buffer, size_t length) {
  GH_ASSERT(buffer < state_->buffers() && length <= kRecvBufferBytes);
  return {state_->memory + size_t{buffer} * kRecvBufferBytes, length};
}

void Ring::give_back(uint16_t buffer) {
  GH_ASSERT(buffer < state_->buffers());
  char* at = state_->memory + size_t{buffer} * kRecvBufferBytes;
  lend_to_kernel(at);
  const uint16_t group = buffer < state_->hot ? kHotGroup : kOverflowGroup;
  const uint32_t count = group == kHotGroup ? state_->hot : state_->overflow;
  io_uring_buf_ring_add(state_->rings[group], at, kRecvBufferBytes, buffer, io_uring_buf_ring_mask(count), 0);
  io_uring_buf_ring_advance(state_->rings[group], 1);
  (group == kHotGroup ? state_->hot_free : state_->overflow_free) += 1;
}

uint32_t Ring::free_buffers() const { return state_->hot_free + state_->overflow_free; }
void Ring::set_gather(MonotonicNs gather) { state_->gather = gather; }

uint32_t Ring::total_buffers() const { return state_->buffers(); }

void Ring::ring_doorbell(int other_ring, uint32_t value) {
  io_uring_sqe* sqe = state_->sqe();
  io_uring_prep_msg_ring(sqe, other_ring, value, Token{{}, Op::doorbell}.pack(), 0);
  io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
  io_uring_sqe_set_data64(sqe, Token{{}, Op::watch}.pack());
}

size_t Ring::wait(std::span<Completion> out, MonotonicNs until) {
  io_uring* ring = &state_->ring;
  io_uring_cqe* cqe = nullptr;
  const MonotonicNs before = read_clock(CLOCK_MONOTONIC);
  if (until <= before) {
    io_uring_submit_and_get_events(ring);
  } else {
    const uint64_t left = until - before;
    const MonotonicNs gather = state_->gather;
    if (gather != 0 && state_->last >= kBusyCompletions && left > gather) {
      __kernel_timespec time{0, static_cast<long long>(gather)};
      const size_t batch = std::min(state_->last + state_->last / 4, kBatchMax);
      io_uring_submit_and_wait_timeout(ring, &cqe, static_cast<unsigned>(batch), &time, nullptr);
    }
    if (io_uring_cq_ready(ring) == 0) {
      __kernel_timespec time{static_cast<int64_t>(left / kNsPerSecond), static_cast<long long>(left % kNsPerSecond)};
      io_uring_submit_and_wait_timeout(ring, &cqe, 1, until == kNever ? nullptr : &time, nullptr);
    }
  }
  size_t count = 0;
  unsigned seen = 0, head;
  io_uring_for_each_cqe(ring, head, cqe) {
    if (count == out.size()) break;
    ++seen;
    if (!state_->ended(cqe->user_data)) state_->take(*cqe, &out[count++]);
  }
  io_uring_cq_advance(ring, seen);
  state_->last = count;
  state_->now = read_clock(CLOCK_MONOTONIC);
  state_->wall = read_clock(CLOCK_REALTIME);
  return count;
}

}  // namespace gatehouse::uring
