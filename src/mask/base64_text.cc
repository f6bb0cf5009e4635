#include "mask/base64_text.h"

#include <array>
#include <cstring>

#include "base/limits.h"

namespace gatehouse::mask {
namespace {

constexpr uint8_t kSpace = 64, kPad = 65, kOther = 0xff;

constexpr std::array<uint8_t, 256> make_values() {
  std::array<uint8_t, 256> values{};
  values.fill(kOther);
  for (int i = 0; i < 26; ++i) {
    values[static_cast<size_t>('A' + i)] = static_cast<uint8_t>(i);
    values[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(26 + i);
  }
  for (int i = 0; i < 10; ++i) values[static_cast<size_t>('0' + i)] = static_cast<uint8_t>(52 + i);
  values['+'] = values['-'] = 62;
  values['/'] = values['_'] = 63;
  values['='] = kPad;
  for (const char c : {' ', '\t', '\r', '\n'}) values[static_cast<size_t>(c)] = kSpace;
  return values;
}
constexpr std::array<uint8_t, 256> kValues = make_values();

uint8_t value_of(char c) { return kValues[static_cast<uint8_t>(c)]; }

constexpr char kStandard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrl[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Lines as their first end shows them.
void read_lines(ByteView text, Base64Form* form) {
  const size_t lf = text.find('\n');
  if (lf == ByteView::npos) return;
  form->crlf = lf > 0 && text[lf - 1] == '\r';
  form->line_chars = static_cast<uint32_t>(lf - (form->crlf ? 1 : 0));
  form->last_end = text.back() == '\n';
}

}  // namespace

bool is_base64_character(char c) { return value_of(c) < 64 || c == '='; }

bool may_be_base64(ByteView text) {
  if (text.size() < kBase64Min) return false;
  size_t count = 0;
  bool padding = false;
  for (const char c : text) {
    const uint8_t value = value_of(c);
    if (value < 64) {
      if (padding) return false;
      ++count;
    } else if (value == kPad) {
      padding = true;
    } else if (value == kOther || c == ' ' || c == '\t') {
      if (value == kOther || count < kBase64Min) return false;   // words
    }
  }
  return count >= kBase64Min - 2;
}

bool read_base64(ByteView text, Base64Form* form, Room<char>* bytes) {
  *form = {};
  bytes->clear();
  bytes->resize(text.size() / 4 * 3 + 3 + kSimdPadding);
  size_t size = 0, count = 0, pads = 0;
  uint32_t bits = 0;
  for (const char c : text) {
    const uint8_t value = value_of(c);
    if (value < 64) {
      if (pads != 0) return false;
      bits = bits << 6 | value;
      form->url |= c == '-' || c == '_';
      if (++count % 4 != 0) continue;
      char* to = bytes->data() + size;
      to[0] = static_cast<char>(bits >> 16);
      to[1] = static_cast<char>(bits >> 8);
      to[2] = static_cast<char>(bits);
      size += 3;
      bits = 0;
    } else if (value == kPad) {
      ++pads;
    } else if (value == kOther) {
      return false;
    }
  }
  if (count % 4 >= 2) (*bytes)[size++] = static_cast<char>(bits >> (count % 4 == 2 ? 4 : 10));
  if (count % 4 == 3) (*bytes)[size++] = static_cast<char>(bits >> 2);
  std::memset(bytes->data() + size, 0, kSimdPadding);
  bytes->resize(size);
  form->padded = pads != 0 || (count % 4 == 0 && !form->url);
  read_lines(text, form);
  Room<char> again;
  write_base64({bytes->data(), size}, *form, &again);
  form->exact = ByteView(again.data(), again.size()) == text;
  return count >= kBase64Min - 2;
}

void write_base64(ByteView bytes, const Base64Form& form, Room<char>* out) {
  const char* alphabet = form.url ? kUrl : kStandard;
  const size_t chars = (bytes.size() + 2) / 3 * 4;
  out->reserve(chars + (form.line_chars == 0 ? 0 : chars / form.line_chars * 2) + 4);
  size_t column = 0;
  const auto end_line = [&] { out->append(form.crlf ? "\r\n" : "\n", form.crlf ? 2 : 1); };
  const auto put = [&](char c) {
    if (form.line_chars != 0 && column == form.line_chars) {
      end_line();
      column = 0;
    }
    out->push(c);
    ++column;
  };
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t left = bytes.size() - at < 3 ? bytes.size() - at : 3;
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < left ? static_cast<uint8_t>(bytes[at + i]) : 0U);
    for (size_t i = 0; i < left + 1; ++i) put(alphabet[bits >> (18 - 6 * i) & 63]);
    for (size_t i = left + 1; i < 4 && form.padded; ++i) put('=');
  }
  if (form.last_end && column != 0) end_line();
}

}  // namespace gatehouse::mask
