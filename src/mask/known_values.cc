#include "mask/known_values.h"

#include <algorithm>

namespace gatehouse::mask {

void KnownValue::drop(size_t count) {
  const auto gone = static_cast<uint32_t>(count);
  cut = cut || value.begin < gone;
  named = named && !cut;
  value.begin -= std::min(value.begin, gone);
  value.end -= std::min(value.end, gone);
}

KnownValues& KnownValues::operator=(const KnownValues& other) {
  if (this != &other) std::copy(other.begin(), other.end(), values_);
  count_ = other.count_;
  return *this;
}

void KnownValues::note(const detect::Found& found, bool goes_on) {
  constexpr size_t kLongBytes = 256;   // what is looked through again begins before others
  while (count_ != 0 && values_[count_ - 1].value.begin >= found.begin) --count_;   // it was looked through again
  KnownValue value{found, goes_on};
  if (goes_on && count_ != 0 && values_[count_ - 1].value.end == found.begin) {
    value = values_[--count_];
    value.value.end = found.end;
    value.value.open_end = found.open_end;
  }
  if (value.cut || value.named || found.open_end || found.end - value.value.begin > kLongBytes) insert(count_, value);
}

void KnownValues::note_front(const KnownValue& value) {
  while (count_ != 0 && values_[count_ - 1].value.begin >= value.value.begin) --count_;
  if (count_ < kFront) insert(count_, value);
}

void KnownValues::put_front(const KnownValues& front) {
  if (front.empty()) return;
  const uint32_t end = front.values_[front.count_ - 1].value.end;
  uint32_t within = 0;
  while (within < count_ && values_[within].value.end <= end) ++within;
  erase(within);
  for (uint32_t i = front.count_; i > 0; --i) {
    const KnownValue& value = front.values_[i - 1];
    if (count_ == 0 || values_[0].value.begin >= value.value.end) insert(0, value);
  }
}

void KnownValues::drop(size_t count) {
  uint32_t gone = 0;
  while (gone < count_ && values_[gone].value.end <= count) ++gone;
  erase(gone);
  for (size_t i = 0; i < count_; ++i) values_[i].drop(count);
}

void KnownValues::move(size_t count) {
  for (size_t i = 0; i < count_; ++i) {
    values_[i].value.begin += static_cast<uint32_t>(count);
    values_[i].value.end += static_cast<uint32_t>(count);
  }
}

KnownValue KnownValues::last_long() const {
  uint32_t at = count_;
  while (at > 0 && values_[at - 1].named) --at;
  return at == 0 ? KnownValue{} : values_[at - 1];
}

void KnownValues::erase(uint32_t count) {
  std::copy(values_ + count, values_ + count_, values_);
  count_ -= count;
}

/// When there is no room the first goes.
void KnownValues::insert(uint32_t at, const KnownValue& value) {
  if (count_ == kMost) {
    erase(1);
    at -= at != 0;
  }
  std::copy_backward(values_ + at, values_ + count_, values_ + count_ + 1);
  values_[at] = value;
  ++count_;
}

}  // namespace gatehouse::mask
