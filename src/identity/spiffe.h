// SPIFFE IDs (spiffe.io, "The SPIFFE Identity and Verifiable Identity Document", section 2).
#pragma once

#include "base/bytes.h"

namespace gatehouse::identity {

/// is_spiffe_id: "spiffe://", a trust domain of a-z 0-9 . _ - (at most 255), and a path of segments of A-Z a-z 0-9 . _ -,
/// none of them empty, "." or ".."; at most 2048 bytes in all. A workload's has a path: the trust domain alone names its
/// authority. To the letter: no upper-case scheme, no port, no escapes, no slash at the end.
bool is_spiffe_id(ByteView text);

}  // namespace gatehouse::identity
