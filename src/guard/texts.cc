#include "guard/texts.h"

#include <algorithm>
#include <cstring>

#include "http/query.h"

namespace gatehouse::guard {

bool Texts::add_query(ByteView raw, Text text) {
  char* to = begin(text, raw.size());
  const auto length = http::decode_query_text(raw, to);
  end_at(length.value_or(0));
  return length.has_value();
}

void Texts::add_plain(ByteView plain, Text text) {
  char* to = begin(text, plain.size());
  if (!plain.empty()) std::memcpy(to, plain.data(), plain.size());
  end_at(plain.size());
}

void Texts::add_form(size_t which, ByteView bytes, Form form, Selection guards) {
  Text text = texts_[which];
  text.guards = guards;
  text.form = form;
  text.made_of = static_cast<uint32_t>(which);
  text.asked = false;
  add_plain(bytes, text);
}

ByteView Texts::bytes(size_t which) const {
  const size_t end = which + 1 < texts_.size() ? texts_[which + 1].begin : bytes_.size();
  return {bytes_.data() + texts_[which].begin, end - 1 - texts_[which].begin};
}

size_t Texts::which(size_t end) const {
  const Text* after = std::upper_bound(texts_.begin(), texts_.end(), end - 1,
                                       [](size_t at, const Text& text) { return at < text.begin; });
  return static_cast<size_t>(after - texts_.begin()) - 1;
}

}  // namespace gatehouse::guard
