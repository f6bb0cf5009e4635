// The 128-bit time-ordered name of an exchange: RFC 9562, UUID version 7.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/time.h"

namespace gatehouse {

/// ExchangeId names one exchange in answers, logs and records. Bytes are in network order, so that
/// comparing bytes compares time.
struct ExchangeId {
  std::array<uint8_t, 16> bytes{};

  auto operator<=>(const ExchangeId&) const = default;
  bool is_nil() const { return *this == ExchangeId{}; }
};

/// kExchangeIdText is the length of the canonical text form (8-4-4-4-12 hexadecimal digits).
inline constexpr size_t kExchangeIdText = 36;

/// format_exchange_id writes exactly kExchangeIdText lower-case characters to out, no terminator.
void format_exchange_id(const ExchangeId& id, char* out);

/// exchange_id_text is that form as a text of its own.
inline std::string exchange_id_text(const ExchangeId& id) {
  std::string text(kExchangeIdText, '0');
  format_exchange_id(id, text.data());
  return text;
}

/// parse_exchange_id reads the canonical text form; anything else is nullopt.
std::optional<ExchangeId> parse_exchange_id(ByteView text);

/// ExchangeIdSource makes ids that grow strictly within one source, even when the clock goes back.
/// One per worker; not thread-safe. The seed is secret random data, so that ids of two workers or
/// two processes do not meet (62 random bits per id, advanced by a generator seeded once).
class ExchangeIdSource {
 public:
  explicit ExchangeIdSource(uint64_t seed) : state_(seed) {}

  ExchangeId next(WallNs now);

 private:
  uint64_t state_;         // splitmix64 state of the random tail
  uint64_t last_ms_ = 0;   // the largest millisecond used
  uint16_t counter_ = 0;   // 12 bits in rand_a: order within a millisecond
};

}  // namespace gatehouse
