// The other ends for ring_behaviour_test: real sockets on loopback, or scripted wires. One of
// ends_linux.cc and ends_sim.cc is linked, together with the ring it belongs to.
#pragma once

#include <memory>
#include <string>

#include "base/address.h"
#include "uring/ring.h"

namespace gatehouse::sim {

/// Ends makes the world around one ring: a listener that the ring accepts on, addresses to connect
/// to, and ends that only do what the test says. An end is a small number.
class Ends {
 public:
  Ends();
  ~Ends();

  std::unique_ptr<uring::Ring> open_ring(const uring::RingOptions& options);

  int listener() const;      // for Ring::accept
  Address serving() const;   // somebody accepts here; see take_incoming
  Address refusing() const;  // nobody listens here

  MonotonicNs patience() const;  // of the ring's clock: how long a test waits for anything

  int dial();           // connect to the listener: an end
  int take_incoming();  // an end of what the ring connected to serving(), or -1

  size_t write(int end, const std::string& bytes);  // what was taken
  std::string read(int end, size_t most);           // what is there, at most `most`
  bool ended(int end);                              // read() came to the other side's FIN or reset
  bool reset_seen(int end);
  void finish_writing(int end);  // FIN
  void close(int end);
  void reset(int end);  // RST

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::sim
