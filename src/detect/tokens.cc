// Keys whose vendor gave them a prefix so that they can be found.
#include <algorithm>

#include "base/ascii.h"
#include "detect/secrets.h"

namespace gatehouse::detect {
namespace {

/// Which characters may follow a prefix.
enum class Kind : uint8_t { capitals, letters, words, url, percent, base64 };

constexpr bool is_kind(char c, Kind kind) {
  if (is_digit(c)) return true;
  switch (kind) {
    case Kind::capitals: return c >= 'A' && c <= 'Z';
    case Kind::letters: return is_ascii_letter(c);
    case Kind::words: return is_word(c);
    case Kind::url: return is_base64url(c);
    case Kind::base64: return is_ascii_letter(c) || c == '+' || c == '/' || c == '=';
    case Kind::percent: return is_base64url(c) || c == '%' || c == '+' || c == '/' || c == '=';
  }
  return false;
}

/// Form is a prefix and how long what follows may be; longer is something else.
struct Form {
  ByteView prefix;
  Kind kind;
  uint16_t least, most;
  Detector detector;
};
constexpr uint16_t kAny = 255;
constexpr Form kForms[] = {
    {"AKIA", Kind::capitals, 16, 16, Detector::aws_key}, {"ASIA", Kind::capitals, 16, 16, Detector::aws_key},
    {"ABIA", Kind::capitals, 16, 16, Detector::aws_key}, {"ACCA", Kind::capitals, 16, 16, Detector::aws_key},
    {"A3T", Kind::capitals, 17, 17, Detector::aws_key}, {"ABSK", Kind::base64, 80, kAny, Detector::aws_key},
    {"bedrock-api-key-", Kind::base64, 40, kAny, Detector::aws_key},
    {"GOOG1", Kind::capitals, 56, 56, Detector::gcp_key}, {"GOOG", Kind::capitals, 20, 20, Detector::gcp_key},
    {"AIza", Kind::url, 35, 35, Detector::gcp_key}, {"GOCSPX-", Kind::url, 28, 28, Detector::gcp_key},
    {"ghp_", Kind::letters, 36, kAny, Detector::github_token}, {"gho_", Kind::letters, 36, kAny, Detector::github_token},
    {"ghu_", Kind::letters, 36, kAny, Detector::github_token}, {"ghs_", Kind::letters, 36, kAny, Detector::github_token},
    {"ghr_", Kind::letters, 36, kAny, Detector::github_token}, {"github_pat_", Kind::words, 60, kAny, Detector::github_token},
    {"xoxb-", Kind::url, 15, kAny, Detector::slack_token}, {"xoxa-", Kind::url, 15, kAny, Detector::slack_token},
    {"xoxp-", Kind::url, 15, kAny, Detector::slack_token}, {"xoxr-", Kind::url, 15, kAny, Detector::slack_token},
    {"xoxs-", Kind::url, 15, kAny, Detector::slack_token}, {"xoxo-", Kind::url, 15, kAny, Detector::slack_token},
    {"xoxe-", Kind::url, 15, kAny, Detector::slack_token}, {"xoxc-", Kind::url, 15, kAny, Detector::slack_token},
    {"xoxd-", Kind::percent, 15, kAny, Detector::slack_token}, {"xapp-", Kind::url, 15, kAny, Detector::slack_token},
    {"sk_live_", Kind::letters, 12, kAny, Detector::stripe_key}, {"sk_test_", Kind::letters, 12, kAny, Detector::stripe_key},
    {"rk_live_", Kind::letters, 12, kAny, Detector::stripe_key}, {"rk_test_", Kind::letters, 12, kAny, Detector::stripe_key},
    {"whsec_", Kind::base64, 24, kAny, Detector::stripe_key},
    {"AGE-SECRET-KEY-1", Kind::capitals, 58, 58, Detector::private_key},
    // Vendors without a detector of their own.
    {"glpat-", Kind::url, 20, kAny, Detector::password}, {"npm_", Kind::letters, 36, 36, Detector::password},
    {"pypi-AgE", Kind::url, 50, kAny, Detector::password}, {"hf_", Kind::letters, 34, 34, Detector::password},
    {"sk-ant-", Kind::url, 24, kAny, Detector::password}, {"sk-proj-", Kind::url, 24, kAny, Detector::password},
    {"dop_v1_", Kind::letters, 64, 64, Detector::password}, {"dapi", Kind::letters, 32, 34, Detector::password},
};

/// What find_token reads first of each character: whether it belongs to a run (any bit), is none of a number, hash or UUID (2),
/// and whether a key may begin behind it (4).
struct Classes {
  uint8_t of[256] = {};
  constexpr Classes() {
    for (unsigned c = 0; c < 256; ++c) {
      const char letter = static_cast<char>(c);
      if (is_base64url(letter)) of[c] = letter == '-' || is_hex(letter) ? 1 : 3;
      if (letter == '-' || letter == '_') of[c] |= 4;
    }
  }
};
constexpr Classes kClasses;
unsigned class_of(char c) { return kClasses.of[static_cast<uint8_t>(c)]; }

/// Keys of Azure say themselves what they are, within: 84 letters and digits.
constexpr size_t kMarkedKey = 84, kMarkAt = 52;
constexpr ByteView kMark = "JQQJ99";
size_t judge_marked(Sight& sight, size_t begin, size_t end) {
  const ByteView text = sight.text;
  if (!sight.wanted.has(Detector::azure_key) || begin + kMarkAt + kMark.size() > end) return begin;
  const ByteView value = text.substr(begin, end - begin);
  if (value.substr(kMarkAt, kMark.size()) != kMark || value.size() > kMarkedKey) return begin;
  if (end == text.size() && sight.open) sight.hold(begin);
  else if (value.size() == kMarkedKey && value.find_first_of("-_") == ByteView::npos)
    sight.add(begin, end, Detector::azure_key, Evidence::structure);
  else return begin;
  return end;
}

constexpr size_t kCheck = 6;  // characters of GitHub's checksum

Evidence evidence_of(ByteView value, const Form& form) {
  if (form.detector != Detector::github_token) return Evidence::structure;
  const ByteView random = value.substr(value.rfind('_') + 1);
  return github_checksum_holds(random) ? Evidence::checksum : Evidence::structure;
}

/// All the same character, or x after x: a picture of a key.
bool is_picture(ByteView random) {
  size_t same = 0;
  for (const char c : random) same += c == random[0] || c == 'x' || c == 'X' ? 1 : 0;
  return same + 4 >= random.size();
}

/// Judges a key with this form at text[begin]; returns its end, begin when it is none.
size_t judge(Sight& sight, size_t begin, const Form& form) {
  const ByteView text = sight.text;
  const size_t first = begin + form.prefix.size();
  size_t end = first;
  while (end < text.size() && end - first <= form.most && is_kind(text[end], form.kind)) ++end;
  if (end - first > form.most) return begin;
  if (end == text.size() && sight.open) {
    sight.hold(begin);
    return begin;
  }
  while (form.kind == Kind::url && form.least != form.most && end > first && text[end - 1] == '-') --end;
  if (end - first < form.least || !ends_word(text, end) || is_picture(text.substr(first, end - first))) return begin;
  sight.add(begin, end, form.detector, evidence_of(text.substr(begin, end - begin), form));
  return end;
}

/// ya29.… is as long as Google likes.
size_t judge_access_token(Sight& sight, size_t begin) {
  const ByteView text = sight.text;
  const size_t end = goes_on(Detector::gcp_key, text, begin + 5).end;
  if (end == text.size() && sight.open && end - begin < kLongMin) {
    sight.hold(begin);
    return begin;
  }
  size_t last = end;
  if (end - begin < kLongMin)
    while (last > begin && (text[last - 1] == '.' || text[last - 1] == '-')) --last;
  if (last - begin < 25) return begin;
  sight.add(begin, last, Detector::gcp_key, Evidence::structure, sight.open && last == text.size());
  return end;
}

/// SG.….…, SendGrid's.
size_t judge_sendgrid(Sight& sight, size_t begin) {
  const ByteView text = sight.text;
  constexpr size_t kFirst = 22, kSecond = 43, kSize = 3 + kFirst + 1 + kSecond;
  size_t end = begin + 3;
  for (; end < text.size() && end - begin <= kSize; ++end)
    if (end - begin == 3 + kFirst ? text[end] != '.' : !is_base64url(text[end])) break;
  if (end - begin > kSize) return begin;
  if (end == text.size() && sight.open) {
    sight.hold(begin);
    return begin;
  }
  if (end - begin != kSize) return begin;
  sight.add(begin, end, Detector::password, Evidence::structure);
  return end;
}

/// Judges what begins at a border of a word. Returns the end of what was found, begin when nothing.
size_t judge_at(Sight& sight, size_t begin) {
  const ByteView text = sight.text;
  const auto wanted = [&](Detector detector) { return sight.wanted.has(detector); };
  switch (text[begin]) {
    case 'e': return wanted(Detector::jwt) && starts_at(text, begin, "eyJ") ? find_jwt(sight, begin) : begin;
    case 'y': return wanted(Detector::gcp_key) && starts_at(text, begin, "ya29.") ? judge_access_token(sight, begin) : begin;
    case 'S': return wanted(Detector::password) && starts_at(text, begin, "SG.") ? judge_sendgrid(sight, begin) : begin;
    case 'A': case 'G': case 'b': case 'd': case 'g': case 'h': case 'n': case 'p': case 'r': case 's': case 'w': case 'x': break;
    default: return begin;
  }
  for (const Form& form : kForms)
    if (form.prefix[0] == text[begin] && wanted(form.detector) && starts_at(text, begin, form.prefix))
      return judge(sight, begin, form);
  return begin;
}

}  // namespace

bool github_checksum_holds(ByteView random) {
  if (random.size() <= kCheck) return false;
  uint32_t crc = ~uint32_t{0};
  for (const char c : random.substr(0, random.size() - kCheck)) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
  }
  crc = ~crc;
  for (size_t i = random.size(); i-- > random.size() - kCheck; crc /= 62) {
    constexpr ByteView kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (random[i] != kDigits[crc % 62]) return false;
  }
  return crc == 0;
}

size_t find_token(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  size_t begin = at, end = at;
  unsigned seen = 0, now;
  while (begin > 0 && at - begin < kOpenMax && (now = class_of(text[begin - 1])) != 0) {
    seen |= now;
    --begin;
  }
  for (; end < text.size() && (now = class_of(text[end])) != 0; ++end) seen |= now;
  const size_t run = begin;
  if (begin > 0 && text[begin - 1] == '.') {  // the short first part of a JWT, or of ya29.…
    size_t first = begin - 1;
    while (first > 0 && is_base64url(text[first - 1]) && begin - first <= kTokenMin) --first;
    if (escaped_at(text, first)) ++first;
    if (starts_at(text, first, "eyJ") || starts_at(text, first, "ya29.") || starts_at(text, first, "SG.")) begin = first;
  } else if ((seen & 2) == 0) {
    return end;  // a UUID, a hash
  }
  const size_t whole = run < text.size() && escaped_at(text, run) ? run + 1 : run;
  if (end - whole <= kMarkedKey && judge_marked(sight, whole, end) > whole) return end;
  size_t long_end = begin;   // of those that end where any that begins within them does
  for (size_t i = std::max(begin, sight.from); i < end; ++i) {
    if (i > run + 1 && (class_of(text[i - 1]) & 4) == 0) continue;   // within the run, and nothing before it escapes this one
    const bool first = i == 0 || !is_base64url(text[i - 1]) || escaped_at(text, i - 1);
    if (!first && text[i - 1] != '-' && text[i - 1] != '_') continue;
    if (!first && text[i] == 'e') continue;  // a JWT does not begin behind a dash
    if (i < long_end && (text[i] == 'e' || text[i] == 'y')) continue;
    const size_t last = judge_at(sight, i);
    if (last > i && (text[i] == 'e' || text[i] == 'y')) long_end = last;
    if (last > end) end = last;
    // What begins within it ends where it does, but of signs that it has not.
    if (last > i && (last < text.size() ? !one_of(text[last], "-%+/=") : !sight.open)) i = last - 1;
  }
  return end;
}

/// 1//0…: parts of a path are shorter.
size_t find_refresh(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  constexpr size_t kLeast = 40, kMost = 250, kPrefix = 4;
  if (!begins_word(text, at) || (at > 0 && (text[at - 1] == '/' || text[at - 1] == '.'))) return at + 1;
  size_t end = at + kPrefix;
  while (end < text.size() && end - at <= kMost && is_base64url(text[end])) ++end;
  if (end - at > kMost) return at + 1;
  if (end == text.size() && sight.open) sight.hold(at);
  else if (end - at >= kLeast && !is_picture(text.substr(at + kPrefix, end - at - kPrefix)))
    sight.add(at, end, Detector::gcp_key, Evidence::structure);
  return at + 1;
}

}  // namespace gatehouse::detect
