#include "mask/replacement.h"

#include <array>

#include "crypto/hmac.h"
#include "detect/emphasis.h"
#include "mask/partial.h"
#include "mask/style.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kHashedMax = 4096 + 64;
constexpr size_t kHashDigits = 16;   // five bits each
constexpr char kBase32[] = "abcdefghijklmnopqrstuvwxyz234567";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_alnum(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// Kinds that people write with separators of their liking.
constexpr detect::DetectorSet kSpaced =
    set_of(detect::Detector::us_ssn) | set_of(detect::Detector::payment_card) | set_of(detect::Detector::phone) |
    set_of(detect::Detector::iban) | set_of(detect::Detector::us_itin) | set_of(detect::Detector::uk_nino) |
    set_of(detect::Detector::uk_nhs) | set_of(detect::Detector::mac_address);

/// What a text that a path names is, as a whole: digits with separators count as a number.
detect::Detector kind_of(ByteView text) {
  size_t digits = 0, others = 0, ats = 0;
  for (const char c : text) {
    digits += c >= '0' && c <= '9';
    ats += c == '@';
    others += !(c >= '0' && c <= '9') && c != ' ' && c != '-' && c != '.' && c != '(' && c != ')' && c != '/';
  }
  if (text.starts_with('+')) --others;
  if (ats == 1) return detect::Detector::email;
  return digits >= 6 && others == 0 ? detect::Detector::payment_card : detect::Detector::field;
}

void append_hash(const Rule& rule, ByteView value, detect::Detector detector, Style style, Room<char>* out) {
  char normal[kHashedMax];
  if (value.size() > sizeof normal) return append_redacted(rule, style, out);
  const ByteView parts[] = {rule.hash_prefix, {normal, normal_form(value, detector, normal)}};
  const crypto::Sha256 digest = rule.hmac->digest(parts);
  char text[kHashDigits];
  uint32_t bits = 0, left = 0;
  size_t byte = 0;
  for (char& digit : text) {
    if (left < 5) {
      bits = bits << 8 | digest[byte++];
      left += 8;
    }
    left -= 5;
    digit = kBase32[bits >> left & 31];
  }
  write_styled("[", style, out);
  write_styled(rule.name, style, out);
  write_styled(":", style, out);
  write_styled({text, sizeof text}, style, out);
  write_styled("]", style, out);
}

}  // namespace

size_t normal_form(ByteView value, detect::Detector detector, char* out) {
  while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
  if (detector == detect::Detector::field) detector = kind_of(value);
  const bool email = detector == detect::Detector::email, spaced = (kSpaced & set_of(detector)) != 0;
  size_t length = 0;
  for (const char c : value) {
    if (email && detect::is_only_emphasis(c)) continue;
    if (spaced && !is_alnum(c) && static_cast<uint8_t>(c) < 0x80 && c != '+') continue;
    out[length++] = email || spaced ? lower(c) : c;
  }
  return length;
}

void append_redacted(const Rule& rule, Style style, Room<char>* out) {
  if (rule.method == Method::drop || rule.method == Method::null) return;
  if (style == Style::json) return out->append(rule.redacted.data(), rule.redacted.size());
  write_styled(rule.plain, style, out);
}

namespace {

/// Writes what stands in a cell of a table in a text: what would end the cell becomes a space, or of partial '_'.
void append_cell(const Rule& rule, const detect::Found& found, ByteView value, Style style, Room<char>* out) {
  if (rule.method == Method::drop || rule.method == Method::null) return;
  Room<char> text;
  Room<detect::Found> scratch;
  char part[kPartMax];
  if (found.several) text.append(rule.plain.data(), rule.plain.size());
  else if (rule.method == Method::partial) text.append(part, partial_field(value, &scratch, part));
  else append_field(rule, value, Style::line, &scratch, &text);
  for (char& c : text)
    if (ByteView("|\t;,\"\\").find(c) != ByteView::npos) c = rule.method == Method::partial ? '_' : ' ';
  write_styled({text.data(), text.size()}, style, out);
}

}  // namespace

void append_found(const Rule& rule, const detect::Found& found, ByteView value, bool whole, Style style, Room<char>* out) {
  if (found.detector == detect::Detector::field) return append_cell(rule, found, value, style, out);
  if (rule.method == Method::partial && whole && !found.several) {
    char part[kPartMax];
    return write_styled({part, partial(value, found.detector, part)}, style, out);
  }
  if (rule.method == Method::hash && whole && !found.several) return append_hash(rule, value, found.detector, style, out);
  if (rule.method == Method::null) return write_styled(rule.plain, style, out);
  append_redacted(rule, style, out);
}

void append_field(const Rule& rule, ByteView text, Style style, Room<detect::Found>* scratch, Room<char>* out) {
  if (rule.method == Method::partial) {
    char part[kPartMax];
    return write_styled({part, partial_field(text, scratch, part)}, style, out);
  }
  if (rule.method == Method::hash) return append_hash(rule, text, detect::Detector::field, style, out);
  append_redacted(rule, style, out);
}

}  // namespace gatehouse::mask
