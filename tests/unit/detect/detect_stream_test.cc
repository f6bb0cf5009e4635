// Any cut of a text gives the same values, and the pass over raw JSON misses none of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "tests/support/detect_laws.h"
#include "tests/support/value_parts.h"

namespace gatehouse::detect {
namespace {

using testing::all_values;
using testing::Value;
using testing::values_in_pieces;

Wanted every() {
  Wanted wanted;
  detectors_from_name("default", &wanted.set);
  return wanted;
}

std::string any_text(std::mt19937& random, size_t parts) {
  std::string text;
  while (parts-- > 0) {
    text += testing::kParts[random() % testing::kPartCount];
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

/// What began before the bytes that are new was decided: it takes none of what begins in them.
TEST(DetectStream, PasswordsOfManyUrlsInARowAreFoundInAnyPieces) {
  for (const ByteView unit : {"postgres://etl:s3cr3tpw@db.internal", "postgres://etl:s3cr3tpw@db.internal:5432/a,"}) {
    std::string text = "see ";
    while (text.size() < 3000) text += unit;
    const std::vector<Value> whole = all_values(text, every());
    EXPECT_GE(whole.size(), 8u);
    for (const size_t size : {1, 7, 64, 200, 400, 1000}) {
      const auto pieces = values_in_pieces(text, every(), "", [size](size_t left) { return std::min(left, size); });
      EXPECT_EQ(shown(pieces, text), shown(whole, text)) << size;
    }
  }
}

/// A credential may take in the word that names the next one: that names it all the same.
TEST(DetectStream, CredentialsThatStandTogetherAreFoundInAnyPieces) {
  for (const ByteView unit :
       {"Authorization: Bearer q7Zt2LwP9xKd4VbN8mR", "authorization: 7rZt2LwP9xKd4VbN8mR", "bearer 9xKd4VbN8mRq7Zt-"}) {
    std::string text = "see ";
    while (text.size() < 900) text += unit;
    const std::vector<Value> whole = all_values(text, every());
    std::string left = text;
    for (size_t i = whole.size(); i-- > 0;) left.erase(whole[i].begin, whole[i].end - whole[i].begin);
    EXPECT_EQ(left.find("4VbN8mR"), std::string::npos) << left;
    for (const size_t size : {1, 7, 64, 200}) {
      const auto pieces = values_in_pieces(text, every(), "", [size](size_t rest) { return std::min(rest, size); });
      EXPECT_EQ(shown(pieces, text), shown(whole, text)) << size;
    }
  }
}

/// One of any length may hold names all through, and is no more than one.
TEST(DetectStream, ALongCredentialMadeOfNamesIsOneInAnyPieces) {
  for (const ByteView unit : {"authorization=", "authorization=1", "Authorization=Bearer ", "authorization=bearer/"}) {
    std::string text = "see ";
    while (text.size() < 4200) text += unit;
    text += " and more";
    const std::vector<Value> whole = all_values(text, every());
    if (unit.find(' ') == ByteView::npos) {
      ASSERT_EQ(whole.size(), 1u) << unit;
      EXPECT_EQ(text.substr(whole[0].end), " and more");
    }
    for (const size_t size : {1, 7, 64, 200, 1000, 1040}) {
      const auto pieces = values_in_pieces(text, every(), "", [size](size_t rest) { return std::min(rest, size); });
      EXPECT_EQ(shown(pieces, text), shown(whole, text)) << unit << size;
    }
  }
}

/// A long one is never a placeholder: whether it is would depend on how much of it is there.
TEST(DetectStream, ALongCredentialIsNoPlaceholderInAnyPieces) {
  for (const ByteView first : {"", "x", "your-"})
    for (const char fill : {'x', '.', '-', 'a'}) {
      const std::string text = "authorization: " + std::string(first) + std::string(1200, fill) + "7Zt2LwP9 and more";
      const std::vector<Value> whole = all_values(text, every());
      EXPECT_EQ(whole.size(), 1u) << text;
      for (const size_t size : {1, 7, 64, 200, 1000, 1040}) {
        const auto pieces = values_in_pieces(text, every(), "", [size](size_t rest) { return std::min(rest, size); });
        EXPECT_EQ(shown(pieces, text), shown(whole, text)) << text << size;
      }
    }
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
}  // namespace gatehouse::detect
