// The literals at which finders are called: one table for all of them, made when this is compiled.
#pragma once

#include "base/bytes.h"
#include "mask/finder.h"

namespace gatehouse::mask {

/// kHead is how many bytes of a literal the cheap pass compares.
inline constexpr size_t kHead = 6;

/// fold makes ASCII letters, and those of U+00C0 to U+00DE, lower case; other bytes may change, always in the same way.
constexpr uint8_t fold(char c) { return static_cast<uint8_t>(c) | 0x20; }

/// HeadTables say which bytes may stand at each place of a literal's head: a byte passes for the literals of a bucket
/// when its bit is set. seven: by the low seven bits of the byte; low and high: by the halves of the folded one, both of which
/// must pass.
struct HeadTables {
  uint8_t seven[kHead][128];
  uint8_t low[kHead][16];
  uint8_t high[kHead][16];
};
extern const HeadTables& kHeads;

/// rows_behind tells which rows have a literal that begins with this byte.
extern const Rows* const kRowsBehind;
inline Rows rows_behind(char c) { return kRowsBehind[fold(c)]; }

/// each_literal calls fn(row) for every row of kFinders that has a literal at bytes[at], whole. Eight bytes behind the last one
/// are readable.
void each_literal(ByteView bytes, size_t at, void (*fn)(void* of, size_t row), void* of);
template <typename Fn>
void each_literal(ByteView bytes, size_t at, Fn&& fn) {
  each_literal(bytes, at, [](void* of, size_t row) { (*static_cast<std::remove_reference_t<Fn>*>(of))(row); }, &fn);
}

}  // namespace gatehouse::mask
