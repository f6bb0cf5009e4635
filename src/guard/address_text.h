// The text of an address: would some reader take it for one, and has it one reading? Included by guard/leaving.cc only.
#pragma once

#include <optional>

#include "base/address.h"
#include "base/bytes.h"

namespace gatehouse::guard {

/// AddressText is an address of one reading; all views are parts of the text.
struct AddressText {
  ByteView scheme;                  // empty: a host alone; letters as written
  ByteView host;                    // without a final dot; of a number the text
  uint32_t port = 0;                // 0: none is written
  std::optional<Address> number;    // the host is an IPv4 or IPv6 address
  const char* wrong = nullptr;      // it has no one reading: why. Nothing else counts then
};

/// is_url tells whether some common reader takes the beginning of a text for a URL: it skips blanks, control bytes,
/// `<` and "url:" in front, drops line ends and tabs inside, takes backslashes for slashes, and knows schemes that need no
/// "//". Linear, and done where the scheme is.
bool is_url(ByteView text);

/// is_data: is_url, and its scheme is data.
bool is_data(ByteView text);

/// has_blank: a space of some script stands inside a text, ends aside. Linear.
bool has_blank(ByteView text);

/// is_blank: nothing but spaces, control bytes and what prints nothing.
bool is_blank(ByteView text);

/// read_url and read_host are strict: scheme://host[:port][/…] and host[:port][/…].
AddressText read_url(ByteView text);
AddressText read_host(ByteView text);

/// is_host_name: labels of letters, digits, '-' and '_', separated by dots, at most 63 bytes each and 253 in all.
bool is_host_name(ByteView text);

/// ends_in_number: the last label is a decimal, octal or hexadecimal number, so that some reader takes the name for an
/// IPv4 address (WHATWG URL, section 3.5).
bool ends_in_number(ByteView name);

}  // namespace gatehouse::guard
