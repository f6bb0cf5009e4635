#include "json/place.h"

#include <charconv>

#include "json/escape.h"

namespace gatehouse::json {
namespace {

constexpr ByteView kCut = "\xe2\x80\xa6";

bool inside_character(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

}  // namespace

void Place::start(const Document& document) {
  document_ = &document;
  next_ = 0;
  depth_ = 0;
  key_next_ = false;
  length_ = 0;
}

/// Most tokens change nothing: colons, values, and commas between members.
inline void Place::step(uint32_t i, char c) {
  if (c == '"') {
    if (key_next_) frames_[depth_ - 1].number = i;
    key_next_ = false;
  } else if (c == ',') {
    Frame& frame = frames_[depth_ - 1];
    key_next_ = frame.kind == Kind::object;
    frame.number += key_next_ ? 0 : 1;
  } else if (c == '{' || c == '[') {
    frames_[depth_++] = {c == '{' ? Kind::object : Kind::array, 0};
    key_next_ = c == '{';
  } else if (c == '}' || c == ']') {
    --depth_;
    key_next_ = false;
  }
}

bool Place::append(char c) {
  if (length_ == kPlaceMax) return false;
  text_[length_++] = c;
  return true;
}

bool Place::append_key(uint32_t index) {
  const char* at = document_->bytes().data() + document_->index().positions()[index] + 1;
  while (*at != '"') {
    char decoded[4] = {*at};
    size_t length = 1;
    if (*at == '\\') {
      length = decode_escape(at, decoded);
      at += escape_length(at);
    } else {
      ++at;
    }
    for (size_t i = 0; i < length; ++i) {
      const char c = decoded[i];
      if (c == '~' || c == '/') {
        if (!append('~') || !append(c == '~' ? '0' : '1')) return false;
      } else if (!append(c)) {
        return false;
      }
    }
  }
  return true;
}

ByteView Place::of(uint32_t token_index) {
  if (token_index + 1 == next_ && length_ != 0) return {text_, length_};   // as before
  if (token_index + 1 < next_) start(*document_);  // asked out of order: over again
  const char* const bytes = document_->bytes().data();
  const uint32_t* const positions = document_->index().positions();
  for (; next_ <= token_index; ++next_) step(next_, bytes[positions[next_]]);
  length_ = 0;
  bool whole = true;
  for (size_t i = 0; i < depth_ && whole; ++i) {
    whole = append('/');
    if (frames_[i].kind == Kind::object) {
      whole = whole && append_key(frames_[i].number);
      continue;
    }
    char digits[12];
    const char* end = std::to_chars(digits, digits + sizeof digits, frames_[i].number).ptr;
    for (const char* at = digits; at != end && whole; ++at) whole = append(*at);
  }
  if (!whole) {
    length_ = kPlaceMax - kCut.size();
    while (length_ > 0 && inside_character(text_[length_])) --length_;
    std::memcpy(text_ + length_, kCut.data(), kCut.size());
    length_ += kCut.size();
  }
  return {text_, length_};
}

}  // namespace gatehouse::json
