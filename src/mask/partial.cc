#include "mask/partial.h"

#include <cstring>

#include "base/letters.h"
#include "detect/emphasis.h"

namespace gatehouse::mask {
namespace {

constexpr ByteView kStars = "***";
constexpr size_t kPlainMin = 8;  // characters; of shorter texts two would be too much

size_t character_length(ByteView text, size_t at) {
  size_t length = 1;
  while (at + length < text.size() && (static_cast<uint8_t>(text[at + length]) & 0xc0) == 0x80) ++length;
  return length;
}

size_t last_character(ByteView text) {
  size_t at = text.size() - 1;
  while (at > 0 && (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

/// Appends within kPartMax.
class Part {
 public:
  explicit Part(char* out) : out_(out) {}
  Part& add(ByteView bytes) {
    const size_t room = kPartMax - length_;
    const size_t count = bytes.size() < room ? bytes.size() : room;
    std::memcpy(out_ + length_, bytes.data(), count);
    length_ += count;
    return *this;
  }
  size_t length() const { return length_; }

 private:
  char* out_;
  size_t length_ = 0;
};

size_t partial_email(ByteView value, char* out) {
  while (detect::is_only_emphasis(value.front()) && value.size() > 1) value.remove_prefix(1);
  while (detect::is_only_emphasis(value.back()) && value.size() > 1) value.remove_suffix(1);
  const size_t dot = value.rfind('.');
  Part part(out);
  part.add(value.substr(0, character_length(value, 0))).add("***@***");
  if (value.back() != ']' && dot != ByteView::npos) part.add(value.substr(dot));
  return part.length();
}

size_t partial_number(ByteView value, char* out) {
  const auto counts = [](char c) { return is_digit(c) || is_ascii_letter(c); };
  size_t left = 0;
  for (const char c : value) left += counts(c);
  Part part(out);
  for (const char c : value) {
    const bool hide = counts(c) && left-- > 4;
    part.add({hide ? "*" : &c, 1});
  }
  return part.length();
}

bool all_stars(ByteView text) { return !text.empty() && text.find_first_not_of('*') == ByteView::npos; }

/// Forms that partial and partial_field make.
bool already_partial(ByteView text) {
  if (text == kStars) return true;
  const size_t first = character_length(text, 0);
  const ByteView rest = text.substr(first);
  if (rest.size() > 6 && all_stars(rest.substr(0, 6)) && character_length(rest, 6) == rest.size() - 6) return true;
  if (rest.substr(0, 7) == "***@***") {
    const ByteView label = rest.substr(7);
    if (label.empty()) return true;
    return label[0] == '.' && label.size() <= 64 && label.find_first_of(" @.", 1) == ByteView::npos;
  }
  if (text.size() < 9 || text.size() > 40 || text.substr(0, 3) != kStars) return false;
  size_t digits = 0;  // a number: stars, separators, four digits
  for (const char c : text) {
    if (is_digit(c)) ++digits;
    else if (c != '*' && c != ' ' && c != '-') return false;
  }
  return digits == 4 && is_digit(text.back());
}

}  // namespace

size_t partial(ByteView value, detect::Detector detector, char* out) {
  constexpr detect::DetectorSet kNumbers =
      set_of(detect::Detector::us_ssn) | set_of(detect::Detector::payment_card) | set_of(detect::Detector::phone) |
      set_of(detect::Detector::iban) | set_of(detect::Detector::us_itin) | set_of(detect::Detector::uk_nino) |
      set_of(detect::Detector::uk_nhs) | set_of(detect::Detector::passport);
  if (detector == detect::Detector::email) return partial_email(value, out);
  constexpr size_t kPassportMax = 12;   // what is longer is a line of its machine-readable zone, with names and dates
  if (detector == detect::Detector::passport && value.size() > kPassportMax) return Part(out).add(kStars).length();
  if ((kNumbers & set_of(detector)) != 0) return partial_number(value, out);
  return Part(out).add(kStars).length();
}

size_t partial_field(ByteView text, Room<detect::Found>* room, char* out) {
  if (text.empty()) return Part(out).add(kStars).length();
  if (already_partial(text)) return Part(out).add(text).length();
  constexpr detect::DetectorSet kKinds =
      set_of(detect::Detector::email) | set_of(detect::Detector::us_ssn) | set_of(detect::Detector::payment_card);
  detect::detect({.bytes = text}, {kKinds}, room);
  if (room->size() == 1 && (*room)[0].begin == 0 && (*room)[0].end == text.size() && !(*room)[0].several)
    return partial(text, (*room)[0].detector, out);
  size_t characters = 0;
  for (size_t at = 0; at < text.size() && characters < kPlainMin; at += character_length(text, at)) ++characters;
  if (characters < kPlainMin) return Part(out).add(kStars).length();
  return Part(out).add(text.substr(0, character_length(text, 0))).add("******").add(text.substr(last_character(text))).length();
}

}  // namespace gatehouse::mask
