// Secrets whose names are values: {"name": "password", "value": "…"}, and the two halves of a key called key and secret.
#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "base/ascii.h"
#include "erase/words.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace gatehouse::erase {
namespace {

constexpr size_t kBetweenMax = 1024;   // bytes of other members between the two of a pair
constexpr size_t kHalfMax = 256;       // of a string that may be a half, where a piece ends before the other one
constexpr size_t kKeyMax = 8192;       // of one that is no text
constexpr size_t kTextSign = 16;       // in so many bytes a text has a blank, an escape, or a byte beyond ASCII; a key has not

bool is_opening(char c) { return (c | 0x20) == '{'; }   // '[', too
bool is_closing(char c) { return (c | 0x20) == '}'; }

struct Braces {
  int64_t opening = 0, closing = 0;
};

Braces count_braces(ByteView run) {
  Braces braces;
  size_t at = 0;
#if defined(__SSE2__)
  const __m128i open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}'), lower_case = _mm_set1_epi8(0x20);
  const auto bits = [](__m128i found) { return static_cast<uint32_t>(_mm_movemask_epi8(found)); };
  for (; run.size() - at >= sizeof open; at += sizeof open) {
    const __m128i here = _mm_or_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(run.data() + at)), lower_case);
    for (uint32_t each = bits(_mm_cmpeq_epi8(here, open)); each != 0; each &= each - 1) ++braces.opening;
    for (uint32_t each = bits(_mm_cmpeq_epi8(here, close)); each != 0; each &= each - 1) ++braces.closing;
  }
#endif
  for (; at < run.size(); ++at) braces.opening += is_opening(run[at]), braces.closing += is_closing(run[at]);
  return braces;
}

/// has_mark: whether one stands in piece[from, from + size); short texts are looked at with what follows, which is faster.
bool has_mark(ByteView piece, size_t from, size_t size) {
  const Marks marks = next_marks(piece.substr(0, from + std::max(size, kMarksMax)), from, '\0');
  return marks.bits != 0 && marks.begin + static_cast<size_t>(std::countr_zero(marks.bits)) < from + size;
}

/// may_be_half: a text of some length in a language is no secret.
bool may_be_half(ByteView value) {
  if (value.size() <= kHalfMax || value.size() > kKeyMax) return value.size() <= kHalfMax;
  const auto signs = std::count_if(value.begin(), value.end(), [](char c) { return c == ' ' || c == '\\' || c < 0; });
  return static_cast<size_t>(signs) * kTextSign < value.size();
}

}  // namespace

/// begins_pair: whether a member of this name is one of a pair, so that its value is looked at.
bool Eraser::begins_pair(ByteView name) {
  watch_ = Watch::none;
  const bool key = same_word(name, "key");
  if (level_ == kSlashesMax) return false;   // deeper strings cannot be told from each other
  if (!key && !same_word(name, "name") && !same_word(name, "value")) return false;
  if (pair_.level != level_ || pair_.depth != 0) pair_ = {};
  pair_.level = level_;
  if (same_word(name, "value")) {
    if (!pair_.name.empty()) name_ = pair_.name, numbers_ = pair_.numbers;
    else watch_ = Watch::value;
  } else {
    if (key && pair_.secret) name_ = "key", numbers_ = false;
    else watch_ = key ? Watch::key : Watch::name;
  }
  state_ = State::value;
  slashes_ = 0;
  begun_ = false;
  return true;
}

/// other_half: a string called secret begins, and what is called key beside it is the other half of it.
void Eraser::other_half() {
  if (pair_.level != level_ || pair_.depth != 0) pair_ = {};
  if (pair_.before == Watch::key) take_back(&pair_, "key");
  pair_.level = level_;
  pair_.left = kBetweenMax;
  pair_.secret = true;
}

/// take_back erases what was passed in this piece, before it was known to be meant.
void Eraser::take_back(Pair* pair, ByteView name) {
  pair->before = Watch::none;
  cover({pair->begin, pair->end, false, false, std::string(name)});
}

/// cover adds a run in place of what was found in it.
void Eraser::cover(Erased run) {
  if (run.begin >= run.end) return;
  auto first = found_.end();
  while (first != found_.begin() && std::prev(first)->end > run.begin) --first;
  if (first != found_.end() && first->begin < run.begin) {
    run.begin = first->begin;   // all of it is erased
    run.goes_on = first->goes_on;
  }
  auto behind = first;
  for (; behind != found_.end() && behind->begin < run.end; ++behind) run.end = std::max(run.end, behind->end);
  if (first == behind) return void(found_.insert(first, std::move(run)));
  *first = std::move(run);
  found_.erase(std::next(first), behind);
}

/// hide_half erases what may be half of a pair when the piece is over: it cannot be taken back later.
void Eraser::hide_half(size_t size) {
  const auto hide = [this](Pair* pair) {
    if (pair->before == Watch::none || last_ || pair->begin > pair->end) return;
    const ByteView name = pair->before == Watch::key ? "key" : "value";
    if (may_be_half({place_ + pair->begin, pair->end - pair->begin})) take_back(pair, name);
  };
  hide(&pair_);
  if (!label_.open) return;
  if (label_.half.watch != Watch::name) {
    label_.outer.before = label_.half.watch;
    label_.outer.begin = static_cast<uint32_t>(label_.half.begin), label_.outer.end = static_cast<uint32_t>(size);
  }
  hide(&label_.outer);
}

/// string_end is where the quote stands that ends a string at this level; npos where it does not in this piece.
size_t Eraser::string_end(ByteView piece, size_t from, uint64_t level) const {
  size_t end = piece.find('"', from);
  for (; end != ByteView::npos; end = piece.find('"', end + 1)) {
    uint64_t slashes = 0;
    while (slashes < tail_.size() + end && at(end, slashes + 1) == '\\') ++slashes;
    if (slashes < level || slashes % (2 * (level + 1)) == level) break;
  }
  return end;
}

/// label is the string that may be a name, or may turn out to have one behind it. What is in it is looked at, too, as a text of its
/// own: pairs in it are none of the object's.
size_t Eraser::label(ByteView piece, size_t from) {
  Pair* const pair = label_.open ? &label_.outer : &pair_;
  const size_t end = string_end(piece, from, pair->level);
  const size_t line = form_ == BodyForm::json ? ByteView::npos : piece.substr(0, end).find('\n', from);
  const ByteView run = piece.substr(from, std::min({line, end, piece.size()}) - from);
  if (label_.half.watch != Watch::value && label_.text.size() <= kErasedNameMax)
    label_.text.append(run.substr(0, kErasedNameMax + 1));
  const bool over = run.size() < piece.size() - from;
  if (over && line == ByteView::npos) {
    label_.half.end = end;
    judge_label(pair, label_.half, label_.text);
  }
  if (over && !label_.open && !has_mark(piece, from, run.size())) return from + run.size() + (line == ByteView::npos ? 1 : 0);
  if (!label_.open) label_.outer = std::exchange(pair_, {});
  label_.open = true;
  label_.end = over ? from + run.size() : SIZE_MAX;
  return from;
}

/// inner_label is a string of a pair within that of another one. Where the end of a piece cuts it, a name is taken for a secret's.
void Eraser::inner_label(ByteView piece, size_t from) {
  const ByteView text = piece.substr(0, std::min(label_.end, from + kKeyMax));
  if (from > text.size()) return;   // a name's colon was the last of the outer one
  const size_t end = string_end(text, from, pair_.level);
  const Half half = {watch_, from, std::min(end, text.size())};
  if (end == ByteView::npos && text.size() == piece.size() && watch_ == Watch::name && !last_) {
    pair_.left = kBetweenMax;
    pair_.name = "name";
    pair_.numbers = false;
    return;
  }
  judge_label(&pair_, half, text.substr(from, std::min(half.end - from, kErasedNameMax + 1)));
}

/// judge_label: what half a pair's string is to it.
void Eraser::judge_label(Pair* pair, const Half& half, ByteView text) {
  while (!text.empty() && text.back() == '\\') text.remove_suffix(1);   // those of the quote
  const Named is = half.watch == Watch::value || text.size() > kErasedNameMax ? Named::none : named_secret(plan_, text);
  pair->left = kBetweenMax;
  if (is != Named::none) {
    if (pair->before == Watch::value) take_back(pair, text);
    pair->name = text;
    pair->numbers = is == Named::password;
    return;
  }
  if (half.watch != Watch::value) pair->name.clear();
  if (half.watch == Watch::name) return;
  pair->before = half.watch;
  pair->begin = static_cast<uint32_t>(half.begin);
  pair->end = static_cast<uint32_t>(half.end - std::min<uint64_t>(pair->level, half.end - half.begin));
}

/// leave_label: what follows is the object's again.
void Eraser::leave_label() {
  pair_ = std::exchange(label_.outer, {});
  label_.open = false;
}

/// pass_over tells where the object ends that has one half of a pair.
void Eraser::pass_over(ByteView bytes) {
  if (pair_.left == 0) return;
  const ByteView run = bytes.substr(0, pair_.left);
  const Braces braces = count_braces(run);   // all at once: most often nothing can end it
  if (braces.closing > pair_.depth) {
    for (const char c : run) {
      pair_.depth += is_opening(c) ? 1 : is_closing(c) ? -1 : 0;
      if (pair_.depth < 0) return void(pair_ = {});
    }
  } else {
    pair_.depth += braces.opening - braces.closing;
  }
  if (bytes.size() >= pair_.left) pair_ = {};
  else pair_.left -= bytes.size();
}

}  // namespace gatehouse::erase
