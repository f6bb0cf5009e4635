#include "mask/value_check.h"

#include <cstring>

#include "base/letters.h"
#include "mask/asked.h"

namespace gatehouse::mask {
namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  return is_hex_letter(c) ? (c | 0x20) - 'a' + 10 : -1;
}

constexpr size_t kLayers = 3;   // of links within links: %2540

/// Undoes escapes where they stand; whether there were some.
bool undo_percent(Room<char>* text) {
  const ByteView value(text->data(), text->size());
  size_t size = 0;
  for (size_t i = 0; i < value.size(); ++i) {
    const bool escape = value[i] == '%' && i + 2 < value.size() && hex_digit(value[i + 1]) >= 0 && hex_digit(value[i + 2]) >= 0;
    text->data()[size++] = escape ? static_cast<char>(hex_digit(value[i + 1]) * 16 + hex_digit(value[i + 2])) : value[i];
    if (escape) i += 2;
  }
  const bool some = size != value.size();
  text->resize(size);
  return some;
}

}  // namespace

struct ValueCheck::State {
  Asked asked;
  Room<char> text;
  Room<detect::Found> found;

  bool look(ByteView name) {
    text.reserve(kSimdPadding);
    std::memset(text.data() + text.size(), 0, kSimdPadding);
    detect::detect({.bytes = {text.data(), text.size()}, .field = name}, asked.wanted, &found);
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
  for (size_t layer = 0; layer < kLayers && undo_percent(&state.text); ++layer)
    if (state.look(name)) return true;
  return false;
}

}  // namespace gatehouse::mask
