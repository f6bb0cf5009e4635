// The other ends as scripted wires of the simulated network, every fault of the ring switched on.
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "ends.h"
#include "ring_sim.h"

namespace gatehouse::sim {

struct Ends::State {
  struct End {
    Wire wire;
    bool ended = false;
    bool reset = false;
    bool open = false;
  };
  Kernel kernel;
  int listener = -1;
  Address listening = *parse_address("127.0.0.1:443");
  Address serving = *parse_address("127.0.0.1:8000");
  Address refusing = *parse_address("127.0.0.1:9");
  std::vector<std::unique_ptr<End>> ends;
  std::vector<int> incoming;

  explicit State(uint64_t seed) : kernel(seed, getenv("SIM_TRACE") != nullptr) {
    for (const Fault fault : {Fault::late_completion, Fault::reordered_completion, Fault::small_batch,
                              Fault::spurious_return, Fault::short_receive})
      kernel.faults().set_rate(fault, 2000);
    listener = kernel.open_listener(listening);
    kernel.serve(serving, [this](Wire wire) {
      incoming.push_back(add());
      ends.back()->wire = std::move(wire);
      ends.back()->open = true;
    });
  }
  int add() {
    ends.push_back(std::make_unique<End>());
    return static_cast<int>(ends.size()) - 1;
  }
  End& end(int number) { return *ends[static_cast<size_t>(number)]; }
};

Ends::Ends() {
  const char* seed = getenv("SIM_SEED");
  state_ = std::make_unique<State>(seed != nullptr ? strtoull(seed, nullptr, 10) : 1);
}
Ends::~Ends() = default;

std::unique_ptr<uring::Ring> Ends::open_ring(const uring::RingOptions& options) {
  auto ring = uring::Ring::open(options);
  return ring.ok() ? std::move(ring.value()) : nullptr;
}

int Ends::listener() const {
  return state_->listener;
}
Address Ends::serving() const {
  return state_->serving;
}
MonotonicNs Ends::patience() const {
  return 100'000 * kNsPerSecond;
}
Address Ends::refusing() const {
  return state_->refusing;
}

int Ends::dial() {
  const int number = state_->add();
  State::End* end = state_->ends.back().get();
  state_->kernel.dial(*parse_address("127.0.0.1:50000"), state_->listening, [end](int result, Wire wire) {
    if (result != 0) return;
    end->wire = std::move(wire);
    end->open = true;
  });
  while (!end->open) state_->kernel.advance_to(state_->kernel.next_event());
  return number;
}

int Ends::take_incoming() {
  if (state_->incoming.empty()) return -1;
  const int number = state_->incoming.back();
  state_->incoming.pop_back();
  return number;
}

size_t Ends::write(int number, const std::string& bytes) {
  State::End& end = state_->end(number);
  const int64_t result = end.wire.write(bytes);
  return result > 0 ? static_cast<size_t>(result) : 0;
}

std::string Ends::read(int number, size_t most) {
  State::End& end = state_->end(number);
  std::string out(most, 0);
  size_t used = 0;
  while (end.open && used < most) {
    const int64_t result = end.wire.read(out.data() + used, most - used);
    if (result == -EAGAIN) break;
    if (result <= 0) {
      end.ended = true;
      end.reset |= result < 0;
      break;
    }
    used += static_cast<size_t>(result);
  }
  out.resize(used);
  return out;
}

bool Ends::ended(int number) {
  return state_->end(number).ended;
}
bool Ends::reset_seen(int number) {
  return state_->end(number).reset;
}
void Ends::finish_writing(int number) {
  state_->end(number).wire.shutdown_write();
}
void Ends::close(int number) {
  state_->end(number).wire.close();
  state_->end(number).open = false;
}
void Ends::reset(int number) {
  state_->end(number).wire.reset();
  state_->end(number).open = false;
}

}  // namespace gatehouse::sim
