#include "record/lost_pages.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <mutex>

#include "record/layout.h"

namespace gatehouse::record {
namespace {

/// A slot is free while `begin` is 0. `end` is good between two equal readings of `begin`.
struct Slot {
  std::atomic<uintptr_t> begin{0}, end{0};
  std::atomic<bool> lost{false};
};
static_assert(std::atomic<uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

Slot slots[LostPages::kMappings];
std::atomic<int> used{0};          // slots from here on were never taken
const std::atomic<bool> never{false};
std::mutex changing;               // of the table; the signal's handler takes none
struct sigaction before {};        // what SIGBUS did; written before the handler is there

Slot* find(uintptr_t address) {
  for (int i = 0; i < used.load(std::memory_order_acquire); ++i) {
    Slot& slot = slots[i];
    const uintptr_t begin = slot.begin.load();
    if (begin == 0 || address < begin || address >= slot.end.load() || slot.begin.load() != begin) continue;
    return &slot;
  }
  return nullptr;
}

/// replaced says that the page of this address is one of zeros now. The flag is set first. The kernel is asked directly: what
/// stands before mmap() in a sanitized program is not meant for the inside of a signal.
bool replaced(uintptr_t address) {
  Slot* const slot = find(address);
  if (slot == nullptr) return false;
  slot->lost.store(true);
  const auto page = static_cast<long>(address / kPage * kPage);
  return ::syscall(SYS_mmap, page, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page;
}

/// on_bus_error: si_code is above 0 where the kernel says it of an address. Else, and elsewhere, the signal does what it did
/// before: the instruction that raised it does so again, and what was sent is sent again.
void on_bus_error(int signal, siginfo_t* info, void*) {
  const int error = errno;
  const bool raised = info->si_code > 0;
  if (!raised || !replaced(reinterpret_cast<uintptr_t>(info->si_addr))) {
    ::sigaction(SIGBUS, &before, nullptr);
    if (!raised) ::raise(signal);
  }
  errno = error;
}

bool installed() {
  static const bool done = [] {
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    return ::sigaction(SIGBUS, nullptr, &before) == 0 && ::sigaction(SIGBUS, &action, nullptr) == 0;
  }();
  return done;
}

}  // namespace

bool LostPages::watch(ByteSpan memory) {
  if (!installed()) return false;
  forget();
  const std::lock_guard hold(changing);
  for (int i = 0; i < kMappings; ++i) {
    Slot& slot = slots[i];
    if (slot.begin.load() != 0) continue;
    const auto begin = reinterpret_cast<uintptr_t>(memory.data());
    slot.lost.store(false);
    slot.end.store(begin + memory.size());
    slot.begin.store(begin);
    if (i >= used.load()) used.store(i + 1, std::memory_order_release);
    slot_ = i;
    return true;
  }
  return false;
}

void LostPages::forget() {
  if (slot_ == kNone) return;
  const std::lock_guard hold(changing);
  slots[slot_].begin.store(0);
  slot_ = kNone;
}

const std::atomic<bool>& LostPages::flag() const { return slot_ == kNone ? never : slots[slot_].lost; }

const std::atomic<bool>& LostPages::flag_of(const char* address) {
  const Slot* const slot = find(reinterpret_cast<uintptr_t>(address));
  return slot == nullptr ? never : slot->lost;
}

}  // namespace gatehouse::record
