// How a reload ended, for those who asked: on the admin socket, or by a signal.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/difference.h"
#include "control/http_server.h"

namespace gatehouse::control {

/// Reloaded is one reload at its end.
struct Reloaded {
  bool good = false;                  // false: the configuration before it goes on unchanged
  uint64_t version = 0;               // in force now
  std::array<uint8_t, 32> policy_hash{};
  config::Diagnostics diagnostics;    // what `check` says; warnings alone when it is good
  std::vector<config::Difference> changes;   // since the reload before, or the start
  size_t new_workers = 0;             // that took over since then; 0: those before serve on
  MonotonicNs drain = 0;              // the time that those before have, then
};
using ReloadEnd = std::function<void(const Reloaded&)>;

/// reload_text is what a person reads: the complaints as `check` writes them, then the difference.
std::string reload_text(const Reloaded& reloaded);

/// reload_answer is 200, or 422 with what is wrong: {"reloaded","version","policy_hash","new_workers","errors","warnings",
/// "diagnostics","changes","text"}.
Answer reload_answer(const Reloaded& reloaded);

/// changes_line is the difference in one line, for the log.
std::string changes_line(const std::vector<config::Difference>& changes);

}  // namespace gatehouse::control
