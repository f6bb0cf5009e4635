#include "uring/kernel.h"

#include <liburing.h>

#include "uring/locked.h"

namespace gatehouse::uring {
namespace {

/// Tried is a ring of one entry, opened only to see whether the kernel takes these flags.
class Tried {
 public:
  explicit Tried(unsigned flags) {
    parameters_.flags = flags;
    opened_ = open_patiently(1, &ring_, &parameters_, std::chrono::milliseconds{300}) == 0;
  }
  ~Tried() {
    if (opened_) io_uring_queue_exit(&ring_);
  }
  Tried(const Tried&) = delete;

  bool opened() const { return opened_; }
  bool has(unsigned feature) const { return opened_ && (parameters_.features & feature) != 0; }
  bool knows(int operation) {
    io_uring_probe* probe = opened_ ? io_uring_get_probe_ring(&ring_) : nullptr;
    const bool known = probe != nullptr && io_uring_opcode_supported(probe, operation) != 0;
    io_uring_free_probe(probe);
    return known;
  }

 private:
  io_uring ring_{};
  io_uring_params parameters_{};
  bool opened_ = false;
};

}  // namespace

std::vector<KernelFeature> kernel_features() {
  constexpr unsigned kOurs = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  Tried plain(0);
  return {
      {"defer_taskrun", "6.1", Tried(kOurs).opened()},
      {"send_zc", "6.1", plain.knows(IORING_OP_SENDMSG_ZC)},
      {"no_sqarray", "6.6", Tried(kOurs | IORING_SETUP_NO_SQARRAY).opened()},
      {"send_bundles", "6.10", plain.has(IORING_FEAT_RECVSEND_BUNDLE)},
      {"min_wait", "6.12", plain.has(IORING_FEAT_MIN_TIMEOUT)},
  };
}

}  // namespace gatehouse::uring
