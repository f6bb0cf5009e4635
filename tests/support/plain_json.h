// A second, slow and simple reader of JSON, written from RFC 8259 alone: what the real one is compared with.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"

namespace gatehouse::testing {

/// Leaf is a scalar or a key: its raw bytes (quotes excluded), its text, its place.
struct Leaf {
  char kind;  // k key, s string, n number, l literal
  size_t offset;
  size_t length;
  std::string text;
  std::string place;
};

/// PlainJson reads one document, one byte after the other, by recursive descent.
class PlainJson {
 public:
  explicit PlainJson(ByteView bytes) : bytes_(bytes) {
    ok_ = utf8() && value("", 0);
    space();
    ok_ = ok_ && at_ == bytes_.size();
  }

  bool ok() const { return ok_; }
  const std::vector<Leaf>& leaves() const { return leaves_; }
  /// Containers and the kinds of scalars in order: what "the same shape" means.
  const std::string& shape() const { return shape_; }

 private:
  bool more() const { return at_ < bytes_.size(); }
  unsigned char look(size_t ahead = 0) const {
    return at_ + ahead < bytes_.size() ? static_cast<unsigned char>(bytes_[at_ + ahead]) : 0;
  }
  void space() {
    while (more() && (look() == ' ' || look() == '\t' || look() == '\n' || look() == '\r')) ++at_;
  }

  bool utf8() const {
    for (size_t i = 0; i < bytes_.size();) {
      const auto byte = [&](size_t k) -> unsigned {
        return i + k < bytes_.size() ? static_cast<unsigned char>(bytes_[i + k]) : 0u;
      };
      const unsigned lead = byte(0);
      const size_t length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0;
      if (length == 0) return false;
      unsigned point = length == 1 ? lead : lead & (0x7fu >> length);
      for (size_t k = 1; k < length; ++k) {
        if ((byte(k) & 0xc0) != 0x80) return false;
        point = point << 6 | (byte(k) & 0x3f);
      }
      static constexpr unsigned kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
      if (point < kLeast[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
      i += length;
    }
    return true;
  }

  static void put(std::string& out, unsigned point) {
    if (point < 0x80) {
      out += static_cast<char>(point);
    } else if (point < 0x800) {
      out += static_cast<char>(0xc0 | point >> 6);
      out += static_cast<char>(0x80 | (point & 63));
    } else if (point < 0x10000) {
      out += static_cast<char>(0xe0 | point >> 12);
      out += static_cast<char>(0x80 | (point >> 6 & 63));
      out += static_cast<char>(0x80 | (point & 63));
    } else {
      out += static_cast<char>(0xf0 | point >> 18);
      out += static_cast<char>(0x80 | (point >> 12 & 63));
      out += static_cast<char>(0x80 | (point >> 6 & 63));
      out += static_cast<char>(0x80 | (point & 63));
    }
  }

  bool unit(unsigned* out) {  // at the backslash of \uXXXX
    if (look() != '\\' || look(1) != 'u') return false;
    *out = 0;
    for (size_t i = 2; i < 6; ++i) {
      const unsigned char c = look(i);
      if (c >= '0' && c <= '9') *out = *out * 16 + (c - '0');
      else if (c >= 'a' && c <= 'f') *out = *out * 16 + (c - 'a' + 10u);
      else if (c >= 'A' && c <= 'F') *out = *out * 16 + (c - 'A' + 10u);
      else return false;
    }
    at_ += 6;
    return true;
  }

  bool escape(std::string& text) {
    static const std::string kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    if (const size_t which = kNames.find(static_cast<char>(look(1))); look(1) != 0 && which != std::string::npos) {
      text += kMeanings[which];
      at_ += 2;
      return true;
    }
    unsigned high, low;
    if (!unit(&high)) return false;
    if (high >= 0xdc00 && high < 0xe000) return false;
    if (high >= 0xd800 && high < 0xdc00) {
      if (!unit(&low) || low < 0xdc00 || low > 0xdfff) return false;
      high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    put(text, high);
    return true;
  }

  bool string(Leaf* leaf) {
    if (look() != '"' || !more()) return false;
    leaf->offset = ++at_;
    while (more() && look() != '"') {
      if (look() < 0x20) return false;
      if (look() == '\\') {
        if (!escape(leaf->text)) return false;
      } else {
        leaf->text += static_cast<char>(look());
        ++at_;
      }
    }
    if (!more()) return false;
    leaf->length = at_++ - leaf->offset;
    return true;
  }

  bool digits() {
    const size_t first = at_;
    while (look() >= '0' && look() <= '9') ++at_;
    return at_ > first;
  }

  bool number(Leaf* leaf) {
    leaf->offset = at_;
    if (look() == '-') ++at_;
    if (look() == '0') ++at_;
    else if (!digits()) return false;
    if (look() == '.' && (++at_, !digits())) return false;
    if (look() == 'e' || look() == 'E') {
      ++at_;
      if (look() == '+' || look() == '-') ++at_;
      if (!digits()) return false;
    }
    leaf->length = at_ - leaf->offset;
    return true;
  }

  static std::string pointer_part(const std::string& text) {
    std::string out = "/";
    for (char c : text) {
      if (c == '~') out += "~0";
      else if (c == '/') out += "~1";
      else out += c;
    }
    return out;
  }

  bool object(const std::string& place, size_t depth) {
    std::set<std::string> keys;
    shape_ += '{';
    ++at_;
    space();
    if (look() == '}') return shape_ += '}', ++at_, true;
    for (;;) {
      space();
      Leaf leaf{'k', 0, 0, "", ""};
      if (!string(&leaf) || !keys.insert(leaf.text).second) return false;
      leaf.place = place + pointer_part(leaf.text);
      leaves_.push_back(leaf);
      space();
      if (look() != ':') return false;
      ++at_;
      if (!value(leaf.place, depth)) return false;
      space();
      if (look() == '}') return shape_ += '}', ++at_, true;
      if (look() != ',') return false;
      ++at_;
    }
  }

  bool array(const std::string& place, size_t depth) {
    shape_ += '[';
    ++at_;
    space();
    if (look() == ']') return shape_ += ']', ++at_, true;
    for (size_t i = 0;; ++i) {
      if (!value(place + "/" + std::to_string(i), depth)) return false;
      space();
      if (look() == ']') return shape_ += ']', ++at_, true;
      if (look() != ',') return false;
      ++at_;
    }
  }

  bool value(const std::string& place, size_t depth) {
    space();
    if (look() == '{' || look() == '[') {
      if (depth == kJsonDepthMax) return false;
      return look() == '{' ? object(place, depth + 1) : array(place, depth + 1);
    }
    Leaf leaf{'l', at_, 0, "", place};
    if (look() == '"') {
      leaf.kind = 's';
      if (!string(&leaf)) return false;
    } else if (look() == '-' || (look() >= '0' && look() <= '9')) {
      leaf.kind = 'n';
      if (!number(&leaf)) return false;
    } else {
      for (const ByteView word : {ByteView("true"), ByteView("false"), ByteView("null")})
        if (bytes_.substr(at_, word.size()) == word) leaf.length = word.size();
      if (leaf.length == 0) return false;
      at_ += leaf.length;
    }
    if (leaf.kind != 's') leaf.text = bytes_.substr(leaf.offset, leaf.length);
    shape_ += leaf.kind;
    leaves_.push_back(leaf);
    return true;
  }

  ByteView bytes_;
  size_t at_ = 0;
  bool ok_ = false;
  std::vector<Leaf> leaves_;
  std::string shape_;
};

}  // namespace gatehouse::testing
