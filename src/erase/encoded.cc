#include "erase/encoded.h"

#include <algorithm>

#include "erase/words.h"

namespace gatehouse::erase {

void Eraser::Encoded::start(const ErasePlan* plan, bool form) {
  text_.start(plan, BodyForm::text);
  form_ = form;
  cut_.clear();
}

/// copy adds bytes that stand for themselves, but for what sets fields and words apart.
void Eraser::Encoded::copy(ByteView run) {
  char* const to = decoded_.room(run.size());
  const char plus = form_ ? ' ' : '+';
  for (size_t i = 0; i < run.size(); ++i) to[i] = run[i] == '&' ? '\n' : run[i] == '+' ? plus : run[i];
}

/// decode fills decoded_; what an escape's beginning at the end of the piece is waits in cut_.
void Eraser::Encoded::decode(ByteView piece, bool last) {
  const size_t before = cut_.size();
  if (before != 0) joint_.assign(cut_).append(piece);   // of the piece before
  const ByteView text = before != 0 ? ByteView(joint_) : piece;
  const auto place = [before](size_t at) { return static_cast<uint32_t>(at - std::min(at, before)); };
  const auto step = [this, &place](size_t at) { decoded_.stands(place(at)); };
  decoded_.clear();
  step(0);
  size_t at = 0;
  while (at < text.size()) {
    const size_t percent = std::min(text.find('%', at), text.size());
    copy(text.substr(at, percent - at));
    at = percent;
    if (at == text.size()) break;
    const size_t left = text.size() - at - 1;
    const int high = left > 0 ? hex_value(text[at + 1]) : 0, low = left > 1 ? hex_value(text[at + 2]) : 0;
    if (high < 0 || low < 0 || (left < 2 && last)) {   // none
      decoded_.add('%');
      ++at;
      for (; at < before; ++at) step(at), copy(text.substr(at, 1));   // each of the piece before stands where this one begins
      if (before != 0) step(at);
      continue;
    }
    if (left < 2) break;
    decoded_.add(static_cast<char>(high * 16 + low));
    at += 3;
    step(at);
  }
  cut_ = text.substr(at);
  decoded_.ends(place(at));
}

void Eraser::Encoded::find(ByteView piece, bool last, std::vector<Erased>* out) {
  decode(piece, last);
  const size_t own = out->size();
  decoded_.report(text_.find(decoded_.text(), last), false, out);
  // An escape that the end of the piece cuts is what it is cut out of.
  const bool element = text_.element_.left != 0;
  if (decoded_.end() < piece.size() && (element || (text_.state_ != State::seek && !text_.name_.empty())))
    out->push_back({decoded_.end(), static_cast<uint32_t>(piece.size()), false, true, element ? text_.element_.name : text_.name_});
  if (own != 0 && own != out->size()) in_order(out);
}

}  // namespace gatehouse::erase
