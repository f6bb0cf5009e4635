#include "base/exchange_id.h"

namespace gatehouse {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr uint16_t kCounterMax = 0x0fff;

uint64_t split_mix(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool dash_before(size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

}  // namespace

void format_exchange_id(const ExchangeId& id, char* out) {
  for (size_t i = 0; i < id.bytes.size(); ++i) {
    if (dash_before(i)) *out++ = '-';
    *out++ = kHex[id.bytes[i] >> 4];
    *out++ = kHex[id.bytes[i] & 15];
  }
}

std::optional<ExchangeId> parse_exchange_id(ByteView text) {
  if (text.size() != kExchangeIdText) return std::nullopt;
  ExchangeId id;
  size_t at = 0;
  for (size_t i = 0; i < id.bytes.size(); ++i) {
    if (dash_before(i) && text[at++] != '-') return std::nullopt;
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<uint8_t>(high << 4 | low);
    at += 2;
  }
  return id;
}

ExchangeId ExchangeIdSource::next(WallNs now) {
  const uint64_t ms = now / kNsPerMs;
  if (ms > last_ms_) {
    last_ms_ = ms;
    counter_ = 0;
  } else if (++counter_ > kCounterMax) {  // more than 4,096 in a millisecond: borrow the next one
    ++last_ms_;
    counter_ = 0;
  }
  ExchangeId id;
  for (int i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(last_ms_ >> (40 - 8 * i));
  id.bytes[6] = static_cast<uint8_t>(0x70 | counter_ >> 8);
  id.bytes[7] = static_cast<uint8_t>(counter_);
  const uint64_t tail = split_mix(state_);
  for (int i = 0; i < 8; ++i) id.bytes[8 + i] = static_cast<uint8_t>(tail >> (56 - 8 * i));
  id.bytes[8] = static_cast<uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

}  // namespace gatehouse
