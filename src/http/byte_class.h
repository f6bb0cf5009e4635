// Which bytes may stand where: one table for single bytes, bit masks for runs of them.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace gatehouse::http {

/// ByteClass names sets of bytes; a byte's table entry is the sum of the sets that it is in.
enum ByteClass : uint8_t {
  kToken = 1,      // tchar, RFC 9110 section 5.6.2
  kValue = 2,      // field-value byte: HTAB, SP, VCHAR, obs-text
  kGraph = 4,      // VCHAR without '#': what a request target is made of
  kDigit = 8,
  kHex = 16,
  kPath = 32,      // pchar or '/', without '%' and ';': means itself in a path
  kHost = 64,      // letter, digit, '-', '_', '.'
};

namespace byte_class_detail {

constexpr bool in(ByteView set, char c) { return set.find(c) != ByteView::npos; }

constexpr std::array<uint8_t, 256> make_table() {
  std::array<uint8_t, 256> table{};
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    const bool digit = i >= '0' && i <= '9';
    const bool alpha = (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z');
    const bool hex = digit || (i >= 'a' && i <= 'f') || (i >= 'A' && i <= 'F');
    uint8_t sets = 0;
    if (digit || alpha || in("!#$%&'*+-.^_`|~", c)) sets |= kToken;
    if (i == '\t' || (i >= 0x20 && i != 0x7f)) sets |= kValue;
    if (i > 0x20 && i < 0x7f && c != '#') sets |= kGraph;
    if (digit) sets |= kDigit;
    if (hex) sets |= kHex;
    if (digit || alpha || in("-._~!$&'()*+,=:@/", c)) sets |= kPath;
    if (digit || alpha || in("-_.", c)) sets |= kHost;
    table[static_cast<size_t>(i)] = sets;
  }
  return table;
}

}  // namespace byte_class_detail

inline constexpr std::array<uint8_t, 256> kByteClass = byte_class_detail::make_table();

constexpr bool is_in(char c, uint8_t sets) { return (kByteClass[static_cast<uint8_t>(c)] & sets) != 0; }

/// all_in says whether every byte is in one of `sets`; true for no bytes.
constexpr bool all_in(ByteView bytes, uint8_t sets) {
  for (const char c : bytes)
    if (!is_in(c, sets)) return false;
  return true;
}

/// all_token and all_value say what all_in says of kToken and kValue, sixteen bytes at a time on x86-64.
bool all_token(ByteView bytes);
bool all_value(ByteView bytes);
/// all_field says both, of a field's name and its value, in one call.
bool all_field(ByteView name, ByteView value);

/// graph_end is the first place from `at` on whose byte is not in kGraph, or the size.
size_t graph_end(ByteView bytes, size_t at);

/// trim_blanks cuts SP and HTAB at both ends (OWS, RFC 9110 section 5.6.3).
constexpr ByteView trim_blanks(ByteView bytes) {
  while (!bytes.empty() && (bytes.front() == ' ' || bytes.front() == '\t')) bytes.remove_prefix(1);
  while (!bytes.empty() && (bytes.back() == ' ' || bytes.back() == '\t')) bytes.remove_suffix(1);
  return bytes;
}

/// ByteMasks holds one bit per byte of a window: set where a run of a class ends.
struct ByteMasks {
  static constexpr size_t kBlocks = 16;
  static constexpr size_t kBytes = kBlocks * 64;

  uint64_t not_token[kBlocks];
  uint64_t not_value[kBlocks];
};

/// classify fills the masks of `bytes` (at most ByteMasks::kBytes); bits past the end are clear.
/// Reads not one byte outside of `bytes`. Uses AVX2 where the processor has it.
void classify(ByteView bytes, ByteMasks& out);

/// classify_portable is what classify does elsewhere; tests compare the two.
void classify_portable(ByteView bytes, ByteMasks& out);

/// RunFinder finds where runs end, in one direction: positions that are asked for never go back by
/// more than the current window, those of values not at all. Cheap for many short runs: bytes are classified 64 at a time, once.
class RunFinder {
 public:
  RunFinder(ByteView input, size_t at) : input_(input), base_(at), word_at_(at) {}

  /// Each returns the first position >= at that is not in the class, or input.size().
  size_t token_end(size_t at) {
    for (;;) {
      const size_t offset = at - base_;
      if (offset >= size_) {
        if (at >= input_.size()) return input_.size();
        refill(at);
        continue;
      }
      const uint64_t mask = masks_.not_token[offset / 64] >> (offset % 64);
      if (mask != 0) return at + static_cast<size_t>(__builtin_ctzll(mask));
      at = base_ + (offset / 64 + 1) * 64;
    }
  }

  /// From bit to bit: the end of a line is known before it is known where its value began, so lines are looked at side by side.
  size_t value_end(size_t at) {
    for (;;) {
      for (; word_ != 0; word_ &= word_ - 1) {
        const size_t end = word_at_ + static_cast<size_t>(__builtin_ctzll(word_));
        if (end >= at) return end;
      }
      const size_t next = size_ == 0 ? 0 : word_at_ - base_ + 64;
      if (next < size_) {
        word_at_ += 64;
        word_ = masks_.not_value[next / 64];
        continue;
      }
      const size_t behind = at > base_ + size_ ? at : base_ + size_;
      if (behind >= input_.size()) return input_.size();
      refill(behind);
    }
  }

 private:
  void refill(size_t at);

  ByteView input_;
  size_t base_;       // input position of the window's first byte
  size_t size_ = 0;   // bytes in the window
  size_t word_at_;    // input position of the word that value_end looks at
  uint64_t word_ = 0; // its ends of values that were not yet passed
  ByteMasks masks_;   // filled by refill
};

}  // namespace gatehouse::http
