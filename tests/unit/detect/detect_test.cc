#include "detect/detect.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "detect/candidates.h"
#include "tests/support/padded.h"

namespace gatehouse::detect {
namespace {

using testing::Padded;

constexpr Wanted kThree{set_of(Detector::email) | set_of(Detector::us_ssn) | set_of(Detector::payment_card)};

/// The values found, each in brackets with its detector's first letter.
std::string found(ByteView text, Wanted wanted = kThree) {
  const Padded padded(text);
  Room<Found> room;
  detect({.bytes = padded.view()}, wanted, &room);
  std::string out;
  for (const Found& one : room) {
    if (!out.empty()) out += '|';
    out += detector_name(one.detector)[0];
    if (one.several) out += '+';
    out += ':';
    out += text.substr(one.begin, one.end - one.begin);
  }
  return out;
}

TEST(Email, ordinary_addresses) {
  EXPECT_EQ(found("write to john.doe+tag@mail.example.co.uk, please."), "e:john.doe+tag@mail.example.co.uk");
  EXPECT_EQ(found("<a@b.de>;c_d@e-f.com"), "e:a@b.de|e:c_d@e-f.com");
  EXPECT_EQ(found("O'Brien: o'brien@x.ie 'q@x.org'"), "e:o'brien@x.ie|e:q@x.org");
  EXPECT_EQ(found("email=john@x.com&x=1"), "e:john@x.com");
  EXPECT_EQ(found("| john@x.com | **jane@x.com** | `j@x.com` |"), "e:john@x.com|e:jane@x.com|e:j@x.com");
  EXPECT_EQ(found("mailto:j@x.info?subject=y"), "e:j@x.info");
  EXPECT_EQ(found("x@xn--bcher-kva.example x@b.xn--p1ai"), "e:x@xn--bcher-kva.example|e:x@b.xn--p1ai");
  EXPECT_EQ(found("\"john smith\"@example.com"), "e:\"john smith\"@example.com");
  EXPECT_EQ(found("root@[192.168.1.10] r@[IPv6:2001:db8::1]"), "e:root@[192.168.1.10]|e:r@[IPv6:2001:db8::1]");
  EXPECT_EQ(found("postgres://etl:PASSWORD@db.internal/x"), "e:PASSWORD@db.internal");
  EXPECT_EQ(found("a@b.com@c.org"), "e+:a@b.com@c.org");
}

TEST(Email, borders_of_the_domain) {
  EXPECT_EQ(found("see a@b.com."), "e:a@b.com");
  EXPECT_EQ(found("a@b.com.v2 a@b.com.2 a@b.com-2023 a@b.com_x"), "e:a@b.com|e:a@b.com|e:a@b.com|e:a@b.com");
  EXPECT_EQ(found("a@b.c1 a@b.c a@b a@b. a@.com a@-b.com a@b-.com @b.com a@ b.com"), "");
  EXPECT_EQ(found("react@18.2.0 @scope/pkg@1.2.3 logo@2x.png root@localhost me@10.0.0.1"), "");
  EXPECT_EQ(found("{\"user\":\"@example.com\"} \",\"@x.com"), "");
}

TEST(Email, other_scripts) {
  EXPECT_EQ(found("連絡先foo@example.comまで"), "e:foo@example.com");
  EXPECT_EQ(found("m\xc3\xbcller@b\xc3\xbc" "cher.de"), "e:m\xc3\xbcller@b\xc3\xbc" "cher.de");
  EXPECT_EQ(found("почта@пример.рф, x"), "e:почта@пример.рф");
  EXPECT_EQ(found("\xf0\x9f\x98\x80" "a@b.com\xf0\x9f\x98\x80"), "e:a@b.com");
  EXPECT_EQ(found("\xc3\x97" "a@b.com"), "e:a@b.com") << "a sign is no letter";
}

TEST(Email, very_long_parts) {
  const std::string local(300, 'a'), domain(300, 'b');
  EXPECT_EQ(found(local + "@b.com"), "e:" + std::string(256, 'a') + "@b.com");
  EXPECT_EQ(found("a@" + domain + ".com"), "");
  EXPECT_EQ(found(std::string(5000, '@')), "");
}

TEST(Ssn, written_with_dashes_or_spaces) {
  EXPECT_EQ(found("SSN 123-45-6789."), "u:123-45-6789");
  EXPECT_EQ(found("SSN 123 45 6789,"), "u:123 45 6789");
  EXPECT_EQ(found("ssn:899-99-9999;SSN123-45-6789"), "u:899-99-9999|u:123-45-6789");
  EXPECT_EQ(found("4711 123-45-6789 2020"), "u:123-45-6789");
  EXPECT_EQ(found("123-45-6789 123-45-6788"), "u:123-45-6789|u:123-45-6788");
}

TEST(Ssn, impossible_ones_and_parts_of_longer_numbers) {
  EXPECT_EQ(found("000-12-3456 666-12-3456 900-12-3456 999-12-3456 123-00-4567 123-45-0000"), "");
  EXPECT_EQ(found("1123-45-6789 123-45-67890 123-45-6789-0 9-123-45-6789"), "");
  EXPECT_EQ(found("12 123 45 6789"), "");
  EXPECT_EQ(found("123 45 6789 1"), "");
  EXPECT_EQ(found("123-45 6789 123--45-6789 123-45-678X 123456789"), "");
  EXPECT_EQ(found("ab123-45-6789 123-45-6789ab"), "") << "letters that may be hexadecimal digits";
  EXPECT_EQ(found("734-83-90ZZ ORD-4167-126386 2021-03-25T21:54:52"), "");
}

TEST(Card, issuers_and_lengths) {
  for (const char* card : {"4111111111111111", "4222222222222", "4000000000000000006", "5555555555554444",
                           "2223003122003222", "378282246310005", "6011111111111117", "3530111333300000",
                           "30569309025904", "36227206271667", "6759649826438453", "6200000000000005", "2200380000000018",
                           "5085000000000007", "6069850000000003", "9792000000000003"})
    EXPECT_EQ(found(card), std::string("p:") + card);
  for (const char* other : {"4111111111111112", "1111111111111117", "9111111111111111", "41111111111111111111",
                            "411111111111", "0000000000000000", "5655555555555555", "41111111111111"})
    EXPECT_EQ(found(other), "") << other;
}

TEST(Card, ways_to_write_it) {
  for (const char* card : {"4111 1111 1111 1111", "4111-1111-1111-1111", "3782-822463-10005", "3782 822463 10005",
                           "411111 1111111111", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "4111-1111 1111-1111"})
    EXPECT_EQ(found(card), std::string("p:") + card);
  EXPECT_EQ(found("card 4111 1111 1111 1111 exp 12/30"), "p:4111 1111 1111 1111");
  EXPECT_EQ(found("2024-05-06 4111 1111 1111 1111 2 x"), "p:4111 1111 1111 1111");
  EXPECT_EQ(found("4111111111111111 5555555555554444"), "p:4111111111111111|p:5555555555554444");
  EXPECT_EQ(found("4111  1111 1111 1111"), "") << "two spaces part numbers";
  EXPECT_EQ(found("VISA4111111111111111 4111111111111111.00"), "p:4111111111111111|p:4111111111111111");
}

TEST(Card, parts_of_other_things) {
  EXPECT_EQ(found("a4111111111111111 4111111111111111f 0.4111111111111111 +4111111111111111"), "");
  EXPECT_EQ(found("c733eb5ae27239873a4c6c8b9a76a014111111111111111f125aca3a6225ace1b65d47b"), "");
  EXPECT_EQ(found("12344111111111111111"), "");
  EXPECT_EQ(found("card 4111 1111 1111 1111", {set_of(Detector::us_ssn)}), "");
  EXPECT_EQ(found("123-45-6789", {set_of(Detector::payment_card)}), "");
}

TEST(Numbers, separators_beyond_ascii) {
  for (const char* sign : {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", " "}) {
    const std::string s(sign);
    for (const std::string& card : {"4111" + s + "1111" + s + "1111" + s + "1111", "3782" + s + "822463" + s + "10005"})
      EXPECT_EQ(found("x " + card + "."), "p:" + card);
    EXPECT_EQ(found("nr " + ("123" + s + "45" + s + "6789")), "u:123" + s + "45" + s + "6789");
  }
  for (const char* sign : {"\xe2\x80\x91", "\xe2\x80\x93", "\xe2\x88\x92", "\xc2\xad", "-"}) {
    const std::string s(sign), ssn = "123" + s + "45" + s + "6789";
    for (size_t pad = 0; pad < 140; ++pad) EXPECT_EQ(found(std::string(pad, 'x') + " " + ssn), "u:" + ssn) << pad;
    EXPECT_EQ(found("1" + s + ssn), "");
  }
  EXPECT_EQ(found("123\xe2\x82\xac" "45\xe2\x82\xac" "6789 2024\xe5\xb9\xb4" "05\xe6\x9c\x88" "06\xe6\x97\xa5"), "");
  EXPECT_EQ(found("123456789\xe2\x82\xac\xe2\x82\xac 12345678901\xe2\x80"), "");
}

TEST(Card, digits_of_a_bank_account) {
  for (const char* iban : {"CH43 5059 4347 4339 9698 2", "GB52 YLFJ 3008 3812 2702 70", "ES93 6930 2309 6501 0048 6998",
                           "FR30 0020 0104 1413 249U 46P7 354", "CH4350594347433996982"}) {
    EXPECT_EQ(found(iban), "") << iban;
    EXPECT_EQ(found(std::string("x (") + iban + ") y"), "") << iban;
  }
  EXPECT_EQ(found("CI43 5059 4347 4339 9698 2"), "p:43 5059 4347 4339 9698 2") << "no IBAN: its check digits are wrong";
}

TEST(Detect, values_that_overlap_become_one) {
  EXPECT_EQ(found("4111 1111 1111 1111@x.com"), "p+:4111 1111 1111 1111@x.com");
  EXPECT_EQ(found("4111111111111111@x.com"), "e:4111111111111111@x.com");
}

TEST(Detect, at_every_offset_of_a_block) {
  for (size_t pad = 0; pad < 200; ++pad) {
    const std::string before(pad, 'x');
    EXPECT_EQ(found(before + " 123-45-6789"), "u:123-45-6789") << pad;
    EXPECT_EQ(found(before + " 4000 0000 0000 0000 006 "), "p:4000 0000 0000 0000 006") << pad;
    EXPECT_EQ(found(before + " a@b.com"), "e:a@b.com") << pad;
    EXPECT_EQ(found(std::string(pad, ' ') + "4111111111111111"), "p:4111111111111111") << pad;
  }
}

bool number_is_card(ByteView number) {
  Found found;
  return detect_number(number, {}, kThree, &found);
}

TEST(NumberIsCard, by_value) {
  for (const char* card : {"4111111111111111", "-4111111111111111", "4111111111111111.0", "4111111111111111.000",
                           "4.111111111111111e15", "4.111111111111111E+15", "41111111.11111111e8",
                           "41111111111111110e-1", "0.4111111111111111e16", "411111111111111100000e-5"})
    EXPECT_TRUE(number_is_card(card)) << card;
  for (const char* other : {"0", "-0", "4111111111111112", "4111111111111111.5", "4.111111111111111e14", "4e999999999999",
                            "4111111111111111e99", "4111111111111111e-99999999999999999999", "0.0", "1e15",
                            "123456789012345678901234567890"})
    EXPECT_FALSE(number_is_card(other)) << other;
}

/// Whatever detect() finds in a text, the pass over the document tells.
TEST(Candidates, misses_nothing_that_detect_finds) {
  std::mt19937 random(5);
  const std::string alphabet = "0123456789012345678901234567890123456789 --@.abu\\\xc2\xa0\xe2\x80\x91";
  size_t hits = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t length = random() % 300; text.size() < length;) {
      switch (random() % 8) {
        case 0: text += "123-45-6789"; break;
        case 1: text += "4111 1111 1111 1111"; break;
        case 2: text += "a@b.co"; break;
        default: text += alphabet[random() % alphabet.size()];
      }
    }
    const Padded padded(text);
    Room<Found> room;
    detect({.bytes = padded.view()}, kThree, &room);
    Candidates candidates;
    candidates.start(padded.view(), kThree);
    size_t last = 0;
    for (const Found& one : room) {
      ++hits;
      ASSERT_TRUE(candidates.any(one.begin, one.end)) << text;
      ASSERT_LE(last, one.begin);
      ASSERT_LT(one.begin, one.end);
      ASSERT_LE(one.end, text.size());
      last = one.end;
    }
  }
  EXPECT_GT(hits, 1000u);
}

/// Strings of a document, some of which nobody asks for: wherever it goes on, it tells what it would of the string alone.
TEST(Candidates, tells_the_same_wherever_it_goes_on) {
  std::mt19937 random(9);
  Wanted wanted;
  detectors_from_name("default", &wanted.set);
  const char* const values[] = {"a@b.co", "4111 1111 1111 1111", "password=hunter22", "10.20.30.40",
                                "ghp_0123456789012345678901234567890123AB"};
  size_t yes = 0, no = 0;
  for (int round = 0; round < 60; ++round) {
    std::string text = "[";
    std::vector<std::pair<size_t, size_t>> strings;
    for (int i = 0; i < 40; ++i) {
      std::string one(random() % (i % 5 == 0 ? 6000 : 150), 'x');
      for (size_t at = 7; at < one.size(); at += 8) one[at] = ' ';
      if (random() % 3 == 0) one.insert(random() % (one.size() + 1), std::string(" ") + values[random() % 5] + " ");
      text += '"';
      strings.emplace_back(text.size(), text.size() + one.size());
      text += one + "\",";
    }
    const Padded padded(text + "0]");
    Candidates going, alone;
    going.start(padded.view(), wanted);
    for (const auto& [begin, end] : strings) {
      if (begin == end || random() % 3 == 0) continue;
      const Padded string(text.substr(begin, end - begin));
      alone.start(string.view(), wanted);
      const bool expected = alone.any(0, end - begin);
      ASSERT_EQ(going.any(begin, end), expected) << string.view();
      ++(expected ? yes : no);
    }
  }
  EXPECT_GT(yes, 200u);
  EXPECT_GT(no, 200u);
}

TEST(Candidates, clean_text_is_not_marked_and_escapes_are) {
  const Padded clean("In 2024 at 10h15 he paid 12,50 of 537 6; \xe2\x80\x9cwrite\xe2\x80\x9d \\u201cnow\\u201d. " + std::string(100, ' ') + "- - -");
  Candidates candidates;
  candidates.start(clean.view(), kThree);
  EXPECT_FALSE(candidates.any(0, clean.view().size()));
  const Padded passed(std::string(5000, 'x'));
  candidates.start(passed.view(), kThree);
  EXPECT_FALSE(candidates.any(4000, 4010));
  EXPECT_TRUE(candidates.any(0, 10)) << "what was passed over may hold anything";
  for (size_t pad = 0; pad < 130; ++pad) {
    const Padded escaped(std::string(pad, 'x') + "\\u0040");
    candidates.start(escaped.view(), kThree);
    EXPECT_EQ(candidates.any(0, 1), pad == 0);   // what stands before is not marked with it
    EXPECT_TRUE(candidates.any(pad, pad + 6)) << pad;
  }
}

}  // namespace
}  // namespace gatehouse::detect
