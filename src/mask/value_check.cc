#include "mask/value_check.h"

#include <cstring>

#include "mask/asked.h"
#include "mask/letters.h"

namespace gatehouse::mask {
namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  return is_hex_letter(c) ? (c | 0x20) - 'a' + 10 : -1;
}

}  // namespace

bool ValueCheck::look(const Wanted& wanted, ByteView name, ByteView text) {
  text_.clear();
  text_.append(text.data(), text.size());
  text_.reserve(kSimdPadding);
  std::memset(text_.data() + text_.size(), 0, kSimdPadding);
  detect({.bytes = {text_.data(), text_.size()}, .field = name}, wanted, &found_);
  return !found_.empty();
}

bool ValueCheck::finds(const Plan& plan, Selection masks, ByteView name, ByteView value) {
  Asked asked;
  asked.start(plan.state(), masks & plan.state().every);
  const Wanted& wanted = asked.wanted;
  if (!wanted.any() || value.empty()) return false;
  if (look(wanted, name, value)) return true;
  if (value.find('%') == ByteView::npos) return false;
  std::string plain;
  for (size_t i = 0; i < value.size(); ++i) {
    const bool escape = value[i] == '%' && i + 2 < value.size() && hex_digit(value[i + 1]) >= 0 && hex_digit(value[i + 2]) >= 0;
    plain += escape ? static_cast<char>(hex_digit(value[i + 1]) * 16 + hex_digit(value[i + 2])) : value[i];
    if (escape) i += 2;
  }
  return look(wanted, name, plain);
}

}  // namespace gatehouse::mask
