// Detectors: where in a text something stands that must not be seen. Exact work on candidates.
#pragma once

#include "base/room.h"
#include "mask/mask.h"

namespace gatehouse::mask {

/// Wanted is which detectors are asked.
struct Wanted {
  bool email = false;
  bool us_ssn = false;
  bool payment_card = false;

  bool numbers() const { return us_ssn || payment_card; }
  bool any() const { return email || numbers(); }
};

/// Found is one value: the bytes [begin, end) of the text, on character borders.
struct Found {
  uint32_t begin;
  uint32_t end;
  Detector detector;
  bool several;  // values that overlap are one, named after the leftmost
};

/// detect lists the values in a UTF-8 text in order, without overlaps. The text needs kSimdPadding
/// readable bytes behind it. Linear in the text's length.
void detect(ByteView text, const Wanted& wanted, Room<Found>* found);

/// find_email looks around the '@' at text[at]: a local part (RFC 5322 atoms of the characters that real
/// addresses use, letters of other scripts included, or a quoted string) and a domain of two labels or more
/// that ends in letters, or an address literal in brackets.
bool find_email(ByteView text, size_t at, Found* found);

/// find_numbers lists SSNs and cards in the run of digits (single separators between) around text[at];
/// returns where the run ends.
size_t find_numbers(ByteView text, size_t at, const Wanted& wanted, Room<Found>* found);

/// is_card judges 13 to 19 digits: Luhn's sum and an issuer's range and length.
bool is_card(const char* digits, size_t count);

/// is_ssn judges area, group and serial: nine digits.
bool is_ssn(const char* digits);

/// may_be_card is false for most numbers that number_is_card() refuses, at less cost. exponent: it has one.
bool may_be_card(ByteView number, bool exponent);

/// number_is_card judges a JSON number by its value: 4111111111111111, 4111111111111111.0 and 4.111…e15 are
/// the same card. The sign does not matter.
bool number_is_card(ByteView number);

}  // namespace gatehouse::mask
