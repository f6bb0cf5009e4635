#include "net/link.h"

#include <cerrno>
#include <cstring>

#include "net/links.h"

namespace gatehouse::net {
namespace {

constexpr MonotonicNs kFlushProgress = 10 * kNsPerSecond;  // a finished link's reader must take something
constexpr MonotonicNs kLinger = 2 * kNsPerSecond;          // for the other side's FIN

}  // namespace

Link::Link(SlotId id, Links& links, Side side) : links_(links), id_(id), side_(side), queue_(links.chunks()) {
  timer_.owner = id;
  timer_.kind = kTimerLink;
}

Link::~Link() {
  GH_ASSERT(phase_ == Phase::closed);
  GH_ASSERT(!connect_in_flight_ && !recv_in_flight_ && !send_in_flight_ && !close_in_flight_ &&
            cancels_in_flight_ == 0);
  GH_ASSERT(held_count_ == 0);
  links_.wheel().cancel(timer_);
}

// ---- setting up -------------------------------------------------------------------------------

void Link::start_accepted(uring::Socket socket, const tls::ServerSettings* settings, std::optional<uint32_t> user) {
  GH_ASSERT(phase_ == Phase::fresh);
  socket_ = socket;
  user_ = user;
  connected_ = true;
  phase_ = Phase::open;
  if (settings == nullptr) return;
  phase_ = Phase::handshaking;
  tls_.emplace();
  if (!tls_->start_server(*settings, {this, &Link::take_ciphertext})) fail();
}

void Link::start_tls(const tls::ServerSettings& settings) {
  GH_ASSERT(phase_ == Phase::open && !tls_ && side_ == Side::client);
  phase_ = Phase::handshaking;
  tls_.emplace();
  if (!tls_->start_server(settings, {this, &Link::take_ciphertext})) return fail();
  if (held_count_ == 0 || front_offset_ == 0) return;
  const ByteView front = links_.held_bytes(held_front_);   // its beginning was taken: the rest is lent to TLS
  tls_->feed(front.substr(front_offset_));
  front_offset_ = static_cast<uint32_t>(front.size());
}

bool Link::start_connect(const Address& to, const tls::ClientSettings* settings, const char* server_name) {
  GH_ASSERT(phase_ == Phase::fresh);
  const auto socket = links_.ring().open_socket(to.family());
  if (!socket) return false;
  socket_ = *socket;
  address = to;
  phase_ = Phase::connecting;
  if (settings != nullptr) {
    tls_.emplace();
    if (!tls_->start_client(*settings, server_name, {this, &Link::take_ciphertext})) fail();
  }
  links_.ring().connect(socket_, &address, token(uring::Op::connect));
  connect_in_flight_ = true;
  return true;
}

std::optional<bool> Link::establish() {
  if (failed_ || tls_failed_) return false;
  if (phase_ == Phase::connecting) {
    if (!connected_) return std::nullopt;
    phase_ = tls_ ? Phase::handshaking : Phase::open;
  }
  if (phase_ == Phase::open) return true;
  if (phase_ != Phase::handshaking) return false;
  for (;;) {
    switch (tls_->handshake()) {
      case tls::Io::ok:
        phase_ = Phase::open;
        drop_consumed();
        return true;
      case tls::Io::want_input:
        if (feed()) continue;
        if (end_seen_) {
          fail();
          return false;
        }
        return std::nullopt;
      case tls::Io::closed:
      case tls::Io::failed:
        tls_failed_ = true;
        return false;
    }
  }
}

// ---- plaintext --------------------------------------------------------------------------------

Input Link::input_when_empty() const {
  if (failed_) return Input::failed;
  if (end_seen_) return tls_ ? Input::truncated : Input::end;
  return Input::none;
}

Input Link::read(ByteSpan out, size_t* count) {
  *count = 0;
  GH_ASSERT(!out.empty());
  if (phase_ != Phase::open) return Input::failed;
  if (tls_) {
    for (;;) {
      switch (tls_->read(out, count)) {
        case tls::Io::ok: drop_consumed(); return Input::data;
        case tls::Io::want_input:
          if (feed()) continue;
          return input_when_empty();
        case tls::Io::closed: return Input::end;
        case tls::Io::failed: fail(); return Input::failed;
      }
    }
  }
  if (held_count_ == 0) return input_when_empty();
  while (held_count_ > 0 && *count < out.size()) {
    const ByteView front = links_.held_bytes(held_front_);
    const size_t left = front.size() - front_offset_;
    const size_t room = out.size() - *count;
    const size_t some = left < room ? left : room;
    std::memcpy(out.data() + *count, front.data() + front_offset_, some);
    *count += some;
    front_offset_ += static_cast<uint32_t>(some);
    if (front_offset_ == front.size()) drop_front();
  }
  return Input::data;
}

ByteView Link::front() const {
  if (tls_ || phase_ != Phase::open || held_count_ == 0) return {};
  const ByteView bytes = links_.held_bytes(held_front_);
  if (bytes.size() + kSimdPadding > kRecvBufferBytes) return {};
  return bytes.substr(front_offset_);
}

void Link::take(size_t count) {
  GH_ASSERT(count <= front().size());
  front_offset_ += static_cast<uint32_t>(count);
  if (front_offset_ == links_.held_bytes(held_front_).size()) drop_front();
}

size_t Link::waiting() const {
  size_t bytes = 0;
  uint16_t buffer = held_front_;
  for (uint32_t left = held_count_; left > 0; --left, buffer = links_.held(buffer).next) bytes += links_.held(buffer).length;
  return held_count_ == 0 ? 0 : bytes - front_offset_;
}

// What TLS was lent and has consumed goes back to the pool at once: an idle link holds nothing.
void Link::drop_consumed() {
  if (front_offset_ != 0 && tls_->unread() == 0) drop_front();
}

bool Link::feed() {
  GH_ASSERT(tls_->unread() == 0);
  drop_consumed();
  if (held_count_ == 0) return false;
  const ByteView front = links_.held_bytes(held_front_);
  tls_->feed(front);
  front_offset_ = static_cast<uint32_t>(front.size());
  return true;
}

bool Link::take_ciphertext(void* self, ByteView bytes) {
  auto& link = *static_cast<Link*>(self);
  link.queue_.append(bytes);
  return true;
}

bool Link::write(ByteView plaintext) {
  if (failed_ || phase_ != Phase::open) return false;
  if (plaintext.empty()) return true;
  if (!tls_) {
    queue_.append(plaintext);
    return true;
  }
  if (tls_->write(plaintext) == tls::Io::ok) return true;
  fail();
  return false;
}

bool Link::write(std::initializer_list<ByteView> parts) {
  if (failed_ || phase_ != Phase::open) return false;
  if (!tls_) {
    for (ByteView part : parts) queue_.append(part);
    return true;
  }
  char* const record = links_.record();
  size_t used = 0;
  const auto seal = [&](ByteView plaintext) {
    used = 0;
    return write(plaintext);
  };
  for (ByteView part : parts) {
    while (!part.empty()) {
      size_t count = 0;
      if (used == 0 && part.size() >= kTlsRecordBytes) {
        count = part.size() - part.size() % kTlsRecordBytes;
        if (!seal(part.substr(0, count))) return false;
      } else {
        count = part.copy(record + used, kTlsRecordBytes - used);
        used += count;
        if (used == kTlsRecordBytes && !seal({record, used})) return false;
      }
      part.remove_prefix(count);
    }
  }
  return used == 0 || seal({record, used});
}

// ---- operations -------------------------------------------------------------------------------

void Link::hold(uint16_t buffer, uint32_t length) {
  links_.held(buffer) = {uring::kNoBuffer, length};
  if (held_count_ == 0) {
    held_front_ = buffer;
    front_offset_ = 0;
  } else {
    links_.held(held_back_).next = buffer;
  }
  held_back_ = buffer;
  ++held_count_;
}

void Link::drop_front() {
  GH_ASSERT(held_count_ > 0);
  const uint16_t buffer = held_front_;
  held_front_ = links_.held(buffer).next;
  front_offset_ = 0;
  --held_count_;
  links_.release(buffer);
}

void Link::spill() {
  uint16_t before = uring::kNoBuffer;
  for (uint16_t buffer = held_front_, left = static_cast<uint16_t>(held_count_); left > 0; --left) {
    const uint16_t next = links_.held(buffer).next;
    const uint16_t copy = links_.own_copy(buffer);
    if (before == uring::kNoBuffer) {
      held_front_ = copy;
      const size_t unread = tls_ && front_offset_ != 0 ? tls_->unread() : 0;   // of the front, lent to TLS
      const ByteView bytes = links_.held_bytes(copy);
      if (unread != 0) tls_->relend(bytes.substr(bytes.size() - unread));
    } else {
      links_.held(before).next = copy;
    }
    if (left == 1) held_back_ = copy;
    before = copy;
    buffer = next;
  }
}

void Link::drop_held() {
  while (held_count_ > 0) drop_front();
}

void Link::complete(const uring::Completion& completion) {
  switch (completion.token.op) {
    case uring::Op::recv: completed_recv(completion); break;
    case uring::Op::send:
      GH_ASSERT(send_in_flight_);
      send_in_flight_ = false;
      completed_send(completion.result);
      break;
    case uring::Op::connect:
      GH_ASSERT(connect_in_flight_);
      connect_in_flight_ = false;
      if (completion.result != 0) {
        fail();
        break;
      }
      connected_ = true;
      if (address.is_unix()) user_ = links_.ring().listener_user(socket_);
      break;
    case uring::Op::cancel:
      GH_ASSERT(cancels_in_flight_ > 0);
      --cancels_in_flight_;
      break;
    case uring::Op::close:
      GH_ASSERT(close_in_flight_);
      close_in_flight_ = false;
      phase_ = Phase::closed;
      links_.closed(id_);
      return;
    case uring::Op::accept:
    case uring::Op::doorbell:
    case uring::Op::watch: GH_ASSERT(false);
  }
  if (!owner.valid() || phase_ >= Phase::flushing) settle();
}

void Link::completed_recv(const uring::Completion& completion) {
  GH_ASSERT(recv_in_flight_);
  if (!completion.more) recv_in_flight_ = recv_cancelled_ = false;
  if (completion.result > 0) {
    bytes_in_ += static_cast<uint64_t>(completion.result);
    if (phase_ >= Phase::flushing) {
      linger_bytes_ += static_cast<uint64_t>(completion.result);
#if !defined(GH_DEFECT) || GH_DEFECT != 6
      links_.ring().give_back(completion.buffer);
#endif
      return;
    }
    hold(completion.buffer, static_cast<uint32_t>(completion.result));
    return;
  }
  if (completion.buffer != uring::kNoBuffer) links_.ring().give_back(completion.buffer);
  if (completion.result == 0) {
    end_seen_ = true;
  } else if (completion.result == -ENOBUFS) {
    links_.count_starved();
    parked_ = true;
    links_.park(id_);
  } else if (completion.result != -ECANCELED && completion.result != -EINTR && completion.result != -EAGAIN) {
    fail();
  }
}

void Link::completed_send(int32_t result) {
  if (result < 0) {
    fail();
    queue_.clear();
    return;
  }
  bytes_out_ += static_cast<uint64_t>(result);
  if (phase_ == Phase::closing) {
    queue_.clear();
    return;
  }
  queue_.sent(static_cast<size_t>(result));
  if (phase_ == Phase::flushing) links_.wheel().schedule(timer_, links_.ring().now() + kFlushProgress);
}

void Link::submit_send() {
  if (send_in_flight_ || queue_.empty() || failed_ || withheld_) return;
  size_t bytes = 0;
  links_.ring().send(socket_, queue_.message(&bytes), token(uring::Op::send));
  send_in_flight_ = true;
}

void Link::update_receive() {
  const bool wanted = (interest_ || phase_ >= Phase::flushing) && !end_seen_ && !failed_ && held_count_ < kHeldMax;
  if (!wanted) {
    if (recv_in_flight_ && recv_repeats_ && !recv_cancelled_ && held_count_ >= kHeldMax) {
      links_.ring().cancel(token(uring::Op::recv), token(uring::Op::cancel));
      recv_cancelled_ = true;
      ++cancels_in_flight_;
    }
    return;
  }
  if (recv_in_flight_ || parked_ || cancels_in_flight_ != 0) return;
  recv_repeats_ = !bulk_;
  links_.ring().recv(socket_, bulk_ ? uring::Recv::once : uring::Recv::repeat, token(uring::Op::recv));
  recv_in_flight_ = true;
}

void Link::rearm() {
  parked_ = false;
  settle();
}

void Link::settle() {
  switch (phase_) {
    case Phase::fresh:
    case Phase::connecting:
    case Phase::closed: return;
    case Phase::handshaking:
    case Phase::open:
      submit_send();
      update_receive();
      return;
    case Phase::flushing:
      if (failed_) return abort();
      submit_send();
      if (queue_.empty() && !send_in_flight_) {
        if (end_seen_) {   // both directions are over: our FIN goes out with the close
          fin_sent_ = true;
          return abort();
        }
        links_.ring().shutdown_write(socket_);
        fin_sent_ = true;
        phase_ = Phase::lingering;
        links_.wheel().schedule(timer_, links_.ring().now() + kLinger);
      }
      update_receive();
      if (phase_ == Phase::lingering && end_seen_) abort();
      return;
    case Phase::lingering:
      if (end_seen_ || failed_ || linger_bytes_ > kLingerBytes) return abort();
      update_receive();
      return;
    case Phase::closing: try_close(); return;
  }
}

// ---- ending -----------------------------------------------------------------------------------

void Link::fail() { failed_ = true; }

void Link::let_go() {
  owner = {};
  drop_held();
}

void Link::finish() {
  if (phase_ >= Phase::flushing) return;
  const bool alert = tls_failed_ && !queue_.empty();
  if ((phase_ != Phase::open && !alert) || failed_ || (withheld_ && !queue_.empty())) return abort(true);
  if (tls_ && !tls_failed_) tls_->close_notify();
  phase_ = Phase::flushing;
  let_go();
  links_.wheel().schedule(timer_, links_.ring().now() + kFlushProgress);
  settle();
}

void Link::abort(bool reset) {
  if (phase_ >= Phase::closing) return;
  const bool cut = reset || (phase_ == Phase::flushing && (!queue_.empty() || send_in_flight_));
  reset_ = cut && side_ == Side::client && connected_ && !fin_sent_;
  let_go();
  links_.wheel().cancel(timer_);
  phase_ = Phase::closing;
  if (!send_in_flight_) queue_.clear();
  if (!socket_.valid()) {  // never had one
    phase_ = Phase::closed;
    links_.closed(id_);
    return;
  }
  const auto cancel = [this](uring::Op op) {
    links_.ring().cancel(token(op), token(uring::Op::cancel));
    ++cancels_in_flight_;
  };
#if !defined(GH_DEFECT) || GH_DEFECT != 10
  if (recv_in_flight_ && !recv_cancelled_) cancel(uring::Op::recv);
#endif
  if (send_in_flight_) cancel(uring::Op::send);
  if (connect_in_flight_) cancel(uring::Op::connect);
  try_close();
}

void Link::try_close() {
#if !defined(GH_DEFECT) || GH_DEFECT != 2
  if (close_in_flight_ || cancels_in_flight_ != 0) return;
#endif
  if (connect_in_flight_ || recv_in_flight_ || send_in_flight_) return;
  queue_.clear();
  if (reset_) links_.ring().reset(socket_);
  links_.ring().close(socket_, token(uring::Op::close));
  close_in_flight_ = true;
}

void Link::expired() { abort(); }

}  // namespace gatehouse::net
