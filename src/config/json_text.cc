#include "config/json_text.h"

#include <cstdint>
#include <cstdio>

namespace gatehouse::config {
namespace {

/// Character is one code point of UTF-8; size 0 bytes of it are never returned. Broken bytes come one
/// by one with ok == false.
struct Character {
  uint32_t code;
  size_t size;
  bool ok;
};

Character character_at(ByteView text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + size > text.size()) return {first, 1, false};
  uint32_t code = first & (0x7fU >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {first, 1, false};
    code = code << 6 | (byte(i) & 0x3fU);
  }
  const uint32_t least = size == 4 ? 0x10000 : size == 3 ? 0x800 : 0x80;
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least || code > 0x10ffff || surrogate) return {first, 1, false};
  return {code, size, true};
}

/// unseen characters steer a terminal or hide what a text says.
bool unseen(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
         (code >= 0xe0000 && code <= 0xe007f);
}

void append_code(std::string& out, const char* form, uint32_t code) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, form, code);
  out += buffer;
}

}  // namespace

void append_json(std::string& out, ByteView text) {
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (!character.ok) {
      out += "\\ufffd";
    } else if (character.code == '"' || character.code == '\\') {
      out += '\\';
      out += text[at];
    } else if (character.code == '\n') {
      out += "\\n";
    } else if (unseen(character.code) && character.code < 0x10000) {
      append_code(out, "\\u%04x", character.code);
    } else {
      out += text.substr(at, character.size);
    }
    at += character.size;
  }
  out += '"';
}

std::string printable(ByteView text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (!character.ok) {
      append_code(out, "\\x%02x", character.code);
    } else if (character.code == '\t') {
      out += ' ';
    } else if (unseen(character.code)) {
      append_code(out, "\\u{%x}", character.code);
    } else {
      out += text.substr(at, character.size);
    }
    at += character.size;
  }
  return out;
}

}  // namespace gatehouse::config
