#include "guard/tracker.h"

#include <cstring>

namespace gatehouse::guard {
namespace {

constexpr size_t kNameMax = 256;   // a longer key is no name that a pointer has

/// Whether a letter that is not small stands in a name, or a byte beyond ASCII; eight readable bytes behind it.
bool may_be_lowered(ByteView name) {
  constexpr uint64_t kEach = 0x0101010101010101, kHigh = 0x80 * kEach;
  uint64_t any = 0;
  for (size_t i = 0; i < name.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, name.data() + i, sizeof word);
    if (name.size() - i < 8) word &= (uint64_t{1} << 8 * (name.size() - i)) - 1;
    // Of bytes below 0x80, bit 7 of (byte + 0x80 - n) tells byte >= n, and nothing is carried over.
    const uint64_t seven = word & ~kHigh;
    any |= word | ((seven + (0x80 - 'A') * kEach) & ~(seven + (0x80 - '[') * kEach));
  }
  return (any & kHigh) != 0;
}

/// Letters beyond ASCII that readers of names in any case take for one of ASCII: Go for s and k, Java for i.
struct Twin {
  ByteView text;
  char letter;
};
constexpr Twin kTwins[] = {{"\xC5\xBF", 's'}, {"\xE2\x84\xAA", 'k'}, {"\xC4\xB0", 'i'}, {"\xC4\xB1", 'i'}};

/// Writes a name in lower case, at most as long; its length.
size_t lower(ByteView text, char* out) {
  const char* const begin = out;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const Twin* twin = nullptr;
    if (static_cast<uint8_t>(c) >= 0x80)
      for (const Twin& each : kTwins)
        if (text.substr(i).starts_with(each.text)) twin = &each;
    *out++ = twin != nullptr ? twin->letter : c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    i += twin != nullptr ? twin->text.size() : 1;
  }
  return static_cast<size_t>(out - begin);
}

}  // namespace

void Tracker::element(Frame& frame) {
  if (frame.alive) frame.inside = automaton_->element(row(depth_ - 1), frame.next, row(depth_));
  ++frame.next;
}

void Tracker::open(json::Kind kind) {
  if (automaton_ == nullptr) return;
  const bool alive = step();
  frames_[depth_++] = {kind, alive, false, 0};
}

void Tracker::keep() {
  if (automaton_ == nullptr || !step()) return;
  const bool fresh = kept_.size() == 0;
  if (fresh) kept_.resize(words_);
  for (size_t i = 0; i < words_; ++i) kept_[i] = (fresh ? 0 : kept_[i]) | row(depth_)[i];
}

void Tracker::join() {
  if (automaton_ == nullptr) return;
  for (size_t i = 0; i < kept_.size(); ++i) row(0)[i] |= kept_[i];
}

void Tracker::key(const json::Token& token) {
  if (automaton_ == nullptr || !frames_[depth_ - 1].alive) return;
  ByteView text = document_->raw(token);
  if (token.escape_count != 0) {
    plain_.resize(token.length + kSimdPadding);
    text = {plain_.data(), document_->text(token, plain_.data())};
  }
  key(text);
}

void Tracker::key(ByteView text) {
  if (automaton_ == nullptr) return;
  Frame& frame = frames_[depth_ - 1];
  if (!frame.alive) return;
  const json::Automaton::Symbol symbol = automaton_->symbol(text);
  frame.inside = automaton_->key(row(depth_ - 1), symbol, row(depth_));
  if (text.size() > kNameMax || !may_be_lowered(text)) return;
  small_.resize(text.size() + kSimdPadding);
  const json::Automaton::Symbol small = automaton_->symbol({small_.data(), lower(text, small_.data())});
  if (small == symbol) return;
  other_.resize(words_);
  if (!automaton_->key(row(depth_ - 1), small, other_.data())) return;
  frame.inside = true;
  for (size_t i = 0; i < words_; ++i) row(depth_)[i] |= other_[i];
}

}  // namespace gatehouse::guard
