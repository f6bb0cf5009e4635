#include "erase/encoded.h"

#include <algorithm>
#include <iterator>

#include "erase/words.h"

namespace gatehouse::erase {
void Eraser::Encoded::start(const ErasePlan* plan, bool form) {
  text_.start(plan, BodyForm::text);
  form_ = form;
  cut_.clear();
}

/// copy adds bytes that stand for themselves, but for what sets fields and words apart.
void Eraser::Encoded::copy(ByteView run) {
  const size_t size = decoded_.size();
  decoded_.resize(size + run.size());
  char* to = decoded_.data() + size;
  const char plus = form_ ? ' ' : '+';
  for (size_t i = 0; i < run.size(); ++i) to[i] = run[i] == '&' ? '\n' : run[i] == '+' ? plus : run[i];
}

/// place is where the byte stands in the piece; behind the last one: where it ended.
uint32_t Eraser::Encoded::place(uint32_t decoded) const {
  if (decoded == decoded_.size()) return end_;
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), decoded,
                                      [](uint32_t what, const Step& step) { return what < step.decoded; });
  return std::prev(after)->place + (decoded - std::prev(after)->decoded);
}

/// decode fills decoded_ and steps_; what an escape's beginning at the end of the piece is waits in cut_.
void Eraser::Encoded::decode(ByteView piece, bool last) {
  const size_t before = cut_.size();
  if (before != 0) joint_.assign(cut_).append(piece);   // of the piece before
  const ByteView text = before != 0 ? ByteView(joint_) : piece;
  const auto place = [before](size_t at) { return static_cast<uint32_t>(at - std::min(at, before)); };
  const auto step = [this, &place](size_t at) { steps_.push_back({static_cast<uint32_t>(decoded_.size()), place(at)}); };
  decoded_.clear(), steps_.clear();
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
      decoded_ += '%';
      ++at;
      for (; at < before; ++at) step(at), copy(text.substr(at, 1));   // each of the piece before stands where this one begins
      if (before != 0) step(at);
      continue;
    }
    if (left < 2) break;
    decoded_ += static_cast<char>(high * 16 + low);
    at += 3;
    step(at);
  }
  cut_ = text.substr(at);
  end_ = place(at);
}

void Eraser::Encoded::find(ByteView piece, bool last, std::vector<Erased>* out) {
  decode(piece, last);
  const size_t own = out->size();
  for (const Erased& each : text_.find(decoded_, last)) {
    for (uint32_t from = each.begin; from < each.end;) {   // of numbers the digits alone
      uint32_t to = each.number ? from + 1 : each.end;
      while (each.number && to < each.end && is_digit(decoded_[from]) && is_digit(decoded_[to])) ++to;
      Erased here = {place(from), place(to), false, each.goes_on && from == each.begin, each.name};
      if (here.begin < here.end && (!each.number || is_digit(decoded_[from]))) out->push_back(std::move(here));
      from = to;
    }
  }
  // An escape that the end of the piece cuts is what it is cut out of.
  const bool element = text_.element_.left != 0;
  if (end_ < piece.size() && (element || (text_.state_ != State::seek && !text_.name_.empty())))
    out->push_back({end_, static_cast<uint32_t>(piece.size()), false, true, element ? text_.element_.name : text_.name_});
  if (own == 0 || own == out->size()) return;
  std::stable_sort(out->begin(), out->end(), [](const Erased& a, const Erased& b) { return a.begin < b.begin; });
  uint32_t end = 0;
  for (Erased& each : *out) {
    each.begin = std::max(each.begin, end);
    end = std::max(end, each.end);
  }
  std::erase_if(*out, [](const Erased& each) { return each.begin >= each.end; });
}

}  // namespace gatehouse::erase
