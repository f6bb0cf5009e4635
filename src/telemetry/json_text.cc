#include "telemetry/json_text.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace gatehouse::telemetry {

namespace {

constexpr uint32_t kBroken = 0xfffd;

struct Character {
  uint32_t code = kBroken;
  size_t bytes = 1;
  bool valid = false;
};

// One character of UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing past U+10FFFF.
Character decode(ByteView text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return {};
  uint32_t code = first & (0x7f >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  const uint32_t least = bytes == 2 ? 0x80 : bytes == 3 ? 0x800 : 0x10000;
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, bytes, true};
}

// Characters that a terminal or a reader's eye may be fooled by.
bool must_escape(uint32_t code) {
  struct Range {
    uint32_t from, to;
  };
  static constexpr Range kRanges[] = {
      {0x00, 0x1f},     {0x22, 0x22},     {0x5c, 0x5c},     {0x7f, 0x9f},     {0xad, 0xad},
      {0x034f, 0x034f}, {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
      {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},
      {0xfdd0, 0xfdef}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff},
      {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
  };
  if (code > 0xffff && (code & 0xfffe) == 0xfffe) return true;
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [code](const Range& range) { return code >= range.from && code <= range.to; });
}

size_t put_unit(char* out, uint32_t unit) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out[0] = '\\';
  out[1] = 'u';
  for (int i = 0; i < 4; ++i) out[2 + i] = kDigits[unit >> (12 - 4 * i) & 0xf];
  return 6;
}

// Writes one character's JSON form; at most 12 bytes.
size_t escape(uint32_t code, char* out) {
  if (code == '"' || code == '\\') {
    out[0] = '\\';
    out[1] = static_cast<char>(code);
    return 2;
  }
  if (code == '\n' || code == '\t' || code == '\r') {
    out[0] = '\\';
    out[1] = code == '\n' ? 'n' : code == '\t' ? 't' : 'r';
    return 2;
  }
  if (code <= 0xffff) return put_unit(out, code);
  const size_t high = put_unit(out, 0xd800 + ((code - 0x10000) >> 10));
  return high + put_unit(out + high, 0xdc00 + ((code - 0x10000) & 0x3ff));
}

// <U+1F600>; at most 10 bytes.
size_t mark(uint32_t code, char* out) {
  return static_cast<size_t>(snprintf(out, 12, "<U+%04X>", static_cast<unsigned>(code)));
}

struct Form {
  bool (*plain)(char);                      // ASCII that stays as it is
  size_t (*escape)(uint32_t code, char* out);  // at most 12 bytes
};

constexpr Form kJson{[](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }, escape};
constexpr Form kDisplay{[](char c) { return c >= 0x20 && c < 0x7f; }, mark};

// Calls put(bytes) run by run: plain ASCII in one go (cut to room() where needed), the rest character by
// character. False when something did not fit.
template <const Form& kForm, typename Room, typename Put>
bool each_run(ByteView text, Room&& room, Put&& put) {
  size_t at = 0;
  while (at < text.size()) {
    size_t plain = at;
    while (plain < text.size() && kForm.plain(text[plain])) ++plain;
    if (plain > at) {
      const size_t fits = std::min(plain - at, room());
      put(text.substr(at, fits));
      at += fits;
      if (at < plain) return false;
      continue;
    }
    const Character character = decode(text.substr(at));
    char escaped[12];
    ByteView form = text.substr(at, character.bytes);
    if (!character.valid) {
      form = "\xef\xbf\xbd";
    } else if (must_escape(character.code)) {
      form = {escaped, kForm.escape(character.code, escaped)};
    }
    if (form.size() > room()) return false;
    put(form);
    at += character.bytes;
  }
  return true;
}

}  // namespace

bool append_json_text(std::string& out, ByteView text, size_t limit) {
  const size_t start = out.size();
  return each_run<kJson>(
      text, [&] { return limit - (out.size() - start); }, [&](ByteView run) { out.append(run); });
}

size_t write_json_text(ByteSpan out, ByteView text, bool* whole) {
  size_t used = 0;
  *whole = each_run<kJson>(
      text, [&] { return out.size() - used; },
      [&](ByteView run) {
        memcpy(out.data() + used, run.data(), run.size());
        used += run.size();
      });
  return used;
}

bool append_display_text(std::string& out, ByteView text, size_t limit) {
  const size_t start = out.size();
  return each_run<kDisplay>(
      text, [&] { return limit - (out.size() - start); }, [&](ByteView run) { out.append(run); });
}

}  // namespace gatehouse::telemetry
