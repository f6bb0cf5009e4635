// Normal form of a path (RFC 3986 section 6), so that a rule and the origin read the same path.
#pragma once

#include "base/arena.h"
#include "base/reason.h"
#include "base/result.h"

namespace gatehouse::http {

/// normalise_path returns the path in normal form, allocated in the arena when it differs from `raw`; "*" is
/// its own. Every byte has one spelling: escapes of bytes that mean themselves in a path (unreserved,
/// sub-delims without ';', ':' and '@') are decoded, so that "%3A" cannot slip past a rule about ':';
/// others keep an escape with upper-case hex; "." segments go. Refused with http_path instead of guessed:
/// "..", encoded or literal backslash, encoded slash, encoded percent that yields another escape, empty
/// segments ("//"), ';' parameters also encoded, control bytes, broken escapes, literal non-ASCII, escapes
/// that are not UTF-8, bytes that RFC 3986 does not allow in a path. Policy and origin must both be given
/// this form, never `raw`. Invariant: normalise(normalise(p)) == normalise(p), and what is accepted has one
/// reading.
Result<ByteView, Reason> normalise_path(ByteView raw, Arena& arena);

/// is_authority says whether bytes are a host with an optional port, as Host and an absolute target may
/// carry: a name of letters, digits, '-', '_' and non-empty labels, or an IPv6 address in brackets; the port
/// 1 to 65535 without leading zeros. User information, percent-escapes and zones are refused.
bool is_authority(ByteView bytes);

}  // namespace gatehouse::http
