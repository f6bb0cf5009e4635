// Secrets whose names are values: {"name": "password", "value": "…"}, and the two halves of a key called key and secret.
#include <algorithm>
#include <iterator>

#include "mask/ascii.h"
#include "mask/erase_words.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kBetweenMax = 1024;   // bytes of other members between the two of a pair
constexpr size_t kHalfMax = 256;       // of a string that may be a half, where a piece ends before the other one

}  // namespace

/// begins_pair: whether a member of this name is one of a pair, so that its value is looked at.
bool Eraser::begins_pair(ByteView name) {
  watch_ = Watch::none;
  const bool key = same_word(name, "key");
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
  if (pair_.before == Watch::key) take_back("key");
  pair_.level = level_;
  pair_.left = kBetweenMax;
  pair_.secret = true;
}

/// take_back erases what was passed in this piece, before it was known to be meant.
void Eraser::take_back(ByteView name) {
  pair_.before = Watch::none;
  if (pair_.begin >= pair_.end) return;
  auto behind = found_.end();   // few were found since
  while (behind != found_.begin() && std::prev(behind)->begin >= pair_.begin) --behind;
  found_.insert(behind, {pair_.begin, pair_.end, false, false, std::string(name)});
}

/// hide_half erases what may be half of a pair when the piece is over: it cannot be taken back later.
void Eraser::hide_half(size_t size) {
  if (state_ == State::label && watch_ != Watch::name) {
    pair_.before = watch_;
    pair_.begin = label_, pair_.end = static_cast<uint32_t>(size);
  }
  const ByteView name = pair_.before == Watch::key ? "key" : "value";
  if (pair_.before != Watch::none && !last_ && pair_.end - pair_.begin <= kHalfMax) take_back(name);
}

/// label is the string that may be a name, or may turn out to have one behind it.
size_t Eraser::label(ByteView piece, size_t from) {
  size_t end = piece.find('"', from);
  for (; end != ByteView::npos; end = piece.find('"', end + 1)) {
    uint64_t slashes = 0;
    while (slashes < tail_.size() + end && at(end, slashes + 1) == '\\') ++slashes;
    if (slashes < level_ || slashes % (2 * (level_ + 1)) == level_) break;
  }
  const size_t line = form_ == BodyForm::json ? ByteView::npos : piece.substr(0, end).find('\n', from);
  if (line != ByteView::npos) return state_ = State::seek, line;
  const ByteView run = piece.substr(from, std::min(end, piece.size()) - from);
  if (watch_ != Watch::value && line_.size() <= kErasedNameMax) line_.append(run.substr(0, kErasedNameMax + 1));
  if (end == ByteView::npos) return piece.size();
  state_ = State::seek;
  while (!line_.empty() && line_.back() == '\\') line_.pop_back();   // those of the quote
  const size_t last = end - std::min<uint64_t>(level_, end - from);
  const Named is = watch_ == Watch::value || line_.size() > kErasedNameMax ? Named::none : named_secret(plan_, line_);
  pair_.left = kBetweenMax;
  if (is != Named::none) {
    if (pair_.before == Watch::value) take_back(line_);
    pair_.name = line_;
    pair_.numbers = is == Named::password;
  } else {
    if (watch_ != Watch::value) pair_.name.clear();
    if (watch_ != Watch::name) pair_.before = watch_, pair_.begin = label_, pair_.end = static_cast<uint32_t>(last);
  }
  return end + 1;
}

/// pass_over tells where the object ends that has one half of a pair.
void Eraser::pass_over(ByteView bytes) {
  if (pair_.left == 0) return;
  const ByteView run = bytes.substr(0, pair_.left);
  const auto opens = [](char c) { return (c | 0x20) == '{'; };   // '[', too
  const auto closes = [](char c) { return (c | 0x20) == '}'; };
  int64_t closed = 0, opened = 0;
  for (const char c : run) closed += closes(c), opened += opens(c);   // all at once: most often nothing can end it
  if (closed > pair_.depth) {
    for (const char c : run) {
      pair_.depth += opens(c) ? 1 : closes(c) ? -1 : 0;
      if (pair_.depth < 0) return void(pair_ = {});
    }
  } else {
    pair_.depth += opened - closed;
  }
  if (bytes.size() >= pair_.left) pair_ = {};
  else pair_.left -= bytes.size();
}

}  // namespace gatehouse::mask
