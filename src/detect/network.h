// Detectors of network addresses: finders as finder.h has them. Included by detect/*.cc and tests only.
#pragma once

#include "detect/finder.h"

namespace gatehouse::detect {

/// find_ipv4 looks at the digits and dots around text[at]: four numbers up to 255 that are no version. A port or the length
/// of a network behind them is not part of the value.
size_t find_ipv4(Sight& sight, size_t at);

/// find_ipv6 looks at the hexadecimal digits and colons around the ':' at text[at]: eight groups, or fewer around one "::", the
/// last two perhaps as IPv4; a link-local address with its zone.
size_t find_ipv6(Sight& sight, size_t at);

/// find_mac looks around the sign at text[at]: 6 or 8 pairs of hexadecimal digits with ':' or '-' between, or 3 or 4 groups of
/// four with '.' between. Digits alone with '-' or '.' need a word that names them.
size_t find_mac(Sight& sight, size_t at);

/// find_bare_mac takes 12 hexadecimal digits behind a name of such an address at text[at]: mac=001A2B3C4D5E.
size_t find_bare_mac(Sight& sight, size_t at);

/// name_mac takes 12 hexadecimal digits, in one piece or in pairs with blanks between, from a text whose field is named for them.
void name_mac(Sight& sight);

}  // namespace gatehouse::detect
