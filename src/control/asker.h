// One question over the network where there is no turn loop: in commands, and at the end of the process.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "control/front.h"
#include "tls/settings.h"

namespace gatehouse::control {

/// Asker runs the control thread's client, on a ring of its own, until one question has its answer. Blocks. One thread.
class Asker {
 public:
  static Result<std::unique_ptr<Asker>, std::string> make() {
    uring::RingOptions options;
    options.entries = 64;
    options.sockets = 64;
    options.hot_buffers = 8;
    options.overflow_buffers = 8;
    auto ring = uring::Ring::open(options);
    if (!ring) return Failure<std::string>{ring.error()};
    return std::unique_ptr<Asker>(new Asker(std::move(*ring)));
  }

  MonotonicNs now() const { return ring_->now(); }

  KeyFetch ask(const FetchUrl& url, const Address& to, const tls::ClientSettings* settings) {
    return ask(KeyFetch(url), url, to, settings);
  }
  KeyFetch ask(KeyFetch question, const FetchUrl& url, const Address& to, const tls::ClientSettings* settings) {
    std::optional<KeyFetch> answered;
    front_.ask(std::move(question), url, to, settings, [&answered](const KeyFetch& fetch) { answered = fetch; });
    while (!answered) turn();
    return std::move(*answered);
  }

  /// finish ends connections in order; one that cannot be ended in time is left to the end of the process.
  static void finish(std::unique_ptr<Asker> asker) {
    asker->front_.stop();
    for (const MonotonicNs until = asker->now() + kEndPatience; !asker->front_.idle();) {
      asker->turn();
      if (asker->now() >= until) return void(asker.release());
    }
  }

 private:
  static constexpr MonotonicNs kEndPatience = 3 * kNsPerSecond;   // for the other side's FIN

  explicit Asker(std::unique_ptr<uring::Ring> ring) : ring_(std::move(ring)), front_(*ring_, ring_->now()) {}

  void turn() {
    std::array<uring::Completion, 64> completions;
    const size_t count = ring_->wait(completions, std::min(front_.next(), ring_->now() + kNsPerSecond));
    for (size_t i = 0; i < count; ++i) front_.take(completions[i]);
    front_.step(ring_->now());
  }

  std::unique_ptr<uring::Ring> ring_;
  Front front_;
};

}  // namespace gatehouse::control
