// A scripted client: one connection, a few requests, and perhaps a bad end.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "book.h"
#include "message_reader.h"
#include "talk.h"

namespace gatehouse::sim {

class World;

/// Client is driven by its wire and by timers; it checks every byte it gets against the book.
class Client final : public Watcher, public std::enable_shared_from_this<Client> {
 public:
  Client(World& world, uint32_t number, Random random);

  void start();
  bool done() const { return done_; }
  /// misbehaved says that the client itself broke off or broke the protocol.
  bool misbehaved() const { return misbehaved_; }
  uint32_t number() const { return number_; }
  /// state_line tells where it stands, for a failure's report.
  std::string state_line() const;

  void wake(uint64_t cookie) override;

 private:
  enum class Trouble : uint8_t {
    none,
    reset,
    leave,
    leave_held,
    half_close,
    malformed,
    stall,
    handshake_reset
  };
  void draw_trouble();
  void step();
  void step_later(MonotonicNs delay);
  void say_more();
  void say(Ask& ask);
  std::string head_of(const Ask& ask);
  std::string garbage();
  void hear();
  void take_answer(const Message& message);
  void check_answer(Ask& ask, const Message& message);
  void check_partial();
  void check_unanswered(Talk::State state);
  bool trouble_now();
  void end(const char* why);

  World& world_;
  const uint32_t number_;
  Random random_;
  Talk talk_;
  bool secured_ = false;  // TLS
  bool connected_ = false;
  MessageReader reader_{true};
  std::deque<Ask*> to_ask_;
  std::deque<Ask*> asked_;  // in order, not yet answered
  size_t window_ = 1;       // how many may be asked at once
  std::string held_body_;   // waits for 100 Continue
  bool waits_to_continue_ = false;
  Pace pace_;
  Trouble trouble_ = Trouble::none;
  uint64_t trouble_after_ = 0;  // bytes sent, or nanoseconds for leave_held
  bool finished_writing_ = false;
  bool last_said_close_ = false;  // the last answer said Connection: close
  bool stalled_ = false;
  bool misbehaved_ = false;
  Fault garbage_kind_ = Fault::client_malformed;
  bool said_garbage_ = false;      // and nothing behind it may be answered
  bool garbage_answered_ = false;
  bool misdirected_ = false;       // it was good but for its host: 421, and nothing else that speaks of it
  bool done_ = false;
  bool step_pending_ = false;
  uint64_t heard_bytes_ = 0;
};

}  // namespace gatehouse::sim
