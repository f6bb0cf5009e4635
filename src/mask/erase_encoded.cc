#include "mask/erase_encoded.h"

#include <algorithm>

#include "mask/erase_words.h"

namespace gatehouse::mask {
void Eraser::Encoded::start(const ErasePlan* plan, bool form) {
  text_.start(plan, BodyForm::text);
  form_ = form;
  cut_.clear();
}

/// decode fills decoded_ and places_; what an escape's beginning at the end of the piece is waits in cut_.
void Eraser::Encoded::decode(ByteView piece, bool last) {
  const size_t before = cut_.size();
  if (before != 0) joint_.assign(cut_).append(piece);   // of the piece before
  const ByteView text = before != 0 ? ByteView(joint_) : piece;
  decoded_.resize(text.size());
  places_.resize(text.size() + 1);
  size_t size = 0, at = 0;
  for (; at < text.size(); ++at, ++size) {
    const char c = text[at];
    places_[size] = static_cast<uint32_t>(at - std::min(at, before));
    decoded_[size] = c == '&' ? '\n' : c == '+' && form_ ? ' ' : c;
    if (c != '%') continue;
    const size_t left = text.size() - at - 1;
    const int high = left > 0 ? hex_value(text[at + 1]) : 0, low = left > 1 ? hex_value(text[at + 2]) : 0;
    if (high < 0 || low < 0 || (left < 2 && last)) continue;   // none
    if (left < 2) break;
    decoded_[size] = static_cast<char>(high * 16 + low);
    at += 2;
  }
  cut_ = text.substr(at);
  decoded_.resize(size);
  places_.resize(size + 1);
  places_[size] = static_cast<uint32_t>(at - std::min(at, before));
}

void Eraser::Encoded::find(ByteView piece, bool last, std::vector<Erased>* out) {
  decode(piece, last);
  const size_t own = out->size();
  for (const Erased& each : text_.find(decoded_, last)) {
    for (uint32_t from = each.begin; from < each.end;) {   // of numbers the digits alone
      uint32_t to = each.number ? from + 1 : each.end;
      while (each.number && to < each.end && is_digit(decoded_[from]) && is_digit(decoded_[to])) ++to;
      Erased here = {places_[from], places_[to], false, each.goes_on && from == each.begin, each.name};
      if (here.begin < here.end && (!each.number || is_digit(decoded_[from]))) out->push_back(std::move(here));
      from = to;
    }
  }
  // An escape that the end of the piece cuts is what it is cut out of.
  if (places_.back() < piece.size() && text_.state_ != State::seek && !text_.name_.empty())
    out->push_back({places_.back(), static_cast<uint32_t>(piece.size()), false, true, text_.name_});
  if (own == 0 || own == out->size()) return;
  std::stable_sort(out->begin(), out->end(), [](const Erased& a, const Erased& b) { return a.begin < b.begin; });
  uint32_t end = 0;
  for (Erased& each : *out) {
    each.begin = std::max(each.begin, end);
    end = std::max(end, each.end);
  }
  std::erase_if(*out, [](const Erased& each) { return each.begin >= each.end; });
}

}  // namespace gatehouse::mask
