// What of an answer's head passes where masks apply: Exchange asks here, and so does `gatehouse records what-if`.
#pragma once

#include "config/snapshot.h"
#include "http/message.h"
#include "mask/value_check.h"
#include "proxy/heads.h"

namespace gatehouse::proxy {

/// look_at_masked_head notes in *left which fields the client does not get, and says why the answer is refused, or none. An answer
/// whose field cannot be left out without changing what it means is refused; others lose the field. `check` is prepared for
/// snapshot.masks; `route` may be null.
Reason look_at_masked_head(const config::Snapshot& snapshot, mask::Selection masks, const config::Route* route,
                           const config::Origin& origin, const http::ResponseHead& head, mask::ValueCheck& check, Left* left);

}  // namespace gatehouse::proxy
