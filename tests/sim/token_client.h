// A scripted client that has assertions exchanged for tokens. No XML here: the world says what each assertion comes to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "message_reader.h"
#include "random.h"
#include "talk.h"

namespace gatehouse::sim {

class World;

/// Exchanged is one assertion: what job threads are to make of it, and what came of it.
struct Exchanged {
  std::string assertion;     // its name, then letters
  bool good = false;         // else its signature is wrong
  std::string token;         // that was made for it; empty: none
  uint32_t proofs = 0;
  bool answered = false;     // its client has the token
};

/// TokenClient asks for one token after the other on one connection, in pieces, and may leave at any moment.
class TokenClient final : public Watcher, public std::enable_shared_from_this<TokenClient> {
 public:
  TokenClient(World& world, uint32_t number, Random random);

  void start();
  bool done() const { return done_; }
  bool waits() const { return !done_ && asked_ != nullptr; }
  void wake(uint64_t cookie) override;

 private:
  void step_later(MonotonicNs delay);
  void step();
  void say_more();
  void take_answer(const Message& message);
  void end(const char* why);

  World& world_;
  const uint32_t number_;
  Random random_;
  Talk talk_;
  MessageReader reader_{true};
  std::vector<Exchanged*> to_ask_;   // the last is next
  Exchanged* asked_ = nullptr;
  std::string unsaid_;               // of the request that is being said
  size_t piece_ = SIZE_MAX;          // bytes of it in one step
  uint64_t leaves_after_ = UINT64_MAX;   // bytes said
  uint64_t said_ = 0;
  bool closing_ = false;
  bool done_ = false;
  bool step_pending_ = false;
};

}  // namespace gatehouse::sim
