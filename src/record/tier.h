// Who can open which section of a sealed record.
#pragma once

#include "record/entry.h"

namespace gatehouse::record {

/// Tier says with whose key a section is sealed. Whoever holds the auditor's key opens both.
enum class Tier : uint8_t {
  clear,        // ids, reasons, rule names, sizes, times: what order and completeness are judged by
  operations,   // what the client got, and what guards saw of a match: the key may live on the host
  auditor,      // what the job sent, what the origin said, what masks took away: the key is on no gateway
};

/// Sealed says how much is sealed: records.sealed.
enum class Sealed : uint8_t {
  content,   // paths, heads, bodies, matched text; who called stays in clear
  all,       // who called, too
};

/// tier_of is the rule for one section. `direction` is that of the record, when it is a piece; else 0.
Tier tier_of(Tag tag, Direction direction, Sealed sealed);

}  // namespace gatehouse::record
