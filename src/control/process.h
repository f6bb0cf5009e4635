// The process before any thread exists: limits, signals, folders.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace gatehouse::control {

inline constexpr int kUnavailable = 69;   // sysexits: what it needs cannot be had

/// wall_clock is the kernel's. Before there is a ring, and on job threads: the ring tells the time to the control thread.
WallNs wall_clock();

/// harden makes the process undumpable, raises its descriptor limit to what is allowed, ignores SIGPIPE and
/// SIGXFSZ (whoever writes beyond the limit of a file's size hears an error) and lets new files be for the owner only.
void harden();

/// say_when_memory_ends has the process end with a word on standard error, and with exit code 69, where memory cannot be had: what
/// is in the rings stays there. Once, before any thread.
void say_when_memory_ends();

/// start_thread is std::thread for those without which there is no gateway: the process ends as above where it cannot be had.
std::thread start_thread(std::function<void()> work);

/// take_signals blocks SIGTERM, SIGINT and SIGHUP in this thread and those made after it, and returns a
/// descriptor that tells of them; -1 when that fails.
int take_signals();

/// allowed_cpus lists the cores that this process may use.
std::vector<int> allowed_cpus();

/// private_folder makes a folder (0700) or checks that an existing one is ours alone (0700 or 0750); returns its
/// absolute path.
Result<std::string, std::string> private_folder(const std::string& path);

/// private_folder_trouble says why private_folder would refuse, as far as a look can tell; empty when nothing is seen.
std::string private_folder_trouble(const std::string& path);

}  // namespace gatehouse::control
