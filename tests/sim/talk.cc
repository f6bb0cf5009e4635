#include "talk.h"

#include <algorithm>
#include <cerrno>

namespace gatehouse::sim {

bool Talk::take(void* self, ByteView ciphertext) {
  static_cast<Talk*>(self)->out_ += ciphertext;
  return true;
}

bool Talk::begin_client(Wire wire, const tls::ClientSettings& settings, const char* server_name) {
  wire_ = std::move(wire);
  tls_ = std::make_unique<tls::Engine>();
  return tls_->start_client(settings, server_name, {this, &Talk::take});
}

bool Talk::begin_server(Wire wire, const tls::ServerSettings& settings) {
  wire_ = std::move(wire);
  tls_ = std::make_unique<tls::Engine>();
  return tls_->start_server(settings, {this, &Talk::take});
}

void Talk::close() {
  if (tls_ && tls_->established() && !finished_) {
    tls_->close_notify();
    if (!out_.empty() && !wire_.reset_by_other()) wire_.write(out_);
  }
  wire_.close();
}

void Talk::finish() {
  finishing_ = true;
  if (finished_ || broken_ || !all_sent()) return;
  if (tls_ && tls_->established()) tls_->close_notify();
  while (!out_.empty()) {
    const int64_t taken = wire_.write(out_);
    if (taken <= 0) {
      broken_ = taken != -EAGAIN;
      return;
    }
    out_.erase(0, static_cast<size_t>(taken));
  }
  wire_.shutdown_write();
  finished_ = true;
}

void Talk::speak(size_t most) {
  if (tls_ && tls_->established() && !unsent_.empty()) {
    if (tls_->write(unsent_) != tls::Io::ok) return;
    unsent_.clear();
  } else if (!tls_) {
    out_ += unsent_;
    unsent_.clear();
  }
  while (!out_.empty() && most > 0) {
    const int64_t taken = wire_.write(ByteView(out_).substr(0, std::min(most, out_.size())));
    if (taken <= 0) {
      broken_ = taken != -EAGAIN;
      break;
    }
    out_.erase(0, static_cast<size_t>(taken));
    sent_ += static_cast<uint64_t>(taken);
    most -= static_cast<size_t>(taken);
  }
  if (finishing_) finish();
}

Talk::State Talk::decrypt(std::string* heard) {
  if (tls_->unread() == 0 && !in_.empty()) {
    tls_->feed(in_);
  }
  char plain[16 * 1024];
  for (;;) {
    if (!tls_->established()) {
      const tls::Io io = tls_->handshake();
      if (io == tls::Io::want_input) break;
      if (io != tls::Io::ok) return State::failed;
      continue;
    }
    size_t count = 0;
    const tls::Io io = tls_->read(ByteSpan(plain, sizeof plain), &count);
    if (io == tls::Io::want_input) break;
    if (io == tls::Io::closed) return State::ended;
    if (io == tls::Io::failed) return State::failed;
    heard->append(plain, count);
  }
  in_.clear();
  return State::open;
}

Talk::State Talk::hear(size_t most, std::string* heard) {
  char bytes[16 * 1024];
  while (most > 0 && !end_heard_) {
    const int64_t count = wire_.read(bytes, std::min(most, sizeof bytes));
    if (count == -EAGAIN) break;
    if (count < 0) return State::reset;
    if (count == 0) {
      end_heard_ = true;
      break;
    }
    most -= static_cast<size_t>(count);
    if (!tls_) {
      heard->append(bytes, static_cast<size_t>(count));
      continue;
    }
    in_.assign(bytes, static_cast<size_t>(count));
    if (const State state = decrypt(heard); state != State::open) return state;
  }
  return end_heard_ ? State::ended : State::open;
}

Talk::State Talk::move(size_t most, std::string* heard) {
  if (tls_ && !tls_->established()) {
    if (const State state = decrypt(heard); state != State::open) return state;
  }
  speak(most);
  const State state = hear(most, heard);
  if (state == State::open || state == State::ended) speak(most);
  return broken_ && state != State::failed ? State::reset : state;
}

}  // namespace gatehouse::sim
