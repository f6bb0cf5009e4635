// Documents with a value of every detector in them, cut as chunkers cut: what each chunk shows of the document is known byte for byte.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::testing {

/// Span is a value in a document: the bytes [begin, end).
struct Span {
  size_t begin, end;
  const char* kind;
};

/// Document is a text and the values in it.
struct Document {
  std::string text;
  std::vector<Span> values;
};

/// Chooser draws the same choices from the same seed, on every machine.
class Chooser {
 public:
  explicit Chooser(uint64_t seed) : engine_(seed) {}
  size_t below(size_t count) { return static_cast<size_t>(engine_() % count); }
  size_t between(size_t least, size_t most) { return least + below(most - least + 1); }
  bool one_in(size_t count) { return below(count) == 0; }
  std::string letters(size_t count, ByteView alphabet) {
    std::string out;
    while (out.size() < count) out += alphabet[below(alphabet.size())];
    return out;
  }
  std::string digits(size_t count) { return letters(count, "0123456789"); }
  template <size_t N>
  std::string of(const char* const (&choices)[N]) { return choices[below(N)]; }

 private:
  std::mt19937_64 engine_;
};

inline constexpr ByteView kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr ByteView kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
inline constexpr ByteView kAlnum = kBase64.substr(0, 62);
inline constexpr ByteView kCapitals = kBase64.substr(0, 26);

/// The digits with the one behind them that makes Luhn's sum hold.
inline std::string with_luhn(const std::string& digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0';
    sum += i % 2 != 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
}

inline std::string grouped(const std::string& text, size_t size, const std::string& by) {
  std::string out;
  for (size_t at = 0; at < text.size(); at += size) out += (at == 0 ? "" : by) + text.substr(at, size);
  return out;
}

/// A German IBAN.
inline std::string make_iban(Chooser& choose) {
  const std::string account = choose.digits(18);
  int rest = 0;
  for (const char c : account + "131400") rest = (rest * 10 + (c - '0')) % 97;
  const int check = 98 - rest;
  return std::string("DE") + static_cast<char>('0' + check / 10) + static_cast<char>('0' + check % 10) + account;
}

/// A number of the National Health Service, by its weights.
inline std::string make_nhs(Chooser& choose) {
  for (;;) {
    const std::string digits = "4" + choose.digits(8);
    int sum = 0;
    for (int i = 0; i < 9; ++i) sum += (10 - i) * (digits[static_cast<size_t>(i)] - '0');
    const int check = (11 - sum % 11) % 11;
    if (check != 10) return digits + static_cast<char>('0' + check);
  }
}

inline std::string make_private_key(Chooser& choose, size_t lines) {
  const std::string kind = choose.one_in(2) ? "RSA " : "";
  std::string out = "-----BEGIN " + kind + "PRIVATE KEY-----\nMII";
  out += choose.letters(61, kBase64) + "\n";
  for (size_t i = 0; i < lines; ++i) out += choose.letters(64, kBase64) + "\n";
  return out + choose.letters(30, kBase64) + "==\n-----END " + kind + "PRIVATE KEY-----";
}

/// Value is a value with the words that it needs before it.
struct Value {
  const char* kind;
  std::string words, text;
};

inline Value make_long_value(Chooser& choose) {
  switch (choose.below(9)) {
    case 0:
      return {"jwt", "", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI" + choose.letters(choose.between(20, 1600), kBase64Url) + "." +
                             choose.letters(choose.between(43, 400), kBase64Url)};
    case 1: return {"private_key", "", make_private_key(choose, choose.between(3, 120))};
    case 2: return {"aws_key", "aws_secret_access_key = ", choose.letters(38, kBase64) + "1Z"};
    case 3:
      return {"slack_token", "https://hooks.slack.com/services/", "T" + choose.letters(8, "ABCDEFGH0123456789") + "/B" +
                                 choose.letters(10, "ABCDEFGH0123456789") + "/" + choose.letters(24, kAlnum)};
    case 4: return {"slack_token", "", "xoxb-" + choose.digits(12) + "-" + choose.digits(12) + "-" + choose.letters(24, kAlnum)};
    case 5: return {"github_token", "", "ghp_" + choose.letters(36, kAlnum)};
    case 6: return {"github_token", "", "github_pat_" + choose.letters(22, kAlnum) + "_" + choose.letters(59, kAlnum)};
    case 7: return {"stripe_key", "", "sk_live_" + choose.letters(choose.between(24, 99), kAlnum)};
    default: return {"azure_key", "AccountName=acme;AccountKey=", choose.letters(86, kBase64) + "=="};
  }
}

inline Value make_short_value(Chooser& choose) {
  static constexpr const char* kNames[] = {"mira.kessler", "o.haddad", "lindqvist_7", "zeynep", "p-novak"};
  static constexpr const char* kHosts[] = {"mail.firma-beispiel.de", "corp.kontor.io", "gallery.museum", "x.travel"};
  static constexpr const char* kBorn[] = {"born on ", "DOB: ", "date of birth ", "Date of birth: "};
  static constexpr const char* kPass[] = {"password=", "DB_PASSWORD: ", "passwd = "};
  switch (choose.below(16)) {
    case 0: case 1: return {"email", "", choose.of(kNames) + "@" + choose.of(kHosts)};
    case 2: return {"phone", "", "+49 30 " + choose.digits(8)};
    case 3: return {"payment_card", "", grouped(with_luhn("4" + choose.digits(14)), 4, choose.one_in(2) ? " " : "")};
    case 4: return {"iban", "", choose.one_in(2) ? grouped(make_iban(choose), 4, " ") : make_iban(choose)};
    case 5: return {"us_ssn", "", std::to_string(choose.between(101, 599)) + "-" + std::to_string(choose.between(11, 99)) + "-" + std::to_string(choose.between(1111, 9999))};
    case 6: return {"us_itin", "ITIN ", "9" + choose.digits(2) + "-7" + choose.digits(1) + "-" + std::to_string(choose.between(1111, 9999))};
    case 7: return {"uk_nino", "", "JG" + choose.digits(6) + "B"};
    case 8: return {"uk_nhs", "NHS number ", grouped(make_nhs(choose), 3, " ").replace(11, 1, "")};
    case 9: return {"date_of_birth", choose.of(kBorn), std::to_string(choose.between(1930, 1999)) + "-0" + std::to_string(choose.between(1, 9)) + "-1" + choose.digits(1)};
    case 10: return {"passport", "Passport No. ", choose.one_in(2) ? choose.digits(9) : "C" + choose.digits(8)};
    case 11: return {"ipv4", "", "185." + std::to_string(choose.between(10, 250)) + "." + std::to_string(choose.between(10, 250)) + ".77"};
    case 12: return {"ipv6", "", "2a02:" + choose.letters(4, "123456789abcdef") + ":" + choose.letters(4, "123456789abcdef") + "::" + choose.letters(3, "123456789abcdef")};
    case 13: return {"mac_address", "", "02:4b:" + grouped(choose.letters(8, "0123456789abcdef"), 2, ":")};
    case 14: return {"password", choose.of(kPass), choose.letters(6, kAlnum) + "7!" + choose.letters(5, kAlnum)};
    default: return {"gcp_key", "", "AIza" + choose.letters(35, kBase64Url)};
  }
}

/// make_document writes about `size` bytes of sentences with values between them.
inline Document make_document(Chooser& choose, size_t size) {
  static constexpr const char* kProse[] = {
      "The committee met twice before the summer and agreed on most of the points that had been left open.",
      "A river runs behind the mill; in spring it floods the lower meadow.",
      "Replace the filter when the lamp turns amber, not before.",
      "Our index is rebuilt at night, a search may miss what was added the day before.",
      "Die Sitzung wurde vertagt, weil die Unterlagen fehlten.",
      "Le rapport a \xc3\xa9t\xc3\xa9 remis \xc3\xa0 temps, mais les annexes manquent encore.",
      "\xe4\xbc\x9a\xe8\xad\xb0\xe3\x81\xaf\xe6\x9d\xa5\xe9\x80\xb1\xe3\x81\xae\xe7\x81\xab\xe6\x9b\x9c\xe6\x97\xa5\xe3\x81\xab\xe5\xbb\xb6\xe6\x9c\x9f\xe3\x80\x82",
  };
  static constexpr const char* kBetween[] = {" ", "\n", "\n\n"};
  Document out;
  while (out.text.size() < size) {
    out.text += choose.of(kProse) + choose.of(kBetween);
    const Value value = choose.one_in(3) ? make_long_value(choose) : make_short_value(choose);
    const bool alone = value.kind == ByteView("private_key") || value.words.ends_with("=") || value.words.ends_with("= ") || value.words.ends_with(": ");
    if (alone) out.text += "\n";
    out.text += value.words;
    out.values.push_back({out.text.size(), out.text.size() + value.text.size(), value.kind});
    out.text += value.text + (alone ? "\n" : choose.of(kBetween));
  }
  return out;
}

/// Cutting is how a document becomes chunks.
struct Cutting {
  enum class Unit : uint8_t { character, word, token } unit = Unit::character;
  size_t size = 1, overlap = 0;        // in units
  enum class Offsets : uint8_t { none, start, both } offsets = Offsets::none;
  bool trimmed = false;                // blanks at a chunk's borders are cut off
  std::string heading{};               // stands before each text, with a line feed
  bool bare = false;                   // strings in a list, not objects
  bool offsets_first = false;

  std::string name() const {
    static constexpr const char* kUnits[] = {"characters", "words", "tokens"};
    static constexpr const char* kOffsets[] = {"", ", starts", ", starts and ends"};
    return std::to_string(size) + " " + kUnits[static_cast<size_t>(unit)] + ", overlap " + std::to_string(overlap) +
           kOffsets[static_cast<size_t>(offsets)] + (trimmed ? ", trimmed" : "") + (heading.empty() ? "" : ", heading") + (bare ? ", bare" : "") +
           (offsets_first ? ", offsets first" : "");
  }
};

/// Shown is one byte of a document in the answer: where it stands there.
struct Shown {
  uint32_t raw, byte;
};

/// Chunk is the bytes [begin, end) of a document in one text of the answer.
struct Chunk {
  size_t begin, end;
  std::vector<Shown> shown;
};

inline constexpr size_t kOverlapMost = 960;   // bytes of an overlap that masks promise to find (docs/masks.md)

/// CutAnswer is the chunks as JSON.
struct CutAnswer {
  std::string body;
  std::vector<Chunk> chunks;
};

/// Where units begin in a text, and its end.
inline std::vector<size_t> units_of(ByteView text, Cutting::Unit unit) {
  std::vector<size_t> begins;
  const auto kind = [](char c) { return static_cast<uint8_t>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0 ? 1 : c == ' ' || c == '\n' ? 2 : 3; };
  for (size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<uint8_t>(text[at]) & 0xc0) == 0x80) continue;
    const bool after_blank = at > 0 && kind(text[at - 1]) == 2;
    const bool fresh = at == 0 || unit == Cutting::Unit::character || (after_blank && kind(text[at]) != 2);
    // A token: a blank and a few letters, a sign, up to four letters or digits.
    const bool token = unit == Cutting::Unit::token && (kind(text[at]) != kind(text[at - (at > 0)]) || kind(text[at]) == 3 || at - (begins.empty() ? 0 : begins.back()) >= 4);
    if (fresh || token) begins.push_back(at);
  }
  begins.push_back(text.size());
  return begins;
}

/// cut makes the answer of a chunker.
inline CutAnswer cut_document(const Document& document, const Cutting& cutting) {
  CutAnswer out;
  const std::vector<size_t> units = units_of(document.text, cutting.unit);
  const size_t count = units.size() - 1, step = cutting.size - cutting.overlap;
  const auto code_points = [&](size_t end) {
    return std::count_if(document.text.begin(), document.text.begin() + static_cast<ptrdiff_t>(end), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; });
  };
  const auto put = [&](char c) {
    if (c == '\n') out.body += "\\n";
    else if (c == '"' || c == '\\') (out.body += '\\') += c;
    else out.body += c;
  };
  out.body = "[";
  for (size_t at = 0, next; at < count; at = next) {
    next = at + step;   // what two texts share is bounded in bytes
    for (const size_t end = units[std::min(count, at + cutting.size)]; next < count && units[next] + kOverlapMost < end;) ++next;
    Chunk chunk{units[at], units[std::min(count, at + cutting.size)], {}};
    const auto blank = [&](size_t i) { return document.text[i] == ' ' || document.text[i] == '\n'; };
    if (cutting.trimmed) {
      while (chunk.begin < chunk.end && blank(chunk.begin)) ++chunk.begin;
      while (chunk.begin < chunk.end && blank(chunk.end - 1)) --chunk.end;
    }
    std::string offsets;
    if (cutting.offsets != Cutting::Offsets::none) offsets += "\"start_index\":" + std::to_string(code_points(chunk.begin));
    if (cutting.offsets == Cutting::Offsets::both) offsets += ",\"end_index\":" + std::to_string(code_points(chunk.end));
    if (out.body.size() > 1) out.body += ",";
    if (!cutting.bare) out.body += cutting.offsets_first && !offsets.empty() ? "{" + offsets + ",\"text\":" : "{\"text\":";
    out.body += "\"";
    if (!cutting.heading.empty()) out.body += cutting.heading + "\\n";
    for (size_t i = chunk.begin; i < chunk.end; ++i) {
      chunk.shown.push_back({static_cast<uint32_t>(out.body.size()), static_cast<uint32_t>(i)});
      put(document.text[i]);
    }
    out.body += "\"";
    if (!cutting.bare) {
      if (!cutting.offsets_first && !offsets.empty()) out.body += "," + offsets;
      if (!cutting.heading.empty()) out.body += ",\"meta\":{\"headings\":[\"" + cutting.heading + "\"]}";
      out.body += "}";
    }
    out.chunks.push_back(std::move(chunk));
    if (at + cutting.size >= count) break;
  }
  out.body += "]";
  return out;
}

inline Cutting make_cutting(Chooser& choose) {
  static constexpr const char* kHeadings[] = {"Runbook", "Deployment notes", "3.2 Access to the store"};
  Cutting cutting;
  cutting.unit = static_cast<Cutting::Unit>(choose.below(3));
  const size_t most = cutting.unit == Cutting::Unit::character ? 400 : cutting.unit == Cutting::Unit::token ? 120 : 60;
  cutting.size = choose.one_in(3) ? choose.between(1, 12) : choose.one_in(2) ? choose.between(1, 80) : choose.between(1, most);
  if (!choose.one_in(3)) cutting.overlap = choose.one_in(3) ? choose.below(cutting.size) : choose.below(cutting.size / 3 + 1);
  cutting.offsets = static_cast<Cutting::Offsets>(choose.below(3));
  // Without offsets two texts share a few bytes by chance as often as by an overlap.
  const size_t per_unit = cutting.unit == Cutting::Unit::character ? 1 : cutting.unit == Cutting::Unit::token ? 2 : 4;
  if (cutting.offsets == Cutting::Offsets::none && cutting.overlap * per_unit < 12) cutting.overlap = 0;
  // Without offsets a service that trims and cuts within values says too little about where small chunks belong.
  const bool told = cutting.offsets != Cutting::Offsets::none || cutting.unit == Cutting::Unit::word || cutting.size >= 48;
  cutting.trimmed = choose.one_in(4) && told;
  cutting.offsets_first = choose.one_in(3);
  if (choose.one_in(8) && cutting.size * per_unit >= 24) cutting.heading = choose.of(kHeadings);
  cutting.bare = cutting.offsets == Cutting::Offsets::none && cutting.heading.empty() && choose.one_in(2);
  return cutting;
}

}  // namespace gatehouse::testing
