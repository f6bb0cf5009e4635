// A scripted origin: takes requests of one connection and answers as the book says, or misbehaves.
#pragma once

#include <memory>
#include <string>

#include "book.h"
#include "message_reader.h"
#include "talk.h"

namespace gatehouse::sim {

class World;

class Origin final : public Watcher, public std::enable_shared_from_this<Origin> {
 public:
  Origin(World& world, uint32_t number, Random random);

  void start(Wire wire, bool secured);
  bool done() const { return done_; }
  void wake(uint64_t cookie) override;

 private:
  enum class Trouble : uint8_t { none, reset, close, garbage, slow };
  enum class Handshake : uint8_t { good, reset, close, garbage, silent, impostor };
  void step();
  void step_later(MonotonicNs delay);
  bool break_handshake();
  void look_at_request();
  void check_head(const Message& request, Ask& ask);
  void check_told(const Message& request, const Ask& ask);
  void plan_answer(Ask& ask);
  void answer(Ask& ask);
  void say(Ask& ask, ByteView bytes);
  std::string answer_bytes(const Ask& ask);
  void leave(const char* why);
  void end(const char* why);

  World& world_;
  const uint32_t number_;
  Random random_;
  Talk talk_;
  MessageReader reader_{false};
  Ask* current_ = nullptr;  // its request is being read or answered
  bool planned_ = false;
  bool answered_ = false;
  bool closing_ = false;  // after what was said
  const char* leaving_ = nullptr;  // why: only its proper end is still to be sent
  Handshake handshake_ = Handshake::good;
  Trouble trouble_ = Trouble::none;
  uint64_t trouble_after_ = 0;  // bytes sent on this connection
  Pace pace_;
  bool done_ = false;
  bool step_pending_ = false;
};

}  // namespace gatehouse::sim
