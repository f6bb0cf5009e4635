#include "json/escape.h"

#include <array>
#include <bit>

#include "json/backslash.h"
#include "json/scan.h"

namespace gatehouse::json {
namespace {

constexpr size_t kSliceBlocks = 64;  // masks of 4 KiB at a time stay in the first cache
constexpr uint32_t kReplacement = 0xfffd;

constexpr std::array<int8_t, 256> make_hex() {
  std::array<int8_t, 256> table{};
  for (auto& value : table) value = -1;
  for (int i = 0; i < 10; ++i) table['0' + i] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) table['a' + i] = table['A' + i] = static_cast<int8_t>(10 + i);
  return table;
}
constexpr std::array<int8_t, 256> kHex = make_hex();

/// What a two-byte escape stands for; 0 = no such escape ('u' is apart).
constexpr std::array<char, 256> make_simple() {
  std::array<char, 256> table{};
  table['"'] = '"';
  table['\\'] = '\\';
  table['/'] = '/';
  table['b'] = '\b';
  table['f'] = '\f';
  table['n'] = '\n';
  table['r'] = '\r';
  table['t'] = '\t';
  return table;
}
constexpr std::array<char, 256> kSimple = make_simple();

uint8_t byte_at(const char* at) { return static_cast<uint8_t>(*at); }

/// The four hexadecimal digits after "\u"; negative when they are not.
int32_t code_unit(const char* at) {
  const int32_t a = kHex[byte_at(at + 2)], b = kHex[byte_at(at + 3)];
  const int32_t c = kHex[byte_at(at + 4)], d = kHex[byte_at(at + 5)];
  if ((a | b | c | d) < 0) return -1;
  return a << 12 | b << 8 | c << 4 | d;
}

/// The same of digits that were judged, without tables.
uint32_t judged_unit(const char* at) {
  uint32_t digits;
  std::memcpy(&digits, at + 2, sizeof digits);
  digits = (digits & 0x0f0f0f0fu) + 9 * (digits >> 6 & 0x01010101u);   // a letter's low bits count from 1
  const uint32_t pairs = digits << 4 | digits >> 8;   // in bytes 0 and 2, the first digit lowest
  return (pairs & 0xff) << 8 | (pairs >> 16 & 0xff);
}

bool is_high(int32_t unit) { return (unit & 0xfc00) == 0xd800; }
bool is_low(int32_t unit) { return (unit & 0xfc00) == 0xdc00; }

/// Whether a high surrogate's sequence is followed by a low one's.
bool is_pair(const char* at) { return at[6] == '\\' && at[7] == 'u' && is_low(code_unit(at + 6)); }

/// Length of the sequence at `at`, 0 when it is not valid. A quote is no hexadecimal digit, so that a
/// sequence never reaches past its string.
size_t judge(const char* at, bool lone_surrogates) {
  if (kSimple[byte_at(at + 1)] != 0) [[likely]] return 2;
  if (at[1] != 'u') return 0;
  const int32_t unit = code_unit(at);
  if (unit < 0) return 0;
  if (is_high(unit) && is_pair(at)) return 12;
  return lone_surrogates || (!is_high(unit) && !is_low(unit)) ? 6 : 0;
}

/// Whether two sequences \uXXXX stand at `at`, neither of them a surrogate: their eight digits are judged at once.
bool is_two_units(const char* at) {
  if (at[0] != '\\' || at[1] != 'u' || at[6] != '\\' || at[7] != 'u') return false;
  uint32_t low, high;
  std::memcpy(&low, at + 2, sizeof low);
  std::memcpy(&high, at + 8, sizeof high);
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t digits = static_cast<uint64_t>(high) << 32 | low;
  // Of bytes below 0x80, bit 7 of (byte + 0x80 - n) tells byte >= n, and nothing is carried over.
  const uint64_t seven = digits & 0x7f * kEach, small = seven | 0x20 * kEach;
  const uint64_t numbers = (seven + (0x80 - '0') * kEach) & ~(seven + (0x80 - ':') * kEach);
  const uint64_t letters = (small + (0x80 - 'a') * kEach) & ~(small + (0x80 - 'g') * kEach);
  return ((numbers | letters) & ~digits & 0x80 * kEach) == 0x80 * kEach && (judged_unit(at) & 0xf800) != 0xd800 &&
         (judged_unit(at + 6) & 0xf800) != 0xd800;
}

size_t put_utf8(uint32_t point, char* out) {
  if (point < 0x80) {
    out[0] = static_cast<char>(point);
    return 1;
  }
  if (point < 0x800) {
    out[0] = static_cast<char>(0xc0 | point >> 6);
    out[1] = static_cast<char>(0x80 | (point & 0x3f));
    return 2;
  }
  if (point < 0x10000) {
    out[0] = static_cast<char>(0xe0 | point >> 12);
    out[1] = static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out[2] = static_cast<char>(0x80 | (point & 0x3f));
    return 3;
  }
  out[0] = static_cast<char>(0xf0 | point >> 18);
  out[1] = static_cast<char>(0x80 | (point >> 12 & 0x3f));
  out[2] = static_cast<char>(0x80 | (point >> 6 & 0x3f));
  out[3] = static_cast<char>(0x80 | (point & 0x3f));
  return 4;
}

/// Length of the well-formed UTF-8 sequence at the front of text; 0 when it is not one (RFC 3629).
size_t utf8_length(ByteView text) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const auto tail = [&](size_t i, uint8_t low, uint8_t high) {
    return i < text.size() && at(i) >= low && at(i) <= high;
  };
  const uint8_t lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1, 0x80, 0xbf) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const uint8_t low = lead == 0xe0 ? 0xa0 : 0x80, high = lead == 0xed ? 0x9f : 0xbf;
    return tail(1, low, high) && tail(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const uint8_t low = lead == 0xf0 ? 0x90 : 0x80, high = lead == 0xf4 ? 0x8f : 0xbf;
    return tail(1, low, high) && tail(2, 0x80, 0xbf) && tail(3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool find_escapes(ByteView document, Room<uint32_t>* escapes, bool lone_surrogates) {
  escapes->trim();
  uint64_t masks[kSliceBlocks];
  const size_t blocks = (document.size() + 63) / 64;
  size_t skip_until = 0;  // inside a sequence already taken
  for (size_t first = 0; first < blocks; first += kSliceBlocks) {
    const size_t count = blocks - first < kSliceBlocks ? blocks - first : kSliceBlocks;
    backslash_masks(document.data() + first * 64, count, masks);
    escapes->reserve(count * 64);
    uint32_t* out = escapes->end();
    const size_t slice_end = (first + count) * 64;   // room is for what begins in it
    const size_t runs_end = slice_end < document.size() ? slice_end : document.size();
    for (size_t i = 0; i < count; ++i) {
      for (uint64_t mask = masks[i]; mask != 0; mask &= mask - 1) {
        const size_t at = (first + i) * 64 + static_cast<size_t>(std::countr_zero(mask));
        if (at < skip_until) continue;
        size_t pairs = at;
        for (; pairs + 12 <= runs_end && is_two_units(document.data() + pairs); pairs += 12) {
          *out++ = static_cast<uint32_t>(pairs);
          *out++ = static_cast<uint32_t>(pairs + 6);
        }
        if (pairs != at) {
          skip_until = pairs;
          continue;
        }
        const size_t length = judge(document.data() + at, lone_surrogates);
        // Behind the end lies padding of unknown content: what stands there is nobody's.
        if (at >= document.size()) break;
        if (length == 0 || at + length > document.size()) return false;
        *out++ = static_cast<uint32_t>(at);
        skip_until = at + length;
      }
    }
    escapes->resize(static_cast<size_t>(out - escapes->data()));
  }
  return true;
}

size_t read_escape(ByteView bytes, bool lone_surrogates) {
  if (bytes.size() < 2) return kOpenEscape;
  if (kSimple[byte_at(bytes.data() + 1)] != 0) return 2;
  if (bytes[1] != 'u') return kNoEscape;
  for (size_t i = 2; i < 6; ++i) {
    if (i == bytes.size()) return kOpenEscape;
    if (kHex[byte_at(bytes.data() + i)] < 0) return kNoEscape;
  }
  const int32_t unit = code_unit(bytes.data());
  if (is_high(unit)) {
    // What stands behind decides, and has to be there as far as it may still be a low surrogate: \uDC00 to \uDFFF.
    const auto may_be = [](size_t i, char c) {
      if (i == 6) return c == '\\';
      if (i == 7) return c == 'u';
      const int8_t digit = kHex[static_cast<uint8_t>(c)];
      return i == 8 ? digit == 0xd : i == 9 ? digit >= 0xc : digit >= 0;
    };
    for (size_t i = 6; i < 12; ++i) {
      if (i == bytes.size()) return kOpenEscape;
      if (!may_be(i, bytes[i])) return lone_surrogates ? 6 : kNoEscape;
    }
    return 12;
  }
  return lone_surrogates || !is_low(unit) ? 6 : kNoEscape;
}

size_t escape_length(const char* at) {
  if (at[1] != 'u') return 2;
  return is_high(code_unit(at)) && is_pair(at) ? 12 : 6;
}

size_t decode_escape(const char* at, char* out) {
  if (at[1] != 'u') {
    *out = kSimple[byte_at(at + 1)];
    return 1;
  }
  const auto unit = static_cast<uint32_t>(code_unit(at));
  const bool high = is_high(static_cast<int32_t>(unit));
  if (is_low(static_cast<int32_t>(unit)) || (high && !is_pair(at))) return put_utf8(kReplacement, out);
  if (!high) return put_utf8(unit, out);
  const auto low = static_cast<uint32_t>(code_unit(at + 6));
  return put_utf8(0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff)), out);
}

void copy_bytes(char* to, const char* from, size_t count) {
  size_t done = 0;
  do {  // two 16-byte moves each; the slack makes the last one safe
    std::memcpy(to + done, from + done, kCopySlack);
    done += kCopySlack;
  } while (done < count && done < 4 * kCopySlack);
  if (done < count) std::memcpy(to + done, from + done, count - done);
}

size_t unescape(const char* document, uint32_t begin, uint32_t end, const uint32_t* escapes, size_t count,
                char* out) {
  char* to = out;
  const char* from = document + begin;
  for (size_t i = 0; i < count; ++i) {
    const char* at = document + escapes[i];
    if (const auto plain = static_cast<size_t>(at - from); plain != 0) {
      copy_bytes(to, from, plain);
      to += plain;
    }
    if (at[1] != 'u') [[likely]] {
      *to++ = kSimple[byte_at(at + 1)];
      from = at + 2;
    } else if (const uint32_t unit = judged_unit(at); (unit & 0xf800) != 0xd800) {
      to += put_utf8(unit, to);
      from = at + 6;
    } else {
      to += decode_escape(at, to);
      from = at + escape_length(at);
    }
  }
  const auto plain = static_cast<size_t>(document + end - from);
  copy_bytes(to, from, plain);
  return static_cast<size_t>(to + plain - out);
}

void append_escaped(ByteView text, Room<char>* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    const char c = text[0];
    const auto byte = static_cast<uint8_t>(c);
    if (length == 0) {
      out->push('?');
    } else if (c == '"' || c == '\\') {
      out->push('\\');
      out->push(c);
    } else if (byte < 0x20 || byte == 0x7f) {
      const char escaped[6] = {'\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]};
      out->append(escaped, sizeof escaped);
    } else {
      out->append(text.data(), length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace gatehouse::json
