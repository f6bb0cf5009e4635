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

void undo_percent(ByteView value, Room<char>* out) {
  out->clear();
  for (size_t i = 0; i < value.size(); ++i) {
    const bool escape = value[i] == '%' && i + 2 < value.size() && hex_digit(value[i + 1]) >= 0 && hex_digit(value[i + 2]) >= 0;
    out->push(escape ? static_cast<char>(hex_digit(value[i + 1]) * 16 + hex_digit(value[i + 2])) : value[i]);
    if (escape) i += 2;
  }
}

}  // namespace

struct ValueCheck::State {
  Asked asked;
  Room<char> text;
  Room<Found> found;

  bool look(ByteView name) {
    text.reserve(kSimdPadding);
    std::memset(text.data() + text.size(), 0, kSimdPadding);
    detect({.bytes = {text.data(), text.size()}, .field = name}, asked.wanted, &found);
    return !found.empty();
  }
};

ValueCheck::ValueCheck() : state_(std::make_unique<State>()) {}
ValueCheck::~ValueCheck() = default;

bool ValueCheck::prepare(const Plan& plan) { return state_->asked.prepare(plan.state()); }

bool ValueCheck::finds(const Plan& plan, Selection masks, ByteView name, ByteView value) {
  State& state = *state_;
  state.asked.start(plan.state(), masks & plan.state().every);
  if (!state.asked.wanted.any() || value.empty()) return false;
  state.text.clear();
  state.text.append(value.data(), value.size());
  if (state.look(name)) return true;
  if (value.find('%') == ByteView::npos) return false;
  undo_percent(value, &state.text);
  return state.look(name);
}

}  // namespace gatehouse::mask
