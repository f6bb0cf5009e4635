// Normal form of a path (RFC 3986 section 6), so that a rule and the origin read the same path.
#pragma once

#include "base/arena.h"
#include "base/reason.h"
#include "base/result.h"

namespace gatehouse::http {

/// normalise_path returns the path in normal form, allocated in the arena when it differs from `raw`.
/// Unreserved percent-escapes are decoded, others keep upper-case hex; "." segments go. Refused with
/// http_path instead of guessed: "..", encoded or literal backslash, encoded slash, encoded percent
/// that yields another escape, empty segments ("//"), ';' parameters, control bytes, broken escapes,
/// non-ASCII. Invariant: normalise(normalise(p)) == normalise(p), and what is accepted has one reading.
Result<ByteView, Reason> normalise_path(ByteView raw, Arena& arena);

}  // namespace gatehouse::http
