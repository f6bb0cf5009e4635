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
}

void Place::step(uint32_t i) {
  switch (document_->bytes()[document_->index().positions()[i]]) {
    case '{':
      frames_[depth_++] = {Kind::object, 0};
      key_next_ = true;
      break;
    case '[':
      frames_[depth_++] = {Kind::array, 0};
      key_next_ = false;
      break;
    case '}':
    case ']':
      --depth_;
      key_next_ = false;
      break;
    case ',':
      key_next_ = frames_[depth_ - 1].kind == Kind::object;
      if (!key_next_) ++frames_[depth_ - 1].number;
      break;
    case '"':
      if (key_next_) frames_[depth_ - 1].number = i;
      key_next_ = false;
      break;
    default:
      break;  // a colon, a number, a literal: the path stays
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
  if (token_index + 1 < next_) start(*document_);  // asked out of order: over again
  while (next_ <= token_index) step(next_++);
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
