// What io_uring of this machine's kernel can do, beyond what every kernel from 6.1 on can.
#pragma once

#include <vector>

namespace gatehouse::uring {

struct KernelFeature {
  const char* name;
  const char* since;    // Linux version, as "6.6"
  bool there = false;
};

/// kernel_features asks the kernel; all are missing where it refuses io_uring. Any thread.
std::vector<KernelFeature> kernel_features();

}  // namespace gatehouse::uring
