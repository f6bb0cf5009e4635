// Bodies for the benchmarks of masks, made from public format rules; the same at each run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/sample.h"

namespace gatehouse::bench {

/// Dice is a small generator of numbers (PCG's multiplier).
class Dice {
 public:
  uint32_t below(uint32_t limit) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>((state_ >> 33) % limit);
  }
  std::string digits(size_t count) {
    std::string out;
    while (out.size() < count) out += static_cast<char>('0' + below(10));
    return out;
  }
  std::string hex(size_t count) {
    std::string out;
    while (out.size() < count) out += "0123456789abcdef"[below(16)];
    return out;
  }
  template <size_t N>
  std::string one_of(const char* const (&words)[N]) {
    return words[below(N)];
  }

 private:
  uint64_t state_ = 42;
};

inline constexpr const char* kProse[] = {
    "The index is rebuilt at night, and a search may miss what was added the day before. ",
    "Each party keeps its copy of this agreement; neither may transfer it without the other's consent in writing. ",
    "Replace the filter when the lamp turns amber, not before; the workshop cleans and returns the old one. ",
    "In spring the river floods the lower meadow, and the path to the village is closed for a week or two. ",
    "Section 7 applies to the work as a whole, and to each of its parts, however they are packaged (see 7.2). ",
    "It was first published in 1987, in an edition of 500 copies, and has been out of print since. "};
inline constexpr const char* kForeign[] = {
    "Die Übergabe fand am späten Nachmittag in der großen Halle statt, für alle sichtbar. ",
    "Le rapport a été remis à temps, mais les annexes n’ont pas été traduites en français. ",
    "会議は来週の火曜日に延期されました。資料は前日までに配布されます。", "Заседание перенесли на следующую неделю, документы разошлют заранее. "};

/// luhn_digit makes Luhn's sum hold behind these digits.
inline char luhn_digit(const std::string& digits) {
  unsigned sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const unsigned digit = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

inline std::string card(Dice& dice) {
  std::string text = "4" + dice.digits(14);
  text += luhn_digit(text);
  return text.substr(0, 4) + ' ' + text.substr(4, 4) + ' ' + text.substr(8, 4) + ' ' + text.substr(12);
}

/// iban is German: mod 97 holds.
inline std::string iban(Dice& dice) {
  const std::string account = dice.digits(18);
  unsigned rest = 0;
  for (const char digit : account + "131400") rest = (rest * 10 + static_cast<unsigned>(digit - '0')) % 97;
  char check[8];
  std::snprintf(check, sizeof check, "DE%02u", 98 - rest);
  return check + account;
}

inline std::string email(Dice& dice) {
  static constexpr const char* kNames[] = {"ada", "tomek", "mireille", "lars", "chiara", "noor"};
  static constexpr const char* kHosts[] = {"example.com", "mail.example.org", "post.example.net"};
  return dice.one_of(kNames) + "." + dice.one_of(kNames) + dice.digits(2) + "@" + dice.one_of(kHosts);
}

inline std::string address(Dice& dice) {
  const auto number = [&dice](uint32_t limit) { return std::to_string(dice.below(limit)); };
  return "203." + number(256) + "." + number(256) + "." + number(255);
}

inline std::string phone(Dice& dice) { return "+1 (" + std::to_string(201 + dice.below(700)) + ") 555-0" + dice.digits(3); }

inline std::string ssn(Dice& dice) {
  const auto number = [&dice](uint32_t from, uint32_t count) { return std::to_string(from + dice.below(count)); };
  return number(101, 500) + "-" + number(11, 88) + "-" + number(1001, 8000);
}

/// answer wraps texts as Chonkie does; in the texts a backslash is an escape of two characters.
inline Sample answer(const std::vector<std::string>& texts) {
  std::string out = "[";
  size_t at = 0;
  for (const std::string& text : texts) {
    const auto more = std::count_if(text.begin(), text.end(), [](char c) { return c == '\\' || (c & 0xc0) == 0x80; });
    const size_t points = text.size() - static_cast<size_t>(more);
    out += (out.size() > 1 ? ",{\"text\":\"" : "{\"text\":\"") + text + "\",\"start_index\":" + std::to_string(at);
    at += points;
    out += ",\"end_index\":" + std::to_string(at) + ",\"token_count\":" + std::to_string(points / 4) + "}";
  }
  return Sample(out + "]");
}

template <size_t N>
Sample prose_of(const char* const (&lines)[N], size_t bytes) {
  Dice dice;
  std::vector<std::string> texts;
  for (size_t made = 0; made < bytes; made += texts.back().size() + 60) {
    std::string text;
    while (text.size() < 1900) text += dice.one_of(lines) + (dice.below(6) == 0 ? "\\n\\n" : "");
    texts.push_back(text);
  }
  return answer(texts);
}

inline Sample prose(size_t bytes) { return prose_of(kProse, bytes); }
inline Sample prose_beyond_ascii(size_t bytes) { return prose_of(kForeign, bytes); }

/// prose_escaped has all but ASCII as \uXXXX, as Python writes it.
inline Sample prose_escaped(size_t bytes) {
  const std::string from(prose_beyond_ascii(bytes * 2 / 5).view());
  std::string out;
  for (size_t i = 0; i < from.size();) {
    const auto byte = static_cast<unsigned char>(from[i]);
    if (byte < 0x80) {
      out += from[i++];
      continue;
    }
    const size_t length = byte < 0xe0 ? 2 : 3;   // these texts hold nothing beyond three bytes
    uint32_t point = byte & (length == 2 ? 0x1f : 0x0f);
    for (size_t k = 1; k < length; ++k) point = point << 6 | (static_cast<unsigned char>(from[i + k]) & 0x3f);
    char text[8];
    std::snprintf(text, sizeof text, "\\u%04x", point);
    out += text;
    i += length;
  }
  return Sample(out);
}

/// embeddings are lists of numbers.
inline Sample embeddings(size_t bytes) {
  Dice dice;
  std::string out = "[[";
  for (size_t i = 0; out.size() < bytes; ++i) {
    out += i == 0 ? "" : i % 384 == 0 ? "],[" : ",";
    out += (dice.below(2) ? "-0.0" : "0.") + dice.digits(16);
  }
  return Sample(out + "]]");
}

inline std::string log_line(Dice& dice) {
  const auto number = [&dice](uint32_t from, uint32_t count) { return std::to_string(from + dice.below(count)); };
  return "2024-05-0" + number(1, 9) + "T10:" + number(10, 50) + ":07." + dice.digits(3) + "Z INFO api ip=" + address(dice) +
         " user=" + email(dice) + " req=" + dice.hex(8) + "-" + dice.hex(4) + "-4" + dice.hex(3) + "-a" + dice.hex(3) + "-" +
         dice.hex(12) + " ua=curl/7.88.1 build=v" + number(0, 20) + "." + number(0, 40) + "." + number(256, 400) + "." +
         number(0, 90);
}

/// log_answer has two values and three look-alikes in each line of some 170 bytes.
inline Sample log_answer(size_t bytes) {
  Dice dice;
  std::vector<std::string> texts;
  for (size_t made = 0; made < bytes; made += texts.back().size() + 60) {
    std::string text;
    while (text.size() < 1900) text += log_line(dice) + "\\n";
    texts.push_back(text);
  }
  return answer(texts);
}

/// log_text is the same without JSON around.
inline Sample log_text(size_t bytes) {
  Dice dice;
  std::string out;
  while (out.size() < bytes) out += log_line(dice) + "\n";
  return Sample(out);
}

/// answer_15000 has 15,000 bytes and 44 values of six kinds.
inline Sample answer_15000() {
  Dice dice;
  std::vector<std::string> texts(11);
  for (size_t i = 0; i < 44; ++i) {
    static constexpr std::string (*kMakers[])(Dice&) = {email, phone, card, ssn, iban, address};
    texts[i / 4] += dice.one_of(kProse) + "Noted: " + kMakers[i % 6](dice) + ", as agreed.\\n" + dice.one_of(kProse);
  }
  while (texts.back().size() < 15'000) {
    Sample whole = answer(texts);
    if (whole.view().size() >= 15'000) break;
    texts[dice.below(10)] += dice.one_of(kProse);
  }
  std::string body(answer(texts).view());
  const size_t over = body.size() > 15'000 ? body.size() - 15'000 : 0;
  body.erase(body.rfind(". ") - over, over);
  return Sample(body);
}

/// answer_of_peers has 15,000 bytes in chunks of some 330, an address and a card in every third: as bench/peers/run makes it.
inline Sample answer_of_peers() {
  static constexpr const char* kWords[] = {
      "the", "parties", "agree", "that",  "each", "section", "of",    "this",   "document", "may",     "be",     "read",
      "by",  "the",     "service", "in",  "order", "to\\n", "",      "split",  "it",       "into",    "chunks", "of",
      "bounded", "length", "without", "changing", "its", "meaning", "or", "its", "order",   ""};
  constexpr size_t kBytes = 15'000, kFrame = 80;
  Dice dice;
  std::vector<std::string> texts;
  for (size_t made = 0; made < kBytes - 700; made += texts.back().size() + kFrame) {
    std::string text;
    for (int i = 0; i < 60; ++i) text += (i == 0 ? "" : " ") + dice.one_of(kWords);
    if (texts.size() % 3 == 0) text += " contact jane.roe@example.org or card 4111 1111 1111 1111.";
    texts.push_back(text);
  }
  texts.emplace_back();
  texts.back().assign(kBytes - answer(texts).view().size() - 4, 'x');   // its figures have some digits more then
  return answer(texts);
}

}  // namespace gatehouse::bench
