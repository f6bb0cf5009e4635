// The literals at which finders are called: one table for all of them, made when this is compiled.
#pragma once

#include <cstring>

#include "base/bytes.h"
#include "detect/finder.h"

namespace gatehouse::detect {

/// kHead is how many bytes of a literal the cheap pass compares.
inline constexpr size_t kHead = 6;

/// fold makes ASCII letters, and those of U+00C0 to U+00DE, lower case; other bytes may change, always in the same way.
constexpr uint8_t fold(char c) { return static_cast<uint8_t>(c) | 0x20; }

/// symbol_of is the byte as the wide pass sees it: one of 64 symbols, the same for bytes of which fold() makes the same but for
/// the top bit.
inline constexpr size_t kSymbols = 64;
constexpr size_t symbol_of(char c) { return (static_cast<uint8_t>(c) & 0x1f) | (static_cast<uint8_t>(c) & 0x40) >> 1; }

/// HeadTables say which bytes may stand at each place of a literal's head: a byte passes for the literals of a bucket
/// when its bit is set. low and high: by the halves of the folded byte, both of which must pass, for eight buckets. wide: by its
/// symbol, for eight buckets in each of two banks; those of kBeyond in the second bank are of literals whose first byte is not
/// ASCII, all others of such as begin with ASCII.
struct HeadTables {
  static constexpr size_t kBanks = 2;
  static constexpr uint8_t kBeyond = 0xc0;
  uint8_t wide[kBanks][kHead][kSymbols];
  uint8_t low[kHead][16];
  uint8_t high[kHead][16];
};
extern const HeadTables& kHeads;

/// Heads is what literals begin with, as fold() makes it: those of six bytes or more by six, shorter ones by three. 0: none
/// begins so, else the first of a list.
struct Heads {
  static constexpr size_t kBits = 11;
  uint8_t three[1 << kBits], six[1 << kBits];

  static constexpr uint64_t kFold = 0x2020202020202020;  // fold() of eight bytes
  static size_t slot_of_three(uint64_t begin) { return static_cast<uint32_t>(begin << 8) * 2654435761u >> (32 - kBits); }
  static size_t slot_of_six(uint64_t begin) { return (begin << 16) * 0x9e3779b97f4a7c15u >> (64 - kBits); }
};
extern const Heads& kLiteralHeads;

/// each_literal calls fn(row) for every row of kFinders that has a literal at bytes[at], whole. Eight bytes behind the last one
/// are readable.
void each_literal(ByteView bytes, size_t at, uint8_t first, void (*fn)(void* of, size_t row), void* of);
template <typename Fn>
void each_literal(ByteView bytes, size_t at, Fn&& fn) {
  uint64_t begin = 0;
  std::memcpy(&begin, bytes.data() + at, 8);
  begin |= Heads::kFold;
  const auto call = [](void* of, size_t row) { (*static_cast<std::remove_reference_t<Fn>*>(of))(row); };
  const uint8_t three = kLiteralHeads.three[Heads::slot_of_three(begin)], six = kLiteralHeads.six[Heads::slot_of_six(begin)];
  if (three != 0) each_literal(bytes, at, three, call, &fn);
  if (six != 0) each_literal(bytes, at, six, call, &fn);
}

}  // namespace gatehouse::detect
