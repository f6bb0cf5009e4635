#include "mask/json_text.h"

#include "json/escape.h"

namespace gatehouse::mask {

static_assert(kSimdPadding >= json::kCopySlack);

Piece read_json(const char* bytes, size_t begin, size_t end, const uint32_t* escapes, size_t count, uint64_t base,
                Room<char>* plain, Room<Bend>* bends) {
  if (count == 0) return {{bytes + begin, end - begin}, base + begin, nullptr, 0};
  plain->clear();
  plain->resize(end - begin + kSimdPadding);
  bends->clear();
  bends->resize(count);
  char* const text = plain->data();
  char* to = text;
  size_t from = begin;
  for (size_t i = 0; i < count; ++i) {
    const size_t at = escapes[i];
    json::copy_bytes(to, bytes + from, at - from);
    to += at - from;
    const auto length = static_cast<uint32_t>(json::escape_length(bytes + at)),
               made = static_cast<uint32_t>(json::decode_escape(bytes + at, to));
    (*bends)[i] = {static_cast<uint32_t>(to - text), made, length};
    to += made;
    from = at + length;
  }
  json::copy_bytes(to, bytes + from, end - from);
  to += end - from;
  return {{text, static_cast<size_t>(to - text)}, base + begin, bends->data(), count};
}

}  // namespace gatehouse::mask
