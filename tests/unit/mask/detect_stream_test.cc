// Any cut of a text gives the same values, and the pass over raw JSON misses none of them.
#include <gtest/gtest.h>

#include <random>

#include "tests/support/detect_laws.h"

namespace gatehouse::mask {
namespace {

using testing::all_values;
using testing::Value;
using testing::values_in_pieces;

Wanted every() {
  Wanted wanted;
  detectors_from_name("default", &wanted.set);
  return wanted;
}

/// Values, parts of them, and what stands around them in real texts.
constexpr ByteView kParts[] = {
    "john.doe+x@mail.example.co.uk", "a@b.de", "john (at) example (dot) com", "\"john smith\"@x.org", "@", "x@y", "(at)", "mail ",
    "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005", "4111111111111111", "4111.1111.1111.1111", "4111 1111 1111 111",
    "123-45-6789", "123 45 6789", "ITIN 912-70-1234", "SSN 123456789", "123-45-", "AB 12 34 56 C", "JG103759A", "NI AB123456", "AB 12",
    "NHS 943 476 5919", "943 476 5919", "+1 (515) 427-8699", "(659) 692-3574 ext. 12", "+49 (0)30 1234567", "06 24 63 48 38",
    "030 65125299", "Tel. 5551234567", "call 659.692.3574", "+44 20", "(020) 7946 0958", "00 49 30", "1-800-555-1234",
    "DE44 5001 0517 5407 3249 31", "GB29NWBK60161331926819", "CH93 0076 2011 6238 5295 7", "DE44 5001", "FR14 2004 1010 0505 0001 3M02 606",
    "DOB 1944-01-08", "born on January 8, 1944", "geb. 8.1.1944", "1944\xe5\xb9\xb4" "1\xe6\x9c\x88" "8\xe6\x97\xa5\xe7\x94\x9f", "born",
    "n\xc3\xa9 le 8 janvier 1944", "passport C01X00T47", "passport ", "123-45-6789 | 1944-01-08", "2023-09-05T14:34:51.600Z", "1944-01-08",
    "7ce6c5f7-8812-424e-90d5-d27c7ca3838b", "v9.24.346.45", "0.005730421", " ", " ", " ", "\n", ", ", ". ", "-", ".", "/", "(", ")", "+", ":",
    "\xc2\xa0", "\xe2\x80\x91", "\xe6\x97\xa5", "\xc3\xa9", "the ", "of ", "word", "A", "e", "1", "7", "12", "2024", "00", " | ", "\",\"", "=", "_"};

std::string any_text(std::mt19937& random, size_t parts) {
  std::string text;
  while (parts-- > 0) {
    text += kParts[random() % (sizeof kParts / sizeof kParts[0])];
    if (random() % 3 == 0) text += ' ';
    if (random() % 16 == 0) text += std::string(random() % 90, "x 1-"[random() % 4]);
  }
  return text;
}

std::string shown(const std::vector<Value>& values, ByteView text) {
  std::string out;
  for (const Value& value : values)
    out += std::string(detector_name(value.detector)) + "<" + std::string(text.substr(value.begin, value.end - value.begin)) + ">@" +
           std::to_string(value.begin) + " ";
  return out;
}

TEST(DetectStream, any_cut_gives_the_same_values) {
  std::mt19937 random(11);
  const Wanted wanted = every();
  size_t values = 0;
  for (int round = 0; round < 4000; ++round) {
    const std::string text = any_text(random, 1 + random() % 14);
    const ByteView field = round % 8 == 0 ? "birth_date" : round % 8 == 1 ? "phone" : "";
    const std::vector<Value> whole = all_values(text, wanted, field);
    values += whole.size();
    const size_t most = 1 + random() % 40;
    for (const bool single : {true, false}) {
      std::string cuts;
      const std::vector<Value> pieces = values_in_pieces(text, wanted, field, [&](size_t left) {
        const size_t length = std::min(left, single ? size_t{1} : 1 + random() % most);
        cuts += std::to_string(length) + " ";
        return length;
      });
      ASSERT_EQ(shown(pieces, text), shown(whole, text)) << "[" << text << "] " << (single ? "" : cuts) << " field " << field;
    }
  }
  EXPECT_GT(values, 5000u);
}

/// A text written as JSON with this many of its characters escaped.
std::string escaped(ByteView text, std::mt19937& random, unsigned one_in) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<uint8_t>(text[at]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : 3;
    unsigned code = length == 1 ? lead : length == 2 ? lead & 31u : lead & 15u;
    for (size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<uint8_t>(text[at + i]) & 63u);
    char hex[8];
    if (text[at] == '/' && random() % one_in == 0) {
      out += "\\/";
    } else if (text[at] == '"' || text[at] == '\\' || lead < ' ' || random() % one_in == 0) {
      std::snprintf(hex, sizeof hex, random() % 2 == 0 ? "\\u%04x" : "\\u%04X", code);
      out += hex;
    } else {
      out += text.substr(at, length);
    }
    at += length;
  }
  return out;
}

TEST(DetectStream, candidates_mark_every_value_however_it_is_escaped) {
  std::mt19937 random(12);
  size_t values = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::string text = any_text(random, 1 + random() % 4);
    Wanted wanted = every();
    if (round % 2 == 0) wanted.set = set_of(static_cast<Detector>(1 + random() % 22));
    if (all_values(text, wanted).empty()) continue;
    ++values;
    for (const unsigned one_in : {1u, 4u, 1000000u}) {
      const std::string raw = escaped(text, random, one_in);
      ASSERT_TRUE(testing::marked(std::string(random() % 70, ' ') + raw, wanted)) << raw;
    }
  }
  EXPECT_GT(values, 3000u);
}

}  // namespace
}  // namespace gatehouse::mask
