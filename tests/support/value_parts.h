// Values, parts of them, and what stands around them in real texts: what tests put texts together from.
#pragma once

#include <string>

#include "base/bytes.h"

namespace gatehouse::testing {

inline constexpr ByteView kParts[] = {
    "john.doe+x@mail.example.co.uk", "a@b.de", "john (at) example (dot) com", "\"john smith\"@x.org", "@", "x@y", "(at)", "mail ",
    "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005", "4111111111111111", "4111.1111.1111.1111", "4111 1111 1111 111",
    "123-45-6789", "123 45 6789", "ITIN 912-70-1234", "SSN 123456789", "123-45-", "AB 12 34 56 C", "JG103759A", "NI AB123456", "AB 12",
    "NHS 943 476 5919", "943 476 5919", "+1 (515) 427-8699", "(659) 692-3574 ext. 12", "+49 (0)30 1234567", "06 24 63 48 38",
    "030 65125299", "Tel. 5551234567", "call 659.692.3574", "+44 20", "(020) 7946 0958", "00 49 30", "1-800-555-1234",
    "DE44 5001 0517 5407 3249 31", "GB29NWBK60161331926819", "CH93 0076 2011 6238 5295 7", "DE44 5001", "FR14 2004 1010 0505 0001 3M02 606",
    "DOB 1944-01-08", "born on January 8, 1944", "geb. 8.1.1944", "1944\xe5\xb9\xb4" "1\xe6\x9c\x88" "8\xe6\x97\xa5\xe7\x94\x9f", "born",
    "n\xc3\xa9 le 8 janvier 1944", "passport C01X00T47", "passport ", "passport #", "SSN#123456789", "123-45-6789 | 1944-01-08", "2023-09-05T14:34:51.600Z", "1944-01-08",
    "7ce6c5f7-8812-424e-90d5-d27c7ca3838b", "v9.24.346.45", "0.005730421", " ", " ", " ", "\n", ", ", ". ", "-", ".", "/", "(", ")", "+", ":",
    "\xc2\xa0", "\xe2\x80\x91", "\xe6\x97\xa5", "\xc3\xa9", "the ", "of ", "word", "A", "e", "1", "7", "12", "2024", "00", " | ", "\",\"", "=", "_",
    "AKIAIOSFODNN7EXAMPLE", "ghp_kqIxCswQaJOzKEIAKebetAQEjOcAPOVigAs3", "password=hunter2abc", "postgres://etl:s3cr3tpw@db.internal", "10.20.30.40",
    "2001:db8::1", "2d:68:49:dc:5c:82", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlc2lnbmF0dXJl", "-----BEGIN RSA PRIVATE KEY-----",
    "MIIEpAIBAAKCAQEA", "-----END RSA PRIVATE KEY-----", "Authorization: Bearer abcdef0123456789abcdef", "secret", "key: ",
    "*", "**", "`", "_", "~~", "**john.doe**@example.org", "jo**hn**@x.org", "@**example**.org", "4111 **1111** 1111 1111", "123-_45_-6789",
    "DE44 **5001** 0517 5407 3249 31", "+1 (515) **427**-8699",
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10", "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6", "<<<", "<"};
inline constexpr size_t kPartCount = sizeof kParts / sizeof kParts[0];

/// text_of_parts puts a text together: each byte is one part, or a run of a character.
inline std::string text_of_parts(ByteView codes) {
  std::string text;
  for (const char code : codes) {
    const auto value = static_cast<unsigned char>(code);
    if (value < kPartCount) text += kParts[value];
    else if (value < 250) text += " ,-\n1aA."[value % 8];
    else text += std::string(70, "x1 -a@"[value - 250]);
  }
  return text;
}

}  // namespace gatehouse::testing
