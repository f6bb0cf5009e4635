#include "identity/saml_form.h"

#include <algorithm>
#include <array>

#include "codec/base64.h"

namespace gatehouse::identity {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// number reads figures, nothing else, and takes them off the text.
std::optional<uint32_t> number(ByteView* text, size_t figures) {
  if (text->size() < figures) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < figures; ++i) {
    if (!is_digit((*text)[i])) return std::nullopt;
    value = value * 10 + static_cast<uint32_t>((*text)[i] - '0');
  }
  text->remove_prefix(figures);
  return value;
}

/// days_before is how many days lie between 1970-01-01 and a date that exists; nothing for others.
std::optional<uint64_t> days_before(uint32_t year, uint32_t month, uint32_t day) {
  const auto leap = [](uint32_t y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; };
  constexpr uint32_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1970 || year > 2499 || month < 1 || month > 12 || day < 1) return std::nullopt;
  if (day > kDays[month - 1] + (month == 2 && leap(year) ? 1 : 0)) return std::nullopt;
  const uint64_t past = year - 1;
  uint64_t days = past * 365 + past / 4 - past / 100 + past / 400 - 719162;   // to the year's first day
  for (uint32_t m = 1; m < month; ++m) days += kDays[m - 1] + (m == 2 && leap(year) ? 1 : 0);
  return days + day - 1;
}

}  // namespace

bool is_saml_id(ByteView text) {
  if (text.empty() || text.size() > kSamlIdBytesMax || !(is_letter(text[0]) || text[0] == '_')) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; });
}

std::optional<WallNs> read_saml_date(ByteView text) {
  constexpr size_t kParts = 6;
  constexpr size_t kFigures[kParts] = {4, 2, 2, 2, 2, 2};
  constexpr char kBehind[kParts] = {'-', '-', 'T', ':', ':', 0};
  std::array<uint32_t, kParts> parts{};
  for (size_t i = 0; i < kParts; ++i) {
    const auto part = number(&text, kFigures[i]);
    if (!part) return std::nullopt;
    parts[i] = *part;
    if (kBehind[i] == 0) break;
    if (!text.starts_with(kBehind[i])) return std::nullopt;
    text.remove_prefix(1);
  }
  const auto [year, month, day, hour, minute, second] = parts;
  const auto days = days_before(year, month, day);
  if (!days || hour > 23 || minute > 59 || second > 59) return std::nullopt;

  WallNs fraction = 0;
  if (text.starts_with('.')) {
    WallNs unit = kNsPerSecond;
    for (text.remove_prefix(1); !text.empty() && is_digit(text[0]); text.remove_prefix(1)) {
      unit /= 10;   // finer than a nanosecond is nothing
      fraction += unit * static_cast<WallNs>(text[0] - '0');
    }
    if (unit == kNsPerSecond) return std::nullopt;
  }
  if (text != "Z") return std::nullopt;
  return (((*days * 24 + hour) * 60 + minute) * 60 + second) * kNsPerSecond + fraction;
}

bool read_date(xml::Element element, ByteView name, std::optional<WallNs>* out) {
  const auto text = element.attribute(name);
  if (!text) return true;
  *out = read_saml_date(*text);
  return out->has_value();
}

std::optional<std::string> decode_base64_text(xml::Element element) {
  auto text = element.text();
  if (!text) return std::nullopt;
  std::erase_if(*text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  if (text->empty()) return std::nullopt;
  return codec::decode_base64(*text);
}

}  // namespace gatehouse::identity
