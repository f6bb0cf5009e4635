// How the table of keys is written: one Row per key (keys_process.cc, keys_callers.cc, keys_rules.cc).
#pragma once

#include "base/time.h"
#include "config/keys.h"

namespace gatehouse::config {

inline constexpr uint64_t kKiB = 1024;
inline constexpr uint64_t kMiB = 1024 * kKiB;
inline constexpr uint64_t kGiB = 1024 * kMiB;
inline constexpr uint64_t kMs = kNsPerMs;
inline constexpr uint64_t kSecond = kNsPerSecond;
inline constexpr uint64_t kHour = 3600 * kNsPerSecond;

/// Row writes one key readably; it is nothing but a Key.
class Row : public Key {
 private:
  template <typename T>
  constexpr Row with(T Key::*field, T value) const {
    Row copy = *this;
    copy.*field = value;
    return copy;
  }

 public:
  constexpr Row(ByteView where, Type kind, ByteView says) : Key{where, kind, says} {}
  constexpr Row or_else(ByteView toml) const { return with(&Key::fallback, toml); }
  constexpr Row always() const { return with(&Key::required, true); }
  constexpr Row range(uint64_t from, uint64_t to) const {
    return with(&Key::least, from).with(&Key::most, to);
  }
  constexpr Row one_of(ByteView list) const { return with(&Key::words, list); }
  constexpr Row absent(ByteView meaning) const { return with(&Key::otherwise, meaning); }
};

/// The parts of the table, in the order of the reference page; keys() joins them.
std::span<const Key> process_keys();   // the process, its records, bounds
std::span<const Key> caller_keys();    // listeners, and who is believed
std::span<const Key> rule_keys();      // where requests go, and what is decided of them

}  // namespace gatehouse::config
