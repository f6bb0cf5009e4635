#include "json/keys.h"

#include <algorithm>

#include "json/escape.h"

namespace gatehouse::json {
namespace {

constexpr size_t kPairsMax = 12;  // up to 66 comparisons of two registers beat a sort

}  // namespace

void Keys::start(ByteView document) {
  document_ = document;
  entries_.trim();
  texts_.trim();
}

void Keys::add_escaped(uint32_t begin, uint32_t end, const uint32_t* escapes, size_t count) {
  texts_.reserve(end - begin + kCopySlack);
  const auto at = static_cast<uint32_t>(texts_.size());
  char* out = texts_.data() + at;
  const size_t length = unescape(document_.data(), begin, end, escapes, count, out);
  entries_.push({prefix_of(out, length), at, static_cast<uint32_t>(length), true});
  texts_.resize(at + length);
}

bool Keys::equal(const Entry& a, const Entry& b) const {
  if (a.prefix != b.prefix || a.length != b.length) return false;
  return a.length <= 8 || std::memcmp(text(a), text(b), a.length) == 0;
}

bool Keys::less(const Entry& a, const Entry& b) const {
  if (a.length != b.length) return a.length < b.length;
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  return a.length > 8 && std::memcmp(text(a), text(b), a.length) < 0;
}

bool Keys::close(size_t mark) {
  Entry* const first = entries_.data() + mark;
  const size_t count = entries_.size() - mark;
  bool unique = true;
  if (count <= kPairsMax) {
    for (size_t i = 1; i < count; ++i)
      for (size_t j = 0; j < i; ++j) unique = unique && !equal(first[i], first[j]);
  } else {
    std::sort(first, first + count, [this](const Entry& a, const Entry& b) { return less(a, b); });
    for (size_t i = 1; i < count && unique; ++i) unique = !equal(first[i - 1], first[i]);
  }
  entries_.resize(mark);
  return unique;
}

}  // namespace gatehouse::json
