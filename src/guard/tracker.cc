#include "guard/tracker.h"

namespace gatehouse::guard {

/// Makes the row of the value that begins; false when no pointer can match it or anything inside.
bool Tracker::step() {
  if (depth_ == 0) return true;
  Frame& frame = frames_[depth_ - 1];
  if (frame.kind == json::Kind::array) {
    if (frame.alive) frame.inside = automaton_->element(row(depth_ - 1), frame.next, row(depth_));
    ++frame.next;
  }
  return frame.inside;
}

void Tracker::open(json::Kind kind) {
  if (automaton_ == nullptr) return;
  const bool alive = step();
  frames_[depth_++] = {kind, alive, false, 0};
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
  if (frame.alive) frame.inside = automaton_->key(row(depth_ - 1), automaton_->symbol(text), row(depth_));
}

}  // namespace gatehouse::guard
