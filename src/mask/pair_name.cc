#include "mask/pair_name.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "detect/detect.h"
#include "mask/element_name.h"
#include "mask/text_names.h"

namespace gatehouse::mask {

bool names_beside(ByteView text) { return text.size() > 1 && text.size() <= kNameBeside && detect::named_by_field(text) != 0; }

void PairName::begin() { state_ = State::none; }

bool PairName::holds(ByteView tag) {
  const ByteView name = element_name(tag);
  return tag.size() > 1 && tag[1] != '/' && holds_pair(name);
}

bool PairName::tag(ByteView tag) {
  const State before = state_;
  state_ = State::none;
  if (names_pair(element_name(tag))) {
    state_ = State::within;
    size_ = 0;
  } else if (before == State::within && tag.size() > 1 && tag[1] == '/') {
    state_ = State::behind;
    std::memset(name_ + size_, 0, kSimdPadding);
  }
  return before == State::behind && holds(tag) && names_beside(name());
}

void PairName::text(ByteView text) {
  if (state_ == State::none) return;
  if (state_ == State::behind) {
    if (!std::all_of(text.begin(), text.end(), is_space)) state_ = State::none;
    return;
  }
  if (size_ + text.size() > kNameBeside) {
    state_ = State::none;
    return;
  }
  std::memcpy(name_ + size_, text.data(), text.size());
  size_ += text.size();
}

}  // namespace gatehouse::mask
