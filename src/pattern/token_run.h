// Runs of the bytes that keys and tokens are made of. Most of a text is none: patterns whose every match is such a run, or
// stands around one, need only be looked for there (literal.h tells which do).
#pragma once

#include <bit>
#include <utility>

#include "base/bytes.h"
#include "base/room.h"

namespace gatehouse::pattern {

/// is_token: ASCII letters and digits, and - . / _ + = ~ %
constexpr bool is_token(char c) {
  const char small = static_cast<char>(c | 0x20);
  return (small >= 'a' && small <= 'z') || (c >= '-' && c <= '9') || c == '_' || c == '+' || c == '=' || c == '~' || c == '%';
}

inline constexpr size_t kTokenRun = 15;
inline constexpr size_t kValueRun = 8;

/// RunKind is a stretch of such bytes that ends before another byte or the text's end. token: kTokenRun of them at least,
/// from the first; value: kValueRun at least, from the first digit.
enum class RunKind : uint8_t { none, token, value };

/// TokenMasks is 64 bytes of a text, a bit for each.
struct TokenMasks {
  uint64_t tokens;
  uint64_t digits;
};
inline constexpr size_t kTokenBlock = 64;

/// Runs finds them block by block.
class Runs {
 public:
  /// RunKind::none has none.
  explicit Runs(RunKind kind) : value_(kind == RunKind::value), least_(value_ ? kValueRun : kTokenRun) {}

  /// take sees the block at `at` and calls on_run(from, to) for runs that end there, until it returns false.
  template <typename OnRun>
  bool take(const TokenMasks& masks, size_t at, OnRun&& on_run) {
    uint64_t tokens = masks.tokens;
    if (open_ != kNone) {
      const auto more = static_cast<size_t>(std::countr_one(tokens));
      if (more == kTokenBlock) return true;
      const size_t from = std::exchange(open_, kNone), to = at + more;
      if (to - from >= least_ && !on_run(from, to)) return false;
      tokens &= ~uint64_t{0} << more;
    }
    uint64_t begins = tokens & tokens >> 1;
    begins &= begins >> 2;
    begins &= begins >> 4;   // of eight
    begins &= value_ ? masks.digits : begins >> (kTokenRun - 8);
    while (begins != 0) {
      const auto from = static_cast<size_t>(std::countr_zero(begins));
      const size_t to = from + static_cast<size_t>(std::countr_one(tokens >> from));
      if (to == kTokenBlock) break;
      if (!on_run(at + from, at + to)) return false;
      begins &= ~uint64_t{0} << to;
    }
    const auto back = static_cast<size_t>(std::countl_one(tokens));
    if (back == 0) return true;
    const uint64_t from = value_ ? masks.digits >> (kTokenBlock - back) : 1;   // at the first digit, or at the begin
    if (from != 0) open_ = at + kTokenBlock - back + static_cast<size_t>(std::countr_zero(from));
    return true;
  }

 private:
  static_assert(kValueRun == 8 && kTokenRun > 8 && kTokenRun <= 16, "what take() shifts by");
  static constexpr size_t kNone = SIZE_MAX;
  const bool value_;
  const size_t least_;
  size_t open_ = kNone;   // where a run began that reached the last block's end
};

/// token_masks_of a text, the last one of what is left, or of nothing. Any thread.
void token_masks_of(ByteView text, Room<TokenMasks>* masks);

/// for_each_run calls on_run(from, to) for each run of a text, whose masks these are, until it returns false; then it
/// returns false. Linear.
template <typename OnRun>
bool for_each_run(const Room<TokenMasks>& masks, RunKind kind, OnRun&& on_run) {
  Runs runs(kind);
  for (size_t i = 0; i < masks.size(); ++i)
    if (!runs.take(masks[i], i * kTokenBlock, on_run)) return false;
  return true;
}

}  // namespace gatehouse::pattern
