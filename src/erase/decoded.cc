#include "erase/decoded.h"

#include <algorithm>
#include <iterator>

#include "base/ascii.h"

namespace gatehouse::erase {
namespace {

constexpr size_t kDecodedKept = 4096;   // bytes whose memory is kept from one piece to the next

}  // namespace

char* Decoded::room(size_t size) {
  text_.resize(text_.size() + size);
  return text_.data() + text_.size() - size;
}

void Decoded::release() {
  clear();
  if (text_.capacity() > kDecodedKept) std::string().swap(text_);
  if (steps_.capacity() > kDecodedKept / sizeof(Step)) std::vector<Step>().swap(steps_);
}

uint32_t Decoded::place(uint32_t decoded) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), decoded,
                                      [](uint32_t what, const Step& step) { return what < step.decoded; });
  return std::prev(after)->place + (decoded - std::prev(after)->decoded);
}

uint32_t Decoded::behind(uint32_t decoded) const {
  const auto step = std::lower_bound(steps_.begin(), steps_.end(), decoded,
                                     [](const Step& one, uint32_t what) { return one.decoded < what; });
  if (step != steps_.end() && step->decoded == decoded) return step->behind;
  return decoded == text_.size() ? end_ : place(decoded - 1) + 1;   // the last may have stood in the piece before
}

void Decoded::report(const std::vector<Erased>& found, bool numbers, std::vector<Erased>* out) const {
  for (const Erased& each : found) {
    for (uint32_t from = each.begin; from < each.end;) {   // of numbers the digits alone
      uint32_t to = each.number ? from + 1 : each.end;
      while (each.number && to < each.end && is_digit(text_[from]) && is_digit(text_[to])) ++to;
      Erased here = {place(from), behind(to), numbers && each.number, each.goes_on && from == each.begin, each.name};
      if (here.begin < here.end && (!each.number || is_digit(text_[from]))) out->push_back(std::move(here));
      from = to;
    }
  }
}

void in_order(std::vector<Erased>* runs) {
  std::stable_sort(runs->begin(), runs->end(), [](const Erased& a, const Erased& b) { return a.begin < b.begin; });
  std::vector<Erased> out;
  uint32_t covered = 0;   // up to there whole, not digits alone
  for (Erased& each : *runs) {
    const bool digits = !out.empty() && out.back().number;
    each.begin = std::max(each.begin, each.number && digits ? out.back().end : covered);
    if (each.begin >= each.end) continue;
    if (!each.number) covered = each.end;
    if (each.number || !digits || out.back().end <= each.begin) {
      out.push_back(std::move(each));
      continue;
    }
    Erased rest = out.back();   // of a run of digits there is more before and behind
    out.back().end = each.begin;
    rest.begin = std::max(rest.begin, each.end);
    if (out.back().begin >= out.back().end) out.pop_back();
    out.push_back(std::move(each));
    if (rest.begin < rest.end) out.push_back(std::move(rest));
  }
  runs->swap(out);
}

}  // namespace gatehouse::erase
